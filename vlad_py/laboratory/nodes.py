"""The nodes of a computational graph, and the colours that tell what they are."""

from __future__ import annotations

from dataclasses import dataclass

INPUT, INNER, OUTPUT, DEAD = "#dbeafe", "#ffffff", "#dcfce7", "#f1f5f9"
# of the levels of derivatives inside, from 1; more levels begin again
LEVELS = ("#fef3c7", "#ede9fe", "#ffe4e6", "#cffafe", "#ecfccb", "#ffedd5")


@dataclass(frozen=True, slots=True)
class Node:
    """One operation.

    `parents` are the nodes that it takes, by position, and `partials` the texts of its partial derivatives
    with respect to each; "" where that is not a real, or is not known. `derivative` is the text of its
    tangent or adjoint. `level` is that of the innermost derivative which computes it, or 0. Nothing that the
    call gives depends on a node that `is_dead`.
    """

    name: str
    label: str
    value: str
    parents: tuple[int, ...]
    is_output: bool
    part: str
    note: str
    derivative: str = ""
    partials: tuple[str, ...] = ()
    level: int = 0
    is_dead: bool = False

    @property
    def color(self) -> str:
        """The colour of its box."""
        if self.is_dead:
            return DEAD
        if self.is_output:
            return OUTPUT
        return level_color(self.level) if self.level else INNER if self.parents else INPUT

    def edges(self) -> dict[int, str]:
        """The text of each edge, by the node that it comes from."""
        return dict(zip(self.parents, self.partials or ("",) * len(self.parents), strict=True))


def level_color(level: int) -> str:
    """The colour of the operations of a level."""
    return LEVELS[(level - 1) % len(LEVELS)]
