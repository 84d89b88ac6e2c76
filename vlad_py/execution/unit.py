"""A compiled module, and the writer of its text: lines of Python, each with the place that it stands for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from vlad_py.core.tree import Atom, Global, Lambda
from vlad_py.execution.operations import text_of
from vlad_py.execution.runs import ArrayRun, Line, Run
from vlad_py.ground.source import Span
from vlad_py.ground.walk import Walk

State: TypeAlias = tuple[list[Line], int, Span | None]


@dataclass(frozen=True, slots=True)
class Options:
    """How a module is compiled.

    If `stepped`, no loop runs within one step of the machine; if `watched`, every operation is a call of its
    primitive.
    """

    stepped: bool = False
    watched: bool = False


@dataclass(slots=True, eq=False)
class Unit:
    """A compiled module: the host's text, and what the machine needs to place an error in it."""

    file: str
    text: str
    spans: list[Span | None]  # by line of the text, from line 1 at index 0
    calls: dict[str, tuple[str, Span]]  # by segment: the function, and the call that it waits for
    lambdas: dict[str, Lambda]  # by name in the text
    main: str  # the name of the function that runs the module's statements
    links: frozenset[Global]  # the names of other modules that it uses
    runs: tuple[Run | ArrayRun, ...]  # the straight runs that have a function of their own


class Writer:
    """The text of a unit, segment by segment; `span` is what the lines stand for that are written next."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix  # begins the names of the unit's functions
        self.depth = 0
        self.span: Span | None = None
        self.lines: list[Line] = []  # of the segment being written
        self.done: list[Line] = []
        self.links: set[Global] = set()

    def line(self, text: str, span: Span | None = None) -> None:
        """Writes a line of the segment."""
        self.lines.append((self.depth, text, span or self.span))

    def insert(self, lines: Iterable[Line]) -> None:
        """Writes lines whose indentation counts from the present one."""
        self.lines += [(self.depth + depth, text, span) for depth, text, span in lines]

    def text(self, atom: Atom) -> str:
        """The text of an atom."""
        if isinstance(atom, Global) and atom.module:
            self.links.add(atom)
        return text_of(atom, self.prefix)

    def texts(self, atoms: Iterable[Atom]) -> str:
        """The texts of atoms, as arguments or targets."""
        return ", ".join(self.text(a) for a in atoms)

    def segment(
        self, name: str, parameters: str, opening: list[str], body: Walk[None], span: Span | None = None
    ) -> Walk[None]:
        """A segment of its own; what is being written goes on afterwards where it was."""
        outer = self.aside(1)
        self.span = span or self.span
        self.lines.append((0, f"def {name}({parameters}):", self.span))
        for text in opening:
            self.line(text)
        yield body
        self.done += self.back(outer)

    def aside(self, depth: int) -> State:
        """Begins lines that do not go on where they are written: `back` gives them."""
        outer = self.lines, self.depth, self.span
        self.lines, self.depth = [], depth
        return outer

    def back(self, outer: State) -> list[Line]:
        """The lines written since `aside`; what was being written before goes on."""
        lines = self.lines
        self.lines, self.depth, self.span = outer
        return lines

    def whole(self) -> tuple[str, list[Span | None]]:
        """The text of all segments, and the span of each line."""
        text = "".join(f"{'    ' * depth}{line}\n" for depth, line, _ in self.done)
        return text, [span for _, _, span in self.done]
