"""Python's structures, taken apart into their leaves and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from vlad_py.ground.walk import Walk, run

INSIDE = (tuple, list, dict)


def leaves(tree: Any) -> list[Any]:
    """The leaves of tuples, lists and dicts, in order."""
    found = []
    todo = [tree]
    while todo:
        item = todo.pop()
        if type(item) in INSIDE:
            todo += reversed(list(item.values() if type(item) is dict else item))
        else:
            found.append(item)
    return found


def mapped(tree: Any, function: Callable[[Any], Any]) -> Any:
    """The structure with a function applied to every leaf, in order."""

    def walk(item: Any) -> Walk[Any]:
        if type(item) not in INSIDE:
            return function(item)
        parts = []
        for part in item.values() if type(item) is dict else item:
            parts.append((yield walk(part)))
        return dict(zip(item, parts, strict=True)) if type(item) is dict else type(item)(parts)

    return run(walk(tree))


def filled(tree: Any, values: Iterable[Any], is_place: Callable[[Any], bool]) -> Any:
    """The structure with the leaves that are places replaced by values, in order."""
    rest = iter(values)
    return mapped(tree, lambda leaf: next(rest) if is_place(leaf) else leaf)
