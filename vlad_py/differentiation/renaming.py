"""Opening the derivative of a function value: its bound tag is renamed in what it captured.

A derivative that is a function may be called inside other differentiations, or meet itself. So it
binds its tag, as a lambda binds a name, and every call renames the captured environment (never the
argument) to a fresh tag.

Source: O. Manzyuk, B. A. Pearlmutter, A. A. Radul, D. R. Rush, J. M. Siskind, "Perturbation confusion
in forward automatic differentiation of higher-order functions", J. Functional Programming 29 (2019);
binding instead of substitution in the result, and liveness, are this project's.
"""

from __future__ import annotations

from collections.abc import Callable
from random import getrandbits
from typing import Any

from vlad_py.differentiation.tags import Live, fresh_tag, is_live
from vlad_py.ground.walk import Walk, run
from vlad_py.numbers.forward.batch import Batch
from vlad_py.numbers.forward.dual import Dual
from vlad_py.numbers.observed.direction import Direction
from vlad_py.numbers.observed.witness import Witness
from vlad_py.numbers.reverse.tape import ArrayNode, Node
from vlad_py.numbers.taylor.taylor import Taylor
from vlad_py.primitives.primitive import Adjoint
from vlad_py.values.structure import parts, with_parts
from vlad_py.values.values import Binder, Number, Pullback, Value


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

    def __call__(self, value: Value) -> Value:
        """The value renamed; the same object where nothing changed."""
        return run(self._walk(value))

    def _walk(self, value: Value) -> Walk[Value]:
        if type(value) is Witness and value.tag != self.old:
            return value  # it belongs to no differentiation that could be over
        if isinstance(value, Number) and value.tag:  # nor does what has no tag
            tag: int | None = value.tag
            if tag == self.old:
                tag = self.new
            elif not (value.tag in self.bound or self.keeps(value.tag)):
                tag = None
            key: tuple[int, object] = (id(value), tag)
            work = self._number(value, tag)
        elif isinstance(value, (Binder, Pullback)):
            key, work = (id(value), self.scope), self._binder(value)
        elif type(value) is Adjoint:
            key, work = (id(value), self.scope), self._adjoint(value)
        elif (inner := parts(value)) is not None:
            key, work = (id(value), self.scope), self._structure(value, inner)
        else:
            return value
        if key not in self.memo:
            self.memo[key] = (value, (yield work))
        return self.memo[key][1]

    def _number(self, value: Number, tag: int | None) -> Walk[Value]:
        primal = yield self._walk(value.primal)
        if tag is None:
            return primal
        if isinstance(value, Dual):
            tangent = yield self._walk(value.tangent)
            if tag == value.tag and primal is value.primal and tangent is value.tangent:
                return value
            return Dual(tag, primal, tangent)
        if isinstance(value, Taylor):
            coefficients: list[Any] = []
            for part in value.coefficients:
                coefficients.append((yield self._walk(part)))
            same = all(a is b for a, b in zip(coefficients, value.coefficients, strict=True))
            return value if tag == value.tag and same else Taylor(tag, coefficients, value.order, value.there)
        if type(value) is Direction:
            return value if tag == value.tag and primal is value.primal else Direction(tag, primal)
        if isinstance(value, Batch):
            items = yield self._walk(value.items)
            return value if tag == value.tag and items is value.items else Batch(tag, items, value.there)
        assert isinstance(value, Node)
        links = []
        for link in value.links:
            links.append((yield self._walk(link)))
        same = all(a is b for a, b in zip(links, value.links, strict=True))
        if isinstance(value, ArrayNode):
            entry = yield self._walk(value.entry)
            if entry is value.entry and primal is value.primal:
                return value
            return ArrayNode.of_entry(primal, entry)
        if tag == value.tag and primal is value.primal and same:
            return value
        return Node(tag, primal, tuple(links))

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
            return value
        self.bind(value.tag, 1)
        body = value.function if isinstance(value, Binder) else value.output
        new = yield self._walk(body)
        input = yield self._walk(value.input)
        self.bind(value.tag, -1)
        if new is body and input is value.input:
            return value
        if isinstance(value, Binder):
            return Binder(value.extract, value.tag, new, input)
        return Pullback(value.tag, new, input)

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
