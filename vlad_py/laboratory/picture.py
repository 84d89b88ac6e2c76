"""Computational graphs as SVG: values and derivatives in boxes, partial derivatives on edges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, inf
from unicodedata import combining

from vlad_py.laboratory.layered import layered, placed
from vlad_py.laboratory.nodes import Node, level_color
from vlad_py.plots.markup import escaped

DOWN, RIGHT = "down", "right"  # where the edges go
BETWEEN, ROOM, ROOM_RIGHT = 20, 44, 76  # pixels from box to box: in a layer, and from layer to layer
NARROWEST, WIDEST, LINE, MARGIN = 88, 232, 18, 24
LEAST_WIDTH = 200  # of a picture
# pixels of a letter in the widest of the usual fonts without serifs
PLAIN, BOLD, BELOW = 8.4, 9.1, 5.6
INSIDE = 8  # left and right of a text
GAP = "\N{EM SPACE}"  # of which pictures leave as many as there are
_BELOW = frozenset("₋₀₁₂₃₄₅₆₇₈₉")
INK, FAINT, DERIVATIVE, STROKE = "#0f172a", "#64748b", "#b91c1c", "#334155"


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where the boxes are: their size, and their centres by the numbers of nodes and bends."""

    flow: str
    wide: int
    high: int
    x: dict[int, float]
    y: dict[int, float]

    def leaving(self, node: int) -> tuple[float, float]:
        """The middle of the side of a box that edges leave."""
        if self.flow == DOWN:
            return self.x[node], self.y[node] + self.high / 2
        return self.x[node] + self.wide / 2, self.y[node]

    def entering(self, node: int) -> tuple[float, float]:
        """The middle of the side of a box that edges enter."""
        if self.flow == DOWN:
            return self.x[node], self.y[node] - self.high / 2
        return self.x[node] - self.wide / 2, self.y[node]


def picture(title: str, nodes: Sequence[Node], levels: Sequence[str] = (), flow: str = DOWN) -> str:
    """The graph as a picture: inputs first, results last. A node's title tells its place in the source."""
    found = layered(nodes)
    place = placed(found)
    wide, high = _box_width(nodes), 8 + LINE * (3 if any(node.derivative for node in nodes) else 2)
    layer_of = {node: i for i, layer in enumerate(found.layers) for node in layer}
    if flow == DOWN:
        x = {node: MARGIN + wide / 2 + (wide + BETWEEN) * at for node, at in place.items()}
        y = {node: MARGIN + high / 2 + (high + ROOM) * layer for node, layer in layer_of.items()}
    else:
        x = {node: MARGIN + wide / 2 + (wide + ROOM_RIGHT) * layer for node, layer in layer_of.items()}
        y = {node: MARGIN + high / 2 + (high + BETWEEN) * at for node, at in place.items()}
    right = max(x.values(), default=0.0) + wide / 2 + MARGIN
    legend = [f"{level_color(i)} {text}" for i, text in enumerate(levels, 1)]
    least = max([LEAST_WIDTH, *(2 * MARGIN + 22 + ceil(_width(text, PLAIN)) for text in levels)])
    total = max(right, float(least))
    x = {node: at + (total - right) / 2 for node, at in x.items()}
    bottom = max(y.values(), default=0.0) + high / 2 + MARGIN
    height = bottom + LINE * len(legend) + (MARGIN / 2 if legend else 0)
    frame = _Frame(flow, wide, high, x, y)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{total:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {total:.0f} {height:.0f}" font-family="sans-serif" font-size="13">',
        f"<title>{escaped(title)}</title>",
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        f'orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="{FAINT}"/></marker></defs>',
        f'<rect width="{total:.0f}" height="{height:.0f}" fill="white"/>',
    ]
    lines += [_edge(route, frame, nodes) for route in found.routes]
    lines += [_edge_label(route, frame, nodes) for route in found.routes]
    lines += [_box(node, x[i], y[i], frame) for i, node in enumerate(nodes)]
    lines += _legend(levels, bottom)
    return "\n".join([*filter(None, lines), "</svg>"]) + "\n"


def _legend(levels: Sequence[str], top: float) -> Iterator[str]:
    """A line for each level of derivatives inside, with its colour."""
    for i, text in enumerate(levels):
        y = top + LINE * i
        yield (
            f'<rect x="{MARGIN}" y="{y - 6:.0f}" width="14" height="12" fill="{level_color(i + 1)}" '
            f'stroke="{STROKE}"/><text x="{MARGIN + 22}" y="{y + 5:.0f}" fill="{INK}">{escaped(text)}</text>'
        )


