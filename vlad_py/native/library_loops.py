"""Operations on arrays that call functions of C's library: numpy's loops, several elements at once."""

from __future__ import annotations

import ast
from copy import deepcopy
from functools import cache
from math import prod
from typing import TYPE_CHECKING

from vlad_py.native import numpy_loops
from vlad_py.native.formulas import Instructions, library_call, library_calls, tree_of
from vlad_py.native.reading import NoText, Reader
from vlad_py.native.views import Computed, Elements, Shape, View, broadcast
from vlad_py.native.writer import INDEX
from vlad_py.primitives.primitive import Primitive

if TYPE_CHECKING:
    from vlad_py.native.emit_arrays import Arrays


@cache
def goes_by_loops(primitive: Primitive) -> bool:
    """Whether a value calls functions of C's library, and numpy has loops for all of them."""
    try:
        tree = tree_of(primitive, primitive.arity)
    except NoText:
        return False
    inside = [call for f in ast.walk(tree) if isinstance(f, ast.Lambda) for call in library_calls(f)]
    names = library_calls(tree)
    return bool(names) and not inside and all(numpy_loops.loop(name) for name in names)


def by_loops(arrays: Arrays, primitive: Primitive, views: list[View], shape: Shape) -> View:
    """A value whose functions of C's library are numpy's loops: several elements at once, as interpreted."""
    body = arrays.body
    views = [arrays.stored(view) if isinstance(view, Elements) else view for view in views]
    names: dict[str, View] = {f"x{i}": view for i, view in enumerate(views)}

    def computed(tree: ast.expr) -> View:
        if isinstance(tree, ast.Name) and tree.id in names and names[tree.id].shape == shape:
            return names[tree.id]

        def element(indices: tuple[INDEX, ...]) -> str:
            used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            values = {x: v.at(body, broadcast(v.shape, indices)) for x, v in names.items() if x in used}
            return Reader(Instructions(body.write, body.module.declare), []).value(tree, values)

        return Computed(shape, element)

    class Stages(ast.NodeTransformer):
        """Calls of C's library become arrays that numpy's loops have computed, from the inside out."""

        def visit_Call(self, node: ast.Call) -> ast.expr:
            self.generic_visit(node)
            name = library_call(node)
            if not name:
                return node
            stage = ast.Name(f"stage{len(names)}")
            names[stage.id] = looped(arrays, name, computed(node.args[0]))
            return stage

    return computed(Stages().visit(deepcopy(tree_of(primitive, primitive.arity))))


def looped(arrays: Arrays, name: str, view: View) -> View:
    """The result of a numpy function's loop over an array."""
    body = arrays.body
    source, room = arrays.stored(view), arrays.room(view.shape)
    pair, count, steps = body.slot("[2 x ptr]"), body.slot("i64"), body.slot("[2 x i64]")
    body.line(f"store ptr {source.pointer}, ptr {pair}")
    body.line(f"store ptr {room.pointer}, ptr {body.at(pair, 1)}")
    body.line(f"store i64 {prod(view.shape)}, ptr {count}")
    for i in range(2):
        body.line(f"store i64 8, ptr {body.at(steps, i)}")
    function, data = body.module.loop(name)
    body.line(f"call void @{function}(ptr {pair}, ptr {count}, ptr {steps}, ptr @{data})")
    return room
