"""The laboratory for Python: it takes ADL functions and Python objects."""

from __future__ import annotations

from functools import partial

from vlad_py.execution.limits import Limits
from vlad_py.expressions.text.rounding import MOST_DIGITS
from vlad_py.ground.budget import spend
from vlad_py.ground.errors import ConversionError
from vlad_py.ground.late_numpy import plain_number
from vlad_py.laboratory import comparing, counting, traces
from vlad_py.laboratory.comparing import Comparison
from vlad_py.laboratory.counting import Counts
from vlad_py.laboratory.traces import FORWARD, REVERSE, Trace
from vlad_py.python.classes import Classes
from vlad_py.python.convert import a_thing, to_value
from vlad_py.python.function import ErrorsForCaller, Function, function_of, limits_met
from vlad_py.values.values import Value


def trace(
    f: object,
    *arguments: object,
    mode: str = REVERSE,
    direction: object = None,
    as_run: bool = False,
    digits: int | None = None,
) -> Trace:
    """The trace of f(*arguments): its operations with tangents (`mode="forward"`, along `direction`, of the
    shape of the argument), with adjoints ("reverse") or alone ("primal"). Tables and graphs show so many
    significant `digits`; without a number, three decimals.

    Raises errors.Error as the call does, ConversionError for an object that is not a value and for an
    unknown mode or a direction in another mode than forward; KeyboardInterrupt on Ctrl-C.
    """
    if not isinstance(mode, str):
        raise ConversionError(f"mode: expected a string, got {a_thing(type(mode))}")
    if not isinstance(as_run, bool):
        raise ConversionError(f"as_run: expected True or False, got {a_thing(type(as_run))}")
    if direction is not None and mode != FORWARD:
        raise ConversionError(f'`direction` needs `mode="{FORWARD}"`')
    shown = plain_number(digits)
    if shown is not None and (type(shown) is not int or not 1 <= shown <= MOST_DIGITS):
        got = shown if type(shown) is int else a_thing(type(shown))
        raise ConversionError(f"digits: expected a whole number from 1 to {MOST_DIGITS}, got {got}")
    function = function_of(f, "f")
    along = None if direction is None else to_value(direction, "direction")
    values, limits = _values(function, arguments)
    with ErrorsForCaller():
        traced = partial(traces.trace, mode=mode, direction=along, limits=limits, as_run=as_run, digits=shown)
        return spend(limits, lambda: traced(function.value, *values))


def count(f: object, *arguments: object) -> Counts:
    """The cost of f(*arguments) and its derivatives: operations, calls, tape. Raises as `trace` does."""
    function = function_of(f, "f")
    values, limits = _values(function, arguments)
    with ErrorsForCaller():
        return spend(limits, lambda: counting.count(function.value, *values, limits=limits))


def compare(f: object, *arguments: object, by_hand: object = None) -> Comparison:
    """The derivatives of a real-valued f by every method, with their errors; `by_hand` is a function of the
    language that gives them. Raises as `trace` does, and RunError if f(*arguments) is not a real.
    """
    function = function_of(f, "f")
    hand = None if by_hand is None else function_of(by_hand, "by_hand").value
    values, limits = _values(function, arguments)
    with ErrorsForCaller():
        return spend(limits, lambda: comparing.compare(function.value, *values, by_hand=hand, limits=limits))


def _values(function: Function, arguments: tuple[object, ...]) -> tuple[tuple[Value, ...], Limits]:
    """The arguments of a call, and the limits of the function and of those in its arguments."""
    met = Classes()
    values = tuple([to_value(a, f"argument[{i}]", met) for i, a in enumerate(arguments)])
    return values, limits_met(function.limits, met)
