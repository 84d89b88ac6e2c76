"""Plots as SVG: light and dark like the page, in colours that people tell apart with any kind of sight."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import ceil

from vlad_py.plots.figure import Figure, Kind, Marks, Piece, Point, Range, clipped, elided, fitted
from vlad_py.plots.markup import escaped
from vlad_py.plots.ticks import Tick, ticks

WIDTH, HEIGHT = 640, 400
LETTER = 7.0  # pixels of a letter of 12 pixels, on average
TITLE_LETTER = 9.0  # pixels of a letter of the title
LINE = 20  # pixels from line to line
MARGIN = 14
BETWEEN = 80, 52  # pixels from number to number
EXACT = 0.1  # pixels: points that are nearer to a straight line are not written
MOST_LEFT_OUT = 50  # of them, one after another
DOT = 3.2  # the radius of a point

# M. Okabe and K. Ito, "Color Universal Design", 2008: on white without yellow, on black without the blue
LIGHT = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
DARK = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#d55e00")
# from the least level to the greatest: viridis (S. van der Walt and N. Smith, 2015), without its light end
LOW_TO_HIGH = ("#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962")
LOW_TO_HIGH_DARK = ("#3b6fa8", "#2c8a9e", "#21a18c", "#40b880", "#5ec962", "#a5db36", "#fde725")


def _theme(paper: str, ink: str, faint: str, grid: str, colors: Sequence[str], levels: Sequence[str]) -> str:
    """The rules of a theme. A page may give other values to `--plot-paper` and so on."""
    names = {"paper": paper, "ink": ink, "faint": faint, "grid": grid}
    names |= {f"c{i}": color for i, color in enumerate(colors)}
    names |= {f"l{i}": color for i, color in enumerate(levels)}
    return "svg.vlad-plot{" + ";".join(f"--{name}:{value}" for name, value in names.items()) + "}"


STYLE = "\n".join((
    _theme("#ffffff", "#1f2328", "#59636e", "#e3e6ea", LIGHT, LOW_TO_HIGH),
    "@media (prefers-color-scheme:dark){"
    + _theme("#16181d", "#e6e8eb", "#9aa4af", "#2e333b", DARK, LOW_TO_HIGH_DARK)
    + "}",
    ".vlad-plot .paper{fill:var(--plot-paper,var(--paper))}",
    ".vlad-plot text{font:12px system-ui,sans-serif;fill:var(--plot-faint,var(--faint))}",
    ".vlad-plot .title{font-size:15px;font-weight:600;fill:var(--plot-ink,var(--ink))}",
    ".vlad-plot .name{font-size:13px;fill:var(--plot-ink,var(--ink))}",
    ".vlad-plot .grid{stroke:var(--plot-grid,var(--grid));fill:none}",
    ".vlad-plot .zero{stroke:var(--plot-faint,var(--faint));fill:none}",
    ".vlad-plot .line{fill:none;stroke-width:2.2;stroke-linejoin:round;stroke-linecap:round}",
    ".vlad-plot .level{fill:none;stroke-width:1.6;stroke-linejoin:round}",
    ".vlad-plot .halo{stroke:var(--plot-paper,var(--paper));stroke-width:4;stroke-linejoin:round;"
    "paint-order:stroke;fill:var(--plot-ink,var(--ink));font-size:11px}",
))  # fmt: skip


class _Frame:
    """The part of the picture with the marks: its sides in pixels, and the ranges that it shows."""

    def __init__(self, figure: Figure, left: float, top: float, right: float, bottom: float) -> None:
        self.across, self.up = figure.across, figure.up
        self.left, self.top, self.right, self.bottom = left, top, right, bottom

    def x(self, number: float) -> float:
        return self.left + _part(number, self.across) * (self.right - self.left)

    def y(self, number: float) -> float:
        return self.bottom - _part(number, self.up) * (self.bottom - self.top)

    def parts(self, piece: Piece) -> Iterator[list[Point]]:
        """The visible parts of a piece, in pixels."""
        for part in clipped(piece, self.across, self.up):
            yield [(self.x(x), self.y(y)) for x, y in part]


def svg(figure: Figure) -> str:
    """A plot as SVG, with a title and a description for those who cannot see it."""
    names = [(i, marks) for i, marks in enumerate(figure.marks) if marks.label and marks.kind != "level"]
    legend = list(_placed(names))
    rows = legend[-1][1] + 1 if legend else 0
    top = MARGIN + (LINE + 6) * bool(figure.title) + LINE * rows + LINE * bool(figure.y) - 4
    bottom = HEIGHT - MARGIN - LINE - LINE * bool(figure.x)
    left = _left(figure, bottom - top)
    if figure.equal:  # which may need other numbers at its side
        whole = figure
        for _ in range(2):
            figure = fitted(whole, WIDTH - MARGIN - 10 - left, bottom - top)
            left = _left(figure, bottom - top)
        figure = fitted(whole, WIDTH - MARGIN - 10 - left, bottom - top)
    upright = _upright(figure, bottom - top)
    frame = _Frame(figure, left, top, WIDTH - MARGIN - 10, bottom)
    level = ticks(figure.across, round((frame.right - left) / BETWEEN[0]) + 1)
    name = figure.title or ", ".join(marks.label for _, marks in names) or "plot"
    about = f"{name}. {description(figure)}"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="vlad-plot" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escaped(about)}">',
        f"<title>{escaped(name)}</title>",
        f"<desc>{escaped(description(figure))}</desc>",
        f"<style>{STYLE}</style>",
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}" rx="6"/>',
        *_grid(frame, level, upright),
    ]
    count = sum(marks.kind == "level" for marks in figure.marks)
    for i, marks in reversed(list(enumerate(figure.marks))):
        lines += _marks(frame, marks, _color(marks.kind, i, count))
    lines += _level_names(frame, figure.marks)
    lines += _numbers(frame, level, upright)
    room = WIDTH - 2 * MARGIN
    if figure.title:
        lines.append(
            _text(WIDTH / 2, MARGIN + 13, elided(figure.title, int(room / TITLE_LETTER)), "middle", "title")
        )
    above = MARGIN + (LINE + 6) * bool(figure.title)
    for (number, marks), row, x in legend:
        lines += _name(marks, number, left + x, above + LINE * row + 6)
    if figure.y:
        lines.append(
            _text(left, top - 8, elided(figure.y, int((WIDTH - MARGIN - left) / LETTER)), "start", "name")
        )
    if figure.x:
        lines.append(
            _text(
                (left + frame.right) / 2,
                HEIGHT - MARGIN,
                elided(figure.x, int((frame.right - left) / LETTER)),
                "middle",
                "name",
            )
        )
    return "\n".join([*lines, "</svg>"]) + "\n"


def _upright(figure: Figure, height: float) -> list[Tick]:
    return ticks(figure.up, round(height / BETWEEN[1]) + 1)


def _left(figure: Figure, height: float) -> float:
    """The place where the marks begin, behind the numbers at the side."""
    return MARGIN + 10 + ceil(LETTER * max(len(tick.text) for tick in _upright(figure, height)))


def description(figure: Figure) -> str:
    """What the picture shows, in words."""
    words: dict[Kind, str] = {"line": "curve", "points": "points", "bars": "histogram", "level": "contours"}
    found = []
    for marks in figure.marks:
        name = words[marks.kind] if marks.kind == "level" else f"{words[marks.kind]} of {marks.label}"
        found.append(words[marks.kind] if not marks.label else name)
    ranges = (f"{name} from {low:.4g} to {high:.4g}" for name, (low, high) in (
        (figure.x or "x", figure.across), (figure.y or "y", figure.up)
    ))  # fmt: skip
    return f"{', '.join(dict.fromkeys(found)) or 'nothing'}; {', '.join(ranges)}"


def _part(number: float, limits: Range) -> float:
    return (number - limits[0]) / (limits[1] - limits[0])


# ── axes ─────────────────────────────────────────────────────────────────────────────────────


def _grid(frame: _Frame, level: Sequence[Tick], upright: Sequence[Tick]) -> Iterator[str]:
    """A line at every number, a darker one at 0."""
    xs, ys = ([tick.at for tick in found] for found in (level, upright))
    paths = [(x, f"M{frame.x(x):.1f} {frame.top:.1f}V{frame.bottom:.1f}") for x in xs]
    paths += [(y, f"M{frame.left:.1f} {frame.y(y):.1f}H{frame.right:.1f}") for y in ys]
    yield f'<path class="grid" d="{"".join(path for _, path in paths)}"/>'
    zero = "".join(path for number, path in paths if number == 0.0)
    if zero:
        yield f'<path class="zero" d="{zero}"/>'


def _numbers(frame: _Frame, level: Sequence[Tick], upright: Sequence[Tick]) -> Iterator[str]:
    for tick in level:
        yield _text(frame.x(tick.at), frame.bottom + 17, _with_minus(tick.text), "middle")
    for tick in upright:
        yield _text(frame.left - 8, frame.y(tick.at) + 4, _with_minus(tick.text), "end")


def _with_minus(text: str) -> str:
    return text.replace("-", "\N{MINUS SIGN}")


def _text(x: float, y: float, text: str, anchor: str, kind: str = "") -> str:
    kind = kind and f' class="{kind}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}>{escaped(text)}</text>'


# ── marks ────────────────────────────────────────────────────────────────────────────────────


def _color(kind: Kind, number: int, levels: int) -> str:
    if kind == "level":
        return f"var(--l{number * len(LOW_TO_HIGH) // max(levels, 1) % len(LOW_TO_HIGH)})"
    return f"var(--c{number % len(LIGHT)})"


def _marks(frame: _Frame, marks: Marks, color: str) -> Iterator[str]:
    if marks.kind == "bars":
        yield f'<g fill="{color}" fill-opacity="0.85">'
        for (x, y), (next_x, next_y) in marks.pieces:
            left, right = frame.x(x), frame.x(next_x)
            top, bottom = frame.y(max(y, next_y)), frame.y(min(y, next_y))
            width = max(right - left - 1.0, 0.5)
            yield f'<rect x="{left:.2f}" y="{top:.2f}" width="{width:.2f}" height="{bottom - top:.2f}"/>'
        yield "</g>"
        return
    parts = [part for piece in marks.pieces for part in frame.parts(piece)]
    lines = [_path(part) for part in parts if len(part) > 1]
    if lines:
        yield f'<path class="{marks.kind}" stroke="{color}" d="{"".join(lines)}"/>'
    dots = [part[0] for part in parts if len(part) == 1]
    if dots:
        circles = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{DOT}"/>' for x, y in dots)
        yield f'<g fill="{color}" fill-opacity="0.8">{circles}</g>'


def _path(points: list[Point]) -> str:
    """A line, without those of its points that are on it anyway."""
    kept, last = points[:1], 0
    for i in range(2, len(points)):
        between = points[last + 1 : i]
        if len(between) > MOST_LEFT_OUT or any(_distance(kept[-1], p, points[i]) > EXACT for p in between):
            kept.append(points[i - 1])
            last = i - 1
    kept.append(points[-1])
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in kept)


def _distance(start: Point, middle: Point, end: Point) -> float:
    """How far a point is from the line between two others, unless they are as near to one another."""
    (x, y), (next_x, next_y) = start, end
    length = max(abs(next_x - x), abs(next_y - y))
    across = (next_x - x) * (middle[1] - y) - (next_y - y) * (middle[0] - x)
    back = max(abs(middle[0] - x), abs(middle[1] - y)) - length
    return max(abs(across) / length if length else 0.0, back)


def _level_names(frame: _Frame, levels: Iterable[Marks]) -> Iterator[str]:
    """The value of each level on its longest line, where no other stands near."""
    taken: list[Point] = []
    for marks in levels:
        parts = [part for piece in marks.pieces for part in frame.parts(piece)]
        if marks.kind != "level" or not parts:
            continue
        longest = max(parts, key=len)
        middle = len(longest) // 2
        for x, y in sorted(longest, key=lambda p: abs(longest.index(p) - middle)):
            inside = frame.left + 16 < x < frame.right - 16 and frame.top + 10 < y < frame.bottom - 10
            if inside and all(abs(x - a) > 34 or abs(y - b) > 15 for a, b in taken):
                taken.append((x, y))
                yield _text(x, y + 4, _with_minus(marks.label), "middle", "halo")
                break


# ── the legend ───────────────────────────────────────────────────────────────────────────────


def _placed(names: Sequence[tuple[int, Marks]]) -> Iterator[tuple[tuple[int, Marks], int, float]]:
    """Each name with its row and its place in it."""
    row, x = 0, 0.0
    for name in names:
        width = 26 + LETTER * 1.08 * len(name[1].label) + 20
        if x and x + width > WIDTH - 80:
            row, x = row + 1, 0.0
        yield name, row, x
        x += width


def _name(marks: Marks, number: int, x: float, y: float) -> Iterator[str]:
    color = _color(marks.kind, number, 0)
    if marks.kind == "line":
        yield f'<path class="line" stroke="{color}" d="M{x:.1f} {y:.1f}h18"/>'
    elif marks.kind == "bars":
        yield f'<rect x="{x + 3:.1f}" y="{y - 6:.1f}" width="12" height="12" fill="{color}"/>'
    else:
        yield f'<circle cx="{x + 9:.1f}" cy="{y:.1f}" r="{DOT + 0.5}" fill="{color}"/>'
    yield _text(x + 26, y + 4.5, marks.label, "start", "name")
