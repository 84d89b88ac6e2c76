"""numpy's own loops: the functions of C that compute `np.exp` and its kin for many doubles at once.

Native code calls them itself, without Python. They stand in numpy's struct of a ufunc, which is part of its
ABI (numpy/ufuncobject.h). A loop is only used if the struct reads as expected and the loop gives, bit by bit,
what numpy gives.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from functools import cache
from typing import Any

from vlad_py.ground.late_numpy import np

SAMPLE = 37  # doubles that a loop is tried with


class Ufunc(ctypes.Structure):
    """The first fields of numpy's struct."""

    _fields_ = (
        ("head", ctypes.c_char * object.__basicsize__),
        ("inputs", ctypes.c_int),
        ("outputs", ctypes.c_int),
        ("arguments", ctypes.c_int),
        ("identity", ctypes.c_int),
        ("functions", ctypes.POINTER(ctypes.c_void_p)),
        ("data", ctypes.POINTER(ctypes.c_void_p)),
        ("types", ctypes.c_int),
    )


@cache
def loop(name: str) -> tuple[int, int] | None:
    """The loop of a function of numpy on an array of doubles, and what it is handed, as addresses.

    None where numpy has no such function, or where the loop is not what is expected.
    """
    ufunc: Any = getattr(np, name, None)
    if type(ufunc) is not np.ufunc or "d->d" not in ufunc.types:
        return None
    struct = Ufunc.from_address(id(ufunc))
    if (struct.inputs, struct.outputs, struct.arguments) != (1, 1, 2) or struct.types != ufunc.ntypes:
        return None
    i = ufunc.types.index("d->d")
    address = struct.functions[i]
    data = (struct.data[i] if struct.data else None) or address  # a loop that needs nothing looks at nothing
    return (address, data) if address and data and _agrees(ufunc, address, data) else None


def _agrees(ufunc: Any, address: int, data: int) -> bool:
    """Whether a loop gives what numpy gives."""
    given = np.linspace(-2.0, 2.0, SAMPLE)
    found = np.empty(SAMPLE)
    pointers = (ctypes.c_void_p * 2)(given.ctypes.data, found.ctypes.data)
    count, steps = (ctypes.c_ssize_t * 1)(SAMPLE), (ctypes.c_ssize_t * 2)(8, 8)
    kind = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4)
    kind(address)(ctypes.addressof(pointers), ctypes.addressof(count), ctypes.addressof(steps), data)
    with np.errstate(all="ignore"):
        return bool(np.array_equal(found.view(np.int64), ufunc(given).view(np.int64)))


def names(name: str) -> tuple[str, str]:
    """The names that a module has for a loop, and for the data passed to it."""
    return f"vlad_loop_{name}", f"vlad_loop_{name}_data"


def addresses(names_of_numpy: Iterable[str]) -> dict[str, int]:
    """The addresses for the names of loops. KeyError for a loop that does not exist."""
    found: dict[str, int] = {}
    for name in names_of_numpy:
        pair = loop(name)
        if pair is None:
            raise KeyError(name)
        found |= zip(names(name), pair, strict=True)
    return found
