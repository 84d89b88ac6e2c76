"""Nested differentiation by overloaded operators: what one writes in an afternoon, as something to beat.

Dual numbers and a tape, told apart by tags: the number of the newest tag takes an operation, every
other operand is a constant to it. Correct for all nestings of both modes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import count
from typing import Any, TypeAlias

Real: TypeAlias = Any  # a float or a Number: no checker follows reflected operators through the union
Point: TypeAlias = tuple[Real, ...]

_fresh = count(1).__next__


class Number:
    """A real under differentiation; comparisons see its primal."""

    __slots__ = ("primal", "tag")
    tag: int
    primal: Real

    def __lt__(self, other: Real) -> bool:
        return bool(self.primal < other)

    def __gt__(self, other: Real) -> bool:
        return bool(self.primal > other)


LIFTED: Any = Number  # a test for it leaves the tested value's type as it is: Real


class Dual(Number):
    """primal + tangent·ε of one tag."""

    __slots__ = ("tangent",)

    def __init__(self, tag: int, primal: Real, tangent: Real) -> None:
        self.tag = tag
        self.primal = primal
        self.tangent = tangent

    def chain(self, y: Real, partial: Real) -> Dual:
        return Dual(self.tag, y, partial * self.tangent)

    def __neg__(self) -> Dual:
        return Dual(self.tag, -self.primal, -self.tangent)

    def __add__(self, other: Real) -> Real:
        if isinstance(other, LIFTED):
            if other.tag == self.tag:
                return Dual(self.tag, self.primal + other.primal, self.tangent + other.tangent)
            if other.tag > self.tag:
                return other + self
        return Dual(self.tag, self.primal + other, self.tangent)

    __radd__ = __add__

    def __sub__(self, other: Real) -> Real:
        if isinstance(other, LIFTED):
            if other.tag == self.tag:
                return Dual(self.tag, self.primal - other.primal, self.tangent - other.tangent)
            if other.tag > self.tag:
                return other.__rsub__(self)
        return Dual(self.tag, self.primal - other, self.tangent)

    def __rsub__(self, other: Real) -> Dual:
        return Dual(self.tag, other - self.primal, -self.tangent)

    def __mul__(self, other: Real) -> Real:
        if isinstance(other, LIFTED):
            if other.tag == self.tag:
                a, b = self.primal, other.primal
                return Dual(self.tag, a * b, a * other.tangent + b * self.tangent)
            if other.tag > self.tag:
                return other * self
        return Dual(self.tag, self.primal * other, self.tangent * other)

    __rmul__ = __mul__

    def __truediv__(self, other: Real) -> Real:
        if isinstance(other, LIFTED):
            if other.tag == self.tag:
                b = other.primal
                y = self.primal / b
                return Dual(self.tag, y, (self.tangent - y * other.tangent) / b)
            if other.tag > self.tag:
                return other.__rtruediv__(self)
        return Dual(self.tag, self.primal / other, self.tangent / other)

    def __rtruediv__(self, other: Real) -> Dual:
        y = other / self.primal
        return Dual(self.tag, y, -y * self.tangent / self.primal)

    def __pow__(self, n: float) -> Dual:
        a = self.primal
        return Dual(self.tag, a**n, n * a ** (n - 1.0) * self.tangent)


class Node(Number):
    """A real on a tape, with the one or two nodes that it was made from and the partials by them."""

    __slots__ = ("adjoint", "left", "left_partial", "right", "right_partial", "tape")

    def __init__(
        self,
        tag: int,
        primal: Real,
        tape: list[Node],
        left: Node | None = None,
        left_partial: Real = 0.0,
        right: Node | None = None,
        right_partial: Real = 0.0,
    ) -> None:
        self.tag = tag
        self.primal = primal
        self.tape = tape
        self.left = left
        self.left_partial = left_partial
        self.right = right
        self.right_partial = right_partial
        self.adjoint: Real = None
        tape.append(self)

    def chain(self, y: Real, partial: Real) -> Node:
        return Node(self.tag, y, self.tape, self, partial)

    def __neg__(self) -> Node:
        return Node(self.tag, -self.primal, self.tape, self, -1.0)

    def __add__(self, other: Real) -> Real:
        if isinstance(other, LIFTED):
            if other.tag == self.tag:
                return Node(self.tag, self.primal + other.primal, self.tape, self, 1.0, other, 1.0)
            if other.tag > self.tag:
                return other + self
        return Node(self.tag, self.primal + other, self.tape, self, 1.0)

    __radd__ = __add__

    def __sub__(self, other: Real) -> Real:
        if isinstance(other, LIFTED):
            if other.tag == self.tag:
                return Node(self.tag, self.primal - other.primal, self.tape, self, 1.0, other, -1.0)
            if other.tag > self.tag:
                return other.__rsub__(self)
        return Node(self.tag, self.primal - other, self.tape, self, 1.0)

    def __rsub__(self, other: Real) -> Node:
        return Node(self.tag, other - self.primal, self.tape, self, -1.0)

    def __mul__(self, other: Real) -> Real:
        if isinstance(other, LIFTED):
            if other.tag == self.tag:
                a, b = self.primal, other.primal
                return Node(self.tag, a * b, self.tape, self, b, other, a)
            if other.tag > self.tag:
                return other * self
        return Node(self.tag, self.primal * other, self.tape, self, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Real) -> Real:
        if isinstance(other, LIFTED):
            if other.tag == self.tag:
                b = other.primal
                y = self.primal / b
                return Node(self.tag, y, self.tape, self, 1.0 / b, other, -y / b)
            if other.tag > self.tag:
                return other.__rtruediv__(self)
        return Node(self.tag, self.primal / other, self.tape, self, 1.0 / other)

    def __rtruediv__(self, other: Real) -> Node:
        y = other / self.primal
        return Node(self.tag, y, self.tape, self, -y / self.primal)

    def __pow__(self, n: float) -> Node:
        a = self.primal
        return Node(self.tag, a**n, self.tape, self, n * a ** (n - 1.0))


def sqrt(x: Real) -> Real:
    if isinstance(x, LIFTED):
        y = sqrt(x.primal)
        return x.chain(y, 0.5 / y)
    return math.sqrt(x)


def norm(xs: Point) -> Real:
    total = 0.0
    for x in xs:
        total = total + x * x
    return sqrt(total)


# ── operators: functions of points to functions of points ────────────────────────────────────


def gradient_forward(f: Callable[[Point], Real]) -> Callable[[Point], Point]:
    """By one forward pass for every coordinate."""

    def slope(point: Point) -> Point:
        found = []
        for i, x in enumerate(point):
            tag = _fresh()
            y = f((*point[:i], Dual(tag, x, 1.0), *point[i + 1 :]))
            found.append(y.tangent if isinstance(y, Dual) and y.tag == tag else 0.0)
        return tuple(found)

    return slope


def gradient(f: Callable[[Point], Real]) -> Callable[[Point], Point]:
    """By one reverse pass."""

    def slope(point: Point) -> Point:
        tag = _fresh()
        tape: list[Node] = []
        inputs = [Node(tag, x, tape) for x in point]
        y = f(tuple(inputs))
        if isinstance(y, Node) and y.tag == tag:
            y.adjoint = 1.0
            _sweep(tape)
        tape.clear()  # nodes know their tape: without this they would be cyclic garbage
        return tuple(0.0 if x.adjoint is None else x.adjoint for x in inputs)

    return slope


def _sweep(tape: list[Node]) -> None:
    for node in reversed(tape):
        adjoint, left, right = node.adjoint, node.left, node.right
        if adjoint is None or left is None:
            continue
        term = node.left_partial * adjoint
        left.adjoint = term if left.adjoint is None else left.adjoint + term
        if right is not None:
            term = node.right_partial * adjoint
            right.adjoint = term if right.adjoint is None else right.adjoint + term
