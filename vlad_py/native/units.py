"""The unit of a call: its Core is specialised, and tidied and checked as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import inf
from typing import cast

from vlad_py.core.tree import Global
from vlad_py.ground.errors import NotNative
from vlad_py.native import calls, checkpointing, texts
from vlad_py.native.builder import Builder
from vlad_py.native.closures import Linked
from vlad_py.native.discipline import untidy
from vlad_py.native.effort import MOST_OPS, Effort
from vlad_py.native.exits import AlwaysFails, Fails, Restart, TooDeep, Unfinished
from vlad_py.native.given import expanded
from vlad_py.native.ir import TOP_LEVEL, Region, Unit
from vlad_py.native.kinds import generalised, has_derivative, leaves, transform
from vlad_py.native.leaf_types import is_nan, is_unknown
from vlad_py.native.long_lists import shortened
from vlad_py.native.passes import seen
from vlad_py.native.recursion import Memo, Recursions
from vlad_py.native.specialise import Specialiser
from vlad_py.native.tidy import slimmed
from vlad_py.native.unknown import NamedList, name_of
from vlad_py.native.verify import verify
from vlad_py.values.values import Closure, Value


@dataclass(slots=True, eq=False)
class Specialised:
    """The unit of a call, what it gives with fresh names for its reals, what it relies on, and what can write
    passes over it.
    """

    unit: Unit
    result: Value
    uses: list[tuple[Linked, Global, Value]]
    builder: Builder


def specialise(
    function: Closure,
    argument: Value,
    *,
    is_fixed: bool,
    most: int = MOST_OPS,
    seconds: float = inf,
    keeps_rules: bool = False,
    chooses_points: bool = False,
    unrolls: bool = False,
    in_pieces: bool = False,
) -> Specialised:
    """The unit that calls a function. Its parameters are the reals of the argument and, where the function is
    not `is_fixed`, those that it captures. It takes at most so many operations, and `seconds`. If it
    `keeps_rules`, functions with rules are still `custom` operations, for passes to come. If it
    `chooses_points`, elements at singular points have the slopes there, in place of a guard. If it
    `unrolls`, recursion that known reals count is written turn by turn. Where it is `in_pieces`, sweeps over
    long loops keep some states and run the turns between them again. Raises NotNative, with its place.
    """
    recursions = Recursions()
    effort = Effort(most, seconds)
    while True:
        effort.begin()
        builder = Builder(most, effort, chooses_points=chooses_points)
        if in_pieces:
            builder.before_sweep = partial(checkpointing.in_pieces, builder)
        specialiser = Specialiser(builder, Memo(recursions), unrolls)
        whole = shortened(builder, argument if is_fixed else (function, argument))
        abstract, parameters, _ = generalised(builder, whole)
        f, x = (function, abstract) if is_fixed else cast(tuple[Value, Value], abstract)
        with builder.into([]) as ops:
            try:
                value = calls.outermost(specialiser, f, x)
            except Restart:
                continue
            except (Fails, Unfinished, RecursionError) as stop:
                reason = TooDeep if isinstance(stop, RecursionError) else AlwaysFails
                raise reason(specialiser.place) from None
            except NotNative as reason:
                reason.span = reason.span or specialiser.place
                raise
        if has_derivative(value):
            raise NotNative("a derivative that is a function leaves the unit")
        if builder.made_zeros and any(map(is_nan, leaves(value))):
            raise NotNative("a derivative that there is not")  # zeros stand for it, and met an infinity
        value = transform(value, lambda x: x.known() if type(x) is NamedList else x)
        texts.refuse_in(leaves(value), specialiser.place)
        names = [name_of(leaf) for leaf in leaves(value) if is_unknown(leaf)]
        region = seen("specialising", Region(parameters, ops, names))
        if not keeps_rules:
            expanded(region)
            seen("expanding rules", region)
        name, followed = function.code.name or TOP_LEVEL, effort.spent
        unit = Unit(name, slimmed(region), builder.made_zeros, builder.sweeps, followed)
        verify(unit)
        if untidy(unit) is not None:
            raise NotNative("a tape that is not used in stack order")
        return Specialised(unit, value, list(specialiser.uses.values()), builder)
