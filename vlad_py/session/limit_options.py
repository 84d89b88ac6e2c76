"""The options and settings that limit a run, the same for every command, the REPL and notebooks."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypeVar

from vlad_py.execution.limits import MOST_CALLS, STEPS_BETWEEN_CHECKS, Limits
from vlad_py.ground.memory import as_size
from vlad_py.ground.node import replaced
from vlad_py.session.process import count_of, seconds_of, size_of

N = TypeVar("N", int, float)

# what `:set` calls each limit: the field of Limits, and what reads it
SETTINGS: dict[str, tuple[str, Callable[[str], float]]] = {
    "steps": ("steps", count_of),
    "depth": ("depth", count_of),
    "memory": ("memory", size_of),
    "time": ("seconds", seconds_of),
    "output": ("output", count_of),
}
LIMITS = ("--max-steps", "--max-depth", "--max-memory", "--max-time", "--max-output")


def number(read: Callable[[str], N]) -> Callable[[str], N]:
    """Adapts a reader to the type of an option, so that the option parser reports its errors."""

    def read_as(text: str) -> N:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read_as


def add_limits(parser: argparse.ArgumentParser) -> None:
    """Adds the options to a parser."""
    parser.add_argument(
        "--max-steps", type=number(count_of), metavar="N", help="stop after N steps of the machine"
    )
    parser.add_argument(
        "--max-depth",
        type=number(count_of),
        metavar="N",
        default=MOST_CALLS,
        help=f"stop when more than N calls are in progress ({MOST_CALLS}); checked every "
        f"{STEPS_BETWEEN_CHECKS} steps",
    )
    parser.add_argument(
        "--max-memory", type=number(size_of), metavar="SIZE", help="such as 500M or 4G (3/4 of the machine's)"
    )
    parser.add_argument(
        "--max-time", type=number(seconds_of), metavar="SECONDS", help="stop after so many seconds"
    )
    parser.add_argument(
        "--max-output",
        type=number(count_of),
        metavar="N",
        help="stop before more than N characters of output",
    )


def limits_of(options: argparse.Namespace) -> Limits:
    """The limits that the options say."""
    return Limits(
        steps=options.max_steps,
        depth=options.max_depth,
        memory=options.max_memory,
        seconds=options.max_time,
        output=options.max_output,
    )


# ── settings ─────────────────────────────────────────────────────────────────────────────────


def changed(limits: Limits, name: str, text: str) -> Limits:
    """The limits after `:set name text`, where "none" removes the limit. ValueError, with the message, if
    the text is not one; KeyError if there is no such limit.
    """
    field, read = SETTINGS[name]
    return replaced(limits, **{field: None if text == "none" else read(text)})


def setting(limits: Limits, name: str) -> str:
    """A limit as `:set` shows it."""
    limit = getattr(limits, SETTINGS[name][0])
    if limit is None:
        return "none"
    return as_size(limit) if name == "memory" else f"{limit:g} s" if name == "time" else str(limit)
