"""The language inside Python: programs, functions, modules, operators, limits, errors, interruption."""

from __future__ import annotations

import inspect
import pickle
import signal
import subprocess
import sys
from collections import namedtuple
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vlad_py as vlad

# ── texts and functions ──────────────────────────────────────────────────────────────────────


def test_the_value_of_a_text() -> None:
    assert vlad.evaluate("1 + 1") == 2.0
    assert vlad.evaluate("let x = 1") == ()
    assert vlad.evaluate('(1, "a", true, {w: nil}, list(1, (2, 3)))') == (
        1.0,
        "a",
        True,
        {"w": []},
        [1.0, (2.0, 3.0)],
    )


def test_a_function_takes_what_its_calls_pass() -> None:
    f = vlad.evaluate("fn (x, y) => x ^ 2 * y")
    assert f(2, 5) == f((2, 5)) == f(2.0, 5.0) == 20.0
    assert vlad.evaluate("fn x => x")(3) == 3.0
    assert vlad.evaluate("fn () => 7")() == 7.0
    assert vlad.evaluate("fn a => fn b => a - b")(5)(3) == 2.0
    assert vlad.evaluate("sin")(0) == 0.0
    assert vlad.evaluate("fn (f, x) => f(f(x))")(vlad.evaluate("fn x => x * 3"), 2) == 18.0


def test_a_function_says_what_it_is() -> None:
    f = vlad.evaluate("## The square of x.\ndef square(x) = x * x\nsquare")
    assert (f.__name__, repr(f)) == ("square", "<vlad function square>")
    assert f.__doc__ == "square(x)\n\nThe square of x."
    assert str(inspect.signature(f)) == "(x, /)"
    assert str(inspect.signature(vlad.evaluate("fn (a, b) => a"))) == "(a, b, /)"
    assert str(inspect.signature(vlad.evaluate("fn {w} => w"))) == "(w, /)"
    assert "Natural logarithm" in str(vlad.evaluate("ln").__doc__)
    assert str(vlad.Function.__doc__).startswith("An ADL function.")


def test_what_print_writes() -> None:
    written: list[str] = []
    f = vlad.evaluate('print("now")\nfn x => { print(x); x }', write=written.append)
    f(1)
    assert written == ["now\n", "1\n"]


# ── operators ────────────────────────────────────────────────────────────────────────────────


def test_operators_are_those_of_the_library() -> None:
    f = vlad.evaluate("fn (x, y) => x ^ 2 * y")
    assert vlad.gradient(f)(2, 5) == (20.0, 4.0)
    assert vlad.value_and_gradient(f)(2, 5) == (20.0, (20.0, 4.0))
    assert vlad.jvp(f, (2, 5), (1, 0)) == (20.0, 20.0)
    value, pullback = vlad.vjp(f, (2, 5))
    assert (value, pullback(1), pullback(2)) == (20.0, (20.0, 4.0), (40.0, 8.0))
    assert vlad.jacobian(vlad.evaluate("fn (x, y) => (x * y, y)"))(2, 3) == ((3.0, 2.0), (0.0, 1.0))
    assert vlad.hessian(f)(2, 5) == ((10.0, 4.0), (4.0, 0.0))
    assert vlad.hvp(f, (2, 5), (1, 0)) == (10.0, 4.0)
    d = vlad.derivative
    assert d(d(d(vlad.evaluate("fn x => x ^ 3"))))(5) == 6.0
    assert "forward mode" in str(d.__doc__).lower()
    cube = vlad.evaluate("fn x => x ^ 3")
    assert vlad.derivatives(cube, 3)(1) == [1.0, 3.0, 6.0, 6.0]
    assert vlad.taylor(cube, 1, 3) == [1.0, 3.0, 3.0, 1.0]
    assert vlad.derivative_tensor(f, (2, 5), 2).tolist() == [[10.0, 4.0], [4.0, 0.0]]
    slope = vlad.derivative(cube)(vlad.interval(1, 2))
    assert (slope.lower, slope.upper) == (pytest.approx(3.0), pytest.approx(12.0))


def test_a_derivative_that_is_a_function_stays_right() -> None:
    shift = vlad.derivative(vlad.evaluate("fn u => fn f => fn x => f(x + u)"))(0)
    assert shift(shift(vlad.evaluate("fn x => x ^ 3")))(2) == 12.0


