"""The adjoint of a whole run of operations: one link per argument on the tape, and one call in the sweep."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from vlad_py.values.values import Value


class JointCode(Protocol):
    """What all tape entries of one run on one kind of arguments share."""

    pull: Callable[..., tuple[Value, ...]]

    def takes(self, cotangent: Value, saved: tuple[Any, ...]) -> bool:
        """Whether `pull` takes a cotangent that is no plain real or array."""

    def unfold(self, entry: Any, saved: tuple[Any, ...]) -> tuple[Value, ...]:
        """The links of an entry with the run's own nodes, of which a joint adjoint stands for the sum."""


class Joint:
    """A linear map from the cotangent of a run's result to those of all its arguments.

    It stands as the partial of every argument's link. `code.pull(cotangent, *saved)` gives the cotangents, in
    the order of the links, of a cotangent without tags; of others, and where it counts through which
    elements a cotangent came, the run is taken apart again. What is saved are floats and numpy arrays.
    """

    __slots__ = ("code", "saved")

    def __init__(self, code: JointCode, saved: tuple[Any, ...]) -> None:
        self.code = code
        self.saved = saved


def unfolded(entry: Any) -> tuple[Value, ...]:
    """The links of a tape entry, none of them a joint one."""
    links: tuple[Value, ...] = entry.links
    if links and type(links[1]) is Joint:
        return links[1].code.unfold(entry, links[1].saved)
    return links
