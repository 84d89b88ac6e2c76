"""What the REPL refuses or survives, without a terminal."""

from __future__ import annotations

import pytest
from talk import Talk

from vlad_py.repl.inputs import is_session


def test_a_theme_is_one_of_the_list() -> None:
    talk = Talk()
    assert talk.said(":set theme grey") == "error: expected terminal, light, dark or none, got 'grey'\n"
    assert talk.said(":set theme dark") == "theme     dark\n"
    assert talk.engine.theme == "dark"


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (KeyboardInterrupt(), "interrupted: stopped by the user\n"),
        (RecursionError(), "the value is nested too deeply to show\n"),
        (MemoryError(), "out of memory\n"),
    ],
)
def test_what_is_raised_is_told_and_the_session_goes_on(raised: BaseException, told: str) -> None:
    talk = Talk()

    def action() -> None:
        raise raised

    talk.engine.attempt(action)
    assert talk.out == [told]
    assert talk.engine.failures == 1
    assert talk.said("1 + 1") == "2\n"


def test_a_session_has_a_prompt_at_the_beginning_of_a_line() -> None:
    assert is_session("vlad> 1\nvlad> 2")
    assert not is_session("1 + vlad> 2")
