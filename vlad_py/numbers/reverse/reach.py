"""The sweep made again where one gave nan: over what the result depends on, and nothing else.

An element of an array that the program did not take, by an index or by `where`, has the cotangent 0, and 0
times an infinite derivative is nan. In forward mode nothing of that element remains, so it must not count in
reverse mode either. It takes time to know of every element whether it counts, so `tape.sweep` does not.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Any, TypeAlias

from vlad_py.ground.late_numpy import np
from vlad_py.numbers.reverse.cotangents import Sum
from vlad_py.numbers.reverse.joint import unfolded
from vlad_py.numbers.reverse.terms import index_of, shape_at, term
from vlad_py.primitives.arithmetic import add
from vlad_py.primitives.choice import choose
from vlad_py.primitives.primitive import SPARSE, Adjoint
from vlad_py.primitives.shapes import Shape, broadcast_to, data_of, wrapped
from vlad_py.values.indefinite import Indefinite
from vlad_py.values.values import Array, Number, Value, plain, shape_of

Entry: TypeAlias = Any  # a node: `links`, `index`, and as `primal` the shape of an array
Mask: TypeAlias = Any  # a numpy array of booleans, of a real without dimensions: which elements count


def sweep_again(seeds: list[tuple[Entry, Value]]) -> dict[Entry, Value]:
    """Cotangents of the inputs that the seeded entries depend on, as `tape.sweep` gives them."""
    pending: dict[Entry, Any] = {}
    reached: dict[Entry, Mask] = {}
    heap: list[tuple[float, Entry]] = []
    inputs: dict[Entry, Value] = {}

    def reach(entry: Entry, mask: Mask) -> None:
        if entry not in reached:
            heappush(heap, (-entry.index, entry))
            reached[entry] = np.zeros(shape_at(entry), bool)
            pending[entry] = Sum(shape_at(entry), None) if shape_at(entry) else 0.0
        reached[entry] |= mask

    def count(entry: Entry, part: Value) -> None:
        if shape_at(entry):
            pending[entry].add(part)
        else:
            pending[entry] = add(pending[entry], part)

    for entry, cotangent in seeds:
        # a unit tangent asks for one element
        reach(entry, _asked_for(cotangent))
        count(entry, cotangent)
    while heap:
        current = heappop(heap)[1]
        cotangent, mask = pending.pop(current), reached.pop(current)
        if type(cotangent) is Sum:
            cotangent = cotangent.total()
        links = unfolded(current)
        if not links:
            inputs[current] = cotangent
        for parent, partial in zip(links[::2], links[1::2]):
            index = index_of(partial)
            if index is not None:
                reach(parent, False)
                np.logical_or.at(reached[parent], index, mask)
                pending[parent].add_part(cotangent, index)
                continue
            through = _through(partial, mask, shape_at(parent))
            if not np.any(through):
                continue
            reach(parent, through)
            part = term(parent, partial, cotangent, mask)
            if type(partial) is Adjoint and not np.all(through):
                part = choose(Array(through), part, 0.0)
            count(parent, part)
    return inputs


def _ones(x: Value) -> Value:
    return broadcast_to(1.0, shape_of(x))


def _asked_for(cotangent: Value) -> Mask:
    """Which elements a cotangent asks for: where it is not 0; all, where it carries a differentiation."""
    if isinstance(cotangent, Number):
        return True if cotangent.tag else _asked_for(cotangent.primal)
    return cotangent.data != 0.0 if type(cotangent) is Array else True


def _known(x: Value) -> Value:
    """The innermost primal of a condition. RunError, or what a batch raises, if it stands for many."""
    innermost = plain(x)
    if isinstance(innermost, Indefinite):
        raise innermost.several()
    return innermost


def _through(partial: Value, mask: Mask, shape: Shape) -> Mask:
    """Which elements of a parent count, if those of `mask` count in what was computed from it."""
    if type(partial) is Adjoint:
        conditions = SPARSE.get(partial.function)
        if conditions is None:
            return np.any(mask)
        saved = [_known(x) if i < conditions else _ones(x) for i, x in enumerate(partial.saved)]
        found = partial.function(wrapped(mask.astype(np.float64)), *saved, **partial.statics)
        return np.asarray(data_of(found)) != 0.0
    new = mask.ndim - len(shape)
    axes = tuple(i for i in range(mask.ndim) if i < new or shape[i - new] != mask.shape[i])
    return np.any(mask, axes, keepdims=True).reshape(shape) if axes else mask
