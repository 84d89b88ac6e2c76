"""The declarers of functions of reals, and of any values: an entry is one call of a declarer.

Those of functions of arrays are in declare_arrays.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Unpack

from vlad_py.ground.errors import Bug, RunError
from vlad_py.ground.node import replaced
from vlad_py.primitives.apart import of_elements, row_by_row, with_options
from vlad_py.primitives.axes import split_options
from vlad_py.primitives.entered import ForReaders, declared
from vlad_py.primitives.items import rows_of
from vlad_py.primitives.kinds import Conditional, Elementwise, Pairing, Predicate, Reduction, Step, Structural
from vlad_py.primitives.many import OF_ONE, no_reals, reals
from vlad_py.primitives.primitive import (
    MANY,
    PLAIN,
    UNLISTED,
    Apply,
    Domain,
    Edges,
    Partial,
    Primitive,
    lift1,
    lift2,
    lift_many,
    numeric,
)
from vlad_py.primitives.vectorise import on_arrays
from vlad_py.values.indefinite import asked
from vlad_py.values.show import describe, where_numbers_belong
from vlad_py.values.values import Array, Cons, Number, Record, Value, is_array, plain, shape_of

# ── declarers ────────────────────────────────────────────────────────────────────────────────


def _nowhere(*_: float) -> float:
    raise Bug("the value of a primitive raises, and its entry does not say what holds `outside`")


def elementwise(
    name: str,
    *,
    doc: str,
    value: Callable[..., float],
    partials: tuple[Partial, ...],
    probe: tuple[Domain, ...],
    outside: Callable[..., float] = _nowhere,
    alone: Apply | None = None,
    edges: Edges = (),
    inline: str = "",
    vector: str = "",
    internal: bool = False,
    **words: Unpack[ForReaders],
) -> Apply:
    """A function of one or two reals with its partial derivatives; gives the function to call.

    On arrays it is elementwise; `vector` is its text on numpy arrays, with the names of `np`.

    Where `value` raises, as Python's functions do outside their domain and at overflow,
    `outside` says what IEEE-754 has there. Where the second argument may be left out, `alone` is
    the function of the first.
    """
    primitive = Elementwise(
        name=name, arity=len(probe), doc=doc, value=_total(value, outside), partials=partials, probe=probe,
        edges=edges, inline=inline, vector=vector, internal=internal, **words,
    )  # fmt: skip
    primitive.on_arrays = on_arrays(primitive)
    if primitive.arity == 1:
        return declared(primitive, _apply1(primitive, value, outside))
    apply2 = _apply2(primitive, value, outside)
    if alone is None:
        return declared(primitive, apply2)
    primitive.apply = apply2

    def apply(argument: Value) -> Value:
        if type(argument) is not tuple:
            return alone(numeric(primitive, 0, argument))
        if len(argument) != 2:
            raise RunError(f"`{name}` takes 1 or 2 arguments, got {len(argument)}")
        return apply2(*argument)

    return declared(replaced(primitive, arity=MANY), apply)


def unlisted(
    name: str,
    *,
    doc: str,
    value: Callable[..., Any],
    partials: tuple[Partial, ...],
    **words: Unpack[ForReaders],
) -> Apply:
    """A function of two reals that only partial derivatives take; programs cannot name it."""
    whole_line = (-math.inf, math.inf)
    primitive = Elementwise(
        name=name, arity=2, doc=doc, value=value, partials=partials, probe=(whole_line, whole_line),
        internal=True, **words,
    )  # fmt: skip
    primitive.on_arrays = on_arrays(primitive)
    primitive.apply = _apply2(primitive, value, _nowhere)
    UNLISTED[name] = primitive
    return primitive.apply


def _total(value: Callable[..., float], outside: Callable[..., float]) -> Callable[..., float]:
    if outside is _nowhere:
        return value

    def total(*xs: float) -> float:
        try:
            return value(*xs)
        except (ValueError, OverflowError):
            return outside(*xs)

    return total


# Python's own function is called here, without a wrapper between: `try` is free.


def _apply1(primitive: Primitive, value: Callable[[float], float], outside: Apply) -> Apply:
    def apply(x: Value) -> Value:
        if type(x) is float:
            try:
                return value(x)
            except (ValueError, OverflowError):
                return outside(x)
        if type(x) is Array:
            return primitive.on_arrays(x)
        return lift1(primitive, x)

    return apply


def _apply2(primitive: Primitive, value: Callable[[float, float], float], outside: Apply) -> Apply:
    def apply(a: Value, b: Value) -> Value:
        if type(a) is float and type(b) is float:
            try:
                return value(a, b)
            except (ValueError, OverflowError):
                return outside(a, b)
        if (type(a) is Array and type(b) in PLAIN) or (type(b) is Array and type(a) is float):
            return primitive.on_arrays(a, b)
        return lift2(primitive, a, b)

    return apply


def reduction(
    name: str,
    *,
    doc: str,
    value: Callable[[tuple[float, ...]], float],
    partials: Callable[[Value, tuple[Value, ...]], tuple[Value, ...]],
    probe: Domain,
    edges: Edges = (),
    nonempty: bool = False,
    pair: str = "",
    along: Callable[[Value, int | None], Value] | None = None,
    elementwise: Callable[[tuple[Value, ...]], Value] | None = None,
    **words: Unpack[ForReaders],
) -> Apply:
    """A function of a tuple or a list of reals; `partials(y, xs)` gives one partial for each.

    `along(x, axis)` is the same function of an array's elements, along an axis or (None) of all of them;
    `elementwise(xs)` that of many values with arrays among them. Without them an array is taken apart.
    """
    words.setdefault("commutes", True)
    primitive = Reduction(
        name=name, arity=MANY, doc=doc, value=value, partials=(partials,), probe=(probe,), edges=edges,
        pair=pair, **words,
    )  # fmt: skip

    def apply(argument: Value) -> Value:
        if type(argument) is not Cons:
            if is_array(argument):
                return side(argument, None)
            x, options = split_options(name, argument, ("axis", "keepdims"))
            if options is not None:
                return with_options(name, side, x, options)
        xs = reals(name, argument, OF_ONE)
        if nonempty and not xs:
            raise no_reals(name, "none")
        return many(xs)

    if along is None:
        along, elementwise = row_by_row(name, primitive)
    side = along
    primitive.batched = lambda held, *xs: side(rows_of(held, xs), 0)
    many = primitive.many = _apply_many(primitive, value, elementwise)
    return declared(primitive, apply)


def _apply_many(
    primitive: Primitive,
    value: Callable[[tuple[float, ...]], float],
    elementwise: Callable[[tuple[Value, ...]], Value] | None = None,
) -> Apply:
    def apply(xs: tuple[Value, ...]) -> Value:
        reals: Any = xs
        for x in reals:
            if type(x) is not float:
                if elementwise is not None and any(map(is_array, xs)):
                    return elementwise(tuple([numeric(primitive, i, x) for i, x in enumerate(xs)]))
                return lift_many(primitive, xs)
        return value(reals)

    return apply


def pairing(
    name: str,
    *,
    doc: str,
    value: Callable[[tuple[float, ...]], float],
    partials: Callable[[Value, tuple[Value, ...]], tuple[Value, ...]],
    probe: Domain,
    edges: Edges = (),
    arrays: Apply | None = None,
    batched: Apply | None = None,
    **words: Unpack[ForReaders],
) -> Apply:
    """A function of two collections of reals of one length.

    `value` and `partials` see one tuple: the first collection's reals, then the second's. `arrays(a, b)`
    is the same function of two arrays; without it vectors are taken apart.
    """
    primitive = Pairing(
        name=name, arity=2, doc=doc, value=value, partials=(partials,), probe=(probe,), edges=edges,
        batched=batched, **words,
    )  # fmt: skip

    joined = primitive.many = _apply_many(primitive, value)

    def apply(a: Value, b: Value) -> Value:
        if type(a) is not tuple and arrays is not None and is_array(a) and is_array(b):
            return arrays(a, b)
        if arrays is None and len(shape_of(a)) == 1 == len(shape_of(b)):
            a, b = tuple(of_elements(a)), tuple(of_elements(b))
        if primitive.structures is not None and Record in (type(a), type(b)):
            return primitive.structures(primitive, a, b)
        if is_array(a) or is_array(b):
            got = f"{describe(a)} and {describe(b)}"
            of_parts = any(type(x) in (tuple, Cons) for x in (a, b))
            hint = "both must be of one kind: `[x for x in flatten(t)]` is an array" if of_parts else ""
            message = f"`{name}` expects two arrays, or tuples or lists of reals, got {got}"
            raise where_numbers_belong(RunError(message, hint=hint), a, b)
        xs, ys = reals(name, a), reals(name, b)
        if len(xs) != len(ys):
            raise RunError(f"`{name}` expects as many reals on both sides, got {len(xs)} and {len(ys)}")
        return joined(xs + ys)

    return declared(primitive, apply)


def step(
    name: str,
    *,
    doc: str,
    value: Callable[[float], float],
    probe: tuple[Domain, ...],
    vector: str,
    edges: Edges = (),
    **words: Unpack[ForReaders],
) -> Apply:
    """A piecewise constant function of a real: its derivative is 0 wherever it exists, and at jumps."""
    primitive = Step(
        name=name, arity=len(probe), doc=doc, value=value, partials=(0.0,) * len(probe), probe=probe,
        edges=edges, vector=vector, **words,
    )  # fmt: skip
    primitive.on_arrays = on_arrays(primitive)

    def apply1(x: Value) -> Value:
        constant: Any = plain(numeric(primitive, 0, x))
        if type(constant) is float:
            return value(constant)
        if type(constant) is Array:
            return primitive.on_arrays(constant)
        # a primal that is not known yet writes the operation down (see execution/specialised/tracing.py)
        return constant.apply(primitive)

    return declared(primitive, apply1)


def predicate(
    name: str, *, doc: str, value: Callable[[float, float], bool], inline: str, **words: Unpack[ForReaders]
) -> Apply:
    """A comparison of two reals: it sees primals and carries no derivative.

    On arrays it gives an array of 0 and 1.
    """
    primitive = Predicate(
        name=name, arity=2, doc=doc, value=value, inline=inline, gives_boolean=True,
        vector=f"({inline}).astype(np.float64)", **words,
    )  # fmt: skip
    primitive.on_arrays = on_arrays(primitive)

    def apply2(a: Value, b: Value) -> Any:
        if type(a) is float and type(b) is float:
            return value(a, b)
        # usually both are floats, or numbers whose primals are floats: these need no further tests
        x: Any = a.primal if isinstance(a, Number) else a
        y: Any = b.primal if isinstance(b, Number) else b
        if type(x) is float and type(y) is float:
            return value(x, y)
        x = plain(numeric(primitive, 0, a))
        y = plain(numeric(primitive, 1, b))
        if type(x) is float and type(y) is float:
            return value(x, y)
        if type(x) in PLAIN and type(y) in PLAIN:
            condition = primitive.on_arrays(x, y)
            condition.is_condition = True
            return condition
        return asked(x, y).compare(primitive, x, y)

    return declared(primitive, apply2)


def structural(
    name: str,
    arity: int,
    *,
    doc: str,
    value: Callable[..., Value],
    inline: str = "",
    internal: bool = False,
    gives_boolean: bool = False,
    pure: bool = True,
    by_shape: bool = False,
    usual: tuple[str, str] | None = None,
    computes: bool = False,
    of_tags: bool = False,
    by_sort: bool = False,
    **words: Unpack[ForReaders],
) -> Apply:
    """A function of any values that moves them about and computes nothing with their reals (see `Structural`
    for `usual`, `computes`, `of_tags` and `by_sort`).
    """
    primitive = Structural(
        name=name, arity=arity, doc=doc, value=value, inline=inline, internal=internal,
        gives_boolean=gives_boolean, pure=pure, by_shape=by_shape, usual=usual, computes=computes,
        of_tags=of_tags, by_sort=by_sort, **words,
    )  # fmt: skip
    return declared(primitive, value)


def internal(
    name: str,
    arity: int,
    doc: str,
    value: Callable[..., Value],
    *,
    usual: tuple[str, str] | None = None,
    gives_boolean: bool = False,
    computes: bool = False,
    of_tags: bool = False,
) -> Apply:
    """A step of the library's functions, which programs cannot name: `structural` in short."""
    return structural(
        name, arity, doc=doc, value=value, internal=True, usual=usual, gives_boolean=gives_boolean,
        computes=computes, of_tags=of_tags,
    )  # fmt: skip


def conditional(name: str, *, doc: str, value: Callable[..., Value], **words: Unpack[ForReaders]) -> Apply:
    """What a partial derivative chooses: the third or the fourth of four numbers, by comparing the others."""
    return declared(Conditional(name=name, arity=4, doc=doc, value=value, internal=True, **words), value)
