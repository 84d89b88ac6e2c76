"""Texts of values that are not known: a program may make them, carry them and say them in an error.

The code does not hold them. Where such a text would be part of a result, or is looked at, the call is
refused; where an error says it, the interpreter runs the call again and says it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from vlad_py.ground.errors import NotNative
from vlad_py.ground.source import Span
from vlad_py.native import lists
from vlad_py.native.abstract import TEXT, Switch
from vlad_py.native.kinds import blank
from vlad_py.native.leaf_types import is_unknown
from vlad_py.native.structural import rule
from vlad_py.native.unknown import LOOKED_AT
from vlad_py.primitives.kinds import Structural
from vlad_py.primitives.output import assertion, compared_assertion, error, fixed, joined
from vlad_py.primitives.primitive import Primitive
from vlad_py.values.show import show
from vlad_py.values.structure import data_parts, distinct_leaves
from vlad_py.values.values import Value

if TYPE_CHECKING:
    from vlad_py.native.specialise import Specialiser

_SAID = {fixed, joined, show, error, assertion, compared_assertion}


def refuse(primitive: Primitive, arguments: tuple[Value, ...]) -> None:
    """NotNative where a text goes into a primitive that may look at it."""
    if isinstance(primitive, Structural) and primitive.by_sort:
        return
    if primitive.value in _SAID:
        return
    if not lists.looks_at_no_text(primitive):
        refuse_in(arguments)
    elif isinstance(primitive, Structural) and primitive.by_shape:  # such as `length`
        refuse_in(x for x in arguments if x is TEXT)


def refuse_in(values: Iterable[Value], span: Span | None = None) -> None:
    """NotNative where a text is a value, or a part of it as data."""
    if any(leaf is TEXT for value in values for leaf in distinct_leaves(value, data_parts)):
        raise NotNative(LOOKED_AT, span)


@rule(show)
def _show(s: Specialiser, value: Value) -> Value:
    return show(value) if _is_known(value) else TEXT


@rule(joined)
def _joined(s: Specialiser, value: Value) -> Value:
    return joined(value) if _is_known(value) else TEXT


@rule(fixed)
def _fixed(s: Specialiser, value: Value, digits: Value) -> Value:
    if not _is_known(digits):
        raise NotNative(LOOKED_AT)
    if _is_known(value):
        return fixed(value, digits)
    fixed(blank(value), digits)  # an error, if it is one
    return TEXT


def _is_known(value: Value) -> bool:
    leaves = distinct_leaves(value, data_parts)
    return not any(is_unknown(leaf) or leaf is TEXT or type(leaf) is Switch for leaf in leaves)
