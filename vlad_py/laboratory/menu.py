"""The laboratory's commands: their names, and what each is for. It is light, as every start reads it."""

from __future__ import annotations

from typing import NamedTuple


class About(NamedTuple):
    """The purpose of a command: for its call `f(x)` in the REPL, and in full for the shell."""

    call: str
    full: str


COMMANDS = {
    "ops": About(
        "what a call and its derivatives cost",
        "what a call and its derivatives cost: operations, calls, tape",
    ),
    "trace": About(
        "its operations, with tangents or adjoints",
        "the operations of a call, with tangents or adjoints",
    ),
    "graph": About(
        "its computational graph, as DOT or a picture",
        "the computational graph of a call, as SVG, DOT or Mermaid",
    ),
    "compare": About(
        "its derivative by all methods, with errors",
        "the derivative by hand, by differences and by AD, with errors",
    ),
    "step": About(
        "its derivative, operation by operation",
        "walk through a derivative, operation by operation",
    ),
}
