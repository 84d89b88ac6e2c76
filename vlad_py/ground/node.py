"""The decorator of the nodes of trees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, eq_default=False)
def node(cls: type[T]) -> type[T]:
    """A class of nodes: typed fields, compared by identity, never changed once made.

    The type checker enforces the last. Python's own `frozen` would do so again for each of some sixty
    classes at every start (20 ms, three quarters of it for nothing).
    """
    return dataclass(slots=True, eq=False, repr=False)(cls)
