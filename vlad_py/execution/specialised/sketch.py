"""A run's own nodes, out of which its tape entry is made again where the joint adjoint will not do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from vlad_py.execution.specialised.shaped import Shape, Shaped, ShapedTrace
from vlad_py.ground.node import state
from vlad_py.numbers.each.each import Each
from vlad_py.numbers.reverse.tape import Node, link_of
from vlad_py.primitives.primitive import Adjoint
from vlad_py.values.values import Array, Value

BATCH_TAG = "batch"  # what holds the tag of the batch, as the first of what is saved

_Saved: TypeAlias = tuple[Any, ...]
_Maker: TypeAlias = Callable[[_Saved], Value]


@state
class RunCode:
    """What the entries of one run on one kind share.

    `sketch` has the run's own nodes, in order: the shape of each, and its links, which name a parent by its
    place after the nodes; what they hold is made of what was saved.
    """

    pull: Callable[..., tuple[Value, ...]]
    sketch: list[tuple[Shape, list[tuple[int, _Maker]]]]
    of_items: bool = False  # whether the result is that of a batch

    def takes(self, cotangent: Value, saved: _Saved) -> bool:
        """Whether the pullback goes on with a number: one with a cotangent for each item of its batch."""
        if not self.of_items or type(cotangent) is not Each:
            return False
        return cotangent.tag == saved[0] and type(cotangent.items) is Array

    def unfold(self, entry: Any, saved: _Saved) -> tuple[Value, ...]:
        """The links of an entry with the run's own nodes."""
        known: list[Node] = list(entry.links[::2])
        links: tuple[Value, ...] = ()
        for i, (shape, found) in enumerate(self.sketch, 1):
            links = tuple([x for place, maker in found for x in (known[place], maker(saved))])
            inner = Node(entry.tag, shape or 0.0, links)
            inner.index = entry.index - 1.0 + i / (len(self.sketch) + 1.0)  # after the parents, before it
            known.append(inner)
        return links


def sketch_of(trace: ShapedTrace, value: Node, parents: tuple[Node, ...], kept: dict[str, int]) -> Any:
    """The run's own nodes below a result, and in `kept` the names of what their links hold, numbered."""
    found: dict[Node, None] = {}
    todo: list[Any] = [link_of(value)]
    while todo:
        entry = todo.pop()
        if entry not in found and entry not in parents:
            found[entry] = None
            todo += entry.links[::2]
    ordered = sorted(found, key=lambda entry: entry.index)
    places: dict[Any, int] = {entry: i for i, entry in enumerate((*parents, *ordered))}
    sketch = []
    for entry in ordered:
        pairs = zip(entry.links[::2], entry.links[1::2], strict=True)
        links = [(places[above], _maker(trace, partial, kept)) for above, partial in pairs]
        sketch.append((entry.primal if type(entry.primal) is tuple else (), links))
    return sketch


def _maker(trace: ShapedTrace, value: Any, kept: dict[str, int]) -> _Maker:
    """What makes a part of a link of what was saved."""
    if isinstance(value, Shaped):
        if value.text in trace.names:
            constant = Array(trace.names[value.text])
            return lambda saved: constant
        place = kept.setdefault(value.text, len(kept))
        return (lambda saved: Array(saved[place])) if value.dimensions else (lambda saved: saved[place])
    if type(value) is Each:
        items = _maker(trace, value.items, kept)
        return lambda saved: Each(saved[0], items(saved))
    if type(value) is Adjoint:
        function, makers = value.function, [_maker(trace, part, kept) for part in value.saved]
        statics = value.statics
        return lambda saved: Adjoint(function, *[maker(saved) for maker in makers], **statics)
    return lambda saved: value
