"""The library's derivative operators at abstract values: f's body is recorded, a pass runs over it.

An operator is known by the file and the name of its definition. `operator(f)` is an ordinary call, and so is
its result until it is called: that is where the pass runs, and its operations go where the call stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

from vlad_py.core.tree import Let, MakeClosure
from vlad_py.differentiation.levels import aligned, no_tangent, shaped_like
from vlad_py.ground.errors import NotNative, RunError
from vlad_py.ground.late_numpy import np
from vlad_py.ground.walk import Walk, run
from vlad_py.native import list_ops
from vlad_py.native.abstract import Applied, Backward, Slope
from vlad_py.native.closures import core_of, linked
from vlad_py.native.exits import Fails
from vlad_py.native.forward import forward
from vlad_py.native.ir import Name, constant, is_zero, zero_of
from vlad_py.native.kinds import names_like
from vlad_py.native.known import FILE, OF_FUNCTION, OF_POINT
from vlad_py.native.leaf_types import is_a_number, is_a_real
from vlad_py.native.recorded import Recorded, data_leaves, gives_function, may_vary
from vlad_py.native.reverse import reverse
from vlad_py.native.types import REAL, ListType, Type, shape_of_type, type_of_shape
from vlad_py.native.unknown import Named, NamedBoolean, NamedList, name_of, real
from vlad_py.primitives.arithmetic import add
from vlad_py.primitives.shapes import move_axis, reshape_to, stack_of
from vlad_py.values.structure import data_parts, leaves, transform
from vlad_py.values.values import NIL, UNIT, Array, Closure, Code, Cons, Nil, Value, is_function, list_items

if TYPE_CHECKING:
    from vlad_py.native.specialise import Specialiser

OPERATORS = "operators"  # the note of the library's text that says which code is an operator
DIRECTIONS = 16  # of one forward pass
MANY_REALS = "a derivative with respect to many reals, each in a direction of its own"
OTHER_SHAPE = "a direction or cotangent of another shape"
MOST_COLUMNS = 64  # reals that are differentiated with respect to, each on its own


def operator_of(function: Closure) -> str | None:
    """The operator that a call of a function applies; None for other functions."""
    source = function.code.span.source
    if not source.library or source.name != FILE:
        return None
    text = linked(function.enter)
    if OPERATORS not in text.notes:
        text.notes[OPERATORS] = dict(_found(text.namespace))
    operators: dict[Code, str] = text.notes[OPERATORS]
    return operators.get(function.code)


def _found(namespace: dict[str, Any]) -> Iterator[tuple[Code, str]]:
    for name in OF_POINT:
        yield namespace[f"g_{name}"].code, name
    for name in OF_FUNCTION:
        for statement in core_of(namespace[f"g_{name.replace('_', '__')}"]).body.statements:
            if isinstance(statement, Let) and isinstance(statement.operation, MakeClosure):
                yield statement.operation.lambda_.code, name


def differentiated(s: Specialiser, operator: str, function: Closure, argument: Value) -> Value:
    """The value of a call of an operator's function, or of `jvp` or `vjp`."""
    if operator in OF_FUNCTION:
        captured = dict(zip(function.code.captures, function.env, strict=True))
        if operator == "_along_each":
            return along_each(s, captured["f"], argument, captured["directions"])
        return derivative(s, operator, captured["f"], argument)
    width = 3 if operator == "jvp" else 2
    if type(argument) is not tuple or len(argument) != width or not is_function(argument[0]):
        raise Fails
    return along(s, *argument) if operator == "jvp" else backward(s, *argument)


# ── structures of tangents ──────────────────────────────────────────────────────────────────────


def shaped(s: Specialiser, point: Value, names: list[Name]) -> Value:
    """A tangent or cotangent of a point, by its reals and its lists."""
    rest = iter(names)
    return shaped_as(point, lambda leaf: beside_leaf(s, leaf, next(rest)))


def shaped_as(point: Value, of_leaf: Callable[[Value], Value]) -> Value:
    """As `shaped_like`, for lists of unknown length too: each of them counts as a leaf that varies."""
    lists = {leaf.name: leaf for leaf in leaves(point) if type(leaf) is NamedList}
    if not lists:
        return shaped_like(point, of_leaf)
    numbers = transform(point, lambda x: Named(x.builder, x.name) if type(x) is NamedList else x)
    return shaped_like(
        numbers, lambda leaf: of_leaf(lists.get(leaf.name, leaf) if type(leaf) is Named else leaf)
    )


