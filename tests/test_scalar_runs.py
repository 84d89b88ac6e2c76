"""Specialised runs of arithmetic against the primitives one by one, on whatever numbers come."""

from __future__ import annotations

import math
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scalar_programs import programs

from vlad_py.execution import machine
from vlad_py.execution.specialised import array_runs, scalar_runs
from vlad_py.execution.specialised.scalar_runs import HOT, Specialiser, kinds_of
from vlad_py.ground.errors import Error
from vlad_py.numbers.forward.dual import Dual
from vlad_py.numbers.reverse.tape import Node
from vlad_py.primitives.steps import FEW_LEVELS
from vlad_py.session.session import Session
from vlad_py.values.structure import parts
from vlad_py.values.values import NIL, Cons, Number, Record, Value, plain

# ── running a program with and without specialised code ──────────────────────────────────────


@contextmanager
def replaced(owner: Any, name: str, value: object) -> Iterator[None]:
    """While it lasts, a module or class has another value under a name."""
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


def function(text: str, *, specialised: bool) -> Value:
    """The last expression of a text, a function whose runs are specialised or not."""
    if specialised:
        return Session().evaluate(text)
    with replaced(array_runs, "put_before", lambda run, namespace: None):
        return Session().evaluate(text)


def called(f: Value, argument: Value) -> Value:
    """What a call gives; of one that fails, the message."""
    try:
        return machine.run(f, argument)
    except Error as error:
        return f"{type(error).__name__}: {error.message}"


def bits(value: Value) -> object:
    """A value such that two of them are equal where all reals have the same bits; nan is nan."""
    if isinstance(value, Number):
        raise AssertionError(f"a number with a tag came out: {value}")
    if isinstance(value, float):
        return "nan" if value != value else struct.pack("<d", value)
    inner = parts(value)
    return value if inner is None else (type(value).__name__, *map(bits, inner))


def close(a: Value, b: Value, tolerance: float) -> bool:
    """Whether two values have one shape, and reals that differ by rounding only."""
    if isinstance(a, float) and isinstance(b, float):
        return a == b or abs(a - b) <= tolerance * max(1.0, abs(a), abs(b)) or (a != a and b != b)
    x, y = parts(a), parts(b)
    if x is None or y is None:
        return a == b
    return len(x) == len(y) and all(close(i, j, tolerance) for i, j in zip(x, y, strict=True))


# ── every kind of number ─────────────────────────────────────────────────────────────────────

OPERATORS = """
let u = 0.75
let v = -1.25
def F(g) = fn p => jvp(g, p, (u, v))[1]
def R(g) = fn p => vjp(g, p)[1](u, v, ())
def R2(g) = fn p => vjp(g, p)[1](u, v)
def first(g) = fn (x, y) => jvp(fn z => g(z, y), x, v)[1]
def second(g) = fn (x, y) => jvp(fn z => g(x, z), y, u)[1]
def first_reverse(g) = fn (x, y) => vjp(fn z => g(z, y), x)[1](u, v, ())
def second_reverse(g) = fn (x, y) => vjp(fn z => g(x, z), y)[1](v, u, ())
"""

FORWARD = (
    "f", "F(f)", "F(F(f))", "F(F(F(f)))", "first(f)", "second(f)", "first(second(f))", "second(first(f))",
    "F(first(f))", "first(F(f))", "second(F(second(f)))",
)  # fmt: skip

REVERSE = (
    "R(f)", "R(F(f))", "F(R(f))", "R2(R(f))", "R(F(F(f)))", "F(R(F(f)))", "R2(R(F(f)))", "F(F(R(f)))",
    "F(R2(R(f)))", "R2(F(R(f)))", "R2(R2(R(f)))", "first_reverse(f)", "second_reverse(first(f))",
    "first_reverse(second(f))", "R(first(second(f)))",
)  # fmt: skip


def everything(definition: str, kinds: tuple[str, ...]) -> str:
    """A program whose value is a function of a point: f and its derivatives there, in one tuple."""
    results = ", ".join(f"{kind}(x, y)" for kind in kinds)
    return f"{OPERATORS}\n{definition}\nfn (x, y) => ({results})"


REALS = st.one_of(
    st.sampled_from(
        [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, math.inf, -math.inf, math.nan, 1e300, -1e300, 1e-300, 5e-324]
    ),
    st.floats(),
    st.floats(-4.0, 4.0),
)
POINTS = st.lists(st.tuples(REALS, REALS), min_size=2, max_size=4)
TAME_POINTS = st.lists(st.tuples(st.floats(-2.0, 2.0), st.floats(-2.0, 2.0)), min_size=2, max_size=4)

SLOW = settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))


@SLOW
@given(program=programs(), points=POINTS)
def test_forward_has_the_same_bits(program: str, points: list[tuple[float, float]]) -> None:
    text = everything(program, FORWARD)
    expected = [bits(called(function(text, specialised=False), p)) for p in points]
    with replaced(scalar_runs, "HOT", 2):
        f = function(text, specialised=True)
        for _ in range(4):
            assert [bits(called(f, p)) for p in points] == expected


