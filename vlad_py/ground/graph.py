"""Graphs: which vertices reach one another."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def components(needs: Mapping[T, Iterable[T]]) -> list[set[T]]:
    """The strongly connected components of a graph, each after those that it needs; `needs` has every vertex.

    Source: R. E. Tarjan, "Depth-first search and linear graph algorithms", SIAM J. Comput. 1 (1972),
    with the recursion as an explicit stack.
    """
    index: dict[T, int] = {}
    low: dict[T, int] = {}
    open_: dict[T, None] = {}  # in the order in which they were met
    found: list[set[T]] = []
    for root, targets in needs.items():
        if root in index:
            continue
        work = [(root, iter(targets))]
        index[root] = low[root] = len(index)
        open_[root] = None
        while work:
            name, rest = work[-1]
            child = next(rest, None)
            if child is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == index[name]:
                    component = {name}
                    while (last := open_.popitem()[0]) != name:
                        component.add(last)
                    found.append(component)
            elif child not in index:
                index[child] = low[child] = len(index)
                open_[child] = None
                work.append((child, iter(needs[child])))
            elif child in open_:
                low[name] = min(low[name], index[child])
    return found
