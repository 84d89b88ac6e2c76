"""Values for people: what is abbreviated, where lines are broken, how reals are rounded, their structure."""

from __future__ import annotations

import pytest

from vlad_py.session.session import Session
from vlad_py.session.structure import structure
from vlad_py.values.display import LARGE, display, is_large
from vlad_py.values.show import show

SESSION = Session()


def displayed(text: str, width: int = 40, digits: int | None = None) -> str:
    return display(SESSION.evaluate(text), width, digits)


@pytest.mark.parametrize(
    "text",
    [
        "1 / 3",
        '"a\\nb"',
        "true",
        "()",
        "nil",
        "{}",
        "(1, (2, 3))",
        "list(1, 2)",
        "(1, 2) :: nil",
        "{w: (1, 2), b: list()}",
        "sin",
        "fn x => x",
        "[1, 2, 3]",
        "zeros(0, 3)",
        "nan",
    ],
)
def test_what_fits_is_shown_as_it_reads_back(text: str) -> None:
    assert displayed(text) == show(SESSION.evaluate(text))


BROKEN = {
    "{weights: (0.25, 0.5, 0.75), name: \"a line\"}": """\
{
  weights: (0.25, 0.5, 0.75),
  name: "a line"
}""",
    "range(1, 20)": """\
list(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
     12, 13, 14, 15, 16, 17, 18, 19, 20)""",
    "map(fn x => {name: x, square: x * x}, range(1, 3))": """\
list(
  {name: 1, square: 1},
  {name: 2, square: 4},
  {name: 3, square: 9}
)""",
    "{inner: {deeper: {first: 1000000, second: 2000000}}}": """\
{
  inner: {
    deeper: {
      first: 1000000,
      second: 2000000
    }
  }
}""",
    "[[1, 20], [300, 4]]": """\
[[  1, 20],
 [300,  4]]""",
    "[[1, 2, 3]]": "[[1, 2, 3]]",
    "[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]": """\
[[[1, 2],
  [3, 4]],
 [[5, 6],
  [7, 8]]]""",
    "{w: [[1, 2], [3, 4]], b: [0, 0]}": """\
{
  w: [[1, 2],
      [3, 4]],
  b: [0, 0]
}""",
    "(list((1, 2), (3, 4)), \"a text of more than twenty characters\")": """\
(
  list((1, 2), (3, 4)),
  "a text of more than twenty characters"
)""",
    "[i / 7 for i in 1..6]": """\
[0.14285714285714285,
 0.2857142857142857,
 0.42857142857142855,
 0.5714285714285714, 0.7142857142857143,
 0.8571428571428571]""",
}  # fmt: skip


@pytest.mark.parametrize("text", BROKEN)
def test_what_does_not_fit_is_broken(text: str) -> None:
    assert displayed(text) == BROKEN[text]
    assert max(map(len, BROKEN[text].split("\n"))) <= 41


LARGE_ONES = {
    "range(1, 1001)": "list(1, 2, 3, …, 999, 1000, 1001)",
    "[i for i in 1..1001]": "[1, 2, 3, …, 999, 1000, 1001]",
    "[[i * j for j in 1..40] for i in 1..40]": """\
[[ 1,  2,   3, …,   38,   39,   40],
 [ 2,  4,   6, …,   76,   78,   80],
 [ 3,  6,   9, …,  114,  117,  120],
 …,
 [38, 76, 114, …, 1444, 1482, 1520],
 [39, 78, 117, …, 1482, 1521, 1560],
 [40, 80, 120, …, 1520, 1560, 1600]]""",
    "{xs: range(1, 2000), n: (1, 2, 3, 4, 5, 6, 7, 8)}": """\
{
  xs: list(1, 2, 3, …, 1998, 1999,
           2000),
  n: (1, 2, 3, …, 6, 7, 8)
}""",
}


@pytest.mark.parametrize("text", LARGE_ONES)
def test_large_values_show_their_ends(text: str) -> None:
    assert displayed(text) == LARGE_ONES[text]


