"""A tool of GradBench: the responses to its messages."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterable, Iterator, Mapping
from time import perf_counter_ns
from typing import Any

from benchmarks.gradbench.answers import EVALS
from vlad_py import Error

NAME = "vlad_py"


def responses(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The response to each message."""
    for line in lines:
        message = json.loads(line)
        yield {"id": message["id"], **_respond(message)}


def _respond(message: Mapping[str, Any]) -> dict[str, Any]:
    match message["kind"]:
        case "start":
            return {"tool": NAME}
        case "define":
            return {"success": message["module"] in EVALS}
        case "evaluate":
            try:
                return evaluate(message["module"], message["function"], message["input"])
            except (Error, ArithmeticError, LookupError, MemoryError, TypeError, ValueError):
                return {"success": False, "error": traceback.format_exc()}
        case _:
            return {}


def evaluate(module: str, function: str, given: Any) -> dict[str, Any]:
    """The output for an input, with the time of each run.

    As with the other tools, neither reading the input nor compiling counts. The function runs as often and as
    long as the input asks.
    """
    answer = EVALS[module][function]
    call = answer.call(given).compiled()
    runs = given if isinstance(given, dict) else {}
    most, least = float(runs.get("min_seconds", 0.0)) * 1e9, int(runs.get("min_runs", 1))
    times: list[int] = []
    while not times or len(times) < least or sum(times) < most:
        begin = perf_counter_ns()
        result = call()
        times.append(perf_counter_ns() - begin)
    timings = [{"name": "evaluate", "nanoseconds": time} for time in times]
    return {"success": True, "output": answer.written(result, given), "timings": timings}
