"""Trees of a program with all its tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias

from vlad_py.ground.node import node
from vlad_py.syntax.parser import Token


@node
class Tree:
    """A rule and its parts, without optional ones that are absent, and without documentation: a comment here."""

    rule: str
    parts: tuple[Part, ...]

    def below(self) -> Iterator[Tree]:
        """This tree and all in it."""
        waiting = [self]
        while waiting:
            tree = waiting.pop()
            yield tree
            waiting += [part for part in tree.parts if isinstance(part, Tree)]


Part: TypeAlias = Tree | Token


def _tree(rule: str, *parts: Part | None) -> Tree:
    return Tree(
        rule, tuple(p for p in parts if p is not None and not (isinstance(p, Token) and p.type == "DOC"))
    )


class Trees:
    """What makes them: each method that a grammar names gives its rule's tree."""

    def __getattr__(self, rule: str) -> Callable[..., Tree]:
        return partial(_tree, rule)
