"""Tags: which are live, and which batch in progress is the outermost."""

from __future__ import annotations

from itertools import combinations

import pytest

from vlad_py.differentiation.tags import EVERY, BatchTag, Live, fresh_tag, is_live, outermost_batch


def chain(tags: tuple[int, ...], around: Live) -> Live:
    """What is live once differentiations of these tags have begun, one within the other."""
    live = around
    for tag in tags:
        live = (tag, live)
    return live


@pytest.mark.parametrize("count", range(5))
def test_the_tags_of_a_chain_are_live_and_no_others(count: int) -> None:
    for tags in combinations(range(1, 6), count):
        assert [tag for tag in range(8) if is_live(tag, chain(tags, ()))] == list(tags)


def test_of_a_call_that_a_sweep_runs_again_all_are_live() -> None:
    for tags in ((), (4,), (4, 5)):
        assert all(is_live(tag, chain(tags, EVERY)) for tag in range(8))


def test_the_outermost_batch_is_the_oldest() -> None:
    first, second = BatchTag(2), BatchTag(4)
    for around in ((), EVERY):
        assert outermost_batch(chain((1, 3), around)) is None
        assert outermost_batch(chain((1, second, 5), around)) is second
        assert outermost_batch(chain((first, 3, second), around)) is first


def test_a_fresh_tag_is_the_largest() -> None:
    tags = [fresh_tag() for _ in range(3)]
    assert tags == sorted(set(tags))
    assert tags[0] > 0
