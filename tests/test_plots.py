"""Plots: where functions are sampled, ticks, what is drawn, and the drawings themselves."""

from __future__ import annotations

import math
import pickle
import re
from collections.abc import Callable
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vlad_py as vlad
from vlad_py.plots.bins import histogram
from vlad_py.plots.contours import contours
from vlad_py.plots.figure import Marks, Range, Samples, clipped, line_of, range_of, union, widened
from vlad_py.plots.plot import Plot
from vlad_py.plots.sampling import MOST, curve, more
from vlad_py.plots.svg import DARK, LIGHT
from vlad_py.plots.ticks import ticks

NAN, INF = math.nan, math.inf
FINITE = st.floats(-1e300, 1e300)


def plot(text: str) -> Plot:
    found = vlad.evaluate(text)
    assert type(found) is Plot
    return found


# ── where a function is sampled ──────────────────────────────────────────────────────────────


def sampled(f: Callable[[float], float], limits: Range) -> Samples:
    def value(x: float) -> float:
        try:
            return f(x)
        except ZeroDivisionError:
            return INF
        except ValueError:
            return NAN

    samples: Samples = []
    while found := more(limits, samples):
        assert not {x for x, _ in samples} & set(found)
        samples = sorted([*samples, *((x, value(x)) for x in found)])
    return samples


def curved(f: Callable[[float], float], low: float, high: float) -> tuple[Marks, Range]:
    return curve((low, high), sampled(f, (low, high)), "f")


def gaps(marks: Marks) -> list[float]:
    """Where a curve is broken: the middles of its gaps."""
    ends = [(piece[0][0], piece[-1][0]) for piece in marks.pieces]
    return [(last + first) / 2 for (_, last), (first, _) in pairwise(ends)]


@pytest.mark.parametrize(
    ("f", "low", "high", "expected"),
    [
        (math.sin, -10, 10, []),
        (lambda x: 1 / x, -1, 1, [0]),
        (math.tan, -5, 5, [-1.5 * math.pi, -0.5 * math.pi, 0.5 * math.pi, 1.5 * math.pi]),
        (math.floor, -2.5, 2.5, [-2, -1, 0, 1, 2]),
        (lambda x: math.tanh(1e5 * x), -1, 1, []),
        (lambda x: abs(x) ** 0.5, -1, 1, []),
        (lambda x: math.copysign(1.0, x), -1, 2, [0]),
        (lambda x: math.sin(x) / x, -9, 9, []),
        (lambda x: math.sqrt(x * x - 1), -3, 3, [0]),
    ],
)
def test_gaps_are_at_jumps_and_poles_only(
    f: Callable[[float], float], low: float, high: float, expected: list[float]
) -> None:
    marks, _ = curved(f, low, high)
    assert gaps(marks) == pytest.approx(expected, abs=1e-5)


def test_a_domain_is_shown_to_its_edge() -> None:
    marks, _ = curved(math.sqrt, -1, 1)
    (piece,) = marks.pieces
    assert 0 <= piece[0][0] < 1e-5 and piece[-1] == (1.0, 1.0)


@pytest.mark.parametrize(
    ("f", "low", "high", "least", "greatest"),
    [
        (lambda x: 1 / x, -1, 1, (-20, -2), (2, 20)),
        (lambda x: 1 / x**2, -1, 1, (1, 1), (10, 100)),
        (math.exp, 0, 100, (1, 1), (math.exp(100), math.exp(100))),
        (lambda x: math.exp(-((300 * x) ** 2)), -1, 1, (0, 0), (0.99, 1)),  # narrow, but all there
        (lambda x: float(abs(x - 0.1) < 0.01), -1, 1, (0, 0), (1, 1)),
    ],
)
def test_poles_are_cut_off_and_nothing_else(
    f: Callable[[float], float], low: float, high: float, least: Range, greatest: Range
) -> None:
    _, (bottom, top) = curved(f, low, high)
    assert least[0] <= bottom <= least[1] and greatest[0] <= top <= greatest[1]


def test_curves_are_smooth() -> None:
    for f in (math.sin, math.exp, lambda x: math.sin(20 * x), lambda x: math.atan(50 * x)):
        marks, (low, high) = curved(f, -3, 3)
        for piece in marks.pieces:
            for (x, y), (next_x, next_y) in pairwise(piece):
                assert abs((y + next_y) / 2 - f((x + next_x) / 2)) < 0.004 * (high - low)


