"""What compiled code sees when operations are counted: numbers that count, where it makes numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from vlad_py import runtime
from vlad_py.compiling.operations import safe
from vlad_py.numbers.counted import Tally, counted, uncounted
from vlad_py.primitive import PRIMITIVES, Apply, Primitive
from vlad_py.values import Range, Value, plain

# primitives that need plain numbers, from this argument on: ends of a range, seeds, what a message says
PLAIN_FROM = {"..": 0, "probe_direction": 1, "probe_weights": 1, "wrong_derivative": 0}
UNSEEN = ("predicate", "step")  # kinds of primitives that look at plain numbers, which cannot count


def counting_names(tally: Tally) -> dict[str, Any]:
    """The names of compiled code that are other ones where operations are counted."""
    space: dict[str, Any] = {
        "real": lambda x: counted(x, tally),
        "is_literal": lambda value, literal: runtime.is_literal(value, plain(literal)),
        "iterate": lambda sequence: _counted_elements(sequence, tally),
        "advance": _advance(tally),
    }
    for primitive in PRIMITIVES.values():
        apply = _counting(primitive, tally)
        name = safe(primitive.name)
        space[f"p_{name}"] = apply
        space[f"b_{name}"] = replace(primitive, apply=apply)
    return space


def _counting(primitive: Primitive, tally: Tally) -> Apply:
    """A primitive that counts itself where its arguments cannot, and gives numbers that count."""

    def apply(*arguments: Value) -> Value:
        start = PLAIN_FROM.get(primitive.name, len(arguments))
        arguments = (*arguments[:start], *map(uncounted, arguments[start:]))
        if primitive.kind in UNSEEN:
            tally[primitive.name] += 1
        return counted(primitive.apply(*arguments), tally)

    return apply


def _counted_elements(sequence: Value, tally: Tally) -> Iterator[Value]:
    for element in runtime.iterate(sequence):
        yield counted(element, tally)


def _advance(tally: Tally) -> Callable[[Value], tuple[Value, Value | None]]:
    def advance(rest: Value) -> tuple[Value, Value | None]:
        element, after = runtime.advance(rest)
        return (counted(element, tally) if type(rest) is Range else element), after

    return advance
