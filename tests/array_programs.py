"""Random programs of arrays, each in two versions: with operations of arrays, and with loops over reals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

Shape = tuple[int, ...]

# bounded, with bounded derivatives: no digits are lost, and no difference is far off
UNARY = ["sin", "cos", "tanh", "atan", "sigmoid", "asinh", "fn t => t / 2", "fn t => t ^ 2 / 4"]
INPUTS: dict[str, Shape] = {"a": (3,), "b": (), "m": (2, 3)}


@dataclass
class Programs:
    """Draws the lines of a function of `a`, `b` and `m` whose value is a real; all shapes are known."""

    draw: Callable[..., Any]

    def __post_init__(self) -> None:
        self.known = dict(INPUTS)
        self.whole: list[str] = []
        self.loops: list[str] = []

    def among(self, options: Any) -> Any:
        return self.draw(st.sampled_from(list(options)))

    def named(self, accept: Callable[[Shape], bool]) -> tuple[str, Shape] | None:
        """A value whose shape fits, a late one rather than an early one."""
        fitting = [(name, shape) for name, shape in self.known.items() if accept(shape)]
        return self.among(fitting[-4:] + fitting[:1]) if fitting else None

    def line(self, shape: Shape, whole: str, element: Callable[..., str]) -> None:
        """A value by an expression of arrays, and by an expression for its element at given indices."""
        name = f"t{len(self.whole)}"
        places = [f"i{k}" for k in range(len(shape))]
        loops = element(*places)
        for place, size in reversed(list(zip(places, shape))):
            loops = f"[{loops} for {place} in 0..{size - 1}]"
        self.known[name] = shape
        self.whole.append(f"let {name} = {whole}")
        self.loops.append(f"let {name} = {loops}")

    # ── kinds of lines ───────────────────────────────────────────────────────────────────────

    def unary(self) -> None:
        x, shape = self.named(lambda shape: True) or ("b", ())
        f = self.among(UNARY)
        self.line(shape, f"({f})({x})", lambda *i: f"({f})({at(x, shape, i)})")

    def binary(self) -> None:
        x, p = self.named(lambda shape: True) or ("b", ())
        y, q = self.named(lambda shape: broadcast(p, shape) is not None) or ("b", ())
        sign = self.among("+-*")
        shape = broadcast(p, q) or ()
        self.line(shape, f"{x} {sign} {y}", lambda *i: f"{at(x, p, i)} {sign} {at(y, q, i)}")

    def chosen(self) -> None:
        x, shape = self.named(lambda shape: shape != ()) or ("a", (3,))
        y, q = self.named(lambda q: broadcast(shape, q) == shape) or ("b", ())
        self.line(
            shape,
            f"where({x} > 0.25, {x}, {y})",
            lambda *i: f"(if {at(x, shape, i)} > 0.25 then {at(x, shape, i)} else {at(y, q, i)})",
        )

    def reduced(self) -> None:
        x, shape = self.named(lambda shape: len(shape) == 2) or ("m", (2, 3))
        n, columns = shape
        if self.draw(st.booleans()):
            self.line((columns,), f"sum({x}, {{axis: 0}})", lambda j: total(f"{x}[k, {j}]", n))
        else:
            self.line(
                (n,), f"mean({x}, {{axis: -1}})", lambda i: f"{total(f'{x}[{i}, k]', columns)} / {columns}"
            )

    def product(self) -> None:
        x, p = self.named(lambda shape: len(shape) in (1, 2)) or ("m", (2, 3))
        y, q = self.named(lambda q: len(q) in (1, 2) and q[0] == p[-1]) or ("a", p[-1:])
        if q[0] != p[-1]:
            return

        def element(*places: str) -> str:
            row, column = places[: len(p) - 1], places[len(p) - 1 :]
            return total(f"{x}[{', '.join((*row, 'k'))}] * {y}[{', '.join(('k', *column))}]", q[0])

        self.line((*p[:-1], *q[1:]), f"{x} @ {y}", element)

    def selected(self) -> None:
        x, shape = self.named(lambda shape: shape != ()) or ("a", (3,))
        n, *rest = shape
        kind = self.draw(st.integers(0, 3))
        if kind == 0:
            i = self.draw(st.integers(-n, n - 1))
            self.line(tuple(rest), f"{x}[{i}]", lambda *js: f"{x}[{', '.join((str(i % n), *js))}]")
        elif kind == 1:
            low = self.draw(st.integers(0, n - 1))
            self.line(
                (n - low, *rest),
                f"{x}[{low}:]",
                lambda *js: f"{x}[{', '.join((f'{js[0]} + {low}', *js[1:]))}]",
            )
        elif kind == 2:
            places = self.draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=4))
            self.line(
                (len(places), *rest),
                f"{x}[{places}]",
                lambda *js: f"{x}[{', '.join((f'{places}[{js[0]}]', *js[1:]))}]",
            )
        else:
            self.line(
                shape, f"reverse({x})", lambda *js: f"{x}[{', '.join((f'{n - 1} - {js[0]}', *js[1:]))}]"
            )

    def moved(self) -> None:
        x, (n, columns) = self.named(lambda shape: len(shape) == 2) or ("m", (2, 3))
        if self.draw(st.booleans()):
            self.line((columns, n), f"transpose({x})", lambda i, j: f"{x}[{j}, {i}]")
        else:
            self.line(
                (n * columns,),
                f"reshape({x}, {n * columns})",
                lambda i: f"{x}[floor({i} / {columns}), mod({i}, {columns})]",
            )

    def vectors(self) -> None:
        x, p = self.named(lambda shape: len(shape) == 1) or ("a", (3,))
        y, q = self.named(lambda shape: len(shape) == 1) or ("a", (3,))
        kind = self.draw(st.integers(0, 2))
        if kind == 0:
            self.line((*p, *q), f"outer({x}, {y})", lambda i, j: f"{x}[{i}] * {y}[{j}]")
        elif kind == 1:
            self.line(p, f"cumsum({x})", lambda i: f"(loop s = 0 for k in 0..{i} do s + {x}[k])")
        else:
            size = p[0] + q[0]
            self.line(
                (size,),
                f"concat({x}, {y})",
                lambda i: f"(if {i} < {p[0]} then {x}[{i}] else {y}[{i} - {p[0]}])",
            )

    def programs(self) -> tuple[str, str]:
        kinds = [
            self.unary,
            self.binary,
            self.chosen,
            self.reduced,
            self.product,
            self.selected,
            self.moved,
            self.vectors,
        ]
        for _ in range(self.draw(st.integers(1, 7))):
            self.among(kinds)()
        last = list(self.known)[-1]
        result = f"sum(flatten(({last}, b, a[0] * m[1, 2])))"
        return function(self.whole, result), function(self.loops, result)


def function(lines: list[str], result: str) -> str:
    return "def f(a, b, m) = {\n  " + "\n  ".join([*lines, result]) + "\n}\n"


def broadcast(p: Shape, q: Shape) -> Shape | None:
    try:
        return tuple(np.broadcast_shapes(p, q))
    except ValueError:
        return None


def at(x: str, shape: Shape, places: tuple[str, ...]) -> str:
    """The element of a value that broadcasting takes to these places."""
    own = places[len(places) - len(shape) :]
    indices = ["0" if size == 1 else place for size, place in zip(shape, own)]
    return f"{x}[{', '.join(indices)}]" if indices else x


def total(term: str, size: int) -> str:
    return f"(loop s = 0 for k in 0..{size - 1} do s + {term})"


@st.composite
def programs(draw: Callable[..., Any]) -> tuple[str, str]:
    """The texts of two versions of one function."""
    return Programs(draw).programs()
