"""Reductions along an axis in LLVM: the text of the reduction of many reals, with loops for its folds.

LLVM computes with many elements at once, in lanes: with whole rows if the axis is not the last; else with
every 32nd element, if the order does not matter.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING, TypeGuard

from vlad_py.ground.late_numpy import np
from vlad_py.native.formulas import EXTREMES, Instructions, tree_of
from vlad_py.native.ir import Use
from vlad_py.native.reading import NoText, Reader, mentions
from vlad_py.native.storage import FEW
from vlad_py.native.views import Elements, Memory, Same, Shape, View, rows
from vlad_py.native.writer import INDEX
from vlad_py.primitives.kinds import Along

if TYPE_CHECKING:
    from vlad_py.native.emit import Body
    from vlad_py.native.emit_arrays import Arrays

LANES = 32  # results side by side, each of every 32nd element: four vectors of eight reals


def folded(arrays: Arrays, use: Use, view: View, shape: Shape) -> View | None:
    """A reduction along an axis, by the text of the reduction of many reals; None where it has none."""
    primitive, axis = use.primitive, use.statics["axis"]
    assert isinstance(primitive, Along)
    body = arrays.body
    own = view.shape if axis is None else (view.shape[axis],)

    def whole(outer: tuple[INDEX, ...], inner: tuple[INDEX, ...]) -> tuple[INDEX, ...]:
        return inner if axis is None else (*outer[:axis], *inner, *outer[axis:])

    if not prod(own) and prod(shape) > FEW:  # the axis is empty: all results are the empty reduction
        return Same(shape, body.prim(primitive.whole, []))
    if prod(view.shape) <= FEW:
        parts = [
            body.prim(primitive.whole, [view.at(body, whole(outer, inner)) for inner in np.ndindex(own)])
            for outer in np.ndindex(shape)
        ]
        return Elements(shape, parts) if shape else Same((), parts[0])
    try:
        tree = tree_of(primitive.whole)
    except NoText:
        return None
    source = view if isinstance(view, (Memory, Same)) else arrays.stored(view)
    if axis is None:
        flat = arrays.stored(source)
        source, own = Memory((prod(own),), flat.pointer, 0, (1,), flat.where), (prod(own),)

    def fold(outer: tuple[INDEX, ...]) -> str:
        return Folding(body, own[0], lambda i: source.at(body, whole(outer, (i,)))).value(tree, {})

    if not shape:
        return Same((), fold(()))
    if axis is not None and prod(shape[axis:]) > 1 and _is_fold(tree) and own[0] > 1:
        return _by_rows(arrays, tree, source, axis, shape)
    if prod(shape) <= FEW:
        return Elements(shape, [fold(outer) for outer in np.ndindex(shape)])
    room = arrays.room(shape)
    with body.nest(shape) as outer:
        value = fold(outer)
        body.store(value, room.pointer, body.place(0, room.strides, outer))
    return room


def _is_fold(tree: ast.expr) -> TypeGuard[ast.Call]:
    """Whether a text is a fold, and nothing else."""
    return isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "fold"


def _in_any_order(step: ast.expr) -> bool:
    """Whether a step of a fold, of `a` and `x`, gives the same result in any order."""
    match step:
        case ast.Call(func=ast.Name(id=name), args=[ast.Name(id="a"), ast.Name(id="x")]):
            return name in EXTREMES
    return False


def _by_rows(arrays: Arrays, tree: ast.Call, source: View, axis: int, shape: Shape) -> View:
    """A fold along an axis that is not the last: each turn is one of whole rows of the result."""
    body, (step, start) = arrays.body, tree.args
    if prod(shape) <= FEW:
        room = Memory(shape, body.slot(f"[{prod(shape)} x double]"), 0, rows(shape))
    else:
        room = arrays.room(shape)
    reader = Folding(body, source.shape[axis], lambda _: "")
    first = int(mentions(start, "x"))
    with body.nest(shape[:axis]) as outer:

        def turn(text: ast.expr, i: INDEX, **names: str) -> None:
            with body.nest(shape[axis:]) as inner:
                place = body.place(0, room.strides, (*outer, *inner))
                names["x"] = source.at(body, (*outer, i, *inner))
                if text is step:
                    names["a"] = body.load(room.pointer, place)
                body.store(reader.value(text, names), room.pointer, place)

        turn(start, 0)
        with body.counting(source.shape[axis], first) as i:
            turn(step, i)
    return room


class Folding(Reader[str]):
    """A text whose folds go through elements in a loop."""

    def __init__(self, body: Body, size: int, element: Callable[[INDEX], str]) -> None:
        super().__init__(Instructions(body.write, body.module.declare), [])
        self.body = body
        self.count = size
        self.element = element

    @property
    def size(self) -> int:
        """How many elements there are."""
        return self.count

    def fold(self, step: ast.expr, start: ast.expr, names: dict[str, str]) -> str:
        """A value that goes through the elements, step by step."""
        body, slot = self.body, self.body.slot("double")
        takes_first = mentions(start, "x")
        if takes_first and not self.size:
            raise NoText
        if takes_first and self.size >= 2 * LANES and _in_any_order(step):
            return self.in_lanes(step, names)
        first = {**names, "x": self.element(0)} if takes_first else names
        body.store(self.value(start, first), slot, 0)
        if self.size > takes_first:
            with body.counting(self.size, int(takes_first)) as i:
                inside = {**names, "x": self.element(i), "a": body.load(slot, 0)}
                body.store(self.value(step, inside), slot, 0)
        return body.load(slot, 0)

    def in_lanes(self, step: ast.expr, names: dict[str, str]) -> str:
        """The same, several results side by side, which are put together at the end."""
        body, lanes = self.body, self.body.slot(f"[{LANES} x double]")

        def turn(at: INDEX, x: str) -> None:
            inside = {**names, "x": x, "a": body.load(lanes, at)}
            body.store(self.value(step, inside), lanes, at)

        with body.counting(LANES) as i:
            body.store(self.element(i), lanes, i)
        with body.counting(self.size // LANES, 1) as block, body.counting(LANES) as i:
            turn(i, self.element(body.place(0, (LANES, 1), (block, i))))
        for i in range(self.size - self.size % LANES, self.size):
            turn(i % LANES, self.element(i))
        with body.counting(LANES, 1) as i:
            turn(0, body.load(lanes, i))
        return body.load(lanes, 0)
