"""Repeated parts of an expression: one object for each, a name for each, and sizes that count them once.

Everything here goes over an expression in loops: derivatives of long runs are deep.
"""

from __future__ import annotations

import sys
from collections.abc import Hashable
from typing import Any

from vlad_py.expressions.expression import Application, Constant, Expression, Name, Symbol
from vlad_py.expressions.parts import parts_first, uses
from vlad_py.expressions.text.printer import Printer
from vlad_py.ground.late_numpy import np
from vlad_py.values.values import Array, shape_of


class Interner:
    """One object for expressions that are equal."""

    def __init__(self) -> None:
        self.known: dict[Hashable, Expression] = {}

    def one(self, item: Expression) -> Expression:
        """The object for an expression whose parts have theirs."""
        return self.known.setdefault(_key(item), item)

    def all(self, expression: Expression) -> Expression:
        """The object for an expression."""
        found: dict[int, Expression] = {}
        for item in parts_first(expression):
            new = item
            if isinstance(item, Application):
                arguments = tuple(found[id(x)] for x in item.arguments)
                if any(a is not b for a, b in zip(arguments, item.arguments, strict=True)):
                    new = Application(item.primitive, arguments, item.statics, item.value)
            found[id(item)] = self.one(new)
        return found[id(expression)]


def _key(item: Expression) -> Hashable:
    """What two expressions have in common if they are equal, once their parts are one object."""
    if isinstance(item, Application):
        arguments = tuple(id(x) for x in item.arguments)
        return item.primitive.name, arguments, _host_key(tuple(item.statics.items()))
    if isinstance(item, Symbol):
        return Symbol, item.name, shape_of(item.value)
    if isinstance(item, Name):
        return Name, item.kind, item.index
    return Constant, _host_key(item.value)


def _host_key(value: Any) -> Hashable:
    """The same for what primitives take besides symbols: numbers, shapes, axes, indices."""
    if isinstance(value, tuple):
        return tuple(map(_host_key, value))
    data = value.data if type(value) is Array else value
    if "numpy" in sys.modules and isinstance(data, np.ndarray):
        return type(value), data.shape, data.dtype.str, data.tobytes()
    return type(value), repr(value)


def symbols(expression: Expression) -> list[Symbol]:
    """The symbols of an expression, in the order in which it mentions them."""
    found: dict[str, Symbol] = {}
    for item in parts_first(expression):
        if isinstance(item, Symbol):
            found.setdefault(item.name, item)
    return list(found.values())


def size(expression: Expression) -> int:
    """How many operations an expression has, written out."""
    sizes: dict[int, int] = {}
    for item in parts_first(expression):
        inner = item.arguments if isinstance(item, Application) else ()
        sizes[id(item)] = isinstance(item, Application) + sum(sizes[id(x)] for x in inner)
    return sizes[id(expression)]


def shared_size(expression: Expression) -> int:
    """How many operations it takes to compute an expression, each one once."""
    return sum(isinstance(item, Application) for item in parts_first(Interner().all(expression)))


def shared(expression: Expression) -> tuple[list[tuple[Symbol, Expression]], Expression]:
    """An expression as bindings and a rest: what it has more than once has a name, v1, v2, …

    No symbol of the expression has such a name.
    """
    expression = Interner().all(expression)
    order = parts_first(expression)
    used = uses(order)
    letter = "v"
    while any(symbol.name.startswith(letter) for symbol in symbols(expression)):
        letter += "_"
    bindings: list[tuple[Symbol, Expression]] = []
    found: dict[int, Expression] = {}
    for item in order:
        new = item
        if isinstance(item, Application):
            arguments = tuple(found[id(x)] for x in item.arguments)
            new = Application(item.primitive, arguments, item.statics, item.value)
            if used[id(item)] > 1:
                name = Symbol(f"{letter}{len(bindings) + 1}", item.value)
                bindings.append((name, new))
                new = name
        found[id(item)] = new
    return bindings, found[id(expression)]


def shared_text(expression: Expression, printer: Printer) -> str:
    """A block of ADL that computes what an expression has more than once only once."""
    bindings, rest = shared(expression)
    if not bindings:
        return printer.of(rest)
    lines = [f"  let {printer.of(name)} = {printer.of(value)}" for name, value in bindings]
    return "\n".join(["{", *lines, f"  {printer.of(rest)}", "}"])
