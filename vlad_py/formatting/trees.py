"""Trees of a program with all its tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias

from vlad_py.ground.node import node
from vlad_py.syntax.parser import Token


@node
class Tree:
    """A rule and its parts, without absent ones and without documentation, which is a comment here."""

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
    present = (part for part in parts if part is not None)
    return Tree(rule, tuple(part for part in present if isinstance(part, Tree) or part.type != "DOC"))


class Trees:
    """What makes them: each method that a grammar names gives its rule's tree."""

    def __getattr__(self, rule: str) -> Callable[..., Tree]:
        return partial(_tree, rule)
