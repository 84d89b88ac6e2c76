"""Programs run in both tiers, and whether they agree: what the tests of agreement have in common."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from vlad_py.ground.errors import NotNative
from vlad_py.native.calling import Native
from vlad_py.native.exits import Invalid, Left
from vlad_py.session.library import compiled_library
from vlad_py.session.session import Session
from vlad_py.values.values import Value

NUMBER = re.compile(r"(?<![\w.'])\d+(?:\.\d+)?(?:e-?\d+)?(?![\w.'])")

# Why a call may be refused, or be left for the interpreter: all reasons there are, as they begin.
REASONS = (
    "a choice between",
    "a comparison of values that are one of several",
    "a comprehension of values that are one of several",
    "a condition of arrays",
    "a cotangent of a function value",
    "a derivative by a rule",
    "a derivative that is a function leaves the unit",
    "a derivative that there is not",
    "a derivative with respect to a derivative that is a function",
    "a derivative with respect to many reals",
    "a direction or cotangent of another shape",
    "a function of Python",
    "a key goes in",
    "a list nested too deeply",
    "a list of derivatives that are functions",
    "a list of large arrays",
    "a list of things of different kinds",
    "a list of unknown length",
    "a long list beside arrays goes in",
    "a loop over another sequence",
    "a loop whose state changes its structure",
    "a loop whose state has too many kinds",
    "a name without a value yet",
    "a number of another interpretation",
    "a number under differentiation",
    "a plot goes in",
    "a primitive that looks at",
    "a recursive function for too many kinds of arguments",
    "a recursive function whose value changes its structure",
    "a reduction of arrays beside reals",
    "a rule or its argument is one of several",
    "a rule that is one of several",
    "a value under a rule that holds functions",
    "an array of known length",
    "an array of unknown length",
    "an array that a loop makes",
    "an array whose rows",
    "an effect",
    "an error of the program",
    "an operator that only the interpreter has",
    "an unknown index of a structure",
    "another number where a real is expected",
    "arrays of unknown length",
    "arrays under a rule",
    "calls nested too deeply",
    "choices and loops nested too deeply",
    "data of more parts than a unit follows",
    "lists of unknown length under a rule",
    "more than the code of a unit may be",
    "nothing to compute",
    "the Jacobian of a function value",
    "the derivative of a list of unknown length",
    "the derivative of a recursive function within itself",
    "the derivative of a value that is one of several",
)


@dataclass
class Tally:
    """How many calls ran natively, and why the others did not."""

    taken: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def refuse(self, reason: str) -> None:
        """Counts a refusal. AssertionError for a reason that is not on the list."""
        known = next((r for r in REASONS if reason.startswith(r)), None)
        assert known is not None, f"no known reason: {reason}"
        self.reasons[known] += 1


def begin_anew() -> None:
    """The library of sessions that compile forgets what its functions were called with. It gives functions up
    that are called in too many ways, so what is taken would depend on the programs before.
    """
    compiled_library.cache_clear()


def closed(text: str) -> tuple[str, tuple[float, ...]]:
    """A program as a function without parameters."""
    return f"fn () => {{\n{text}\n}}", ()


def opened(text: str) -> tuple[str, tuple[float, ...]]:
    """A program as a function of all the numbers in it, and these numbers."""
    numbers: list[float] = []

    def parameter(match: re.Match[str]) -> str:
        numbers.append(float(match[0]))
        return f"number_{len(numbers) - 1}"

    body = NUMBER.sub(parameter, text)
    parameters = ", ".join(f"number_{i}" for i in range(len(numbers)))
    return f"fn ({parameters}) => {{\n{body}\n}}", tuple(numbers)


def native_value(text: str, reals: tuple[float, ...], tally: Tally) -> Value | None:
    """What a function gives, run as machine code; None where it is refused or left."""
    argument = reals[0] if len(reals) == 1 else reals
    function = Session().evaluate(text)
    try:
        value = Native(function, argument, is_fixed=True)(function, argument)  # type: ignore[arg-type]
    except NotNative as refusal:
        tally.refuse(refusal.message)
        return None
    except (Left, Invalid):
        tally.reasons["left"] += 1
        return None
    tally.taken += 1
    return value
