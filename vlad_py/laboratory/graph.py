"""Computational graphs as pictures: a small layered layout, written as SVG, and the graph as DOT.

Layout after K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual understanding of hierarchical system
structures", IEEE Trans. SMC 11 (1981): layers by longest path, few crossings by medians, straight lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import ceil, inf
from unicodedata import combining

SWEEPS = 12  # of medians, down and up
BETWEEN, DOWN = 20, 84  # pixels from one box to the next, and from layer to layer
NARROWEST, WIDEST, HIGH, MARGIN = 88, 232, 44, 24
# pixels of a letter in the widest of the usual fonts without serifs
PLAIN, BOLD, BELOW = 8.4, 9.1, 5.6
INSIDE = 8  # left and right of a text
GAP = "\N{EM SPACE}"  # of which pictures leave as many as there are
_BELOW = frozenset("₋₀₁₂₃₄₅₆₇₈₉")
INPUT, INNER, OUTPUT = "#dbeafe", "#ffffff", "#dcfce7"


@dataclass(frozen=True, slots=True)
class Node:
    """One operation: its name, what it does, its value, what it takes (by position), and a note on it."""

    name: str
    label: str
    value: str
    parents: tuple[int, ...]
    is_output: bool
    part: str
    note: str


@dataclass(frozen=True, slots=True, repr=False)
class Graph:
    """The nodes of a computation, each after those that it takes. In a notebook it is a picture."""

    title: str
    nodes: tuple[Node, ...]

    def __repr__(self) -> str:
        return f"<graph of {self.title}: {len(self.nodes)} nodes>"

    def _repr_svg_(self) -> str:
        return svg(self)


# ── DOT ──────────────────────────────────────────────────────────────────────────────────────


def dot(graph: Graph) -> str:
    """The graph in the language of Graphviz."""
    lines = ["digraph {", f"  label={_quoted(graph.title)}; rankdir=TB; node [shape=box, style=filled];"]
    for i, node in enumerate(graph.nodes):
        label = "\\n".join(
            _plain(text) for text in (f"{node.name}  {node.label}", node.value, node.part) if text
        )
        tooltip = _quoted(node.note.replace("\n", " · "))
        lines.append(f'  n{i} [label="{label}", fillcolor="{_color(node)}", tooltip={tooltip}];')
    lines += [f"  n{parent} -> n{i};" for i, node in enumerate(graph.nodes) for parent in node.parents]
    return "\n".join([*lines, "}"]) + "\n"


def _plain(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _quoted(text: str) -> str:
    return f'"{_plain(text)}"'


def _color(node: Node) -> str:
    return OUTPUT if node.is_output else INNER if node.parents else INPUT


# ── layout ───────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True, eq=False)
class _Layered:
    """Layers of nodes and, where an edge passes a layer, of bends; numbers from the count of nodes on."""

    layers: list[list[int]]
    above: dict[int, list[int]]
    below: dict[int, list[int]]
    routes: list[list[int]]  # of every edge, from parent to child, with the bends between


def _layered(graph: Graph) -> _Layered:
    depth: list[int] = []
    for node in graph.nodes:
        depth.append(1 + max((depth[parent] for parent in node.parents), default=-1))
    _pull_down(graph, depth)
    found = _Layered([[] for _ in range(max(depth, default=-1) + 1)], {}, {}, [])
    for i, layer in enumerate(depth):
        found.layers[layer].append(i)
    bends = len(graph.nodes)
    for i, node in enumerate(graph.nodes):
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
    return found


def _pull_down(graph: Graph, depth: list[int]) -> None:
    """Inputs stand just above what first takes them, all in line where that is possible."""
    children: dict[int, list[int]] = {}
    for i, node in enumerate(graph.nodes):
        for parent in node.parents:
            children.setdefault(parent, []).append(i)
    for i, node in enumerate(graph.nodes):
        if not node.parents and i in children:
            depth[i] = max(0, min(depth[child] for child in children[i]) - 1)


def _ordered(found: _Layered) -> None:
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


def _crossings(found: _Layered) -> int:
    count = 0
    for layer, after in pairwise(found.layers):
        position = {node: i for i, node in enumerate(after)}
        ends = []
        for node in layer:
            ends += sorted(position[child] for child in found.below.get(node, ()))
        count += sum(a > b for i, a in enumerate(ends) for b in ends[i + 1 :])
    return count


def _placed(found: _Layered) -> dict[int, float]:
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


# ── SVG ──────────────────────────────────────────────────────────────────────────────────────


def svg(graph: Graph) -> str:
    """The graph as a picture: inputs above, results below; a node's title tells its place in the source."""
    found = _layered(graph)
    _ordered(found)
    place = _placed(found)
    box = _box_width(graph)
    x = {node: MARGIN + box / 2 + (box + BETWEEN) * at for node, at in place.items()}
    y = {node: MARGIN + 40.0 + DOWN * i for i, layer in enumerate(found.layers) for node in layer}
    wide = max([*x.values(), 300.0]) + box / 2 + MARGIN
    high = max(y.values(), default=MARGIN) + HIGH / 2 + MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:.0f}" height="{high:.0f}" '
        f'viewBox="0 0 {wide:.0f} {high:.0f}" font-family="sans-serif" font-size="13">',
        f"<title>{escape(graph.title)}</title>",
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="#64748b"/></marker></defs>',
        f'<rect width="{wide:.0f}" height="{high:.0f}" fill="white"/>',
    ]
    lines += [_edge(route, x, y) for route in found.routes]
    lines += [_box(node, x[i], y[i], box) for i, node in enumerate(graph.nodes)]
    return "\n".join([*lines, "</svg>"]) + "\n"


