"""Datums: what VLAD's text is made of before anything is known of its meaning."""

from __future__ import annotations

from vlad_py.ground.node import node
from vlad_py.ground.source import Span


@node
class Datum:
    """What all datums have: the span of their text."""

    span: Span


@node
class Constant(Datum):
    """A real or a boolean."""

    value: float | bool


@node
class Symbol(Datum):
    """A name, or the name of a form such as `lambda`."""

    name: str


@node
class Text(Datum):
    """A string. Only `include` takes one."""

    value: str


@node
class List(Datum):
    """`(a b c)`; with a `tail`, the improper `(a b . tail)`."""

    items: tuple[Datum, ...]
    tail: Datum | None = None
