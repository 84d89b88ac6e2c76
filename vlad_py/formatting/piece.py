"""A part of a program on its way to a document."""

from __future__ import annotations

from dataclasses import dataclass

from vlad_py.formatting.document import Doc
from vlad_py.syntax.parser import Token


@dataclass(frozen=True, slots=True)
class Piece:
    """The document of a part, the rule or the terminal that it is of, and its first token."""

    doc: Doc
    kind: str
    first: Token
    hugs: bool = False  # whether it follows `=`, `=>`, `else` on their line, its own lines below
    loose: Doc = ""  # an `if`, for the chain of `else if` that it ends
    chain: tuple[Piece, ...] = ()  # an operation: operands and operators as written
