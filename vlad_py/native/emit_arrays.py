"""Arrays in LLVM: where each lives and for how long, indices, and the state of loops that is arrays.

What the operations on them become is in `array_ops.py`. An array of few elements is its elements; a larger
one is in memory, or is computed where its only user asks for its elements: so chains of operations are one
loop. A `put` writes in place where the array is used for the last time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any

from vlad_py.ground.late_numpy import np
from vlad_py.native import array_ops, constants
from vlad_py.native.counters import is_within
from vlad_py.native.formulas import number
from vlad_py.native.fusing import Uses
from vlad_py.native.ir import Name, Op, Region, free_names
from vlad_py.native.loop_state import LoopState
from vlad_py.native.status import LEFT
from vlad_py.native.storage import FEW, FrameLayout, Place, is_large
from vlad_py.native.types import ArrayType, shape_of_type
from vlad_py.native.views import Computed, Elements, Memory, Same, Shape, View, rows
from vlad_py.native.writer import INDEX
from vlad_py.values.values import Array

if TYPE_CHECKING:
    from vlad_py.native.emit import Body


@dataclass(slots=True, eq=False)
class Scope:
    """A region that is being written: its uses of names, where it stands, what it was handed, what it has
    released of that; indices that were tested; places that serve one operation.
    """

    uses: Uses
    handed: frozenset[Name]
    position: int = 0
    released: set[Name] = field(default_factory=set)
    tested: dict[tuple[Name, int], str] = field(default_factory=dict)
    brief: list[Place] = field(default_factory=list)

    def ends(self, name: Name) -> bool:
        """Whether a name is used for the last time by the operation that is being written."""
        return self.uses.last.get(name) == self.position and name not in self.released


class Arrays:
    """The arrays of one function."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self.layout = FrameLayout()
        self.views: dict[Name, View] = {}
        self.scopes: list[Scope] = []
        self.known: dict[int, View] = {}  # constants

    # ── regions ──────────────────────────────────────────────────────────────────────────────

    def enter(self, region: Region, handed: frozenset[Name] = frozenset()) -> Scope:
        """Begins a region."""
        self.scopes.append(Scope(Uses(region, set(handed)), handed))
        return self.scopes[-1]

    @contextmanager
    def within(self, region: Region, handed: frozenset[Name] = frozenset()) -> Iterator[None]:
        """A region, at whose end all that it binds is released."""
        scope = self.enter(region, handed)
        yield
        scope.position = len(region.ops)
        self.end(scope.position)
        self.scopes.pop()
        for name in scope.released & handed:
            place = self.views[name].place
            if place is not None:
                place.users += 1  # it is released where it was handed on

    def now(self, position: int) -> None:
        """Says which operation comes."""
        self.scopes[-1].position = position

    def end(self, position: int) -> None:
        """Releases what the operation at a position was the last to use."""
        scope = self.scopes[-1]
        for name in scope.uses.ends.get(position, ()):
            self.release(name)
        for place in scope.brief:
            self.layout.leave(place)
        scope.brief.clear()

    def release(self, name: Name) -> None:
        """A name is not used any more."""
        scope = self.scopes[-1]
        view = self.views.get(name)
        if view is None or name in scope.released or name not in scope.uses.last:
            return
        scope.released.add(name)
        if name in scope.handed:
            if view.place is not None:
                view.place.users -= 1
        else:
            self.layout.leave(view.place)

    # ── names and views ──────────────────────────────────────────────────────────────────────

    def view(self, name: Name) -> View:
        """The view of a number."""
        if isinstance(name.constant, Array):
            key = id(name.constant)
            if key not in self.known:
                self.known[key] = constants.view(self.body, name.constant.data)
            return self.known[key]
        if isinstance(name.type, ArrayType):
            return self.views[name]
        return Same((), self.body.value(name))

    def elements(self, name: Name) -> list[str]:
        """The values of the elements of an array."""
        view = self.view(name)
        return [view.at(self.body, indices) for indices in np.ndindex(view.shape)]

    def bind(self, name: Name, parts: list[str]) -> None:
        """Gives an array of few elements its values."""
        self.set(name, Elements(shape_of_type(name.type), parts))

    def set(self, name: Name, view: View) -> None:
        """Gives an array its view, and a place one more user."""
        self.views[name] = view
        self.layout.enter(view.place)

    def borrow(self, name: Name, pointer: str) -> None:
        """An array that belongs to the caller."""
        shape = shape_of_type(name.type)
        view = Memory(shape, pointer, 0, rows(shape))
        self.set(name, view)
        if not is_large(name.type):
            self.bind(name, self.elements(name))

    def fresh(self, name: Name) -> str:
        """The address of new memory for an array, to be filled."""
        view = self.room(shape_of_type(name.type))
        self.set(name, view)
        return view.pointer

    def room(self, shape: Shape) -> Memory:
        """New memory, for whoever enters it."""
        place = self.layout.place(prod(shape))
        pointer = self.body.write(f"getelementptr inbounds i8, ptr %frame, i64 {place.offset}")
        return Memory(shape, pointer, 0, rows(shape), place)

    def pointer(self, name: Name) -> str:
        """The address of an array that lies in order."""
        return self.stored(self.view(name)).pointer

    def stored(self, view: View) -> Memory:
        """The array in memory and in order; where it is not, for this operation."""
        if isinstance(view, Memory) and view.is_in_order:
            return view
        size = prod(view.shape)
        if size <= FEW:
            pointer = self.body.slot(f"[{max(size, 1)} x double]")
            found = Memory(view.shape, pointer, 0, rows(view.shape))
        else:
            found = self.room(view.shape)
            assert found.where is not None
            self.layout.enter(found.where)
            self.scopes[-1].brief.append(found.where)
        self.write(view, found.pointer)
        return found

    def write(self, view: View, pointer: str) -> None:
        """Writes all elements of an array to memory, in order."""
        size = prod(view.shape)
        body = self.body
        if isinstance(view, Memory) and view.is_in_order:
            body.copy(view.pointer, pointer, size)
        elif size <= FEW:
            for i, indices in enumerate(np.ndindex(view.shape)):
                body.store(view.at(body, indices), pointer, i)
        else:
            with body.nest(view.shape) as indices:
                value = view.at(body, indices)
                body.store(value, pointer, body.place(0, rows(view.shape), indices))

    def fill(self, name: Name, pointer: str) -> None:
        """Writes an array where the caller wants it."""
        self.write(self.view(name), pointer)

    def settle(self, name: Name, view: View) -> None:
        """Gives a result its view: as values, in memory, or as it is where its users compute it."""
        if not isinstance(name.type, ArrayType):
            self.body.names[name] = view.at(self.body, ())
        elif not is_large(name.type):
            self.bind(name, [view.at(self.body, indices) for indices in np.ndindex(view.shape)])
        elif not isinstance(view, Computed) or name in self.scopes[-1].uses.chains:
            self.set(name, view)
        else:
            room = self.room(view.shape)
            self.write(view, room.pointer)
            self.set(name, room)

    # ── operations ───────────────────────────────────────────────────────────────────────────

    def op(self, op: Op) -> None:
        """An operation that is a primitive."""
        self.settle(op.results[0], array_ops.result(self, op))

    def select(self, op: Op) -> None:
        """One of two arrays, both of which are there."""
        condition = self.body.value(op.operands[0])
        yes, no = (self.view(o) for o in op.operands[1:])

        def element(indices: tuple[INDEX, ...]) -> str:
            a, b = (side.at(self.body, indices) for side in (yes, no))
            return self.body.write(f"select i1 {condition}, double {a}, double {b}")

        self.settle(op.results[0], Computed(yes.shape, element))

    def index(self, name: Name, size: int) -> INDEX:
        """An index as an integer. Code that would load beyond an array leaves the unit."""
        if isinstance(name.constant, float):
            known = int(name.constant)
            if 0 <= known < size:
                return known
            self.body.leave_if("true", LEFT)
            return 0
        body = self.body
        if is_within(name, size):
            return body.write(f"fptosi double {body.value(name)} to i64")
        for scope in reversed(self.scopes):
            if (name, size) in scope.tested:
                return scope.tested[name, size]
        x = body.value(name)
        low = body.write(f"fcmp oge double {x}, {number(0.0)}")
        high = body.write(f"fcmp olt double {x}, {number(float(size))}")
        body.leave_if(body.write(f"xor i1 {body.write(f'and i1 {low}, {high}')}, true"), LEFT)
        found = self.scopes[-1].tested[name, size] = body.write(f"fptosi double {x} to i64")
        return found

    def indices(self, names: list[Name], shape: Shape) -> tuple[INDEX, ...]:
        """Several indices."""
        return tuple([self.index(name, size) for name, size in zip(names, shape, strict=False)])

    def take(self, op: Op) -> None:
        """The element or part at indices."""
        array, *names = op.operands
        view = self.view(array)
        found = self.indices(names, view.shape)
        rest = view.shape[len(found) :]
        if isinstance(view, Elements) and not all(isinstance(i, int) for i in found):
            view = self.stored(view)
        if isinstance(view, Same):
            part: View = Same(rest, view.value)
        elif isinstance(view, Memory):
            base = self.body.place(view.base, view.strides[: len(found)], found)
            part = Memory(rest, view.pointer, base, view.strides[len(found) :], view.where)
        else:
            whole = view
            part = Computed(rest, lambda indices: whole.at(self.body, (*found, *indices)))
        self.settle(op.results[0], part)

    def put(self, op: Op) -> None:
        """The array with a part added at indices: in place where nobody needs the old one."""
        array, part, *names = op.operands
        body, whole, view = self.body, self.view(array), self.view(part)
        found = self.indices(names, whole.shape)
        if not is_large(array.type):
            return self.bind(op.results[0], self.added(whole, view, found))
        if not (isinstance(whole, Memory) and whole.is_in_order and self.may_take(array, whole)):
            room = self.room(whole.shape)
            self.write(whole, room.pointer)
            whole = room
        base = body.place(0, whole.strides[: len(found)], found)
        if prod(view.shape) <= FEW:
            for known in np.ndindex(view.shape):
                self.add(view, known, whole, base)
        else:
            with body.nest(view.shape) as indices:
                self.add(view, indices, whole, base)
        self.set(op.results[0], whole)

    def add(self, part: View, indices: tuple[INDEX, ...], whole: Memory, base: INDEX) -> None:
        """Adds an element of a part to an array whose part begins at a place."""
        body, count = self.body, len(indices)
        place = body.place(base, whole.strides[len(whole.strides) - count :], indices)
        total = body.write(f"fadd double {body.load(whole.pointer, place)}, {part.at(body, indices)}")
        body.store(total, whole.pointer, place)

    def added(self, whole: View, part: View, found: tuple[INDEX, ...]) -> list[str]:
        """The elements of a small array, those at indices with a part added."""
        body, parts = self.body, []
        at = body.place(0, rows(whole.shape)[: len(found)], found)
        size = prod(part.shape)
        for i, indices in enumerate(np.ndindex(whole.shape)):
            before = whole.at(body, indices)
            first, rest = i - i % max(size, 1), indices[len(found) :]
            if isinstance(at, int) and at != first:
                parts.append(before)
                continue
            after = body.write(f"fadd double {before}, {part.at(body, rest)}")
            if not isinstance(at, int):
                is_here = body.write(f"icmp eq i64 {at}, {first}")
                after = body.write(f"select i1 {is_here}, double {after}, double {before}")
            parts.append(after)
        return parts

    def may_take(self, name: Name, view: View) -> bool:
        """Whether what is made of an array may be written over it."""
        return self.scopes[-1].ends(name) and view.place is not None and view.place.takes()

    # ── choices and loops ────────────────────────────────────────────────────────────────────

    def handed_on(self, op: Op) -> frozenset[Name]:
        """The large arrays that the branches of a choice are the last to use."""
        inside = {name for region in op.regions for name in free_names(region)}
        return frozenset(
            n for n in inside if is_large(n.type) and self.scopes[-1].ends(n) and n in self.views
        )

    def kept(self, names: list[Name]) -> list[Memory | Same]:
        """The large arrays that a branch gives, which stay when it ends."""
        found: list[Memory | Same] = []
        for name in names:
            if is_large(name.type):
                view = self.view(name)
                if not (isinstance(view, Memory) and view.is_in_order):
                    room = self.room(view.shape)
                    self.write(view, room.pointer)
                    view = room
                if view.place is not None:
                    view.place.pins += 1
                found.append(view)
        return found

    def join(self, op: Op, held: list[list[Any]], blocks: list[str]) -> None:
        """The large arrays that a choice gives."""
        results = [r for r in op.results if is_large(r.type)]
        for result, yes, no in zip(results, *held, strict=True):
            places = [view.place for view in (yes, no)]
            for place in places:
                if place is not None:
                    place.pins -= 1
            if yes.pointer == no.pointer:
                self.set(result, yes)
                continue
            pairs = ", ".join(
                f"[ {view.pointer}, %{block} ]" for view, block in zip((yes, no), blocks, strict=True)
            )
            pointer = self.body.write(f"phi ptr {pairs}")
            under = tuple(place for place in places if place is not None)
            for place in under:
                place.users += 1
            is_own = len(under) == 2 and all(place.is_own for place in under)
            self.set(result, Memory(yes.shape, pointer, 0, rows(yes.shape), Place(-1, 0, is_own, under)))

    def start(self, op: Op) -> LoopState:
        """The large arrays of a loop's state, before its first turn."""
        return LoopState(self, op)