def beside_leaf(s: Specialiser, leaf: Value, name: Name) -> Value:
    """The tangent or cotangent of a number, or of a list of unknown length: of a pass it may be shorter.

    NotNative for a list of other things than numbers.
    """
    if type(leaf) is not NamedList:
        return real(s.builder, name)
    if not _is_of_numbers(leaf):
        raise NotNative("the derivative of a list of unknown length, of other things than numbers")
    return leaf.having(list_ops.fit(s.builder, name, leaf.name))


def _is_of_numbers(whole: NamedList) -> bool:
    return all(
        _is_of_numbers(leaf) if type(leaf) is NamedList else is_a_number(leaf)
        for leaf in data_leaves(whole.item)
    )


def slopes(
    s: Specialiser, operator: str, function: Value, point: Value, direction: Value, value: Value,
    names: list[Name],
) -> Value:  # fmt: skip
    """The derivative of a value, in its structure: by its reals and lists, for functions as functions."""
    rest = iter(names)
    index = 0

    def leaf(item: Value) -> Value:
        nonlocal index
        if may_vary(item):
            return beside_leaf(s, item, next(rest))
        if gives_function(item):
            index += 1
            return Slope(operator, function, point, direction, index - 1)
        return no_tangent(item)

    return transform(value, leaf, data_parts)


# ── operators ────────────────────────────────────────────────────────────────────────────────


def derivative(s: Specialiser, operator: str, function: Value, point: Value) -> Value:
    """operator(function)(point)."""
    if operator in ("derivative", "derivative_reverse") and not is_a_real(point):
        raise Fails
    recorded = Recorded(s, function, point)
    if operator in ("gradient", "value_and_gradient", "gradient_forward") and not is_a_real(recorded.value):
        raise Fails
    if operator == "derivative":
        results, (tangents,) = forward(s.builder, recorded.region, recorded.points, [[constant(1.0)]])
        return slopes(s, operator, function, point, UNIT, recorded.having(results), tangents)
    if operator in ("gradient_forward", "jacobian_forward"):
        each = list(zip(*columns(s, recorded), strict=True)) or [()] * len(recorded.region.results)
        if operator == "gradient_forward":
            return shaped(s, point, list(each[0]))
        if any(map(gives_function, recorded.leaves)):
            raise NotNative("the Jacobian of a function value")
        if any(type(leaf) is NamedList for leaf in recorded.leaves):
            raise NotNative(MANY_REALS)
        rest = iter([without_signs(s, names) for names in each])
        return shaped_like(recorded.value, lambda _: shaped(s, point, list(next(rest))))
    reals = recorded.region.results
    if operator == "derivative_reverse" and [r.type for r in reals] != [REAL]:
        found = rows(s, recorded, function, point)
        return slopes(s, operator, function, point, UNIT, recorded.value, found)
    results, cotangents = swept(s, recorded, 0, constant(1.0))
    if operator == "derivative_reverse":
        return slopes(s, operator, function, point, UNIT, recorded.value, cotangents)
    gradient = shaped(s, point, cotangents)
    return gradient if operator == "gradient" else (real(s.builder, results[0]), gradient)


def rows(s: Specialiser, recorded: Recorded, function: Value, point: Value) -> list[Name]:
    """The derivatives of all results of f with respect to the real x: a sweep for each real of theirs."""
    found = []
    again: Recorded | None = recorded  # a sweep takes its region along: the others record again
    for i, result in enumerate(recorded.region.results):
        own = []
        for unit in units_of(result.type, MOST_COLUMNS):
            own.append(swept(s, again or Recorded(s, function, point), i, unit)[1][0])
            again = None
        if result.type != REAL:
            s.builder.made_zeros = True  # in the other places of a unit
        found.append(beside(s, REAL, result.type, own))
    return found


def swept(s: Specialiser, recorded: Recorded, index: int, unit: Name) -> tuple[list[Name], list[Name]]:
    """What f gives, and the cotangents of x for a cotangent of its `index`-th real or array."""
    results, pull = reverse(s.builder, recorded.region, recorded.points)
    return results, pull([unit if i == index else None for i in range(len(results))])


