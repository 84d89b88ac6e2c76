"""The shapes of `scripts/growth` at a small size; a square is seen."""

from __future__ import annotations

import growth
import pytest
from test_growth import PROGRAMS

OTHERS = [kind for kind in growth.SOURCES if kind not in PROGRAMS]  # test_growth.py has those


@pytest.mark.parametrize("kind", OTHERS)
def test_a_text_is_prepared_in_proportion(kind: str) -> None:
    found = growth.of_source(kind, 30 if kind in growth.REASONS else 60)
    assert found
    assert (max(found.values()) < growth.MOST) == (kind not in growth.REASONS), found


@pytest.mark.parametrize("kind", growth.DATA)
def test_data_are_used_in_proportion(kind: str) -> None:
    assert growth.of_data(kind, 60) < growth.MOST


def test_a_square_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(growth.DATA, "pairs", ("1..#", "sum([i * j for i in d for j in d])"))
    monkeypatch.setitem(growth.SOURCES, "a square", lambda n: "\n".join(["1"] * (n * n)))
    assert growth.of_data("pairs", 30) > growth.MOST
    assert growth.of_source("a square", 10)["parse"] > growth.MOST
