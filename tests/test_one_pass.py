"""`batched` in one pass: what it gives is what its function gives item by item, to the last bit or nearly."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import numpy as np
import pytest
from array_calls import value_of
from array_modes import pulled, pushed
from hypothesis import given, settings
from hypothesis import strategies as st
from matrix import Subject, at_reals, directions, of_numbers, subjects
from random_programs import programs as random_programs
from sweep import fresh

from vlad_py.execution.limits import Limits
from vlad_py.execution.machine import run
from vlad_py.ground.errors import Error, LimitError, RunError
from vlad_py.ground.late_numpy import quiet
from vlad_py.numbers.each.each import Each, Unbatched
from vlad_py.primitives.kinds import Elementwise, Host, OfReals
from vlad_py.primitives.primitive import MANY, PRIMITIVES, Primitive
from vlad_py.primitives.shapes import gather
from vlad_py.primitives.vectorise import is_exact
from vlad_py.session.library import shared_library
from vlad_py.session.session import Session
from vlad_py.values.show import show
from vlad_py.values.structure import leaves
from vlad_py.values.values import Array, Value, is_numeric, list_items, make_list, shape_of

ITEMS = 3
LIMITS = Limits(steps=20_000, depth=2_000)


# ── every primitive, in every nesting of two ─────────────────────────────────────────────────


def modes(subject: Subject) -> Iterator[tuple[str, Callable[..., Value]]]:
    f, vs = subject.function, directions(subject)

    def forward(*xs: Value) -> Value:
        return pushed(f, xs, vs)

    def reverse(*xs: Value) -> Value:
        w = value_of(np.ones(shape_of(f(*xs))))
        return tuple(pulled(f, xs, w, tuple(range(len(xs)))))

    yield "value", f
    yield "forward", forward
    yield "reverse", reverse
    yield "forward over forward", lambda *xs: pushed(forward, xs, vs)


def items_of(x: Any) -> Value:
    """Items that differ a little, so that all are where the function is defined."""
    return value_of(np.stack([np.asarray(x, float) * (1.0 + 1e-3 * i) for i in range(ITEMS)]))


def calls_of_items(primitive: Primitive) -> Iterator[tuple[Subject, list[Value]]]:
    """Calls of a primitive on items that are alike, and on items at an edge and on both sides of it, where
    choices differ. Several arguments are also ordered differently on the two sides.
    """
    for subject in subjects(primitive):
        yield subject, [items_of(x) for x in subject.point]
    if isinstance(primitive, OfReals):
        for xs, _, _ in primitive.edges:
            if xs and all(map(math.isfinite, xs)):
                subject = at_reals(primitive, xs)
                sides = [[x - 0.5 * i, x, x + 0.5 * i] for i, x in enumerate(subject.point, 1)]
                yield subject, [value_of(np.array(side)) for side in sides]


def outcome(function: Callable[..., Value], xs: list[Value]) -> Value:
    """A value, or the class of an error."""
    try:
        with quiet():
            return function(*xs)
    except (Error, Unbatched) as error:
        return type(error).__name__


def data_of(x: Any) -> Any:
    return x.data if type(x) is Array else np.asarray(x, float)


def disagreements(primitive: Primitive) -> Iterator[str]:
    """Where one pass gives something else than the items one by one."""
    for subject, stacks in calls_of_items(primitive):
        for name, f in modes(subject):
            whole = outcome(f, [Each(TAG, x) for x in stacks])
            if whole == "Unbatched":
                continue
            single = [outcome(f, [gather(x, index=i) for x in stacks]) for i in range(ITEMS)]
            failed = [type(y) is str for y in (whole, *single)]
            if any(failed):
                if not failed[0] or not any(failed[1:]):
                    yield f"{name}: {whole}, {single}"
                continue
            for part, *own in zip(leaves(whole), *map(leaves, single), strict=True):
                if is_numeric(part) and not agree(primitive, part, own):
                    yield f"{name}: {part}, {own}"


TAG = fresh()


def agree(primitive: Primitive, whole: Any, single: list[Any]) -> bool:
    expected = np.stack([*map(data_of, single)])
    found = data_of(whole.items if type(whole) is Each else whole)
    found = np.broadcast_to(found, expected.shape)
    if isinstance(primitive, Elementwise):
        return np.array_equal(found, expected, equal_nan=True)
    return np.allclose(found, expected, rtol=1e-12, atol=1e-13, equal_nan=True)


@pytest.mark.parametrize("primitive", of_numbers(), ids=lambda p: p.name)
def test_one_pass_gives_what_the_items_give(primitive: Primitive) -> None:
    assert [*disagreements(primitive)] == []


def test_another_result_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        PRIMITIVES["total"], "batched", lambda items, *, axis: gather(items, index=(slice(None), 0))
    )
    assert [*disagreements(PRIMITIVES["total"])]


def test_what_is_exact_on_arrays_is_exact() -> None:
    for primitive in of_numbers():
        if not isinstance(primitive, Elementwise) or not is_exact(primitive):
            continue
        for subject in subjects(primitive):
            stacks = [items_of(x) for x in subject.point]
            if not any(map(shape_of, map(value_of, subject.point))):
                with quiet():
                    found = data_of(subject.function(*stacks))
                alone: Any = [subject.function(*(gather(x, index=i) for x in stacks)) for i in range(ITEMS)]
                assert np.array_equal(found, alone, equal_nan=True), primitive.name


# ── programs ─────────────────────────────────────────────────────────────────────────────────

INPUTS = ["[1, 2, 3]", "[1, 1]", "[-1, 0]", "[[1, 2], [3, 4]]", "{a: [1, 2], b: [[1], [0]]}", "([0], [2])"]
POINTS = ["[[1, 2], [1, 3], [2, -1]]", "[0.5, 2]", "[[0, 4], [1, 1]]"]


def at_once(f: Value, x: Value) -> Value:
    return run(run(shared_library().module("prelude/batches").value("batched"), f), x, LIMITS)


def one_by_one(f: Value, x: Value) -> Value:
    items = list_items(PRIMITIVES["batch_items"].apply(x))
    return PRIMITIVES["batch_joined"].apply(make_list([run(f, item, LIMITS) for item in items]))


def what(way: Callable[[Value, Value], Value], f: Value, x: Value) -> tuple[str, Any]:
    """The value, or the error's message."""
    try:
        return "value", way(f, x)
    except LimitError:
        return "limit", ""
    except RunError as error:
        return "error", (error.message, error.hint)


