"""Counting operations, and the first NaN or infinity."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from scalar_programs import programs

import vlad_py as vlad
from vlad_py.ground.errors import RunError
from vlad_py.laboratory.comparing import compare
from vlad_py.laboratory.counting import Counts, count
from vlad_py.session.library import library_of
from vlad_py.session.session import Session
from vlad_py.values.show import show


def counted(text: str, *arguments: object, name: str = "f") -> Counts:
    session = Session(write=lambda _: None)
    session.run_script(text, "t.adl")
    return count(session.evaluate(name), *arguments)


# ── operations ───────────────────────────────────────────────────────────────────────────────


def test_operations_of_a_call_and_its_derivatives() -> None:
    counts = counted("def f(x1, x2) = ln(x1) + x1 * x2 - sin(x2)\n", 2.0, 5.0)
    assert counts.columns["f"].operations == {"ln": 1, "*": 1, "+": 1, "sin": 1, "-": 1}
    assert counts.columns["f"].cost == 4 + 1 + 1 + 4 + 1
    assert counts.columns["gradient"].operations.total() == 10
    assert counts.ratio("gradient") == 20 / 11
    assert counts.tape is not None
    assert counts.tape.nodes == 3  # the straight run is accumulated in advance
    assert "cost / cost of f  1.00  1.82" in counts.text()


def test_constants_and_what_moves_numbers_cost_nothing() -> None:
    counts = counted("def f(x) = { let c = sin(1) * 2\n  list(x, c)[0] * c }\n", 3.0)
    assert counts.columns["f"].operations == {"*": 1}


def test_an_operation_on_an_array_costs_its_elements() -> None:
    session = Session()
    counts = counted("def f(a, x) = sum(a @ x)\n", *session.evaluate("(ones(3, 4), ones(4))"))  # type: ignore[misc]
    assert counts.columns["f"].cost == 2 * 3 * 4 + 3


def test_calls_are_counted() -> None:
    text = "def fact(n, x) = if n == 0 then x else n * fact(n - 1, x)\ndef f(x) = fact(5, x)\n"
    assert counted(text, 1.0).columns["f"].calls == 7


def test_forward_mode_grows_with_the_inputs_and_reverse_mode_does_not() -> None:
    session = Session()
    text = "def f(xs) = fold(fn (a, x) => a + x * x * a, 1, xs)\n"
    many = counted(text, session.evaluate("list(1, 2, 3, 4, 5, 6, 7, 8)"))
    assert many.ratio("gradient") < 6 < many.ratio("gradient_forward")


def test_what_has_no_derivative_is_counted_without_them() -> None:
    text = "import intervals\ndef f(x) = intervals.width(sin(interval(x * 2, x * 3)))\n"
    counts = counted(text, 1.0)
    assert counts.columns.keys() == {"f"}
    assert counts.columns["f"].operations == {"*": 2}
    assert counts.tape is None
    assert counts.csv().splitlines() == [
        "operation,f",
        "*,2",
        "operations,2",
        "cost,2",
        "cost / cost of f,1.00",
        "calls,2",
    ]
    assert counts.text().splitlines()[-1].startswith("no derivatives: `interval` has no derivative")


def test_a_ratio_of_no_column_says_which_there_are() -> None:
    with pytest.raises(ValueError, match="no column 'foo', the columns are f, derivative, gradient"):
        counted("def f(x) = x * x\n", 3.0).ratio("foo")


@settings(max_examples=40, deadline=None)
@given(programs())
def test_a_gradient_costs_less_than_six_times_the_function(text: str) -> None:
    session = Session()
    session.run_script(f"{text}\ndef g(x, y) = {{ let (a, b, _) = f(x, y)\n  a * b }}", "random.adl")
    counts = count(session.evaluate("g"), 0.7, 1.3)
    assume(counts.columns["f"].cost)
    assert counts.ratio("gradient") < 6


# ── comparison ───────────────────────────────────────────────────────────────────────────────

LOGISTIC = "def f(x) = loop v = x for i in 1..3 do 4 * v * (1 - v)\n"


def test_data_beside_the_reals_stays_in_a_comparison() -> None:
    session = Session()
    found = compare(session.evaluate("fn (x, s) => x ^ 2"), session.evaluate('(2, "a")'))
    assert (found.exact, found.errors("symbolic")) == ((4.0,), (0.0,))
    assert found.csv().startswith("method,variable,derivative,error\nsymbolic,x,4,0\n")


def test_differences_miss_what_automatic_differentiation_has() -> None:
    session = Session()
    session.run_script(LOGISTIC, "t.adl")
    found = compare(session.evaluate("f"), 0.2)
    assert found.exact == (9.066086400000007,)
    assert found.errors("automatic, forward") == (0.0,)
    assert 1e-8 < found.errors("forward difference")[0] < 1e-5
    assert 1e-11 < found.errors("centre difference")[0] < 1e-7
    assert found.errors("Richardson difference")[0] < 1e-11


def test_derivatives_have_the_names_of_what_they_are_by() -> None:
    session = Session()
    point = session.evaluate("(2, {w: [[1, 2]], b: list(3)})")
    found = compare(session.evaluate("fn (a, m) => a * sum(m.w) * m.b[0]"), point)
    assert found.variables == ("a", "m.w[0, 0]", "m.w[0, 1]", "m.b[0]")
    assert "by hand" not in found.text()
    assert "forward difference     a          9 " in found.text()
    rows = found.csv().splitlines()
    assert rows[0] == "method,variable,derivative,error"
    assert "symbolic,m.b[0],6,0" in rows


def test_differences_are_those_of_the_library() -> None:
    session = Session()
    session.run_script("import differences\ndef f(x, y) = x ^ 2 * sin(y)\n", "t.adl")
    found = compare(session.evaluate("f"), 3.0, 2.0).methods
    for method, text in [
        ("forward difference", "differences.forward_gradient(f)(3, 2)"),
        ("centre difference", "differences.centre_gradient(f)(3, 2)"),
        ("Richardson difference", "differences.richardson_gradient(f)(3, 2).value"),
    ]:
        assert found[method] == session.evaluate(text)


def test_what_is_a_formula_is_differentiated_as_one() -> None:
    session = Session()
    session.run_script(LOGISTIC + "def g(x, w) = if x > 0 then x * sum(w) else 0\n", "t.adl")
    found = compare(session.evaluate("f"), 0.2)
    assert found.errors("symbolic")[0] < 1e-13
    found = compare(session.evaluate("fn (x, w) => x * sum(w ^ 2)"), 3.0, session.evaluate("[1, 2]"))
    assert found.methods["symbolic"] == (5.0, 6.0, 12.0)
    # a test of symbols is not decided; a long run is no formula to look at
    assert "symbolic" not in compare(session.evaluate("g"), 3.0, session.evaluate("[1, 2]")).methods
    long = session.evaluate("fn x => loop y = x for i in 1..1000 do sin(y)")
    assert "symbolic" not in compare(long, 0.5).methods


def test_a_derivative_by_hand_of_another_shape_is_said() -> None:
    session = Session()
    session.run_script(LOGISTIC, "t.adl")
    with pytest.raises(RunError, match="by hand: 2 derivatives for 1 reals"):
        compare(session.evaluate("f"), 0.2, by_hand=session.evaluate("fn x => (x, x)"))


# ── the first NaN or infinity ────────────────────────────────────────────────────────────────

FIRST = [
    ("ln(0) + 1", "`ln` gives -inf at 0", "ln(0)"),
    ("0 * (1 / 0)", "`/` gives inf at 1 and 0", "(1 / 0)"),
    ("inf - inf", "`-` gives nan at inf and inf", "inf - inf"),
    ("map(ln, list(1, 0))", "`ln` gives -inf at 0", "map(ln, list(1, 0))"),
    ("ln([1, 0, 2])", "`ln` gives -inf at 0, in element [1]", "ln([1, 0, 2])"),
    ("derivative(fn x => sqrt(x))(0)", "the derivative of `sqrt` gives inf at 0", "sqrt(x)"),
    ("gradient(fn x => sqrt(x))(0)", "the derivative of `sqrt` gives inf at 0", "sqrt(x)"),
    ("derivatives(fn x => x + sqrt(x), 2)(0)", "the derivative of `sqrt` gives inf at 0", "sqrt(x)"),
    (
        "gradient(fn x => sum(sqrt(x)))([1, 0])",
        "the derivative of `sqrt` gives inf at 0, in element [1]",
        "sqrt(x)",
    ),
    ("jacobian(fn x => sqrt(x))([1, 0])", "the derivative of `sqrt` gives inf", "sqrt(x)"),
    ("derivative(derivative(fn x => x ^ 1.5))(0)", "the derivative of `^` gives inf at 0 and 1.5", "x ^ 1.5"),
    (
        "gradient(fn x => x * 1e200 * 1e200)(1e-300)",
        "the derivative of `*` gives inf in the reverse sweep at 1e-300 and 1e200",
        "x * 1e200",
    ),
    (
        "vjp(fn x => x * 1e200, 1)[1](1e200)",
        "the derivative of `*` gives inf in the reverse sweep at 1 and 1e200",
        "x * 1e200",
    ),
    (
        "derivative_reverse(fn x => fn y => x * 1e200 * y)(1e-300)(1e200)",
        "the derivative of `*` gives inf in the reverse sweep",
        "x * 1e200",
    ),
]


def test_what_an_operator_makes_by_itself_has_its_name() -> None:
    with pytest.raises(RunError) as raised:
        Session(nan_is_error=True).evaluate("derivatives(fn x => exp(2 * x), 1200)(1)")
    assert raised.value.message == "`derivatives` gives inf"


@pytest.mark.parametrize(("text", "message", "place"), FIRST)
def test_the_first_nan_or_infinity_is_an_error(text: str, message: str, place: str) -> None:
    Session().evaluate(text)
    with pytest.raises(RunError) as raised:
        Session(nan_is_error=True).evaluate(text)
    assert raised.value.message.startswith(message)
    assert raised.value.span is not None
    assert raised.value.span.text == place


@pytest.mark.parametrize("text", ["min(inf, 3)", "inf + 1", "nan * 2", "gradient(fn x => x * 2)(1)", "-inf"])
def test_what_passes_an_infinity_on_has_not_made_it(text: str) -> None:
    Session(nan_is_error=True).evaluate(text)


@settings(max_examples=25, deadline=None)
@given(programs(tame=True))
def test_a_watched_run_gives_the_same(text: str) -> None:
    call = "(f(0.3, -0.7), jvp(f, (0.3, -0.7), (1, 2))[1])"
    values = []
    for is_error in (False, True):
        session = Session(nan_is_error=is_error)
        session.run_script(text, "t.adl")
        values.append(session.evaluate(call))
    assert repr(values[0]) == repr(values[1])


OVERFLOW = "fn x => x * 1e200 * 1e200"
OPERATORS = [
    lambda f: vlad.gradient(f)(1e-300),
    lambda f: vlad.value_and_gradient(f)(1e-300),
    lambda f: vlad.sparse_jacobian(vlad.gradient(f), 1e-300),
    lambda f: vlad.compare(f, 1e-300),
    lambda f: vlad.count(f, 1e-300),
]


@pytest.mark.parametrize("look", OPERATORS)
def test_pythons_operators_watch_what_is_watched(look: Callable[[vlad.Function], object]) -> None:
    with pytest.raises(RunError, match=r"the derivative of `\*` gives inf"):
        look(vlad.evaluate(OVERFLOW, nan_is_error=True))


def test_operators_inside_operators_watch_as_well() -> None:
    f = vlad.evaluate("fn x => sqrt(x)", nan_is_error=True)
    assert vlad.derivative(vlad.derivative(f))(4) == -1 / 32
    with pytest.raises(RunError, match="the derivative of `sqrt` gives inf at 0"):
        vlad.derivative(vlad.derivative(f))(0)
    assert vlad.derivative(vlad.evaluate("sqrt"))(0) == float("inf")
    assert vlad.gradient(vlad.evaluate(OVERFLOW))(1e-300) == float("inf")


def test_gradients_leave_nothing_behind() -> None:
    session = Session(nan_is_error=True)
    f = session.evaluate("fn x => x * x + sin(x)")
    watch = library_of(f).watch
    assert watch is not None
    for look in (vlad.check_gradients, vlad.compare, vlad.count, vlad.sparse_hessian):
        look(vlad.Function(f), 2)
    vlad.gradient(vlad.gradient(vlad.Function(f)))(2)
    with pytest.raises(RunError):
        vlad.gradient(vlad.Function(session.evaluate(OVERFLOW)))(1e-300)
    assert watch.origins == {}


@pytest.mark.parametrize("door", [vlad.run, vlad.load])
def test_scripts_may_be_watched(door: Callable[..., object], tmp_path: Path) -> None:
    path = tmp_path / "script.adl"
    path.write_text('import "part.adl"\nlet a = part.f(0)\na')
    (tmp_path / "part.adl").write_text("def f(x) = ln(x)")
    door(path)
    with pytest.raises(RunError, match="`ln` gives -inf at 0"):
        door(path, nan_is_error=True)


def test_watching_begins_and_ends_with_a_text() -> None:
    written: list[str] = []
    session = Session(write=written.append)
    session.evaluate("import optimize\ndef before(x) = x / 0")
    session.nan_is_error = True
    assert session.evaluate("optimize.minimize(fn x => x ^ 2, 0).x") == 0.0
    session.evaluate("def while_watched(x) = x / 0")
    assert session.evaluate("before(1)") == float("inf")
    with pytest.raises(RunError, match="`/` gives inf at 1 and 0"):
        session.evaluate("while_watched(1)")
    with pytest.raises(RunError, match="the derivative of `sqrt` gives inf"):
        session.evaluate("derivative(sqrt)(0)")
    session.evaluate("print(1)")
    session.nan_is_error = False
    assert session.evaluate("derivative(fn x => sqrt(x) / 0)(0)") == float("inf")
    session.evaluate("print(2)")
    assert written == ["1\n", "2\n"]


def test_what_is_watched_can_be_looked_at() -> None:
    f = vlad.evaluate("fn (x, y) => x * sin(y)", nan_is_error=True)
    plain = vlad.evaluate("fn (x, y) => x * sin(y)")
    assert vlad.trace(f, 2, 3).data()["updates"] == vlad.trace(plain, 2, 3).data()["updates"]
    operations = vlad.count(f, 2, 3).columns["gradient"].operations
    assert operations == vlad.count(plain, 2, 3).columns["gradient"].operations


def test_counts_say_how_batches_were_computed() -> None:
    text = "def f(w) = sum(batched(fn x => w * x[0] + x[1])([[1, 2], [3, 4]]))"
    assert "`batched`: all items in one pass" in counted(text, 2.0).remark()
    text = "def f(w) = sum(batched(fn x => if x[0] > 2 then w * x[1] else 0)([[1, 2], [3, 4]]))"
    remark = counted(text, 2.0).remark()
    assert "`batched`: item by item, as a condition differs between its items" in remark
    text = "def f(w) = sum(batched(fn x => det(x * w))([[[1, 2], [3, 4]], [[1, 0], [0, 1]]]))"
    assert "`det` in a batch: item by item" in counted(text, 2.0).remark()


def test_of_batches_within_batches_the_outermost_is_given_up_first() -> None:
    """Else the inner ones would begin once more within it, for nothing."""
    body = "{ let _ = print(y)\n x * y }"
    text = f"def f(w) = sum(batched(fn x => sum(batched(fn y => {body})([1, 2])))([3, 4] * w))"
    assert (
        "item by item, as it prints, or calls a function of Python (3 times)" in counted(text, 2.0).remark()
    )


def test_what_is_run_again_is_swept_for_its_own_numbers_only() -> None:
    """Of a number of another differentiation nobody asks for a cotangent in the sweep."""
    text = "def f(a) = gradient(fn x => checkpointed(fn y => exp(a) * sin(y))(x))(3)"
    assert counted(text, 2.0).columns["f"].operations == {"*": 3, "exp": 2}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "gradient(fn x => { let y = x * 1; 1e308 * y + 1e308 * y })(0)",
            "`*` gives inf in the reverse sweep",
        ),
        ("gradient(fn a => sum(a * 1e308) + sum(a * 1e308))([0, 0])", "at an array of 2 and 1e308"),
        ("gradient(fn x => sum(list(x * 1e308, x * 1e308)))(0)", "at 0 and 1e308"),
        ("vjp(fn x => (x, x), 0)[1](1e308, 1e308)", "the reverse sweep of this derivative gives inf"),
        (
            "vjp(fn x => { let y = sin(x); (y, -y) }, 0)[1](1e308, -1e308)",
            "`-` gives inf in the reverse sweep at 0",
        ),
        (
            "gradient(fn x => with_pullback(fn z => z, fn (z, w) => w * inf)(x))(1)",
            "this derivative gives inf",
        ),
        ("gradient(fn a => sum(svd(a)[0]) / a[0, 1])([[1, 0], [0, 4]])", "`/` gives inf at"),
        ("cumsum([1e308, 1e308])", "`cumsum` gives inf at an array of 2"),
    ],
)
def test_where_a_sum_of_finite_parts_overflows(text: str, message: str) -> None:
    with pytest.raises(RunError) as caught:
        Session(nan_is_error=True).evaluate(text)
    assert message in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "vjp(fn x => x * 2, 1)[1](inf)",  # what the program gave is not a fault of the sweep
        "derivative_reverse(fn x => fn y => x * y)(2)",
        "derivative_reverse(fn x => derivative_reverse(fn y => fn z => x * y * z)(1))(2)",
        "gradient(fn a => sum(svd(a)[0]))([[1, 2], [3, 4]])",
    ],
)
def test_what_is_finite_is_given_as_without_the_watch(text: str) -> None:
    assert show(Session(nan_is_error=True).evaluate(text)) == show(Session().evaluate(text))
