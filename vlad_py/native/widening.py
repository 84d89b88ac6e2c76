"""A loop's state that is of one kind before a turn and of another after it: a switch between the two."""

from __future__ import annotations

from vlad_py.ground.errors import NotNative
from vlad_py.ground.walk import Walk, run
from vlad_py.native.abstract import MOST_OPTIONS, Switch
from vlad_py.native.ir import Builder
from vlad_py.native.kinds import blank, form, options_of, parts, which, with_parts
from vlad_py.native.unknown import is_a_boolean, is_a_number, real, type_of
from vlad_py.values.values import Cons, Nil, Value


def widened(builder: Builder, before: Value, after: Value) -> Value:
    """The value before a turn, of a kind that has room for that after it.

    NotNative where lists differ in length: these would differ after every turn.
    """
    return run(_walk(builder, before, after))


def _walk(builder: Builder, a: Value, b: Value) -> Walk[Value]:
    if a is b or (is_a_boolean(a) and is_a_boolean(b)):
        return a
    if is_a_number(a) and is_a_number(b) and type_of(a) == type_of(b):
        return a
    inner, other = parts(a), parts(b)
    if inner is not None and other is not None and type(a) is type(b) and form(a) == form(b):
        new = []
        for x, y in zip(inner, other, strict=True):
            new.append((yield _walk(builder, x, y)))
        return with_parts(a, tuple(new))
    if isinstance(a, (Cons, Nil)) or isinstance(b, (Cons, Nil)):
        raise NotNative("a list that grows")
    numbering = builder.numbering
    old, others = options_of(numbering, a), options_of(numbering, b)
    keys = tuple(sorted({*old, *others}))
    if len(keys) > MOST_OPTIONS:
        raise NotNative("too many kinds")
    options = []
    for key in keys:
        if key in old and key in others:
            options.append((yield _walk(builder, old[key], others[key])))
        else:
            options.append(old[key] if key in old else blank(others[key]))
    return Switch(numbering, keys, real(builder, which(numbering, a)), options)
