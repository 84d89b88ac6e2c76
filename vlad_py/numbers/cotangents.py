"""The sum of an array's cotangents while a sweep collects them: in place, part by part."""

from __future__ import annotations

from typing import Any

from vlad_py.numpy_late import np
from vlad_py.primitives.arithmetic import add
from vlad_py.primitives.shapes import Shape, add_at, data_of, scatter
from vlad_py.values import Array, Value


class Sum:
    """A sum of cotangents of one shape that grows in place, so that n elements taken out of an array cost
    n steps back, not n arrays. What carries tags cannot be added to floats in place and is kept apart.
    """

    __slots__ = ("data", "indices", "parts", "shape", "tagged")

    def __init__(self, shape: Shape, first: Value) -> None:
        self.shape = shape
        self.data: Any = None
        self.tagged: Value = None
        self.parts: list[Value] = []
        self.indices: list[Any] = []
        if first is not None:
            self.add(first)

    def add(self, term: Value) -> None:
        """Adds a cotangent of the whole array."""
        if type(term) is Array:
            # the first one may be shared with others
            self.data = term.data.copy() if self.data is None else np.add(self.data, term.data, self.data)
        else:
            self.tagged = term if self.tagged is None else add(self.tagged, term)

    def add_part(self, term: Value, index: Any) -> None:
        """Adds a cotangent of the elements that an index selects."""
        if type(term) is float or type(term) is Array:
            if self.data is None:
                self.data = np.zeros(self.shape)
            add_at(self.data, index, data_of(term))
        else:
            self.parts.append(term)
            self.indices.append(index)

    def total(self) -> Value:
        """The sum of all that was added."""
        terms: list[Value] = [] if self.data is None else [Array(self.data)]
        if self.parts:
            terms.append(scatter(tuple(self.parts), tuple(self.indices), self.shape))
        if self.tagged is not None:
            terms.append(self.tagged)
        result = terms[0]
        for term in terms[1:]:
            result = add(result, term)
        return result
