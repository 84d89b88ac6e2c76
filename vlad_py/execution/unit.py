"""A compiled module: the text in Python, and what the machine needs to place an error in it."""

from __future__ import annotations

from typing import Literal

from vlad_py.core.tree import Global, Lambda
from vlad_py.execution.runs import ArrayRun, Run
from vlad_py.ground.node import record, state
from vlad_py.ground.source import Span

UNITS = "__units__"  # the global of compiled code that maps its file names to their units


@record
class Options:
    """How a module is compiled.

    If `stepped`, no loop runs within one step of the machine; if `watched`, every operation is a call of its
    primitive; if `looked_at`, a loop with a condition goes through `turns()`, which looks at the run. The
    loops at the top level, or all that it computes, may be functions of their own: `pieces`. If `is_kept`, as
    for modules of the library, the code is kept on disk for later processes.
    """

    stepped: bool = False
    watched: bool = False
    looked_at: bool = False
    pieces: Literal["none", "loops", "all"] = "none"
    is_kept: bool = False


@state
class Unit:
    """A compiled module: the text in Python, and what the machine needs to place an error in it."""

    file: str
    text: str
    spans: list[Span | None]  # by line of the text, from line 1 at index 0
    calls: dict[str, tuple[str, Span]]  # by segment: the function, and the call that it waits for
    lambdas: dict[str, Lambda]  # by name in the text
    main: str  # the name of the function that runs the module's statements
    links: frozenset[Global]  # the names of other modules that it uses
    turning: frozenset[str]  # names in the text that change from one turn of a loop to the next
    runs: tuple[Run | ArrayRun, ...]  # the straight runs that have a function of their own
    is_kept: bool  # whether its code is kept on disk
