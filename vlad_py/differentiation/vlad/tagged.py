"""VLAD's tagged values: perturbations, sensitivities, forward and reverse values, and their text.

Each is a record with the fields of its kind. A forward or reverse procedure is a closure of the library that
captures a `Mark` first, and then what the fields hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from vlad_py.primitives.primitive import Primitive
from vlad_py.syntax.vlad.names import original
from vlad_py.values.show import show, show_real
from vlad_py.values.structure import Endless
from vlad_py.values.values import UNIT, Closure, Code, Record, Value, plain

LONGEST_SHOWN = 60  # characters of a value that a message shows
Kind: TypeAlias = tuple[str, ...]  # the fields of a tagged value; the first one is the name of its kind

PERTURBATION: Kind = ("perturbation",)
SENSITIVITY: Kind = ("sensitivity",)
FORWARD: Kind = ("forward", "tangent")
REVERSE: Kind = ("reverse",)


class Mark:
    """What a transformed procedure captures first, so that it is known as one."""

    __slots__ = ("kind",)

    def __init__(self, kind: Kind) -> None:
        self.kind = kind


FORWARD_MARK, REVERSE_MARK = Mark(FORWARD), Mark(REVERSE)


def contents(value: Any, kind: Kind) -> tuple[Value, ...] | None:
    """What a tagged value of a kind holds; None for any other value."""
    if type(value) is Record:
        return value.values if value.names == kind else None
    if type(value) is Closure and value.env and type(value.env[0]) is Mark and value.env[0].kind is kind:
        return value.env[1 : 1 + len(kind)]
    return None


class _Text(str):
    """Text that is yet to be written, as distinct from a value."""

    __slots__ = ()


def vlad_text(value: Value) -> str:
    """A value as VLAD writes it: `(1 2 . 3)`, `#t`, `(forward 3 1)`, `(sensitivity 2)`, or a procedure."""
    return "".join(_texts(value))


def _texts(value: Value) -> Iterator[str]:
    """The pieces of a value's text."""
    todo: list[Value] = [value]
    endless = Endless(value)
    while todo:
        item = todo.pop()
        if isinstance(item, _Text):
            yield item
        else:
            endless.meet()
            todo.extend(reversed(_pieces(item)))


def shown(value: Value) -> str:
    """A value as messages show it: as VLAD writes it, but cut if it is long; the empty list by its name."""
    if type(value) is tuple and not value:
        return "the empty list"
    text = ""
    for piece in _texts(value):
        text += piece
        if len(text) > LONGEST_SHOWN:
            break
    if isinstance(value, (Closure, Primitive)) and not text.startswith("("):
        return f"the procedure {text}"
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _pieces(value: Value) -> list[Value]:
    """A value as text and smaller values, in the order in which they are written."""
    value = plain(value)
    if isinstance(value, bool):
        return [_Text("#t" if value else "#f")]
    if isinstance(value, float):
        return [_Text(show_real(value))]
    if isinstance(value, tuple) and len(value) in (0, 2):
        return _list_pieces(value)
    for kind in (PERTURBATION, SENSITIVITY, FORWARD, REVERSE):
        if (held := contents(value, kind)) is not None:
            separated = [piece for part in held for piece in (_Text(" "), part)]
            return [_Text(f"({kind[0]}"), *separated, _Text(")")]
    if isinstance(value, Closure):
        return [_Text(_name_or_text(value.code))]
    return [_Text(original(value.name) if isinstance(value, Primitive) else show(value))]


def _name_or_text(code: Code) -> str:
    """How a procedure is written: by its name, its text, or the definition of the library that made it."""
    if code.name != "fn":
        return original(code.name)
    if code.span.source.library:
        return original(code.span.definition)
    return " ".join(code.span.text.split())


def _list_pieces(value: Any) -> list[Value]:
    pieces: list[Value] = [_Text("(")]
    while type(value) is tuple and len(value) == 2:
        pieces += [_Text(" " if len(pieces) > 1 else ""), value[0]]
        value = value[1]
    return [*pieces, _Text(")")] if value == UNIT else [*pieces, _Text(" . "), value, _Text(")")]
