"""What a system or an installation lacks: it is said, or done without."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import vlad_py as vlad
from vlad_py.command import cli
from vlad_py.frameworks import chunks, scipy, sweeps
from vlad_py.ground.sealed_files import SealedFiles
from vlad_py.ground.whole_files import write_whole
from vlad_py.primitives.output import write_out
from vlad_py.python.fields import fields_taken
from vlad_py.python.outside import Labelled
from vlad_py.python.signature import pattern_of
from vlad_py.session import ways
from vlad_py.session.session import Session

SQUARE = "fn x => x * x"


class Dasklike:
    """An array as one of dask's looks from outside."""

    __module__ = "dask.array.core"

    def __iter__(self) -> Iterator[object]:
        return iter(())


# ── packages ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("module", "call", "package"),
    [
        (sweeps, lambda f: vlad.sweep(f, [1.0], processes=2), "joblib"),
        (sweeps, lambda f: vlad.sweep(f, [1.0], client=object()), "dask"),
        (scipy, lambda f: vlad.scipy.minimize(f, 1.0), "scipy"),
        (chunks, lambda f: vlad.over_chunks(f, Dasklike())(1.0), "dask"),
    ],
    ids=["sweep", "sweep of a cluster", "scipy", "over_chunks"],
)
def test_a_package_that_is_not_installed_is_named(
    module: Any, call: Callable[[Any], object], package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(vlad.ConversionError) as raised:
        call(vlad.evaluate(SQUARE))
    assert f"{package} is not installed" in raised.value.message
    assert raised.value.hint.startswith("`pip install")


def test_without_a_native_tier_only_the_interpreter_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ways, "can_compile", lambda: False)
    ways.choose(Session(), "never", print)
    with pytest.raises(vlad.RunError, match="native code cannot run here"):
        ways.choose(Session(), "auto", print)


@pytest.mark.parametrize(("terminal", "lacks"), [("dumb", ""), (None, ""), ("xterm", "prompt_toolkit")])
def test_steps_are_printed_where_no_screen_can_be_used(
    terminal: str | None, lacks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if terminal is None:
        monkeypatch.delenv("TERM", raising=False)
    else:
        monkeypatch.setenv("TERM", terminal)
    monkeypatch.setattr(cli, "find_spec", lambda name: None if name == lacks else find_spec("sys"))
    assert cli._screen() is None


# ── systems ──────────────────────────────────────────────────────────────────────────────────


def test_without_owners_of_files_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delattr(os, "geteuid")
    files = SealedFiles("library", b"form\n", 10)
    files.save("key", b"content")
    assert files.load("key") is None
    assert list(tmp_path.rglob("*")) == []


def test_a_file_that_may_not_be_written_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kept.txt"
    path.write_text("before", encoding="utf-8")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(PermissionError) as raised:
        write_whole(str(path), "after")
    assert raised.value.filename == str(path)
    assert path.read_text(encoding="utf-8") == "before"
    assert os.listdir(tmp_path) == ["kept.txt"]


def test_a_closed_output_is_an_error_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream in (None, SimpleNamespace(closed=True)):
        monkeypatch.setattr(sys, "stdout", stream)
        with pytest.raises(OSError, match="standard output is closed"):
            write_out("text")


# ── Python objects ───────────────────────────────────────────────────────────────────────────


def test_a_derivative_that_is_a_function_has_the_parameters_of_that_function() -> None:
    f = vlad.evaluate("derivative(fn x => fn (y, z) => x * y * z)(1)")
    assert list(inspect.signature(f).parameters) == ["y", "z"]
    assert pattern_of(f.value, 0) == "y"
    assert pattern_of(vlad.evaluate("sin").value, 0) == ""
    assert fields_taken(f) is None
    assert f.within(vlad.Limits(steps=100)) is f.value


def test_labels_of_pandas_equal_no_other_object() -> None:
    assert Labelled(dict, np.arange(2)) != "a dict"
