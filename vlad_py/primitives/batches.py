"""Structures of arrays as lists of their items, and back (see stdlib/prelude/batches.adl)."""

from __future__ import annotations

from vlad_py.ground.errors import RunError
from vlad_py.primitives.axes import checked_axis
from vlad_py.primitives.by_parts import matched
from vlad_py.primitives.declare import internal
from vlad_py.primitives.many import reals
from vlad_py.primitives.shapes import move_axis, stack_of
from vlad_py.primitives.structures import elements
from vlad_py.values.show import describe, not_numbers
from vlad_py.values.structure import data_parts, transform
from vlad_py.values.values import UNIT, Record, Value, is_array, is_numeric, is_real, make_list, shape_of


def checked(x: Value) -> list[Value]:
    """The arrays of a structure. RunError unless there are some, with equally many items, and no real."""
    arrays: list[Value] = []

    def leaf(value: Value) -> Value:
        if is_array(value):
            arrays.append(value)
        elif is_real(value):
            hint = "capture what is the same for all items: `fn (c, xs) => batched(fn x => f(c, x))(xs)`"
            found = next(place for place, part in _places(x) if is_real(part))
            raise RunError(f"`batched` expects arrays, got a real as {found or 'its argument'}", hint=hint)
        return value

    transform(x, leaf, data_parts)
    if not arrays:
        raise not_numbers("`batched` expects an array", x)
    count = shape_of(arrays[0])[0]
    if any(shape_of(a)[0] != count for a in arrays):
        raise RunError(f"`batched` expects arrays with equally many items, got {_unequal(x)}")
    if not count:
        hint = "without items, the shape of the results is unknown"
        raise RunError("`batched` expects at least one item", hint=hint)
    return arrays


def _unequal(x: Value) -> str:
    """The first array of a structure and the first with another count, each with its count and its place."""
    counts = [(shape_of(part)[0], place) for place, part in _places(x) if is_array(part)]
    count, place = counts[0]
    other, there = next(each for each in counts if each[0] != count)
    return f"{count} in {place} and {other} in {there}"


def _places(x: Value) -> list[tuple[str, Value]]:
    """The parts of a structure of data that have no parts, each with its place in words; "" for x itself."""
    found = []
    todo = [("", "", x)]
    while todo:
        argument, path, value = todo.pop()
        inner = data_parts(value)
        if inner is None:
            words = f"`{path.removeprefix('.')}`" if path else ""
            found.append((" of ".join(filter(None, (words, argument))), value))
        elif isinstance(value, Record):
            steps = [(argument, f"{path}.{name}") for name in value.names]
            todo += [(*step, part) for step, part in zip(steps, inner, strict=True)][::-1]
        elif value is x and type(x) is tuple:
            todo += [(f"argument {i}", "", part) for i, part in enumerate(inner, 1)][::-1]
        else:
            todo += [(argument, f"{path}[{i}]", part) for i, part in enumerate(inner)][::-1]
    return found


def _items(x: Value) -> Value:
    rows = zip(*map(elements, checked(x)), strict=True)
    return make_list([_with_arrays(x, row) for row in rows])


def _with_arrays(x: Value, row: tuple[Value, ...]) -> Value:
    supply = iter(row)
    return transform(x, lambda leaf: next(supply) if is_array(leaf) else leaf, data_parts)


def _joined(results: Value) -> Value:
    first, *others = reals("batched", results)
    if not others:
        return transform(first, lambda leaf: stack_of((leaf,)) if is_numeric(leaf) else leaf, data_parts)
    columns = zip(*(matched("batched", first, other) for other in others), strict=True)

    def leaf(value: Value) -> Value:
        column = next(columns)
        return stack_of((value, *(other for _, other, _ in column))) if column[0][2] else value

    return transform(first, leaf, data_parts)


# ── items along other axes, and arguments that all items share ───────────────────────────────


def _axes_of(axes: Value, x: Value) -> list[int | None]:
    """The axis of each leaf of x; None where it is the same for all items. `axes` has the structure of x,
    with a whole number or the unit in place of a part, for all in it.
    """
    found: list[int | None] = []
    todo: list[tuple[Value, Value]] = [(axes, x)]
    while todo:
        axis, part = todo.pop()
        inner = data_parts(part)
        if type(axis) is float or axis == UNIT:
            if inner is None:
                found.append(int(axis) if type(axis) is float else None)
            else:
                todo += [(axis, item) for item in reversed(inner)]
            continue
        others = data_parts(axis)
        fits = type(axis) is type(part) and inner is not None and others is not None
        if fits and isinstance(axis, Record) and isinstance(part, Record):
            fits = {*axis.names} == {*part.names}
            others = tuple([axis.get(name) for name in part.names]) if fits else None
        if not fits or inner is None or others is None or len(inner) != len(others):
            hint = "it has the structure of the arguments, or one axis, or None, in place of a part"
            raise RunError(
                f"`in_axes` has {describe(axis)} where an argument has {describe(part)}", hint=hint
            )
        todo += list(zip(others, inner, strict=True))[::-1]
    return found


def _taken(axes: Value, x: Value) -> Value:
    supply = iter(_axes_of(axes, x))
    arrays: list[Value] = []

    def leaf(value: Value) -> Value:
        axis = next(supply)
        if axis is not None and is_array(value):
            axis = checked_axis("batched", value, axis)
            arrays.append(move_axis(value, source=axis, target=0) if axis else value)
        elif axis is not None and is_real(value):
            raise RunError(
                "`batched` expects arrays, got a real among them",
                hint="in `in_axes`, None marks an argument that is the same for all items",
            )
        return value

    transform(x, leaf, data_parts)
    return arrays[0] if len(arrays) == 1 else tuple(arrays)


def _put(axes: Value, x: Value, items: Value) -> Value:
    supply = iter(_axes_of(axes, x))
    rest = iter(items if type(items) is tuple else (items,))

    def leaf(value: Value) -> Value:
        return next(rest) if next(supply) is not None and is_array(value) else value

    return transform(x, leaf, data_parts)


internal(
    "batch_taken",
    2,
    "batch_taken(axes, x): the arrays of a structure that have items, each with its axis in front.",
    _taken,
)
internal(
    "batch_put",
    3,
    "batch_put(axes, x, items): the structure x with these items in place of its arrays that have items.",
    _put,
)
internal(
    "batch_items",
    1,
    "batch_items(x): the list of the items of a structure of arrays, along their first dimensions.",
    _items,
)
internal(
    "batch_joined",
    1,
    "batch_joined(results): the structure of arrays whose items are the structures in a list.",
    _joined,
)
