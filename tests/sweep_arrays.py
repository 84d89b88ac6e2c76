"""The sweep over the primitives of arrays: every check is a function from an entry to its complaints."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, combinations, product
from pathlib import Path
from typing import Any, TypeAlias

import array_cases
import array_functions  # noqa: F401 - it adds to the table
import numpy as np
import sweep
from array_calls import Call, Plain, calls_of, drawn, value_of
from array_modes import Function, Values, agree, along, plain_data, pulled, pushed, weighted, zeros
from sweep import SPECIAL, active, fresh, probes

import vlad_py
from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import quiet
from vlad_py.numbers.forward.batch import Batch
from vlad_py.numbers.forward.dual import Dual
from vlad_py.numbers.reverse.reach import sweep_again
from vlad_py.numbers.reverse.tape import Node, link_of, node
from vlad_py.numbers.reverse.tape import sweep as swept
from vlad_py.primitives.arithmetic import add, mul
from vlad_py.primitives.kinds import (
    Assembly,
    Axial,
    Elementwise,
    General,
    OfReals,
    Pairing,
    Predicate,
    Reduction,
    Structural,
)
from vlad_py.primitives.primitive import PRIMITIVES, NotDifferentiable, Primitive
from vlad_py.primitives.shapes import stack_of
from vlad_py.values.show import describe_array
from vlad_py.values.values import Array, Value, shape_of

ULPS = 4 * 2.0**-52
SHAPES: tuple[tuple[int, ...], ...] = (
    (),
    (3,),
    (1,),
    (2, 3),
    (2, 1),
    (1, 3),
    (0,),
    (2, 0),
    (1, 1),
    (2, 1, 3),
)
BY_ELEMENTS = (Elementwise, Predicate)
WITH_CALLS = (Reduction, Pairing, General, Assembly, Axial)

# ── which primitives have to be called ───────────────────────────────────────────────────────


def files_of_arrays() -> set[str]:
    """The files of primitives that are made of the primitives of shapes, but for those that have tests of
    their own: data.py is of lists, randomness.py of keys (test_random.py), batches.py of structures
    (language/batches).
    """
    folder = Path(vlad_py.__file__).parent / "primitives"
    found = {p.stem for p in folder.glob("*.py") if "primitives.shapes" in p.read_text(encoding="utf-8")}
    return found - {"data", "randomness", "batches"}


def has_calls(primitive: Primitive) -> bool:
    """Whether an entry is one of arrays that has to have calls."""
    if not isinstance(primitive, Structural):
        return isinstance(primitive, WITH_CALLS)
    code = getattr(primitive.value, "__code__", None)
    if primitive.gives_boolean:  # it has no derivative
        return False
    return code is not None and Path(code.co_filename).stem in files_of_arrays() | {"shapes"}


def of_arrays() -> list[Primitive]:
    """The entries that the checks of calls are for."""
    return [p for p in PRIMITIVES.values() if has_calls(p)]


# ── checks of calls ──────────────────────────────────────────────────────────────────────────


def called(primitive: Primitive) -> Iterator[str]:
    """There are calls of it."""
    if not calls_of(primitive):
        yield "is never called: add cases to array_cases.py"


def value(primitive: Primitive) -> Iterator[str]:
    """The value is the reference's, and a real or an array where that is one."""
    for call in calls_of(primitive):
        got, expected = call.function(*map(value_of, call.inputs)), call.reference(*call.inputs)
        if type(got) not in (float, Array) or not agree(got, expected, 1e-13, 1e-14):
            yield f"{call} is {plain_data(got)}, not {expected}"


def directions(call: Call) -> tuple[Values, list[Values]]:
    """The point of a call, and directions for it: by every choice of arguments, others being constant."""
    chance = np.random.default_rng(len(call.name))
    xs = tuple(map(value_of, call.inputs))
    every = range(len(xs))
    choices = chain.from_iterable(combinations(every, n) for n in (every[1:] and (1, len(xs))) or (len(xs),))
    vs = [
        tuple(value_of(drawn(shape_of(x), chance)) if i in by else None for i, x in enumerate(xs))
        for by in choices
    ]
    return xs, vs if xs else []