def test_waves_in_step_with_a_grid_are_seen() -> None:
    _, up = curved(lambda x: math.sin(64 * 2 * math.pi * x), 0, 1)
    assert up[0] < -0.9 and up[1] > 0.9


@settings(max_examples=25)
@given(FINITE, FINITE, st.sampled_from([math.sin, math.floor, lambda x: (x * 1e9) % 1, lambda x: NAN]))
def test_sampling_ends(low: float, high: float, f: Callable[[float], float]) -> None:
    if low < high:
        samples = sampled(f, (low, high))
        assert len(samples) <= MOST and (samples[0][0], samples[-1][0]) == (low, high)
        marks, (bottom, top) = curve((low, high), samples, "f")
        assert (marks, (bottom, top)) == curve((low, high), sampled(f, (low, high)), "f")
        assert bottom < top and all(map(math.isfinite, (n for point in marks.points() for n in point)))


# ── ticks ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("limits", "wanted", "expected"),
    [
        ((0, 1), 6, "0 0.2 0.4 0.6 0.8 1"),
        ((-1.05, 1.05), 5, "-1 -0.5 0 0.5 1"),
        ((0, 6.283), 7, "0 1 2 3 4 5 6"),
        ((0, 1e9), 3, "0 0.5e9 1e9"),
        ((1e-280, 2e-280), 3, "1e-280 1.5e-280 2e-280"),
        ((1000.2, 1000.3), 3, "1000.2 1000.25 1000.3"),
    ],
)
def test_ticks(limits: Range, wanted: int, expected: str) -> None:
    assert " ".join(tick.text for tick in ticks(limits, wanted)) == expected


@given(FINITE, FINITE, st.integers(2, 12))
def test_ticks_are_few_different_and_inside(a: float, b: float, wanted: int) -> None:
    low, high = widened(*sorted((a, b)))
    found = ticks((low, high), wanted)
    assert 2 <= len(found) <= 2 * wanted + 1
    assert len({tick.text for tick in found}) == len(found)
    length = high - low
    for tick in found:
        assert low - 1e-9 * length <= tick.at <= high + 1e-9 * length
        assert float(tick.text) == pytest.approx(tick.at, rel=1e-11, abs=1e-11 * length)


# ── marks ────────────────────────────────────────────────────────────────────────────────────


@given(st.lists(st.tuples(FINITE, FINITE), min_size=1, max_size=6))
def test_what_is_clipped_is_inside(points: list[tuple[float, float]]) -> None:
    across, up = (-3.0, 5.0), (-1e3, 2e200)
    for part in clipped(tuple(points), across, up):
        for x, y in part:
            assert across[0] <= x <= across[1] and up[0] <= y <= up[1]


def test_clipping_keeps_what_passes_through() -> None:
    assert list(clipped(((-2.0, 0.0), (2.0, 0.0)), (-1.0, 1.0), (-1.0, 1.0))) == [[(-1, 0), (1, 0)]]
    assert list(clipped(((-2.0, 2.0), (2.0, 2.0)), (-1.0, 1.0), (-1.0, 1.0))) == []
    around = ((0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 0.5))
    assert len(list(clipped(around, (-1.0, 1.0), (-1.0, 1.0)))) == 2


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.none() | st.integers(1, 30))
def test_every_number_is_in_one_bin(numbers: list[float], count: int | None) -> None:
    bars = histogram(numbers, "", count)
    assert sum(right[1] for _, right in bars.pieces) == len(numbers)
    assert all(left[0] < right[0] for left, right in bars.pieces)
    if count is not None:
        assert len(bars.pieces) == count


def test_bins_hold_their_lower_edge() -> None:
    bars = histogram([0, 1, 1, 2, 3, 4], "", 4)
    assert [right[1] for _, right in bars.pieces] == [1, 2, 1, 2]


@pytest.mark.parametrize("level", ["2", "4"])
def test_contours_are_where_the_function_has_the_value(level: str) -> None:
    axis = [i / 20 - 2.5 for i in range(101)]
    found = {m.label: m for m in contours(axis, axis, [[x * x + y * y for x in axis] for y in axis])}
    (circle,) = found[level].pieces
    assert circle[0] == circle[-1]
    assert all(x * x + y * y == pytest.approx(float(level), abs=2e-3) for x, y in circle)


def test_contours_leave_out_what_is_not_finite() -> None:
    axis = [i / 10 - 1 for i in range(21)]
    rows = [[x if abs(y) > 0.25 else NAN for x in axis] for y in axis]
    for marks in contours(axis, axis, rows):
        assert len(marks.pieces) == 2
        assert all(abs(y) > 0.25 for _, y in marks.points())


