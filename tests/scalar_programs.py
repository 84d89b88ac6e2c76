"""Random programs of scalar arithmetic, with straight runs, branches and loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.primitives.kinds import Elementwise
from vlad_py.primitives.primitive import NotDifferentiable


def names(accept: Callable[[Any], bool]) -> list[str]:
    """The names of all scalar functions that programs can call by name."""
    return [p.name for p in PRIMITIVES.values() if p.name.isidentifier() and not p.internal and accept(p)]


UNARY = names(lambda p: p.arity == 1 and isinstance(p, Elementwise))
# differentiable with respect to both arguments
BINARY = names(
    lambda p: (
        p.arity == 2
        and type(p) is Elementwise
        and not any(isinstance(partial, NotDifferentiable) for partial in p.partials)
    )
)
INFIX = ["+", "-", "*", "/", "^"]
CONSTANTS = ["0", "-0", "1", "2", "0.5", "-1", "3", "-2.5", "inf", "nan", "1e200", "1e-300", "(1 / 3)"]

# bounded, with bounded derivatives: sums of partials cannot lose digits
TAME_UNARY = ["sin", "cos", "atan", "tanh", "sigmoid", "asinh", "erf"]
TAME_CONSTANTS = ["0.5", "-0.75", "1", "0.25"]


class Programs:
    """Draws the text of a function f of two reals that gives two reals and a boolean."""

    def __init__(self, draw: Callable[..., Any], tame: bool) -> None:
        self.draw = draw
        self.tame = tame
        self.count = 0

    def among(self, options: list[str]) -> str:
        return str(self.draw(st.sampled_from(options)))

    def new(self) -> str:
        self.count += 1
        return f"t{self.count}"

    def atom(self, known: list[str]) -> str:
        if self.draw(st.integers(0, 3)):
            return self.among(known[-4:] + known[:2])
        return self.among(TAME_CONSTANTS if self.tame else CONSTANTS)

    def operation(self, known: list[str]) -> str:
        a, b = self.atom(known), self.atom(known)
        shape = self.draw(st.integers(0, 3))
        if self.tame:
            if shape < 2:
                return f"{self.among(TAME_UNARY)}({a})"
            return f"{a} {self.among(['+', '-', '*'])} {b}" if shape == 2 else f"0.5 * ({a} ^ 2)"
        if shape == 0:
            return f"{self.among(UNARY)}({a})"
        if shape == 1:
            return f"{self.among([*BINARY, 'min', 'max', 'log'])}({a}, {b})"
        if shape == 2:
            return f"({a}) {self.among(INFIX)} ({b})"
        return f"({a}) ^ {self.among(['0', '1', '2', '-1', '3', '0.5', b])}"

    def lines(self, known: list[str], depth: int) -> list[str]:
        """Some lines of a block; `known` gets their names."""
        text: list[str] = []
        for _ in range(self.draw(st.integers(1, 5))):
            name = self.new()
            kind = self.draw(st.integers(0, 7)) if depth else 7
            if kind == 0:
                test = (
                    f"{self.atom(known)} {self.among(['<', '<=', '>', '>=', '==', '!='])} {self.atom(known)}"
                )
                blocks = []
                for _ in range(2):
                    inner = list(known)
                    body = self.lines(inner, depth - 1)
                    blocks.append("{ " + "; ".join([*body, inner[-1]]) + " }")
                text.append(f"let {name} = if {test} then {blocks[0]} else {blocks[1]}")
            elif kind == 1:
                inner = [*known, "s", "t"]
                body = self.lines(inner, 0)
                state = f"({self.atom(known)}, {self.atom(known)})"
                turn = "{ " + "; ".join([*body, f"({inner[-1]}, s)"]) + " }"
                text.append(f"let ({name}, _) = loop (s, t) = {state} for _ in 1..3 do {turn}")
            else:
                text.append(f"let {name} = {self.operation(known)}")
            known.append(name)
        return text

    def program(self, depth: int) -> str:
        known = ["x", "y"]
        lines = self.lines(known, depth)
        outcome = f"({known[-1]}, {self.atom(known)} * 1, {self.atom(known)} < {known[-1]})"
        return "def f(x, y) = {\n  " + "\n  ".join([*lines, outcome]) + "\n}"


@st.composite
def programs(draw: Callable[..., Any], tame: bool = False, depth: int = 1) -> str:
    """Programs with straight runs, branches and loops; tame ones lose no digits."""
    return Programs(draw, tame).program(depth)
