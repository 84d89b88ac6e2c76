"""Values as notebooks show them: text for all, tables for records, LaTeX for arrays, plots as SVG."""

from __future__ import annotations

from html import escape
from math import isfinite
from typing import Any

from vlad_py.numbers.symbolic.symbolic import Formula
from vlad_py.plots.plot import Plot
from vlad_py.python.convert import to_python
from vlad_py.python.embedded import Embedded
from vlad_py.python.function import Function
from vlad_py.python.signature import documentation_of
from vlad_py.values.display import display
from vlad_py.values.show import function_name, show_real
from vlad_py.values.values import Array, Closure, Record, Value, is_function, plain

WIDTH = 100  # columns of text
MOST_ROWS = 12  # and columns of an array in LaTeX; larger ones are text
DIGITS = 6  # of its elements, if nothing else is asked for; the text shows all

Bundle = dict[str, str]  # by the type of the representation


class Shown(Embedded):
    """The value of a cell. `python` is the converted value; ADL functions take this object directly.

    `places` are the digits behind the point of reals in arrays; None: six digits in all.
    """

    __slots__ = ("places",)

    def __init__(self, value: Value, places: int | None = None) -> None:
        self.value = value
        self.places = places

    @property
    def python(self) -> Any:
        """The value in Python, as a variable of the notebook has it."""
        return python_of(self.value)

    def __repr__(self) -> str:
        return display(self.value, WIDTH)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Bundle:
        return bundle(self.value, places=self.places)


def python_of(value: Value) -> Any:
    """A value in Python."""
    return to_python(value, Function)


def bundle(value: Value, digits: int | None = None, places: int | None = None) -> Bundle:
    """Every representation of a value: notebooks choose the richest that they know.

    Reals have so many significant `digits`; in a matrix, so many `places` behind the point instead.
    """
    shown = {"text/plain": display(value, WIDTH, digits)}
    if type(value) is Plot:
        shown["image/svg+xml"] = value.svg()
    elif type(value) is Record and value.names:
        shown["text/html"] = _table(value, digits)
    elif type(value) is Array and value.data.ndim <= 2 and 0 < max(value.data.shape) <= MOST_ROWS:
        shown["text/latex"] = _matrix(value, digits or DIGITS, places)
    elif isinstance(primal := plain(value), Formula):
        shown["text/latex"] = primal._repr_latex_()
    elif is_function(value):
        shown["text/html"] = function_html(Function(value))
    return shown


def function_html(function: Function) -> str:
    """A function: its signature and its documentation."""
    value = function.value
    parameters = value.code.parameters if isinstance(value, Closure) else "(…)"
    parameters = parameters if parameters.startswith("(") else f"({parameters})"
    call = f"<code>{escape(function_name(value) + parameters)}</code>"
    doc = documentation_of(value)
    return f"{call}<br>{escape(doc)}" if doc else call


def _table(record: Record, digits: int | None) -> str:
    cell = '<td style="text-align: left"><pre>{}</pre></td>'
    rows = [
        f"<tr>{cell.format(escape(name))}{cell.format(escape(display(part, WIDTH, digits)))}</tr>"
        for name, part in zip(record.names, record.values, strict=True)
    ]
    return f"<table>{''.join(rows)}</table>"


def _matrix(array: Array, digits: int, places: int | None) -> str:
    """The rows of an array; an array of one dimension is a row."""
    rows = [array.data] if array.data.ndim == 1 else array.data
    text = r" \\ ".join(" & ".join(_number(x, digits, places) for x in row.tolist()) for row in rows)
    return rf"$\displaystyle \begin{{bmatrix}} {text} \end{{bmatrix}}$"


def _number(x: float, digits: int, places: int | None) -> str:
    if places is not None and isfinite(x):
        return f"{x:.{places}f}"
    text = show_real(float(f"{x:.{digits}g}"))
    if "e" in text:
        factor, exponent = text.split("e")
        return rf"{factor} \cdot 10^{{{int(exponent)}}}"
    return text.replace("inf", r"\infty").replace("nan", r"\mathrm{nan}")
