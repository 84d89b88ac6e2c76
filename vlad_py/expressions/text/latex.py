"""Expressions of symbols as LaTeX, for mathematical mode."""

from __future__ import annotations

import re

from vlad_py.expressions.expression import Expression, Symbol
from vlad_py.expressions.sharing import shared
from vlad_py.expressions.text.notations import LATEX
from vlad_py.expressions.text.printer import Printer

GREEK = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi "
    "chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split()
)
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


_LATEX = Printer(LATEX, _name)
