"""The text of one function of LLVM on its way: instructions, blocks, loops that count, stack slots."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from vlad_py.native.formulas import number

INDEX = int | str
"""An index of an array: known, or the name of an i64."""


class Writer:
    """Lines of text, and the block that is open."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.count = 0
        self.here = "start"  # the block that is open
        self.slots: list[str] = []  # what stands where the function begins: places on the machine's stack
        self.nested = 0  # loops that count, around what is written

    def write(self, instruction: str) -> str:
        """Writes an instruction; gives the name of its result."""
        self.count += 1
        name = f"%v{self.count}"
        self.lines.append(f"  {name} = {instruction}")
        return name

    def line(self, text: str) -> None:
        """Writes an instruction that has no result."""
        self.lines.append(f"  {text}")

    def label(self) -> str:
        """A label that is new."""
        self.count += 1
        return f"b{self.count}"

    def open(self, label: str) -> None:
        """Begins a block."""
        self.lines.append(f"{label}:")
        self.here = label

    def slot(self, type: str) -> str:
        """A place on the machine's stack that the whole function has."""
        self.count += 1
        name = f"%s{self.count}"
        self.slots.append(f"  {name} = alloca {type}, align 16")
        return name

    def first(self, instruction: str) -> str:
        """Writes an instruction where the function begins; gives the name of its result."""
        self.count += 1
        name = f"%f{self.count}"
        self.slots.append(f"  {name} = {instruction}")
        return name

    # ── indices and loops that count ─────────────────────────────────────────────────────────

    def place(self, base: INDEX, strides: tuple[int, ...], indices: tuple[INDEX, ...]) -> INDEX:
        """base + Σ stride · index."""
        known = base if isinstance(base, int) else 0
        terms = [] if isinstance(base, int) else [base]
        for stride, index in zip(strides, indices, strict=True):
            if isinstance(index, int):
                known += stride * index
            elif stride:
                terms.append(index if stride == 1 else self.write(f"mul nsw i64 {index}, {stride}"))
        if not terms:
            return known
        if known:
            terms.append(str(known))
        total = terms[0]
        for term in terms[1:]:
            total = self.write(f"add nsw i64 {total}, {term}")
        return total

    def at(self, pointer: str, place: INDEX) -> str:
        """The address of a real in memory."""
        return self.write(f"getelementptr inbounds double, ptr {pointer}, i64 {place}")

    def load(self, pointer: str, place: INDEX) -> str:
        """A real in memory."""
        return self.write(f"load double, ptr {self.at(pointer, place)}, align 8")

    def store(self, value: str, pointer: str, place: INDEX) -> None:
        """Writes a real to memory."""
        self.line(f"store double {value}, ptr {self.at(pointer, place)}, align 8")

    @contextmanager
    def counting(self, size: int, start: int = 0) -> Iterator[INDEX]:
        """A loop over start, …, size - 1: what is written inside is its body. There is no loop for one turn;
        with none the body is written as well, and never runs.
        """
        if size == start + 1:
            yield start
            return
        head, body, after = self.label(), self.label(), self.label()
        before, mark, slots = self.here, len(self.lines), len(self.slots)
        self.nested += 1
        self.line(f"br label %{head}")
        self.open(head)
        self.count += 1
        index, place = f"%i{self.count}", len(self.lines)
        more = self.write(f"icmp slt i64 {index}, {size}")
        self.line(f"br i1 {more}, label %{body}, label %{after}")
        self.open(body)
        yield index
        following = self.write(f"add nuw nsw i64 {index}, 1")
        phi = f"  {index} = phi i64 [ {start}, %{before} ], [ {following}, %{self.here} ]"
        self.lines.insert(place, phi)
        self.line(f"br label %{head}")
        self.open(after)
        self.nested -= 1
        if not self.nested:
            self.looped(before, mark, slots)

    def looped(self, before: str, mark: int, slots: int) -> None:
        """The outermost of loops that count has been written: from the block `before`, since there were so
        many lines and slots.
        """

    @contextmanager
    def nest(self, shape: tuple[int, ...]) -> Iterator[tuple[INDEX, ...]]:
        """Loops over all indices of a shape, one inside another."""
        if not shape:
            yield ()
            return
        with self.counting(shape[0]) as first, self.nest(shape[1:]) as rest:
            yield (first, *rest)

    def copy(self, source: str, target: str, size: int) -> None:
        """Copies so many reals that lie in order."""
        self.line(f"call void @llvm.memcpy.p0.p0.i64(ptr {target}, ptr {source}, i64 {8 * size}, i1 false)")

    def sum(self, a: str, b: str) -> str:
        """A sum whose order does not matter."""
        return self.write(f"fadd reassoc double {a}, {b}")


ZERO = number(0.0)
