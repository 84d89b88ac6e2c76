"""Plots at every door: scripts, expressions, the REPL, files, notebooks, the kernel's answers, the site."""

from __future__ import annotations

import io
import os
import stat
import sys
from pathlib import Path
from xml.etree import ElementTree

import pictures
import pytest
from shell import FAILED, OK, USAGE, Vlad, command, script

import vlad_py as vlad
from vlad_py.command import cli
from vlad_py.ground import columns
from vlad_py.jupyter.shown import WIDTH, Shown, bundle
from vlad_py.repl.commands import handle
from vlad_py.repl.engine import Engine
from vlad_py.session.session import Session

__all__ = ["command"]  # a fixture

PLOT = "plot(sin, 0, 1)"
DRAWN = vlad.evaluate(PLOT).text() + "\n"
SVG = vlad.evaluate(PLOT).svg()


# ── scripts, expressions, the REPL ───────────────────────────────────────────────────────────


def test_an_expression_is_drawn(vlad: Vlad) -> None:
    assert vlad("-e", PLOT) == vlad("-e", f"let p = {PLOT}\np")
    assert vlad("-e", PLOT).out == DRAWN


def test_a_script_draws_the_plot_that_it_ends_with_and_no_other_value(vlad: Vlad) -> None:
    assert vlad(script(f"print(1)\n{PLOT}")).out == f"1\n{DRAWN}"
    assert vlad(script(f"{PLOT}\nlet p = {PLOT}")).out == ""
    assert vlad(script("1 + 1")).out == ""


def test_print_draws_plots_on_lines_of_their_own(vlad: Vlad) -> None:
    assert vlad(script(f'print("a", 1, {PLOT}, {PLOT}, "b", 2)')).out == f"a 1\n{DRAWN}{DRAWN}b 2\n"
    assert vlad(script(f"print({PLOT} :: nil)")).out == "list(<plot of sin>)\n"


def repl(width: int, *, is_colorful: bool = False) -> tuple[Engine, list[str]]:
    said: list[str] = []
    return Engine(said.append, said.append, lambda: width, is_colorful=is_colorful), said


def test_the_repl_draws_as_wide_as_the_terminal() -> None:
    engine, said = repl(50)
    for text in (PLOT, "_ == " + PLOT, PLOT + ";"):
        handle(engine, text)
    assert said == [vlad.evaluate(PLOT).text(50) + "\n", "true\n"]


def test_the_repl_draws_in_colours_where_there_are_any() -> None:
    engine, said = repl(50, is_colorful=True)
    handle(engine, PLOT)
    assert "\x1b[36m" in said[0]


class Wide:
    """Standard output that is a terminal of 44 columns."""

    def __init__(self) -> None:
        self.text = ""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    closed = False

    def flush(self) -> None:
        pass


def test_a_drawing_is_as_wide_as_the_terminal(vlad: Vlad, monkeypatch: pytest.MonkeyPatch) -> None:
    out = Wide()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "__stdout__", out)
    monkeypatch.setenv("COLUMNS", "44")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert columns.columns() == 44
    assert cli.main(["-e", PLOT]) == OK
    assert "\x1b[36m" in out.text


