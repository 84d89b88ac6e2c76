"""Profiles: lines, functions, parts of the work, and the form that speedscope reads."""

from __future__ import annotations

import json
import re
import signal
import sys
from pathlib import Path

import pytest

import vlad_py as vlad
from vlad_py.command.cli import main
from vlad_py.ground.source import Source, Span
from vlad_py.laboratory.profiling import READING, Function, Profile
from vlad_py.laboratory.tallying import Tally
from vlad_py.session.session import Session

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="profiles need a timer")

PROGRAM = """\
def slow(n) = loop x = 0.5 for i in 1..n do sin(x) * cos(x) + sqrt(x + 1)
def work(n) = gradient(fn (a, b) => slow(n) * a * b)(1, 2)
print("silent")
let found = work(300000)
"""


def sampled(text: str, profile: Profile) -> None:
    """Runs a program in which `stop` takes one sample."""

    def stop(x: float) -> float:
        profile.take(sys._getframe())
        return x

    vlad.evaluate(text, functions={"stop": vlad.primitive(stop, name="stop")})


def test_a_sample_knows_the_line_and_the_calls() -> None:
    profile = Profile("model.adl")
    inner = "def inner(x) = stop(stop_gradient(x)) + x"
    text = inner + "\ndef outer(x) = {\n  let y = inner(x)\n  y * y\n}\nouter(2) + 1\n"
    sampled(text, profile)
    (stack,) = profile.stacks
    assert [each.name for each in stack if each.file == "<text>"] == ["(top level)", "outer", "inner"]
    (line,) = profile.lines
    assert line is not None
    assert (line.number, line.text) == (1, inner)


def test_machine_code_is_a_part_of_the_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "model.adl").write_text("def f(x) = loop v = x for i in 1..3000000 do sin(v)\nprint(f(1))\n")
    assert main(["profile", "--native", str(tmp_path / "model.adl")]) == 0
    assert re.search(r"%  .* machine code\n", capsys.readouterr().out)


def test_a_sample_within_a_derivative_belongs_to_the_users_line() -> None:
    profile = Profile("model.adl")
    sampled("def f(x) = stop_gradient(stop(stop_gradient(x))) * x\ngradient(f)(2)\n", profile)
    (line,) = profile.lines
    assert line is not None
    assert line.number == 1
    assert {each.name for each in profile.stacks[0]} >= {"f", "gradient"}


def test_deep_recursion_is_cut() -> None:
    profile = Profile("model.adl")
    sampled("def f(n) = if n == 0 then stop(0) else 1 + f(n - 1)\nf(100000)\n", profile)
    assert len(profile.stacks[0]) <= 2  # the same function again and again is one


def test_operations_have_their_lines_and_functions() -> None:
    tally = Tally()
    session = Session(write=lambda _: None)
    session.watch_with(tally)
    text = "def f(x) = x * x + 1\nlet a = f(2)\nlet b = sum([1, 2, 3]) - fold((+), 0, list(1, 2))\n"
    session.evaluate(f"{text}let c = [f(i) for i in 1..4]\nlet d = eye(2) @ eye(2)\n")
    by_line = {user.text: count for (user, _), count in tally.operations.items() if user is not None}
    assert by_line["x * x"] == by_line["x * x + 1"] == 5
    assert by_line["eye(2) @ eye(2)"] == 1
    sizes = {user.text: size for (user, _), size in tally.elements.items() if user is not None}
    assert (sizes["x * x"], sizes["eye(2) @ eye(2)"]) == (5, 4)
    inside = {own.source.name for user, own in tally.operations if user and user.text.startswith("fold")}
    assert inside == {"prelude/lists.adl"}  # for the user's line, the function of the library


def test_a_statement_after_a_function_is_not_in_it() -> None:
    source = Source("a.adl", "def f(x) = {\n  x\n}\n# words\nlet y = f(1)\ndef g(x) = x\n")
    places = {
        text: Span(source, at := source.text.index(text), at + 1).definition for text in ("  x", "f(1)")
    }
    assert places == {"  x": "f", "f(1)": ""}


def test_the_command_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "model.adl"
    path.write_text(PROGRAM.replace("300000", "1000"))
    assert main(["profile", "--ops", str(path)]) == 0
    said = capsys.readouterr().out
    assert "silent" not in said
    assert f"6001        6000      {path}:1" in said
    assert "operations by function\n" in said


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "model.adl", tmp_path / "profile.json"
    path.write_text(PROGRAM)
    assert main(["profile", str(path), "-o", str(out)]) == 0
    said = capsys.readouterr().out
    assert "silent" not in said
    assert "samples" in said.splitlines()[0]
    data = json.loads(out.read_text())
    frames = [frame["name"] for frame in data["shared"]["frames"]]
    (found,) = data["profiles"]
    assert len(found["samples"]) == len(found["weights"]) > 0
    assert sum(found["weights"]) == pytest.approx(found["endValue"])
    assert all(0 <= i < len(frames) for sample in found["samples"] for i in sample)
    assert "slow" in frames
    assert "def slow(n) = loop" in said
    assert " slow " in said


def test_only_the_file_is_required(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["profile"])
    assert capsys.readouterr().err.endswith("required: FILE\n")


def test_shares_are_of_all_samples() -> None:
    a, b = Function("a", "f.adl"), Function("b", "f.adl")
    profile = Profile(
        "f.adl", [(a, b), (a,), (a, b), (a, b)], [None] * 4, ["tape", READING, "tape", "tape"], 4.0
    )
    parts, functions = profile.tables()  # no sample has a line of the user's
    assert parts.rows == (("75.0 %", "3 s", "tape"), ("25.0 %", "1 s", READING))
    assert functions.rows == (
        ("100.0 %", "4 s", "25.0 %", "a", "f.adl"),
        ("75.0 %", "3 s", "75.0 %", "b", "f.adl"),
    )


def test_an_error_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "wrong.adl"
    path.write_text("1 + true\n")
    assert main(["profile", str(path)]) == 1
    assert "`+` expects a real" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["profile", str(path), "-o", "profile.txt"])
    assert "-o OUT ends in .json" in capsys.readouterr().err


def test_the_session_is_as_it_was(tmp_path: Path) -> None:
    profile = Profile("model.adl")
    with profile.sampled():
        assert Session().evaluate("1 + 1") == 2
    assert profile.seconds >= 0


def test_a_table_of_no_operations_is_left_out() -> None:
    profile = Profile("empty.adl", tally=Tally())
    assert profile.text() == "empty.adl: 0 s of the processor's time, 0 samples, no operations"
    profile.take(None)
    for said in (profile.text(), profile.markdown(), profile.html()):
        assert "functions" in said and "operations by" not in said
    assert "1 sample, no operations" in profile.title()