def cotangent_of(y: Value) -> Value:
    return value_of(drawn(shape_of(y), np.random.default_rng(3)))


def moved(x: Value, v: Value, h: float) -> Value:
    return x if v is None else add(x, mul(h, v))


def differences(primitive: Primitive) -> Iterator[str]:
    """Forward mode is the limit of the entry's own central differences."""
    for call in calls_of(primitive):
        xs, several = directions(call)
        for vs in several:
            above, below = (call.function(*(moved(x, v, h) for x, v in zip(xs, vs))) for h in (1e-5, -1e-5))
            expected = (plain_data(above) - plain_data(below)) / 2e-5
            got = pushed(call.function, xs, vs)
            if not agree(got, expected, 1e-6, 1e-6):
                yield f"{call}: the derivative along {vs} is {plain_data(got)}, differences say {expected}"


def transposed(primitive: Primitive) -> Iterator[str]:
    """Reverse mode is the transpose of forward mode: ⟨w, J v⟩ = ⟨Jᵀ w, v⟩, in the shapes of the primals."""
    for call in calls_of(primitive):
        xs, several = directions(call)
        for vs in several:
            y, tangent = call.function(*xs), pushed(call.function, xs, vs)
            if shape_of(tangent) != shape_of(y):
                yield f"{call}: the tangent has the shape {shape_of(tangent)}, the value {shape_of(y)}"
                continue
            by = tuple(i for i, v in enumerate(vs) if v is not None)
            w = cotangent_of(y)
            cotangents = pulled(call.function, xs, w, by)
            if [shape_of(c) for c in cotangents] != [shape_of(xs[i]) for i in by]:
                yield f"{call}: the cotangents by {by} have the shapes {list(map(shape_of, cotangents))}"
                continue
            pairs = [(w, tangent), *((c, vs[i]) for i, c in zip(by, cotangents))]
            forward, *reverse = [float(np.sum(plain_data(a) * plain_data(b))) for a, b in pairs]
            size = sum(float(np.sum(np.abs(plain_data(a) * plain_data(b)))) for a, b in pairs)
            if not abs(forward - sum(reverse)) <= 1e-13 * max(size, 1.0):
                yield f"{call}: along {vs} forward is {forward}, reverse {sum(reverse)}"


def again(primitive: Primitive) -> Iterator[str]:
    """The sweep that is made again after a nan gives what the first one gives."""
    for call in calls_of(primitive):
        xs = tuple(map(value_of, call.inputs))
        tag = fresh()
        inputs = [node(tag, x, ()) for x in xs]
        y = call.function(*inputs)
        if isinstance(y, Node) and y.tag == tag:
            w = cotangent_of(y)
            once, twice = swept(tag, [(y, w)]), sweep_again([(link_of(y), w)])
            for x, entry in zip(xs, map(link_of, inputs)):
                first = plain_data(once.get(entry, zeros(x)))
                if not agree(twice.get(entry, zeros(x)), first, 1e-14, 1e-15):
                    yield f"{call}: {plain_data(twice.get(entry))}, at first {first}"


def second(primitive: Primitive) -> Iterator[str]:
    """All four nestings are the limit of differences of the first derivative, and one another."""
    for call in calls_of(primitive):
        xs, several = directions(call)
        for vs in several[-1:]:
            f = weighted(call.function, cotangent_of(call.function(*xs)))
            us = tuple(None if v is None else value_of(np.cos(3.0 * plain_data(v))) for v in vs)
            found = {
                modes: along(modes[1], along(modes[0], f, vs), us)(*xs) for modes in ("FF", "FR", "RF", "RR")
            }
            slope = along("F", f, vs)
            above, below = (slope(*(moved(x, u, h) for x, u in zip(xs, us))) for h in (1e-5, -1e-5))
            expected = (plain_data(above) - plain_data(below)) / 2e-5
            for modes, got in found.items():
                if not (
                    agree(got, expected, 1e-6, 1e-5) and agree(got, plain_data(found["FF"]), 1e-11, 1e-12)
                ):
                    yield f"{call}: {modes} {plain_data(got)}, FF {found['FF']}, differences {expected}"


