"""The fuzzers: a few inputs of each pass, they see faults, and a crash does not end a run."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from importlib import import_module
from itertools import islice
from pathlib import Path

import pytest
from fuzz import drive, exact, oracle
from fuzz.derivatives import complaint as derivative_complaint
from fuzz.drive import Fuzz, complaint_of, go_through, inputs

from vlad_py.ground.errors import Bug, RunError

SCRIPTS = Path(__file__).resolve().parent.parent / "scripts" / "fuzz"
COUNTS = {
    "parser": 400,
    "sources": 150,
    "names": 300,
    "typed": 40,
    "derivatives": 12,
    "lines": 60,
    "cells": 15,
    "server": 15,
}
NEEDED = {"derivatives": "llvmlite", "cells": "IPython", "server": "pygls"}
SEED = 20_000  # not one of those in docs/reliability.md


def fuzz_of(name: str) -> Fuzz:
    found = import_module(f"fuzz.{name}").FUZZ
    assert isinstance(found, Fuzz)
    return found


@pytest.mark.parametrize("name", COUNTS)
def test_a_few_inputs(name: str) -> None:
    if name in NEEDED:
        pytest.importorskip(NEEDED[name])
    fuzz = fuzz_of(name)
    found = {i: complaint_of(fuzz, text) for i, text in islice(inputs(fuzz, SEED), COUNTS[name])}
    assert not {i: said for i, said in found.items() if said}


@pytest.mark.parametrize("start", range(1_000, 2_000, 100))
def test_more_derivatives(start: int) -> None:
    pytest.importorskip("llvmlite")
    fuzz = fuzz_of("derivatives")
    found = {i: complaint_of(fuzz, text) for i, text in islice(inputs(fuzz, SEED, start), 100)}
    assert not {i: said for i, said in found.items() if said}


@pytest.mark.parametrize("name", COUNTS)
def test_an_input_is_known_by_its_number(name: str) -> None:
    if name in NEEDED:
        pytest.importorskip(NEEDED[name])
    fuzz = fuzz_of(name)
    assert list(islice(inputs(fuzz, 7, 3), 4)) == list(islice(inputs(fuzz, 7), 7))[3:]


@pytest.mark.skipif(os.name != "posix", reason="the scripts are for bash")
def test_every_fuzzer_has_a_command() -> None:
    modules = {path.stem for path in (SCRIPTS.parent.parent / "tests" / "fuzz").glob("*.py")}
    for name in modules:
        has_command = any(f"fuzz.{name} " in path.read_text() for path in SCRIPTS.iterdir())
        text = (SCRIPTS.parent.parent / "tests" / "fuzz" / f"{name}.py").read_text()
        assert has_command == ("__main__" in text), name


# ── what is wrong is seen ────────────────────────────────────────────────────────────────────


def _bug(_: str) -> str:
    raise Bug("something of ours")


def _late(_: str) -> str:
    end = time.process_time() + 0.3
    while time.process_time() < end:
        pass
    return ""


WRONG: dict[str, Callable[[str], str]] = {
    "internal error": _bug,
    "ZeroDivisionError": lambda _: str(1 / 0),
    "takes 0.3": _late,
    "what it says": lambda _: "what it says",
}


@pytest.mark.parametrize("said", WRONG)
def test_what_is_complained_about(said: str) -> None:
    assert complaint_of(Fuzz("wrong", lambda _: "", WRONG[said], longest=0.2), "").startswith(said)


def test_an_error_of_the_language_is_as_it_should_be() -> None:
    def refuse(_: str) -> str:
        raise RunError("a mistake of the program")

    assert not complaint_of(Fuzz("right", lambda _: "", refuse), "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a fuzzer forks")
def test_a_crash_and_a_hang_are_kept_and_the_rest_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(drive, "ROOT", tmp_path)
    monkeypatch.setattr(drive, "KEPT", tmp_path)
    monkeypatch.setattr(drive, "HANGS", 0.2)
    monkeypatch.setattr(drive, "SLEEPS", 3.0)
    monkeypatch.setattr(drive, "A_PROCESS", 4)

    def misbehave(text: str) -> str:
        if text == "2":
            os.kill(os.getpid(), signal.SIGKILL)
        if text == "5":
            time.sleep(60)
        while text == "8":
            pass
        return "seven" if text == "7" else ""

    texts = iter(map(str, range(100)))
    drawn: dict[str, str] = {}
    fuzz = Fuzz("wild", lambda random: drawn.setdefault(str(random.random()), next(texts)), misbehave)
    for _ in islice(inputs(fuzz, 1), 10):
        pass  # the same texts in each process
    run = go_through(fuzz, 1, 10, 100.0)
    assert run.done == 10
    assert run.found == {"the process ends with -#": 1, "does not end": 2, "seven": 1}
    assert sorted(path.read_text() for path in (tmp_path / "wild").iterdir()) == ["2", "5", "7", "8"]
    assert "1/2, wild/" in capsys.readouterr().out
    run.record()
    assert (tmp_path / "runs.tsv").read_text().split("\t")[5:7] == ["10", f"{run.cpu:.0f} s"]


CASE = {"x": "0.3", "y": "1.2", "kind": "smooth", "compiled": []}
WRONG_DERIVATIVES = {
    # to the oracle, a rule is the derivative of its function
    "first": "with_derivative(sin, fn (u, v) => v)(x) * y",
    "second": "with_derivative(exp, fn (u, v) => stop_gradient(exp(u)) * v)(x) * y",
}


@pytest.mark.parametrize("order", WRONG_DERIVATIVES)
def test_a_wrong_derivative_is_seen(order: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(exact.BUILTINS, "stop_gradient", lambda x: x)
    text = json.dumps({**CASE, "body": WRONG_DERIVATIVES[order]})
    assert derivative_complaint(text).startswith(f"{order} (smooth) differs")


def test_a_mode_that_differs_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(import_module("fuzz.derivatives").FIRST, "odd", "(1, 2)")
    text = json.dumps({**CASE, "body": "sin(x * y)", "kind": "rules"})
    assert "odd: [1.0, 2.0]" in derivative_complaint(text)


ORACLE = {
    "derivative(fn x => x * derivative(fn y => x + y)(1))(1)": 1.0,
    "gradient(fn (x, y) => x ^ 2 * y)(3, 2)[0]": 12.0,
    "derivative(fn x => fn y => x * y)(2)(5)": 5.0,
    "derivative(fn x => fn k => k(x, 2 * x))(1)(fn (p, q) => p * q)": 4.0,
    "vjp(fn (x, y) => (x * y, x), (2, 3))[1](1, 10)[0]": 13.0,
    "hessian(fn v => v[0] ^ 2 * v[1])([1, 2])[0, 1]": 2.0,
    "jacobian(fn v => [v[0], v[0] * v[1]])([2, 3])[1, 0]": 3.0,
    "nth_derivative(fn x => x ^ 4, 3)(1)": 24.0,
}


@pytest.mark.parametrize("text", ORACLE)
def test_the_oracle(text: str) -> None:
    assert float(oracle.value_of(text)) == pytest.approx(ORACLE[text], rel=1e-15)


def test_the_oracle_does_not_know_corners() -> None:
    corners = ("abs(0)", "max(1, 1)", "sort([1, 1])[0]", "hypot(0, 0)", "atan2(0, 0)", "norm([0, 0])")
    for text in (*corners, "import optimize", "sqrt(-1)", "1 / 0"):
        with pytest.raises(exact.Unknown):
            oracle.value_of(text)


def test_drawn_programs_have_all_kinds() -> None:
    cases = [json.loads(text) for _, text in islice(inputs(fuzz_of("derivatives"), 3), 1000)]
    assert {case["kind"] for case in cases} == {"smooth", "rules", "singular"}
    bodies = "".join(case["body"] for case in cases)
    for word in (
        "with_pullback",
        "vjp",
        "fold",
        "map",
        "hessian",
        "match",
        "loop",
        "solve",
        "nth_derivative",
    ):
        assert word in bodies, word