def test_where_there_is_only_ascii_a_drawing_is_ascii(vlad: Vlad, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    assert cli.main(["-e", "plot(list(sin, derivative(sin)), 0, 1)"]) == OK
    drawn = raw.getvalue().decode("ascii")
    assert "\\u" not in drawn and "sin'" in drawn and drawn.count("\n") == DRAWN.count("\n")


# ── files ────────────────────────────────────────────────────────────────────────────────────


def test_a_plot_is_written_to_a_file(vlad: Vlad) -> None:
    done = vlad("-o", "p.svg", script(f"print(1)\n{PLOT}"))
    assert (done.status, done.out, done.err) == (OK, "1\n", "")
    assert Path("p.svg").read_text(encoding="utf-8") == SVG
    assert vlad("-o", "q.svg", "-e", PLOT).status == OK
    assert Path("q.svg").read_text(encoding="utf-8") == SVG
    assert {path.name for path in Path().iterdir()} == {"p.svg", "q.svg", "script.adl"}


@pytest.mark.parametrize(
    ("text", "got"),
    [("1 + 1", "a real"), ("let p = plot(sin, 0, 1)", "nothing"), (f"({PLOT}, 1)", "a tuple of 2")],
)
def test_a_value_that_is_not_a_plot_is_refused(vlad: Vlad, text: str, got: str) -> None:
    Path("p.svg").write_text("kept")
    done = vlad("-o", "p.svg", script(text))
    assert done.status == FAILED
    assert done.err.startswith(f"error: -o: expected a program whose value is a plot, got {got}")
    assert Path("p.svg").read_text() == "kept"


def test_an_error_of_the_program_leaves_the_file(vlad: Vlad) -> None:
    Path("p.svg").write_text("kept")
    assert vlad("-o", "p.svg", script("plot(sin, 1, 0)")).status == FAILED
    assert Path("p.svg").read_text() == "kept"


def test_a_file_that_cannot_be_written_is_named(vlad: Vlad) -> None:
    done = vlad("-o", "no/p.svg", "-e", PLOT)
    assert (done.status, done.err) == (FAILED, "error: no/p.svg: no such file or directory\n")
    Path("folder.svg").mkdir()
    done = vlad("-o", "folder.svg", "-e", PLOT)
    assert (done.status, done.err) == (FAILED, "error: folder.svg: is a directory\n")


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root may write anything")
def test_a_protected_file_is_kept(vlad: Vlad) -> None:
    Path("p.svg").write_text("kept")
    Path("p.svg").chmod(0o444)
    done = vlad("-o", "p.svg", "-e", PLOT)
    assert (done.status, done.err) == (FAILED, "error: p.svg: permission denied\n")


def test_a_file_keeps_its_mode_and_its_link(vlad: Vlad) -> None:
    Path("there.svg").write_text("old")
    Path("there.svg").chmod(0o640)
    Path("p.svg").symlink_to("there.svg")
    assert vlad("-o", "p.svg", "-e", PLOT).status == OK
    assert Path("p.svg").is_symlink() and Path("there.svg").read_text(encoding="utf-8") == SVG
    assert stat.S_IMODE(Path("there.svg").stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-o", "p.png", "-e", PLOT), "a plot is written as SVG, to a file such as `p.svg`"),
        (("-o", "p.svg"), "-o needs a FILE or -e, to run"),
        (("-o", "p.svg", "--check", "a.adl"), "-o needs a FILE or -e, to run"),
        (("-o", "p.svg", "-i", "a.adl"), "-o needs a FILE or -e, to run"),
    ],
)
def test_wrong_use_is_refused(vlad: Vlad, arguments: tuple[str, ...], message: str) -> None:
    done = vlad(*arguments)
    assert done.status == USAGE and message in done.err


# ── notebooks ────────────────────────────────────────────────────────────────────────────────


def test_cells_show_a_picture_and_a_drawing() -> None:
    value = Session().evaluate(PLOT)
    assert bundle(value) == {"image/svg+xml": SVG, "text/plain": vlad.evaluate(PLOT).text(WIDTH)}
    assert Shown(value)._repr_mimebundle_()["image/svg+xml"] == SVG
    ElementTree.fromstring(bundle(value)["image/svg+xml"])


def test_ipython_shows_plots_of_python() -> None:
    formatters = pytest.importorskip("IPython.core.formatters")
    data, _ = formatters.DisplayFormatter().format(vlad.evaluate(PLOT))
    assert data["image/svg+xml"] == SVG and data["text/plain"] == DRAWN.removesuffix("\n")


# ── the site ─────────────────────────────────────────────────────────────────────────────────


def test_pictures_stand_in_the_place_of_drawings() -> None:
    drawn = "".join(f"#> {line}".rstrip() + "\n" for line in DRAWN.splitlines())
    program = f"print(1)  #> 1\nprint({PLOT})\n{drawn}print(2)\n#> 2\n"
    made = pictures.added(f"Text.\n\n```adl\n{program}```\n\nMore.\n")
    kept = f"print(1)  #> 1\nprint({PLOT})\nprint(2)\n#> 2\n"
    assert made == f'Text.\n\n```adl\n{kept}```\n\n<div class="picture">{SVG}</div>\n\nMore.\n'


@pytest.mark.parametrize(
    "program", ["print(1)", "plot(sin, 1, 0)", "let plot(x) =", "let p = plot(sin, 0, 1)"]
)
def test_other_programs_stay(program: str) -> None:
    text = f"```adl\n{program}\n```\n"
    assert pictures.added(text) == text
