"""`vlad --check`: every mistake of a text, and warnings of what is hardly meant."""

from __future__ import annotations

from pathlib import Path

import programs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shell import FAILED, OK, Result, Vlad, script

from vlad_py.checking.bindings import PARAMETER, Local, Scope, names_of
from vlad_py.checking.diagnose import MOST
from vlad_py.checking.suspicions import warnings_of
from vlad_py.ground import resources
from vlad_py.ground.source import Source, Span
from vlad_py.session.catalogue import Entry
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.parse import parse

ROOT = Path(__file__).resolve().parent.parent


def warned(text: str, name: str = "test.adl") -> list[str]:
    """The warnings of a text, each as `text under the caret: message`."""
    program = parse(Source(name, text))
    return [
        f"{w.span.text if w.span else ''}: {w.message}" for w in warnings_of(program, names_of(program, None))
    ]


UNUSED = "is defined but not used"
NO_BOOLEAN = "a condition is a boolean, and this is not"

AGAIN = "the key `k` was used before, so these numbers are not independent of those"
ALONE = "this line is a statement of its own, and does not continue the line above"
EACH_TURN = "each turn of this loop uses the key `k` again, and draws the same numbers"

CASES = {
    "a key used twice": (
        "import random\nfn k => random.normal(k) + random.uniform(k, 3)",
        [f"random.uniform(k, 3): {AGAIN}"],
    ),
    "a key used after it was split": (
        "import random\nfn k => { let (a, b) = random.split(k); random.normal(a) + random.normal(b) * "
        "random.normal(k) }",
        [f"random.normal(k): {AGAIN}"],
    ),
    "a key under another name of the module": (
        "import random as r\nlet k = r.key(1)\nlet x = r.normal(k)\nlet y = r.normal(k)",
        [f"r.normal(k): {AGAIN}"],
    ),
    "a key before a branch and in it": (
        "import random\nfn (k, x) => random.normal(k) + (if x > 0 then random.uniform(k) else 0)",
        [f"random.uniform(k): {AGAIN}"],
    ),
    "a key in two branches": (
        "import random\nfn (k, x) => if x > 0 then random.normal(k) else match x { 0 => random.normal(k)\n"
        "_ => random.uniform(k) }",
        [],
    ),
    "a key in two functions": (
        "import random\nfn k => (fn x => random.normal(k), fn x => random.normal(k))",
        [],
    ),
    "a key compared": ("import random\nfn k => random.normal(k) == random.normal(k)", []),
    "a key folded": ("import random\nfn k => [random.normal(random.fold_in(k, i)) for i in 1..3]", []),
    "a key in a comprehension": (
        "import random\nfn k => [random.normal(k) for i in 1..3]",
        [f"random.normal(k): {EACH_TURN}"],
    ),
    "a key in a loop": (
        "import random\nfn k => loop s = 0 for i in 1..3 do s + random.normal(k)",
        [f"random.normal(k): {EACH_TURN}"],
    ),
    "a key that a loop carries": (
        "import random\nfn k0 => loop (k, s) = (k0, 0) while s < 1 do "
        "{ let (own, k) = random.split(k); (k, random.normal(own)) }",
        [],
    ),
    "a key of each element": ("import random\nfn keys => map(fn k => random.normal(k), keys)", []),
    "a key from outside a function that is mapped": (
        "import random\nfn k => map(fn x => x + random.normal(k), list(1, 2))",
        [f"random.normal(k): {EACH_TURN}"],
    ),
    "a key from outside, folded in a function that is mapped": (
        "import random\nfn k => map(fn i => random.normal(random.fold_in(k, i)), list(1, 2))",
        [],
    ),
    "a key of two layers": (
        "import nn\nfn k => (nn.new_dense(k, 2, 3), nn.new_dense(k, 2, 3))",
        [f"nn.new_dense(k, 2, 3): {AGAIN}"],
    ),
    "a key of a convolution, whose documentation has brackets": (
        "import nn\nfn k => (nn.new_lstm(k, 2, 3), nn.new_convolution(k, (3, 3), 1, 8))",
        [f"nn.new_convolution(k, (3, 3), 1, 8): {AGAIN}"],
    ),
    "a key of two chains": (
        "import sampling as s\nfn (k, f) => (s.draw(k, f, 0), s.draw_by(s.defaults, k, f, 0))",
        [f"s.draw_by(s.defaults, k, f, 0): {AGAIN}"],
    ),
    "a name in a block": ("def f(x) = { let y = x; let z = 1; y }", [f"z: `z` {UNUSED}"]),
    "a function in a block": ("print({ def g(x) = x; 1 })", [f"g: `g` {UNUSED}"]),
    "a recursive function that only it calls": ("print({ def g(x) = g(x); 1 })", []),
    "a part of a pattern": ("def f(x) = { let (a, b) = x; a }", [f"b: `b` {UNUSED}"]),
    "meant": ("def f(x) = { let (a, _b) = x; a }", []),
    "a top-level name": ("let x = 1", []),
    "parameters": ("fn (a, b) => 1", []),
    "used in a record": ("def f(x) = { let a = x; let b = 1; {a, b} }", []),
    "used in an inner function": ("def f(x) = { let a = x; fn y => fn z => a }", []),
    "used where an inner name hides it": (
        "def f(x) = { let a = x; let g = fn a => a; g(1) }",
        [f"a: `a` {UNUSED}"],
    ),
    "an import": ("import optimize", ["import optimize: `optimize` is imported but not used"]),
    "an import that is used": ("import optimize\nprint(optimize.minimize(fn x => x ^ 2, 1).x)", []),
    "a hidden function": (
        "def sum(x) = x\nprint(sum(1))",
        ["sum: this `sum` hides the one that every program has"],
    ),
    "a hidden value that is called": (
        "let sum = 1\nprint(sum(1))",
        ["sum: this `sum` hides the one that every program has"],
    ),
    "a hidden value": ("let sum = 1\nprint(sum + 1)", []),
    "conditions": (
        'def f(x) = if x + 1 then 1 else if 0 then 2 else loop y = x while "a" do y',
        [f'"a": {NO_BOOLEAN}', f"0: {NO_BOOLEAN}", f"x + 1: {NO_BOOLEAN}"],
    ),
    "conditions that may be": ("fn (x, f) => if f(x) and not x and x < 1 then x else 0", []),
    "conditions with several parts": (
        "fn (x, r) => if (x, 1) then 1 else if [x] then 2 else if {a: x} then 3 else 4",
        [f"(x, 1): {NO_BOOLEAN}", f"[x]: {NO_BOOLEAN}", f"{{a: x}}: {NO_BOOLEAN}"],
    ),
    "operands": ("fn x => x and 1 or not (x - 1)", [f"(x - 1): {NO_BOOLEAN}", f"1: {NO_BOOLEAN}"]),
    "a literal of the wrong kind": ('sin("a")', ['sin("a"): `sin` expects a real, got a string']),
    "an operand of the wrong kind": ('1 + "a"', ['1 + "a": `+` expects a real on its right, got a string']),
    "an error in a right call": ('print("a", 1)\nlet y = sqrt(-1)\nlet z = [1, 2][1]', []),
    "a field that a record has not": ("{a: 1}.b", ["b: no field `b` in a record with `a`"]),
    "an index out of range": ("[1, 2][5]", ["[1, 2][5]: index 5 is out of range for an array of 2"]),
    "a pattern that does not fit": (
        "let (a, b) = 3",
        ["(a, b): this pattern expects a tuple of 2, got a real `3`"],
    ),
    "a match without an arm that fits": (
        "print(match 3 { nil => 1 })",
        ["3: no arm of this match fits a real `3`"],
    ),
    "too few arguments": ("def f(x, y) = x\nf(1)", ["f(1): `f` takes 2 arguments, got 1"]),
    "too many arguments": (
        "let f = fn (x, y) => x\nf(1, 2, 3)",
        ["f(1, 2, 3): `f` takes 2 arguments, got 3"],
    ),
    "arguments that fit": ('def f(x, y) = error("no")\nf(1, 2)\n{a: 1}.a\nlet (a, b) = (1, 2)\n[1][0]', []),
    "a line that begins with a minus": (
        "let total = 5\n- 3\nprint(total)",
        [f"- 3: {ALONE}"],
    ),
    "a line that begins with a minus and a name": ("let x = 5\n-x + 1\nprint(x)", [f"-x + 1: {ALONE}"]),
    "a function that seems to go on": ("def f(x) = x\n  - 1", [f"- 1: {ALONE}"]),
    "a block that seems to go on": (
        "def f(x) = {\n  let y = x\n  - y\n}",
        [f"- y: {ALONE}"],
    ),
    "a block with a negative value": ("def f(x) = {\n  let y = x\n  -y\n}", []),
    "a minus below an empty line": ("let x = 5\n\n- x", []),
    "a minus behind a semicolon": ("let x = 5; - x", []),
    "values that nothing uses": (
        '2 + 2\n"text"\n[1, 2]\nprint(1)',
        [
            "2 + 2: nothing uses this value",
            '"text": nothing uses this value',
            "[1, 2]: nothing uses this value",
        ],
    ),
    "a value in a block that nothing uses": ("print({ 1; 2 })", ["1: nothing uses this value"]),
    "values that are used or promised": ("2 + 2  #> 4\nprint({ 1 })\n3", []),
    "a name that is not built in": (
        'def sin(x) = 1\nsin("a")',
        ["sin: this `sin` hides the one that every program has"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_warnings(name: str) -> None:
    text, expected = CASES[name]
    assert sorted(warned(text)) == sorted(expected)


LIBRARY = [*resources.library_names(), *resources.prelude_names()]


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("**/*.adl")), ids=lambda path: path.name)
def test_examples_have_none(path: Path) -> None:
    found = warned(path.read_text(encoding="utf-8"), str(path))
    assert [w for w in found if "hides" not in w] == []


@pytest.mark.parametrize("name", LIBRARY)
def test_the_library_has_none(name: str) -> None:
    own = [w for w in warned(resources.library_text(name)) if "hides" not in w]
    assert own == []


def test_every_program_can_be_looked_at() -> None:
    for path in programs.PATHS[::5]:
        program = programs.read(path)
        if program.error is None:
            assert not [w for w in warned(program.text) if "expects" in w], path


def test_all_mistakes_are_shown(vlad: Vlad) -> None:
    result = vlad("--check", script("print(a)\nlet x = 1 +\nlet y = b\nif 1 then 2 else 3\n"))
    assert (result.status, result.out) == (FAILED, "")
    starts = [
        line for line in result.err.splitlines() if line.startswith(("warning", "error", "syntax error"))
    ]
    assert starts == [
        f"warning: {NO_BOOLEAN}",
        "error: unknown name `a`",
        "syntax error: expected an expression after `+`",
        "error: unknown name `b`",
    ]


def test_a_check_takes_no_more_than_it_may(vlad: Vlad) -> None:
    """Calls of literals run to see whether they fail."""
    result = vlad(
        "--check", "--max-memory", "1G", script("print(zeros(1e9))\nprint(derivatives(exp, 9999)(1))\n")
    )
    assert result == Result(OK, "", "")


def test_the_number_of_mistakes_shown_is_limited(vlad: Vlad) -> None:
    result = vlad("--check", script("\n".join(f"print(a{i})" for i in range(MOST + 10))))
    assert result.err.count("error: unknown name") == MOST


def test_a_mistake_is_shown_once(vlad: Vlad) -> None:
    result = vlad("--check", script("def f(a, b) = a\nprint(f(1))\n"))
    assert result.err.count("`f` takes 2 arguments, got 1") == 1


def test_warnings_alone_are_no_failure(vlad: Vlad) -> None:
    result = vlad("--check", script("print({ let x = 1; 2 })\n"))
    assert (result.status, result.out) == (OK, "")
    assert result.err.startswith("warning: `x` is defined but not used\n")
    assert vlad("--check", script("print(1)\n")) == Result(OK, "", "")


def test_a_hint_names_the_line_of_the_file(vlad: Vlad) -> None:
    result = vlad("--check", script("let a = 1 +\nlet x = [1, 2\nlet y = (1\n"))
    assert "the `[` at line 2, column 9 is not closed" in result.err
    assert "the `(` at line 3, column 9 is not closed" in result.err


# ── what a name means ────────────────────────────────────────────────────────────────────────


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=12))
def test_a_name_means_the_binding_with_the_shortest_range_around_it(ranges: list[tuple[int, int]]) -> None:
    source = Source("ranges", "x" * 70)
    names = [Local(Entry("x", PARAMETER, "x", "", None), start, start + length) for start, length in ranges]
    scope = Scope(names)
    for at in range(65):
        around = [local for local in names if local.start <= at <= local.end]
        expected = min(around, key=lambda local: local.end - local.start, default=None)
        assert scope.meant(syntax.Name(Span(source, at, at + 1), "x")) is expected