def _edge(route: list[int], x: dict[int, float], y: dict[int, float]) -> str:
    points = [(x[route[0]], y[route[0]] + HIGH / 2)]
    for bend in route[1:-1]:  # straight past the boxes of a layer
        points += [(x[bend], y[bend] - HIGH / 2), (x[bend], y[bend] + HIGH / 2)]
    points.append((x[route[-1]], y[route[-1]] - HIGH / 2))
    text = f"M{points[0][0]:.1f},{points[0][1]:.1f}"
    for (x1, y1), (x2, y2) in pairwise(points):
        middle = (y1 + y2) / 2
        text += f" C{x1:.1f},{middle:.1f} {x2:.1f},{middle:.1f} {x2:.1f},{y2:.1f}"
    return f'<path d="{text}" fill="none" stroke="#64748b" marker-end="url(#arrow)"/>'


def _box_width(graph: Graph) -> int:
    """The width of all boxes, which the widest text needs, up to WIDEST."""
    widths = [NARROWEST]
    for node in graph.nodes:
        heading, value = _texts(node)
        widths += [ceil(wide) + 2 * INSIDE for wide in (_width(heading, BOLD), _width(value, PLAIN))]
    return min(max(widths), WIDEST)


def _texts(node: Node, room: float = inf) -> tuple[str, str]:
    """The two lines of a box, as much of them as fits."""
    part = f" {node.part}" if node.part else ""
    value = _cut(node.value, room - _width(part, PLAIN), PLAIN)
    return _cut(f"{node.name}{GAP}{node.label}", room, BOLD), value + part


def _box(node: Node, x: float, y: float, wide: int) -> str:
    left, top = x - wide / 2, y - HIGH / 2
    heading, value = map(escape, _texts(node, wide - 2 * INSIDE))
    return (
        f'<g class="node"><title>{escape(f"{node.name} = {node.note}")}</title>'
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{wide}" height="{HIGH}" rx="8" fill="{_color(node)}" '
        f'stroke="#334155"/><text x="{x:.1f}" y="{y - 4:.1f}" text-anchor="middle" font-weight="bold">'
        f'{heading}</text><text x="{x:.1f}" y="{y + 14:.1f}" text-anchor="middle" fill="#475569">'
        f"{value}</text></g>"
    )


def _width(text: str, letter: float) -> float:
    return sum(BELOW if sign in _BELOW else 0.0 if combining(sign) else letter for sign in text)


def _cut(text: str, most: float, letter: float) -> str:
    """A text, or as much of it as fits."""
    if _width(text, letter) <= most:
        return text
    while text and _width(text, letter) + letter > most:
        text = text[:-1]
    return text + "…"
