"""A plot: a value of the language, and the object that Python gets."""

from __future__ import annotations

from typing import Any

from vlad_py.ground.columns import WIDTH
from vlad_py.ground.node import record
from vlad_py.plots.figure import Figure

MOST_NAMES = 4  # of curves, in the text of a plot


@record(public=True)
class Plot:
    """A picture of functions or data. It holds numbers, no functions, and equals a plot that holds the same.

    Notebooks show it as SVG. `svg()` is the text of that picture, `text()` a drawing in characters.
    """

    figure: Figure

    def __repr__(self) -> str:
        """`<plot of sin, cos>`: with the names of its curves."""
        names = [marks.label for marks in self.figure.marks if marks.label and marks.kind != "level"]
        if len(names) > MOST_NAMES:
            names[MOST_NAMES - 1 :] = ["…"]
        about = self.figure.title or ", ".join(names)
        return f"<plot of {about}>" if about else "<plot>"

    def svg(self) -> str:
        """The picture as SVG, 640×400 pixels large: a document of its own, or part of a page in HTML."""
        from vlad_py.plots.svg import svg  # only here: most plots are not drawn in both ways

        return svg(self.figure)

    def text(self, width: int = WIDTH, *, color: bool = False) -> str:
        """The picture in Braille characters, with lines of at most `width` characters (at least 20); with
        `color` in the colours of a terminal, by its escape sequences.
        """
        from vlad_py.plots.braille import drawing  # only here: see above

        return drawing(self.figure, width, color=color)

    def _repr_svg_(self) -> str:
        return self.svg()

    def _repr_pretty_(self, printer: Any, is_cycle: bool) -> None:
        printer.text(self.text())
