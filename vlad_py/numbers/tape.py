"""Nodes of the Wengert list: reverse mode.

A node knows the nodes that it was computed from, with the partial derivative by each. There is no
list of nodes to keep: what the result does not reach is freed by the host as soon as the program
drops it. The sweep takes the nodes by falling creation index, so it needs no recursion and holds
only the frontier between what is done and what is not.

Source: R. E. Wengert, "A simple automatic derivative evaluation program", CACM 7 (1964), for the
list; B. Speelpenning's thesis (1980) for reverse accumulation on it.
"""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count
from typing import Any

from vlad_py.numbers.chain import times
from vlad_py.primitive import Primitive
from vlad_py.primitives.arithmetic import add
from vlad_py.values import Number, Value

next_index = count(1).__next__


class Node(Number):
    """A real on the tape of the differentiation `tag`.

    `links` is flat: node, partial, node, partial … A later node has a larger `index`.
    """

    __slots__ = ("index", "links")

    def __init__(self, tag: int, primal: Value, links: tuple[Value, ...]) -> None:
        self.tag = tag
        self.primal = primal
        self.links = links
        self.index = next_index()

    def lift1(self, primitive: Primitive) -> Node:
        """A primitive of one argument."""
        x = self.primal
        y = primitive.apply(x)
        partial = primitive.partials[0]  # type: ignore[index]
        return Node(
            self.tag,
            y,
            (self, partial if type(partial) is float else partial(y, x)),  # type: ignore[operator]
        )

    def lift2(self, primitive: Primitive, a: Value, b: Value) -> Node:
        """A primitive of two arguments, at least one of them of this tag and none of a higher."""
        tag = self.tag
        na = nb = None
        if type(a) is Node and a.tag == tag:
            na = a
            a = a.primal
        if type(b) is Node and b.tag == tag:
            nb = b
            b = b.primal
        y = primitive.apply(a, b)
        pa, pb = primitive.partials  # type: ignore[misc]
        links: tuple[Value, ...]
        if na is None:
            links = (nb, pb if type(pb) is float else pb(y, a, b))  # type: ignore[operator]
        elif nb is None:
            links = (na, pa if type(pa) is float else pa(y, a, b))  # type: ignore[operator]
        else:
            links = (
                na, pa if type(pa) is float else pa(y, a, b),  # type: ignore[operator]
                nb, pb if type(pb) is float else pb(y, a, b),  # type: ignore[operator]
            )  # fmt: skip
        return Node(tag, y, links)

    def liftn(self, primitive: Primitive, xs: tuple[Value, ...]) -> Node:
        """A reduction of many reals, at least one of them of this tag and none of a higher."""
        tag = self.tag
        primals = tuple(x.primal if type(x) is Node and x.tag == tag else x for x in xs)
        y = primitive.apply(primals)
        partials: tuple[Value, ...] = primitive.partials[0](y, primals)  # type: ignore[index, operator, assignment]
        links: list[Value] = []
        for x, partial in zip(xs, partials, strict=True):
            if type(x) is Node and x.tag == tag:
                links += (x, partial)
        return Node(tag, y, tuple(links))


def sweep(tag: int, seeds: list[tuple[Node, Value]]) -> dict[Node, Value]:
    """Cotangents of the inputs that the seeded nodes of this tag reach.

    `seeds` pairs nodes with the cotangents to start from. The result maps every reached node
    without links (an input) to its cotangent, which may carry other tags.
    """
    pending: dict[Node, Value] = {}
    heap: list[tuple[int, Node]] = []
    inputs: dict[Node, Value] = {}
    for node, cotangent in seeds:
        if node in pending:
            pending[node] = add(pending[node], cotangent)
        else:
            pending[node] = cotangent
            heappush(heap, (-node.index, node))
    while heap:
        node = heappop(heap)[1]
        cotangent = pending.pop(node)
        links = node.links
        # along a chain nothing else is pending, and there is nothing to keep in order
        while len(links) == 2 and not heap and not inputs:
            node, partial = links  # type: ignore[assignment]
            if type(partial) is float and type(cotangent) is float:
                cotangent = partial * cotangent
            else:
                cotangent = times(partial, cotangent)
            links = node.links
        if not links:  # an input that was seeded itself, or the end of a chain
            inputs[node] = add(inputs[node], cotangent) if node in inputs else cotangent
            continue
        for i in range(0, len(links), 2):
            parent: Any = links[i]
            partial = links[i + 1]
            if type(partial) is float and type(cotangent) is float:
                term: Value = partial * cotangent
            else:
                term = times(partial, cotangent)
            if not parent.links:
                before = inputs.get(parent)
                inputs[parent] = term if before is None else add(before, term)
                continue
            before = pending.get(parent)
            if before is None:
                pending[parent] = term
                heappush(heap, (-parent.index, parent))
            elif type(before) is float and type(term) is float:
                pending[parent] = before + term
            else:
                pending[parent] = add(before, term)
    return inputs
