"""Putting values on a level of differentiation, and taking derivatives off it.

Forward: `perturb` pairs the reals of a structure with tangents, `tangent` takes them off a result.
Reverse: `attach` makes the reals of a structure inputs of a tape, `sensitivity` sweeps back to them.
A structure of tangents or cotangents has the shape of the structure that it belongs to; a function's
is the record of those captured names that hold reals; `()` stands where there are none, and as a
tangent it may stand for zero anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeGuard

from vlad_py.errors import RunError
from vlad_py.numbers.dual import Dual
from vlad_py.numbers.tape import Node, sweep
from vlad_py.show import describe
from vlad_py.values import (
    NIL,
    UNIT,
    Binder,
    Closure,
    Cons,
    Number,
    Pullback,
    Record,
    Value,
    data_parts,
    is_function,
    is_real,
    leaves,
    list_items,
    parts,
    transform,
    with_parts,
)

_are_reals = frozenset({float, Dual, Node}).issuperset


def all_reals(value: Value) -> TypeGuard[tuple[Value, ...]]:
    """Whether a value is a tuple of reals: the commonest structure, which gets a short way."""
    return type(value) is tuple and bool(value) and _are_reals(map(type, value))


# ── forward ──────────────────────────────────────────────────────────────────────────────────


def perturb(tag: int, point: Value, direction: Value) -> Value:
    """The structure with its reals perturbed along `direction`, a structure of its shape.

    Raises RunError where the shapes differ.
    """
    if is_real(point) and is_real(direction):
        return Dual(tag, point, direction)
    tangents = aligned(point, direction)

    def leaf(value: Value) -> Value:
        tangent = next(tangents)
        if not is_real(value):
            _refuse_binder(value)
            return value
        return value if tangent == UNIT else Dual(tag, value, tangent)

    return transform(point, leaf)


def perturb_one(tag: int, point: Value, position: float) -> Value:
    """The structure with its real number `position` (from 0) perturbed by 1, all others as they are."""
    if is_real(point):
        return Dual(tag, point, 1.0)
    if all_reals(point):
        i = int(position)
        return (*point[:i], Dual(tag, point[i], 1.0), *point[i + 1 :])
    rest = position

    def leaf(value: Value) -> Value:
        nonlocal rest
        if not is_real(value):
            _refuse_binder(value)
            return value
        rest -= 1.0
        return Dual(tag, value, 1.0) if rest == -1.0 else value

    return transform(point, leaf)


def tangent(tag: int, value: Value, input: Value = UNIT) -> Value:
    """The derivative that a result of forward mode carries; of a function, again a function."""
    if type(value) is Dual and value.tag == tag:
        return value.tangent

    def leaf(value: Value) -> Value:
        if is_real(value):
            return _coefficient(tag, value)
        return Binder(tangent, tag, value, UNIT) if is_function(value) else no_tangent(value)

    return transform(value, leaf, data_parts)


def _coefficient(tag: int, value: Value) -> Value:
    if not isinstance(value, Number) or value.tag < tag:
        return 0.0
    if isinstance(value, Dual):
        if value.tag == tag:
            return value.tangent
        return Dual(value.tag, _coefficient(tag, value.primal), _coefficient(tag, value.tangent))
    return 0.0


# ── reverse ──────────────────────────────────────────────────────────────────────────────────


def attach(tag: int, point: Value) -> Value:
    """The structure with its reals as inputs of the tape `tag`."""
    if all_reals(point):
        return tuple([Node(tag, x, ()) for x in point])

    def leaf(value: Value) -> Value:
        _refuse_binder(value)
        return Node(tag, value, ()) if is_real(value) else value

    return transform(point, leaf)


def sensitivity(tag: int, value: Value, input: Value) -> Value:
    """For every real of a result, its derivative by `input`, which `attach` made; by sweeping back."""
    if _is_node(tag, value):
        return collect(sweep(tag, [(value, 1.0)]), input)  # type: ignore[list-item]

    def leaf(value: Value) -> Value:
        if is_real(value):
            seeds: list[tuple[Node, Value]] = [(value, 1.0)] if _is_node(tag, value) else []  # type: ignore[list-item]
            return collect(sweep(tag, seeds), input)
        return Binder(sensitivity, tag, value, input) if is_function(value) else no_tangent(value)

    return transform(value, leaf, data_parts)


def pull(pullback: Pullback, cotangent: Value) -> Value:
    """The cotangent of the input that belongs to a cotangent of the output.

    Raises RunError where its shape is not that of the output.
    """
    tag, output = pullback.tag, pullback.output
    seeds: list[tuple[Node, Value]] = []
    for value, weight in zip(leaves(output), aligned(output, cotangent), strict=True):
        if _is_node(tag, value) and weight != UNIT:
            seeds.append((value, weight))  # type: ignore[arg-type]
    return collect(sweep(tag, seeds), pullback.input)


def _is_node(tag: int, value: Value) -> bool:
    return isinstance(value, Node) and value.tag == tag


def collect(cotangents: dict[Node, Value], input: Value) -> Value:
    """Cotangents in the shape of the input."""
    if all_reals(input):
        return tuple([cotangents.get(node, 0.0) for node in input])  # type: ignore[call-overload]

    return shaped_like(input, lambda node: cotangents.get(node, 0.0))  # type: ignore[call-overload]


# ── shapes ───────────────────────────────────────────────────────────────────────────────────


def no_tangent(leaf: Value) -> Value:
    """The tangent of a leaf that is no real: of a function, which captures nothing, `{}`; else `()`.

    The empty list is a structure, and its own tangent.

    Raises RunError for a function that is itself a derivative.
    """
    _refuse_binder(leaf)
    if leaf is NIL:
        return NIL
    return Record((), ()) if is_function(leaf) else UNIT


def shaped_like(point: Value, of_real: Callable[[Value], Value]) -> Value:
    """A tangent or cotangent of a structure, with what is given for each of its reals.

    A function's is the record of those of its captures that hold reals.
    """
    holding: set[int] = set()  # the ids of the parts made so far that stand for reals

    def leaf(value: Value) -> Value:
        if not is_real(value):
            return no_tangent(value)
        part = of_real(value)
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
            if is_real(item) and not is_real(part) and part != UNIT:
                raise _mismatch(item, part)
            yield part if is_real(item) else UNIT
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
    return RunError(
        f"expected the shape of {_sized(value)}, got {_sized(tangent)}",
        hint="a direction or cotangent has a real for every real of what it belongs to",
    )


def _sized(value: Value) -> str:
    return f"a list of {sum(1 for _ in list_items(value))}" if isinstance(value, Cons) else describe(value)


def _refuse_binder(value: Value) -> None:
    if isinstance(value, (Binder, Pullback)):
        raise RunError(
            "cannot differentiate with respect to a function that is itself a derivative",
            hint="differentiate with respect to the reals that it was made from",
        )
