"""The four ways to differentiate a program side by side: by hand, symbolic, by differences, automatic.

Source: A. G. Baydin, B. A. Pearlmutter, A. A. Radul, J. M. Siskind, "Automatic Differentiation in Machine
Learning: a Survey", JMLR 18 (2018), Figures 2 and 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vlad_py.execution.limits import Limits
from vlad_py.execution.machine import run
from vlad_py.execution.runtime import get_field
from vlad_py.ground.errors import RunError
from vlad_py.laboratory.inputs import real_names
from vlad_py.laboratory.recording import checked_argument
from vlad_py.laboratory.tables import Report, Table
from vlad_py.numbers.symbolic.symbolic import Formula, substituted, symbol
from vlad_py.primitives.structures import reals_of
from vlad_py.session.library import library_of
from vlad_py.values.show import describe, show
from vlad_py.values.structure import data_parts, transform
from vlad_py.values.values import Value, is_numeric, plain, shape_of

DIFFERENCES = "differences"  # the library's module of them
_HEADS = ("method", "variable", "derivative", "error")
LONGEST = 500  # operations of a formula that is differentiated as such


@dataclass(frozen=True, slots=True, repr=False)
class Comparison(Report):
    """Derivatives by every method, one for each real of the argument in order; `variables` names
    those reals. Errors are measured against `exact`, which is reverse mode.
    """

    methods: dict[str, tuple[float, ...]]
    exact: tuple[float, ...]
    variables: tuple[str, ...]
    digits: int | None = None  # significant ones of a derivative in tables

    def errors(self, method: str) -> tuple[float, ...]:
        """By how much each derivative differs from that of reverse mode; two equal infinities do not."""
        pairs = zip(self.methods[method], self.exact, strict=True)
        return tuple(0.0 if a == b else abs(a - b) for a, b in pairs)

    def tables(self) -> list[Table]:
        """A row for each method and derivative."""
        rows = []
        for method, values in self.methods.items():
            for i, (value, error) in enumerate(zip(values, self.errors(method), strict=True)):
                which = self.variables[i] if len(values) > 1 else ""
                shown = show(value if self.digits is None else float(f"{value:.{self.digits}g}"))
                rows.append((method if i == 0 else "", which, shown, show(float(f"{error:.2g}"))))
        return [Table("", _HEADS, tuple(rows))]

    def csv(self) -> str:
        """A row for each method and derivative, errors in full."""
        rows = [
            (method, variable, show(value), show(error))
            for method, values in self.methods.items()
            for variable, value, error in zip(self.variables, values, self.errors(method), strict=True)
        ]
        return Table("", _HEADS, tuple(rows)).csv()


def compare(
    function: Value, *arguments: Value, by_hand: Value | None = None, limits: Limits | None = None
) -> Comparison:
    """The derivatives of a real-valued f at x by every method. `by_hand` is a function that gives them.

    Raises RunError if f(x) is not a real, if x has no reals, or if `by_hand` gives another number of reals
    than x has; errors.Error, as the calls do.
    """
    argument = checked_argument(arguments)

    def f(x: Value) -> float:
        value = plain(run(function, x, limits))
        if type(value) is not float:
            raise RunError(f"only the derivatives of a real can be compared, the value is {describe(value)}")
        return value

    f(argument)
    library = library_of(function)

    def derived(operator: Value) -> Value:
        return run(run(operator, function, limits), argument, limits)

    def automatic(operator: str) -> tuple[float, ...]:
        return _reals(derived(library.function(operator)))

    def difference(operator: str) -> Value:
        return derived(library.module(DIFFERENCES).value(operator))

    exact = automatic("gradient")
    if not exact:
        raise RunError("no argument is a real, so there is nothing to differentiate with respect to")
    found: dict[str, tuple[float, ...]] = {}
    if by_hand is not None:
        found["by hand"] = _reals(run(by_hand, argument, limits))
    formulas = _symbolic(library.function("gradient"), function, argument, limits)
    if formulas is not None:
        found["symbolic"] = formulas
    found["forward difference"] = _reals(difference("forward_gradient"))
    found["centre difference"] = _reals(difference("centre_gradient"))
    found["Richardson difference"] = _reals(get_field(difference("richardson_gradient"), "value"))
    found["automatic, forward"] = automatic("gradient_forward")
    found["automatic, reverse"] = exact
    for method_name, values in found.items():
        if len(values) != len(exact):
            raise RunError(f"{method_name}: {len(values)} derivatives for {len(exact)} reals")
    return Comparison(found, exact, real_names(function, argument))


def _symbolic(
    gradient: Value, function: Value, argument: Value, limits: Limits | None
) -> tuple[float, ...] | None:
    """The gradient as simplified formulas, at the argument; None if the function is not a formula of a
    reasonable length: it tests its argument, or runs for long.
    """
    values: dict[str, Value] = {}

    def named(leaf: Value) -> Value:
        if not is_numeric(leaf):
            return leaf
        name = f"x{len(values) + 1}"
        values[name] = leaf
        return symbol(name, shape_of(leaf))

    def evaluated(leaf: Value) -> Value:
        primal = plain(leaf)
        if not isinstance(primal, Formula):
            return leaf
        return substituted(primal.simplified().expression, values)

    point = transform(argument, named, data_parts)
    try:
        value = plain(run(function, point, limits))
        if isinstance(value, Formula) and value.shared_size > LONGEST:
            return None
        slopes = run(run(gradient, function, limits), point, limits)
        return _reals(transform(slopes, evaluated, data_parts))
    except RunError:
        return None


def _reals(structure: Value) -> tuple[float, ...]:
    reals: Any = map(plain, reals_of(structure))
    return tuple(reals)
