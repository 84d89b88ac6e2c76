"""The four ways to differentiate a program side by side: by hand, symbolic, by differences, automatic.

Source: A. G. Baydin, B. A. Pearlmutter, A. A. Radul, J. M. Siskind, "Automatic Differentiation in Machine
Learning: a Survey", JMLR 18 (2018), Figures 2 and 3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vlad_py.errors import RunError
from vlad_py.laboratory.recording import checked_argument
from vlad_py.laboratory.tables import Report, Table
from vlad_py.machine import Limits, run
from vlad_py.modules import library_of
from vlad_py.primitives.shapes import reals_of, refilled
from vlad_py.show import describe, show
from vlad_py.values import Value, data_parts, is_numeric, plain, transform

STEP = 1e-6  # of differences

Method = Callable[[Value, Value], Value | None]
METHODS: dict[str, Method] = {}
"""Further methods by name: of f and x they give the gradient of f at x, or None where f is not for them."""


@dataclass(frozen=True, slots=True, repr=False)
class Comparison(Report):
    """Derivatives by every method, one for each real of the argument in order. Errors are measured against
    `exact`, which is reverse mode.
    """

    methods: dict[str, tuple[float, ...]]
    exact: tuple[float, ...]

    def errors(self, method: str) -> tuple[float, ...]:
        """By how much each derivative differs from that of reverse mode."""
        return tuple(abs(a - b) for a, b in zip(self.methods[method], self.exact, strict=True))

    def tables(self) -> list[Table]:
        """A row for each method and derivative."""
        rows = []
        for method, values in self.methods.items():
            for i, (value, error) in enumerate(zip(values, self.errors(method), strict=True)):
                which = f"∂{i + 1}" if len(values) > 1 else ""
                rows.append((method if i == 0 else "", which, show(value), show(float(f"{error:.2g}"))))
        return [Table("", ("method", "by", "derivative", "error"), tuple(rows))]


def compare(
    function: Value, *arguments: Value, by_hand: Value | None = None, limits: Limits | None = None
) -> Comparison:
    """The derivatives of a real-valued f at x by every method. `by_hand` is a function that gives them.

    Raises RunError where f(x) is no real or x has none, or where `by_hand` gives another number of reals than
    x has; errors.Error, as the calls do.
    """
    argument = checked_argument(arguments)

    def f(x: Value) -> float:
        value = plain(run(function, x, limits))
        if type(value) is not float:
            raise RunError(f"only the derivatives of a real can be compared, the value is {describe(value)}")
        return value

    f(argument)
    library = library_of(function)

    def automatic(operator: str) -> tuple[float, ...]:
        derived = run(library.function(operator), function, limits)
        return _reals(run(derived, argument, limits))

    exact = automatic("gradient")
    if not exact:
        raise RunError("there is no real among the arguments to differentiate by")
    found: dict[str, tuple[float, ...]] = {}
    if by_hand is not None:
        found["by hand"] = _reals(run(by_hand, argument, limits))
    for name, method in METHODS.items():
        gradient = method(function, argument)
        if gradient is not None:
            found[name] = _reals(gradient)
    found["forward difference"] = tuple((f(x) - f(argument)) / STEP for x in _moved(argument, STEP))
    pairs = zip(_moved(argument, STEP), _moved(argument, -STEP), strict=True)
    found["centre difference"] = tuple((f(after) - f(before)) / (2 * STEP) for after, before in pairs)
    found["automatic, forward"] = automatic("gradient_forward")
    found["automatic, reverse"] = exact
    for method_name, values in found.items():
        if len(values) != len(exact):
            raise RunError(f"{method_name}: {len(values)} derivatives for {len(exact)} reals")
    return Comparison(found, exact)


def _reals(structure: Value) -> tuple[float, ...]:
    return tuple(plain(x) for x in reals_of(structure))  # type: ignore[misc]


def _moved(argument: Value, step: float) -> Iterator[Value]:
    """The argument with one real after another moved by a step."""
    numbers = _reals(argument)
    for i in range(len(numbers)):
        supply: Iterator[Value] = iter([*numbers[:i], numbers[i] + step, *numbers[i + 1 :]])

        def leaf(value: Value, supply: Iterator[Value] = supply) -> Value:
            return refilled(value, supply) if is_numeric(value) else value

        yield transform(argument, leaf, data_parts)
