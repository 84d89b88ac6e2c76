"""What a leaf of a value is, known or not: a real, an array, a boolean, a list, or another number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeGuard

from vlad_py.ground.errors import NotNative
from vlad_py.ground.late_numpy import np
from vlad_py.native.types import BOOLEAN, REAL, ArrayType, Type, type_of_shape
from vlad_py.native.unknown import Named, NamedBoolean, NamedList
from vlad_py.primitives.primitive import PLAIN
from vlad_py.values.values import Array, Number, Value, shape_of


def type_of(value: Value) -> Type:
    """The type of the name of a number, a boolean or a list of unknown length."""
    if is_a_boolean(value):
        return BOOLEAN
    if type(value) is NamedList:
        return value.type
    return type_of_shape(shape_of(value))


def is_unknown(value: Value) -> bool:
    """Whether a value has a name in the IR."""
    return type(value) is Named or type(value) is NamedBoolean or type(value) is NamedList


def is_a_real(value: Value) -> bool:
    """Whether a value is a real, known or not."""
    return type(value) is float or (type(value) is Named and value.name.type == REAL)


def is_an_array(value: Value) -> bool:
    """Whether a value is an array, known or not."""
    return type(value) is Array or (type(value) is Named and isinstance(value.name.type, ArrayType))


def is_unknown_list(value: Value) -> TypeGuard[NamedList]:
    """Whether a value is a list of unknown length, not an array."""
    return type(value) is NamedList and not value.is_array


def is_unknown_array(value: Value) -> TypeGuard[NamedList]:
    """Whether a value is an array of unknown length."""
    return type(value) is NamedList and value.is_array


def is_a_number(value: Value) -> bool:
    """Whether a value is a real or an array, known or not; an array of unknown length is not one."""
    return type(value) is float or type(value) is Named or type(value) is Array


def is_a_boolean(value: Value) -> bool:
    """Whether a value is a boolean, known or not."""
    return type(value) is bool or type(value) is NamedBoolean


def refuse_other_numbers(values: Iterable[Value]) -> None:
    """NotNative where one of some values is a number that is neither plain nor unknown."""
    if any(isinstance(x, Number) and type(x) is not Named for x in values):
        raise NotNative("a number of another interpretation, such as an interval")


def is_nan(leaf: Value) -> bool:
    """Whether a leaf is nan, or an array with one, that is known."""
    data: Any = leaf.data if type(leaf) is Array else leaf
    return type(leaf) in PLAIN and bool((data != data) if type(leaf) is float else np.isnan(data).any())
