"""Primitives that compiled code calls back; those of arrays get numpy's views of memory."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from math import prod
from typing import Any

from vlad_py.execution.operations import safe
from vlad_py.ground.late_numpy import np
from vlad_py.native.exits import keep
from vlad_py.native.ir import Use
from vlad_py.values.values import Array, Value

FINE, FAILED = 0, 1


@dataclass(frozen=True, slots=True, eq=False)
class Back:
    """A use of a primitive at numbers of these shapes, with a result of this shape.

    Its function of C takes the address of a block of words: a real is a double there, of an array it has the
    address, and last the address of the result. It returns 0, or 1 where the value is an error.
    """

    use: Use
    shapes: tuple[tuple[int, ...], ...]
    shape: tuple[int, ...]

    def function(self) -> Any:
        """The function of C, which has to be kept as long as it may be called."""

        def compute(address: int) -> int:
            numbers = [
                _view(_word(address, i), shape) if shape else _real(address, i)
                for i, shape in enumerate(self.shapes)
            ]
            values: list[Value] = [Array(x) if isinstance(x, np.ndarray) else x for x in numbers]
            result: Any = self.use.primitive.at(values, self.use.statics)
            target = _view(_word(address, len(self.shapes)), self.shape)
            target[...] = result.data if type(result) is Array else result
            return FINE

        def call(address: int) -> int:
            try:
                with np.errstate(all="ignore"):  # arithmetic is that of IEEE-754, and warns of nothing
                    return compute(address)
            except BaseException as error:  # the call runs again, interpreted, and says what is wrong
                keep(error)
                return FAILED

        return ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p)(call)


def _word(address: int, i: int) -> int:
    return ctypes.c_int64.from_address(address + 8 * i).value


def _real(address: int, i: int) -> float:
    return ctypes.c_double.from_address(address + 8 * i).value


def _view(address: int, shape: tuple[int, ...]) -> Any:
    size = prod(shape)
    if not size:
        return np.zeros(shape)
    return np.ctypeslib.as_array((ctypes.c_double * size).from_address(address)).reshape(shape)


def back_symbol(name: str, count: int) -> str:
    """The name, in an LLVM module, of a primitive of so many reals that Python computes."""
    return f"vlad_{safe(name)}_{count}"
