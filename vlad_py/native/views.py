"""Access to the elements of an array while code is written: as values, in memory, or computed on demand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from vlad_py.ground.late_numpy import np
from vlad_py.native.storage import Place
from vlad_py.native.writer import INDEX, ZERO, Writer

Shape: TypeAlias = tuple[int, ...]


@dataclass(slots=True, eq=False)
class View:
    """An array of a shape, or a real; `place` is where it lives, if that may be used again."""

    shape: Shape

    @property
    def place(self) -> Place | None:
        """Where it lives."""
        return None

    def at(self, writer: Writer, indices: tuple[INDEX, ...]) -> str:
        """The value of an element."""
        raise NotImplementedError


@dataclass(slots=True, eq=False)
class Same(View):
    """One real, everywhere."""

    value: str

    def at(self, writer: Writer, indices: tuple[INDEX, ...]) -> str:
        """The value of an element."""
        return self.value


@dataclass(slots=True, eq=False)
class Elements(View):
    """Values, row by row. Its indices have to be known."""

    parts: list[str]

    def at(self, writer: Writer, indices: tuple[INDEX, ...]) -> str:
        """The value of an element."""
        place = writer.place(0, rows(self.shape), indices)
        assert isinstance(place, int)
        return self.parts[place]


@dataclass(slots=True, eq=False)
class Memory(View):
    """Reals in memory, in regular steps."""

    pointer: str
    base: INDEX
    strides: tuple[int, ...]
    where: Place | None = None

    @property
    def place(self) -> Place | None:
        """Where it lives."""
        return self.where

    @property
    def is_in_order(self) -> bool:
        """Whether the elements lie row by row, without gaps."""
        return self.base == 0 and all(
            size == 1 or stride == row
            for size, stride, row in zip(self.shape, self.strides, rows(self.shape), strict=True)
        )

    def at(self, writer: Writer, indices: tuple[INDEX, ...]) -> str:
        """The value of an element."""
        return writer.load(self.pointer, writer.place(self.base, self.strides, indices))


@dataclass(slots=True, eq=False)
class Looked(View):
    """Elements of memory, at places from a table; -1 stands for a zero."""

    source: Memory
    table: Any  # of numpy, in the shape
    name: str  # of the table in the text

    @property
    def place(self) -> Place | None:
        """Where it lives."""
        return self.source.place

    def at(self, writer: Writer, indices: tuple[INDEX, ...]) -> str:
        """The value of an element."""
        place = writer.place(0, rows(self.shape), indices)
        if isinstance(place, int):
            known = int(self.table.flat[place])
            if known < 0:
                return ZERO
            return writer.load(self.source.pointer, writer.place(self.source.base, (1,), (known,)))
        address = writer.write(f"getelementptr inbounds i64, ptr {self.name}, i64 {place}")
        found = writer.write(f"load i64, ptr {address}, align 8")
        if (self.table >= 0).all():
            return writer.load(self.source.pointer, writer.place(self.source.base, (1,), (found,)))
        is_there = writer.write(f"icmp sge i64 {found}, 0")
        safe = writer.write(f"select i1 {is_there}, i64 {found}, i64 0")
        value = writer.load(self.source.pointer, writer.place(self.source.base, (1,), (safe,)))
        return writer.write(f"select i1 {is_there}, double {value}, double {ZERO}")


@dataclass(slots=True, eq=False)
class Computed(View):
    """Elements that are computed where they are asked for."""

    compute: Callable[[tuple[INDEX, ...]], str]

    def at(self, writer: Writer, indices: tuple[INDEX, ...]) -> str:
        """The value of an element."""
        return self.compute(indices)


def rows(shape: Shape) -> tuple[int, ...]:
    """The strides of an array that lies row by row."""
    strides = []
    step = 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return tuple(reversed(strides))


def broadcast(shape: Shape, indices: tuple[INDEX, ...]) -> tuple[INDEX, ...]:
    """The indices of a smaller array that is repeated."""
    own = indices[len(indices) - len(shape) :]
    return tuple([0 if size == 1 else index for size, index in zip(shape, own, strict=True)])


def steps_of(places: Any) -> tuple[int, tuple[int, ...]] | None:
    """Where places in memory begin, and their steps along each dimension; None where they are irregular."""
    if not places.size:
        return 0, (0,) * places.ndim
    base = int(places.flat[0])
    strides = []
    fitted = np.full((1,) * places.ndim, base)
    for axis, size in enumerate(places.shape):
        first = [0] * places.ndim
        first[axis] = 1
        stride = int(places[tuple(first)]) - base if size > 1 else 0
        strides.append(stride)
        along = np.arange(size).reshape([-1 if d == axis else 1 for d in range(places.ndim)])
        fitted = fitted + stride * along
    return (base, tuple(strides)) if np.array_equal(fitted, places) else None


def sources_of(places: Any, shape: Shape) -> list[tuple[int, tuple[int, ...]]] | None:
    """The indices from which elements are taken, by dimension of a shape, in the form of `steps_of`. `places`
    counts the elements from 1; None where an element is a zero or is taken twice, or steps are irregular.
    """
    if not places.size or not places.all() or np.bincount(places.ravel()).max() > 1:
        return None
    steps = [steps_of(index) for index in np.unravel_index(places - 1, shape)]
    return None if None in steps else steps  # type: ignore[return-value]
