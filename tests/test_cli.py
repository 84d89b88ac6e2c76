"""The command, within this process: every way to call it, what it writes where, its exit status, limits."""

from __future__ import annotations

import io
import os
import re
import sys
from pathlib import Path

import pytest
from shell import FAILED, LIMIT, NO_INPUT, OK, USAGE, Result, Vlad, script

import vlad_py
from vlad_py.command import cli
from vlad_py.command.menu import COMMANDS
from vlad_py.laboratory.menu import COMMANDS as LABORATORY

# ── ways to call it ──────────────────────────────────────────────────────────────────────────


def test_an_expression(vlad: Vlad) -> None:
    assert vlad("-e", "derivative(fn x => x ^ 2)(3)") == Result(OK, "6\n", "")
    assert vlad("-e", '("a", 1)') == Result(OK, '("a", 1)\n', "")
    assert vlad("-e", "let x = 3; x * 2") == Result(OK, "6\n", "")
    assert vlad("-e", "-1") == Result(OK, "-1\n", "")
    assert vlad("-e", "- 1 + 3") == Result(OK, "2\n", "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "()",
        "let x = 1",
        "def f(x) = x",
        "# a remark",
    ],
)
def test_an_expression_without_a_value_prints_nothing(vlad: Vlad, text: str) -> None:
    assert vlad("-e", text) == Result(OK, "", "")


def test_a_script(vlad: Vlad) -> None:
    assert vlad(script("1 + 1\nprint(2)\n3\n")) == Result(OK, "2\n", "")
    assert vlad(script("")) == Result(OK, "", "")
    assert vlad(script("# nothing but a remark")) == Result(OK, "", "")


def test_a_script_on_standard_input(vlad: Vlad) -> None:
    assert vlad("-", stdin="print(gradient(sin)(0))\n") == Result(OK, "1\n", "")
    assert vlad("-", "5", stdin="print(arguments)") == Result(OK, "list(5)\n", "")
    assert vlad("-", stdin="") == Result(OK, "", "")


def test_a_script_on_standard_input_imports_from_the_current_folder(vlad: Vlad) -> None:
    script("let x = 5", "part.adl")
    assert vlad("-", stdin='import "part.adl"\nprint(part.x)') == Result(OK, "5\n", "")


def test_a_script_in_another_folder_imports_from_its_own(vlad: Vlad) -> None:
    Path("sub").mkdir()
    script("let x = 5", "sub/part.adl")
    assert vlad(script('import "part.adl"\nprint(part.x)', "sub/main.adl")) == Result(OK, "5\n", "")


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\r\n", b"\t\f\r\n "])
def test_what_editors_leave(vlad: Vlad, before: bytes) -> None:
    """A byte order mark, carriage returns, a missing newline at the end."""
    assert vlad(script(before + b"let x = 1\r\nprint(x\r\n  + 1)\r\n\r\nprint(3)")) == Result(
        OK, "2\n3\n", ""
    )


def test_no_arguments(vlad: Vlad) -> None:
    assert vlad(stdin="let x = 2\nx + 1\n") == Result(OK, "3\n", "")
    result = vlad(stdin="1 + true\n2\n")
    assert (result.status, result.out) == (FAILED, "2\n")
    assert result.err.startswith("error: `+` expects a real")


def test_going_on_after_a_script(vlad: Vlad) -> None:
    path = script("def f(x) = x + length(arguments)\nprint(f(1))")
    assert vlad("-i", path, "5", stdin="f(10)\ndef f(x) = 0\nf(1)") == Result(OK, "2\n11\n0\n", "")
    result = vlad("-i", script("1 + true"), stdin="2\n")
    assert (result.status, result.out) == (FAILED, "2\n")
    missing = Result(NO_INPUT, "", "vlad: nothing.adl: no such file or directory\n")
    assert vlad("-i", "nothing.adl", stdin="2\n") == missing


def test_version(vlad: Vlad) -> None:
    assert vlad("--version").out.startswith(f"vlad {vlad_py.__version__}\n")


