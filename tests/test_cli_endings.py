"""How the command ends where the program does not end it: a bug of ours, Ctrl-C, no memory."""

from __future__ import annotations

import pytest
from shell import LIMIT, OUR_BUG, STOPPED, Vlad, script

from vlad_py.command import outcome
from vlad_py.ground.errors import Bug
from vlad_py.session.session import Session


def test_a_bug_of_ours(vlad: Vlad, monkeypatch: pytest.MonkeyPatch) -> None:
    def evaluate(*_: object) -> object:
        raise Bug("KeyError: 'x'")

    monkeypatch.setattr(Session, "evaluate", evaluate)
    result = vlad("-e", "1")
    assert (result.status, result.out) == (OUR_BUG, "")
    assert result.err.startswith("internal error: KeyError: 'x'\n")


def test_an_interruption_outside_of_the_machine(vlad: Vlad, monkeypatch: pytest.MonkeyPatch) -> None:
    def evaluate(*_: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(Session, "evaluate", evaluate)
    result = vlad("-e", "1")
    assert (result.status, result.out) == (STOPPED, "")
    assert result.err.startswith("interrupted")


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [(KeyboardInterrupt, STOPPED, "interrupted\n"), (MemoryError, LIMIT, "FILE: out of memory\n")],
)
def test_what_ends_the_reading_of_a_file(
    vlad: Vlad, monkeypatch: pytest.MonkeyPatch, error: type[BaseException], status: int, says: str
) -> None:
    def read(_: str) -> str:
        raise error

    file = script("1")
    monkeypatch.setattr(outcome, "read_text", read)
    result = vlad(file)
    assert (result.status, result.out) == (status, "")
    assert result.err.removeprefix("vlad: ").replace(str(file), "FILE") == says


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_what_ends_a_command_beside_the_program(
    vlad: Vlad, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def run(*_: object) -> str:
        raise error

    monkeypatch.setattr(Session, "run_script", run)
    result = vlad(script("1"))
    assert result.status == (STOPPED if error is KeyboardInterrupt else LIMIT)
    assert result.err.startswith("interrupted" if error is KeyboardInterrupt else "limit: out of memory")