# ── edges ────────────────────────────────────────────────────────────────────────────────────


def _points(route: list[int], frame: _Frame) -> list[tuple[float, float]]:
    """The points of an edge, straight past the boxes of a layer."""
    points = [frame.leaving(route[0])]
    for bend in route[1:-1]:
        points += [frame.entering(bend), frame.leaving(bend)]
    return [*points, frame.entering(route[-1])]


def _edge(route: list[int], frame: _Frame, nodes: Sequence[Node]) -> str:
    points = _points(route, frame)
    text = f"M{points[0][0]:.1f},{points[0][1]:.1f}"
    for (x1, y1), (x2, y2) in pairwise(points):
        x, y = (x1 + x2) / 2, (y1 + y2) / 2
        if frame.flow == DOWN:
            text += f" C{x1:.1f},{y:.1f} {x2:.1f},{y:.1f} {x2:.1f},{y2:.1f}"
        else:
            text += f" C{x:.1f},{y1:.1f} {x:.1f},{y2:.1f} {x2:.1f},{y2:.1f}"
    dashes = ' stroke-dasharray="4 3"' if nodes[route[-1]].is_dead else ""
    return f'<path d="{text}" fill="none" stroke="{FAINT}" marker-end="url(#arrow)"{dashes}/>'


def _edge_label(route: list[int], frame: _Frame, nodes: Sequence[Node]) -> str:
    """The partial derivative, at the middle of the last part of an edge."""
    child = nodes[route[-1]]
    text = child.edges()[route[0]]
    if not text:
        return ""
    (x1, y1), (x2, y2) = _points(route, frame)[-2:]
    ink = FAINT if child.is_dead else DERIVATIVE
    note = f"∂{child.name}/∂{nodes[route[0]].name} = {text}"
    return (
        f'<g class="partial"><title>{escaped(note)}</title><text x="{(x1 + x2) / 2:.1f}" '
        f'y="{(y1 + y2) / 2 + 4:.1f}" text-anchor="middle" font-size="11" fill="{ink}" stroke="white" '
        f'stroke-width="4" paint-order="stroke">{escaped(text)}</text></g>'
    )


# ── boxes ────────────────────────────────────────────────────────────────────────────────────


def _box_width(nodes: Sequence[Node]) -> int:
    """The width of all boxes, which the widest text needs, up to WIDEST."""
    widths = [NARROWEST]
    for node in nodes:
        heading, *below = _texts(node)
        widths += [ceil(_width(heading, BOLD)) + 2 * INSIDE]
        widths += [ceil(_width(text, PLAIN)) + 2 * INSIDE for text in below]
    return min(max(widths), WIDEST)


def _texts(node: Node, room: float = inf) -> tuple[str, str, str]:
    """The lines of a box, as much of them as fits."""
    part = f" {node.part}" if node.part else ""
    value = _cut(node.value, room - _width(part, PLAIN), PLAIN)
    heading = _cut(f"{node.name}{GAP}{node.label}", room, BOLD)
    return heading, value + part, _cut(node.derivative, room, PLAIN)


def _box(node: Node, x: float, y: float, frame: _Frame) -> str:
    left, top = x - frame.wide / 2, y - frame.high / 2
    texts = _texts(node, frame.wide - 2 * INSIDE)
    ink = FAINT if node.is_dead else INK
    inks = (ink, "#475569", FAINT if node.is_dead else DERIVATIVE)
    dashes = ' stroke-dasharray="4 3"' if node.is_dead else ""
    lines = [
        f'<g class="node"><title>{escaped(f"{node.name} = {node.note}")}</title>'
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{frame.wide}" height="{frame.high}" rx="8" '
        f'fill="{node.color}" stroke="{STROKE}"{dashes}/>'
    ]
    shown = [(text, ink) for text, ink in zip(texts, inks, strict=True) if text]
    first = y - LINE * (len(shown) - 1) / 2 + 4.5
    for i, (text, ink) in enumerate(shown):
        weight = "" if i else ' font-weight="bold"'
        lines.append(
            f'<text x="{x:.1f}" y="{first + LINE * i:.1f}" text-anchor="middle"{weight} fill="{ink}">'
            f"{escaped(text)}</text>"
        )
    return "".join(lines) + "</g>"


def _width(text: str, letter: float) -> float:
    return sum(BELOW if sign in _BELOW else 0.0 if combining(sign) else letter for sign in text)


def _cut(text: str, most: float, letter: float) -> str:
    """A text, or as much of it as fits."""
    if _width(text, letter) <= most:
        return text
    while text and _width(text, letter) + letter > most:
        text = text[:-1]
    return text + "…"