def test_operators_of_arrays() -> None:
    a, x = np.array([[2.0, 1.0], [0.0, 3.0]]), np.array([1.0, -2.0])
    energy = vlad.evaluate("fn (a, x) => dot(x, a @ x)")
    slopes = vlad.gradient(energy)(a, x)
    np.testing.assert_allclose(slopes[0], np.outer(x, x))
    np.testing.assert_allclose(slopes[1], (a + a.T) @ x)
    model = {"w": a.tolist(), "arrays": (a, x), "k": 2}
    slope = vlad.gradient(vlad.evaluate("fn m => m.k * sum(m.arrays[0] @ m.arrays[1])"))(model)
    np.testing.assert_allclose(slope["arrays"][0], 2 * np.outer(np.ones(2), x))
    assert slope["w"] == [[0.0, 0.0], [0.0, 0.0]]
    assert slope["k"] == -6.0
    square = vlad.evaluate("fn x => x ^ 2")
    np.testing.assert_allclose(vlad.jacobian(square)(x), np.diag(2 * x))
    np.testing.assert_allclose(vlad.hessian(vlad.evaluate("fn x => sum(x ^ 3)"))(x), np.diag(6 * x))
    np.testing.assert_allclose(vlad.hvp(vlad.evaluate("fn x => sum(x ^ 3)"), x, np.ones(2)), 6 * x)
    value, pullback = vlad.vjp(square, x)
    np.testing.assert_allclose(pullback(np.array([1.0, 10.0])), [2.0, -40.0])
    assert type(vlad.gradient(vlad.evaluate(LINEAR))(Weights(x, 3)).w) is np.ndarray
    with pytest.raises(ValueError, match="read-only"):
        value[0] = 1


def test_an_operator_refuses_what_is_no_function_of_the_language() -> None:
    with pytest.raises(vlad.ConversionError, match="@vlad\\.primitive"):
        vlad.gradient(lambda x: x)
    with pytest.raises(vlad.RunError, match="`gradient` expects a function, got a real"):
        vlad.gradient(3)


POINT = (1, 2)
TAKE_A_FUNCTION: list[tuple[Any, tuple[Any, ...]]] = [
    (vlad.gradient, ()),
    (vlad.jvp, (POINT, POINT)),
    (vlad.trace, POINT),
    (vlad.sparsity, POINT),
    (vlad.check_gradients, POINT),
]


@pytest.mark.parametrize(("door", "arguments"), TAKE_A_FUNCTION)
def test_what_takes_a_function_says_what_to_do_with_a_text_or_a_function_of_python(
    door: Any, arguments: tuple[Any, ...]
) -> None:
    with pytest.raises(vlad.ConversionError, match="got a string") as caught:
        door("fn (x, y) => x * y", *arguments)
    assert "vlad.evaluate(" in caught.value.hint
    product = vlad.evaluate("fn (x, y) => x * y")
    for function in (lambda x: product(x, 2), partial(product, 1)):
        with pytest.raises(vlad.ConversionError, match="got a Python function") as caught:
            door(function, *arguments)
        assert "fn (f, x) => fn m => f(m, x)" in caught.value.hint


def test_the_hint_on_data_is_right() -> None:
    product = vlad.evaluate("fn (m, x) => m ^ 2 * x")
    assert vlad.gradient(vlad.evaluate("fn (f, x) => fn m => f(m, x)")(product, 5))(3) == 30.0


@pytest.mark.parametrize(
    ("operator", "count", "hint"),
    [
        (vlad.gradient, 3, "write `gradient(f)(x)`"),
        (vlad.derivatives, 3, "write `derivatives(f, n)(x)`"),
        (vlad.vjp, 3, "write `vjp(f, x)`; several arguments of f are one tuple"),
        (vlad.jvp, 5, "write `jvp(f, x, v)`; several arguments of f are one tuple"),
    ],
)
def test_an_operator_says_how_many_arguments_it_takes(operator: Any, count: int, hint: str) -> None:
    with pytest.raises(vlad.RunError, match=rf"takes \d arguments?, got {count}") as caught:
        operator(vlad.evaluate("fn (x, y) => x * y"), *[1.0] * (count - 1))
    assert caught.value.hint == hint


def test_checks_take_arguments_as_calls_do() -> None:
    f = vlad.evaluate("fn (x, y) => x ^ 2 * y")
    assert vlad.check_gradients(f, 2, 5) == vlad.check_gradients(f, (2, 5))


