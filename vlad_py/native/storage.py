"""Where large arrays lie: places in the frame of a function, who lives in them, and until when.

All shapes are known, so a function's frame is laid out when it is compiled. A place is free again when the
last array in it was used for the last time. An array that is used for the last time gives its place to what
is made from it (`put`, the state of a loop): so a loop that fills an array, or adds to it, writes in place.
"""

from __future__ import annotations

from vlad_py.native.ir import Region
from vlad_py.native.types import ArrayType, Type

FEW = 16  # elements of an array that is not in memory: each is a value of its own
ALIGNED = 64  # bytes


def is_large(type: Type) -> bool:
    """Whether numbers of a type are arrays in memory."""
    return isinstance(type, ArrayType) and type.size > FEW


def needs_memory(region: Region) -> bool:
    """Whether large arrays are bound in a region, or inside it."""
    names = [*region.parameters, *(r for op in region.ops for r in op.results)]
    if any(is_large(name.type) for name in names):
        return True
    return any(needs_memory(inner) for op in region.ops for inner in op.regions) or any(
        is_large(name.type) for op in region.ops for name in op.operands
    )


class Place:
    """Memory that arrays live in: how many names do, and whether it may be written to.

    `pins` are the loops that need it for their state. A place that is one of several others, known when the
    code runs, is `under` them.
    """

    __slots__ = ("is_own", "offset", "pins", "size", "under", "users")

    def __init__(self, offset: int, size: int, is_own: bool, under: tuple[Place, ...] = ()) -> None:
        self.offset = offset
        self.size = size
        self.is_own = is_own
        self.under = under
        self.users = 0
        self.pins = 0

    def takes(self) -> bool:
        """Whether the only name that lives in it may be written over."""
        return self.is_own and self.users == 1 and all(each.takes() for each in self.under)


class FrameLayout:
    """The layout of a function's frame: its places, and which of them are free."""

    def __init__(self) -> None:
        self.size = 0
        self.free: dict[int, list[int]] = {}

    def place(self, size: int) -> Place:
        """Memory for so many reals."""
        bytes_ = -(-8 * size // ALIGNED) * ALIGNED
        free = self.free.get(bytes_)
        if free:
            return Place(free.pop(), bytes_, True)
        self.size += bytes_
        return Place(self.size - bytes_, bytes_, True)

    def enter(self, place: Place | None) -> None:
        """One more name lives in a place."""
        if place is not None:
            place.users += 1

    def leave(self, place: Place | None) -> None:
        """One name less."""
        if place is None:
            return
        place.users -= 1
        self.clear(place)

    def clear(self, place: Place) -> None:
        """Frees a place in which nobody lives any more."""
        if place.users or place.pins:
            return
        if place.under:
            for each in place.under:
                self.leave(each)
        elif place.is_own:
            self.free.setdefault(place.size, []).append(place.offset)
