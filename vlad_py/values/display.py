"""The text of a result for people: large ones abbreviated, wide ones broken over lines, reals rounded.

`show` is the text that reads back as the value; this text does not, once it contains a `…`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from vlad_py.ground.node import record
from vlad_py.plots.plot import Plot
from vlad_py.values.indefinite import Indefinite
from vlad_py.values.show import show, show_real
from vlad_py.values.structure import data_parts
from vlad_py.values.values import Array, Cons, Nil, Record, Value, list_items, plain, size_of

LARGE = 1000  # reals, strings and so on: a value with more shows only the ends of every long sequence
ENDS = 3  # elements that an abbreviated sequence shows on either side
DEEPEST = 12  # structures inside one another
MOST_PIECES = 5000  # of a text, whatever the value
INDENT = 2
ELLIPSIS = "…"


def display(value: Value, width: int, digits: int | None = None, *, color: bool = False) -> str:
    """The text of a value in lines of at most `width` characters, where that is possible.

    Reals are rounded to `digits` significant digits; None: they keep all. A plot is drawn; with `color` in
    the colours of a terminal.
    """
    if type(value) is Plot:
        return value.text(width, color=color)
    return "\n".join(lines(Layout(digits, is_large(value)).piece(value, DEEPEST), width))


def is_large(value: Value) -> bool:
    """Whether a value has more than LARGE leaves."""
    count = 0
    todo = [value]
    while todo:
        item = todo.pop()
        inner = data_parts(item)
        if not inner:
            count += max(size_of(item), 1)
        else:
            todo.extend(inner)
        if count > LARGE:
            return True
    return False


# ── pieces: a value as brackets around pieces ────────────────────────────────────────────────


@record
class Group:
    """Pieces between brackets; each has a text before it, such as the name of a field.

    `fills`: as many go on a line as fit. `rows`: each always has its own line, under the bracket.
    """

    opening: str
    items: tuple[tuple[str, Piece], ...]
    closing: str
    fills: bool = False
    rows: bool = False


Piece = str | Group


class Layout:
    """One value on its way to pieces; `leaf` is the text of a value without parts."""

    def __init__(self, digits: int | None, abbreviates: bool) -> None:
        self.digits = digits
        self.abbreviates = abbreviates
        self.left = MOST_PIECES

    def piece(self, value: Value, depth: int) -> Piece:
        """The piece of a value, with `depth` levels shown."""
        value = plain(value)
        self.left -= 1
        if data_parts(value) is None:
            return self.leaf(value)
        if depth == 0 or self.left < 0:
            return ELLIPSIS
        if isinstance(value, Record):
            labels = [f"{name}: " for name in value.names]
            pieces = [self.piece(field, depth - 1) for field in value.values]
            return Group("{", tuple(zip(labels, pieces, strict=True)), "}")
        if isinstance(value, tuple):
            return self.sequence("(", value, ")", depth)
        assert isinstance(value, Cons)
        return self.list(value, depth)

    def leaf(self, value: Value) -> Piece:
        if type(value) is float:
            return self.real(value)
        if isinstance(value, Indefinite):
            ends = value.ends(self.digits)
            pieces = [("", Layout(None, self.abbreviates).leaf(end)) for end in ends or ()]
            return Group("interval(", tuple(pieces), ")", fills=not value.shape) if ends else value.text()
        return self.array(value) if type(value) is Array else show(value)

    def list(self, value: Cons, depth: int) -> Piece:
        if isinstance(value.tail, Nil) and isinstance(value.head, tuple):
            # as `show` has it: list((1, 2)) would be the list of 1 and 2
            return Group("", (("", self.piece(value.head, depth - 1)),), " :: nil")
        return self.sequence("list(", tuple(list_items(value)), ")", depth)

    def real(self, x: float) -> str:
        return show_real(x if self.digits is None else float(f"{x:.{self.digits}g}"))

    def sequence(self, opening: str, items: tuple[Value, ...], closing: str, depth: int) -> Group:
        pieces: list[Piece] = []
        for i in self.shown(len(items)):
            pieces.append(ELLIPSIS if i is None else self.piece(items[i], depth - 1))
        fills = all(isinstance(piece, str) for piece in pieces)
        return Group(opening, tuple(("", piece) for piece in pieces), closing, fills=fills)

    def shown(self, size: int) -> Iterator[int | None]:
        """The indices to show; None stands for those that are left out."""
        if not self.abbreviates or size <= 2 * ENDS:
            yield from range(size)
        else:
            yield from range(ENDS)
            yield None
            yield from range(size - ENDS, size)

    # ── arrays ───────────────────────────────────────────────────────────────────────────────

    def array(self, array: Array) -> Piece:
        """The rows of an array under one another, the numbers of a column with their ends aligned."""
        data = array.data
        if data.size == 0:
            return show(array)
        texts = {}
        for position in self.positions(data.shape):
            texts[position] = self.real(float(data[position]))
        widths: dict[int, int] = {}
        if data.ndim > 1:
            for position, text in texts.items():
                widths[position[-1]] = max(widths.get(position[-1], 0), len(text))
        return self.rows(data.shape, (), {p: t.rjust(widths.get(p[-1], 0)) for p, t in texts.items()})

    def positions(self, shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """The indices of the elements that are shown, in order."""
        positions: list[tuple[int, ...]] = [()]
        for size in shape:
            shown = [i for i in self.shown(size) if i is not None]
            positions = [(*p, i) for p in positions for i in shown]
        return islice(positions, MOST_PIECES)

    def rows(
        self, shape: tuple[int, ...], position: tuple[int, ...], texts: dict[tuple[int, ...], str]
    ) -> Piece:
        if len(position) == len(shape):
            return texts.get(position, ELLIPSIS)
        pieces = [
            ELLIPSIS if i is None else self.rows(shape, (*position, i), texts)
            for i in self.shown(shape[len(position)])
        ]
        is_row = len(position) + 1 == len(shape)
        return Group("[", tuple(("", p) for p in pieces), "]", fills=is_row, rows=not is_row)


# ── lines ────────────────────────────────────────────────────────────────────────────────────


def _flat(piece: Piece) -> str:
    """A piece on one line."""
    if isinstance(piece, str):
        return piece
    return f"{piece.opening}{', '.join(label + _flat(item) for label, item in piece.items)}{piece.closing}"


def _is_broken(piece: Piece) -> bool:
    """Whether a piece has several lines, however wide they may be."""
    if isinstance(piece, str):
        return False
    return (piece.rows and len(piece.items) > 1) or any(_is_broken(item) for _, item in piece.items)


def lines(piece: Piece, width: int, before: str = "", after: str = "") -> list[str]:
    """The lines of a piece with what stands before and after it."""
    flat = f"{before}{_flat(piece)}{after}"
    if isinstance(piece, str) or (len(flat) <= width and not _is_broken(piece)):
        return [flat]
    if piece.rows:
        return _rows(piece, width, before, after)
    if piece.fills:
        return _filled(piece, width, before, after)
    if not piece.opening:
        ((label, item),) = piece.items
        return lines(item, width, before + label, piece.closing + after)
    inner: list[str] = []
    for i, (label, item) in enumerate(piece.items):
        comma = "," if i < len(piece.items) - 1 else ""
        inner += lines(item, width - INDENT, label, comma)
    return [before + piece.opening, *(" " * INDENT + line for line in inner), piece.closing + after]


def _rows(piece: Group, width: int, before: str, after: str) -> list[str]:
    """Items under one another, behind the opening bracket."""
    opening = before + piece.opening
    found: list[str] = []
    for i, (_, item) in enumerate(piece.items):
        end = "," if i < len(piece.items) - 1 else piece.closing + after
        for line in lines(item, width - len(opening), "", end):
            found.append((" " * len(opening) if found else opening) + line)
    return found


def _filled(piece: Group, width: int, before: str, after: str) -> list[str]:
    """As many items on every line as fit, behind the opening bracket."""
    opening = before + piece.opening
    pad = " " * len(opening)
    found: list[str] = []
    current = opening
    for i, (_, item) in enumerate(piece.items):
        text = _flat(item) + ("," if i < len(piece.items) - 1 else piece.closing + after)
        if current in (opening, pad):
            current += text
        elif len(current) + 1 + len(text) <= width:
            current += f" {text}"
        else:
            found.append(current)
            current = pad + text
    return [*found, current]
