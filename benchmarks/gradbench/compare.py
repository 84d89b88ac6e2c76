"""Runs GradBench's evals with this tool and others, and prints the least time that each function took.

    python -m benchmarks.gradbench.compare CHECKOUT [--evals det ode] [--tools manual finite pytorch]

The evals and the other tools are GradBench's own programs; this only passes their messages on, as GradBench's
own `gradbench run` does. The tools in C++ need `make -C cpp` in the checkout first, those in Python their
packages; `--python` is the interpreter that has these, and what the evals import. GradBench itself takes the
mean of all runs; the least says more, above all on a machine with other work. Ask for several, as in
`--options='--min-runs 10'`. GradBench's calls of JAX do not wait for what they compute: `benchmarks.adbench`
compares with JAX.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.gradbench.answers import EVALS
from benchmarks.measure import ROOT, aligned, amount

IN_PYTHON = ("jax", "pytorch", "tensorflow")
OURS = "vlad_py"
ON_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--evals", nargs="+", default=list(EVALS), choices=list(EVALS))
    parser.add_argument("--tools", nargs="*", default=["manual"])
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--options", default="", help="for the evals, as in --options='--min-seconds 0.2'")
    options = parser.parse_args()
    for name in options.evals:
        found = {tool: dict(_run(options, name, tool)) for tool in (OURS, *options.tools)}
        calls = list(dict.fromkeys(call for times in found.values() for call in times))
        print(f"\n{name}\n")
        lines = [[call, *(found[tool].get(call, "") for tool in found)] for call in calls]
        print(aligned([["", *found], *lines]), flush=True)


def _run(options: Any, name: str, tool: str) -> Iterator[tuple[str, str]]:
    """The least time of each call of an eval, with a cross if the eval says it is wrong."""
    path = os.pathsep.join([str(options.checkout / "python" / "gradbench"), *sys.path])
    environment = os.environ | ON_ONE_THREAD | {"PYTHONPATH": path}
    package = "python/gradbench/gradbench"
    eval_command = [options.python, f"{package}/evals/{name}/run.py", *options.options.split()]
    if tool == OURS:
        command, folder = [sys.executable, "-m", "benchmarks.gradbench"], ROOT
    elif tool in IN_PYTHON:
        command, folder = [options.python, f"{package}/tools/{tool}/run.py"], options.checkout
        if tool == "jax":
            command.insert(1, str(Path(__file__).with_name("jax_waits.py")))
    else:
        command, folder = [options.python, f"{package}/cpp.py", tool], options.checkout
    with (
        _process(eval_command, options.checkout, environment) as asks,
        _process(command, folder, environment) as answers,
    ):
        calls: dict[int, str] = {}
        times: dict[str, str] = {}
        assert asks.stdin and asks.stdout and answers.stdin and answers.stdout
        for line in asks.stdout:
            message = json.loads(line)
            print(line.rstrip(), file=answers.stdin, flush=True)
            reply = answers.stdout.readline()
            if not reply:
                break
            print(reply.rstrip(), file=asks.stdin, flush=True)
            response = json.loads(reply)
            if message["kind"] == "evaluate":
                call = f"{message['function']} {message.get('description', '')}".strip()
                calls[message["id"]] = call
                runs = [t["nanoseconds"] for t in response.get("timings", []) if t["name"] == "evaluate"]
                times[call] = amount(min(runs) / 1e9, "s") if runs else "failed"
            elif message["kind"] == "analysis" and not message["valid"]:
                times[calls[message["of"]]] += " ✗"
        for process in (asks, answers):
            process.kill()
    yield from times.items()


def _process(command: list[str], folder: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command, cwd=folder, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


if __name__ == "__main__":
    main()