def batches(primitive: Primitive) -> Iterator[str]:
    """Many directions at once are each of them alone; so of first derivatives, and of gradients."""
    for call in calls_of(primitive):
        xs, several = directions(call)
        f = call.function
        w = cotangent_of(f(*xs)) if several else 0.0
        for vs in several:
            by = tuple(i for i, v in enumerate(vs) if v is not None)
            functions: list[Function] = [f]
            functions += [lambda *xs, i=i, f=f, w=w: pulled(f, xs, w, (i,))[0] for i in by]
            yield from (f"{call}: {text}" for g in functions for text in unbatched(g, xs, vs))


def unbatched(f: Function, xs: Values, vs: Values) -> Iterator[str]:
    """Complaints if the derivative of f in three directions at once is not that in each."""
    tag = fresh()
    scales = (1.0, -0.5, 3.0)
    rows = [[None if v is None else mul(add(v, k), k) for v in vs] for k in scales]
    stacks = [None if v is None else Batch(tag, stack_of(column)) for v, column in zip(vs, zip(*rows))]
    y = f(*(x if v is None else Dual(tag, x, v) for x, v in zip(xs, stacks)))
    expected = [plain_data(pushed(f, xs, tuple(row))) for row in rows]
    got = y.tangent if isinstance(y, Dual) and y.tag == tag else zeros(y)
    got = got.items if isinstance(got, Batch) else value_of(np.array([plain_data(got)] * 3))
    if not agree(got, np.array(expected), 1e-12, 1e-12):
        yield f"along {rows} is {plain_data(got)}, not {expected}"


def primal(primitive: Primitive) -> Iterator[str]:
    """The primal of a number's result is the value, whatever the mode."""
    for call in calls_of(primitive):
        xs = tuple(map(value_of, call.inputs))
        expected = plain_data(call.function(*xs))
        for number in (lambda x: Dual(1, x, zeros(x)), lambda x: node(1, x, ())):
            if not np.array_equal(plain_data(call.function(*map(number, xs))), expected):
                yield f"{call} has another primal under differentiation"


# ── checks of primitives of reals, element by element ────────────────────────────────────────


def special_points(primitive: Primitive) -> list[tuple[float, ...]]:
    """Probes, special floats and the entry's edges."""
    domains = sweep.probe_of(primitive) or ((-2.0, 2.0),) * primitive.arity
    edges = primitive.edges if isinstance(primitive, OfReals) else ()
    points = [*product(SPECIAL, repeat=len(domains)), *(edge[0] for edge in edges)]
    if has_order(primitive):
        points = [(1.0, *point[1:]) for point in points]
    return points + (probes(primitive) if isinstance(primitive, OfReals) else [])


def has_order(primitive: Primitive) -> bool:
    """Whether the first argument is an order, not a real."""
    return isinstance(primitive, OfReals) and isinstance(primitive.partials[0], NotDifferentiable)


def arity_of(primitive: Primitive) -> int:
    return len(sweep.probe_of(primitive)) or primitive.arity


def elements(primitive: Primitive) -> Iterator[str]:
    """On an array of special reals, value and derivatives are those of the reals, to a few last digits."""
    f = sweep.function(primitive)
    points = special_points(primitive)
    xs = tuple(value_of(np.array(column)) for column in zip(*points))
    ones = value_of(np.ones(len(points)))

    def on_arrays(*xs: Value) -> Value:
        return f(xs)

    def compare(what: str, got: Value, expected: list[Any]) -> Iterator[str]:
        for point, a, b in zip(points, plain_data(got).tolist(), map(float, expected)):
            if not (agree(a, b, ULPS) and (a != 0 or np.signbit(a) == np.signbit(b) or "derivative" in what)):
                yield f"{what} at {point} in an array is {a!r}, of reals {b!r}"

    yield from compare("value", on_arrays(*xs), [f(point) for point in points])
    for i in active(primitive):
        expected = [sweep.D("F", f, i)(point) for point in points]
        vs = tuple(ones if j == i else None for j in range(len(xs)))
        yield from compare(f"forward derivative {i}", pushed(on_arrays, xs, vs), expected)
        yield from compare(f"reverse derivative {i}", pulled(on_arrays, xs, ones, (i,))[0], expected)


