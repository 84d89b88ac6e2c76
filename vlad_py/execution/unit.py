"""A compiled module: the text in Python, and what the machine needs to place an error in it."""

from __future__ import annotations

from vlad_py.core.tree import Global, Lambda
from vlad_py.execution.runs import ArrayRun, Run
from vlad_py.ground.node import record, state
from vlad_py.ground.source import Span


@record
class Options:
    """How a module is compiled.

    If `stepped`, no loop runs within one step of the machine; if `watched`, every operation is a call of its
    primitive; if `looked_at`, a loop with a condition goes through `turns()`, which looks at the run.
    """

    stepped: bool = False
    watched: bool = False
    looked_at: bool = False


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
    runs: tuple[Run | ArrayRun, ...]  # the straight runs that have a function of their own