def agrees(session: Session, x: str) -> None:
    """Whether both ways of batched(f)(x) give the same, the output of the program included."""
    f, point = session.evaluate("f"), session.evaluate(x)
    with redirect_stdout(StringIO()) as whole_out:
        whole = what(at_once, f, point)
    with redirect_stdout(StringIO()) as single_out:
        single = what(one_by_one, f, point)
    if "limit" not in (whole[0], single[0]):
        assert whole[0] == single[0], (whole, single)
        assert near(whole[1], single[1]), (whole, single)
        assert whole_out.getvalue() == single_out.getvalue()


def near(a: Any, b: Any) -> bool:
    """Whether two values are the same, reals to twelve digits; or two messages."""
    if type(a) is str or not is_numeric(a):
        pairs = list(zip(leaves(a), leaves(b), strict=True))
        return all(show(x) == show(y) or (is_numeric(x) and near(x, y)) for x, y in pairs)
    if not type(a) is type(b) in (float, Array):  # intervals
        return show(a) == show(b)
    x, y = data_of(a), data_of(b)
    return x.shape == y.shape and np.allclose(x, y, rtol=1e-12, atol=1e-300, equal_nan=True)


@given(random_programs(), st.sampled_from(INPUTS))
@settings(max_examples=25, deadline=None)
def test_random_programs(text: str, x: str) -> None:
    session = Session(limits=LIMITS)  # so that its endless loops are counted
    session.run_script("\n".join([*text.split("\n")[:2], "let y = 2"]), "random.adl")
    agrees(session, x)


