"""The call that is being typed: its function, and which argument the cursor is in."""

from __future__ import annotations

from vlad_py.ground.node import record
from vlad_py.lsp.document import Document
from vlad_py.session.catalogue import Entry
from vlad_py.syntax.newlines import CLOSING, OPENING


@record
class TypedCall:
    """A call around a place: the function, and the number of the argument there, from 0."""

    entry: Entry
    argument: int


def call_at(document: Document, offset: int) -> TypedCall | None:
    """The innermost call whose arguments hold a place; None where no function with a name is called."""
    brackets: list[tuple[int, int]] = []  # the token of each that is open, and the commas after it
    for i, token in enumerate(document.tokens):
        if token.start_pos >= offset:
            break
        if token.type in OPENING:
            brackets.append((i, 0))
        elif token.type in CLOSING and brackets:
            brackets.pop()
        elif token.type == "_COMMA" and brackets:
            at, commas = brackets.pop()
            brackets.append((at, commas + 1))
    while brackets:
        at, commas = brackets.pop()
        if document.tokens[at].type == "CALL" and document.tokens[at - 1].type == "NAME":
            found = document.at(document.tokens[at - 1].start_pos)
            return TypedCall(found[1], commas) if found is not None else None
    return None


def parameters(signature: str) -> list[tuple[int, int]]:
    """Where the parameters stand in a signature such as `newton(f, x, tolerance)`."""
    found: list[tuple[int, int]] = []
    depth = begin = 0
    for i, character in enumerate(signature):
        if character in ")]}":
            depth -= 1
        if (character == "," and depth == 1) or (character == ")" and depth == 0):
            found.append((begin, i))
            begin = i + 1
        if character in "([{":
            depth += 1
            begin = begin or i + 1
        if depth == 0 and begin:
            break
    bare = ((end - len(signature[start:end].lstrip()), end) for start, end in found)
    return [(start, end) for start, end in bare if start < end]