@SLOW
@given(program=programs(tame=True), points=TAME_POINTS)
def test_reverse_differs_by_rounding_only(program: str, points: list[tuple[float, float]]) -> None:
    text = everything(program, FORWARD + REVERSE)
    expected = [called(function(text, specialised=False), p) for p in points]
    with replaced(scalar_runs, "HOT", 2):
        f = function(text, specialised=True)
        got = [called(f, p) for p in points]
        assert all(close(a, b, 1e-12) for a, b in zip(got, expected, strict=True))


@SLOW
@given(program=programs(), points=POINTS)
def test_a_call_repeated_gives_the_same_bits(program: str, points: list[tuple[float, float]]) -> None:
    with replaced(scalar_runs, "HOT", 4):
        f = function(everything(program, FORWARD + REVERSE), specialised=True)
        first = [bits(called(f, p)) for p in points]
        for _ in range(4):
            assert [bits(called(f, p)) for p in points] == first


@pytest.mark.parametrize("text", ["gammainc(x, ln(y))", "gammainc(x, 1 / y)", "gammainc(ln(y), x)"])
def test_what_a_partial_chooses_has_no_tangent_where_it_is_constant(text: str) -> None:
    """A tangent that is not there, times an infinite one, is not there; a zero would make it nan."""
    program = everything(f"def f(x, y) = ({text}, 0, true)", FORWARD + REVERSE)
    points = [(x, y) for x in (0.0, -1.0, 2.0) for y in (0.0, 1.0, -2.0)]
    expected = [called(function(program, specialised=False), p) for p in points]
    with replaced(scalar_runs, "HOT", 2):
        f = function(program, specialised=True)
        for _ in range(4):
            got = [called(f, p) for p in points]
            assert all(close(a, b, 1e-12) for a, b in zip(got, expected, strict=True))


@SLOW
@given(program=programs(depth=0), points=POINTS)
def test_a_gradient_through_one_run_has_the_same_bits(
    program: str, points: list[tuple[float, float]]
) -> None:
    text = f"{program}\ngradient(fn p => f(p)[0] + 0)"
    expected = [bits(called(function(text, specialised=False), p)) for p in points]
    f = function(text, specialised=True)
    for _ in range(2):
        assert [bits(called(f, p)) for p in points] == expected


@pytest.mark.parametrize(
    "body", ["x ^ x", "x / x", "hypot(x, x)", "atan2(x, x)", "mod(x, x)", "sigmoid(x)", "x * y"]
)
@pytest.mark.parametrize("kind", FORWARD + REVERSE)
def test_one_operation_called_often_gives_the_same_bits(body: str, kind: str) -> None:
    f = function(everything(f"def f(x, y) = ({body}, y, true)", (kind,)), specialised=True)
    first = bits(called(f, (0.3, 1.7)))
    assert all(bits(called(f, (0.3, 1.7))) == first for _ in range(HOT + 5))


# ── edges: what a trace assumes is tested when its code runs ─────────────────────────────────

EDGES = [
    ("x ^ y", (0.0, 0.0)), ("x ^ y", (0.0, 2.0)), ("x ^ y", (0.0, -1.0)), ("x ^ 0 + y", (0.0, 1.0)),
    ("hypot(x, y) * 2", (0.0, 0.0)), ("hypot(x, y) * 2", (math.inf, 1.0)), ("hypot(x, x) * 2", (0.0, 1.0)),
    ("atan2(x, y) * 2", (0.0, 0.0)), ("atan2(x, y) + 1", (1.0, math.inf)), ("x / y + 1", (1.0, 0.0)),
    ("x / y + 1", (1.0, -0.0)), ("erf(x) * y", (math.inf, 1.0)), ("relu(x) * y", (0.0, 1.0)),
    ("abs(x) + abs(y)", (0.0, -0.0)), ("sqrt(x) * sqrt(y)", (0.0, 0.0)), ("floor(x) * y", (2.0, math.nan)),
]  # fmt: skip


@pytest.mark.parametrize(("body", "edge"), EDGES)
def test_at_an_edge_the_primitives_decide(body: str, edge: tuple[float, float]) -> None:
    text = everything(f"def f(x, y) = ({body}, y, x < y)", FORWARD + REVERSE)
    general = function(text, specialised=False)
    with replaced(scalar_runs, "HOT", 2):
        f = function(text, specialised=True)
        for point in [(0.7, 1.3), edge, (0.7, 1.3), edge, (1.5, 0.25), edge]:
            assert close(called(f, point), called(general, point), 1e-12)


# ── kinds ────────────────────────────────────────────────────────────────────────────────────


def test_kinds_name_tags_by_their_rank() -> None:
    inner = Dual(5, 1.0, 2.0)
    assert kinds_of((1.0, inner)) == kinds_of((3.0, Dual(7, 0.0, 0.0)))
    over = kinds_of((inner, Dual(9, inner, 0.0)))
    assert over == (
        ("dual", 0, ("float",), ("float",)),
        ("dual", 1, ("dual", 0, ("float",), ("float",)), ("float",)),
    )
    assert kinds_of((Dual(5, 1.0, 0.0), Node(9, 1.0, ()))) != kinds_of((Dual(9, 1.0, 0.0), Node(5, 1.0, ())))
    assert kinds_of((Dual(5, 1.0, 0.0), Dual(9, 1.0, 0.0))) != kinds_of(
        (Dual(5, 1.0, 0.0), Dual(5, 1.0, 0.0))
    )