LEAVES = ["p", "p[0]", "p[1]", "2", "-0.5", "sum(p)", "q", "[1, 2]"]
FORMS = (
    """
{0} + {1} | {0} * {1} | {0} - {1} | sin({0}) | exp(-abs({0})) | max(list({0}, {1})) | sqrt({0}) | ({0}) ^ 2
if {0} > {1} then {0} else {1} * 2 | where({0} > {1}, {0}, {1}) | norm({0}) | relu({0}) | floor({0})
derivative(fn t => t * {0} + sin(t))({1}) | gradient(fn t => sum(t * {0}))({1}) | sum({0} @ {1})
hessian(fn t => sum(t ^ 2 * {0}))({1}) | loop v = {0} for i in 1..3 do v * 0.5 + {1}
map(fn t => t * {0}, list(1, 2))[1] | {{a: {0}, b: {1}}}.a | batched(fn t => t + {0})([1, 2])
match (fn t => {0}, {1}) {{ (g, h) => g(h) }} | if {0} == {1} then 1 else {0}
""".replace("\n", " | ")
    .strip(" |")
    .split(" | ")
)


@st.composite
def functions(draw: st.DrawFn, depth: int = 3) -> str:
    """The text of a function of p, a vector or a real, that captures a real q."""
    if depth == 0:
        return draw(st.sampled_from(LEAVES))
    form = f"({draw(st.sampled_from(FORMS))})"
    return form.format(draw(functions(depth - 1)), draw(functions(depth - draw(st.integers(1, depth)))))


@given(functions(), st.sampled_from(POINTS), st.booleans())
@settings(max_examples=100, deadline=None)
def test_random_functions_and_their_derivatives(body: str, x: str, is_derived: bool) -> None:
    session = Session()
    text = f"let q = 3\ndef g(p) = {body}\n"
    text += "def f(p) = jacobian(g)(p)" if is_derived else "def f(p) = g(p)"
    session.run_script(text, "random.adl")
    agrees(session, x)


@given(functions(), st.sampled_from(POINTS))
@settings(max_examples=30, deadline=None)
def test_a_derivative_around_a_batch_is_that_around_a_list(body: str, x: str) -> None:
    session = Session()
    text = f"def h(way, c) = jacobian(fn q => way(fn p => {body})({x} * q))(c)"
    try:
        session.run_script(text, "random.adl")
        single = session.evaluate("h(fn f => fn x => [f(p) for p in x], 3)")
    except RunError:
        return
    assert near(session.evaluate("h(batched, 3)"), single)


DECIDED = {  # what a program does with items and with conditions on them, by the items for which it does so
    "[1, 2, 3]; [1, 1, 1]": (
        "p == p | p == 2 | p == 5 | (p, 1) == (1, 1) | list(p) == list(1) | match p { 1 => 2; _ => 3 }"
        ' | match (p, 1) { (1, q) => q; (r, s) => r } | show(p) | fixed(p, 2) | join(list("a", show(p)))'
        " | p + interval(0, 1) | batched(fn t => t * interval(0, 1))([p, p])"
        " | where(p > 1, [1, 2], 3) | if p > 1 then [1, 2] else 3 | p > 1 and p > 2 | not (p > 1)"
        " | batched(fn t => if t > p then t else p)([1, 2])"
        " | batched(fn t => if t == p then 1 else 2)([1, 2])"
        " | (p > 1) == true | (p > 1) == (p > 2)"
    ),
    "[1, 2, 3]; [2, 3, 4]": (
        'show(p > 1) | fixed(p > 1, 2) | join(list("a", show(p > 1))) | error("no:", p > 1) | print(p > 1)'
        " | {a: 1, b: show([p] > 1)}"
    ),
    "[[1, 2], [1, 2]]; [[1, 2], [1, 3]]": (
        "p == [1, 2] | if p == [1, 2] then 1 else 2 | list(p) == list([1, 2]) | {a: p} == {a: p * 1}"
        " | gradient(norm)(p) | gradient(fn a => norm(where(a > 1, a, 0)))(p)"
    ),
    "[1, 2, 0]; [0, 0, 0]": (
        "derivative(fn x => x ^ x)(p) | gradient(fn (a, b) => atan2(a, b))(p, 0 * p)"
        " | gradient(fn (a, b) => a ^ b)(p, 0 * p) | gradient(fn (a, b) => norm(list(a, b)))(p, p)"
        " | gradient(fn (a, b) => a ^ b)(p, [0, 1]) | gradient(fn (a, b) => a ^ b)([0, 1], p)"
    ),
    "[0, -0.0]; [-0.0, -0.0]": "batched(fn t => sum(list(t, p)))([0, 1]) | batched(fn t => t + p)([-0.0, 1])",
}


