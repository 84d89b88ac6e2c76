"""Hints for unbound names: names from other languages, short names and misspelt names."""

from __future__ import annotations

import re
from collections.abc import Collection

from vlad_py.ground import resources
from vlad_py.ground.errors import UnknownName, meant, near
from vlad_py.ground.source import Span
from vlad_py.lowering.drawing import DRAWING
from vlad_py.primitives.positions import NEW_DIMENSION, ONE_STRING
from vlad_py.syntax.mistakes import ARGUMENT, AXIS, FACTORIAL, IS_MEMBER, LOOP
from vlad_py.syntax.vlad.names import LIBRARY as VLAD_BASIS

LISTS = "`x :: xs` is a list with x in front, `concat(xs, ys)` joins two; to put x at the end write "
LISTS += "`concat(xs, list(x))`, for an array `concat(a, [x])`"
NOTHING = "the value for nothing is `()`, the empty list is `nil`"
CHOICE = "a choice is written `if c then a else b`"
ALONE = "built-in functions need no prefix: `sin(x)`, `exp(x)`"
OPTIMIZE = "write `import optimize`, then `optimize.minimize(f, start)`"
BLOCK = "write a block in braces: `{ let x = 1; x + 1 }`"
FACTORS = "for matrices there are `solve`, `eigh`, `svd`, `qr` and `cholesky`"
TEXT = (
    "`show(x)` is the text of a value, `fixed(x, 2)` has two digits after the point, `join(a, b)` joins two"
)

JOINED = (
    "write `concat(a, b)`, along another axis `concat(a, b, {axis: 1})`, and `stack(a, b)` along a new one"
)
SHAPE = "write `reshape(a, (n, m))`; `-1` in place of one size is computed, as in `reshape(a, -1)`"
KINDS = "`is_real(x)`, `is_array(x)`, `is_list(x)`, `is_function(x)` … tell what a value is"
WRITES = "write `print(a, b)`"
READS = "a program reads no files: `vlad --data FILE` gives it the record `data`"
CLOCK = "a program sees no clock; `vlad profile FILE` shows where its time goes"
NEARLY = "write `abs(a - b) <= 1e-8`, for arrays `max(abs(a - b)) <= 1e-8`"
PLACES = "the indices where c holds are `keep(0..length(c) - 1, c)`"
LISTED = "`flatten(a)` is the list of all reals of an array, `[x for x in xs]` makes an array from a list"
COVARIANCE = "mean((x - mean(x)) * (y - mean(y)))"
TAKEN_APART = "upper lower toupper tolower split strip trim replace startswith endswith substring substr"
OF_STRINGS_TOO = (ONE_STRING, IS_MEMBER)  # of names that files of the library use for other things
SLOPE = "write `derivative(f)(x)`"
BESSEL = "write `bessel_j(n, x)`"
FIELDS = "a program names the fields of a record: `m.a`; `match` tells records with other fields apart"
LEAVES = "write `map_reals(f, x)`"
COMPOSED = "write `fn x => f(g(x))`, or `x |> g |> f`"
RANDOM = "write `import random`, then `random.uniform(random.key(1), n)` or `random.normal(random.key(1), n)`"
NORMAL = "write `import random`, then `random.normal(random.key(1), n)`"
STEPS = "write `import ode`, then `ode.solution(f, start, times)`"
ROOTS = "write `import roots`, then `roots.newton(f, start)` or `roots.bisection(f, low, high)`"
FIT = "write `import least_squares`, then `least_squares.fit(fn p => f(p, xs) - ys, start)`"
DESCENT = "write `import descent`, then `descent.descend(f, start)`"
QUIT = "a program ends with its last line; in the REPL `:quit` or Ctrl-D ends the session"
VARIABLE = "a function of `{0}` is written `fn {0} => …`; `let {0} = …` gives it a value"
POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹ⁿ", "0123456789n")

