"""The declarers of functions of arrays: an entry is one call of one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any, Unpack

from vlad_py.ground.budget import asked
from vlad_py.ground.late_numpy import np
from vlad_py.primitives.apart import with_options
from vlad_py.primitives.axes import split_axis, split_options
from vlad_py.primitives.entered import ForReaders, declared
from vlad_py.primitives.kinds import Along, Assembly, Axial, Bilinear, Choosing, General, Linear, Rearranging
from vlad_py.primitives.primitive import MANY, PRIMITIVES, Adjoint, Apply, Rule, highest_of, sparse
from vlad_py.primitives.steps import of_arrays, of_numbers
from vlad_py.values.values import NO_STATICS, Array, Number, Statics, Value, shape_of


def general(
    name: str,
    *,
    doc: str,
    value: Callable[..., Value],
    rules: tuple[Rule, ...],
    internal: bool = False,
    code: Callable[..., str] | None = None,
    batched: Apply | None = None,
    of_stacks: bool = False,
    **words: Unpack[ForReaders],
) -> Apply:
    """A function of reals and arrays whose derivative with respect to each argument is a rule.

    The arguments of `value` are numbers, each with its rule; an axis, a shape, an index it takes by keyword.
    `code` is for numpy's code of a run, `batched` for many items at once (see kinds.py); one
    that is `of_stacks` does with an array of more dimensions what it does with each item.
    """
    primitive = General(
        name=name, arity=len(rules), doc=doc, value=value, rules=rules, code=code,
        batched=batched, internal=internal, **words,
    )  # fmt: skip
    apply = _of_numbers(primitive, len(rules))
    if of_stacks:
        primitive.batched = apply
    return apply


def unlisted_general(
    name: str,
    *,
    doc: str,
    value: Callable[..., Value],
    rules: tuple[Rule, ...],
    batched: Apply | None = None,
    **words: Unpack[ForReaders],
) -> Apply:
    """A function of reals and arrays as `general`, that only rules take, and that is in no table."""
    primitive = General(
        name=name, arity=len(rules), doc=doc, value=value, rules=rules, batched=batched, internal=True,
        **words,
    )  # fmt: skip
    primitive.apply = _applying(primitive, len(rules))
    return primitive.apply


def _of_numbers(primitive: General, count: int) -> Apply:
    """What everybody calls, for a primitive of so many numbers, which comes into the table."""
    return declared(primitive, _applying(primitive, count))


def _applying(primitive: General, count: int) -> Apply:
    """What everybody calls, for a primitive of so many numbers."""
    value = primitive.value

    def apply(*numbers: Value, **statics: Any) -> Value:
        highest = highest_of(numbers)
        if asked:
            (of_arrays if highest is None else of_numbers)(*numbers)
        return value(*numbers, **statics) if highest is None else highest.applied(primitive, numbers, statics)

    def apply_one(x: Value, **statics: Any) -> Value:
        if asked:
            (of_numbers if isinstance(x, Number) else of_arrays)(x)
        return x.applied(primitive, (x,), statics) if isinstance(x, Number) else value(x, **statics)

    def apply_both(a: Value, b: Value) -> Value:
        if type(a) is Array and type(b) is Array and not asked:
            return value(a, b)
        return apply(a, b)

    ways: dict[int, Apply] = {1: apply_one, 2: apply_both}
    return ways.get(count, apply)


def bilinear(
    name: str,
    *,
    doc: str,
    value: Callable[..., Value],
    adjoints: tuple[Callable[..., Adjoint], Callable[..., Adjoint]],
    subscripts: Callable[..., str] | None = None,
    internal: bool = False,
    code: Callable[..., str] | None = None,
    batched: Apply | None = None,
    **words: Unpack[ForReaders],
) -> Apply:
    """A function of two arrays that is linear in each: its tangent is itself, with one of them replaced;
    `adjoints(a, b)` are those by the first and by the second.

    `value` is written with numpy's products and sums, so that it does the same with arrays of objects that
    can be multiplied and added.
    """
    primitive = Bilinear(
        name=name, arity=2, doc=doc, value=value, rules=(), code=code, batched=batched, internal=internal,
        subscripts=subscripts, **words,
    )  # fmt: skip
    apply = _of_numbers(primitive, 2)
    left, right = adjoints
    primitive.rules = (
        Rule(lambda t, y, a, b: apply(t, b), lambda y, a, b: left(a, b)),
        Rule(lambda t, y, a, b: apply(a, t), lambda y, a, b: right(a, b)),
    )
    return apply


def choosing(
    name: str,
    *,
    doc: str,
    value: Callable[..., Value],
    rules: tuple[Rule, Rule],
    **words: Unpack[ForReaders],
) -> Apply:
    """A function of a condition and of two numbers that takes each element from one of the two; the rules
    are by these. The condition has to stand below all differentiations; it may be the items of a batch.
    """
    nothing = Rule(lambda *_: None, lambda *_: Adjoint(lambda *_: None))
    primitive = Choosing(
        name=name, arity=3, doc=doc, value=value, rules=(nothing, *rules), internal=True, **words
    )

    def apply(condition: Value, yes: Value, no: Value) -> Value:
        highest = highest_of((yes, no))
        if isinstance(condition, Number) and condition.tag:
            highest = highest_of((condition, yes, no))
        if asked:
            (of_arrays if highest is None else of_numbers)(condition, yes, no)
        if highest is None:
            return value(condition, yes, no)
        return highest.applied(primitive, (condition, yes, no), NO_STATICS)

    return declared(primitive, apply)


def linear(
    name: str,
    *,
    doc: str,
    value: Callable[..., Value],
    adjoint: Callable[..., Adjoint],
    code: Apply | None = None,
    batched: Apply | None = None,
    subscripts: Callable[..., str] | None = None,
    **words: Unpack[ForReaders],
) -> Apply:
    """A function that is linear in its one argument; `adjoint(x, **statics)` gives its adjoint.

    `value` is written with numpy's sums, products with constants and moves, so that it does the same with
    arrays of objects that can be added and multiplied. `code(x, shape, **statics)` is Python's text of its
    value on the numpy array x of a shape, or is empty. `batched(items, **statics)` is the function of many
    items at once, along the first dimension of an array.
    """
    fields = {"doc": doc, "value": value, "subscripts": subscripts, **words}
    return _of_one(Linear, name, adjoint, code, batched, fields)


def _of_one(
    shape: type[Linear],
    name: str,
    adjoint: Callable[..., Adjoint],
    code: Apply | None,
    batched: Apply | None,
    fields: Mapping[str, Any],
) -> Apply:
    """An internal primitive of a shape that is linear in its one argument."""

    def push(tangent: Value, _: Value, __: Value, **statics: Any) -> Value:
        return apply(tangent, **statics)

    def pull(_: Value, x: Value, **statics: Any) -> Adjoint:
        return adjoint(x, **statics)

    def of_array(texts: list[str], shapes: list[tuple[int, ...]], **statics: Any) -> str:
        assert code is not None
        text: str = code(texts[0], shapes[0], **statics) if shapes[0] else ""
        return text

    primitive = shape(
        name=name, arity=1, internal=True, rules=(Rule(push, pull),),
        code=None if code is None else of_array, batched=batched, **fields,
    )  # fmt: skip
    apply = sparse(_of_numbers(primitive, 1))
    return apply


def rearranging(
    name: str,
    *,
    doc: str,
    value: Callable[..., Value],
    adjoint: Callable[..., Adjoint] | None = None,
    code: Apply | None = None,
    batched: Apply | None = None,
    **words: Unpack[ForReaders],
) -> Apply:
    """A function that moves, repeats and drops elements of an array, and fills with zeros.

    `value` alone says everything: its result for 1, 2, 3, … shows where each element goes. An adjoint or a
    `batched` of its own, as for `linear`, only saves time.
    """

    def back(x: Value, **statics: Any) -> Adjoint:
        return Adjoint(put_back, places=_places(name, shape_of(x), statics), shape=shape_of(x))

    def of_items(items: Value, **statics: Any) -> Value:
        count, *shape = shape_of(items)
        return _picked(items, count, _places(name, tuple(shape), statics))

    fields = {"doc": doc, "value": value, "cost": 0, **words}
    return _of_one(Rearranging, name, adjoint or back, code, batched or of_items, fields)


def _places(name: str, shape: tuple[int, ...], statics: Statics) -> Any:
    primitive = PRIMITIVES[name]
    assert isinstance(primitive, Rearranging)
    return primitive.places(shape, statics)


@sparse
def put_back(cotangent: Value, places: Any, shape: tuple[int, ...]) -> Value:
    """The adjoint of taking elements from places: each element is the sum of all that were made of it."""
    reshape, gather, scatter = (PRIMITIVES[name].apply for name in ("reshape_to", "gather", "scatter"))
    taken = np.flatnonzero(places)
    vector = gather(reshape(cotangent, shape=(places.size,)), index=taken)
    found = scatter((vector,), indices=(places.ravel()[taken] - 1,), shape=(prod(shape),))
    return reshape(found, shape=shape)


def _picked(items: Value, count: int, places: Any) -> Value:
    """For each of many items the elements at places counted from 1, row by row; 0 at the place 0."""
    reshape, gather, scatter = (PRIMITIVES[name].apply for name in ("reshape_to", "gather", "scatter"))
    rows = reshape(items, shape=(count, -1))
    size = shape_of(rows)[1] + 1
    filled = scatter((rows,), indices=((slice(None), slice(1, None)),), shape=(count, size))
    return gather(filled, index=(slice(None), places))


def along(
    name: str, *, doc: str, value: Callable[..., Value], rule: Rule, reduces: str, **words: Unpack[ForReaders]
) -> Apply:
    """A reduction of an array along an axis (None: of all elements), which it takes by keyword; `reduces`
    names the reduction of many reals that it is the same as.
    """

    def of_items(items: Value, *, axis: int | None) -> Value:
        if axis is not None:
            return apply(items, axis=axis + 1)
        rows = PRIMITIVES["reshape_to"].apply(items, shape=(shape_of(items)[0], prod(shape_of(items)[1:])))
        return apply(rows, axis=1)

    apply = _of_numbers(
        Along(
            name=name, arity=1, doc=doc, value=value, rules=(rule,), internal=True, reduces=reduces,
            batched=of_items, **words,
        ),
        1,
    )  # fmt: skip
    return apply


def assembly(
    name: str,
    *,
    doc: str,
    value: Callable[..., Value],
    part: Callable[..., Adjoint],
    batched: Apply | None = None,
    **words: Unpack[ForReaders],
) -> Apply:
    """A function that puts many reals and arrays together, linear in them.

    `value(xs, **statics)` puts them together; `part(i, xs, **statics)` is the adjoint with respect to the
    i-th of them. `value` does the same with arrays of objects.
    """
    words.setdefault("cost", 0)
    primitive = Assembly(
        name=name,
        arity=MANY,
        doc=doc,
        value=value,
        internal=True,
        part=part,
        batched=batched,
        **words,
    )

    def apply(xs: Sequence[Value], **statics: Any) -> Value:
        highest = highest_of(xs)
        if asked:
            (of_arrays if highest is None else of_numbers)(*xs)
        return value(xs, **statics) if highest is None else highest.applied(primitive, tuple(xs), statics)

    return declared(primitive, apply)


def axial(
    name: str,
    *,
    doc: str,
    function: Callable[[Value, int | None], Value],
    by_shape: bool = False,
    reduces: bool = False,
    **words: Unpack[ForReaders],
) -> Apply:
    """A function of an array, and perhaps of an axis: `name(a)` or `name(a, {axis: 0})`.

    `function(a, axis)` is made of primitives; its axis is None, or a whole number to be checked. `by_shape`
    says that it looks at no element. One that `reduces` takes several axes and `{keepdims: true}` as well.
    """

    def value(argument: Value) -> Value:
        return function(*split_axis(name, argument))

    def reducing(argument: Value) -> Value:
        x, options = split_options(name, argument, ("axis", "keepdims"))
        return with_options(name, function, x, options)

    apply = reducing if reduces else value
    primitive = Axial(name=name, arity=MANY, doc=doc, value=apply, by_shape=by_shape, **words)
    return declared(primitive, apply)