def columns(s: Specialiser, recorded: Recorded) -> list[list[Name]]:
    """For each real or array of the point, the derivatives of all results with respect to it: in the shape of
    the result, followed by its own. NotNative where the point has too many reals.
    """
    units = [
        (i, unit) for i, point in enumerate(recorded.points) for unit in units_of(point.type, MOST_COLUMNS)
    ]
    if len(units) > MOST_COLUMNS:
        raise NotNative(MANY_REALS)
    found: list[list[Name]] = []
    for start in range(0, len(units), DIRECTIONS):
        directions: list[list[Name | None]] = [
            [unit if i == k else None for k in range(len(recorded.points))]
            for i, unit in units[start : start + DIRECTIONS]
        ]
        _, tangents = forward(s.builder, recorded.region, recorded.points, directions)
        found += tangents
    if any(point.type != REAL for point in recorded.points):
        s.builder.made_zeros = True  # in the other places of a unit
    whole: list[list[Name]] = []
    for i, point in enumerate(recorded.points):
        own = [tangents for (k, _), tangents in zip(units, found, strict=True) if k == i]
        each = zip(*own, strict=True) if own else [()] * len(recorded.region.results)
        pairs = zip(recorded.region.results, each, strict=True)
        whole.append([beside(s, result.type, point.type, list(column)) for result, column in pairs])
    return whole


def units_of(type: Type, most: int) -> list[Name]:
    """The tangents or cotangents that are 1 at one of the reals of a type. NotNative where they are many."""
    shape = shape_of_type(type)
    size = prod(shape)
    if size > most or isinstance(type, ListType):
        raise NotNative(MANY_REALS)
    if not shape:
        return [constant(1.0)]
    return [constant(Array(unit.reshape(shape))) for unit in np.eye(size)]


def beside(s: Specialiser, own_type: Type, type: Type, parts: list[Name]) -> Name:
    """The derivatives with respect to the reals of a type, as one: its shape follows their own."""
    own, shape = shape_of_type(own_type), shape_of_type(type)
    if not shape:
        return parts[0]
    numbers = tuple(real(s.builder, part) for part in parts)
    if not numbers:
        return zero_of(type_of_shape((*own, *shape)))
    stacked = stack_of(numbers)
    return name_of(
        reshape_to(move_axis(stacked, source=0, target=-1) if own else stacked, shape=(*own, *shape))
    )


def along(s: Specialiser, function: Value, point: Value, direction: Value) -> tuple[Value, Value]:
    """jvp(function, point, direction)."""
    recorded = Recorded(s, function, point)
    directions = given(s, aligned_reals(s, point, direction))
    results, (tangents,) = forward(s.builder, recorded.region, recorded.points, [directions])
    value = primal(s, function, point, recorded, results)
    found = without_signs(s, tangents)
    slope = slopes(s, "jvp", function, point, direction, recorded.having(results), found)
    return value, slope


def along_each(s: Specialiser, function: Value, point: Value, directions: Value) -> Value:
    """The derivatives along each of a list of directions: f is recorded once."""
    recorded = Recorded(s, function, point)
    if not isinstance(directions, (Cons, Nil)) or any(map(gives_function, recorded.leaves)):
        raise NotNative("derivatives along each of an unknown list, or of a function value")
    each = [given(s, aligned_reals(s, point, direction)) for direction in list_items(directions)]
    results, tangents = forward(s.builder, recorded.region, recorded.points, each)
    value = recorded.having(results)
    found: Value = NIL
    for names in reversed(tangents):
        found = Cons(slopes(s, "jvp", function, point, UNIT, value, without_signs(s, names)), found)
    return found


def primal(s: Specialiser, function: Value, point: Value, recorded: Recorded, results: list[Name]) -> Value:
    """The value of f at x after a pass, which gives the numbers in it. If it holds functions or unknown
    booleans, it is that of another call, outside of the pass.
    """
    if any(gives_function(leaf) or type(leaf) is NamedBoolean for leaf in recorded.leaves):
        return run(s.call(function, point))
    return recorded.having(results)


