"""The types of the IR: reals, booleans, arrays of one shape, and lists of any length."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class ArrayType:
    """Arrays of one shape, of one dimension or more."""

    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many reals there are."""
        return prod(self.shape)

    def __str__(self) -> str:
        return "×".join(map(str, self.shape))


@dataclass(frozen=True, slots=True)
class ListType:
    """Lists of any length, empty ones too. Each item is as many values as there are `items`."""

    items: tuple[Type, ...]

    @property
    def depth(self) -> int:
        """How many lists there are inside one another."""
        return 1 + max((item.depth for item in self.items if isinstance(item, ListType)), default=0)

    def __str__(self) -> str:
        return f"list of ({', '.join(map(str, self.items))})"


Type: TypeAlias = "Literal['real', 'boolean'] | ArrayType | ListType"

REAL: Type = "real"
BOOLEAN: Type = "boolean"


def type_of_shape(shape: tuple[int, ...]) -> Type:
    """The type of the numbers of a shape."""
    return ArrayType(shape) if shape else REAL


def shape_of_type(type: Type) -> tuple[int, ...]:
    """The shape of the numbers of a type; () for anything but arrays."""
    return type.shape if isinstance(type, ArrayType) else ()
