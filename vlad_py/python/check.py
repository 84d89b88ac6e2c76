"""Checking the derivatives of a function, and finding the function that is to blame for a wrong one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from vlad_py.differentiation.probes import AT_A_JUMP, complaint, recording
from vlad_py.execution import machine
from vlad_py.ground.errors import ConversionError, Error, RunError
from vlad_py.ground.late_numpy import plain_number
from vlad_py.python.classes import Classes
from vlad_py.python.convert import a_thing, to_python, to_value
from vlad_py.python.derivatives import library_function
from vlad_py.python.function import ErrorsForCaller, Function, argument_of, function_of, limits_met
from vlad_py.python.host import PYTHON_RULE
from vlad_py.session.library import beside
from vlad_py.values.show import show
from vlad_py.values.values import Value

HIGHEST = 3  # order: mixes of modes double with each
LONGEST = 60  # characters of an argument in a message
MOST_BLAMED = 3

Comparison = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Report:
    """The report of a successful check: the number of `checks`, their highest `order`, the largest `error`,
    relative to the size of the derivative, and how many checks are `unseen`: their part is so small beside
    the rest that rounding leaves too few digits to tell right from wrong by a factor of 2.
    """

    checks: int
    order: int
    error: float
    unseen: int


class GradientError(Error):
    """A derivative is wrong. `comparisons` are the failed ones: dicts with `order`, `modes` (outermost
    first), `value` (by differentiation), `difference` (by differences), `error`, and `kink`, the slopes on
    both sides of a kink, an empty list if there is none, and `jump`, the values before, at and after a jump.
    """

    comparisons: tuple[Comparison, ...] = ()


def check_gradients(
    f: object, *arguments: object, order: int = 2, directions: int = 3, tolerance: float = 1e-6
) -> Report:
    """Checks the derivatives of an ADL function at x, where f(*arguments) is f(x).

    Up to an order (3 at most), along random directions, in both modes and all their mixes, against
    differences and against one another; `tolerance` is relative to the size of the derivative.

    Raises GradientError for a wrong derivative, and for a kink or a jump, where none is right; it names the
    function to blame, for it checks every built-in or Python function that f calls, where f calls it. Raises
    errors.Error for errors in f.
    """
    highest = plain_number(order)
    if type(highest) is not int or not 1 <= highest <= HIGHEST:
        got = highest if type(highest) is int else a_thing(type(highest))
        raise ConversionError(f"order: expected 1 to {HIGHEST}, got {got}")
    function, met = function_of(f, "the function to check"), Classes()
    settings = {"order": highest, "directions": directions, "tolerance": tolerance}
    point = argument_of(arguments, met)
    function = Function(function.value, limits_met(function.limits, met))
    found = _comparisons(settings, function, function.value, point)
    wrong = tuple(c for c in found if not c["agrees"])
    if not wrong:
        return Report(len(found), highest, max(c["error"] for c in found), sum(not c["seen"] for c in found))
    blamed = list(_blamed(settings, function, point))
    parts = [f"`{function.__name__}`: {_said(wrong[0])}", *blamed[:MOST_BLAMED]]
    hint = AT_A_JUMP if wrong[0]["jump"] else ""
    if not blamed and not hint:
        hint = "none of the functions that it calls is wrong"
        hint += ": its branches meet here" if wrong[0]["kink"] else ", is there a kink near this point?"
    error = GradientError("; ".join(parts), hint=hint)
    error.comparisons = wrong
    raise error


def _comparisons(settings: dict[str, Any], f: Function, value: Value, point: Value) -> list[Comparison]:
    compare = beside(library_function("check", "comparisons").value, f.value)
    try:
        with ErrorsForCaller():
            found = machine.run(compare, (to_value(settings, "settings"), value, point), f.limits)
    except RunError as error:
        if error.hint.endswith(PYTHON_RULE) and settings["order"] > 1:
            error.hint += "; `order=1` checks first derivatives alone"
        raise
    comparisons: list[Comparison] = to_python(found, Function)
    return comparisons


def _said(comparison: Comparison) -> str:
    return complaint(*(comparison[key] for key in ("order", "modes", "value", "difference", "kink", "jump")))


def _blamed(settings: dict[str, Any], f: Function, point: Value) -> Iterator[str]:
    """The mistakes of the functions that f calls."""
    recorded, log = recording(point)
    with ErrorsForCaller():
        machine.run(f.value, recorded, f.limits)
    for name, function, arguments in log.values():
        for argument in arguments:
            try:
                found = _comparisons(settings, f, function, argument)
            except RunError:
                continue  # only the whole function can be differentiated
            wrong = [c for c in found if not c["agrees"]]
            if wrong:
                shown = show(argument)
                shown = shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"
                verdict = next((f"has a {way}" for way in ("kink", "jump") if wrong[0][way]), "is wrong")
                yield f"`{name}` {verdict} at {shown}: {_said(wrong[0])}"
                break
