"""Faults drawn at random: each operator makes what it should, and every fault can be put in."""

from __future__ import annotations

import ast
import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "faults"))

from drawn import Drawn, Source, Within, draw, possible
from fault import ROOT, Fault, finder
from ran import TestsOfLines, write
from sampled import OPTIONS, as_entry

# a text, an operator, and all that it makes of the text
MADE = [
    ("a < b", "relation", ["a <= b", "a >= b"]),
    ("a is  not None", "relation", ["a is None"]),
    ("a == b != c", "relation", ["a != b != c", "a == b == c"]),
    ("a not in b", "relation", ["a in b"]),
    ("(a\n  # and so on\n  and b)", "and, or", ["(a\n  # and so on\n  or b)"]),
    ("(a) - b * c", "arithmetic", ["(a) + b * c", "(a) - b / c"]),
    ("def f():\n  é += 'é' ** 2", "arithmetic", ["def f():\n  é -= 'é' ** 2"]),
    ("kinds = A | B", "arithmetic", []),
    ("not a - -b", "sign left out", ["a - -b", "not a - b"]),
    ("f(0, 2.5, True, 'a')", "constant", [f"f({text}, 'a')" for text in
        ("1, 2.5, True", "0, 3.5, True", "0, (-2.5), True", "0, 2.5, False")]),
    ("f(a, 'b', *c)", "call left out", []),
    ("f(a, 'b', c)", "call left out", ["(a)", "(c)"]),
    ("Dual(a, b)", "call left out", []),
    ("g(a,  b)", "arguments swapped", ["g(b,  a)"]),
    ("isinstance(a, b)", "arguments swapped", []),
    ("[a for a in b if a]\nwhile a:\n  c if d else e", "condition negated", [
        "[a for a in b if (not (a))]\nwhile a:\n  c if d else e",
        "[a for a in b if a]\nwhile (not (a)):\n  c if d else e",
        "[a for a in b if a]\nwhile a:\n  c if (not (d)) else e",
    ]),
    ("def f(a):\n  b = 1\n  a = b", "statement deleted", ["def f(a):\n  b = 1\n  pass"]),
    ("def f(a):\n  'text'\n  g()\n  return a", "statement deleted", [
        "def f(a):\n  'text'\n  pass\n  return a", "def f(a):\n  'text'\n  g()\n  pass"]),
    ("def f():\n  raise Error(1)", "statement deleted", ["def f():\n  pass"]),
]  # fmt: skip
UNCHANGED = [
    "assert a < 1",
    "raise Bug(1)",
    "from a import b\nif TYPE_CHECKING:\n  c(1)",
    "@cached(1)\ndef f(a: b[1]) -> c[2]:\n  d: e[3]",
    "__all__ = ['a']",
    "a = f'{b + 1}'",
]


@pytest.mark.parametrize(("text", "operator", "made"), MADE)
def test_an_operator_makes_what_it_should(text: str, operator: str, made: list[str]) -> None:
    source = Source(text.encode())
    found = [source.changed(change).decode() for change, _ in possible(source) if change.operator == operator]
    assert sorted(found) == sorted(made)


@pytest.mark.parametrize("text", UNCHANGED)
def test_where_there_are_no_faults(text: str) -> None:
    assert not list(possible(Source(text.encode())))


def test_each_drawn_fault_can_be_put_in() -> None:
    drawn = list(draw(200, 1))
    assert len({fault for fault, *_ in drawn}) == 200
    assert drawn == list(draw(200, 1))
    for fault, _, line, within in drawn:
        text = (ROOT / fault.path).read_text(encoding="utf-8")
        assert text.count(fault.old) == 1
        changed = text.replace(fault.old, fault.new)
        assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(text)), as_entry(fault)
        assert line in within.lines


def test_the_tests_of_a_line(tmp_path: Path) -> None:
    ran = {
        "test_faults.py::f": [3],
        "test_slow.py::g": [3],
        "test_quick.py::f": [3, 4],
        "test_slow.py::gone": [7],
    }
    seconds = {"tests/test_slow.py::g": 2.0, "tests/test_quick.py::f": 1.0}
    lines = {f"tests/{test}": {"vlad_py/a.py": sum(1 << n for n in numbers)} for test, numbers in ran.items()}
    write(tmp_path / "recorded", lines, seconds)
    (tmp_path / "tests").mkdir()
    for name in ("test_faults.py", "test_slow.py", "test_quick.py"):
        (tmp_path / "tests" / name).write_text("def f(): ...\ndef g(): ...\n", encoding="utf-8")
    recorded = TestsOfLines(str(tmp_path / "recorded"), tmp_path)

    def tests(lines: range, bound: dict[str, int] | None) -> list[str]:
        return recorded.of(Drawn(Fault("vlad_py/a.py", "", ""), "", 0, Within(lines, bound)))

    assert tests(range(2, 4), {}) == ["tests/test_quick.py::f", "tests/test_slow.py::g"]
    assert tests(range(4, 5), {}) == ["tests/test_quick.py::f"]
    assert tests(range(5, 9), {}) == []
    assert tests(range(1, 2), None) == ["tests/test_quick.py::f", "tests/test_slow.py::g"]


def test_a_finder_is_the_first_test_that_fails(tmp_path: Path) -> None:
    text = "def test_a(): ...\ndef test_b(): assert 0\n"
    (tmp_path / "test_it.py").write_text(text, encoding="utf-8")
    assert finder(tmp_path, ["test_it.py::test_a"], OPTIONS) == ""
    assert finder(tmp_path, ["test_it.py::test_a", "test_it.py::test_b"], OPTIONS) == "test_it.py::test_b"
    assert finder(tmp_path, ["test_it.py::gone"], OPTIONS) is None


def test_tests_that_take_too_long(tmp_path: Path) -> None:
    """A test without an end finds a fault; many tests that take long together do not."""
    text = "import bounded_tests\nbounded_tests.{} = {}\ndef test_a(): ...\n{}"
    endless = text.format("ALONE", 1, "def test_b():\n  while True: ...\n")
    (tmp_path / "test_endless.py").write_text(endless, encoding="utf-8")
    assert finder(tmp_path, ["test_endless.py"], OPTIONS) == f"the tests end with {-signal.SIGXCPU}"
    (tmp_path / "test_long.py").write_text(
        text.format("TOGETHER", 0, "def test_b(): assert 0\n"), encoding="utf-8"
    )
    assert finder(tmp_path, ["test_long.py"], OPTIONS) == ""