@pytest.mark.parametrize("value", [True, "text", (), (1.0, 2.0), Record((), ()), Dual(1, True, 0.0)])
def test_what_is_no_number_has_no_kind(value: Value) -> None:
    assert kinds_of((1.0, value)) is None


def test_numbers_too_deep_have_no_kind() -> None:
    value: Value = 1.0
    for tag in range(1, FEW_LEVELS + 1):
        value = Dual(tag, value, 1.0)
        assert kinds_of((value,)) is not None
    assert kinds_of((Dual(FEW_LEVELS + 1, value, 0.0),)) is None
    assert kinds_of((Dual(FEW_LEVELS + 1, 0.0, value),)) is None


# ── specialisers ─────────────────────────────────────────────────────────────────────────────


@contextmanager
def specialisers() -> Iterator[list[Specialiser]]:
    """The specialisers that are made while it lasts."""
    made: list[Specialiser] = []
    with replaced(Specialiser, "__init__", _noting(Specialiser.__init__, made)):
        yield made


def _noting(initialise: Callable[..., None], made: list[Specialiser]) -> Callable[..., None]:
    def init(self: Specialiser, *arguments: Any) -> None:
        initialise(self, *arguments)
        made.append(self)

    return init


def specialiser_of(text: str) -> tuple[Specialiser, Value]:
    """The only specialiser of a program, and its value."""
    with specialisers() as made:
        value = function(text, specialised=True)
    (found,) = (s for s in made if s.run.lets[-1].span.source.text == text)
    return found, value


def test_no_more_kinds_than_agreed_get_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scalar_runs, "MOST_KINDS", 12)
    specialiser, _ = specialiser_of("fn (a, b, c) => a * b + c")
    numbers: list[Value] = [2.0, Dual(1, 2.0, 1.0), Dual(2, 2.0, 1.0), Node(3, 2.0, ())]
    for _ in range(HOT + 1):
        for a in numbers:
            for b in numbers:
                for c in numbers:
                    assert plain(specialiser.meet(a, b, c)) == 6.0
    assert len(specialiser.made) == len(specialiser.texts) == 12


def test_a_run_that_cannot_be_traced_stays_general() -> None:
    specialiser, _ = specialiser_of("fn (a, b) => { let c = a * b; (c, c == 6) }")
    for _ in range(HOT + 2):
        product, same = specialiser.meet(Dual(1, 2.0, 1.0), 3.0)
        assert (product.primal, product.tangent, same) == (6.0, 3.0, True)
    assert not specialiser.made


def test_what_is_no_number_fails_as_ever() -> None:
    specialiser, f = specialiser_of("fn (a, b) => a * b + 1")
    for _ in range(HOT + 2):
        specialiser.meet(Dual(1, 2.0, 1.0), 3.0)
    assert specialiser.made
    for bad in (True, "a", ()):
        assert str(called(f, (1.0, bad))).startswith("RunError: `*` expects a real on its right")
    message = str(called(f, (1.0, Cons(1.0, NIL))))
    assert message.startswith("RunError: `+` cannot combine a list of 1 and a real")
    assert str(called(f, (Dual(1, 2.0, 1.0), True))).startswith("RunError: `*` expects a real on its right")


def test_code_survives_an_error_elsewhere() -> None:
    session = Session()
    session.evaluate("def f(x) = sin(x) * x + 1\nlet first = gradient(f)(0.3)")
    with pytest.raises(Error):
        session.evaluate("let (a, b) = (gradient(f)(0.3), 1 + true)")
    for _ in range(3):
        assert session.evaluate("gradient(f)(0.3) == first") is True
    assert session.evaluate("derivative(fn y => gradient(f)(y))(0.3)") == pytest.approx(
        2 * math.cos(0.3) - 0.3 * math.sin(0.3)
    )


def test_a_pairing_is_no_scalar_operation() -> None:
    for text in ("dot(1, 2)", "(fn x => dot(x, 2))(3)", "derivative(fn x => dot(x, 2))(3)"):
        with pytest.raises(Error, match="`dot` expects a tuple or a list of reals, got a real"):
            Session().evaluate(text)


def test_threads_make_code_at_once() -> None:
    text = everything("def f(x, y) = (sin(x) * y + x / y, x * y - 1, x < y)", FORWARD + REVERSE)
    expected = called(function(text, specialised=False), (0.4, 1.1))
    for _ in range(5):
        f = function(text, specialised=True)
        results: list[Value] = []
        barrier = threading.Barrier(4)

        def work(f: Value = f, results: list[Value] = results, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            results.extend(called(f, (0.4, 1.1)) for _ in range(5))

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(results) == 20
        assert all(bits(r) == bits(results[0]) for r in results)
        assert close(results[0], expected, 1e-12)
