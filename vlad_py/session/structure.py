"""The structure of a value, in ADL's terms: `{w: (real, real), name: string}`."""

from __future__ import annotations

from itertools import islice

from vlad_py.primitives.primitive import Primitive
from vlad_py.session.catalogue import built_in
from vlad_py.values.display import DEEPEST, Group, Layout, Piece, lines
from vlad_py.values.indefinite import Indefinite
from vlad_py.values.show import describe, describe_array, function_name
from vlad_py.values.values import Array, Closure, Cons, Nil, Number, Value, list_items, shape_of

MOST_KINDS = 4  # of elements whose structure a list shows
MOST_LOOKED_AT = 10_000  # elements of a list


def structure(value: Value, width: int) -> str:
    """The structure of a value, in lines of at most `width` characters where that is possible.

    A list of elements of one structure is `list of 3: real`; a function has its parameters.
    """
    return "\n".join(lines(_Kinds(None, False).piece(value, DEEPEST), width))


class _Kinds(Layout):
    """The layout of a value, with the kind of every leaf."""

    def leaf(self, value: Value) -> Piece:
        if type(value) is float:
            return "real"
        if type(value) is Array:
            return describe_array(shape_of(value)).removeprefix("an ")
        if isinstance(value, (Number, Indefinite)):
            return describe(value).partition(" ")[2]
        kinds = {bool: "boolean", str: "string", tuple: "()", Nil: "nil"}
        return kinds.get(type(value)) or signature(value)

    def list(self, value: Cons, depth: int) -> Piece:
        size = sum(1 for _ in list_items(value))
        kinds: dict[str, Piece] = {}
        for item in islice(list_items(value), MOST_LOOKED_AT):
            piece = self.piece(item, depth - 1)
            kinds.setdefault("\n".join(lines(piece, 1)), piece)
            if len(kinds) > MOST_KINDS:
                break
        if len(kinds) > MOST_KINDS:
            return f"list of {size}: of many structures"
        if len(kinds) == 1:
            (piece,) = kinds.values()
            return Group("", ((f"list of {size}: ", piece),), "")
        return Group(f"list of {size}, each one of (", tuple(("", p) for p in kinds.values()), ")")


def signature(function: Value) -> str:
    """The parameters of a function: `function newton(f, x, tolerance)`."""
    if type(function) is Closure:
        parameters = function.code.parameters
        parameters = parameters if parameters.startswith("(") else f"({parameters})"
        return f"function {function.code.name}{parameters}"
    if isinstance(function, Primitive):
        is_named = function.name in built_in() and function.name.isidentifier()
        return f"function {built_in()[function.name].signature if is_named else f'({function.name})'}"
    return f"function {function_name(function)}"
