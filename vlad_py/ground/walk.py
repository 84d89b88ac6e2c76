"""Depth-free recursion: a function over a tree written as a generator, driven by a loop.

A walk yields the walks of the parts and is sent their results; its own result is what it returns.
The stack is a list on the heap, so a tree may be as deep as memory allows.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")
Walk: TypeAlias = Generator["Walk[Any]", Any, T]


def done(result: T) -> Walk[T]:
    """The walk that has no parts and gives a result."""
    return result
    yield  # type: ignore[unreachable]  # makes it a walk


def run(walk: Walk[T]) -> T:
    """The result of a walk. Whatever the walk raises passes through."""
    stack: list[Walk[Any]] = [walk]
    result: Any = None
    while True:
        try:
            part = stack[-1].send(result)
        except StopIteration as end:
            stack.pop()
            result = end.value
            if not stack:
                return result
        else:
            stack.append(part)
            result = None