@pytest.mark.parametrize("items", DECIDED)
def test_what_is_the_same_for_all_items_is_decided_once(items: str) -> None:
    for text in DECIDED[items].split(" | "):
        for x in items.split("; "):
            session = Session()
            session.run_script(f"def f(p) = {text}", "decided.adl")
            agrees(session, x)


# ── items of every shape, fit or not ─────────────────────────────────────────────────────────

STACKS = {  # as many items as each has rows, so that a dimension of items passes for one of their own
    "reals": "[2, -0.0]",
    "vectors": "[[2, -0.0], [1, 3]]",
    "matrices": "[[[2, 1], [1, 2]], [[3, 0], [0, 1]]]",
    "stacks": "reshape([0, 1, 1, 2, 1, 1, 0, 1, 2, 1, 1, 1, 1, 0, 1, 1], (2, 2, 2, 2))",
}
CAPTURED = ("[1, 2]", "reshape(1..8, (2, 2, 2))")
OTHER_FORMS = (
    "[x, y] | [x, 1] | where(x > 0, x, y) | where(x, y, 1) | where(y > 0, x, y) | max(x, y, 0) | sum([x, y])"
    " | dot((x, y), (y, x)) | dot((x, 1), (y, 2)) | 1 / max(x, 0) | 1 / max(0, x) | 1 / min(x, 0)"
    " | 1 / min(0, x) | 1 / clip(x, 0, 1) | 1 / sum(list(x, x)) | x[0] @ y | x @ y[0] | [x[0], y] | x[0]"
    " | x[1, 0] | if x > y then x else y | x == y | norm((x, y)) | concat(x, y) | x[0..1]"
).split(" | ")


def calls(primitive: Primitive) -> list[str]:
    """Calls of a primitive at x and y, and at what a function captures."""
    name = primitive.name
    if name == "where":
        return []
    if not name.isidentifier():
        return [] if primitive.arity != 2 else [form.format(name) for form in ("x {} y", "x {} c", "c {} x")]
    if primitive.arity == 1:
        return [f"{name}(x)"]
    if primitive.arity == 2:
        return [f"{name}(x, y)", f"{name}(x, c)", f"{name}(c, x)"]
    return [f"{name}(x)", f"{name}(x, y)", f"{name}(list(x, c))"] if primitive.arity == MANY else []


PUBLIC = [p for p in PRIMITIVES.values() if not p.internal and p.pure and not isinstance(p, Host)]


def check_items(session: Session, text: str) -> None:
    """Whether a function of x and y and of a captured c does the same both ways, for items of all shapes."""
    stacks = {name: session.evaluate(stack) for name, stack in STACKS.items()}
    for c in CAPTURED if re.search(r"\bc\b", text) else ("0",):
        f = session.evaluate(f"(fn c => fn (x, y) => {text})({c})")
        for first in STACKS:
            for second in STACKS if re.search(r"\by\b", text) else ("reals",):
                point = (stacks[first], stacks[second])
                whole, single = what(at_once, f, point), what(one_by_one, f, point)
                if "limit" not in (whole[0], single[0]):
                    assert whole[0] == single[0], (text, first, second, c, whole, single)
                    assert near(whole[1], single[1]), (text, first, second, c, whole, single)


@pytest.mark.parametrize("primitive", PUBLIC, ids=lambda p: p.name)
def test_items_of_any_shape_are_taken_as_alone(primitive: Primitive) -> None:
    session = Session()
    for text in calls(primitive):
        check_items(session, text)


@pytest.mark.parametrize("text", OTHER_FORMS)
def test_items_of_any_shape_in_other_forms(text: str) -> None:
    check_items(Session(), text)


UNARY = [p.name for p in PUBLIC if p.name.isidentifier() and p.arity in (1, MANY)]


@pytest.mark.parametrize("name", [*UNARY, "print", "derivative(sort)", "batched(argmax)"])
def test_a_function_alone_is_batched_as_a_call_of_it(name: str) -> None:
    session = Session()
    alone, called = session.evaluate(name), session.evaluate(f"fn x => {name}(x)")
    for stack in STACKS.values():
        x = session.evaluate(stack)
        assert near(what(at_once, alone, x), what(at_once, called, x)), stack
