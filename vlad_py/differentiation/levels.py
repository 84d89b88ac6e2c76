"""Putting values on a level of differentiation, and taking derivatives off it.

Forward: `perturb` pairs the reals of a structure with tangents, `tangent` takes them off a result.
Reverse: `attach` makes the reals of a structure inputs of a tape, `sensitivity` sweeps back to them.
A structure of tangents or cotangents has the shape of the structure that it belongs to; a function's
is the record of those captured names that hold reals; `()` stands where there are none, and as a
tangent it may stand for zero anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeGuard

from vlad_py.ground.errors import Bug, RunError
from vlad_py.ground.late_numpy import np
from vlad_py.numbers.forward.batch import Batch, first_of, partly
from vlad_py.numbers.forward.dual import Dual
from vlad_py.numbers.reverse.tape import Node, link_of, node, sweep
from vlad_py.numbers.taylor.taylor import Taylor
from vlad_py.primitives.arithmetic import add
from vlad_py.primitives.layouts import Laid, by_layout
from vlad_py.primitives.shapes import broadcast_to, reshape_to, stack_of
from vlad_py.values.indefinite import Indefinite
from vlad_py.values.show import describe
from vlad_py.values.structure import data_parts, leaves, parts, transform, with_parts
from vlad_py.values.values import (
    NIL,
    UNIT,
    Array,
    Binder,
    Closure,
    Cons,
    Number,
    Pullback,
    Record,
    Value,
    is_array,
    is_function,
    is_numeric,
    is_real,
    list_items,
    plain,
    shape_of,
    size_of,
)


def all_reals(value: Value) -> TypeGuard[tuple[Value, ...]]:
    """Whether a value is a tuple of reals: the commonest structure, which gets a short way."""
    if type(value) is not tuple:
        return False
    for x in value:  # mostly two or three: nothing is faster
        kind = type(x)
        if kind is float or kind is Node or (kind is Dual and (type(x.primal) is float or is_real(x))):
            continue
        return False
    return value != UNIT


# ── forward ──────────────────────────────────────────────────────────────────────────────────


def perturb(tag: int, point: Value, direction: Value) -> Value:
    """The structure with its reals perturbed along `direction`, a structure of its shape. A plain zero in it
    is not there.

    Raises RunError where the shapes differ.
    """
    if is_real(point) and is_real(direction):
        return point if type(direction) is float and direction == 0.0 else Dual(tag, point, direction)
    tangents = aligned(point, direction)

    def leaf(value: Value) -> Value:
        tangent = next(tangents)
        if not is_numeric(value):
            refuse_binder(value)
            return value
        tangent = partly(tag, tangent)
        return value if tangent == UNIT else Dual(tag, value, tangent)

    return transform(point, leaf)


def perturb_one(tag: int, point: Value, position: float) -> Value:
    """The structure with its real number `position` (from 0) perturbed by 1, all others as they are."""
    if is_real(point):
        return Dual(tag, point, 1.0)
    if all_reals(point):
        reals, i = list(point), int(position)
        reals[i] = Dual(tag, reals[i], 1.0)
        return tuple(reals)
    rest = int(position)

    def leaf(value: Value) -> Value:
        nonlocal rest
        if not is_numeric(value):
            refuse_binder(value)
            return value
        here, rest = rest, rest - size_of(value)
        return Dual(tag, value, partly(tag, unit_of(value, here))) if rest < 0 <= here else value

    return transform(point, leaf)


def unit_of(value: Value, position: int) -> Value:
    """The tangent of a real or an array that is 1 at one of its reals and 0 elsewhere."""
    if not is_array(value):
        return 1.0
    unit = np.zeros(size_of(value))
    unit[position] = 1.0
    return Array(unit.reshape(shape_of(value)))


def zero_of(value: Value) -> Value:
    """The tangent 0 of a real or an array."""
    return broadcast_to(0.0, shape_of(value))


def tangent(tag: int, value: Value, input: Value = UNIT) -> Value:
    """The derivative that a result of forward mode carries; of a function, again a function."""
    if type(value) is Dual and value.tag == tag:
        found = value.tangent
        return found if type(found) is float else taken_off(tag, _alone(tag, found))

    def leaf(value: Value) -> Value:
        if is_numeric(value):
            return _coefficient(tag, value)
        return Binder(tangent, tag, value, UNIT) if is_function(value) else no_tangent(value)

    return transform(value, leaf, data_parts, once=True)


def tangent_along(tag: int, value: Value, input: Value = UNIT) -> Value:
    """As `tangent`, along a direction that may have zeros, whose terms are left out or add 0: so 0 for -0."""

    def leaf(value: Value) -> Value:
        if is_numeric(value):
            return without_sign(_coefficient(tag, value))
        return Binder(tangent_along, tag, value, UNIT) if is_function(value) else no_tangent(value)

    return transform(value, leaf, data_parts, once=True)


def without_sign(number: Value) -> Value:
    """A real or an array with 0 for -0, which is what adding 0 makes of it."""
    if type(number) is float:
        return number + 0.0
    data = plain(number)
    if isinstance(data, Indefinite):
        return add(number, 0.0) if data.is_unknown else number
    is_zero = data == 0.0 if type(data) is float else type(data) is Array and not data.data.all()
    return add(number, 0.0) if is_zero else number


def _coefficient(tag: int, value: Value) -> Value:
    if not isinstance(value, Number) or value.tag < tag:
        return zero_of(value)
    if value.tag > tag and value.by_pieces:
        return value.mapped(lambda part: _coefficient(tag, part))
    if type(value) is Dual:
        return taken_off(tag, _alone(tag, value.tangent))
    return value.tangent if type(value) is Taylor else zero_of(value)  # of one order less


def _alone(tag: int, tangent: Value) -> Value:
    """The tangent of the only direction."""
    if type(tangent) is Batch and tangent.tag == tag:
        return first_of(tangent)
    return tangent


def taken_off(tag: int, derivative: Value) -> Value:
    """What was taken off the level of a tag; none of the numbers of that level may leave it.

    Raises Bug where one would.
    """
    if isinstance(derivative, Number) and derivative.tag >= tag:
        raise Bug(f"{type(derivative).__name__} left the differentiation that made it")
    return derivative


# ── reverse ──────────────────────────────────────────────────────────────────────────────────


def attach(tag: int, point: Value) -> Value:
    """The structure with its reals as inputs of the tape `tag`."""
    if is_numeric(point):
        return node(tag, point, ())
    if all_reals(point):
        return tuple([Node(tag, x, ()) for x in point])

    def leaf(value: Value) -> Value:
        refuse_binder(value)
        return node(tag, value, ()) if is_numeric(value) else value

    return transform(point, leaf)


def sensitivity(tag: int, value: Value, input: Value) -> Value:
    """For every real of a result, its derivative by `input`, which `attach` made; by sweeping back.

    For an array of shape S the derivative with respect to an array of shape T is an array of shape S + T.
    """
    if type(value) is Node and value.tag == tag:
        return collect(sweep(tag, [(value, 1.0)]), input)

    def leaf(value: Value) -> Value:
        if is_array(value):
            return _rows(tag, value, input)
        if is_real(value):
            seeds: list[tuple[Node, Value]] = [(value, 1.0)] if _is_node(value, tag) else []
            return collect(sweep(tag, seeds), input)
        return Binder(sensitivity, tag, value, input) if is_function(value) else no_tangent(value)

    return transform(value, leaf, data_parts, once=True)


def pull(pullback: Pullback, cotangent: Value) -> Value:
    """The cotangent of the input that belongs to a cotangent of the output.

    Raises RunError where its shape is not that of the output.
    """
    tag, output = pullback.tag, pullback.output
    seeds: list[tuple[Node, Value]] = []
    for value, weight in zip(leaves(output), aligned(output, cotangent), strict=True):
        is_there = weight != UNIT and not (type(weight) is float and weight == 0.0)
        if _is_node(value, tag) and is_there:
            seeds.append((value, weight))
    # zeros that are left out would add 0, which makes 0 of -0
    cotangents = {node: without_sign(cotangent) for node, cotangent in sweep(tag, seeds).items()}
    return collect(cotangents, pullback.input)


def _is_node(value: Value, tag: int) -> TypeGuard[Node]:
    return isinstance(value, Node) and value.tag == tag


def _collect(cotangents: dict[Node, Value], input: Value) -> Value:
    """Cotangents in the shape of the input; 0 for a real that has none."""
    if all_reals(input):
        return tuple([cotangents.get(node, 0.0) for node in input])  # type: ignore[call-overload]

    def of_node(input: Any) -> Value:
        found = cotangents.get(link_of(input))
        return zero_of(input) if found is None else found

    return of_node(input) if is_numeric(input) else shaped_like(input, of_node)


def _collect_text(input: Laid) -> str:
    return input.rebuilt(f"a0.get({node}, 0.0)" for node in input.reals)


collect = by_layout(_collect, structures=(1,), real=Node, value=_collect_text)


def _rows(tag: int, value: Value, input: Value) -> Value:
    """The derivatives of an array's elements, in arrays that have its shape in front of the input's."""
    size = size_of(value)
    seeds = [[(value, unit_of(value, i))] if _is_node(value, tag) else [] for i in range(size)]
    rows = [collect(sweep(tag, seed), input) for seed in seeds]
    return stacked_rows(shape_of(value), input, rows)


def stacked_rows(shape: tuple[int, ...], point: Value, rows: list[Value]) -> Value:
    """Cotangents of a structure as one, in whose leaves they stand along dimensions of a shape in front."""
    several = [leaves(row) for row in rows]

    def leaf(value: Value) -> Value:
        # the same leaf of every row
        part = tuple(x for x in (next(row) for row in several))
        if not is_numeric(value):
            return value
        return reshape_to(stack_of(part), shape=shape + shape_of(part[0]))

    if not rows:
        return shaped_like(point, lambda x: Array(np.zeros(shape + shape_of(x))))
    return transform(rows[0], leaf)


# ── shapes ───────────────────────────────────────────────────────────────────────────────────


def no_tangent(leaf: Value) -> Value:
    """The tangent of a leaf that is not a real: `{}` for a function, which captures nothing; else `()`.

    The empty list is a structure, and its own tangent.

    Raises RunError for a function that is itself a derivative.
    """
    refuse_binder(leaf)
    if leaf is NIL:
        return NIL
    return Record((), ()) if is_function(leaf) else UNIT


def shaped_like(point: Value, of_leaf: Callable[[Value], Value]) -> Value:
    """A tangent or cotangent of a structure, with what is given for each of its reals and arrays.

    A function's is the record of those of its captures that hold reals.
    """
    holding: set[int] = set()  # the ids of the parts made so far that stand for reals

    def leaf(value: Value) -> Value:
        if not is_numeric(value):
            return no_tangent(value)
        part = of_leaf(value)
        holding.add(id(part))
        return part

    def build(value: Value, new: tuple[Value, ...]) -> Value:
        kept = [i for i, part in enumerate(new) if id(part) in holding]
        if isinstance(value, Closure):
            names = tuple(value.code.captures[i] for i in kept)
            result: Value = Record(names, tuple(new[i] for i in kept))
        else:
            result = with_parts(value, new)
        if kept:
            holding.add(id(result))
        return result

    return transform(point, leaf, build=build)


def unit_tangent(point: Value, position: float) -> Value:
    """The tangent of a structure that is 1 at its real number `position` (from 0) and 0 elsewhere."""
    start = 0

    def leaf(value: Value) -> Value:
        nonlocal start
        here, start = int(position) - start, start + size_of(value)
        return unit_of(value, here) if 0 <= here < size_of(value) else zero_of(value)

    return shaped_like(point, leaf)


def aligned(value: Value, tangent: Value) -> Iterator[Value]:
    """For every leaf of a value, the part of its tangent that belongs to it; `()` for zero."""
    if all_reals(value) and all_reals(tangent) and len(value) == len(tangent):
        return iter(tangent)
    return _aligned(value, tangent)


def _aligned(value: Value, tangent: Value) -> Iterator[Value]:
    todo = [(value, tangent)]
    while todo:
        item, part = todo.pop()
        inner = parts(item)
        if inner is None:
            if is_numeric(item):
                if part != UNIT and (not is_numeric(part) or shape_of(part) != shape_of(item)):
                    raise _mismatch(item, part)
                yield part
            else:
                yield UNIT
        elif part == UNIT:
            todo.extend((i, UNIT) for i in reversed(inner))
        else:
            todo.extend(reversed(list(zip(inner, _aligned_parts(item, inner, part), strict=True))))


def _aligned_parts(value: Value, inner: tuple[Value, ...], tangent: Value) -> tuple[Value, ...]:
    if isinstance(value, (Closure, Record)) and isinstance(tangent, Record):
        names = value.code.captures if isinstance(value, Closure) else value.names
        if all(name in names for name in tangent.names):
            return tuple(UNIT if (t := tangent.get(name)) is None else t for name in names)
    elif isinstance(value, tuple) and isinstance(tangent, tuple) and len(tangent) == len(inner):
        return tangent
    elif isinstance(value, Cons) and isinstance(tangent, Cons):
        items = tuple(list_items(tangent))
        if len(items) == len(inner):
            return items
    raise _mismatch(value, tangent)


def _mismatch(value: Value, tangent: Value) -> RunError:
    if is_function(value) and is_function(tangent):
        return RunError(
            "the direction of a function is a record, got a function",
            hint="it has the names that the function captures, each with a direction of its value",
        )
    return RunError(
        f"expected the shape of {_sized(value)}, got {_sized(tangent)}",
        hint="a direction or cotangent has the structure of its value, an array for an array",
    )


def _sized(value: Value) -> str:
    return f"a list of {sum(1 for _ in list_items(value))}" if isinstance(value, Cons) else describe(value)


def refuse_binder(value: Value) -> None:
    """RunError for a function that is itself a derivative: you cannot differentiate with respect to it."""
    if isinstance(value, (Binder, Pullback)):
        raise RunError(
            "cannot differentiate with respect to a function that is itself a derivative",
            hint="differentiate with respect to the reals that it was made from",
        )
