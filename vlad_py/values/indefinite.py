"""The innermost primal of a number that is not one real: what the core may ask of an interval or a symbol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vlad_py.ground.errors import RunError


class Indefinite:
    """The innermost primal of a number that stands for many reals (its `shape` is ()), or arrays.

    An interval, a symbol, a real that compiled code will get: a subclass says what is known. The entries of
    primitives ask in these ways, and no others:

    - partials choose by conditions: `same`, `attains` and `>` give a condition, which is a boolean, or has
      `select(yes, no)`, `both(other)`, `negated()`, `at_point(there, elsewhere)` (see
      primitives/choice.py and singular.py);
    - a condition says by `taken` which partial is left, if it may not hold;
    - partials take a constant out of a number, or a part of it: `middle`, `between`;
    - programs compare and round: `compare(primitive, a, b)` for `<` and its kin, `apply(primitive)` for
      piecewise constant functions, and `equals` for `==`, literal patterns and indices, which decide now;
    - texts need `text` and `ends`, arrays of numpy need `data`.

    A question that has different answers for the reals is an error.
    """

    __slots__ = ("shape",)
    shape: tuple[int, ...]
    noun = ""  # its kind, with the article
    plural = ""  # the plural of its kind
    is_unknown = False  # whether it is one real, or array, that is not known yet
    is_asked_first = False  # whether it answers a comparison with another kind
    is_condition = False  # whether it is a condition that programs hold, as a boolean
    hint = ""  # how to get one real

    def equals(self, other: object) -> bool:
        """Whether it and another innermost primal are equal. RunError where that is undecided."""
        raise NotImplementedError

    def same(self, other: object) -> object:
        """The condition that it and another innermost primal are equal, for partials."""
        return self == other

    def attains(self, number: object) -> object:
        """The condition that it, chosen among numbers, is this one of them."""
        return self.same(number)

    def taken(self, partial: object) -> object:
        """As a condition: a partial derivative that is not there unless it holds."""
        return partial

    def middle(self) -> object:
        """A real, or an array, among them: a constant to every differentiation. It may be any number below
        all tags.
        """
        raise NotImplementedError

    def between(self, low: float, high: float) -> object:
        """The number that stands for those of them that lie between two reals."""
        raise NotImplementedError

    def ends(self, digits: int | None) -> tuple[object, object] | None:
        """The reals, or arrays, that it lies between, rounded outwards to so many significant digits (None:
        not at all); None where there are none.
        """
        return None

    def text(self) -> str:
        """The text that reads back."""
        raise NotImplementedError

    def at_point(self, there: Callable[[], object], elsewhere: Callable[[], object]) -> object:
        """Of a condition: what a partial derivative is at a singular point where it holds, or elsewhere."""
        return self.select(there(), elsewhere())

    def select(self, yes: object, no: object) -> object:
        """Of a condition: one of two partial derivatives, or each where it is right."""
        raise NotImplementedError

    def several(self) -> RunError:
        """The error where the program needs one real."""
        return RunError(f"this needs a single real, but {self.noun} stands for many", hint=self.hint)

    @property
    def data(self) -> Any:
        """The data of a plain array. RunError: there is none."""
        raise self.several()

    def _refuse(self, *_: object) -> Any:
        raise self.several()

    __abs__ = __sub__ = __rsub__ = __float__ = _refuse

    def unobserved(self) -> RunError:
        """The error where a recorded number meets it."""
        message = f"{self.noun} cannot be part of a trace, a count or a pattern of dependence"
        return RunError(message, hint=self.hint)


def asked(x: object, y: object) -> Any:
    """Which of two innermost primals, one at least indefinite, answers a comparison of both."""
    if isinstance(x, Indefinite) and not (isinstance(y, Indefinite) and y.is_asked_first):
        return x
    return y


def apart(x: object, y: object) -> RunError:
    """The error where two innermost primals of different kinds meet, at least one of them indefinite."""
    found = [each for each in (x, y) if isinstance(each, Indefinite)]
    if len(found) == 1:
        return found[0].unobserved()
    nouns = sorted((each.noun for each in found), reverse=True)
    return RunError(f"{' and '.join(nouns)} cannot be combined")
