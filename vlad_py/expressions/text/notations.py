"""The notations side by side: the language, Unicode for reading, LaTeX in a table's cell and LaTeX displayed.

A notation says how calls, arrays, indices and numbers are written. The words and the operator of a primitive
stand in its entry; displayed LaTeX has two operators of its own.
"""

from __future__ import annotations

import re
from typing import Any

from vlad_py.expressions.text.printer import Notation
from vlad_py.expressions.text.rounding import BRIEF, FEW, Rounding, short
from vlad_py.ground.late_numpy import np
from vlad_py.ground.node import replaced
from vlad_py.primitives.words import ATOM, POWER, PRODUCT, Pattern, Text
from vlad_py.values.show import show, show_real
from vlad_py.values.values import Array, Value

MORE = "…"

# ── operators of LaTeX that is displayed ─────────────────────────────────────────────────────


def _beside(left: Text, right: Text) -> Pattern:
    """Factors beside one another, with a dot before a digit and a fraction."""
    second = f"{right:power}"
    is_dotted = second[0].isdigit() or second.startswith(r"\frac")
    return Pattern(r"{0:product} \cdot {1:power}" if is_dotted else "{0:product} {1:power}", PRODUCT)


_FRACTION = Pattern(r"\frac{{{0}}}{{{1}}}", POWER)


# ── numbers ──────────────────────────────────────────────────────────────────────────────────


def _adl_number(value: Value) -> str:
    """A number in full; an array of zeros or ones alone by its shape, if it has more than a few."""
    if type(value) is Array and (value.data.size > FEW or not value.data.size):
        for number, name in ((0.0, "zeros"), (1.0, "ones")):
            if (value.data == number).all():
                return f"{name}({', '.join(map(str, value.data.shape))})"
    return show(value)


def _latex_short(value: Value, rounding: Rounding = BRIEF) -> str:
    text = rounding.text(value).replace("−", "-")
    return rf"\text{{{text}}}" if "array" in text else _latex_real(text, type(value) is float)


def _latex_number(value: Value) -> str:
    if type(value) is not Array:
        return _latex_real(show(value), True)
    if value.data.ndim <= 2 and value.data.size:
        flat = [_latex_real(show_real(x), True) for x in value.data.ravel().tolist()]
        return _matrix(flat, value.data.shape)
    return rf"\mathtt{{{show(value)}}}"


def _latex_real(text: str, is_real: bool) -> str:
    text = text.replace("inf", r"\infty").replace("nan", r"\mathrm{nan}")
    mantissa, e, exponent = text.partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if e and is_real else text


# ── axes, shapes, indices ────────────────────────────────────────────────────────────────────


def _adl_static(value: Any) -> str | None:
    """As programs write it: whole numbers, slices, one array of whole numbers alone or beside slices."""
    if isinstance(value, tuple):
        arrays = [isinstance(x, np.ndarray) for x in value].count(True)
        if arrays and not (arrays == 1 and all(isinstance(x, (slice, np.ndarray)) for x in value)):
            return None
        return _joined(map(_adl_static, value))
    if isinstance(value, slice):
        return _ends(value)
    if isinstance(value, int):
        return str(value)
    return str(value.tolist()) if isinstance(value, np.ndarray) else None


def _joined(texts: Any) -> str | None:
    found = list(texts)
    return None if None in found else ", ".join(found)


def _ends(part: slice) -> str:
    ends = f"{'' if part.start is None else part.start}:{'' if part.stop is None else part.stop}"
    return ends if part.step in (None, 1) else f"{ends}:{part.step}"


def _read_static(value: Any) -> str:
    """For reading: of many places the first ones."""
    if isinstance(value, tuple):
        return ", ".join(map(_read_static, value))
    if isinstance(value, slice):
        return _ends(value)
    if isinstance(value, int):
        return str(value)
    flat = value.ravel().tolist()
    return str(value.tolist()) if len(flat) <= FEW else f"[{', '.join(map(str, flat[:FEW]))}, {MORE}]"