# the name in another language, in lower case; the hint
ELSEWHERE = {
    "append": LISTS,
    "push": LISTS,
    "cons": LISTS,
    "car": "write `head(xs)`",
    "cdr": "write `tail(xs)`",
    "first": "write `head(xs)`",
    "rest": "write `tail(xs)`",
    "len": "write `length(xs)`",
    "size": "write `length(xs)`",
    "reduce": "write `fold(f, start, xs)`",
    "foldl": "write `fold(f, start, xs)`",
    "none": NOTHING,
    "null": NOTHING,
    "void": NOTHING,
    "unit": NOTHING,
    "str": TEXT,
    "string": TEXT,
    "format": TEXT,
    "println": "write `print(a, b)`",
    "printf": "write `print(a, b)`",
    "echo": "write `print(a, b)`",
    **dict.fromkeys(("pow", "power", "expt"), "a power is written `x ^ y`"),
    "maximum": "write `max(x, y)`, or `max(xs)`",
    "minimum": "write `min(x, y)`, or `min(xs)`",
    "sqr": "a square is written `x ^ 2`",
    "square": "a square is written `x ^ 2`",
    "arcsin": "write `asin`",
    "arccos": "write `acos`",
    "arctan": "write `atan`",
    "arctan2": "write `atan2`",
    "fabs": "write `abs`",
    "d": SLOPE,
    "backward": "write `gradient(f)(x)`",
    "math": ALONE,
    "numpy": ALONE,
    "np": ALONE,
    "jnp": ALONE,
    "torch": ALONE,
    "minimize": OPTIMIZE,
    "minimise": OPTIMIZE,
    "e": "the number e is `exp(1)`",
    "infinity": "write `inf`",
    "int": "there is one kind of number; `floor(x)` and `round(x)` are whole",
    "float": "there is one kind of number",
    "true": "write `true`",
    "false": "write `false`",
    "elif": CHOICE,
    "elseif": CHOICE,
    "switch": "write `match e { pattern => value … }`",
    "case": "write `match e { pattern => value … }`",
    "until": LOOP,
    "lambda": "a function is written `fn x => …`",
    "function": "a function is written `fn x => …`",
    "return": "a block's value is its last expression",
    "fst": "the first component of a tuple is `t[0]`",
    "snd": "the second component of a tuple is `t[1]`",
    "hd": "write `head(xs)`",
    "tl": "write `tail(xs)`",
    "foldr": "write `fold(f, start, xs)`",
    "list": "functions of lists need no prefix: `map(f, xs)`, `length(xs)`",
    "begin": BLOCK,
    "end": f"{BLOCK}; the last element is `xs[-1]`",
    "pass": NOTHING,
    "nothing": NOTHING,
    "undefined": NOTHING,
    "π": "write `pi`",
    "clamp": "write `clip(x, low, high)`",
    "identity": "the identity matrix is `eye(n)`, the identity function `fn x => x`",
    "matmul": "write `a @ b`",
    **dict.fromkeys(("inner", "vdot", "inner_product"), "write `dot(a, b)` or `a @ b`"),
    "ndim": "`shape(a)` is a tuple of all sizes; for a vector it is its length",
    "complex": "all numbers are real; write the two parts as a tuple `(x, y)` or a record `{re: x, im: y}`",
    "arange": "write `0..n - 1`",
    "array": "an array is written `[1, 2]`; `[x for x in xs]` makes one from a list",
    "vector": "a vector is an array: `[1, 2]`, or `[x for x in xs]` from a list",
    "matrix": "a matrix is an array of rows: `[[1, 2], [3, 4]]`",
    "data": "`vlad --data table.csv program.adl` gives a program the record `data`",
    **dict.fromkeys(("eig", "eigvals", "eigenvalues", "eigenvectors"), FACTORS),
    "inverse": "write `inv(a)`; `solve(a, b)` is `inv(a) @ b`",
    "determinant": "write `det(a)`",
    "pinv": "`lstsq(a, b)` is the best x for a @ x == b",
    "lu": FACTORS,
    **dict.fromkeys(
        ("solve_triangular", "triangular_solve"), "write `solve_lower(a, b)` or `solve_upper(a, b)`"
    ),
    "compose": COMPOSED,
    "enumerate": "write `zip(range(0, length(xs) - 1), xs)`",
    "rand": RANDOM,
    **dict.fromkeys(("randn", "normal"), NORMAL),
    "random": RANDOM,
    "shuffle": "write `import random`, then `random.permutation(random.key(1), xs)`",
    **DRAWING,
    "ode": STEPS,
    "odeint": f"{STEPS}, where f is `fn (t, y) => …`, with the time first",
    **dict.fromkeys(("fsolve", "brentq", "root", "find_root", "newton"), ROOTS),
    **dict.fromkeys(("adam", "sgd"), DESCENT),
    **dict.fromkeys(("curve_fit", "leastsq", "lsq"), FIT),
    "vmap": "write `batched(f)(xs)`; functions of reals take whole arrays as they are",
    "isinf": "write `abs(x) == inf`",
    **dict.fromkeys(
        ("integrate", "integral", "quad"),
        "write `import integrate`, then `integrate.integral(f, a, b)`",
    ),
    "quit": QUIT,
    "exit": QUIT,
    "raise": "write `error(text)`",
    "throw": "write `error(text)`",
    "vlad": ALONE,
    "F": ALONE,  # torch's functional module; before anything else than a field it is a variable
    **dict.fromkeys(("jax", "lax", "tf", "tensorflow", "scipy", "linalg", "special", "lib"), ALONE),
    **dict.fromkeys(("autograd", "flax", "optax", "sympy", "plt", "pyplot", "matplotlib"), ALONE),
    **dict.fromkeys(("uniform", "bernoulli", "seed"), RANDOM),
    **dict.fromkeys(("axis", "keepdims", "keepdim", "dim"), AXIS),
    **dict.fromkeys(("hstack", "vstack", "hcat", "vcat", "cat", "concatenate"), JOINED),
    **dict.fromkeys(("squeeze", "unsqueeze", "expand_dims", "newaxis", "view", "ravel"), SHAPE),
    **dict.fromkeys(("type", "typeof", "isinstance"), KINDS),
    **dict.fromkeys(("disp", "display", "fprintf", "console"), WRITES),
    **dict.fromkeys(("input", "open", "read", "readline"), READS),
    **dict.fromkeys(("time", "clock", "sleep", "tic", "toc"), CLOCK),
    **dict.fromkeys(("isclose", "allclose"), NEARLY),
    **dict.fromkeys(("nonzero", "argwhere", "find"), PLACES),
    **dict.fromkeys(("df", "dx", "dy"), SLOPE),
    **dict.fromkeys(("j0", "j1", "jn", "jv", "besselj"), BESSEL),
    **dict.fromkeys(("while_loop", "fori_loop"), LOOP),
    **dict.fromkeys(("ifelse", "cond"), CHOICE),
    "nil": NOTHING,
    "jac": "write `jacobian(f)(x)`",
    "jacfwd": "write `jacobian(f)(x)`",
    "jacrev": "write `jacobian_reverse(f)(x)`",
    "partial": "write `derivative(fn x => f(x, y))(x)`, or `fn y => f(x, y)` for a function of y alone",
    "argnums": ARGUMENT,
    "detach": "write `stop_gradient(x)`",
    "custom_jvp": "write `with_derivative(f, rule)`",
    "custom_vjp": "write `with_pullback(f, rule)`",
    "jit": "no mark is needed: `vlad FILE` compiles what runs for a while, `vlad --native FILE` every call",
    "pmap": "write `batched(f)(xs)`; functions of reals take whole arrays as they are",
    "tree_map": LEAVES,
    "meshgrid": "write `[[f(x, y) for y in ys] for x in xs]`",
    "cross": "write it out: `[a[1] * b[2] - a[2] * b[1], …]`; `curl(f)(x)` is that of derivatives",
    "cov": f"write `{COVARIANCE}`; of columns without their mean it is `transpose(x) @ x / length(x)`",
    **dict.fromkeys(("corr", "cor", "corrcoef"), f"write `{COVARIANCE} / (std(x) * std(y))`"),
    **dict.fromkeys(("trapz", "trapezoid"), "write `sum((x[1:] - x[:-1]) * (y[1:] + y[:-1])) / 2`"),
    "unique": "of a sorted array `s = sort(x)` write `concat(s[:1], keep(s[1:], s[1:] > s[:-1]))`",
    **dict.fromkeys(TAKEN_APART.split(), ONE_STRING),
    **dict.fromkeys(("contains", "includes", "elem"), IS_MEMBER),
    "ones_like": "write `ones(shape(a))`",
    "percentile": "write `quantile(xs, p / 100)`",
    "take": "write `a[[0, 2]]`",
    "full": "write `zeros(n) + x`",
    "copy": "values never change, so nothing needs a copy",
    "astype": "there is one kind of number",
    "dtype": "there is one kind of number",
    **dict.fromkeys(("tolist", "to_list"), LISTED),
    "tensor": "an array is written `[1, 2]`; `[x for x in xs]` makes one from a list",
    "logspace": "write `10 ^ linspace(a, b, n)`",
    **dict.fromkeys(("deg2rad", "radians"), "write `x * pi / 180`"),
    **dict.fromkeys(("rad2deg", "degrees"), "write `x * 180 / pi`"),
    "absolute": "write `abs`",
    **dict.fromkeys(("trunc", "fix"), "write `sign(x) * floor(abs(x))`"),
    "heaviside": "write `if x < 0 then 0 else 1`, for arrays `x >= 0`",
    "ceiling": "write `ceil`",
    "floor_divide": "write `floor(a / b)`",
    "divmod": "write `(floor(a / b), mod(a, b))`",
    **dict.fromkeys(("fmod", "remainder", "rem"), "write `mod(a, b)`"),
    **dict.fromkeys(("gammaln", "loggamma"), "write `lgamma`"),
    "psi": "write `digamma`",
    "factorial": FACTORIAL,
    "product": "write `prod(xs)`",
    "prngkey": RANDOM,
    "bool": "`x != 0` is a boolean, `if c then 1 else 0` a number",
    "randint": "write `import random`, then `floor(n * random.uniform(random.key(1)))`, from 0 to n - 1",
    **dict.fromkeys(("keys", "items", "hasattr", "getattr"), FIELDS),
    **dict.fromkeys(
        ("dir", "help", "who", "whos"), "in the REPL `?name` says what a name is; `:help` lists the commands"
    ),
    "__name__": "a program runs from its first line to its last: call the function there, as `main()`",
    "tuple": "a tuple is written `(a, b)`",
    **dict.fromkeys(("forwarddiff", "reversediff", "zygote", "enzyme"), ALONE),
    **dict.fromkeys(
        ("binomial", "comb", "nchoosek"), "write `exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1))`"
    ),
    **dict.fromkeys(("logsigmoid", "log_sigmoid"), "write `-softplus(-x)`"),
    **dict.fromkeys(("silu", "swish"), "write `x * sigmoid(x)`"),
    "gelu": "write `x * normal_cdf(x)`",
    "elu": "write `where(x > 0, x, expm1(x))`",
    "leaky_relu": "write `max(x, 0.01 * x)`",
    "sec": "write `1 / cos(x)`",
    "csc": "write `1 / sin(x)`",
    "cot": "write `1 / tan(x)`",
    "sech": "write `1 / cosh(x)`",
    "apply": "a call is written `f(x)`",
    "solve_ivp": STEPS,
    "self": "a record's functions take the record as an argument",
    # members of a module
    "tree.map": LEAVES,
    **dict.fromkeys(("roots.find", "roots.solve", "roots.root", "roots.secant"), ROOTS),
    "ode.solve": STEPS,
    "ode.integrate": STEPS,
}


