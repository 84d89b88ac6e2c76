"""The discipline of tapes: every `restore` takes off what the `save` that belongs to it has put there.

When the code runs, only the beginning of a tape is tested: code that breaks the discipline reads what belongs
to another frame. So it is checked for every unit. What a region does to a tape is a sequence of saves,
restores, choices, loops and calls. A save and the restore of the same frame after it cancel each other, and
so do a choice and its mirror image, a loop and a loop that does the opposite, and the two halves of a
function. A unit may leave frames on a tape if no sweep follows; it must not take off more frames than there
are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from vlad_py.native.ir import Frame, Function, Op, Region, Tape, Unit, functions_of


@dataclass(frozen=True, slots=True)
class Moved:
    """A frame that is saved or restored."""

    frame: Frame
    is_saved: bool


@dataclass(frozen=True, slots=True)
class Within:
    """The effects of the regions of a choice or a loop."""

    kind: str
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True)
class Called:
    """The effect of a function."""

    function: Function


Effect: TypeAlias = "tuple[Moved | Within | Called, ...]"


def untidy(unit: Unit) -> Frame | None:
    """A frame that a unit may take off a tape where it is not; None where there is none."""
    functions = functions_of(unit.region)
    regions = [unit.region, *(f.region for f in functions)]
    for tape in dict.fromkeys(op.what.tape for region in regions for op in _moves(region)):
        stack = _Stack(tape, functions)
        moves = stack.moves(stack.effect(unit.region))
        found = next((move.frame for move in moves if not move.is_saved), None)
        if found is not None:
            return found
    return None


def _moves(region: Region) -> Iterator[Op]:
    todo = [region]
    while todo:
        for op in todo.pop().ops:
            if op.kind in ("save", "restore"):
                yield op
            todo += op.regions


@dataclass(slots=True, eq=False)
class _Stack:
    """The effects of regions on one tape."""

    tape: Tape
    functions: list[Function]
    users: set[Function] = field(default_factory=set)  # functions that touch it
    effects: dict[Function, Effect | None] = field(default_factory=dict)  # None: being found

    def __post_init__(self) -> None:
        touching = {f for f in self.functions if any(op.what.tape is self.tape for op in _moves(f.region))}
        while touching:
            self.users |= touching
            callers = {f for f in self.functions if not touching.isdisjoint(_called(f.region))}
            touching = callers - self.users
        while quiet := {f for f in self.users if not any(self.moves((Called(f),)))}:
            self.users -= quiet  # leave the tape as they find it: what is around them may cancel
            self.effects.clear()

    def moves(self, effect: Effect) -> Iterator[Moved]:
        """All that is saved and restored, by functions too."""
        todo = list(effect)
        seen: set[Function] = set()
        while todo:
            item = todo.pop()
            if isinstance(item, Moved):
                yield item
            elif isinstance(item, Within):
                todo += [each for inner in item.effects for each in inner]
            elif item.function not in seen:
                seen.add(item.function)
                todo += self.of(item.function) or ()

    def effect(self, region: Region) -> Effect:
        """The effect of a region: the saves and restores that do not cancel."""
        found: list[Moved | Within | Called] = []
        for op in region.ops:
            item = self.item(op)
            if item is None:
                continue
            if found and self.are_opposite(found[-1], item, set()):
                found.pop()
            else:
                found.append(item)
        return tuple(found)

    def item(self, op: Op) -> Moved | Within | Called | None:
        """The effect of an operation; None if it has none."""
        if op.kind in ("save", "restore"):
            return Moved(op.what, op.kind == "save") if op.what.tape is self.tape else None
        if op.kind == "call":
            return Called(op.what) if op.what in self.users else None
        effects = tuple(map(self.effect, op.regions))
        return Within(op.kind, effects) if any(effects) else None

    def are_opposite(
        self, a: Moved | Within | Called, b: Moved | Within | Called, assumed: set[tuple[Function, Function]]
    ) -> bool:
        """Whether the second takes off what the first has put there. Pairs of functions that were met are
        `assumed` to be mirror images: where one is not, the whole answer is no, so each is looked at once.
        """
        if isinstance(a, Moved) and isinstance(b, Moved):
            return a.frame is b.frame and a.is_saved and not b.is_saved
        if isinstance(a, Within) and isinstance(b, Within):
            return a.kind == b.kind and all(
                self.cancel(x, y, assumed) for x, y in zip(a.effects, b.effects, strict=True)
            )
        if isinstance(a, Called) and isinstance(b, Called):
            pair = a.function, b.function
            first, then = map(self.of, pair)
            if first is None or then is None:
                return False  # a call inside itself
            if pair in assumed:
                return True
            assumed.add(pair)
            return self.cancel(first, then, assumed)
        return False

    def cancel(self, first: Effect, then: Effect, assumed: set[tuple[Function, Function]]) -> bool:
        """Whether the second of two sequences is the mirror image of the first."""
        if len(first) != len(then):
            return False
        return all(self.are_opposite(a, b, assumed) for a, b in zip(first, reversed(then), strict=True))

    def of(self, function: Function) -> Effect | None:
        """The effect of a function; None while it is being computed."""
        if function not in self.effects:
            self.effects[function] = None
            self.effects[function] = self.effect(function.region)
        return self.effects[function]


def _called(region: Region) -> set[Function]:
    found: set[Function] = set()
    todo = [region]
    while todo:
        for op in todo.pop().ops:
            if op.kind == "call":
                found.add(op.what)
            todo += op.regions
    return found
