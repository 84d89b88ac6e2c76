"""Depth-free recursion: a function over a tree written as a generator, driven by a loop.

A walk yields the walks of the parts and is sent their results; its own result is what it returns. What a part
raises is raised where the walk has yielded it, as after a call.
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


def alone(walk: Walk[T]) -> Walk[tuple[T]]:
    """The walk that gives the tuple of what a walk gives."""
    return ((yield walk),)


def run(walk: Walk[T]) -> T:
    """The result of a walk. What no walk catches passes through."""
    stack: list[Walk[Any]] = [walk]
    result: Any = None
    error: BaseException | None = None
    while True:
        try:
            part = stack[-1].send(result) if error is None else stack[-1].throw(error)
        except StopIteration as end:
            stack.pop()
            result, error = end.value, None
            if not stack:
                return result
        except BaseException as raised:
            stack.pop()
            error = raised if stack else None
            if error is None:
                raise
        else:
            stack.append(part)
            result = error = None
