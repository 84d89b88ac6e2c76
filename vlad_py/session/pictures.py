"""A program's plot as the text of a picture."""

from __future__ import annotations

from vlad_py.ground.errors import RunError
from vlad_py.plots.plot import Plot
from vlad_py.values.show import describe
from vlad_py.values.values import UNIT, Value

SVG = ".svg"


def picture_of(value: Value) -> str:
    """A program's value as the text of an SVG file. RunError if it is not a plot."""
    if type(value) is Plot:
        return value.svg()
    got = "nothing: it ends with a definition or with `print`" if value == UNIT else describe(value)
    hint = "the last line of the program has to be a plot, such as `plot(f, 0, 1)`"
    raise RunError(f"-o: expected a program whose value is a plot, got {got}", hint=hint)
