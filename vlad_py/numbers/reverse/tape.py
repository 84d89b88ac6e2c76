"""Nodes of the Wengert list: reverse mode.

A node knows the nodes that it was computed from, with the partial derivative with respect to each. There is
no list of nodes to keep: Python frees whatever the result does not reach as soon as the program drops it.
The sweep takes the nodes by falling creation index, so it needs no recursion and holds
only the frontier between what is done and what is not.

Source: R. E. Wengert, "A simple automatic derivative evaluation program", CACM 7 (1964), for the
list; B. Speelpenning's thesis (1980) for reverse accumulation on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from typing import Any

from vlad_py.ground.asking import take
from vlad_py.ground.budget import asked
from vlad_py.ground.late_numpy import np
from vlad_py.numbers.chain import partials, times
from vlad_py.numbers.nan_inside import is_nan
from vlad_py.numbers.reverse.cotangents import Sum
from vlad_py.numbers.reverse.joint import Joint, unfolded
from vlad_py.numbers.reverse.reach import sweep_again
from vlad_py.numbers.reverse.terms import term
from vlad_py.numbers.roles import ADJOINT, PARTIAL, computes, is_heard, within
from vlad_py.primitives.arithmetic import add
from vlad_py.primitives.choice import Share
from vlad_py.primitives.kinds import Elementwise, General
from vlad_py.primitives.primitive import Adjoint, Primitive
from vlad_py.primitives.shapes import data_of, element, scattered
from vlad_py.values.serial import next_serial
from vlad_py.values.values import Array, Number, Statics, Value, is_array, shape_of

next_index = next_serial


@computes(PARTIAL)
class Node(Number):
    """A real on the tape of the differentiation `tag`.

    `links` is flat: node, partial, node, partial … A later node has a larger `index`. A partial is a
    number (of arrays: one for each element of the result), an `Adjoint`, Python's integer i where
    this is the i-th element of the node, or, of all links alike, the `Joint` adjoint of a run.
    """

    __slots__ = ("index", "links")
    index: float  # whole, but for nodes between two others (see execution/specialised/array_runs.py)

    def __init__(self, tag: int, primal: Value, links: tuple[Value, ...]) -> None:
        self.tag = tag
        self.primal = primal
        self.links = links
        self.index = next_index()

    @property
    def serial(self) -> float:  # type: ignore[override]
        """The index, a fraction for a node inserted between two others."""
        return self.index

    def held(self) -> tuple[Value, ...]:
        """The primal and the links."""
        return self.primal, *self.links

    def rebuilt(self, tag: int, held: Sequence[Value]) -> Node:
        """A new node of a tape, with these links."""
        primal, *links = held
        return Node(tag, primal, tuple(links))

    def lift1(self, primitive: Elementwise) -> Value:
        """A primitive of one argument."""
        x = self.primal
        y = primitive.apply(x)
        partial: Any = primitive.partials[0]
        slope = partial if type(partial) is float else partial(y, x)
        if primitive.drops:  # it may not take its argument
            if slope is None:
                return y
            if type(slope) is Share:
                slope = slope.back(x)
        return node(self.tag, y, (link_of(self), slope))

    def lift2(self, primitive: Elementwise, a: Value, b: Value) -> Node:
        """A primitive of two arguments, at least one of them of this tag and none of a higher."""
        tag = self.tag
        na = nb = None
        if isinstance(a, Node) and a.tag == tag:
            na = link_of(a)
            a = a.primal
        if isinstance(b, Node) and b.tag == tag:
            nb = link_of(b)
            b = b.primal
        y = primitive.apply(a, b)
        pa: Any
        pb: Any
        pa, pb = primitive.partials
        links: tuple[Value, ...]
        if na is None:
            links = (nb, pb if type(pb) is float else pb(y, a, b))
        elif nb is None:
            links = (na, pa if type(pa) is float else pa(y, a, b))
        else:
            links = (
                na, pa if type(pa) is float else pa(y, a, b),
                nb, pb if type(pb) is float else pb(y, a, b),
            )  # fmt: skip
        return node(tag, y, links)

    def applied(self, primitive: Primitive, numbers: tuple[Value, ...], statics: Statics) -> Value:
        """A primitive at numbers, at least one of them of this tag and none of a higher."""
        tag = self.tag
        if len(numbers) == 1 and isinstance(primitive, General):  # the usual case, in a short way
            x = self.primal
            y = primitive.apply(x, **statics)
            return node(tag, y, (link_of(self), primitive.rules[0].pull(y, x, **statics)))
        primals = list(numbers)
        active: list[int] = []
        for i, x in enumerate(numbers):
            if isinstance(x, Node) and x.tag == tag:
                active.append(i)
                primals[i] = x.primal
        y = primitive.at(primals, statics)
        links: list[Value] = []
        for i, partial in zip(active, partials(primitive, active, y, primals, statics), strict=True):
            if partial is not None:
                number: Any = numbers[i]
                links.append(link_of(number))
                links.append(partial)
        return node(tag, y, tuple(links)) if links else y


class ArrayNode(Node):
    """An array on the tape: what programs compute with.

    Links refer to its `entry`, a node whose primal is the shape only: so the tape keeps what a sweep
    needs, and the array itself is freed with the program's last use of it.
    """

    __slots__ = ("entry",)

    def __init__(self, tag: int, primal: Value, links: tuple[Value, ...]) -> None:
        self.tag = tag
        self.primal = primal
        self.links = ()
        self.entry = Node(tag, shape_of(primal), links)
        self.index = self.entry.index

    def element(self, i: int) -> Node:
        """The i-th element of the array."""
        primal = element(self.primal, i)
        return (Node if type(primal) is float else node)(self.tag, primal, (self.entry, i))

    def held(self) -> tuple[Value, ...]:
        """The primal and the entry."""
        return self.primal, self.entry

    def rebuilt(self, tag: int, held: Sequence[Value]) -> ArrayNode:
        """An array at another entry, which has the tag. Its own index is new: its primal may have newer tags
        than the entry.
        """
        primal, entry = held
        assert isinstance(entry, Node)
        number = object.__new__(ArrayNode)
        number.tag, number.primal, number.links = entry.tag, primal, ()
        number.entry, number.index = entry, next_index()
        return number


def node(tag: int, primal: Value, links: tuple[Value, ...]) -> Node:
    """A real or an array on the tape."""
    if is_array(primal):
        return ArrayNode(tag, primal, links)
    return Node(tag, primal, links)


def link_of(number: Node) -> Node:
    """What links refer to in place of a number: the entry of an array, a real itself."""
    return number.entry if type(number) is ArrayNode else number


def _have_one_shape(a: Value, b: Value) -> bool:
    return type(a) is Array and type(b) is Array and a.data.shape == b.data.shape


def sweep(tag: int, seeds: list[tuple[Node, Value]]) -> dict[Node, Value]:
    """Cotangents of the inputs that the seeded nodes of this tag reach.

    `seeds` pairs nodes with the cotangents to start from. The result maps every reached node without
    links (an input; see `link_of`) to its cotangent, which may carry other tags.
    """
    if not is_heard():
        return _swept(seeds)
    with within(tag, ADJOINT):
        return _swept(seeds)


def _straight(current: Node, cotangent: Value) -> dict[Node, Value] | None:
    """What a sweep from one real gives that is a chain of reals up to a node of inputs only, as straight runs
    make them; None elsewhere, and where there is a nan.
    """
    links: Any = current.links
    while len(links) == 2 and type(links[1]) is float and type(cotangent) is float and links[0].links:
        cotangent = links[1] * cotangent
        links = links[0].links
    found: dict[Node, Value] = {}
    one_by_one = iter(links)
    for parent, partial in zip(one_by_one, one_by_one):
        if parent.links or type(parent.primal) is tuple:
            return None
        if type(partial) is float and type(cotangent) is float:
            part: Value = partial * cotangent
        elif type(partial) is float or isinstance(partial, Number):
            part = times(partial, cotangent)
        else:  # not a partial derivative
            return None
        if parent in found:
            part = add(found[parent], part)
        if part != part if type(part) is float else is_nan(part):
            return None
        found[parent] = part
    return found or None


def _counted_pop(heap: list[float]) -> float:
    """The next node of a sweep, counted: a Jacobian by rows sweeps once for each element of the result."""
    take(1, "a sweep back takes a step for each operation")
    return heappop(heap)


def _swept(seeds: list[tuple[Node, Value]]) -> dict[Node, Value]:
    """What a link passes on is a `term` (see terms.py). For plain reals, and for what is summed in place, it
    is computed here, in a short way.
    """
    if len(seeds) == 1 and type(seeds[0][1]) is not Array:
        short = _straight(*seeds[0])
        if short is not None:
            return short
    pending: dict[Node, Value] = {}
    heap: list[float] = []  # the indices of what is pending, negated, so that the last node comes first
    # the nodes by these: each has its own, unfolded ones too (sketch.py). Bare numbers compare faster.
    waiting: dict[float, Node] = {}
    inputs: dict[Node, Value] = {}
    parent: Any
    partial: Any
    given: Any  # the cotangent of the elements that a link passes on
    index: Any  # and where they stand
    for seeded, cotangent in seeds:
        start = link_of(seeded)
        if start in pending:
            pending[start] = add(pending[start], cotangent)
        else:
            pending[start] = cotangent
            heappush(heap, -start.index)
            waiting[-start.index] = start
    pop = _counted_pop if asked else heappop
    while heap:
        current = waiting.pop(pop(heap))
        cotangent = pending.pop(current)
        links = current.links
        # along a chain of reals nothing else is pending, and there is nothing to keep in order
        while not heap and len(links) == 2 and not inputs and type(current.primal) is not tuple:
            parent, partial = links
            if type(partial) is float and type(cotangent) is float:
                cotangent = partial * cotangent
            elif type(partial) is Adjoint or type(partial) is int or type(partial) is Joint:
                break
            else:
                cotangent = times(partial, cotangent)
            current = parent
            links = current.links
        if type(cotangent) is Sum:
            cotangent = cotangent.total()
        if not links:  # an input that was seeded itself, or the end of a chain
            before = inputs.get(current)
            if type(before) is Sum:
                before.add(cotangent)
            else:
                inputs[current] = cotangent if before is None else add(before, cotangent)
            continue
        joined: Iterator[Value] = iter(())
        joint = links[1]
        if type(joint) is Joint:
            is_plain = type(cotangent) is float or type(cotangent) is Array
            if is_plain or joint.code.takes(cotangent, joint.saved):
                joined = iter(joint.code.pull(cotangent, *joint.saved))
            else:
                links = unfolded(current)
        one_by_one = iter(links)
        for parent, partial in zip(one_by_one, one_by_one):
            above = parent.links
            part: Value = None  # the cotangent that the link passes on; None if it is of some elements only
            if type(partial) is float and type(cotangent) is float:
                part = partial * cotangent
                if above and type(above[1]) is int and len(above) == 2:
                    # an element: straight on to its array
                    given, part = part, None
                    parent, index = above
                    above = parent.links
            elif type(partial) is Joint:
                part = next(joined)
            elif type(partial) is int:
                given, index = cotangent, partial
            elif type(partial) is Adjoint:
                if partial.function is scattered:
                    given, index = cotangent, partial.statics["index"]
                else:
                    part = partial(cotangent)
            elif type(current.primal) is not tuple:
                part = times(partial, cotangent)
            elif type(parent.primal) is float and _have_one_shape(partial, cotangent):
                part = float(np.vdot(data_of(partial), data_of(cotangent)))  # product and sum
            elif _have_one_shape(partial, cotangent) and parent.primal == data_of(partial).shape:
                part = times(partial, cotangent)
            else:
                part = term(parent, partial, cotangent)
            found = pending if above else inputs
            before = found.get(parent)
            if before is None and above:
                place = -parent.index
                waiting[place] = parent
                heappush(heap, place)
            if part is None:
                if type(before) is not Sum:
                    before = found[parent] = Sum(parent.primal, before)
                before.add_part(given, index)
            elif before is None:
                found[parent] = part
            elif type(before) is float and type(part) is float:
                found[parent] = before + part
            elif type(part) is Array or type(before) is Sum:
                if type(before) is not Sum:
                    before = found[parent] = Sum(parent.primal, before)
                before.add(part)
            else:
                found[parent] = add(before, part)
    for input, cotangent in inputs.items():
        if type(cotangent) is Sum:
            cotangent = inputs[input] = cotangent.total()
        # as `is_nan`, without a call for each float
        if cotangent != cotangent if type(cotangent) is float else is_nan(cotangent):
            return sweep_again([(link_of(seeded), cotangent) for seeded, cotangent in seeds])
    return inputs
