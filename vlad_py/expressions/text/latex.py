"""Expressions of symbols as LaTeX, for mathematical mode."""

from __future__ import annotations

import re
from typing import Any

from vlad_py.expressions.expression import Application, Expression, Symbol
from vlad_py.expressions.sharing import shared
from vlad_py.expressions.text.adl import (
    ATOM,
    MINUS,
    POWER,
    PRODUCT,
    SHORT_NAMES,
    SUM,
    Notation,
    Text,
    index_text,
    inside,
    nested,
)
from vlad_py.values.show import show
from vlad_py.values.values import Value

GREEK = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi "
    "chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split()
)
KNOWN = frozenset(
    "ln sin cos tan sinh cosh tanh det max min".split()
)  # functions that LaTeX has a command for
INVERSE = {"asin": "arcsin", "acos": "arccos", "atan": "arctan"}
AROUND = {
    "sqrt": r"\sqrt{{{}}}",
    "exp": "e^{{{}}}",
    "abs": r"\left|{}\right|",
    "floor": r"\lfloor {} \rfloor",
    "ceil": r"\lceil {} \rceil",
}
_INDEXED = re.compile(r"([^\W\d]+?)_?([0-9]+)")


def latex(expression: Expression) -> str:
    """An expression written out."""
    return _LATEX.of(expression)


def shared_latex(expression: Expression) -> str:
    """An expression as equations: what it has more than once has a name."""
    bindings, rest = shared(expression)
    if not bindings:
        return _LATEX.of(rest)
    lines = [f"{_LATEX.of(name)} &= {_LATEX.of(value)}" for name, value in bindings]
    return "\n".join(
        [r"\begin{aligned}", *(line + r" \\" for line in lines), f"&{_LATEX.of(rest)}", r"\end{aligned}"]
    )


def _name(symbol: Symbol) -> str:
    indexed = _INDEXED.fullmatch(symbol.name)
    word, index = indexed.groups() if indexed else (symbol.name, "")
    if word in GREEK:
        word = f"\\{word}"
    elif len(word) > 1 or word == "_":
        word = rf"\mathit{{{word.replace('_', chr(92) + '_')}}}"
    return f"{word}_{{{index}}}" if index else word


def _number(value: Value) -> str:
    text = show(value).replace("inf", r"\infty").replace("nan", r"\mathrm{nan}")
    if type(value) is not float:
        return rf"\mathtt{{{text}}}"
    mantissa, e, exponent = text.partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if e else text


def _call(operation: Application, parts: list[Text]) -> Text:
    name = operation.primitive.name
    texts = [text for text, _ in parts if text]
    if name == "*":
        return _product(*parts)
    if name == "square":
        return f"{inside(parts[0], ATOM)}^{{2}}", POWER
    if name in AROUND:
        return AROUND[name].format(texts[0]), POWER if name == "exp" else ATOM
    if name in ("if_above", "if_same"):
        a, b, yes, no = texts
        sign = ">" if name == "if_above" else "="
        return rf"\begin{{cases}} {yes} & {a} {sign} {b} \\ {no} & \text{{else}} \end{{cases}}", SUM
    if name == "array_of":
        return _matrix(texts, operation.rest[0]), ATOM
    if name == "gather":
        array = inside(parts[0], ATOM)
        if "_" in array:
            array = f"{{{array}}}"  # it has an index already
        return f"{array}_{{{index_text(operation.arguments[1].value)}}}", ATOM
    name = SHORT_NAMES.get(name, name)
    escaped = name.replace("_", r"\_")
    known = name if name in KNOWN else INVERSE.get(name)
    command = f"\\{known}" if known else rf"\operatorname{{{escaped}}}"
    return rf"{command}\left({', '.join(texts)}\right)", ATOM


def _product(left: Text, right: Text) -> Text:
    """Factors beside one another, with a dot before a digit."""
    a, b = inside(left, PRODUCT), inside(right, PRODUCT + 1)
    if left[1] == MINUS:
        a = f"({left[0]})"
    if right[1] == MINUS:
        b = f"({right[0]})"
    return a + (r" \cdot " if b[0].isdigit() or b.startswith(r"\frac") else " ") + b, PRODUCT


def _matrix(texts: list[str], shape: Any) -> str:
    if len(shape) > 2:
        return nested(texts, shape, "[{}]", ", ")
    rows = [" & ".join(texts[i : i + shape[-1]]) for i in range(0, len(texts), shape[-1])]
    return " ".join([r"\begin{bmatrix}", r" \\ ".join(rows), r"\end{bmatrix}"])


_SIGNS = {"+": "{} + {}", "-": "{} - {}", "/": r"\frac{{{}}}{{{}}}", "@": r"{} \, {}", "^": "{}^{{{}}}"}
_LATEX = Notation(_name, _number, _SIGNS, _call, is_set=True)
