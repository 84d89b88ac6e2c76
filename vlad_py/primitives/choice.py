"""Choices inside partials: conditions on primals, one value of two by a condition, and `where`.

On reals a condition is a boolean. On arrays it is a `Mask`, a boolean for each element. On intervals it may
be undecided (see numbers/interval/interval.py). On numbers whose value is not known it is written down (see
execution/specialised/tracing.py and numbers/symbolic/symbolic.py). Such conditions have a `select` of their
own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from operator import eq
from typing import Any, TypeAlias

from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.primitives.declare import conditional, structural
from vlad_py.primitives.declare_arrays import choosing
from vlad_py.primitives.form import Form
from vlad_py.primitives.kinds import Elementwise
from vlad_py.primitives.primitive import PLAIN, PRIMITIVES, Adjoint, Apply, Rule, highest_of, sparse
from vlad_py.primitives.shapes import broadcast_to, data_of, sum_to
from vlad_py.primitives.words import SUM, Pattern, Words
from vlad_py.values.indefinite import Indefinite
from vlad_py.values.show import describe_array, not_numbers
from vlad_py.values.values import NO_STATICS, Array, Number, Value, is_numeric, plain, shape_of

INF, NAN = math.inf, math.nan

Condition: TypeAlias = Any  # bool, Mask, or a condition with a `select` of its own


class Mask:
    """One boolean for each element of an array."""

    __slots__ = ("data",)

    def __init__(self, data: np.ndarray) -> None:
        self.data = data

    def select(self, yes: Value, no: Value) -> Value:
        """An array of elements of two values, which have all been computed."""
        if type(yes) in PLAIN and type(no) in PLAIN:
            return Array(np.where(self.data, data_of(yes), data_of(no)))
        return choose(Array(self.data.astype(np.float64)), yes, no)

    def both(self, other: Condition) -> Condition:
        """Whether another condition, a boolean or a mask, holds as well."""
        return Mask(np.logical_and(self.data, other.data if type(other) is Mask else other))

    def negated(self) -> Mask:
        """Whether the condition does not hold."""
        return Mask(np.logical_not(self.data))


def select(condition: Condition, yes: Value, no: Value) -> Value:
    """One of two values that have both been computed, by a condition on primals."""
    if type(condition) is bool:
        return yes if condition else no
    return condition.select(yes, no)


def taken(condition: Condition, partial: Value) -> Value:
    """A partial derivative with respect to what is taken where a condition holds; None elsewhere."""
    if condition is False:
        return None
    return condition.taken(partial) if isinstance(condition, Indefinite) else partial


class Share:
    """A partial derivative of an array: that of `where`, 1 or nan for each element, and not there for those
    where it is 0.
    """

    __slots__ = ("has_nan", "where")

    def __init__(self, where: Array, has_nan: bool) -> None:
        self.where = where
        self.has_nan = has_nan

    def of(self, tangent: Value) -> Value:
        """The tangent of what is taken."""
        return choose(self.where, _times(self.where, tangent) if self.has_nan else tangent, 0.0)

    def back(self, x: Value) -> Adjoint:
        """The adjoint, for the argument x."""
        if self.has_nan:
            return Adjoint(_kept_times, self.where, self.where, shape=shape_of(x))
        return Adjoint(_kept_yes, self.where, shape=shape_of(x))


def share(condition: Condition, x: Value) -> Value:
    """The partial derivative of a function that is x where a condition on x holds, and constant elsewhere.

    If x is nan, the condition is not known, so the partial derivative is nan too.
    """
    if condition is True:
        return 1.0
    if condition is False:
        primal = plain(x)
        return NAN if type(primal) is float and primal != primal else None
    if type(condition) is Mask:
        missing: Any = negated(same(x, x))
        where = condition.data.astype(np.float64)
        has_nan = type(missing) is Mask and bool(missing.data.any())
        return Share(Array(np.where(missing.data, NAN, where) if has_nan else where), has_nan)
    if isinstance(condition, Indefinite):  # one that compiled code will know
        return taken(condition, select(condition, 1.0, select(negated(same(x, x)), NAN, 0.0)))
    return select(condition, 1.0, 0.0)


def constant(x: Value) -> Value:
    """A number's innermost primal: the same real or array, a constant to every differentiation.

    For an interval it is one of its reals. It is meant for shifts, on which the result does not depend.
    """
    primal = plain(x)
    return primal.middle() if isinstance(primal, Indefinite) else primal


def narrowed(x: Value, low: float, high: float) -> Value:
    """A real or array that is known to lie between two reals: of an interval, the part between them."""
    if isinstance(x, Number) and isinstance(x.primal, Indefinite):
        return x.primal.between(low, high)
    return x


def _compared(test: Callable[[Any, Any], Any], x: Value, y: Value) -> Condition:
    return _of_primals(test, plain(x), plain(y))


def _of_primals(test: Callable[[Any, Any], Any], a: Value, b: Value) -> Condition:
    if isinstance(a, Indefinite) or isinstance(b, Indefinite):
        return test(a, b)
    if type(a) is Array or type(b) is Array:
        return Mask(test(data_of(a), data_of(b)))
    return test(a, b)


def both(a: Condition, b: Condition) -> Condition:
    """Whether two conditions hold; neither is an order that is not known yet."""
    if type(a) is bool and type(b) is bool:
        return a and b
    return b.both(a) if type(a) in (bool, Mask) and type(b) is not bool else a.both(b)


def negated(a: Condition) -> Condition:
    """Whether a condition does not hold."""
    return not a if type(a) is bool else a.negated()


def same(x: Value, y: Value) -> Condition:
    """Whether two numbers' innermost primals are equal."""
    a, b = plain(x), plain(y)
    if isinstance(a, Indefinite):
        return a.same(b)
    return b.same(a) if isinstance(b, Indefinite) else _of_primals(eq, a, b)