def test_ranges_have_a_length() -> None:
    for low, high in ((0.0, 0.0), (5.0, 5.0), (-1e300, -1e300), (0.0, 5e-324), (1.0, 1.0 + 1e-15)):
        bottom, top = widened(low, high)
        assert bottom < top and math.isfinite(top - bottom) and bottom <= low <= high <= top
    low, high = widened(*range_of([-1.7e308, 1.7e308]))
    assert math.isfinite(high - low)
    assert union([(0, 1), (-1, 0.5)]) == (-1, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("histogram([1e308, -1e308])", "`histogram` cannot show numbers beyond 4e307, got 1e308"),
        ("histogram([-1e308, 3])", "`histogram` cannot show numbers beyond 4e307, got -1e308"),
        ("histogram([0, 5e-324])", "`histogram` cannot show so narrow a range, from 0 to 5e-324"),
        ("plot([1e308, 1], [1, 2])", "`plot` cannot show numbers beyond 4e307, got 1e308"),
        ("plot([0, 1e-320], [1, 2])", "`plot` cannot show so narrow a range, from 0 to 1e-320"),
        ("plot(fn x => x, 1e-320, 2e-320)", "`plot` cannot show so narrow a range, from 1e-320 to 2e-320"),
        ("plot(fn x => x, -1e308, 1e308)", "`plot` cannot show so wide a range, from -1e308 to 1e308"),
        ("contour(fn (x, y) => x, (0, 1e-310), (0, 1))", "`contour` cannot show so narrow a range"),
    ],
)
def test_ranges_that_no_axis_shows_are_refused(text: str, message: str) -> None:
    with pytest.raises(vlad.RunError) as caught:
        vlad.evaluate(text)
    assert caught.value.message.startswith(message)


def test_lines_break_where_a_number_is_missing() -> None:
    line = line_of([(0, 1), (1, NAN), (2, 3), (3, 4), (INF, 5), (4, 6)], "")
    assert line.pieces == (((0, 1),), ((2, 3), (3, 4)), ((4, 6),))


# ── Braille ──────────────────────────────────────────────────────────────────────────────────

DRAWN = """\
 1┤               ⢀⡠ ⠤⠤⠄    ⣀⠤⠤⠤⠤⣄⡀
  │             ⣠ ⠁     ⠈⢳⡴⠊⠁     ⠙⠦⡀
  │           ⡀⠘⠁      ⢀⡴⠋ ⠑⡄       ⠈⢢⡀
  │          ⠜⠁       ⣠⠋     ⢢⡀       ⠙⢄
 0┤┄┄┄┄┄┄┄┄⡠⠂┄┄┄┄┄┄┄⢀⡜⠁┄┄┄┄┄┄┄⠉⢀┄┄┄┄┄┄┄┄
  │⠑⢄    ⢀⠄⠁       ⣠⠋          ⠈⠓
  │ ⠈⠳⡄ ⠐⠋       ⣠⠞              ⠈⢦
  │   ⠼⠫⣄      ⣠⠔⠁                  ⢤⣀
-1┤⠒⠊⠁   ⠉⠒⠒⠒⠒⠉                        ⠒
  └┬─────┬─────┬─────┬─────┬─────┬─────┬
  -3    -2    -1     0     1     2     3
   ⠒⠒⠒ sin   ⠒⠄⠒ sin′"""


def test_the_drawing_of_a_curve() -> None:
    assert plot("plot(list(sin, derivative(sin)), -3, 3)").text(40).split("\n") == DRAWN.split("\n")


@pytest.mark.parametrize("width", [-5, 20, 33, 80, 200])
def test_lines_are_as_wide_as_asked(width: int) -> None:
    for each in PLOTS:
        lines = each.text(width).split("\n")
        assert max(map(len, lines)) <= max(width, 20)


PLOTS = [
    plot('plot(list(sin, derivative(sin)), -1e6, 2, {title: "a title", x: "time", y: "height"})'),
    plot("plot([1, 2, 1e300, 4], [-1e300, 3, 1e300, nan])"),
    plot("histogram([1, 2, 2, 3, 3, 3])"),
    plot("contour(fn (x, y) => x * y, (-1, 1), (0, 1e-9))"),
    plot('plot([1, 2], [2, 1], {points: true, label: "a label that is a good deal longer than most"})'),
]


