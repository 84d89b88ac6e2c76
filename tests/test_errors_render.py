"""The renderer of diagnostics, and that whatever is wrong with a text is told by a diagnostic."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vlad_py.execution.limits import Limits
from vlad_py.ground.errors import Bug, Caller, Error, LimitError, RunError, SyntaxError, near, render
from vlad_py.ground.source import WINDOW, Source, Span, excerpt
from vlad_py.session.session import Session

pytestmark = pytest.mark.filterwarnings("error::SyntaxWarning")  # of the host, about compiled text

ROOT = Path(__file__).resolve().parent.parent


def spanned(text: str) -> Span:
    """The span between « and » of a text without them."""
    start, end = text.index("«"), text.index("»") - 1
    return Span(Source("test.adl", text.replace("«", "").replace("»", "")), start, end)


def shown(text: str) -> list[str]:
    """The lines of an excerpt, without what stands before `| `."""
    lines = render(RunError("message", spanned(text))).split("\n")[3:]
    return [line.partition("|")[2][1:] for line in lines]


# ── the whole ────────────────────────────────────────────────────────────────────────────────


def test_a_message_alone() -> None:
    assert render(Bug("message")) == "internal error: message"


def test_all_parts() -> None:
    span = spanned("let x = 1\nprint(«x + true»)")
    error = RunError("message", span, hint="do better", stack=(Caller("f", spanned("«f(1)»")),))
    assert render(error).split("\n") == [
        "error: message",
        " --> test.adl:2:7",
        "  |",
        "2 | print(x + true)",
        "  |       ^^^^^^^^",
        "hint: do better",
        "call stack, innermost first:",
        "  in f at test.adl:1:1: f(1)",
    ]
    assert str(error) == render(error)


@pytest.mark.parametrize("text", ["sin((1, 2))", "1(2)", "(fn (a, b) => a)(1)", "match 1 { (a, b) => a }"])
def test_an_error_keeps_no_value_of_the_program(text: str) -> None:
    with pytest.raises(RunError) as raised:
        Session().evaluate(text)
    assert raised.value.mismatch is None


def test_color_adds_nothing_else() -> None:
    error = SyntaxError("message", spanned("a\t«b\nc»"), hint="do better")
    colored = render(error, color=True)
    assert "\033[31;1m^" in colored and "\033[34mhint\033[0m" in colored
    assert re.sub(r"\033\[[0-9;]*m", "", colored) == render(error)
    assert "\033" not in render(error)


# ── excerpts ─────────────────────────────────────────────────────────────────────────────────

EXCERPTS = [
    ("«ab»c", ["abc", "^^"]),
    ("ab«»", ["ab", "  ^"]),
    ("a«»b", ["ab", " ^"]),
    ("«»", ["", "^"]),
    ("a\n«»", ["", "^"]),
    ("\ta«b»", ["    ab", "     ^"]),
    ("abc\ta«\t»b", ["abc a   b", "     ^^^"]),
    ("日本«語»x", ["日本語x", "    ^^"]),
    ("e\u0301«a»", ["e\u0301a", " ^"]),
    ("“𝛼”«b»", ["“𝛼”b", "   ^"]),
    ("a\033[31m«b»", ["a\ufffd[31mb", "      ^"]),
    ("\u202ea«b»", ["\ufffdab", "  ^"]),
    ("a\u200b«b»\r", ["a\u200bb", " ^"]),
    ("a«b\n  c»d", ["ab", " ^", "  cd", "  ^"]),
    ("«a  \n\n\tb»", ["a", "^", "", "    b", "    ^"]),
    ("«a\nb\nc\nd\ne»", ["a", "^", "b", "^", "c", "^", "d", "^", "e", "^"]),
    ("«a\nb\nc\nd\ne\nf»", ["a", "^", "b", "^", "⋮", "f", "^"]),
    ("«a\n»b", ["a", "^"]),
]


@pytest.mark.parametrize(("text", "expected"), EXCERPTS)
def test_excerpt(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


def test_numbers_of_lines_are_aligned() -> None:
    lines = render(RunError("message", spanned("\n" * 8 + "«a\nb»"))).split("\n")
    assert lines[1:] == ["  --> test.adl:9:1", "   |", " 9 | a", "   | ^", "10 | b", "   | ^"]


@pytest.mark.parametrize("before", [0, 5, 60, 99, 100, 101, 150, 1000])
@pytest.mark.parametrize("width", [0, 1, 50, 99, 100, 101, 500])
@pytest.mark.parametrize("after", [0, 1, 80, 1000])
def test_a_long_line_is_cut_around_the_span(before: int, width: int, after: int) -> None:
    text = "." * before + "x" * width + "," * after
    (line,) = excerpt(Span(Source("test.adl", text), before, before + width))
    assert len(line.text) <= max(WINDOW + 2, 1)
    assert line.start + line.width <= len(line.text) + 1
    marked = line.text[line.start : line.start + line.width]
    assert set(marked) <= ({"x"} if width else {",", ""})
    assert len(marked) >= min(width, WINDOW - 3)
    assert (len(text) <= WINDOW) == (line.text == text)


# ── call stacks ──────────────────────────────────────────────────────────────────────────────


def stack_lines(places: list[int], left_out: int = 0) -> list[str]:
    source = Source("test.adl", "f(x)\n" * 100)
    error = RunError("message", stack=tuple(Caller("f", Span(source, 5 * p, 5 * p + 4)) for p in places))
    error.left_out = left_out
    return [
        re.sub(r"  in f at test.adl:(\d+):1: f\(x\)", r"\1", line) for line in render(error).split("\n")[2:]
    ]


def test_a_short_stack_is_shown_in_full() -> None:
    assert stack_lines([0] * 13) == ["1"] * 13


def test_a_long_stack_is_folded() -> None:
    middle = "  … 8 more calls …"
    assert stack_lines(list(range(20))) == [*"123456", middle, *map(str, range(15, 21))]


def test_repetition_is_shown_once_at_either_end() -> None:
    assert stack_lines([1, 2] * 50 + [9]) == ["2", "3", "  … 96 more calls …", "2", "3", "10"]
    assert stack_lines([1] * 20) == ["2", "  … 18 more calls …", "2"]


def test_what_the_machine_left_out_counts() -> None:
    assert stack_lines([1] * 10 + [2], 1000) == ["2", "  … 1008 more calls …", "2", "3"]


def test_a_stack_that_says_nothing_new_is_left_out() -> None:
    span = spanned("1 + «f(x)»")
    assert "stack" not in render(RunError("message", span, stack=(Caller("", span),)))
    assert "stack" in render(RunError("message", span, stack=(Caller("g", span),)))
    assert "stack" in render(RunError("message", stack=(Caller("", span),)))


def test_a_long_call_is_cut() -> None:
    call = spanned("«f(\n  " + "x, " * 30 + "x)»")
    line = render(RunError("message", stack=(Caller("", call),))).split("\n")[-1]
    assert line == "  at test.adl:1:1: f( " + "x, " * 12 + "…"


@pytest.mark.parametrize("memory", ["120M", "200M"])
@pytest.mark.parametrize("text", ["def f(n) = 1 + f(n + 1)\nf(0)", "def f(xs) = f(1 :: xs)\nf(nil)"])
def test_out_of_memory_is_told(text: str, memory: str, tmp_path: Path) -> None:
    (tmp_path / "test.adl").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "vlad_py", "--max-memory", memory, str(tmp_path / "test.adl")]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert run.stderr.startswith("limit: out of memory\n")
    assert "test.adl:1:" in run.stderr
    assert run.returncode == 3


# ── near names ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("gradeint", "did you mean `gradient`?"),
        ("PI", "did you mean `pi`?"),
        ("Sin", "did you mean `sin`?"),
        ("x", ""),
        ("quux", ""),
    ],
)
def test_near(name: str, hint: str) -> None:
    assert near(name, ["gradient", "pi", "sin", "cos", "y"]) == hint


# ── any text ─────────────────────────────────────────────────────────────────────────────────

WORDS = """
def let import as fn if then else match loop while for in do with and or not true false nil _ f g x y xs m
derivative gradient jvp vjp jacobian with_derivative map fold sum head unflatten flatten print length optimize
0 1 2 0.5 1e3 "a" "parts/a.adl" + - * / ^ :: .. == < |> = => . , : ; ( ) [ ] { } ( ) ( ) { } f( g( (x,
{x: list(
""".split()
PREAMBLE = "def f(x) = x * x\ndef g(x, y) = f(x) + y\nlet m = {x: 1, y: (2, list(3))}\nlet xs = list(1, 2)\n"
EXAMPLES = [p.read_text(encoding="utf-8") for p in sorted((ROOT / "tests/language").glob("*/*.adl"))]

soup = st.lists(st.sampled_from([*WORDS, "\n", "\n"]), max_size=30).map(" ".join)
values = st.recursive(
    st.sampled_from(["1", "x", "true", '"a"', "f", "g", "sin", "nil", "m", "xs", "()", "m.y", "f(2)"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+ - * / ^ :: == < and or |>".split()), inner).map(" ".join),
        st.tuples(
            st.sampled_from(
                "f g derivative gradient derivative_reverse jacobian hessian jvp vjp with_derivative map "
                "fold sum head tail unflatten flatten reverse concat length max print stop_gradient".split()
            ),
            st.lists(inner, max_size=3).map(", ".join),
        ).map(lambda call: f"{call[0]}({call[1]})"),
        st.tuples(inner, inner).map(lambda call: f"({call[0]})({call[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}, {pair[1]})"),
        inner.map(lambda body: f"(fn x => {body})"),
        inner.map(lambda body: f"(fn (x, y) => {body})"),
        st.tuples(inner, inner, inner).map(lambda t: f"(if {t[0]} then {t[1]} else {t[2]})"),
        st.tuples(inner, inner).map(lambda t: f"(loop x = {t[0]} for y in {t[1]} do y)"),
        st.tuples(inner, inner).map(lambda t: f"match {t[0]} {{ x :: y => {t[1]}; (x, y) => x }}"),
        st.tuples(inner, st.sampled_from([".x", ".z", "[0]", "[1:]", "[-1]"])).map(
            lambda t: f"({t[0]}){t[1]}"
        ),
        inner.map(lambda v: f"{{x: {v}, y: 1}}"),
    ),
    max_leaves=12,
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """An example with a piece of it cut out, replaced or put elsewhere."""
    text = draw(st.sampled_from(EXAMPLES))
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(start + 8, len(text))))
    return (
        text[:start]
        + draw(st.one_of(st.sampled_from(["", " ", "\n", *WORDS]), st.text(max_size=3)))
        + text[end:]
    )


def tell(text: str) -> None:
    """Runs a text; what goes wrong has to be a diagnostic that points into it."""
    try:
        Session(write=lambda _: None, limits=Limits(steps=2000, depth=500)).evaluate(text, "test.adl")
    except Error as error:
        assert not isinstance(error, Bug), render(error)
        assert error.span is not None or isinstance(error, LimitError), error.message
        if error.span is not None:
            assert not error.span.source.library
            assert 0 <= error.span.start <= error.span.end <= len(error.span.source.text)
        assert all(not caller.span.source.library for caller in error.stack)
        assert "\033" not in render(error) and render(error, color=True)
        assert not re.search(r"NoneType|object at 0x|float'|Traceback|<class", error.message)


ANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@ANY
@given(soup)
def test_a_soup_of_words_is_told(text: str) -> None:
    tell(PREAMBLE + text)


@ANY
@given(values)
def test_any_expression_is_told(text: str) -> None:
    tell(f"{PREAMBLE}let x = 3\nlet y = 4\nprint({text})")


@ANY
@given(mutated())
def test_a_mutated_example_is_told(text: str) -> None:
    tell(text)


@ANY
@given(st.text())
def test_any_text_is_told(text: str) -> None:
    tell(text)
