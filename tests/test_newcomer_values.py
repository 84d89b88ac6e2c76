"""Values that do not fit, as newcomers pass them: each with the hint, and the program that follows it."""

from __future__ import annotations

import pytest
from hinted import leads
from talk import Talk

import vlad_py as vlad
from vlad_py.ground.errors import Error
from vlad_py.session.session import Session

ROWS = "let a = [[1, 2], [3, 4]]; "
NEW = "`reshape(a, (n, 1))` add a dimension"
ONE_LONGER = f"{ROWS}shape(reshape(a[0], (1, 2))) == (1, 2) and shape(reshape(a[0], (2, 1))) == (2, 1)"
APART = "`x :: rest` takes lists apart, `[x, y]` arrays of two"
WITH = "has all settings"

INDICES = [
    (f"{ROWS}a[None, :]", NEW, ONE_LONGER),
    (f"{ROWS}a[:, None]", NEW, ONE_LONGER),
    (f"{ROWS}a[(), :]", NEW, ONE_LONGER),
    (f"{ROWS}a[0.5]", "`floor(i)` is a whole number", f"{ROWS}a[floor(0.5)] == [1, 2]"),
    (f"{ROWS}a[[0.5]]", "`floor(i)` is a whole number", f"{ROWS}a[floor([0.5])] == [[1, 2]]"),
    ("[1, 2, 3][1, 2]", "it has 1 dimension; `a[[i, j]]`", "[1, 2, 3][[1, 2]] == [2, 3]"),
    (f"{ROWS}a[0, 1, 1]", "it has 2 dimensions", f"{ROWS}a[[0, 1]] == a"),
    ("shape([1, 2])[0]", "`length(a)` is the first size", "length([1, 2]) == 2 and shape([1, 2]) == 2"),
    ("let w = [1, 2]; let n = shape(w); n[0]", "the shape of a vector is a real, its length", "true"),
    ('"abc"[0]', "a string is one value", "true"),
    (
        "let a = [1, 2]; a.at[0].set(5)",
        "`[if i == 0 then x else a[i] for i in 0..length(a) - 1]`",
        "let x = 5; let a = [1, 2]; [if i == 0 then x else a[i] for i in 0..length(a) - 1] == [5, 2]",
    ),
]
ARGUMENTS = [
    (
        "gradient(fn (x, y) => x * y)([1, 2])",
        "`fn [x, y] => …`",
        "gradient(fn [x, y] => x * y)([1, 2]) == [2, 1]",
    ),
    (
        "def f(x, y, z) = x; f([1, 2, 3])",
        "an array of 3 has the pattern",
        "(fn [x, y, z] => z)([1, 2, 3]) == 3",
    ),
    ("let f = fn {x, y} => x + y; f(1, 2)", "`{x: …}`", "let f = fn {x, y} => x + y; f({x: 1, y: 2}) == 3"),
    ("any([1, 2] > 1)", "`any(test, xs)`", "any(fn x => x > 1, [1, 2])"),
    ("let w = [1, 2]; any(w > 1)", "write `any(fn x => x > 1, w)`", "any(fn x => x > 1, [1, 2])"),
    ("let x = [1, 2]; let y = 3; all(x < y)", "write `all(fn z => z < y, x)`", "true"),
    (
        "vjp(sin, 0)(1)",
        "`let (y, pullback) = vjp(f, x)`",
        "let (y, pullback) = vjp(sin, 0); pullback(1) == 1",
    ),
    ("(sin, 0)(1)", "`t[0]` is a function: `let (g, y) = t`", "let t = (sin, 0); let (g, y) = t; g(0) == 0"),
    ("plot(sin, cos, 0, 3)", "`plot(list(f, g), a, b)`", "let p = plot(list(sin, cos), 0, 3); true"),
    ("tail([1, 2])", "of an array it is `a[1:]`", "[1, 2][1:] == [2]"),
    ("head([1, 2])", "of an array it is `a[0]`", "[1, 2][0] == 1"),
    ("shape(list(1, 2))", "`length(xs)`", "length(list(1, 2)) == 2"),
    ("interp([0, 1], [0, 2], 0.5)", "`interp(x, xs, ys)`", "interp(0.5, [0, 1], [0, 2]) == 1"),
    ("transpose([[1, 2]], 1, 0)", "`transpose(a, (1, 0))`", "transpose([[1, 2]], (1, 0)) == [[1], [2]]"),
    ("inv(((1, 0), (0, 1)))", "a matrix is `[[a, b], [c, d]]`", "inv([[1, 0], [0, 1]]) == eye(2)"),
    (
        "det(hessian(fn {a, b} => a ^ 2 + b ^ 2)({a: 1, b: 1}))",
        "`vectors.hessian_matrix(f)(x)`, after `import vectors`",
        "import vectors; det(vectors.hessian_matrix(fn {a, b} => a ^ 2 + b ^ 2)({a: 1, b: 1})) == 4",
    ),
]
PATTERNS = [
    (
        "match list(1) { [] => 0; [x] => x }",
        APART,
        "1 == match list(1) { x :: rest => x }",
    ),
    ("match [1, 2] { x :: _ => x }", APART, "1 == match [1, 2] { [x, y] => x }"),
    ("let a :: b = [1, 2]", APART, "let [x, y] = [1, 2]; y == 2"),
    ("let (a, b) = [1, 2]; a", "the pattern `[x, y]` takes an array apart", "let [x, y] = [1, 2]; y == 2"),
]
ONE = "a list of one tuple is `(a, b) :: nil`"
LISTS_OF_ONE = [
    (
        "match list((1, 2)) { (a, b) :: rest => a; nil => 0 }",
        ONE,
        "1 == match (1, 2) :: nil { (a, b) :: rest => a; nil => 0 }",
    ),
    (
        "loop s = 0 for (a, b) in list((1, sin(2))) do s + a",
        ONE,
        "1 == loop s = 0 for (a, b) in (1, sin(2)) :: nil do s + a",
    ),
    (
        "fold(fn (s, (a, b)) => s + a, 0, list((1, 2)))",
        ONE,
        "fold(fn (s, (a, b)) => s + a, 0, (1, 2) :: nil) == 1",
    ),
    ("let xs = list((1, 2)); let (a, b) = head(xs)", ONE, "let (a, b) = head((1, 2) :: nil); b == 2"),
    ("[a for (a, b) in list((1, 2))]", ONE, "[a for (a, b) in (1, 2) :: nil] == [1]"),
]
SETTINGS = [
    (
        "import optimize; optimize.minimize_by({tolerance: 1e-3}, cosh, 1)",
        "`{optimize.defaults with tolerance: …}` has all settings",
        "import optimize; optimize.minimize_by({optimize.defaults with tolerance: 1e-3}, cosh, 1).converged",
    ),
    ("import optimize; optimize.minimize_by({}, cosh, 1)", "`optimize.defaults` has all", "true"),
    ("import ode; ode.solution_by({step: 1}, fn (t, y) => y, 1, [0, 1])", WITH, "true"),
    ("import nn; nn.train({epochs: 1}, fn (m, d) => m, 1, [1])", WITH, "true"),
    ("import roots; roots.newton_by({iterations: 9}, sin, 1)", WITH, "true"),
    (
        "import optimize; optimize.minimize_by({tol: 1e-3}, cosh, 1)",
        "`{optimize.defaults with tolerance: …}` has all settings",
        "true",
    ),
    (
        "import nn; nn.train({batch: 2, lr: 0.1}, fn (m, d) => m, 1, [1])",
        "`{nn.defaults with batch: …, method: descent.adam(0.1)}` has all settings",
        "import nn; import descent; {nn.defaults with batch: 2, method: descent.adam(0.1)}.batch == 2",
    ),
    (
        "import nn; nn.train({batch: 2, colour: 1}, fn (m, d) => m, 1, [1])",
        "`{nn.defaults with batch: …}` has all settings; `colour` is not a setting",
        "true",
    ),
]
BOTH = "let x = [1, 3, 6]; "
CONDITIONS = [
    (f"{BOTH}x > 2 and x < 5", "`(x > 2) * (x < 5)`", f"{BOTH}(x > 2) * (x < 5) == [0, 1, 0]"),
    (
        f"{BOTH}if x >= 2 and x < 9 and x <= 3 then 1 else 2",
        "`(x >= 2) * (x < 9) * (x <= 3)`",
        f"{BOTH}(x >= 2) * (x < 9) * (x <= 3) == [0, 1, 0]",
    ),
    (f"{BOTH}(x - 1) > (4) or (x < 2)", "`((x - 1) > (4)) + (x < 2) > 0`", "true"),
    (f"{BOTH}x < 2 or x > 5", "`(x < 2) + (x > 5) > 0`", f"{BOTH}((x < 2) + (x > 5) > 0) == [1, 0, 1]"),
    (f"{BOTH}not x > 2", "`1 - (x > 2)`", f"{BOTH}1 - (x > 2) == [1, 0, 0]"),
    (f"{BOTH}let c = x > 2; c or x < 1", "`c + (x < 1) > 0`", f"{BOTH}let c = x > 2; (c + (x < 1) > 0) == c"),
]
NAMES = [
    ("let x = 1; let x = x + 1", "choose another for the new value", "let x = 1; let y = x + 1; y == 2"),
    ("map(_ + 1, list(1))", "a function is `fn x => …`", "map(fn x => x + 1, list(1)) == list(2)"),
    ("inner([1, 2], [3, 4])", "`dot(a, b)` or `a @ b`", "dot([1, 2], [3, 4]) == [1, 2] @ [3, 4]"),
    ("ndim([[1, 2]])", "`shape(a)` is a tuple of all sizes", "length(shape([[1, 2]])) == 2"),
    ("complex(1, 2)", "a record `{re: x, im: y}`", "true"),
    (
        "np.random.randn(3)",
        "write `import random`, then `random.normal(random.key(1), n)`",
        "import random; length(random.normal(random.key(1), 3)) == 3",
    ),
    ("bool(1)", "`x != 0` is a boolean", "let x = 1; x != 0"),
    ("keys({a: 1})", "a program names the fields", "true"),
    ('__name__ == "__main__"', "call the function there", "true"),
    (
        "import random; random.randint(0, 10)",
        "`floor(n * random.uniform(random.key(1)))`, from 0 to n - 1",
        "import random; let n = 10; floor(n * random.uniform(random.key(1))) < n",
    ),
]
POINTS = "let xs = [1, 2]; let ys = [3, 4]; "
TEXTS = '`plot(xs, ys, {title: "a", x: "b", y: "c"})`'
HAS_TEXTS = f'{POINTS}let p = plot(xs, ys, {{title: "a", x: "b", y: "c"}}); true'
DRAWING = [
    ("plt.plot([1, 2])", "write `plot(xs, ys)`, without `plt.`", f"{POINTS}let p = plot(xs, ys); true"),
    ("plt.show()", "a plot shows itself, as the last line", f"{POINTS}let p = plot(xs, ys); true"),
    ("plt.figure()", "write `plot(f, a, b)`; a plot shows itself", "let p = plot(sin, 0, 1); true"),
    ('plt.savefig("a.png")', "`vlad -o FILE.svg` writes the plot that the program ends with", "true"),
    *((call, TEXTS, HAS_TEXTS) for call in ('title("x")', 'xlabel("t")', 'plt.ylabel("t")', "plt.title(1)")),
    ('plt.legend("x")', "`plot(xs, ys, {label:", f'{POINTS}let p = plot(xs, ys, {{label: "a"}}); true'),
    ("plt.axis(1)", "`plot(xs, ys, {equal: true})`", f"{POINTS}let p = plot(xs, ys, {{equal: true}}); true"),
    ("plt.contour(1)", "write `contour`, without `plt.`", "true"),
    ("plt.hist([1])", "write `histogram(xs)`", "let h = histogram([1, 2]); true"),
    ("matplotlib.pyplot.hist([1])", "write `histogram(xs)`", "true"),
    ("import matplotlib.pyplot as plt", "built-in functions such as `sin` need no import", "true"),
]
OF_BOOLEAN = "`==` gives one boolean, also for arrays; `<` gives 1 and 0 element by element"
BY_ELEMENTS = "let x = [1, 2]; let y = [1, 3]; mean((x <= y) * (x >= y)) == 0.5 and mean(x < y) == 0.5"
EMPTY = "`length(xs) > 0` says whether there is something"
REDUCED = [
    *((f"{f}([1, 2] == [1, 2])", OF_BOOLEAN, BY_ELEMENTS) for f in ("mean", "sum", "max", "prod", "median")),
    *((f"{f}([])", EMPTY, "not length([]) > 0") for f in ("mean", "max", "min", "median", "argmax", "fft")),
    ("max(nil)", EMPTY, "not length(nil) > 0"),
]
IS_ONE = "a string is one value: no program takes it apart"
PAIR = "let x = [1, 2, 4]; let y = [2, 3, 9]; "
COVARIANCE = "mean((x - mean(x)) * (y - mean(y)))"
AREA = "sum((x[1:] - x[:-1]) * (y[1:] + y[:-1])) / 2"
ONCE = "concat(s[:1], keep(s[1:], s[1:] > s[:-1]))"
TEXTS_AND_DATA = [
    *((f'{f}("a", 1)', IS_ONE, "true") for f in ("upper", "lower", "split", "strip", "replace")),
    ("upper(2)", f"{IS_ONE}; write `import intervals`", "true"),
    ('"a".upper()', IS_ONE, "true"),
    ('[c for c in "ada"]', IS_ONE, "true"),
    ("contains(list(1, 3), 3)", "`any(fn y => y == x, xs)`", "any(fn y => y == 3, list(1, 3))"),
    ("cov([1], [2])", f"write `{COVARIANCE}`", f"{PAIR}abs({COVARIANCE} - 34 / 9) < 1e-9"),
    ("corrcoef([1], [2])", "/ (std(x) * std(y))`", f"{PAIR}{COVARIANCE} / (std(x) * std(y)) < 1"),
    ("trapz([1], [2])", f"write `{AREA}`", f"{PAIR}{AREA} == 14.5"),
    ("unique([2, 1, 2])", ONCE, f"let s = sort([2, 1, 2]); {ONCE} == [1, 2]"),
]