def backward(s: Specialiser, function: Value, point: Value) -> Value:
    """vjp(function, point). The pullback's first call in this place needs no second run of the function."""
    recorded = Recorded(s, function, point)
    results, pull = reverse(s.builder, recorded.region, recorded.points)
    place, used = s.builder.ops, [False]

    def first(cotangent: Value) -> Value:
        if used[0] or s.builder.ops is not place:
            return None
        used[0] = True
        return shaped(s, point, without_signs(s, pull(weights(s, recorded, results, cotangent))))

    return primal(s, function, point, recorded, results), Backward(function, point, first)


def pulled(s: Specialiser, function: Value, point: Value, cotangent: Value) -> Value:
    """The cotangent of the point, by another run of the function."""
    recorded = Recorded(s, function, point)
    results, pull = reverse(s.builder, recorded.region, recorded.points)
    return shaped(s, point, without_signs(s, pull(weights(s, recorded, results, cotangent))))


def weights(s: Specialiser, recorded: Recorded, results: list[Name], cotangent: Value) -> list[Name | None]:
    """The cotangents of the results. NotNative where a function is among them, whose captures have some."""
    if any(map(gives_function, recorded.leaves)):
        raise NotNative("a cotangent of a function value")
    return given(s, aligned_reals(s, recorded.having(results), cotangent))


def without_signs(s: Specialiser, names: Sequence[Name]) -> list[Name]:
    """Derivatives with 0 for -0: along a direction, or of a cotangent, whose zeros may be left out or not."""

    def without(name: Name) -> Name:
        if isinstance(name.type, ListType):
            zeros = list_ops.fit(s.builder, list_ops.nil(name.type), name)
            return name if name.constant is NIL else list_ops.merge(s.builder, name, zeros)
        return name_of(add(real(s.builder, name), 0.0))

    return list(map(without, names))


def given(s: Specialiser, names: list[Name]) -> list[Name | None]:
    """The reals of a direction or cotangent; None for a 0 that is known, which is not there.

    One that is not known may turn out to be 0.
    """
    if any(name.constant is None or name.type != REAL for name in names):
        s.builder.made_zeros = True
    return [None if is_zero(name) else name for name in names]


def aligned_reals(s: Specialiser, value: Value, tangent: Value) -> list[Name]:
    """The reals and lists of a tangent or cotangent of a value. NotNative where its shape is another."""
    if any(type(leaf) is NamedList for leaf in leaves(value)):
        return _aligned_lists(s, value, tangent)
    found: list[Name] = []
    try:
        pairs = list(zip(leaves(value), aligned(value, tangent), strict=True))
    except RunError:
        raise NotNative(OTHER_SHAPE) from None
    for leaf, part in pairs:
        if is_a_number(leaf):
            own = name_of(leaf).type
            name = zero_of(own) if part == UNIT else name_of(part)
            if name.type != own:
                raise NotNative(OTHER_SHAPE)
            found.append(name)
    return found


def _aligned_lists(s: Specialiser, value: Value, tangent: Value) -> list[Name]:
    """The same where there are lists of unknown length: guards that theirs is that of the value's."""
    template = shaped_as(value, as_it_is)
    found = names_like(template, tangent)
    if found is None:
        raise NotNative(OTHER_SHAPE)
    for leaf, name in zip(filter(may_vary, leaves(template)), found, strict=True):
        if type(leaf) is NamedList:
            if leaf.type.depth > 1 or not _is_of_numbers(leaf):
                raise NotNative(OTHER_SHAPE)
            lengths = list_ops.length(s.builder, leaf.name), list_ops.length(s.builder, name)
            s.builder.guard(s.builder.compare("==", *lengths), OTHER_SHAPE)
    return found


def as_it_is(value: Value) -> Value:
    """The value."""
    return value


# ── functions that are derivatives ───────────────────────────────────────────────────────────


def called(s: Specialiser, function: Slope | Applied | Backward, argument: Value) -> Walk[Value]:
    """A call of what an operator has given, pointwise: D f x = fn y => D(fn x => f(x)(y))(x)."""
    if isinstance(function, Backward):
        found = function.pull(argument)
        return pulled(s, function.function, function.point, argument) if found is None else found
    if isinstance(function, Applied):
        value = yield s.call(function.function, argument)
        chosen = [leaf for leaf in data_leaves(value) if gives_function(leaf)][function.index]
        return (yield s.call(chosen, function.argument))
    inner = Applied(function.function, argument, function.index)
    if function.operator == "jvp":
        return along(s, inner, function.point, function.direction)[1]
    return derivative(s, function.operator, inner, function.point)
