"""Random programs with all that the language has, patterns, loops and closures among it.

They may fail when they run, but all their names are known.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

CONSTANTS = ["0", "-1.5", "1e-9", "inf", "true", "false", "nil", "()", '"a\\n\\"b\\""', "sin", "(+)", "(not)"]
OPERATORS = ["+", "-", "*", "/", "^", "@", "==", "<", ">=", "and", "or", "::", ".."]


class Writer:
    """Draws the text of expressions and patterns; `known` are the names that are in scope."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.count = 0

    def among(self, options: list[Any]) -> Any:
        return self.draw(st.sampled_from(options))

    def new(self) -> str:
        self.count += 1
        return f"{self.among(['x', 'head', 'tail', 'b_1', 'ä'])}{self.count}{self.among(['', chr(39)])}"

    def pattern(self, depth: int, fits: bool = False) -> tuple[str, list[str]]:
        """A pattern and the names that it binds; only with `fits` may it be one that need not fit."""
        shape = self.draw(st.integers(0, 7 if fits else 4)) if depth else 0
        if shape == 1:
            return "_", []
        if shape in (2, 3):
            parts = [self.pattern(depth - 1, fits) for _ in range(2)]
            texts, names = [text for text, _ in parts], [n for _, found in parts for n in found]
            text = f"({texts[0]}, {texts[1]})" if shape == 2 else f"{{head: {texts[0]}, b: {texts[1]}}}"
            return text, names
        if shape in (5, 6):
            first, names = self.pattern(depth - 1, fits)
            rest, more = self.pattern(0)
            return f"({first}) :: {rest}", names + more
        if shape == 7:
            return self.among(["0", "nil", '"s"', "true"]), []
        name = self.new()
        return name, [name]

    def expression(self, known: list[str], depth: int) -> str:
        if depth == 0:
            names = [*known[-5:], *known[:1]]
            return str(self.among(names if self.draw(st.booleans()) else CONSTANTS))

        def e(*more: str) -> str:
            return self.expression([*known, *more], depth - 1)

        pattern, names = self.pattern(2)
        match self.draw(st.integers(0, 12)):
            case 0 | 1:
                return f"({e()} {self.among(OPERATORS)} {e()})"
            case 2:
                return f"(not ({e()}))"
            case 3:
                return f"(if {e()} then {e()} else {e()})"
            case 4:
                return f"({e()})({e()}, {e()})"
            case 5:
                return f"(fn {pattern} => {e(*names)})"
            case 6:
                name = self.new()
                return f"{{ let {pattern} = {e()}; def {name}(a) = {e(name, 'a')}; {e(name, *names)} }}"
            case 7:
                return f"(loop {pattern} = {e()} while {e(*names)} do {e(*names)})"
            case 8:
                element, inner = self.pattern(1)
                return f"(loop {pattern} = {e()} for {element} in {e()} do {e(*names, *inner)})"
            case 9:
                return f"[{e(*names)} for {pattern} in {e()}]"
            case 10:
                arms = []
                for _ in range(2):
                    arm, inner = self.pattern(3, fits=True)
                    arms.append(f"{arm} => {e(*inner)}")
                return f"(match {e()} {{ {'; '.join(arms)} }})"
            case 11:
                return f"{{a: {e()}, b: {e()}}}.{self.among(['a', 'b', 'head'])}"
            case _:
                return f"({e()})[{self.among(known)} + 1]"


@st.composite
def programs(draw: st.DrawFn, depth: int = 3) -> str:
    """The text of a program: two definitions that may call each other, a binding, an expression."""
    writer = Writer(draw)
    known = ["f", "g", "y"]
    lines = [
        f"def f(p) = {writer.expression([*known, 'p'], depth)}",
        f"def g(a, b) = {writer.expression([*known, 'a', 'b'], depth)}",
        f"let y = {writer.expression(['f', 'g'], depth)}",
        writer.expression(known, depth),
    ]
    return "\n".join(lines) + "\n"
