"""The four ways to differentiate a program side by side: by hand, symbolic, by differences, automatic.

Source: A. G. Baydin, B. A. Pearlmutter, A. A. Radul, J. M. Siskind, "Automatic Differentiation in Machine
Learning: a Survey", JMLR 18 (2018), Figures 2 and 3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vlad_py.errors import RunError
from vlad_py.laboratory.recording import checked_argument
from vlad_py.laboratory.tables import Table
from vlad_py.machine import Limits, run
from vlad_py.modules import shared_library
from vlad_py.primitives.shapes import reals_of
from vlad_py.runtime import get_field
from vlad_py.show import describe, show
from vlad_py.values import Value, plain

DIFFERENCES = "differences"  # the library's module of them

Method = Callable[[Value, Value], Value | None]
METHODS: dict[str, Method] = {}
"""Further methods by name: of f and x they give the gradient of f at x, or None where f is not for them."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Derivatives by every method, one for each real of the argument in order. Errors are measured against
    `exact`, which is reverse mode.
    """

    methods: dict[str, tuple[float, ...]]
    exact: tuple[float, ...]

    def errors(self, method: str) -> tuple[float, ...]:
        """By how much each derivative differs from that of reverse mode."""
        return tuple(abs(a - b) for a, b in zip(self.methods[method], self.exact, strict=True))

    def table(self) -> Table:
        """A row for each method and derivative."""
        rows = []
        for method, values in self.methods.items():
            for i, (value, error) in enumerate(zip(values, self.errors(method), strict=True)):
                which = f"∂{i + 1}" if len(values) > 1 else ""
                rows.append((method if i == 0 else "", which, show(value), show(float(f"{error:.2g}"))))
        return Table("", ("method", "by", "derivative", "error"), tuple(rows))

    def text(self) -> str:
        """For a terminal."""
        return self.table().text()


def compare(
    function: Value, *arguments: Value, by_hand: Value | None = None, limits: Limits | None = None
) -> Comparison:
    """The derivatives of a real-valued f at x by every method. `by_hand` is a function that gives them.

    Raises RunError where f(x) is no real, or where `by_hand` gives another number of reals than x has;
    errors.Error, as the calls do.
    """
    argument = checked_argument(arguments)

    def f(x: Value) -> float:
        value = plain(run(function, x, limits))
        if type(value) is not float:
            raise RunError(f"only the derivatives of a real can be compared, the value is {describe(value)}")
        return value

    f(argument)
    library = shared_library()

    def derived(operator: Value) -> Value:
        return run(run(operator, function, limits), argument, limits)

    def automatic(operator: str) -> tuple[float, ...]:
        return _reals(derived(library.function(operator)))

    def difference(operator: str) -> Value:
        return derived(library.module(DIFFERENCES).value(operator))

    exact = automatic("gradient")
    found: dict[str, tuple[float, ...]] = {}
    if by_hand is not None:
        found["by hand"] = _reals(run(by_hand, argument, limits))
    for name, method in METHODS.items():
        gradient = method(function, argument)
        if gradient is not None:
            found[name] = _reals(gradient)
    found["forward difference"] = _reals(difference("forward_gradient"))
    found["centre difference"] = _reals(difference("centre_gradient"))
    found["Richardson difference"] = _reals(get_field(difference("richardson_gradient"), "value"))
    found["automatic, forward"] = automatic("gradient_forward")
    found["automatic, reverse"] = exact
    for method_name, values in found.items():
        if len(values) != len(exact):
            raise RunError(f"{method_name}: {len(values)} derivatives for {len(exact)} reals")
    return Comparison(found, exact)


def _reals(structure: Value) -> tuple[float, ...]:
    return tuple(plain(x) for x in reals_of(structure))  # type: ignore[misc]