# of these, the ones that the first name of the hint can replace: it takes the same arguments
RENAMED = frozenset(
    "car cdr first rest hd tl len size println printf echo arcsin arccos arctan arctan2 fabs clamp"
    " infinity true false π maximum minimum d vmap raise throw absolute gammaln loggamma psi detach fmod"
    " remainder rem jacfwd jacrev ceiling inverse determinant product".split()
)
MEMBER = re.compile(r"\.(\w+)")
OPERATOR = re.compile(r"\(| ?/ ?d")  # after the `d` of `d(f)` and `d/dx`
DEFINED = r"^(?:def|let) {}\b"
DOCUMENTED = rf"^##.*\n{DEFINED}"
LAST = re.compile(r"((?:\.\w++(?=\.\w))*+)\.(\w+)")  # of a path such as `np.linalg.inv`
# a binding as other languages write it, or a mistake
BINDING = re.compile(r"\s*(?:==|<-)")


STRING_PASSED = re.compile(r'\(\s*"')
INDEX = re.compile(r"\s*[],]")  # what follows a name that is an index, or one of several
# what follows a name of one letter that is not a variable, by the hint for that name
ANYTHING = re.compile("")
SINGLE = {SLOPE: OPERATOR, ALONE: MEMBER}


def is_other_tool(name: str) -> bool:
    """Whether a name is that of another tool, whose functions are built in here."""
    return ELSEWHERE.get(name.casefold()) == ALONE