def test_without_colours_lines_have_dashes() -> None:
    text = plot("plot(list(fn x => 1, fn x => 2), 0, 1)").text(60)
    dashed, solid = (line.partition("┤")[2] for line in text.split("\n") if re.match(" *[12]┤", line))
    assert re.fullmatch("[⠁-⣿]+", solid) and re.fullmatch("[⠁-⣿ ]+", dashed) and " " in dashed


def test_colours_are_the_terminals() -> None:
    p = plot("plot(list(sin, cos), 0, 1)")
    colored = p.text(60, color=True)
    assert {"\x1b[36m", "\x1b[33m"} <= set(re.findall(r"\x1b\[3\dm", colored))
    assert "\x1b" not in p.text(60)


# ── SVG ──────────────────────────────────────────────────────────────────────────────────────

NAMESPACE = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("each", PLOTS, ids=repr)
def test_pictures_are_well_formed_and_described(each: Plot) -> None:
    root = ElementTree.fromstring(each.svg())
    assert root.tag == f"{NAMESPACE}svg" and root.get("role") == "img"
    assert root.findtext(f"{NAMESPACE}title") and root.findtext(f"{NAMESPACE}desc")
    assert not re.search(r"\b(nan|inf)\b", "".join(path.get("d", "") for path in root.iter()))
    assert len(root.findall(f".//{NAMESPACE}text")) >= 4  # the numbers at the axes


def test_texts_of_programs_are_escaped() -> None:
    p = plot('plot([1, 2], [3, 4], {title: "<b> & \\"c\\"", label: "</svg>", x: "a < b"})')
    root = ElementTree.fromstring(p.svg())
    assert root.findtext(f"{NAMESPACE}title") == '<b> & "c"'
    assert {"</svg>", "a < b"} <= {text.text for text in root.iter(f"{NAMESPACE}text")}


def test_coordinates_stay_in_the_picture() -> None:
    for each in PLOTS:
        for path in re.findall(r' d="(M[^"]*)"', each.svg()):
            numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", path)]
            assert all(-1 <= n <= 641 for n in numbers)


def luminance(color: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize(("colors", "paper"), [(LIGHT[:4], "#ffffff"), (DARK, "#16181d")])
def test_colours_differ_from_the_paper(colors: tuple[str, ...], paper: str) -> None:
    for color in colors:
        dark, light = sorted((luminance(color), luminance(paper)))
        assert (light + 0.05) / (dark + 0.05) > 2.5


# ── Python ───────────────────────────────────────────────────────────────────────────────────


def test_python_gets_a_plot_and_gives_it_back() -> None:
    p = plot("plot(sin, 0, 1)")
    assert p == plot("plot(sin, 0, 1)") != plot("plot(cos, 0, 1)") and hash(p) == hash(
        plot("plot(sin, 0, 1)")
    )
    assert vlad.evaluate("fn p => p == plot(sin, 0, 1)")(p) is True
    assert vlad.evaluate("plot")([0.0, 1.0], [1.0, 2.0]) == plot("plot([0, 1], [1, 2])")
    assert repr(p) == "<plot of sin>" and p._repr_svg_() == p.svg()
    assert vlad.evaluate("plot")(vlad.evaluate("sin"), 0.0, 1.0) == p


def test_plots_are_pickled_alone_and_inside_functions() -> None:
    p = plot('plot(list(sin, fn x => 1 / x), -1, 1, {title: "two"})')
    assert pickle.loads(pickle.dumps(p)) == p
    made = vlad.evaluate("{ let p = plot(sin, 0, 1)\nfn x => (p, x) }")
    assert pickle.loads(pickle.dumps(made))(2.0) == (plot("plot(sin, 0, 1)"), 2.0)


def test_native_code_takes_no_plot() -> None:
    pytest.importorskip("llvmlite")
    with pytest.raises(vlad.NotNative, match="a plot goes in"):
        vlad.compile(vlad.evaluate("fn (p, x) => (p, 2 * x)"), plot("plot(sin, 0, 1)"), 1.0)


@pytest.mark.parametrize("option", ["title", "x", "y", "label"])
def test_a_text_too_long_for_its_place_is_elided(option: str) -> None:
    drawn = plot(f'plot(sin, 0, 1, {{{option}: "{"a long text " * 20}"}})')
    assert max(map(len, drawn.text(50).split("\n"))) <= 50
    assert "a long te" in drawn.text(50) and "…" in drawn.text(50)
    shown = [
        node.text or "" for node in ElementTree.fromstring(drawn.svg()).iter() if node.tag.endswith("text")
    ]
    assert option == "label" or max(map(len, shown)) < 120