def test_every_example_of_the_help_works(vlad: Vlad) -> None:
    result = vlad("--help")
    assert (result.status, result.err) == (OK, "")
    assert "exit status" in result.out
    assert "`never` repeats exactly" in " ".join(result.out.split())
    script("print(arguments)", "newton.adl")
    script("(+ 1 2)", "saddle.vlad")
    script("print(data)", "fit.adl")
    script("x,y\n1,3\n2,5\n", "points.csv")
    commands, text = result.out.partition("\ncommands:\n")[2].split("\nexamples:\n")
    for name in (*COMMANDS, *LABORATORY):
        assert re.search(rf"^  vlad {name} +\w", commands, re.MULTILINE)
        assert vlad(name, "--help").status == OK
    examples = re.findall(r"^  (?:echo '(.*)' \| )?vlad\b ?(.*?)(?:   .*)?$", text, re.MULTILINE)
    calls = [
        (stdin, [quoted or word for quoted, word in re.findall(r"'(.*?)'|(\S+)", line)])
        for stdin, line in examples
    ]
    # these print more, or write files
    longer = {"-o", "--core", "--core=inlined", "--native=ir", "--native=explain", *COMMANDS}
    own = [call for call in calls if not longer & set(call[1])]
    outputs = [vlad(*arguments, stdin=stdin) for stdin, arguments in own]
    shown = [
        "",
        "nil\n",
        "nil\n",
        "list(2, 1e-09)\n",
        "{x: [1, 2], y: [3, 5]}\n",
        "6\n",
        "1\n",
        "",
        "3\n",
        "nil\n",
    ]
    assert [(r.status, r.out, r.err) for r in outputs] == [(OK, text, "") for text in shown]


@pytest.mark.parametrize(
    "arguments",
    [
        ("-e",),
        ("--unknown",),
        ("--max-steps", "0", "-e", "1"),
        ("--max-steps", "-3", "-e", "1"),
        ("--max-steps", "many", "-e", "1"),
        ("--max-depth", "1.5", "-e", "1"),
        ("--max-memory", "3Q", "-e", "1"),
        ("--max-memory", "", "-e", "1"),
        ("--max-memory", "0G", "-e", "1"),
        ("--max-memory", "3K", "-e", "1"),
        ("--check",),
        ("-i", "-e", "1"),
        ("-i", "-"),
    ],
)
def test_wrong_usage(vlad: Vlad, arguments: tuple[str, ...]) -> None:
    result = vlad(*arguments)
    assert (result.status, result.out) == (USAGE, "")
    assert result.err.startswith("usage: vlad ") and "\nvlad: error: " in result.err


def test_wrong_usage_is_told_in_the_users_words(vlad: Vlad) -> None:
    for option in ("--max-steps", "--max-memory"):
        assert "_" not in vlad(option, "3Q", "-e", "1").err


@pytest.mark.parametrize("digits", [20, 5000])
@pytest.mark.parametrize(
    ("option", "unit"), [("--max-steps", ""), ("--max-depth", ""), ("--max-memory", "G")]
)
def test_a_limit_beyond_all_measure_is_none(vlad: Vlad, option: str, unit: str, digits: int) -> None:
    assert vlad(option, "9" * digits + unit, "-e", "1 + 1") == Result(OK, "2\n", "")


def test_misspelt_options_and_files(vlad: Vlad) -> None:
    assert "unrecognized arguments: --chekc; did you mean `--check`?" in vlad("--chekc", "x.adl").err
    assert "did you mean" not in vlad("--max-steps", "0", "x.adl").err
    script("print(1)", "newton.adl")
    assert vlad("newtn.adl").err.endswith("no such file or directory; did you mean `newton.adl`?\n")
    for expression in ("gradient(sin)(1)", "fn x => x", "2 + 3"):
        assert "; `vlad -e EXPRESSION` prints the value of an expression" in vlad(expression).err
    assert vlad("other.adl").err == "vlad: other.adl: no such file or directory\n"


