"""Layers of a graph's nodes, and places in them: few crossings, and every node near its neighbours.

Layout after K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual understanding of hierarchical system
structures", IEEE Trans. SMC 11 (1981): layers by longest path, few crossings by medians, straight lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from vlad_py.ground.errors import RunError
from vlad_py.laboratory.nodes import Node

SWEEPS = 12  # of medians, down and up
MOST_PLACES = 50_000  # of nodes and bends: to place these takes seconds, and nobody sees more


@dataclass(slots=True, eq=False)
class Layered:
    """Layers of nodes and, where an edge passes a layer, of bends; numbers from the count of nodes on."""

    layers: list[list[int]]
    above: dict[int, list[int]]
    below: dict[int, list[int]]
    routes: list[list[int]]  # of every edge, from parent to child, with the bends between


def layered(nodes: Sequence[Node]) -> Layered:
    """The layers of nodes, each after those that it takes, in an order with few crossings.

    Raises RunError for a graph that is too large to be seen.
    """
    depth: list[int] = []
    for node in nodes:
        depth.append(1 + max((depth[parent] for parent in node.parents), default=-1))
    _pull_down(nodes, depth)
    long = sum(depth[i] - depth[parent] for i, node in enumerate(nodes) for parent in set(node.parents))
    if len(nodes) + long > MOST_PLACES:
        hint = "take a smaller call; as DOT or Mermaid you get the graph as text"
        raise RunError(f"a graph of {len(nodes)} operations is too large for a picture", hint=hint)
    found = Layered([[] for _ in range(max(depth, default=-1) + 1)], {}, {}, [])
    for i, layer in enumerate(depth):
        found.layers[layer].append(i)
    bends = len(nodes)
    for i, node in enumerate(nodes):
        for parent in dict.fromkeys(node.parents):
            route = [parent]
            for layer in range(depth[parent] + 1, depth[i]):
                found.layers[layer].append(bends)
                route.append(bends)
                bends += 1
            route.append(i)
            found.routes.append(route)
            for a, b in pairwise(route):
                found.below.setdefault(a, []).append(b)
                found.above.setdefault(b, []).append(a)
    _order(found)
    return found


def _pull_down(nodes: Sequence[Node], depth: list[int]) -> None:
    """Inputs stand just above what first takes them, all in line where that is possible."""
    children: dict[int, list[int]] = {}
    for i, node in enumerate(nodes):
        for parent in node.parents:
            children.setdefault(parent, []).append(i)
    for i, node in enumerate(nodes):
        if not node.parents and i in children:
            depth[i] = max(0, min(depth[child] for child in children[i]) - 1)


def _order(found: Layered) -> None:
    """Puts every layer in the order of the medians of the layer before it, down and up again."""
    best, fewest = [list(layer) for layer in found.layers], _crossings(found)
    for sweep in range(SWEEPS):
        downward = sweep % 2 == 0
        layers = found.layers if downward else found.layers[::-1]
        neighbours = found.above if downward else found.below
        for before, layer in pairwise(layers):
            position = {node: i for i, node in enumerate(before)}
            keys = {}
            for i, node in enumerate(layer):
                near = sorted(position[n] for n in neighbours.get(node, ()))
                keys[node] = (near[len(near) // 2] + near[(len(near) - 1) // 2]) / 2 if near else float(i)
            layer.sort(key=keys.__getitem__)
        crossings = _crossings(found)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in found.layers], crossings
    found.layers = best


def _crossings(found: Layered) -> int:
    count = 0
    for layer, after in pairwise(found.layers):
        position = {node: i for i, node in enumerate(after)}
        ends = []
        for node in layer:
            ends += sorted(position[child] for child in found.below.get(node, ()))
        count += sum(a > b for i, a in enumerate(ends) for b in ends[i + 1 :])
    return count


def placed(found: Layered) -> dict[int, float]:
    """The place of every node across its layer, counted in boxes: near its neighbours, none overlapping."""
    place = {node: float(i) for layer in found.layers for i, node in enumerate(layer)}
    for sweep in range(SWEEPS):
        downward = sweep % 2 == 0
        for layer in found.layers if downward else found.layers[::-1]:
            neighbours = found.above if downward else found.below
            wanted = []
            for node in layer:
                near = [place[n] for n in neighbours.get(node, ())]
                wanted.append(sum(near) / len(near) if near else place[node])
            for node, x in zip(layer, _apart(wanted), strict=True):
                place[node] = x
    least = min(place.values(), default=0.0)
    return {node: x - least for node, x in place.items()}


def _apart(wanted: list[float]) -> list[float]:
    """The nearest places, by least squares, that keep their order with a distance of 1 at least."""
    blocks: list[tuple[float, int]] = []  # of places pushed together: the sum of wishes, how many
    for i, x in enumerate(wanted):
        total, count = x - i, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / count:
            other = blocks.pop()
            total, count = total + other[0], count + other[1]
        blocks.append((total, count))
    means = [total / count for total, count in blocks for _ in range(count)]
    return [mean + i for i, mean in enumerate(means)]