def _latex_static(value: Any) -> str:
    return _read_static(value).replace(":", "{:}").replace(MORE, r"\ldots")


# ── layouts ──────────────────────────────────────────────────────────────────────────────────


def _brackets(texts: list[str], shape: tuple[int, ...]) -> str:
    """The elements of an array of a shape in nested brackets, row by row."""
    for size in reversed(shape):
        texts = [f"[{', '.join(texts[i : i + size])}]" for i in range(0, len(texts), size)]
    return texts[0]


def _matrix(texts: list[str], shape: tuple[int, ...]) -> str:
    if len(shape) > 2:
        return _brackets(texts, shape)
    rows = [" & ".join(texts[i : i + shape[-1]]) for i in range(0, len(texts), shape[-1])]
    return " ".join([r"\begin{bmatrix}", r" \\ ".join(rows), r"\end{bmatrix}"])


def _listed(parts: list[Text]) -> str:
    return ", ".join([part.text for part in parts])


def _adl_call(name: str, parts: list[Text]) -> Text:
    return Text(f"{name}({_listed(parts)})")


def _beside_one(name: str, parts: list[Text]) -> Text:
    """A function before its one argument, without brackets where that is a name or a number."""
    if len(parts) == 1 and parts[0].binds == ATOM and parts[0].text[0] not in "[(":
        return Text(f"{name} {parts[0].text}", POWER)
    return _adl_call(name, parts)


def _command(name: str) -> str:
    escaped = name.replace("_", r"\_")
    return name if name.startswith("\\") else rf"\operatorname{{{escaped}}}"


def _latex_call(name: str, parts: list[Text]) -> Text:
    return Text(rf"{_command(name)}\left({_listed(parts)}\right)")


def _latex_beside_one(name: str, parts: list[Text]) -> Text:
    return _beside_one(_command(name), parts)


def _index(part: Text, index: str) -> str:
    return f"{part:atom}[{index}]"


def _subscript(part: Text, index: str) -> str:
    array = f"{part:atom}"
    return f"{{{array}}}_{{{index}}}" if "_" in array else f"{array}_{{{index}}}"  # it has an index already


def _with_signs(pattern: str) -> str:
    return pattern.replace(" ^ 2", "²").replace("-", "−").replace("*", "×")


def _with_commands(pattern: str) -> str:
    """With commands for the names of functions."""
    named = re.sub(r"\b[a-z_]+(?=\()", lambda match: rf"\operatorname{{{{{match[0]}}}}}", pattern)
    return named.replace("*", r"\times")


# ── the notations ────────────────────────────────────────────────────────────────────────────

ADL = Notation(
    number=_adl_number,
    call=_adl_call,
    array=_brackets,
    indexed=_index,
    static=_adl_static,
    option="{{{0}: {1}}}",
)

UNICODE = Notation(
    number=short,
    call=_beside_one,
    array=_brackets,
    indexed=_index,
    static=_read_static,
    option="{0} {1}",
    adapted=_with_signs,
    minus="−",
    something="⋯",
)

LATEX_CELL = Notation(
    number=_latex_short,
    own=lambda primitive: primitive.latex,
    call=_latex_beside_one,
    array=_brackets,
    indexed=_index,
    static=_latex_static,
    option=r"\text{{{0} {1}}}",
    adapted=_with_commands,
    something=r"\cdots",
)

LATEX = Notation(
    number=_latex_number,
    own=lambda primitive: primitive.latex,
    operators={"*": _beside, "/": _FRACTION},
    call=_latex_call,
    array=_matrix,
    indexed=_subscript,
    static=_latex_static,
    option=r"\text{{{0} {1}}}",
    adapted=_with_commands,
    something=r"\cdots",
)


def unicode_to(rounding: Rounding) -> Notation:
    """Text with Unicode signs, its numbers so rounded."""
    return replaced(UNICODE, number=rounding.text)


def latex_cell_to(rounding: Rounding) -> Notation:
    """LaTeX in a cell, its numbers so rounded."""
    return replaced(LATEX_CELL, number=lambda value: _latex_short(value, rounding))