ALL = [
    *INDICES,
    *ARGUMENTS,
    *PATTERNS,
    *LISTS_OF_ONE,
    *SETTINGS,
    *CONDITIONS,
    *NAMES,
    *DRAWING,
    *REDUCED,
    *TEXTS_AND_DATA,
]


@pytest.mark.parametrize(("wrong", "hint", "right"), ALL)
def test_values_of_newcomers(wrong: str, hint: str, right: str) -> None:
    leads(wrong, hint, right)


@pytest.mark.parametrize(
    "call", ["optimize.minimize_by({a: 1}, cosh, 1)", "kalman.log_likelihood({a: 1}, 1)"]
)
def test_a_record_of_other_things_is_no_settings(call: str) -> None:
    with pytest.raises(Error) as raised:
        Session().evaluate(f"import optimize; import kalman; {call}")
    assert "defaults" not in raised.value.hint


@pytest.mark.parametrize(
    "text", ["if x > 2 then 1 else 2", "x > 2 and true", "true and x > 2 and x < 3", "x and x > 2"]
)
def test_only_conditions_of_arrays_are_multiplied(text: str) -> None:
    with pytest.raises(Error) as raised:
        Session().evaluate(f"{BOTH}{text}")
    assert raised.value.hint.startswith("`all(test, xs)`")


