"""Plots in a terminal: Braille characters of two by four dots, between axes with numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import hypot

from vlad_py.plots.figure import Figure, Marks, Piece, Range, clipped, elided, fitted
from vlad_py.plots.ticks import Tick, ticks

NARROWEST = 20  # columns
LOWEST, HIGHEST = 6, 24  # rows
WIDE = 2, 4  # dots of a character
BLANK = 0x2800
# the bit of each dot, by its place across and down (Unicode, "Braille Patterns")
BITS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
BETWEEN = 9, 4  # columns and rows from number to number
# dots that are drawn and left out, for lines without colours: a line, dashes, points, and so on
DASHES = ((1, 0), (4, 3), (1, 3), (8, 4), (2, 2), (6, 2))
SAMPLES = ("⠒⠒⠒", "⠒⠄⠒", "⠂⠐⠀", "⠒⠒⠀", "⠂⠂⠂", "⠒⠒⠄")
SIGNS = "•×+○◆▴"  # of single points
FEW = 200  # points that have signs; more are dots
PALETTE = ("36", "33", "35", "32", "34", "31")  # the terminal's own colours
FAINT, STRONG, PLAIN = "\x1b[2m", "\x1b[1m", "\x1b[0m"


class _Canvas:
    """Cells with dots, or with a sign; each remembers the colour of what was drawn last."""

    def __init__(self, columns: int, rows: int, across: Range, up: Range) -> None:
        self.columns, self.rows = columns, rows
        self.across, self.up = across, up
        self.dots = [[0] * columns for _ in range(rows)]
        self.signs = [[""] * columns for _ in range(rows)]
        self.colors = [[-1] * columns for _ in range(rows)]

    def place(self, x: float, y: float) -> tuple[float, float]:
        """A point of the plane in dots, from the upper left."""
        return (
            _part(x, self.across) * (self.columns * WIDE[0] - 1),
            (1.0 - _part(y, self.up)) * (self.rows * WIDE[1] - 1),
        )

    def dot(self, x: int, y: int, color: int) -> None:
        column, row = x // WIDE[0], y // WIDE[1]
        self.dots[row][column] |= BITS[x % WIDE[0]][y % WIDE[1]]
        self.colors[row][column] = color

    def sign(self, column: int, row: int, sign: str, color: int) -> None:
        self.signs[row][column] = sign
        self.colors[row][column] = color

    def is_free(self, column: int, row: int, size: int) -> bool:
        return column >= 0 and column + size <= self.columns and not any(self.signs[row][column:][:size])


def drawing(figure: Figure, width: int, *, color: bool = False) -> str:
    """A plot in lines of at most `width` characters; with `color` in the colours of the terminal."""
    width = max(width, NARROWEST)
    rows = min(max(width * 9 // 40, LOWEST), HIGHEST)
    whole = figure
    for _ in range(3 if figure.equal else 1):  # where axes are equal, the numbers at the side may change
        upright = ticks(figure.up, rows // BETWEEN[1] + 1)
        gutter = max(len(tick.text) for tick in upright)
        columns = max(width - gutter - 1, NARROWEST // 2)
        figure = fitted(whole, columns * WIDE[0] - 1, rows * WIDE[1] - 1)
    upright = ticks(figure.up, rows // BETWEEN[1] + 1)
    level = ticks(figure.across, columns // BETWEEN[0] + 1)
    canvas = _Canvas(columns, rows, figure.across, figure.up)
    colored = 0
    for i, marks in reversed(list(enumerate(figure.marks))):
        _draw(canvas, marks, i, is_dashed=not color)
        colored += marks.kind != "level"
    paint = _Paint(color)
    lines = [paint(STRONG, elided(figure.title, width).center(width).rstrip())] if figure.title else []
    lines += [paint(FAINT, elided(figure.y, width))] if figure.y else []
    lines += _body(canvas, upright, gutter, paint)
    lines += [paint(FAINT, line) for line in _foot(level, figure, gutter, columns)]
    lines += _legend(figure.marks, gutter + 1, width, paint)
    return "\n".join(line.rstrip() for line in lines)


class _Paint:
    """Texts in the colours of a terminal, where there are any."""

    def __init__(self, is_on: bool) -> None:
        self.is_on = is_on

    def __call__(self, start: str, text: str) -> str:
        return f"{start}{text}{PLAIN}" if self.is_on and text.strip() else text

    def of(self, number: int) -> str:
        return f"\x1b[{PALETTE[number % len(PALETTE)]}m"


def _part(number: float, limits: Range) -> float:
    return (number - limits[0]) / (limits[1] - limits[0])


# ── marks ────────────────────────────────────────────────────────────────────────────────────


def _draw(canvas: _Canvas, marks: Marks, number: int, *, is_dashed: bool) -> None:
    if marks.kind == "points":
        _draw_points(canvas, marks, number)
    elif marks.kind == "bars":
        for piece in marks.pieces:
            _draw_bar(canvas, piece, number)
    else:
        dashes = DASHES[number % len(DASHES)] if is_dashed and marks.kind == "line" else DASHES[0]
        for piece in marks.pieces:
            _draw_line(canvas, piece, number, dashes)
        if marks.kind == "level":
            _label(canvas, marks, number)


def _draw_line(canvas: _Canvas, piece: Piece, number: int, dashes: tuple[int, int]) -> None:
    on, off = dashes
    for part in clipped(piece, canvas.across, canvas.up):
        places = [canvas.place(x, y) for x, y in part]
        gone = 0.0
        for (x, y), (next_x, next_y) in zip(places, places[1:] or places, strict=False):
            steps = max(round(max(abs(next_x - x), abs(next_y - y)) * 2), 1)
            length = hypot(next_x - x, next_y - y)
            for i in range(steps + 1):
                if (gone + length * i / steps) % (on + off) < on:
                    canvas.dot(
                        round(x + (next_x - x) * i / steps), round(y + (next_y - y) * i / steps), number
                    )
            gone += length


def _draw_points(canvas: _Canvas, marks: Marks, number: int) -> None:
    for piece in marks.pieces:
        for part in clipped(piece, canvas.across, canvas.up):
            x, y = map(round, canvas.place(*part[0]))
            if len(marks.pieces) <= FEW:
                canvas.sign(x // WIDE[0], y // WIDE[1], SIGNS[number % len(SIGNS)], number)
            else:
                canvas.dot(x, y, number)


def _draw_bar(canvas: _Canvas, piece: Piece, number: int) -> None:
    """A bar with a dot's space on its right, if it is wide enough."""
    (x, y), (next_x, next_y) = (canvas.place(*corner) for corner in piece)
    left, right = round(x), round(next_x)
    right -= right - left > 2
    if piece[0][1] != piece[1][1]:
        for column in range(left, max(right, left + 1)):
            for row in range(round(min(y, next_y)), round(max(y, next_y)) + 1):
                canvas.dot(column, row, number)