# ── check and core ───────────────────────────────────────────────────────────────────────────


def test_check(vlad: Vlad) -> None:
    assert vlad("--check", script("print(1)\nlet x = arguments + 1")) == Result(OK, "", "")
    assert vlad("--check", "-", stdin="print(1)") == Result(OK, "", "")
    for text in ("1 +", "unknown", 'import "missing.adl"', "let x = 1\nlet x = 2"):
        result = vlad("--check", script(text))
        assert (result.status, result.out) == (FAILED, "")
        assert "script.adl:" in result.err


@pytest.mark.parametrize("option", ["--check", "--core"])
def test_what_is_imported_does_not_run_either(vlad: Vlad, option: str) -> None:
    script('print("loud")\nlet x = 1 + true', "part.adl")
    result = vlad(option, script('import "part.adl"\nprint(part.x)'))
    assert (result.status, result.err) == (OK, "")
    assert "loud\n" not in result.out
    assert "has no `y`" in vlad(option, script('import "part.adl"\nprint(part.y)')).err


def test_core(vlad: Vlad) -> None:
    result = vlad("--core", script("def area(r) = 3 * r ^ 2\nprint(area(2))"))
    assert (result.status, result.err) == (OK, "")
    assert "area" in result.out and "12" not in result.out.split()


@pytest.mark.parametrize("option", ["--check", "--core"])
def test_check_and_core_of_an_expression(vlad: Vlad, option: str) -> None:
    result = vlad(option, "-e", "print(5)")
    assert "5\n" not in result.out.splitlines(keepends=True)


@pytest.mark.parametrize("option", ["--check", "--core"])
def test_check_and_core_take_one_file(vlad: Vlad, option: str) -> None:
    result = vlad(option, script("1 + 1"), script("1 + ", "b.adl"))
    assert result.status == USAGE
    assert f"{option} takes one FILE, got `b.adl` after it" in result.err


# ── arguments ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("2", "2"),
        ("-3", "-3"),
        ("1e-9", "1e-09"),
        ("0.50", "0.5"),
        ("inf", "inf"),
        ("nan", "nan"),
        ("two", '"two"'),
        ("", '""'),
        ("1 2", '"1 2"'),
        ("0x10", '"0x10"'),
        ("true", '"true"'),
        ("--version", '"--version"'),
        ("-e", '"-e"'),
        ("-", '"-"'),
        ('a"b', '"a\\"b"'),
    ],
)
def test_an_argument(vlad: Vlad, argument: str, value: str) -> None:
    assert vlad(script("print(show(arguments[0]))"), argument) == Result(OK, f"{value}\n", "")


@pytest.mark.parametrize("argument", ["1_000", "infinity", "\uff11", " 3 "])
def test_an_argument_that_only_the_host_calls_a_number(vlad: Vlad, argument: str) -> None:
    assert vlad(script("print(show(arguments[0]))"), argument) == Result(OK, f'"{argument}"\n', "")


def test_arguments_are_a_list(vlad: Vlad) -> None:
    text = 'print(arguments, match arguments { nil => "none"; first :: _ => first })'
    assert vlad(script(text), "7", "b").out == 'list(7, "b") 7\n'
    assert vlad(script(text)).out == "nil none\n"
    assert vlad("-e", "arguments", "1", "x") == Result(OK, 'list(1, "x")\n', "")


def test_arguments_are_the_scripts_alone(vlad: Vlad) -> None:
    script("let seen = 1\nlet n = length(arguments)", "part.adl")
    assert vlad(script('import "part.adl"\nlet arguments = 5\nprint(part.n, arguments)'), "a").out == "1 5\n"


# ── files that are none ──────────────────────────────────────────────────────────────────────


def test_no_such_file(vlad: Vlad) -> None:
    assert vlad("missing.adl") == Result(NO_INPUT, "", "vlad: missing.adl: no such file or directory\n")
    assert vlad("--check", "missing.adl").status == NO_INPUT
    assert vlad("").status == NO_INPUT


