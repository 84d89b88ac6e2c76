"""Long sessions, at a smaller size; a session that keeps memory is seen."""

from __future__ import annotations

import pytest
import soak

COUNTS = {
    "evaluations": 1_500,
    "redefinitions": 600,
    "errors": 1_500,
    "lines": 800,
    "threads": 12,
    "sessions": 40,
}


@pytest.mark.parametrize("part", soak.PARTS)
def test_a_long_session(part: str) -> None:
    run, _ = soak.PARTS[part]
    assert run(COUNTS[part]) == ""


def test_what_is_kept_is_seen() -> None:
    kept: list[object] = []
    assert "blocks of memory more after 2000 times" in soak._flat(8_000, lambda i: kept.append([i]))
