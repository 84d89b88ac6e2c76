"""Expressions of derivatives as ADL that runs: what derivatives alone do to arrays, in words of programs.

What moves elements about becomes an index into the elements in order, as the shapes of a trace are known.
"""

from __future__ import annotations

from typing import Any

from vlad_py.expressions.expression import Application, Constant
from vlad_py.expressions.text import adl as expression_adl
from vlad_py.expressions.text.adl import ATOM, PRODUCT, SUM, Naming, Notation, Text, inside
from vlad_py.ground.late_numpy import np
from vlad_py.laboratory.notation import ordered
from vlad_py.values.show import show
from vlad_py.values.values import Array, shape_of, size_of

_MOVES = frozenset("flip move_axis swap diagonal gather".split())


def adl(name: Naming) -> Notation:
    """ADL that runs. RunError for an operation that programs cannot write."""
    base = expression_adl.adl(name, ordered)

    def call(operation: Application, parts: list[Text]) -> Text:
        return _moved(operation, parts) or _other(operation, parts) or base.call(operation, parts)

    return Notation(name, base.number, base.signs, call, order=ordered)


def _constants(operation: Application) -> list[Any]:
    """What a primitive takes besides numbers: axes, shapes, indices."""
    if operation.many:
        return list(operation.rest)
    return [x.value for x in operation.arguments[1:] if isinstance(x, Constant)]


def _moved(operation: Application, parts: list[Text]) -> Text | None:
    """What moves elements about; None for anything else, and where programs have a shorter way."""
    name, extra = operation.primitive.name, _constants(operation)
    if name == "scatter":
        return _scattered(operation, parts, *extra)
    if name == "diagonal_matrix":
        n, (rows, columns) = size_of(operation.arguments[0].value), extra[0]
        if rows == columns:
            return f"diag({parts[0][0]})", ATOM
        return _scattered(operation, parts, ((np.arange(n), np.arange(n)),), extra[0])
    if name not in _MOVES:
        return None
    shape = shape_of(operation.arguments[0].value)
    if name == "gather" and _is_written(extra[0]):
        return None
    if name == "swap" and len(shape) == 2:
        return None
    if name == "diagonal":
        return f"diag({parts[0][0]})", ATOM
    if name == "flip" and len(shape) == 1:
        return f"reverse({parts[0][0]})", ATOM
    places = Array(np.arange(float(size_of(operation.arguments[0].value))).reshape(shape))
    moved = operation.primitive.apply(places, *extra)
    return _picked(parts[0], shape, np.asarray(moved.data if type(moved) is Array else moved))


def _is_written(index: Any) -> bool:
    """Whether programs have an index: of integers and slices, or one of whole numbers alone."""
    steps = index if isinstance(index, tuple) else (index,)
    return isinstance(index, np.ndarray) or all(
        isinstance(step, int) or (isinstance(step, slice) and step.step in (None, 1)) for step in steps
    )


def _picked(part: Text, shape: tuple[int, ...], places: np.ndarray) -> Text:
    """The elements of an array at places counted row by row, in an array of the shape that these have."""
    if places.ndim == 0:
        at = np.unravel_index(int(places), shape)
        return f"{inside(part, ATOM)}[{', '.join(map(str, at))}]", ATOM
    if places.size == 0:
        return f"zeros({_listed(places.shape)})", ATOM
    return f"{inside(_in_line(part, shape), ATOM)}[{places.astype(int).tolist()}]", ATOM


def _in_line(part: Text, shape: tuple[int, ...]) -> Text:
    """An array's elements as a vector; of a real a vector of one."""
    if len(shape) == 1:
        return part
    if not shape:
        return f"[{part[0]}]", ATOM
    return f"reshape({part[0]}, {int(np.prod(shape))})", ATOM


def _scattered(operation: Application, parts: list[Text], indices: Any, shape: tuple[int, ...]) -> Text:
    """Zeros to which parts are added: each element is one of the parts' elements, or a sum of some."""
    vectors = [
        _in_line(part, shape_of(x.value))[0]
        for part, x in zip(parts, operation.arguments, strict=False)
        if size_of(x.value)
    ]
    cells = np.arange(int(np.prod(shape))).reshape(shape)
    sources: list[list[int]] = [[] for _ in range(cells.size)]
    count = 0
    for index in indices:
        for cell in np.asarray(cells[index]).reshape(-1):
            sources[cell].append(count)
            count += 1
    if not count:
        return f"zeros({_listed(shape)})", ATOM
    if len(shape) == 1 and (ends := _run(sources, count)) is not None:
        texts = [f"zeros({n})" for n in ends]
        texts[1:1] = vectors
        texts = [text for text in texts if text != "zeros(0)"]
        return (f"concat({', '.join(texts)})", ATOM) if len(texts) > 1 else (texts[0], SUM)
    least, most = (choice(map(len, sources)) for choice in (min, max))
    if least < most:
        vectors.append("[0]")  # it has the place after all others
    line = f"concat({', '.join(vectors)})" if len(vectors) > 1 else f"({vectors[0]})"
    picked = []
    for turn in range(most):
        at = [source[turn] if turn < len(source) else count for source in sources]
        picked.append(f"{line}[{np.array(at).reshape(shape).tolist()}]")
    return " + ".join(picked), SUM if len(picked) > 1 else ATOM


def _run(sources: list[list[int]], count: int) -> tuple[int, int] | None:
    """How many zeros stand before and after the elements, where those stand in order and side by side."""
    first = next(i for i, source in enumerate(sources) if source)
    after = len(sources) - first - count
    if after >= 0 and sources[first : first + count] == [[i] for i in range(count)]:
        return first, after
    return None


def _other(operation: Application, parts: list[Text]) -> Text | None:
    """What computes, but under another name or in several steps; None for anything else."""
    name, extra = operation.primitive.name, _constants(operation)
    first = parts[0][0]
    if name == "cumulated":
        axis = f", {{axis: {extra[0]}}}" if len(shape_of(operation.value)) > 1 else ""
        return f"cumsum({first}{axis})", ATOM
    if name == "sum_to" and extra[0]:
        return _summed(first, shape_of(operation.arguments[0].value), extra[0]), ATOM
    if name == "reshape_to" and not shape_of(operation.value):
        return _picked(parts[0], shape_of(operation.arguments[0].value), np.array(0))
    if name == "lower_half":
        n = shape_of(operation.value)[0]
        lower, weights = (show(Array(m)) for m in (np.tril(np.ones((n, n))), 1 - np.eye(n) / 2))
        return f"where({lower}, {first}, 0) * {weights}", PRODUCT
    return None


def _summed(text: str, shape: tuple[int, ...], target: tuple[int, ...]) -> str:
    """Sums along the dimensions that broadcasting from the target added, one after another."""
    new = len(shape) - len(target)
    axes = [i for i in range(len(shape)) if i < new or target[i - new] != shape[i]]
    for axis in reversed(axes):
        text = f"sum({text}, {{axis: {axis}}})"
    if any(axis >= new for axis in axes):
        text = f"reshape({text}, ({_listed(target)}))"
    return text


def _listed(shape: tuple[int, ...]) -> str:
    return ", ".join(map(str, shape))
