"""A batch in one pass: one number for all items goes into a function, and arrays of results come out."""

from __future__ import annotations

from vlad_py.differentiation.tags import BatchTag, fresh_tag
from vlad_py.ground.errors import Bug
from vlad_py.numbers.each.each import UNDEFINED, Each, Split, Unbatched
from vlad_py.numbers.nan_inside import is_nan
from vlad_py.primitives.batches import checked
from vlad_py.primitives.declare import internal
from vlad_py.primitives.shapes import broadcast_to
from vlad_py.values.structure import data_parts, distinct_leaves, transform
from vlad_py.values.values import (
    Array,
    Number,
    Record,
    Value,
    is_array,
    is_function,
    is_numeric,
    plain,
    shape_of,
)


def _input(tag: int, x: Value) -> Value:
    """The structure with one number in place of each array. RunError as `batched` has it."""
    checked(x)
    return transform(x, lambda leaf: Each(tag, leaf) if is_array(leaf) else leaf, data_parts)


def _allowed(x: Value) -> bool:
    """Whether all arrays of a structure are made of plain reals: no interval, and nothing unknown."""
    return all(type(plain(leaf)) in (Array, float) or not is_numeric(leaf) for leaf in distinct_leaves(x))


def _result(tag: int, call: Value, y: Value) -> Value:
    """What one pass over a call, a function and its argument, gave: {whole, result}, where `whole` says that
    the items are along the first dimensions of its arrays; else the pass gave nothing.
    """
    if type(y) is Unbatched:
        return _refused(call, y.why)
    assert type(call) is tuple
    x = call[1]
    count = next(shape_of(leaf)[0] for leaf in distinct_leaves(x, data_parts) if is_array(leaf))
    why = ""

    def leaf(value: Value) -> Value:
        nonlocal why
        if type(value) is Each and value.tag == tag:
            if is_nan(value.items):
                why = UNDEFINED
            return value.items
        if is_numeric(value):
            if isinstance(value, Number) and value.tag >= tag:
                raise Bug(f"{type(value).__name__} left the batch that made it")
            if is_nan(value):
                why = UNDEFINED
            return broadcast_to(value, (count, *shape_of(value)))
        if is_function(value) or type(value) is Split:
            why = "its result holds functions" if is_function(value) else "a condition is its result"
        return value

    result = transform(y, leaf, data_parts)
    if why:
        return _refused(call, why)
    _note(call, "`batched`: all items in one pass")
    return Record(("whole", "result"), (True, result))


def _note(call: Value, text: str) -> None:
    """Tells the observers of numbers of a call; one number is enough."""
    for leaf in distinct_leaves(call):
        innermost = leaf
        while isinstance(innermost, Number) and isinstance(innermost.primal, Number):
            innermost = innermost.primal
        if isinstance(innermost, Number):
            innermost.note(text)
            return


UNKNOWN = "its items are intervals or symbols"


def _refused(call: Value, why: str) -> Value:
    _note(call, f"`batched`: item by item, as {why}")
    return Record(("whole", "result"), (False, ()))


internal(
    "not_batched",
    1,
    "not_batched((f, x)): {whole, result} without a pass.",
    lambda call: _refused(call, UNKNOWN),
)
internal("batch_tag", 0, "A tag for a batch.", lambda: BatchTag(fresh_tag()), of_tags=True)
internal("batch_input", 2, "batch_input(tag, x): x, one number for each array.", _input, of_tags=True)
internal("may_be_batched", 1, "Whether a structure may be a batch in one pass.", _allowed, of_tags=True)
internal(
    "batch_result",
    3,
    "batch_result(tag, (f, x), y): {whole, result}: the arrays of results of one pass, if it gave any.",
    _result,
    of_tags=True,
)