def instead_in(module: str, alias: str, name: str) -> str:
    """The hint for a name that has one of its own as a member of a module; empty for others. `module` is the
    module's id, `alias` its name in the program, which imports it.
    """
    file = resources.file_of_module(module)
    return "" if file is None else _imported(file, alias, ELSEWHERE.get(f"{file}.{name}", ""))


def within(module: str, alias: str, name: str) -> str:
    """The hint for a name that a module does not have, as for `instead_in`; empty if there is none."""
    file, hint = resources.file_of_module(module), ELSEWHERE.get(name.casefold(), "")
    return hint if file is None else _imported(file, alias, hint) or of_library(name)


def _imported(file: str, alias: str, hint: str) -> str:
    """A hint for a program that has imported a file under an alias."""
    return re.sub(rf"\b{re.escape(file)}\.", f"{alias}.", hint.replace(f"`import {file}`, then ", ""))


def of_library(name: str) -> str:
    """The hint for a name that files of the library define and document; empty for others."""
    documented = re.compile(DOCUMENTED.format(re.escape(name)), re.MULTILINE)
    files = [file for file in resources.library_names() if file != VLAD_BASIS]
    found = [file for file in files if documented.search(resources.library_text(file))]
    ways = [f"`import {file}`, then `{file}.{name}`" for file in found]
    return f"write {', or '.join(ways)}" if ways else ""