def test_what_is_large() -> None:
    for text in ("range(1, {})", "[i for i in 1..{}]", "(nil, map(fn i => {{a: i}}, range(2, {})))"):
        for size in (LARGE, LARGE + 1):
            assert is_large(SESSION.evaluate(text.format(size))) == (size > LARGE)


def test_a_list_that_is_not_large_is_whole() -> None:
    assert displayed("range(1, 1000)").count(",") == 999


def test_reals_are_rounded() -> None:
    assert displayed("(1 / 3, 2 / 3, 1e10, 0.1, nan, -inf)", 80, 4) == (
        "(0.3333, 0.6667, 10000000000, 0.1, nan, -inf)"
    )
    assert displayed("12345678", digits=3) == "12300000"
    assert displayed("[2 / 3, 1]", digits=2) == "[0.67, 1]"
    assert displayed("1e-20 / 3", digits=2) == "3.3e-21"


def test_a_deep_value_ends_in_an_ellipsis() -> None:
    text = displayed("loop t = () for i in 1..100000 do (i, t)", width=200)
    assert "(99989, …" in text.replace("\n", " ").replace("  ", "")
    assert len(text) < 1000


def test_an_immense_value_is_short() -> None:
    tree = "loop t = 1 for i in 1..10 do (t, t, t, t, t, t)"
    assert len(displayed(tree, width=100)) < 300_000


@pytest.mark.parametrize("width", [1, 5, 10, 20])
def test_no_width_is_too_small(width: int) -> None:
    for text in (*BROKEN, *LARGE_ONES):
        whole, narrow = displayed(text, 10_000), displayed(text, width)
        assert "".join(whole.split()) == "".join(narrow.split())


# ── structure ────────────────────────────────────────────────────────────────────────────────

STRUCTURES = {
    "interval(1, 2)": "interval",
    "(interval([1], [2]), list(interval(0, 1)))": "(array of 1, of intervals, list of 1: interval)",
    "1": "real",
    "true": "boolean",
    '"a"': "string",
    "()": "()",
    "nil": "nil",
    "(1, true)": "(real, boolean)",
    "{w: (1, 2), name: \"a\"}": "{w: (real, real), name: string}",
    "list(1, 2, 3)": "list of 3: real",
    "list((1, 2), (3, 4))": "list of 2: (real, real)",
    'list(1, "a", 2)': "list of 3, each one of (real, string)",
    'list(1, "a", (), nil, true)': "list of 5: of many structures",
    "[1, 2, 3]": "array of 3",
    "[[1, 2, 3], [4, 5, 6]]": "array of 2×3",
    "sin": "function sin(x)",
    "(+)": "function (+)",
    "fn (x, y) => x": "function fn(x, y)",
    "derivative": "function derivative(f)",
    "vjp(sin, 1)[1]": "function pullback",
    "range(1, 100000)": "list of 100000: real",
    "{first: list(1, 2, 3), second: derivative}": """\
{
  first: list of 3: real,
  second: function derivative(f)
}""",
}  # fmt: skip


@pytest.mark.parametrize("text", STRUCTURES)
def test_structure(text: str) -> None:
    assert structure(SESSION.evaluate(text), 50) == STRUCTURES[text]


def test_ends_of_intervals_are_rounded_outwards() -> None:
    assert displayed("interval(1 / 3, 2 / 3)", digits=2) == "interval(0.33, 0.67)"
    assert displayed("interval(-1 / 3, inf)", digits=1) == "interval(-0.4, inf)"
    assert displayed("interval([1 / 3, 1], [0.7, 2])", digits=1) == "interval([0.3, 1], [0.7, 2])"
    assert displayed("interval(1 / 3, 2 / 3)", 60) == SESSION.evaluate("show(interval(1 / 3, 2 / 3))")


def test_many_intervals_are_abbreviated_and_broken_over_lines() -> None:
    text = displayed("interval(zeros(2000), ones(2000))")
    assert text.splitlines() == ["interval(", "  [0, 0, 0, …, 0, 0, 0],", "  [1, 1, 1, …, 1, 1, 1]", ")"]
