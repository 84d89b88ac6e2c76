"""Opening the derivative of a function value: its bound tag is renamed in what it captured.

A derivative that is a function may be called inside other differentiations, or meet itself. So it
binds its tag, as a lambda binds a name, and every call renames the captured environment (never the
argument) to a fresh tag.

Source: O. Manzyuk, B. A. Pearlmutter, A. A. Radul, D. R. Rush, J. M. Siskind, "Perturbation confusion
in forward automatic differentiation of higher-order functions", J. Functional Programming 29 (2019);
binding instead of substitution in the result, and liveness, are this project's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import getrandbits
from typing import Any

from vlad_py.differentiation.tags import Live, fresh_tag, is_live
from vlad_py.ground.walk import Walk, run
from vlad_py.primitives.primitive import Adjoint
from vlad_py.values.structure import distinct_leaves, parts, with_parts
from vlad_py.values.values import Binder, Number, Pullback, Value

UNKNOWN = -1  # in place of tags that are not listed
MOST_FREE = 8  # tags of a binder that are listed


class Renaming:
    """One renaming with one memo: what is shared before it is shared after it.

    A number of tag `old` gets the tag `new`, or, where that is None, gives way to its primal. A
    number of another tag is kept if `keeps` says so or a binder around it binds its tag; otherwise
    its differentiation is over, and it gives way to its primal.
    """

    def __init__(self, old: int, new: int | None, keeps: Callable[[int], bool]) -> None:
        self.old = old
        self.new = new
        self.keeps = keeps
        self.memo: dict[tuple[int, object], tuple[Value, Value]] = {}  # holds the key's object too
        self.bound: dict[int, int] = {}  # the tags bound where the walk is, each as often as it is bound
        self.scope = 0  # which set of bound tags that is; sets as such would take n² memory for n binders
        self.marks: dict[int, int] = {}  # by tag: the bits that it changes in `scope`
        self.met: list[set[int]] = []  # by binder around the walk, outermost first: the tags of its numbers

    def __call__(self, value: Value) -> Value:
        """The value renamed; the same object where nothing changed."""
        return run(self._walk(value))

    def _walk(self, value: Value) -> Walk[Value]:
        if isinstance(value, Number) and value.tag:  # what has none belongs to no differentiation
            tag: int | None = value.tag
            if tag == self.old:
                tag = self.new
            elif not (value.tag in self.bound or self.keeps(value.tag)):
                tag = None if value.of_differentiation else tag
            elif value.serial < self.old:
                self.unknown()  # walking it would mean walking the whole tape in every turn of a loop
                return value
            if self.met:
                self.met[-1].add(value.tag)
            key: tuple[int, object] = (id(value), tag)
            work = self._number(value, tag)
        elif isinstance(value, (Binder, Pullback)):
            if value.free is not None and self.leaves(value.free):
                return value
            key, work = (id(value), self.scope), self._binder(value)
        elif type(value) is Adjoint:
            key, work = (id(value), self.scope), self._adjoint(value)
        elif (inner := parts(value)) is not None:
            key, work = (id(value), self.scope), self._structure(value, inner)
        else:
            return value
        if key not in self.memo:
            self.memo[key] = (value, (yield work))
        else:
            self.unknown()
        return self.memo[key][1]

    def _number(self, value: Number, tag: int | None) -> Walk[Value]:
        if tag is None:  # the rest of what it holds is not looked at
            self.unknown()
            return (yield self._walk(value.primal))
        before, held = value.held(), []
        for part in before:
            held.append((yield self._walk(part)))
        is_same = tag == value.tag and all(a is b for a, b in zip(held, before, strict=True))
        return value if is_same else value.rebuilt(tag, held)

    def _adjoint(self, value: Adjoint) -> Walk[Value]:
        saved: list[Any] = []
        for part in value.saved:
            saved.append((yield self._walk(part)))
        if all(a is b for a, b in zip(saved, value.saved, strict=True)):
            return value
        return Adjoint(value.function, *saved, **value.statics)

    def _structure(self, value: Value, inner: tuple[Value, ...]) -> Walk[Value]:
        new: list[Any] = []
        for part in inner:
            new.append((yield self._walk(part)))
        return with_parts(value, tuple(new))

    def _binder(self, value: Binder | Pullback) -> Walk[Value]:
        if value.tag == self.old:
            self.unknown()
            return value
        self.bind(value.tag, 1)
        self.met.append(set())
        body = value.function if isinstance(value, Binder) else value.output
        new = yield self._walk(body)
        input = yield self._walk(value.input)
        self.bind(value.tag, -1)
        free = self.met.pop() - {value.tag}
        if UNKNOWN in free or len(free) > MOST_FREE:
            free = {UNKNOWN}
        else:
            value.free = frozenset(free)  # so the next walk need not enter it, unless it changes one of them
        if self.met:
            self.met[-1] |= free
        if new is body and input is value.input:
            return value
        if isinstance(value, Binder):
            return Binder(value.extract, value.tag, new, input)
        return Pullback(value.tag, new, input)

    def unknown(self) -> None:
        """Notes that the walk skips something here that may have any tag."""
        if self.met:
            self.met[-1].add(UNKNOWN)

    def leaves(self, free: frozenset[int]) -> bool:
        """Whether nothing changes in a binder with these free tags."""
        if not all(tag != self.old and (tag in self.bound or self.keeps(tag)) for tag in free):
            return False
        if self.met:
            self.met[-1] |= free
        return True

    def bind(self, tag: int, change: int) -> None:
        """Enters or leaves a binder of a tag."""
        times = self.bound.get(tag, 0)
        if times + change:
            self.bound[tag] = times + change
        else:
            del self.bound[tag]
        if not times or not times + change:
            self.scope ^= self.marks.setdefault(tag, getrandbits(128))


def open_binder(binder: Binder, live: Live) -> tuple[int, Value, Value]:
    """A fresh tag, and the binder's function and input under it. `live`: tags still in progress."""
    tag = fresh_tag()
    renaming = Renaming(binder.tag, tag, lambda t: is_live(t, live))
    return tag, renaming(binder.function), renaming(binder.input)


def primal(tag: int, value: Value) -> Value:
    """The value without the perturbations of one tag, everywhere in it."""
    return Renaming(tag, None, lambda _: True)(value)


def constant(value: Value) -> Value:
    """The value without any perturbation, everywhere in it."""
    return Renaming(0, None, lambda _: False)(value)


def free_leaves(value: Value) -> Iterator[Value]:
    """The leaves of a structure, and in place of a derivative that is a function those of what it holds,
    without the tag that it binds; shared ones may come once only.
    """
    todo = [value]
    while todo:
        for leaf in distinct_leaves(todo.pop()):
            if isinstance(leaf, Binder):
                todo += (primal(leaf.tag, leaf.function), primal(leaf.tag, leaf.input))
            elif isinstance(leaf, Pullback):
                todo += (primal(leaf.tag, leaf.output), primal(leaf.tag, leaf.input))
            else:
                yield leaf
