"""GradBench's protocol."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.gradbench.answers import EVALS
from benchmarks.gradbench.tool import evaluate, responses
from gradbench.asked import answer

pytest.importorskip("llvmlite")


ROOT = Path(__file__).resolve().parents[2]


def test_a_session_over_pipes() -> None:
    messages = [
        {"id": 0, "kind": "start", "eval": "hello"},
        {"id": 1, "kind": "define", "module": "hello"},
        {"id": 2, "kind": "evaluate", "module": "hello", "function": "double", "input": 4.0},
        {"id": 3, "kind": "analysis", "of": 2, "valid": True},
        {"id": 4, "kind": "define", "module": "unheard"},
    ]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.gradbench"],
        cwd=ROOT,
        input="".join(json.dumps(message) + "\n" for message in messages),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    replies = [json.loads(line) for line in done.stdout.splitlines()]
    assert [reply["id"] for reply in replies] == [0, 1, 2, 3, 4]
    assert replies[0]["tool"] == "vlad_py"
    assert (replies[1]["success"], replies[2]["output"], replies[4]["success"]) == (True, 8.0, False)


def test_runs_as_often_as_it_is_asked() -> None:
    assert len(evaluate("lse", "primal", {"x": [1.0], "min_runs": 7, "min_seconds": 0.0})["timings"]) == 7
    took = evaluate("lse", "primal", {"x": [1.0], "min_runs": 1, "min_seconds": 0.01})["timings"]
    assert sum(time["nanoseconds"] for time in took) >= 1e7


def test_a_wrong_input_is_a_response() -> None:
    message = {
        "id": 5,
        "kind": "evaluate",
        "module": "det",
        "function": "primal",
        "input": {"A": [1.0], "ell": 2},
    }
    (reply,) = responses([json.dumps(message)])
    assert reply["id"] == 5 and not reply["success"] and "reshape" in reply["error"]


@pytest.mark.parametrize("module", ["llsq", "lse", "ode", "saddle"])
def test_zeros_do_not_pass(module: str) -> None:
    """GradBench's tolerance is absolute below 1, so these outputs could all be 0 there."""
    given = {"x": [0.3, 0.2, 0.4], "n": 5, "s": 3, "start": [1.0, 1.0]}
    for function in EVALS[module]:
        assert np.any(np.asarray(answer(module, function, given)) != 0.0)
