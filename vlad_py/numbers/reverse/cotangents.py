"""The sum of an array's cotangents while a sweep collects them: in place, part by part."""

from __future__ import annotations

from typing import Any

from vlad_py.ground.late_numpy import np
from vlad_py.primitives.arithmetic import add
from vlad_py.primitives.shapes import Shape, add_at, data_of, scatter
from vlad_py.values.values import Array, Value


class Sum:
    """A sum of cotangents of one shape that grows in place, so that n elements taken out of an array cost
    n steps back, not n arrays. What carries tags cannot be added to floats in place and is kept apart.
    """

    __slots__ = ("data", "indices", "is_own", "parts", "shape", "tagged")

    def __init__(self, shape: Shape, first: Value) -> None:
        self.shape = shape
        self.data: Any = None
        self.is_own = False  # what came first may belong to others, and is not written to
        self.tagged: Value = None
        self.parts: list[Value] = []
        self.indices: list[Any] = []
        if first is not None:
            self.add(first)

    def add(self, term: Value) -> None:
        """Adds a cotangent of the whole array."""
        if type(term) is Array:
            if self.data is None:
                self.data = term.data
            else:
                self.data = np.add(self.data, term.data, self.data if self.is_own else None)
                self.is_own = True
        else:
            self.tagged = term if self.tagged is None else add(self.tagged, term)

    def add_part(self, term: Value, index: Any) -> None:
        """Adds a cotangent of the elements that an index selects."""
        if type(term) is float and type(index) is int and self.is_own and len(self.shape) == 1:
            self.data[index] += term
        elif type(term) is float or type(term) is Array:
            if not self.is_own:
                self.data = np.zeros(self.shape) if self.data is None else self.data.copy()
                self.is_own = True
            add_at(self.data, index, data_of(term))
        else:
            self.parts.append(term)
            self.indices.append(index)

    def total(self) -> Value:
        """The sum of all that was added."""
        terms: list[Value] = [] if self.data is None else [Array(self.data)]
        if self.parts:
            terms.append(scatter(tuple(self.parts), indices=tuple(self.indices), shape=self.shape))
        if self.tagged is not None:
            terms.append(self.tagged)
        result = terms[0]
        for term in terms[1:]:
            result = add(result, term)
        return result