def is_chosen(x: Value, y: Value) -> Condition:
    """Whether y, the greatest or the least of x and other numbers, is x.

    This is not `same`, for which no symbol equals a single number: the greatest of a symbol and 0 may be 0.
    """
    a, b = plain(x), plain(y)
    if isinstance(b, Indefinite) and not isinstance(a, Indefinite):
        return b.attains(a)
    return same(x, y)


def is_zero(x: Value) -> Condition:
    """Whether a number's innermost primal is 0."""
    return same(x, 0.0)


def both_zero(x: Value, y: Value) -> Condition:
    """Whether two numbers' innermost primals are 0."""
    second = is_zero(y)
    return both(is_zero(x), second) if second is not False else False


def is_above(x: Value, y: Value) -> Condition:
    """Whether a number's innermost primal is above another's."""
    return _compared(lambda a, b: a > b, x, y)


def is_positive(x: Value) -> Condition:
    """Whether a number's innermost primal is above 0."""
    return is_above(x, 0.0)


def is_infinite(x: Value) -> Condition:
    """Whether a number's innermost primal is an infinity."""
    return negated(both(negated(same(x, INF)), negated(same(x, -INF))))


def is_finite(x: Value) -> bool:
    """Whether a float or all elements of an array are finite; what stands for many reals counts as finite."""
    if type(x) is float:
        return math.isfinite(x)
    return type(x) is not Array or bool(np.isfinite(x.data).all())


def alone_infinite(x: Value, other: Value) -> Condition:
    """Whether a number's innermost primal is an infinity, and another's is not."""
    return both(is_infinite(x), negated(is_infinite(other)))


def same_infinity(x: Value, y: Value) -> Condition:
    """Whether two numbers' innermost primals are one and the same infinity."""
    return both(is_infinite(x), same(x, y))


def weighed(
    choose: Callable[[Value, Value], Value], yes_weight: Value, no_weight: Value, yes: Value, no: Value
) -> Value:
    """What `choose` makes of two numbers without tags; to a differentiation it is a function of both, whose
    partial derivatives are the weights.
    """
    primitive = Elementwise(
        name="choice",
        arity=2,
        doc="One of two numbers, or what stands for both.",
        value=choose,
        partials=(lambda *_: yes_weight, lambda *_: no_weight),
        probe=(),
    )

    def apply(a: Value, b: Value) -> Value:
        highest = highest_of((a, b))
        if highest is None or isinstance(highest.primal, Indefinite):
            return choose(a, b)
        return highest.lift2(primitive, a, b)

    primitive.apply = apply
    return apply(yes, no)


_CASES = r"\begin{{cases}} {2} & {0} SIGN {1} \\ {3} & \text{{else}} \end{{cases}}"


def _either(test: str, of_arrays: str) -> Words:
    """A choice as programs write it, by a test of reals, or of arrays with reals among them."""
    return lambda shapes: (
        f"where({of_arrays}, {{2}}, {{3}})" if any(shapes[:2]) else f"(if {test} then {{2}} else {{3}})"
    )