def _label(canvas: _Canvas, marks: Marks, number: int) -> None:
    """The value of a level, in the middle of its longest line, or near there."""
    longest = max(marks.pieces, key=len)
    for i in _outwards(len(longest)):
        x, y = map(round, canvas.place(*longest[i]))
        column, row = x // WIDE[0] - len(marks.label) // 2, y // WIDE[1]
        if canvas.is_free(column - 1, row, len(marks.label) + 2):
            for j, sign in enumerate(marks.label):
                canvas.sign(column + j, row, sign, number)
            return


def _outwards(size: int) -> Iterator[int]:
    """The places of a sequence, from its middle outwards."""
    middle = size // 2
    return iter(sorted(range(size), key=lambda i: abs(i - middle)))


# ── axes and legend ──────────────────────────────────────────────────────────────────────────


def _body(canvas: _Canvas, upright: Sequence[Tick], gutter: int, paint: _Paint) -> Iterator[str]:
    """The rows of the canvas, each behind the axis."""
    labels: dict[int, Tick] = {}
    for each in upright:
        labels.setdefault(round(canvas.place(0.0, each.at)[1]) // WIDE[1], each)
    for row in range(canvas.rows):
        tick = labels.get(row)
        axis = tick.text.rjust(gutter) + "┤" if tick else " " * gutter + "│"
        is_zero = tick is not None and tick.at == 0.0 and canvas.up[0] < 0.0
        yield paint(FAINT, axis) + _row(canvas, row, "┄" if is_zero else " ", paint)


def _row(canvas: _Canvas, row: int, blank: str, paint: _Paint) -> str:
    cells: list[tuple[int, str]] = []
    for dots, sign, color in zip(canvas.dots[row], canvas.signs[row], canvas.colors[row], strict=True):
        cells.append((color, sign or (chr(BLANK + dots) if dots else blank)))
    out, at = "", 0
    while at < len(cells):
        color, end = cells[at][0], at
        while end < len(cells) and cells[end][0] == color:
            end += 1
        text = "".join(sign for _, sign in cells[at:end])
        out += paint(paint.of(color) if color >= 0 else FAINT, text)
        at = end
    return out


def _foot(level: Sequence[Tick], figure: Figure, gutter: int, columns: int) -> Iterator[str]:
    """The axis below, its numbers, and what it is called."""
    axis = ["─"] * columns
    numbers = [" "] * (gutter + 1 + columns)
    free = 0  # columns from here on have no number yet
    for tick in level:
        column = round(_part(tick.at, figure.across) * (columns * WIDE[0] - 1)) // WIDE[0]
        axis[column] = "┬"
        start = min(max(gutter + 1 + column - len(tick.text) // 2, 0), len(numbers) - len(tick.text))
        if start >= free:
            numbers[start : start + len(tick.text)] = tick.text
            free = start + len(tick.text) + 1
    yield " " * gutter + "└" + "".join(axis)
    yield "".join(numbers)
    if figure.x:
        yield " " * (gutter + 1) + elided(figure.x, columns).center(columns).rstrip()


def _legend(marks: Sequence[Marks], indent: int, width: int, paint: _Paint) -> Iterator[str]:
    """What the lines stand for, as many on a line as fit."""
    line, size = "", 0
    for i, each in enumerate(marks):
        if not each.label or each.kind == "level":
            continue
        sample = SAMPLES[0 if paint.is_on else i % len(SAMPLES)]
        sample = SIGNS[i % len(SIGNS)] if each.kind == "points" else "⣿" if each.kind == "bars" else sample
        room = width - indent - len(sample) - 1
        label = elided(each.label, room)
        if size and size + 3 + len(sample) + 1 + len(label) > width - indent:
            yield " " * indent + line
            line, size = "", 0
        line += "   " * bool(size) + f"{paint(paint.of(i), sample)} {label}"
        size += 3 * bool(size) + len(sample) + 1 + len(label)
    if size:
        yield " " * indent + line
