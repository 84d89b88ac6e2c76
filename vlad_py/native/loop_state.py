"""The state of a loop that is large arrays: memory that all turns share, and when it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlad_py.native.ir import Name, Op, free_names
from vlad_py.native.storage import is_large
from vlad_py.native.views import Memory, View

if TYPE_CHECKING:
    from vlad_py.native.emit_arrays import Arrays


class LoopState:
    """The large arrays of a loop's state: each has memory that all turns share; what stays is left alone."""

    def __init__(self, arrays: Arrays, op: Op) -> None:
        self.arrays = arrays
        self.op = op
        (self.region,) = op.regions
        self.inside = set(free_names(self.region))
        self.homes: dict[int, Memory] = {}
        self.fixed: dict[int, View] = {}
        for i, parameter in enumerate(self.region.parameters):
            if not is_large(parameter.type):
                continue
            view = arrays.view(op.operands[i])
            if self.region.results[i + 1] is parameter:
                self.fixed[i] = view
                arrays.set(parameter, view)
                continue
            home = self.homes[i] = self.home(op.operands[i], view)
            assert home.where is not None
            home.where.pins += 1
            arrays.set(parameter, home)

    def home(self, init: Name, view: View) -> Memory:
        """Memory that holds what a state begins with."""
        arrays = self.arrays
        is_alone = self.op.operands.count(init) == 1 and init not in self.inside
        if isinstance(view, Memory) and view.is_in_order and is_alone and arrays.may_take(init, view):
            assert view.where is not None
            if not view.where.under:
                arrays.scopes[-1].released.add(init)
                view.where.users -= 1
                return view
        room = arrays.room(view.shape)
        arrays.write(view, room.pointer)
        return room

    def turn(self) -> None:
        """Puts the new state where the next turn finds it."""
        arrays = self.arrays
        news: dict[int, View] = {}
        for i, home in self.homes.items():
            new = arrays.view(self.region.results[i + 1])
            if isinstance(new, Memory) and new.pointer == home.pointer and new.is_in_order:
                continue
            news[i] = new if self.is_free(self.region.results[i + 1], new, home) else self.apart(new)
        for i, new in news.items():
            arrays.write(new, self.homes[i].pointer)

    def is_free(self, name: Name, new: View, home: Memory) -> bool:
        """Whether the new state may be written over the old one, element by element: it reads no state except
        the element that it replaces.
        """
        ours = {each.where for each in self.homes.values()}
        chain = self.arrays.scopes[-1].uses.chains.get(name)
        for view in [new] if chain is None else map(self.arrays.view, chain.read):
            if view.place is None or ours.isdisjoint({view.place, *view.place.under}):
                continue
            is_old = isinstance(view, Memory) and view.pointer == home.pointer and view.is_in_order
            if chain is None or chain.moves or not is_old or view.shape != home.shape:
                return False
        return True

    def apart(self, view: View) -> Memory:
        """A copy, so that writing the new state does not change it."""
        room = self.arrays.room(view.shape)
        assert room.where is not None
        self.arrays.layout.enter(room.where)
        self.arrays.scopes[-1].brief.append(room.where)
        self.arrays.write(view, room.pointer)
        return room

    def finish(self) -> None:
        """The state after the last turn."""
        for i, view in self.fixed.items():
            self.arrays.set(self.op.results[i], view)
        for i, home in self.homes.items():
            assert home.where is not None
            home.where.pins -= 1
            self.arrays.set(self.op.results[i], home)
