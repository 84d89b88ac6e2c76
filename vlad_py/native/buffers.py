"""Where the elements of numpy's arrays are: native code reads the address; asking Python takes 1 µs."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

from vlad_py.ground.errors import NotNative
from vlad_py.ground.late_numpy import np

HEAD = object.__basicsize__  # what comes before the address of the elements, which numpy's ABI puts first


@cache
def check() -> None:
    """NotNative where numpy or Python lay out their objects in another way."""
    sample = np.zeros(1)
    found = ctypes.c_void_p.from_address(id(sample) + HEAD).value
    if found != sample.ctypes.data:
        raise NotNative("numpy's arrays are laid out in another way")


@cache
def doubles() -> Any:
    """The type of elements that nearly all arrays of float64 share; another object may be equal to it."""
    return np.dtype(np.float64)


def fresh(size: int) -> Any:
    """A vector for native code to write, once: for others its elements are bytes, which nobody can change."""
    return np.frombuffer(bytes(8 * size))


def is_direct(array: Any) -> bool:
    """Whether native code can read an array as it is: doubles, row by row."""
    return array.dtype is doubles() and bool(array.flags.c_contiguous)


def is_of_bytes(thing: Any) -> bool:
    """Whether the elements of an array are bytes of Python, which nobody can change."""
    base: Any = thing.base
    if type(base) is np.ndarray:
        base = base.base
    return type(base) is bytes