def broadcasts(primitive: Primitive) -> Iterator[str]:
    """On arrays of all shapes that broadcast, it is elementwise; on others, an error."""
    n = arity_of(primitive)
    f = sweep.function(primitive)
    chance = np.random.default_rng(5)
    domains = sweep.probe_of(primitive) or ((-2.0, 2.0),) * n
    for shapes in product(SHAPES, repeat=n):
        data = tuple(chance.uniform(*domain, shape) for domain, shape in zip(domains, shapes))
        if has_order(primitive):
            data = (np.round(data[0]), *data[1:])
        xs = tuple(map(value_of, data))
        try:
            shape = np.broadcast_shapes(*shapes)
        except ValueError:
            yield from refused(primitive, xs)
            continue
        if shape == ():
            continue
        rows = [np.broadcast_to(x, shape) for x in data]
        expected = np.empty(shape)
        for place in np.ndindex(*shape):
            expected[place] = plain_data(f(tuple(float(row[place]) for row in rows)))
        if not agree(f(xs), expected, ULPS):
            yield f"of shapes {shapes} is {plain_data(f(xs))}, not {expected}"
        yield from broadcast_derivatives(primitive, xs, rows)


def broadcast_derivatives(primitive: Primitive, xs: Values, rows: list[Plain]) -> Iterator[str]:
    """Forward mode element by element, and reverse mode as its transpose."""
    f = sweep.function(primitive)
    shape = rows[0].shape
    where = list(np.ndindex(*shape))
    w = value_of(drawn(shape, np.random.default_rng(4)))

    def on_arrays(*xs: Value) -> Value:
        return f(xs)

    slopes = {}
    for i in active(primitive):
        slope = np.empty(shape)
        for place in where:
            slope[place] = plain_data(sweep.D("F", f, i)(tuple(float(row[place]) for row in rows)))
        slopes[i] = slope
    for size in range(1, len(slopes) + 1):
        for by in combinations(slopes, size):
            chance = np.random.default_rng(6)
            vs = tuple(value_of(drawn(shape_of(x), chance)) if i in by else None for i, x in enumerate(xs))
            expected = sum(slopes[i] * plain_data(vs[i]) for i in by)
            yield from unbatched(on_arrays, xs, vs)
            tangent = pushed(on_arrays, xs, vs)
            if not agree(tangent, expected, 1e-13, 1e-13):
                yield f"of shapes {[shape_of(x) for x in xs]} by {by}: {plain_data(tangent)}, not {expected}"
            for i, got in zip(by, pulled(on_arrays, xs, w, by)):
                back = array_cases.summed_to(slopes[i] * plain_data(w), shape_of(xs[i]))
                if not agree(got, back if np.ndim(back) else float(back), 1e-13, 1e-13):
                    yield f"of shapes {[shape_of(x) for x in xs]} back to {i}: {plain_data(got)}, not {back}"


def refused(primitive: Primitive, xs: Values) -> Iterator[str]:
    """Shapes that do not broadcast are an error that names the primitive and both shapes."""
    f = sweep.function(primitive)
    name = primitive.called
    for number in (lambda x: x, lambda x: Dual(1, x, zeros(x)), lambda x: node(1, x, ())):
        try:
            f(tuple(map(number, xs)))
        except RunError as error:
            said = error.message
            if f"`{name}`" not in said or any(describe_array(shape_of(x)) not in said for x in xs):
                yield f"says of {[shape_of(x) for x in xs]} only: {said}"
        else:
            yield f"combines {[shape_of(x) for x in xs]}"


# ── all of them ──────────────────────────────────────────────────────────────────────────────

Check: TypeAlias = Callable[[Primitive], Iterator[str]]
OF_CALLS: tuple[Check, ...] = (called, value, differences, transposed, again, second, batches, primal)
OF_ELEMENTS: tuple[Check, ...] = (elements, broadcasts)


def complaints(check: Check, primitive: Primitive) -> list[str]:
    """What a check has to say of an entry, as a program would run it."""
    with quiet():
        return list(check(primitive))