for _name, _sign, _of_arrays, _condition in (
    ("if_above", ">", "{0} > {1}", is_above),
    ("if_same", "==", "({0} >= {1}) * ({0} <= {1})", same),
):
    conditional(
        _name,
        doc=f"{_name}(a, b, x, y): x where a {_sign} b, and else y: what a partial derivative chooses.",
        value=lambda a, b, x, y, condition=_condition: select(condition(a, b), x, y),
        text=_either("{0} " + _sign + " {1}", _of_arrays),
        latex=Pattern(_CASES.replace("SIGN", _sign[0]), SUM),
        sympy=f"where({{0}} {_sign} {{1}}, {{2}}, {{3}})",
    )


def chosen(test: str, a: Value, b: Value, yes: Value, no: Value) -> Value:
    """The choice that `if_above` or `if_same` makes, as one operation for numbers that record operations."""
    primitive = PRIMITIVES[test]
    highest = highest_of((a, b, yes, no))
    if highest is None or isinstance(highest.primal, Indefinite):
        return primitive.apply(a, b, yes, no)
    return highest.applied(primitive, (a, b, yes, no), NO_STATICS)


# ── the choice that programs make ────────────────────────────────────────────────────────────


def _choose(condition: Value, yes: Value, no: Value) -> Value:
    c, a, b = plain(condition), plain(yes), plain(no)
    if isinstance(c, Indefinite):
        raise c.several()
    if type(c) is not Array:
        raise _no_condition(condition)
    for position, x in (("second", a), ("third", b)):
        if not is_numeric(x):
            raise not_numbers(f"`where` with an array expects reals as its {position} argument", x)
    try:
        return Array(np.where(c.data, data_of(a), data_of(b)))
    except ValueError:
        shapes = " and ".join(describe_array(x.data.shape) for x in (c, a, b) if type(x) is Array)
        raise RunError(f"`where` cannot combine {shapes}") from None


def _no_condition(x: Value) -> RunError:
    hint = "a comparison gives one: `where(x > 0, a, b)`"
    return not_numbers("`where` expects a boolean or an array as its first argument", x, hint=hint)


def _kept_yes(cotangent: Value, condition: Value, shape: tuple[int, ...]) -> Value:
    return sum_to(choose(condition, cotangent, 0.0), shape)


def _times(slope: Value, tangent: Value) -> Value:
    return PRIMITIVES["*"].apply(slope, tangent)  # arithmetic.py imports this file


def _kept_times(cotangent: Value, condition: Value, slope: Value, shape: tuple[int, ...]) -> Value:
    return sum_to(choose(condition, _times(slope, cotangent), 0.0), shape)


def _kept_no(cotangent: Value, condition: Value, shape: tuple[int, ...]) -> Value:
    return sum_to(choose(condition, 0.0, cotangent), shape)


sparse(_kept_yes, conditions=1)
sparse(_kept_times, conditions=1)
sparse(_kept_no, conditions=1)

choose: Apply = choosing(
    "choose",
    drops=True,
    doc="choose(c, a, b): element by element, a where the array c is not 0 and else b.",
    value=_choose,
    rules=(
        Rule(
            lambda t, y, c, a, b: broadcast_to(choose(c, t, 0.0), shape_of(y)),
            lambda y, c, a, b: Adjoint(_kept_yes, c, shape=shape_of(a)),
        ),
        Rule(
            lambda t, y, c, a, b: broadcast_to(choose(c, 0.0, t), shape_of(y)),
            lambda y, c, a, b: Adjoint(_kept_no, c, shape=shape_of(b)),
        ),
    ),
    text="where",
    cost=1,
)


def _where(condition: Value, yes: Value, no: Value) -> Value:
    if type(condition) is bool:
        return yes if condition else no
    if isinstance(condition, Indefinite) and condition.is_condition:
        return select(condition, yes, no)
    below = untagged(condition)
    if isinstance(below, Number) and below.tag and not shape_of(below):  # each item of a batch is a real
        raise _no_condition(condition)
    return choose(below, yes, no)


def untagged(x: Value) -> Value:
    """A number below all differentiations: an array, what is observed, traced or not known, or the items of a
    batch.
    """
    while isinstance(x, Number) and x.tag:
        below = x.without_tags()
        if below is x:
            return x
        x = below
    return x


where = structural(
    "where",
    3,
    doc="where(c, a, b): a if the boolean c is true, else b; for an array c, element by element, a "
    "where c is not 0, else b. Both are computed; only the chosen one counts, also in derivatives.",
    form=Form.CHOICE,
    example='where([1, 0, 1], [1, 2, 3], 0), where(2 > 1, "yes", "no")',
    value=_where,
    by_sort=True,
)
