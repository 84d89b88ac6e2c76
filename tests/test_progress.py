"""`--progress`: what a sample of a run tells, and that only a terminal gets it."""

from __future__ import annotations

import io
import signal
import sys
from pathlib import Path

import pytest

from vlad_py.command.cli import main
from vlad_py.laboratory import progress
from vlad_py.laboratory.progress import CLEAR, Progress, levels, progress_text
from vlad_py.native.known import OFF
from vlad_py.session.session import Session


def seen(text: str) -> list[str]:
    """What samples tell that are taken wherever a program prints."""
    found: list[str] = []
    Session(write=lambda _: found.append(progress_text(levels(sys._getframe())))).evaluate(text)
    return found


# a program, and what a sample tells where it prints
RUNS = [
    (
        "loop s = 0 for i in 1..3 do { print(i); s + i }",
        ["<text>:1: s = 0, i = 1", "<text>:1: s = 1, i = 2", "<text>:1: s = 3, i = 3"],
    ),
    (
        "def f(x) = { print(x); if x > 9 then f(x - 1) else x }\nloop s = 0 for i in 1..3 do s + f(i)",
        ["<text>:2: turn 1 of 3, s = 0", "<text>:2: turn 2 of 3, s = 1", "<text>:2: s = 3"],
    ),
    (
        "def f(x) = { print(x); if x > 9 then f(x - 1) else x }\nloop s = 0 for x in [5, 6] do s + f(x)",
        ["<text>:2: turn 1 of 2, s = 0", "<text>:2: s = 5"],
    ),
    (
        "loop (n, s) = (0, 1) while n < 2 do { print(n); (n + 1, s / 2) }",
        ["<text>:1: n = 0, s = 1", "<text>:1: n = 1, s = 0.5"],
    ),
    (  # the outermost loop
        "def f(n) = loop k = 0 for j in 1..n do { print(j); k + f(0) }\nloop s = 0 for i in 1..1 do s + f(i)",
        ["<text>:2: s = 0"],
    ),
    (  # numbers that carry derivatives are left out
        "derivative(fn x => loop s = x for i in 1..2 do { print(i); s * x })(3)",
        ["<text>:1: i = 1", "<text>:1: i = 2"],
    ),
    (
        "import optimize\nlet settings = {optimize.defaults with report: fn _ => print()}\n"
        "optimize.minimize_by(settings, fn x => x ^ 2, 1)",
        ["optimize: iterations 0, value 1"],
    ),
    ("print(1)", [""]),
]


@pytest.mark.parametrize(("text", "expected"), RUNS)
def test_what_a_sample_tells(text: str, expected: list[str]) -> None:
    assert seen(text) == expected


def test_training_tells_its_value_from_the_first_report_on() -> None:
    settings = "import descent\nlet settings = {descent.defaults with steps: 101}\n"
    told = seen(f"{settings}descent.descend_by(settings, fn x => {{ print(); x * 0 + 3 }}, 1)")
    assert (told[0], told[-2]) == ("descent: x 1, steps 0", "descent: x 1, steps 100, value 3")


def test_a_timer_looks_while_a_program_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    if not hasattr(signal, "setitimer"):
        pytest.skip("this system has no such timer")
    monkeypatch.setattr(progress, "INTERVAL", 0.001)
    out = io.StringIO()
    shown = Progress(out, 60)
    with shown.shown():
        while "i = " not in out.getvalue():  # one run is enough where the machine is not very fast
            Session(write=shown.print).evaluate("loop s = 0 for i in 1..100000 do s + sin(i)")
    assert out.getvalue().endswith(CLEAR)
    assert all(len(line) < 60 for line in out.getvalue().split(CLEAR))


def test_only_a_terminal_gets_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "a.adl"
    path.write_text("print(1)\n")
    assert main(["--progress", str(path)]) == 0
    assert capsys.readouterr() == ("1\n", "")


def test_what_is_printed_takes_the_place_of_the_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.adl"
    path.write_text("print(1)\n")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(["--progress", str(path)]) == 0
    assert capsys.readouterr() == ("1\n", CLEAR + CLEAR)


# ── machine code ─────────────────────────────────────────────────────────────────────────────

# a program that runs long enough for Python to have its turn, and what machine code has told by then
IN_MACHINE_CODE = [
    (
        "def f(a) = loop s = a for i in 1..600000 do s + 1\nf(0)",
        [f"<text>:1: turn {n} of 600000, s = {n - 1}" for n in (1, 262146, 524291)],
    ),
    (
        "def f(n) = loop s = 0 for i in 1..n do s + 1\nf(300000)",
        ["<text>:1: i = 1, s = 0", "<text>:1: i = 262146, s = 262145"],
    ),
    (
        "def f(a) = loop (n, s) = (0, a) while n < 300000 do (n + 1, s + 2)\nf(0)",
        ["<text>:1: n = 0, s = 0", "<text>:1: n = 262145, s = 524290"],
    ),
    (  # the outermost loop, while an inner one runs
        "def f(a) = loop s = a for i in 1..5000 do\n  loop t = s for j in 1..100 do t + 1\nf(0)",
        ["<text>:1: turn 1 of 5000, s = 0", "<text>:1: turn 2597 of 5000, s = 259600"],
    ),
    (  # the reals of a record, and of a record in it
        "def f(a) = loop r = {at: {value: a}, iterations: 0} while r.iterations < 300000 do\n"
        "  {at: {value: r.at.value + 2}, iterations: r.iterations + 1}\nf(0).at.value",
        ["<text>:1: value = 0, iterations = 0", "<text>:1: value = 524290, iterations = 262145"],
    ),
    (
        "def f(a) = derivative(fn x => loop s = x for i in 1..300000 do s * x)(a)\nf(1)",
        ["<text>:1: turn 1 of 300000, s = 1", "<text>:1: turn 262146 of 300000, s = 1"],
    ),
    (  # the sweep has no names of the program's
        "def f(a) = gradient(fn x => loop s = x for i in 1..300000 do sin(s))(a)\nf(0)",
        ["<text>:1: turn 1 of 300000, s = 0", "<text>:1: turn 262146 of 300000, s = 0", ""],
    ),
]


def seen_by_machine_code(text: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What samples tell that are taken whenever machine code gives Python its turn."""
    code = pytest.importorskip("vlad_py.native.code")
    pytest.importorskip("llvmlite")
    found: list[str] = []

    def look() -> None:
        found.append(progress_text(levels(sys._getframe())))

    with monkeypatch.context() as patch:
        patch.setattr(code, "_python", [*code._python[:-1], id(look)])
        Session(native="always").evaluate(text)
    return found


@pytest.mark.parametrize(("text", "expected"), IN_MACHINE_CODE)
def test_what_machine_code_tells(text: str, expected: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert seen_by_machine_code(text, monkeypatch) == expected


def test_machine_code_from_disk_tells_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text, expected = IN_MACHINE_CODE[0]
    monkeypatch.setenv(OFF, "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert seen_by_machine_code(text, monkeypatch) == expected
    assert list((tmp_path / "vlad_py" / "native").iterdir()) != []
    assert seen_by_machine_code(text, monkeypatch) == expected


def test_a_system_without_timers_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(signal, "setitimer")
    handler = signal.getsignal(signal.SIGALRM)
    out = io.StringIO()
    with Progress(out, 80).shown():
        assert signal.getsignal(signal.SIGALRM) is handler
    assert out.getvalue() == ""
