"""Sums and sums of products as texts: in einsum's subscripts, and numpy's code; both from shapes."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

Shape = tuple[int, ...]

MANY_ELEMENTS = 1000  # from where on it matters how numpy adds


def _labels(shape: Shape) -> str:
    return "".join(chr(ord("A") + i) for i in range(len(shape)))


def of_total(shapes: Sequence[Shape], *, axis: int | None) -> str:
    """The sum along an axis; of all elements if it is None."""
    labels = _labels(shapes[0])
    return f"{labels}->{'' if axis is None else labels[:axis] + labels[axis + 1 :]}"


def of_sum_to(shapes: Sequence[Shape], *, shape: Shape) -> str:
    """The sums along the dimensions that broadcasting to the array's shape added."""
    labels, (own,) = _labels(shapes[0]), shapes
    new = len(own) - len(shape)
    kept = [label for i, label in enumerate(labels) if i >= new and shape[i - new] == own[i]]
    return f"{labels}->{''.join(kept)}"


def of_product(shapes: Sequence[Shape]) -> str:
    """The product of vectors or matrices; empty for stacks of them."""
    left, right = map(len, shapes)
    if left > 2 or right > 2:
        return ""
    a, b = "ij"[-left:], "jk"[:right]
    return f"{a},{b}->{a[:-1]}{b[1:]}"


def code_of_total(x: str, shape: Shape, *, axis: int | None) -> str:
    """The sum along an axis, in numpy's code; empty where the value has a faster way."""
    if len(shape) == 1 or axis is None:
        return f"float(np.add.reduce({x}, {axis}))"
    return f"np.add.reduce({x}, {axis})" if prod(shape) < MANY_ELEMENTS else ""


def code_of_sum_to(x: str, own: Shape, *, shape: Shape) -> str:
    """The sums along the dimensions that broadcasting added, in numpy's code, or empty."""
    if not shape:
        return f"float(np.add.reduce({x}, None))"
    return code_of_total(x, own, axis=0) if shape == own[1:] else ""
