"""How an operation is written: the words of an entry, as patterns for the texts of its arguments.

An entry gives them once for the language (`text`, which Unicode follows) and once for LaTeX (`latex`), as

- the name of a function: `"sum"`, `r"\\ln"`;
- a pattern: `"{0:atom} ^ 2"`, `"reshape({0}, ({shape}))"`. `{0}` is the first number that the operation
  takes, `{array}` all of them in nested brackets, `{indexed}` the first one with an index; anything else that
  it takes has its keyword. After a colon stands how tightly a text must bind to need no brackets;
- or a function of the shapes of the numbers, and by keyword of what else the operation takes, that gives
  one of these, or "" where there are no words for this case.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple, TypeAlias

from vlad_py.ground.node import record

SUM, MINUS, PRODUCT, POWER, ATOM = LEVELS = range(5)  # how tightly a text binds
NAMES = {"sum": SUM, "minus": MINUS, "product": PRODUCT, "power": POWER, "atom": ATOM}  # in patterns


@record
class Pattern:
    """A pattern that binds less tightly than a name or a call does."""

    text: str
    binds: int

    @property
    def operator(self) -> str:
        """The operator that stands between two numbers, where that is the whole pattern; else empty."""
        return _between(self.text)

    @property
    def sign(self) -> str:
        """The operator that the pattern begins with, after a number or before it; empty if there is none."""
        found = re.match(r"\s*([-+*/@^])", re.sub(r"\{[^}]*\}", "", self.text))
        return found[1] if found is not None else ""


@cache
def _between(text: str) -> str:
    found = re.fullmatch(r"\{0[^}]*\} (\S+) \{1[^}]*\}", text)
    return found[1] if found is not None else ""


Words: TypeAlias = str | Pattern | Callable[..., "str | Pattern"]


class Text(NamedTuple):
    """The text of a part of an expression, and how tightly it binds."""

    text: str
    binds: int = ATOM

    def __format__(self, least: str) -> str:
        """The text, in brackets if it binds less tightly than the level of this name."""
        return self.text if not least or self.binds >= NAMES[least] else f"({self.text})"
