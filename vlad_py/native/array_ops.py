"""Operations on arrays in LLVM: what each becomes follows from the shape of its entry.

| entry                    | becomes                                                        |
|--------------------------|----------------------------------------------------------------|
| elementwise, choosing    | the text of its value, at each element; if it calls C's        |
|                          | library, numpy's loop or, of many elements, a call back        |
| rearranging              | other steps through memory, or a table of places               |
| a sum of products        | loops over its subscripts; numpy's product from 32×32×32 on    |
| along an axis            | the `fold` of the reduction that it is the same as             |
| an assembly              | each part, written where its adjoint takes it from             |
| anything else            | a call back of its value                                       |
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from vlad_py.execution.operations import safe
from vlad_py.ground.late_numpy import np
from vlad_py.native.array_kinds import is_elementwise, subscripts
from vlad_py.native.back import Back
from vlad_py.native.constants import integers
from vlad_py.native.folds import folded
from vlad_py.native.formulas import calls_library
from vlad_py.native.ir import Op, Use
from vlad_py.native.library_loops import by_loops, goes_by_loops
from vlad_py.native.status import LEFT
from vlad_py.native.storage import FEW
from vlad_py.native.types import shape_of_type
from vlad_py.native.views import (
    Computed,
    Elements,
    Looked,
    Memory,
    Same,
    Shape,
    View,
    broadcast,
    rows,
    sources_of,
    steps_of,
)
from vlad_py.native.writer import INDEX, ZERO
from vlad_py.primitives.kinds import Along, Assembly, Choosing, Elementwise, Rearranging
from vlad_py.primitives.primitive import Primitive
from vlad_py.values.values import Array

if TYPE_CHECKING:
    from collections.abc import Callable

    from vlad_py.native.emit_arrays import Arrays

UNROLLED = 128  # products of a sum that are written one by one
LONG = 512  # elements from which on numpy's own functions, which take several at once, are faster
LARGE_PRODUCT = 32**3  # products from which on numpy's is faster


def result(arrays: Arrays, op: Op) -> View:
    """The view of what an operation gives."""
    use: Use = op.what
    shape = shape_of_type(op.results[0].type)
    views = [arrays.view(o) for o in op.operands]
    if is_elementwise(op):
        is_unknown = prod(shape) > FEW and not all(isinstance(view, Same) for view in views)
        if is_unknown and isinstance(use.primitive, Elementwise) and goes_by_loops(use.primitive):
            return by_loops(arrays, use.primitive, views, shape)
        if prod(shape) >= LONG and isinstance(use.primitive, Elementwise) and calls_library(use.primitive):
            return called_back(arrays, use, views, shape)
        return elementwise(arrays, use.primitive, views, shape)
    if isinstance(use.primitive, Rearranging):
        return rearranged(arrays, use, views[0], shape)
    text = subscripts(use, [view.shape for view in views])
    if text:
        found = contracted(arrays, text, views, shape)
    elif isinstance(use.primitive, Along):
        found = folded(arrays, use, views[0], shape)
    elif isinstance(use.primitive, Assembly):
        found = assembled(arrays, use, views, shape)
    else:
        found = None
    return called_back(arrays, use, views, shape) if found is None else found


# ── element by element ───────────────────────────────────────────────────────────────────────


def elementwise(arrays: Arrays, primitive: Primitive, views: list[View], shape: Shape) -> View:
    """Each element of the result of one element of each operand."""
    body = arrays.body

    def value(values: list[str]) -> str:
        if not isinstance(primitive, Choosing):
            return body.prim(primitive, values)
        condition, yes, no = values
        holds = body.write(f"fcmp une double {condition}, {ZERO}")
        return body.write(f"select i1 {holds}, double {yes}, double {no}")

    if all(isinstance(view, Same) for view in views):
        return Same(shape, value([view.at(body, ()) for view in views]))
    if prod(shape) > FEW:
        views = [arrays.stored(view) if isinstance(view, Elements) else view for view in views]

    def element(indices: tuple[INDEX, ...]) -> str:
        return value([view.at(body, broadcast(view.shape, indices)) for view in views])

    return Computed(shape, element)


# ── other places ─────────────────────────────────────────────────────────────────────────────


def rearranged(arrays: Arrays, use: Use, view: View, shape: Shape) -> View:
    """The elements in other places: a view of the same memory."""
    primitive = use.primitive
    assert isinstance(primitive, Rearranging)
    places = primitive.places(view.shape, use.statics)
    body = arrays.body
    if isinstance(view, Same) and (places > 0).all():
        return Same(shape, view.value)
    if places.size <= FEW:
        parts = []
        for place in places.ravel().tolist():
            indices = tuple(map(int, np.unravel_index(place - 1, view.shape))) if place else ()
            parts.append(view.at(body, indices) if place else ZERO)
        return Elements(shape, parts)
    if isinstance(view, Computed) and (sources := sources_of(places, view.shape)):

        def element(indices: tuple[INDEX, ...]) -> str:
            return view.at(body, tuple([body.place(first, steps, indices) for first, steps in sources]))

        return Computed(shape, element)
    source = view if isinstance(view, Memory) else arrays.stored(view)
    there = np.maximum(places - 1, 0)
    indices = np.unravel_index(there, source.shape)
    relative: Any = sum(step * index for step, index in zip(source.strides, indices, strict=True))
    relative = np.where(places > 0, relative, -1)
    steps = steps_of(relative) if (places > 0).all() else None
    if steps is not None:
        first, strides = steps
        base = body.place(source.base, (1,), (first,))
        return Memory(shape, source.pointer, base, strides, source.where)
    return Looked(shape, source, relative, integers(arrays.body.module, relative))


# ── sums of products ─────────────────────────────────────────────────────────────────────────


def contracted(arrays: Arrays, text: str, views: list[View], shape: Shape) -> View | None:
    """A sum of products, by its subscripts; None where numpy is faster."""
    found = summed_up(arrays, text, views)
    if isinstance(found, Memory):  # the same but for dimensions of size 1
        return Memory(shape, found.pointer, 0, rows(shape), found.where)
    if isinstance(found, Elements):
        return Elements(shape, found.parts)
    return Same(shape, found.value) if isinstance(found, Same) else None


def summed_up(arrays: Arrays, text: str, views: list[View]) -> View | None:
    """The same, without the dimensions of size 1 that the subscripts leave out."""
    body = arrays.body
    given, out = text.split("->")
    inputs = given.split(",")
    pairs = zip(inputs, views, strict=True)
    sizes = {label: n for own, view in pairs for label, n in zip(own, view.shape, strict=True)}
    summed = "".join(label for label in sizes if label not in out)
    work, shape = prod(sizes.values()), tuple(sizes[x] for x in out)
    if len(sizes) > 2 and work >= LARGE_PRODUCT:
        return None

    def term(at: dict[str, INDEX]) -> str:
        factors = [v.at(body, tuple(at[x] for x in own)) for own, v in zip(inputs, views, strict=True)]
        return factors[0] if len(factors) == 1 else body.write(f"fmul double {factors[0]}, {factors[1]}")

    own_sizes = tuple(sizes[x] for x in summed)
    if work <= UNROLLED and prod(shape) <= FEW and all(prod(v.shape) <= FEW for v in views):
        parts = []
        first = ZERO if summed and len(views) == 1 else ""  # a sum of -0 alone is 0, as numpy's
        for indices in np.ndindex(shape):
            total = first
            for others in np.ndindex(own_sizes):
                product = term(dict(zip(out + summed, (*indices, *others), strict=True)))
                total = body.write(f"fadd double {total}, {product}") if total else product
            parts.append(total or ZERO)
        return Elements(shape, parts) if shape else Same((), parts[0])
    if len(views) > 1 or isinstance(views[0], Elements):
        views = [v if isinstance(v, (Memory, Same)) else arrays.stored(v) for v in views]
    if not shape:
        slot = body.slot("double")
        body.line(f"store double {ZERO}, ptr {slot}")
        with body.nest(own_sizes) as indices:
            product = term(dict(zip(summed, indices, strict=True)))
            body.store(body.sum(body.load(slot, 0), product), slot, 0)
        return Same((), body.load(slot, 0))
    if prod(shape) <= FEW:
        room = Memory(shape, body.slot(f"[{prod(shape)} x double]"), 0, rows(shape))
    else:
        room = arrays.room(shape)
    if summed and out and any(own.endswith(out[-1]) for own in inputs) and sizes[out[-1]] > 1:
        by_rows(arrays, term, (out, shape), (summed, own_sizes), room)
        return room
    with body.nest(shape) as indices:
        slot = body.slot("double")
        body.line(f"store double {ZERO}, ptr {slot}")
        with body.nest(own_sizes) as others:
            product = term(dict(zip(out + summed, (*indices, *others), strict=True)))
            body.store(body.sum(body.load(slot, 0), product), slot, 0)
        body.store(body.load(slot, 0), room.pointer, body.place(0, room.strides, indices))
    return room


def by_rows(
    arrays: Arrays,
    term: Callable[[dict[str, INDEX]], str],
    out: tuple[str, Shape],
    summed: tuple[str, Shape],
    room: Memory,
) -> None:
    """Adds to whole rows of the result, which lie in order, as those of an operand do."""
    body = arrays.body
    (labels, shape), (others, sizes) = out, summed
    arrays.write(Same(shape, ZERO), room.pointer)
    with body.nest(shape[:-1]) as first, body.nest(sizes) as inner, body.counting(shape[-1]) as last:
        product = term(dict(zip(labels + others, (*first, last, *inner), strict=True)))
        place = body.place(0, room.strides, (*first, last))
        total = body.write(f"fadd double {body.load(room.pointer, place)}, {product}")
        body.store(total, room.pointer, place)


# ── assemblies ───────────────────────────────────────────────────────────────────────────────


def assembled(arrays: Arrays, use: Use, views: list[View], shape: Shape) -> View:
    """Parts put together: each goes where its adjoint takes it from. Elements that meet are added."""
    body, size = arrays.body, prod(shape)
    cells = cells_of(use, [view.shape for view in views], shape)
    counts = np.bincount(np.concatenate([c.ravel() for c in cells]), minlength=size)
    if size <= FEW:
        parts = [""] * size
        for view, own in zip(views, cells, strict=True):
            for indices, cell in zip(np.ndindex(view.shape), own.ravel().tolist(), strict=True):
                value, before = view.at(body, indices), parts[cell]
                parts[cell] = body.write(f"fadd double {before}, {value}") if before else value
        return Elements(shape, [part or ZERO for part in parts])
    room = arrays.room(shape)
    is_sum = bool((counts != 1).any())
    if is_sum:
        arrays.write(Same(shape, ZERO), room.pointer)

    def write(value: str, cell: INDEX) -> None:
        if is_sum:
            value = body.write(f"fadd double {body.load(room.pointer, cell)}, {value}")
        body.store(value, room.pointer, cell)

    for view, own in zip(views, cells, strict=True):
        steps = steps_of(own)
        if prod(view.shape) <= FEW:
            for indices, cell in zip(np.ndindex(view.shape), own.ravel().tolist(), strict=True):
                write(view.at(body, indices), cell)
        elif steps is not None:
            with body.nest(view.shape) as indices:
                write(view.at(body, indices), body.place(steps[0], steps[1], indices))
        else:
            table = integers(body.module, own)
            with body.nest(view.shape) as indices:
                place = body.place(0, rows(view.shape), indices)
                address = body.write(f"getelementptr inbounds i64, ptr {table}, i64 {place}")
                write(view.at(body, indices), body.write(f"load i64, ptr {address}, align 8"))
    return room


def cells_of(use: Use, shapes: list[Shape], shape: Shape) -> list[Any]:
    """For each part of an assembly the cells of the result, counted row by row, that its elements go to."""
    primitive = use.primitive
    assert isinstance(primitive, Assembly)
    whole = Array(np.arange(float(prod(shape))).reshape(shape))
    samples = [Array(np.zeros(own)) if own else 0.0 for own in shapes]
    found = []
    for i in range(len(shapes)):
        back = primitive.part(i, samples, **use.statics)(whole)
        found.append(np.asarray(back.data if type(back) is Array else back).astype(np.int64))
    return found


# ── calls back ───────────────────────────────────────────────────────────────────────────────


def called_back(arrays: Arrays, use: Use, views: list[View], shape: Shape) -> View:
    """What the entry's value gives, in Python."""
    body = arrays.body
    name = f"vlad_arrays{len(body.module.back_on_arrays)}_{safe(use.primitive.name)}"
    body.module.back_on_arrays[name] = Back(use, tuple(view.shape for view in views), shape)
    body.module.declared[name] = f"declare i32 @{name}(ptr)"
    block = body.slot(f"[{len(views) + 1} x i64]")
    for i, view in enumerate(views):
        at = body.at(block, i)
        if view.shape:
            body.line(f"store ptr {arrays.stored(view).pointer}, ptr {at}")
        else:
            body.line(f"store double {view.at(body, ())}, ptr {at}")
    if prod(shape) <= FEW:
        room = Memory(shape, body.slot(f"[{max(prod(shape), 1)} x double]"), 0, rows(shape))
    else:
        room = arrays.room(shape)
    body.line(f"store ptr {room.pointer}, ptr {body.at(block, len(views))}")
    status = body.write(f"call i32 @{name}(ptr {block})")
    body.leave_if(body.write(f"icmp ne i32 {status}, 0"), LEFT)
    return room