@pytest.mark.parametrize("xs", ["list((1 + 2) * 3)", "list((1, 2), (3, 4))", "list((1), (2))", "list((1))"])
def test_only_a_list_of_one_tuple_is_a_trap(xs: str) -> None:
    with pytest.raises(Error) as raised:
        Session().evaluate(f"let xs = {xs}; let (a, b) = 1")
    assert not raised.value.hint
    with pytest.raises(Error) as raised:
        Session().evaluate("let xs = list((1, 2)); match 1 { (a, b) => a; nil => 0 }")
    assert raised.value.hint == "an arm `_ => …` takes everything else"


@pytest.mark.parametrize("name", ["None", "list(None)", "1 + None"])
def test_nothing_is_an_index_only_in_brackets(name: str) -> None:
    with pytest.raises(Error) as raised:
        Session().evaluate(name)
    assert raised.value.hint == "the value for nothing is `()`, the empty list is `nil`"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("sin?", "write `?sin`"),
        ("optimize.minimize??", "write `?optimize.minimize`"),
        ("%time sin(2)", "commands begin with `:`: `:time sin(2)`"),
        ("%%time", "commands begin with `:`: `:time`"),
        ("!ls", "there is no shell here"),
        ("vlad newton.adl", "write `:load newton.adl`"),
        ("vlad --check newton.adl", "write `:load newton.adl`"),
        ("x = 4", "write `let x = 4`; to compare, write `==`"),
        ("let x = 1; y = 2", "bind a name with `let x = …`; to compare, write `==`"),
        ("x += 1", "write `let x = x + 1`"),
        ("x *= 1 + 2", "write `let x = x * (1 + 2)`"),
        ("!true", "write `not x`"),
        ("!(1 > 2)", "write `not x`"),
    ],
)
def test_inputs_of_other_prompts(text: str, hint: str) -> None:
    assert f"hint: {hint}" in Talk().said(text)


@pytest.mark.parametrize("name", ["minimize", "least_squares", "solve_ivp"])
def test_solvers_of_scipy_have_a_place(name: str) -> None:
    with pytest.raises(AttributeError, match=rf"here it is `vlad\.scipy\.{name}`"):
        getattr(vlad, name)


def test_a_file_of_the_library_in_quotes(tmp_path: object) -> None:
    with pytest.raises(Error) as raised:
        Session().evaluate('import "optimize"', folder=str(tmp_path))
    assert raised.value.hint == "a file of the library has no quotes: `import optimize`"
