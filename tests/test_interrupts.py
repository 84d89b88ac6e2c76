"""Ctrl-C at random moments leaves nothing behind, in either tier."""

from __future__ import annotations

from interrupted import TIERS, complaints


def test_what_is_stopped_anywhere_leaves_nothing_behind() -> None:
    assert list(complaints(40, 1, TIERS)) == []
