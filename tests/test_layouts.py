"""Straight-line code for layouts of reals computes what the walk over a structure does, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from vlad_py.differentiation import levels
from vlad_py.ground.errors import RunError
from vlad_py.numbers.forward.dual import Dual
from vlad_py.primitives.layouts import DEEPEST, HOT, MOST_LAYOUTS, MOST_MET, MOST_REALS, by_layout
from vlad_py.primitives.primitive import PRIMITIVES
from vlad_py.session.session import Session
from vlad_py.values.values import Record, Value

AWKWARD = (1.5, -0.0, 1e200, 5e-324, float("inf"), -float("inf"), float("nan"))

FORMS: tuple[Callable[[Value, Value], Value], ...] = (
    lambda a, _: a,
    lambda a, b: (a, b),
    lambda a, b: ((a, b), b),
    lambda a, b: ((a,), ((b, a), a)),
    lambda a, b: Record(("a", "b"), (a, b)),
    lambda a, b: (Record(("w",), ((a, b),)), b),
)

CALLS: dict[str, Callable[[Value, Value], tuple[Value, ...]]] = {
    "plus_scaled": lambda x, v: (x, -0.3, v),
    "distance": lambda x, v: (x, v),
    "magnitude": lambda x, _: (x,),
}


def code_of(function: Any) -> Any:
    """The state of a function made by `by_layout`."""
    return function.__globals__["meet"].__self__


@pytest.fixture(autouse=True)
def as_in_a_new_process() -> None:
    """No function has code yet: else earlier tests decide which layouts have some, and how many more may."""
    for function in (levels.collect, *(PRIMITIVES[name].value for name in CALLS)):
        code = code_of(function)
        code.texts.clear()
        code.met.clear()
        code.function.__code__ = code.link().__code__


def text(value: Value) -> str:
    """A value in full, with the signs of zeros."""
    if isinstance(value, Record):
        return f"{value.names}{text(value.values)}"
    if isinstance(value, tuple):
        return f"({', '.join(map(text, value))})"
    return f"{text(value.primal)} + {text(value.tangent)} e" if isinstance(value, Dual) else repr(value)


def walked(name: str, x: Value, v: Value) -> str:
    """What a function gives for structures so deep that there is no code for them."""
    for _ in range(DEEPEST + 1):
        x, v = (x,), (v,)
    result = PRIMITIVES[name].apply(*CALLS[name](x, v))
    while name == "plus_scaled" and isinstance(result, tuple) and len(result) == 1:
        (result,) = result
    return text(result)


def called(name: str, x: Value, v: Value) -> str:
    """What it gives for the structures themselves."""
    return text(PRIMITIVES[name].apply(*CALLS[name](x, v)))


def make_code(name: str, form: Callable[[Value, Value], Value]) -> None:
    """Calls a function until there is code for a form."""
    texts = code_of(PRIMITIVES[name].value).texts
    before = len(texts)
    for _ in range(HOT):
        called(name, form(1.0, 2.0), form(3.0, 4.0))
    assert len(texts) == before + 1


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", CALLS)
def test_code_for_a_layout_gives_what_the_walk_gives(
    name: str, form: Callable[[Value, Value], Value]
) -> None:
    make_code(name, form)
    for a, b, c in product(AWKWARD, repeat=3):
        x, v = form(a, b), form(c, a)
        assert called(name, x, v) == walked(name, x, v)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", CALLS)
def test_a_layout_with_code_leaves_other_values_to_the_walk(
    name: str, form: Callable[[Value, Value], Value]
) -> None:
    make_code(name, form)
    for a, b in ((Dual(1, 2.0, 1.0), 3.0), (3.0, Dual(1, 2.0, 1.0)), (True, 2.0)):
        x, v = form(a, b), form(2.0, 3.0)
        assert called(name, x, v) == walked(name, x, v)
    if name == "plus_scaled":
        factor = Dual(1, 2.0, 1.0)
        found = PRIMITIVES[name].apply(form(1.0, 1.0), factor, form(1.0, 1.0))
        assert text(found) == text(form(*[Dual(1, 3.0, 1.0)] * 2))


@pytest.mark.parametrize("name", ["plus_scaled", "distance"])
def test_structures_of_different_shapes_are_refused_with_code_too(name: str) -> None:
    for form in FORMS[1:]:
        make_code(name, form)
    longer = (1.0, 2.0, 3.0)
    renamed = Record(("b", "a"), (1.0, 2.0)), Record(("a", "c"), (1.0, 2.0))
    for x, v in (((1.0, 2.0), longer), (longer, (1.0, 2.0)), (1.0, (1.0,)), renamed):
        with pytest.raises(RunError, match="expected the shape"):
            called(name, x, v)


def test_fields_in_another_order_are_the_fields_of_their_names() -> None:
    make_code("plus_scaled", FORMS[4])
    x, v = Record(("a", "b"), (1.0, 2.0)), Record(("b", "a"), (10.0, 20.0))
    assert called("plus_scaled", x, v) == walked("plus_scaled", x, v) == "('a', 'b')(-5.0, -1.0)"


def counted() -> tuple[Callable[..., Value], list[tuple[Value, Value]]]:
    """A function of two structures with code, and the calls that its walk has had."""
    walks: list[tuple[Value, Value]] = []

    def first(x: Value, y: Value) -> Value:
        walks.append((x, y))
        return x

    return by_layout(first, structures=(0, 1), value=lambda x, _: x.rebuilt(x.reals)), walks


def walks_of(function: Callable[..., Value], walks: list[tuple[Value, Value]], x: Value, y: Value) -> int:
    """How many of twice as many calls as code needs are walks."""
    before = len(walks)
    for _ in range(2 * HOT):
        assert text(function(x, y)) == text(x)
    return len(walks) - before


def test_code_is_made_where_a_layout_keeps_coming() -> None:
    function, walks = counted()
    assert walks_of(function, walks, (1.0, (2.0, 3.0)), (4.0, (5.0, 6.0))) == HOT


def test_arguments_of_different_layouts_get_no_code() -> None:
    function, walks = counted()
    assert walks_of(function, walks, (1.0, 2.0), ((1.0,), 2.0)) == 2 * HOT
    assert walks_of(function, walks, (1.0, 2.0), (1.0, 2.0)) == HOT


def test_code_is_for_few_layouts_and_none_of_them_is_large() -> None:
    function, walks = counted()
    half = (1.0,) * (MOST_REALS // 2)
    assert walks_of(function, walks, (1.0,) * (MOST_REALS + 1), (1.0,) * (MOST_REALS + 1)) == 2 * HOT
    assert walks_of(function, walks, (half, half, 1.0), (half, half, 1.0)) == 2 * HOT
    assert walks_of(function, walks, (half, half), (half, half)) == HOT
    for size in range(1, MOST_LAYOUTS + 1):
        expected = HOT if size < MOST_LAYOUTS else 2 * HOT
        assert walks_of(function, walks, (1.0,) * size, (1.0,) * size) == expected


def test_layouts_that_come_once_leave_no_memory_behind() -> None:
    function, walks = counted()
    for _ in range(HOT - 1):
        function((1.0, 2.0), (3.0, 4.0))
    for i in range(MOST_MET):
        once = Record((f"field{i}",), (1.0,))
        function(once, once)
    assert walks_of(function, walks, (1.0, 2.0), (3.0, 4.0)) == HOT, "what was counted before is forgotten"


@pytest.mark.parametrize(
    ("point", "has_code"),
    [
        ("3", True),
        ("(3, 4)", True),
        ("((3, 4), 5)", True),
        ("{a: 3, b: (4, 5)}", True),
        ("(3, true)", False),
        ("(3, [4, 5])", False),
        ("(3, ())", False),
    ],
)
def test_gradients_at_a_layout_with_code_are_those_of_the_walk(point: str, has_code: bool) -> None:
    session = Session()
    session.evaluate(f"let p = {point}\ndef f(x) = magnitude(x) ^ 3")
    session.evaluate("def constant(x) = if magnitude(x) > 0 then 1 else magnitude(x)")
    first, zero, nested = (
        text_of_first(session, call)
        for call in (
            "gradient(f)(p)",
            "gradient(constant)(p)",
            "gradient(fn x => magnitude(gradient(f)(x)))(p)",
        )
    )
    for _ in range(2 * HOT):
        session.evaluate("gradient(f)(p)")
        session.evaluate("gradient(constant)(p)")
    assert bool(code_of(levels.collect).texts) is has_code
    assert session.evaluate("show(gradient(f)(p))") == first
    assert session.evaluate("show(gradient(constant)(p))") == zero
    assert session.evaluate("show(gradient(fn x => magnitude(gradient(f)(x)))(p))") == nested


def text_of_first(session: Session, call: str) -> str:
    """What a call gives, as text, before there is code for it."""
    found = session.evaluate(f"show({call})")
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize(("operator", "expected"), [("<", False), ("<=", True), (">", False), (">=", True)])
def test_numbers_of_floats_compare_as_deeper_ones_do(operator: str, expected: bool) -> None:
    floats = 2.0, Dual(1, 2.0, 5.0), Dual(2, Dual(1, 2.0, 5.0), 1.0)
    for a, b in product(floats, repeat=2):
        assert PRIMITIVES[operator].apply(a, b) is expected
