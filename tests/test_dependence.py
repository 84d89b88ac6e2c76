"""Sets of inputs whose union waits: the same members as unions at once, however they are made."""

from __future__ import annotations

from functools import reduce
from operator import add

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlad_py.numbers.observed import dependence
from vlad_py.numbers.observed.dependence import NOTHING, Inputs, united


@given(
    st.lists(st.frozensets(st.integers(0, 400), max_size=60), min_size=1, max_size=8),
    st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000), st.booleans()), max_size=40),
)
def test_unions_in_any_order_have_the_members_of_all(
    leaves: list[frozenset[int]], steps: list[tuple[int, int, bool]]
) -> None:
    """Unions of unions, of parts that they share, some asked for their members on the way."""
    sets = [Inputs(leaf) for leaf in leaves]
    members = list(leaves)
    for i, j, is_asked in steps:
        a, b = i % len(sets), j % len(sets)
        sets.append(sets[a] + sets[b])
        members.append(members[a] | members[b])
        if is_asked:
            assert sets[-1].members == members[-1]
    for found, wanted in zip(sets, members, strict=True):
        assert bool(found) == bool(wanted)
        assert frozenset(found) == wanted and len(found) == len(wanted)
    assert united(sets).members == frozenset().union(*members)


def test_a_sum_unites_no_more_often_than_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sum of n terms makes n sets; only the one that is asked for has its members."""
    terms = [Inputs(range(100 * i, 100 * i + 100)) for i in range(50)]
    sums = [reduce(add, terms[: i + 1]) for i in range(len(terms))]
    assert len(sums[-1]) == 5_000
    assert [s.known is None for s in sums[1:-1]] == [True] * 48
    monkeypatch.setattr(dependence, "MOST_WAITING", 10)
    assert reduce(add, terms).waiting <= 10


def test_a_factor_of_zero_has_nothing() -> None:
    assert Inputs((1,)) * 0.0 is NOTHING
    assert (Inputs((1,)) * 2.0).members == (2.0 * Inputs((1,))).members == {1}
    assert not united([NOTHING, NOTHING])