def test_a_folder(vlad: Vlad) -> None:
    Path("folder").mkdir()
    result = vlad("folder")
    assert (result.status, result.out) == (NO_INPUT, "")
    assert result.err.startswith("vlad: folder: ")


def test_a_file_that_is_not_utf8(vlad: Vlad) -> None:
    assert vlad(script(b'print("\xff")')) == Result(NO_INPUT, "", "vlad: script.adl: is not UTF-8 text\n")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="may read anything")
def test_a_file_that_may_not_be_read(vlad: Vlad) -> None:
    Path(script("print(1)")).chmod(0)
    assert vlad("script.adl") == Result(NO_INPUT, "", "vlad: script.adl: permission denied\n")


# ── errors and their status ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text", ["1 +", "1 + true", "unknown", "print(1 and true)", "not 0", "if 1 then 2 else 3"]
)
def test_an_error_goes_to_standard_error(vlad: Vlad, text: str) -> None:
    result = vlad("-e", text)
    assert (result.status, result.out) == (FAILED, "")
    assert " --> -e:1:" in result.err and "Traceback" not in result.err and "\033" not in result.err
    assert result.err.startswith(("error: ", "syntax error: "))


def test_what_was_printed_before_an_error_stays(vlad: Vlad) -> None:
    result = vlad(script("print(1)\nprint(2)\n1 + nil\nprint(3)"))
    assert (result.status, result.out) == (FAILED, "1\n2\n")
    assert " --> script.adl:3:1\n" in result.err


class Terminal(io.StringIO):
    """A stream that says that someone looks at it."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("settings", "is_colored"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, True),
        ({"TERM": "dumb"}, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_color(
    vlad: Vlad, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], is_colored: bool
) -> None:
    """On a terminal, unless it says otherwise."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert vlad("-e", "1 + true").status == FAILED
    assert ("\033[" in terminal.getvalue()) is is_colored


def test_color_where_nobody_looks(vlad: Vlad, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\033[" not in vlad("-e", "1 + true").err
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\033[" in vlad("-e", "1 + true").err


# ── limits ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "loop n = 0 while true do n + 1",
        "def f(n) = f(n + 1); f(0)",
        "derivative(fn x => loop y = x while true do y)(1)",
    ],
)
def test_a_limit_of_steps(vlad: Vlad, text: str) -> None:
    result = vlad("--max-steps", "1000", "-e", text)
    assert (result.status, result.out) == (LIMIT, "")
    assert result.err.startswith("limit: more than 1000 steps\n")
    assert vlad("--max-steps", "1000", "-e", "1 + 1") == Result(OK, "2\n", "")


def test_a_limit_of_depth(vlad: Vlad) -> None:
    text = "def f(n) = if n == 0 then 0 else 1 + f(n - 1)\nf(50000)"
    result = vlad("--max-depth", "1000", "-e", text)
    assert (result.status, result.out) == (LIMIT, "")
    assert result.err.startswith("limit: more than 1000 calls in progress\n")
    assert vlad("--max-depth", "100000", "-e", text) == Result(OK, "50000\n", "")


def test_what_was_printed_before_a_limit_stays(vlad: Vlad) -> None:
    result = vlad("--max-steps", "1000", script("print(1)\nloop n = 0 while true do n + 1"))
    assert (result.status, result.out) == (LIMIT, "1\n")


@pytest.mark.parametrize(
    ("size", "expected"),
    [("134217728", 128 << 20), ("200000K", 200_000 << 10), ("500M", 500 << 20), ("2g", 2 << 30)],
)
def test_sizes(monkeypatch: pytest.MonkeyPatch, size: str, expected: int) -> None:
    got: list[int | None] = []
    monkeypatch.setattr(cli, "prepare", got.append)
    assert cli.main(["--max-memory", size, "-e", "()"]) == OK
    assert got == [expected]
