"""What is innermost in a number that stands for many reals: what the core may ask of an interval."""

from __future__ import annotations

from typing import Any

from vlad_py.errors import RunError


class Enclosure:
    """The innermost primal of a number that stands for any of many: a real (its `shape` is ()), or an array.

    What holds of some of them only is an error to ask. A subclass says what is known.
    """

    __slots__ = ("shape",)
    shape: tuple[int, ...]

    def equals(self, other: object) -> bool:
        """Whether it and another innermost primal are equal. RunError where that is not decided."""
        raise NotImplementedError

    def middle(self) -> object:
        """A real, or an array, that is among them."""
        raise NotImplementedError

    def between(self, low: float, high: float) -> object:
        """The number that stands for those of them which lie between two reals."""
        raise NotImplementedError

    def text(self) -> str:
        """The text that reads back."""
        raise NotImplementedError

    @property
    def data(self) -> Any:
        """What a plain array holds. RunError: there is none."""
        raise several_values()

    def _refuse(self, *_: object) -> Any:
        raise several_values()

    __abs__ = __sub__ = __rsub__ = __float__ = _refuse


def several_values() -> RunError:
    """The error where one real is needed and there is an interval of them."""
    hint = "`intervals.middle(x)` is one of its reals"
    return RunError("here one real is needed, and an interval holds many", hint=hint)
