"""Tells the numbers that watch a run, below all differentiations, what they cannot see: derivatives that do
not follow from what was computed.
"""

from __future__ import annotations

from vlad_py.differentiation.renaming import constant
from vlad_py.ground.errors import RunError
from vlad_py.numbers.innermost import Observed
from vlad_py.numbers.observed.dependence import Dependence, depending
from vlad_py.numbers.observed.direction import is_along
from vlad_py.numbers.observed.wengert import Recorded
from vlad_py.primitives.declare import structural
from vlad_py.primitives.kinds import Elementwise
from vlad_py.values.show import function_name
from vlad_py.values.structure import data_parts, distinct_leaves, transform
from vlad_py.values.values import Number, Value, is_function, is_numeric

STOPPED = Elementwise(
    name="stop_gradient",
    arity=1,
    doc="The same number, with the derivative 0.",
    value=lambda x: x,
    partials=(0.0,),
    probe=(),
    vector="{0}",
)


def _applied(x: Value) -> Value:
    return x.lift1(STOPPED) if isinstance(x, Number) else x


STOPPED.apply = _applied


def stopped(value: Value) -> Value:
    """The value as a constant for every differentiation in progress, and for one of a recorded list.

    Raises RunError for the direction that a rule of one's own is given: the rule would not be linear in it.
    """
    if any(map(is_along, distinct_leaves(value))):
        raise RunError(
            "`stop_gradient` of the direction of a rule, in which the rule must be linear",
            hint="stop the gradient of the factor of the direction instead",
        )
    return transform(constant(value), lambda x: _applied(x) if type(x) is Recorded else x, once=True)


def _unobserved(leaf: Value) -> Value:
    while isinstance(leaf, Observed):
        leaf = leaf.primal
    return leaf


def operations_so_far(point: Value) -> Value:
    """How many operations there are on the list that the numbers of a structure are recorded on."""
    recorded = (leaf.list.entries for leaf in distinct_leaves(point) if type(leaf) is Recorded)
    return float(max(map(len, recorded), default=0))


def _has_functions(value: Value) -> bool:
    return any(map(is_function, distinct_leaves(value, data_parts)))


def watched(point: Value, function: Value, whole: Value, start: float, value: Value) -> Value:
    """The value f(x) of a function whose derivative is given by a rule, where x is not being differentiated.

    The rule may depend on all of x, whatever the value was computed from. A list of operations has only what
    was computed, and is told that this is not all; or the call is one operation of it, with the rule, in
    place of those from `start` on.
    """
    inputs: list[Dependence] = []
    recorded = [leaf.list for leaf in distinct_leaves(point) if type(leaf) is Recorded]
    if recorded and recorded[0].whole is not None and not _has_functions(value):
        del recorded[0].entries[int(start) :]
        return recorded[0].whole(point, function_name(function), whole, value)
    for leaf in distinct_leaves(point):
        if type(leaf) is Dependence:
            inputs.append(leaf)
        elif type(leaf) is Recorded:
            leaf.list.by_rule = leaf.list.by_rule or function_name(function)
    if not inputs:
        return value
    return transform(value, lambda leaf: depending(leaf, inputs) if is_numeric(leaf) else leaf, once=True)


stop_gradient = structural(
    "stop_gradient",
    1,
    doc="The value as a constant for every differentiation in progress.",
    example="derivative(fn x => x * stop_gradient(x))(3)",
    value=stopped,
)
structural(
    "operations_so_far",
    1,
    doc="operations_so_far(x): how many operations are recorded where x is.",
    value=operations_so_far,
    internal=True,
    of_tags=True,
)
structural(
    "unobserved",
    1,
    doc="unobserved(x): x without what watches its reals, for a value that Python computes of plain numbers.",
    value=lambda x: transform(x, _unobserved, once=True),
    internal=True,
)
structural(
    "watched",
    5,
    doc="watched(x, f, g, n, y): y, the value at x of f, which as g has a derivative given by a rule.",
    value=watched,
    internal=True,
    of_tags=True,
)
