"""The types of the IR: reals, booleans, and arrays of one shape."""

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


Type: TypeAlias = Literal["real", "boolean"] | ArrayType

REAL: Type = "real"
BOOLEAN: Type = "boolean"


def type_of_shape(shape: tuple[int, ...]) -> Type:
    """The type of the numbers of a shape."""
    return ArrayType(shape) if shape else REAL


def shape_of_type(type: Type) -> tuple[int, ...]:
    """The shape of the numbers of a type; () for reals."""
    return type.shape if isinstance(type, ArrayType) else ()