Weights = namedtuple("Weights", "w b")


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of a model, with a part that no gradient could give to `__init__`."""

    w: Any
    b: Any
    name: Any = "layer"

    def __post_init__(self) -> None:
        assert isinstance(self.name, str)


LINEAR = "fn m => m.w[0] * m.b + m.w[1]"


def test_a_gradient_is_of_its_arguments_class() -> None:
    gradient = vlad.gradient(vlad.evaluate(LINEAR))
    assert gradient({"w": (1, 2), "b": 3}) == {"w": (3.0, 1.0), "b": 1.0}
    assert gradient(Weights((1, 2), 3)) == Weights((3.0, 1.0), 1.0)
    slope = gradient(Layer([1, 2], 3))
    assert type(slope) is Layer
    assert (slope.w, slope.b, slope.name) == ([3.0, 1.0], 1.0, ())
    _, pullback = vlad.vjp(vlad.evaluate(LINEAR), Weights((1, 2), 3))
    assert pullback(2) == Weights((6.0, 2.0), 2.0)


def test_classes_with_the_same_fields_come_back_as_dicts() -> None:
    other = namedtuple("other", "w b")
    both = vlad.evaluate("fn (p, q) => (p, q)")
    assert both(Weights(1, 2), other(3, 4)) == ({"w": 1.0, "b": 2.0}, {"w": 3.0, "b": 4.0})
    assert type(both(Weights(1, 2), 3)[0]) is Weights


# ── files ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "shapes.adl").write_text("## Twice x.\ndef double(x) = 2 * x\n")
    path = tmp_path / "model.adl"
    path.write_text(
        '# model.adl: a model.\n# It has two lines.\n\nimport optimize\nimport "parts/shapes.adl"\n'
        "let rate = 0.5\n## The loss.\ndef loss(w, x) = (shapes.double(w) * x - 1) ^ 2\n"
        "let f' = derivative(fn x => x ^ 2)\nloss(1, rate)\n"
    )
    return path


def test_a_module_has_the_definitions_of_its_file(model: Path) -> None:
    module = vlad.load(model)
    assert (module.rate, module.loss(1, 2)) == (0.5, 9.0)
    assert module.loss.__doc__ == "loss(w, x)\n\nThe loss."
    assert module.loss is module.loss
    assert getattr(module, "f'")(3) == 6.0
    assert module.shapes.double(4) == 8.0
    assert module.shapes.double.__doc__ == "double(x)\n\nTwice x."
    assert module.optimize.minimize(vlad.evaluate("fn x => (x - 1) ^ 2"), 0)["x"] == pytest.approx(1)
    assert dir(module) == ["f'", "loss", "optimize", "rate", "shapes"]
    assert "minimize" in dir(module.optimize) and "search" not in dir(module.optimize)
    assert repr(module) == "<vlad module model: f', loss, optimize, rate, shapes>"
    assert module.__doc__ == "model.adl: a model.\nIt has two lines."
    with pytest.raises(AttributeError, match="did you mean `loss`"):
        _ = module.los


def test_a_script_gives_its_last_value(model: Path) -> None:
    assert vlad.run(str(model)) == 0.0
    model.write_text("print(arguments)\narguments")
    written: list[str] = []
    assert vlad.run(model, arguments=(1, "a"), write=written.append) == [1.0, "a"]
    assert written == ['list(1, "a")\n']


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for door in (vlad.run, vlad.load):
        with pytest.raises(FileNotFoundError):
            door(tmp_path / "no.adl")


@pytest.mark.parametrize("door", [vlad.run, vlad.load])
@pytest.mark.parametrize("text", ["let a = 3\nprint(a)", "1 + 1"])
def test_a_text_where_a_path_belongs_is_told_where_texts_go(door: Any, text: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        door(text)
    assert "`vlad.evaluate`" in caught.value.__notes__[0]
    with pytest.raises(FileNotFoundError) as caught:
        door(tmp_path / "no.adl")
    assert not hasattr(caught.value, "__notes__")


# ── limits ───────────────────────────────────────────────────────────────────────────────────


def test_limits_hold_for_texts_and_for_what_comes_out_of_them() -> None:
    with pytest.raises(vlad.LimitError, match="more than 1000 steps"):
        vlad.evaluate("loop n = 0 while true do n + 1", limits=vlad.Limits(steps=1000))
    count = vlad.evaluate("fn n => loop m = 0 while m < n do m + 1", limits=vlad.Limits(steps=1000))
    assert count(10) == 10.0
    for f in (count, vlad.evaluate("fn n => fn () => n")(count)(), vlad.derivative(count)):
        with pytest.raises(vlad.LimitError, match="more than 1000 steps"):
            f(10_000)
    deep = vlad.evaluate("def f(n) = if n == 0 then 0 else 1 + f(n - 1)\nf", limits=vlad.Limits(depth=50_000))
    assert deep(1000) == 1000.0
    with pytest.raises(vlad.LimitError, match="calls in progress"):
        deep(200_000)


# ── errors ───────────────────────────────────────────────────────────────────────────────────


def test_an_error_has_span_message_and_text() -> None:
    f = vlad.evaluate("def half(x) = x / 2\ndef f(x) = half(x) + 1\nf")
    with pytest.raises(vlad.RunError) as caught:
        f(True)
    error = caught.value
    assert error.message == "`/` expects a real on its left, got a boolean"
    assert error.span is not None and error.span.place == "<text>:1:15"
    assert "1 | def half(x) = x / 2\n  |               ^^^^^" in str(error)
    assert [caller.function for caller in error.stack] == ["f"]
    for text, kind in (("1 +", vlad.SyntaxError), ("unknown", vlad.ResolveError), ("1 + nil", vlad.RunError)):
        with pytest.raises(kind):
            vlad.evaluate(text)


def test_an_error_of_the_library_shows_no_text_of_the_library() -> None:
    with pytest.raises(vlad.RunError) as caught:
        vlad.derivative(vlad.evaluate("sin"))(1, 2)
    assert caught.value.span is None
    assert str(caught.value).startswith("error: `derivative` differentiates a function of one real")


def error_of(text: str) -> vlad.Error:
    with pytest.raises(vlad.Error) as caught:
        vlad.evaluate(text)
    return caught.value


@pytest.mark.parametrize(
    "text", ["1 +", "unknown", "1 + nil", "3(4)", "(fn (x, y) => x)(1)", "def f() = 1\nf(1, 2)"]
)
def test_errors_are_pickled(text: str) -> None:
    error = error_of(text)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert (again.message, again.hint, again.left_out) == (error.message, error.hint, error.left_out)


@pytest.mark.parametrize("text", ["3(4)", "(fn (x, y) => x)(1)", "{a: 1}.b", "1 + nil"])
def test_what_goes_wrong_in_a_run_is_of_the_public_class(text: str) -> None:
    assert type(error_of(text)) is vlad.RunError


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent")
def test_ctrl_c_is_a_keyboard_interrupt() -> None:
    f = vlad.evaluate("fn x => loop n = x while true do n + 1")
    previous = signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        with pytest.raises(KeyboardInterrupt) as caught:
            f(0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGINT, handler)
        signal.signal(signal.SIGALRM, previous)
    assert isinstance(caught.value.__cause__, vlad.Error)
    assert "<text>:1:" in str(caught.value.__cause__)
    assert vlad.evaluate("1 + 1") == 2.0


# ── the package ──────────────────────────────────────────────────────────────────────────────


def test_names_are_there_and_found_by_dir() -> None:
    for name in ("evaluate", "load", "run", "gradient", "primitive", "check_gradients", "Error", "Limits"):
        assert name in dir(vlad)
        assert getattr(vlad, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = vlad.nothing


def test_dir_has_the_public_names_only() -> None:
    assert {"annotations", "sys", "TYPE_CHECKING", "load_ipython_extension"}.isdisjoint(dir(vlad))
    assert all(name == "__version__" or not name.startswith("_") for name in dir(vlad))


def test_the_decorator_is_no_submodule_whatever_was_imported() -> None:
    text = "import vlad_py.primitives.primitive, vlad_py\nvlad_py.primitive(len)"
    done = subprocess.run([sys.executable, "-W", "error", "-c", text], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def modules_after(statement: str) -> set[str]:
    report = f"{statement}\nimport sys\nprint('loaded', *sys.modules)"
    done = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_what_is_imported_when() -> None:
    assert modules_after("import vlad_py").isdisjoint({"lark", "numpy", "inspect", "vlad_py.session.session"})
    scalar = "import vlad_py as vlad\nassert vlad.gradient(vlad.evaluate('fn x => x * x'))(3) == 6"
    assert "numpy" not in modules_after(scalar)
    errors = modules_after("import vlad_py as vlad\nvlad.Error")
    assert errors.isdisjoint({"lark", "numpy", "vlad_py.session.session"})


def test_an_operator_says_that_a_text_ends_with_a_definition() -> None:
    made = vlad.evaluate("def f(x) = x ^ 2")
    for operator in (vlad.gradient, vlad.derivative, vlad.vjp):
        with pytest.raises(vlad.RunError, match=r"expects a function, got the unit `\(\)`") as caught:
            operator(made)
        assert "ends with a definition" in caught.value.hint
    assert vlad.gradient(vlad.evaluate("def f(x) = x ^ 2\nf"))(3) == 6.0


def test_a_python_function_among_functions_needs_to_be_a_primitive() -> None:
    with pytest.raises(vlad.ConversionError, match="got a Python function") as caught:
        vlad.evaluate("f(2)", functions={"f": lambda x: 2 * x})
    assert "put `@vlad.primitive` above" in caught.value.hint