def instead_of(name: str, hint: str) -> str:
    """The name that the hint for an unknown name means, where nothing else has to change; empty elsewhere."""
    if name.casefold() in RENAMED and hint == ELSEWHERE[name.casefold()]:
        return re.findall(r"`([\w]+)", hint)[0]
    return meant(hint)


def unknown(name: str, span: Span, visible: Collection[str], known: Collection[str]) -> UnknownName:
    """The error of an unknown name: `visible` are the program's own names, `known` all others."""
    after = span.source.text[span.end :].partition("\n")[0]
    hint = hint_for(name, after, visible, known)
    is_free = not hint and len(name) == 1 and not after.startswith("(")
    hint = VARIABLE.format(name) if is_free else hint
    error = UnknownName(name, span, hint=hint, is_free=is_free)
    is_other = hint == SLOPE and not after.startswith("(")  # as in `d/dx`, where more has to change
    return error.fixed_by(span, "" if is_other else instead_of(name, hint))


def _is_of_library(file: str, path: re.Match[str], known: Collection[str]) -> bool:
    """Whether a file of the library is meant by its name, not a module of another tool with that name: such a
    path leads to a name that the file does not define and a hint knows, as `.functional.relu` after `nn`.
    """
    defined = re.compile(DEFINED.format(re.escape(path[2])), re.MULTILINE)
    if not path[1] and defined.search(resources.library_text(file)):
        return True
    return path[2] not in known and path[2].casefold() not in ELSEWHERE


def hint_for(name: str, after: str, visible: Collection[str], known: Collection[str]) -> str:
    """A hint for an unknown name: `visible` are the program's own names, `known` all others.

    `after` is the rest of its line.
    """
    base = name.rstrip("'")
    if base != name and base in {*visible, *known}:
        primes = len(name) - len(base)
        slope = f"the derivative of `{base}` is `{'derivative(' * primes}{base}{')' * primes}`"
        return (
            f"{slope}; of a matrix, `transpose({base})` has the rows as columns"
            if not after.startswith("(")
            else slope
        )
    if name.startswith("λ"):
        return "a function is written `fn x => …`"
    power = name[len(name.rstrip("⁰¹²³⁴⁵⁶⁷⁸⁹ⁿ")) :]
    if power and power != name:
        base = name.removesuffix(power) + ("(x)" if after.startswith("(") else "")
        return f"a power is written `{base} ^ {power.translate(POWERS)}`"
    path = LAST.match(after)
    has_file = name in resources.library_names()
    is_library = has_file and (path is None or _is_of_library(name, path, known))
    own = "" if is_library and MEMBER.match(after) else near(name, visible)
    if own:
        return own
    elsewhere = ELSEWHERE.get(name, "") or ELSEWHERE.get(name.casefold(), "")
    elsewhere = ALONE if has_file and not is_library else elsewhere
    if len(name) == 1 and not SINGLE.get(elsewhere, ANYTHING).match(after):
        elsewhere = ""  # a variable
    if is_library and (MEMBER.match(after) or not elsewhere):
        return f"write `import {name}` above"
    if path is not None:  # `jax.tree.map` has the hint for `tree.map`
        elsewhere = ELSEWHERE.get(f"{path[1].rpartition('.')[2] or name}.{path[2]}", elsewhere)
    if elsewhere == ALONE and path is not None:
        alone = f"write `{path[2]}`, without `{name}{path[1]}.`"
        return alone if path[2] in known else hint_for(path[2], "", visible, known) or ALONE
    if name == "None" and INDEX.match(after):
        return f"{NOTHING}; {NEW_DIMENSION}"
    if elsewhere in OF_STRINGS_TOO and not STRING_PASSED.match(after):
        return "; ".join(filter(None, (elsewhere, of_library(name))))
    if elsewhere:
        return elsewhere
    if BINDING.match(after):
        return f"bind a name with `let {name} = …`"
    longer = [k for k in known if len(name) >= 3 and k.startswith(name)]
    meant = f"did you mean `{min(longer, key=len)}`?" if longer else near(name, known)
    return of_library(name) if after.startswith("(") and not meant else meant
