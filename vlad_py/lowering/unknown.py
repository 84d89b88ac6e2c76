"""Hints for unbound names: names from other languages, short names and misspelt names."""

from __future__ import annotations

import re
from collections.abc import Collection

from vlad_py.ground import resources
from vlad_py.ground.errors import near

LISTS = "`x :: xs` is a list with x in front, `concat(xs, ys)` joins two"
NOTHING = "the value for nothing is `()`, the empty list is `nil`"
CHOICE = "a choice is written `if c then a else b`"
LOOP = "a loop carries a state: `loop x = 1 while c do next` or `loop x = 1 for i in 1..n do next`"
ALONE = "built-in functions need no prefix: `sin(x)`, `exp(x)`"
OPTIMIZE = "write `import optimize`, then `optimize.minimize(f, start)`"
BLOCK = "write a block in braces: `{ let x = 1; x + 1 }`"
CLIP = "write `min(max(x, low), high)`"
FACTORS = "for matrices there are `solve`, `inv`, `det`, `logdet` and `cholesky`"
TEXT = (
    "`show(x)` is the text of a value, `fixed(x, 2)` has two digits after the point, `join(a, b)` joins two"
)

COMPOSED = "write `fn x => f(g(x))`, or `x |> g |> f`"
RANDOM = "a program has no random numbers of its own; Python can pass them in"
STEPS = "carry the state in a loop: `loop y = start for t in times do y + h * f(t, y)`"
QUIT = "a program ends with its last line; in the REPL `:quit` or Ctrl-D ends the session"
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
    "pow": "a power is written `x ^ y`",
    "sqr": "a square is written `x ^ 2`",
    "square": "a square is written `x ^ 2`",
    "arcsin": "write `asin`",
    "arccos": "write `acos`",
    "arctan": "write `atan`",
    "arctan2": "write `atan2`",
    "fabs": "write `abs`",
    "diff": "write `derivative(f)(x)`",
    "d": "write `derivative(f)(x)`",
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
    "repeat": LOOP,
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
    "softmax": "write `exp(x - logsumexp(x))`",
    "var": "the variance is `mean((x - mean(x)) ^ 2)`",
    "std": "the standard deviation is `sqrt(mean((x - mean(x)) ^ 2))`",
    "clip": CLIP,
    "clamp": CLIP,
    "identity": "the identity matrix is `eye(n)`, the identity function `fn x => x`",
    "einsum": "write sums of products with `@`, `outer`, `transpose` and `sum(a, {axis: i})`",
    "matmul": "write `a @ b`",
    "arange": "write `0..n - 1`",
    "array": "an array is written `[1, 2]`; `[x for x in xs]` makes one from a list",
    "svd": FACTORS,
    "eig": FACTORS,
    "eigh": FACTORS,
    "qr": FACTORS,
    "lu": FACTORS,
    "tril": "write `a * [[if j <= i then 1 else 0 for j in 0..n - 1] for i in 0..n - 1]`",
    "triu": "write `a * [[if j >= i then 1 else 0 for j in 0..n - 1] for i in 0..n - 1]`",
    "compose": COMPOSED,
    "enumerate": "write `zip(range(0, length(xs) - 1), xs)`",
    "rand": RANDOM,
    "randn": RANDOM,
    "random": RANDOM,
    "plot": "a program prints numbers; Python can plot them: `vlad.load(path).f` is a function there",
    "ode": STEPS,
    "odeint": STEPS,
    "vmap": "functions of reals take whole arrays; for others, write `[f(x) for x in xs]` or `map(f, xs)`",
    "isnan": "only nan differs from itself: `x != x`",
    "isinf": "write `abs(x) == inf`",
    "isfinite": "write `abs(x) < inf`",
    **dict.fromkeys(
        ("integrate", "integral", "quad"),
        "approximate it by a sum, such as `h * sum([f(x) for x in linspace(a + h / 2, b - h / 2, n)])`",
    ),
    "quit": QUIT,
    "exit": QUIT,
    "raise": "write `error(text)`",
    "throw": "write `error(text)`",
    "vlad": ALONE,
    "self": "a record's functions take the record as an argument",
}


MEMBER = re.compile(r"\.(\w+)")
# a binding as other languages write it, or a mistake
BINDING = re.compile(r"\s*(?:==|<-)")


def hint_for(name: str, after: str, visible: Collection[str], known: Collection[str]) -> str:
    """A hint for an unknown name: `visible` are the program's own names, `known` all others.

    `after` is the rest of its line.
    """
    base = name.rstrip("'")
    if base != name and base in {*visible, *known}:
        primes = len(name) - len(base)
        return f"the derivative of `{base}` is `{'derivative(' * primes}{base}{')' * primes}`"
    if name.startswith("λ"):
        return "a function is written `fn x => …`"
    power = name[len(name.rstrip("⁰¹²³⁴⁵⁶⁷⁸⁹ⁿ")) :]
    if power and power != name:
        base = name.removesuffix(power) + ("(x)" if after.startswith("(") else "")
        return f"a power is written `{base} ^ {power.translate(POWERS)}`"
    is_library = name in resources.library_names()
    own = "" if is_library and MEMBER.match(after) else near(name, visible)
    if own:
        return own
    if is_library:
        return f"write `import {name}` above"
    elsewhere = ELSEWHERE.get(name.casefold(), "")
    if elsewhere == ALONE and (member := MEMBER.match(after)):
        alone = f"write `{member[1]}`, without `{name}.`"
        return alone if member[1] in known else hint_for(member[1], "", visible, known) or ALONE
    if elsewhere:
        return elsewhere
    if BINDING.match(after):
        return f"bind a name with `let {name} = …`"
    longer = [k for k in known if len(name) >= 3 and k.startswith(name)]
    return f"did you mean `{min(longer, key=len)}`?" if longer else near(name, known)
