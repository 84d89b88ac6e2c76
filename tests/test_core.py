"""Core: checked after every pass, its text read back, and what is known of its functions."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import programs
import pytest
from hypothesis import HealthCheck, given, settings
from random_programs import programs as random_programs

from vlad_py.core.calls import effect_of
from vlad_py.core.check import Malformed, check
from vlad_py.core.inline import inline_calls
from vlad_py.core.read import NotCore, read_module
from vlad_py.core.text import print_module
from vlad_py.core.traversal import NODES, lambda_of, statements_of
from vlad_py.core.tree import Module
from vlad_py.execution import machine
from vlad_py.execution.compile import compile_module
from vlad_py.execution.pipeline import INLINED, LOWERED, STAGES, link, value_of
from vlad_py.ground import resources
from vlad_py.ground.errors import Error
from vlad_py.primitives.kinds import Host
from vlad_py.primitives.primitive import PRIMITIVES
from vlad_py.session.modules import new_module
from vlad_py.session.session import Session
from vlad_py.values.values import UNIT, Closure

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = [
    Path(resources.library_path(file)) for file in resources.library_names() + resources.prelude_names()
]
PATHS = [*programs.PATHS, *sorted((ROOT / "examples").glob("*.adl")), *LIBRARY]


def stages(text: str, name: str = "<text>", folder: str | None = None) -> Iterator[Module]:
    """The Core of a text at every stage; none where the text is wrong."""
    for stage in STAGES:
        try:
            module = Session(runs=False).core_of(text, name, folder, stage)
        except Error:
            return
        yield module


def check_all(text: str, name: str = "<text>", folder: str | None = None) -> None:
    """Core keeps its rules at every stage, and its text reads back."""
    for module in stages(text, name, folder):
        check(module)
        printed = print_module(module)
        again = read_module(printed, module.name)
        check(again)
        assert print_module(again) == printed
        # inlining may take a call away that made a function recursive
        assert all(
            f.is_recursive >= g.is_recursive for f, g in zip(module.lambdas, again.lambdas, strict=True)
        )


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_programs(path: Path) -> None:
    check_all(path.read_text(encoding="utf-8-sig"), str(path), os.path.dirname(path))


@given(random_programs())
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_random_programs(text: str) -> None:
    Session(runs=False).core_of(text)  # raises nothing
    check_all(text)


def test_what_was_read_runs() -> None:
    text = "def f(x) = if x > 0 then x * f(x - 1) else 1\nf(5)"
    module = new_module("main")
    unit = compile_module(read_module(print_module(Session().core_of(text))))
    assert machine.run(link(unit, module.namespace, lambda name: 0.0), UNIT) == 120.0


# ── the text ─────────────────────────────────────────────────────────────────────────────────


def test_no_primitive_is_written_as_an_operation() -> None:
    words = {re.match(r"\w*", node.form)[0] for node in NODES}  # type: ignore[index]
    assert words.isdisjoint(PRIMITIVES)


TEXT = """\
function f#1(x_2, y_3) captures z_4
  t_5 = *(x_2, z_4)
  give t_5

function #0 unit_6
  f_7 = closure f#1(2)
  give f_7
"""


def test_text_reads_back() -> None:
    assert print_module(read_module(TEXT)) == TEXT


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("function f#1", "func f#1"),
        ("t_5 = *(", "t_5 = no_such_primitive("),
        ("  give t_5", "    give t_5"),
        ("  give t_5", "  give t_5 t_5"),
        ("closure f#1(2)", "closure f#1(2"),
        ("  t_5 = *(x_2, z_4)\n", "  t_5 = if x_2\n  else\n    give 1\n"),
        (TEXT, "\n"),
    ],
)
def test_other_text_is_refused(part: str, other: str) -> None:
    assert part in TEXT
    with pytest.raises(NotCore):
        read_module(TEXT.replace(part, other))


# ── the checker: what is wrong on purpose is seen ────────────────────────────────────────────

RIGHT = """\
function g#1 x_2 captures a_3
  give a_3

function f#4(x_5, y_6)
  t_7 = +(x_5, y_6)
  p_8, q_9 = if x_5
  then
    give x_5, undefined
  else
    give t_7, y_6
  s_14, v_15 = loop s_10 = p_8 for i_11 in y_6 collecting
  do
    t_12 = *(s_10, i_11)
    give t_12, i_11
  w_20 = loop w_16 = s_14
  while
    t_17 = <(w_16, q_9)
    give t_17
  do
    g_18 = closure g#1(w_16)
    r_19 = call g_18 w_16
    give r_19
  c_21 = record(a: w_20, b: v_15)
  m_22, n_23 = untuple c_21 as "this pattern"
  () = fail m_22 as "this pattern"
  give n_23

function #0 unit_24
  f_25 = closure f#4()
  global f = f_25
  give ()
"""

WRONG = [
    ("t_12 = *(s_10, i_11)", "t_7 = *(s_10, i_11)", "t_7 is bound twice"),
    ("while\n    t_17 = <(w_16, q_9)", "while\n    t_17 = <(t_12, q_9)", "t_12 is not in scope"),
    ("closure g#1(w_16)", "closure g#1(s_10)", "s_10 is not in scope"),
    ("give n_23", "give i_11", "i_11 is not in scope"),
    ("t_7 = +(x_5, y_6)", "t_7 = +(x_5, g_18)", "g_18 is not in scope"),
    ("t_7 = +(x_5, y_6)", "t_7 = +(x_5, t_7)", "t_7 is not in scope"),
    ("give a_3", "give x_5", "x_5 is not in scope"),
    ("give x_5, undefined", "give x_5", "1 results of `then`"),
    ("give t_7, y_6", "give t_7, y_6, y_6", "3 results of `else`"),
    ("give t_12, i_11", "give t_12", "1 results of a loop's body"),
    ("s_14, v_15 = loop", "s_14 = loop", "1 targets of a loop"),
    ("    give t_17", "    give t_17, t_17", "2 results of a condition"),
    ("t_7 = +(x_5, y_6)", "t_7 = +(x_5)", "1 arguments of `+`"),
    ("t_7 = +(x_5, y_6)", "t_7, t_26 = +(x_5, y_6)", "2 targets of an operation"),
    ("() = fail", "t_26 = fail", "1 targets of an operation"),
    ("r_19 = call", "r_19, t_26 = call", "2 targets of a call"),
    ("closure g#1(w_16)", "closure g#1()", "0 captured values"),
    ("closure g#1(w_16)", "closure h#27(w_16)", "h#27 is not in the module"),
    ("closure g#1(w_16)", "g#1", "g#1 has another environment"),
    ("give n_23", "give n_23, n_23", "2 results of a function"),
    ("give n_23", "give", "0 results of a function"),
    ("+(x_5, y_6)", "+(x_5, undefined)", "an operation takes what is undefined"),
    ("function g#1 x_2 captures", "function g#1 x_2, y_26 captures", "2 parameters of a function"),
    ("function g#1 x_2 captures", "function g#4 x_2 captures", "two functions have the same number"),
]


def test_what_is_right_passes() -> None:
    check(read_module(RIGHT))


@pytest.mark.parametrize(("part", "other", "message"), WRONG)
def test_what_is_wrong_is_seen(part: str, other: str, message: str) -> None:
    assert part in RIGHT
    with pytest.raises(Malformed) as raised:
        check(read_module(RIGHT.replace(part, other, 1)))
    assert str(raised.value).startswith(message)


def test_a_function_whose_code_names_other_captures_is_seen() -> None:
    module = read_module(RIGHT)
    function = next(function for function in module.lambdas if function.captures)
    function.code.captures = (*function.code.captures, "more")
    with pytest.raises(Malformed, match="captures that the function's code does not name"):
        check(module)


def test_an_id_that_is_too_large_is_seen() -> None:
    module = read_module(RIGHT)
    with pytest.raises(Malformed, match="has a number outside"):
        check(Module(module.name, module.lambdas, module.main, 20))


def test_every_translation_of_the_tests_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """As conftest.py has it: a pass that goes wrong makes any test fail that runs a program."""
    wrong = read_module(RIGHT.replace(*WRONG[0][:2]))
    monkeypatch.setattr("vlad_py.execution.pipeline.lower", lambda *_: wrong)
    with pytest.raises(Error, match="Malformed"):
        Session().evaluate("1")


# ── stages ───────────────────────────────────────────────────────────────────────────────────


def test_inlining_leaves_the_lowered_module() -> None:
    module = Session().core_of("def f(x) = x * x\nprint(f(3))")
    before = print_module(module)
    assert print_module(inline_calls(module)) != before == print_module(module)


def test_a_closure_leads_to_its_core_as_lowered(tmp_path: Path) -> None:
    script = tmp_path / "script.adl"
    script.write_text("def f(x) = x * x\ndef g(x) = f(x) + 1\n")
    session = Session()
    session.run_file(str(script))
    g = session.value("g")
    assert isinstance(g, Closure)
    core = lambda_of(g)
    assert core is not None
    statements = list(statements_of(core.body))
    assert [s.span.text for s in statements] == ["f(x)", "f(x) + 1"]
    assert all(type(s.span).__name__ == "Span" for s in statements)


def test_stages_differ() -> None:
    text = "def f(x) = x * x\nprint(f(3))"
    lowered, inlined = (print_module(Session().core_of(text, stage=stage)) for stage in (LOWERED, INLINED))
    assert "call :f" in lowered and "call" not in inlined


# ── facts about functions ────────────────────────────────────────────────────────────────────

RECURSIVE = [
    ("def f(x) = f(x)", {"f"}),
    ("def f(x) = g(x)\ndef g(x) = if x then f(x) else h(x)\ndef h(x) = x", {"f", "g"}),
    ("def f(x) = { def g(y) = g(y); g(x) }", {"g"}),
    ("def f(x) = { def g(y) = h(y); def h(y) = g(y); g }", {"g", "h"}),
    ("def f(x) = { let g = fn y => f(y); g(x) }", {"f", "g"}),
    ("def f(x) = map(f, x)", {"f"}),
    ("def f(x) = loop s = x while s > 0 do f(s)", {"f"}),
    ("let f = fn x => f(x)", {"f"}),
    ("def f(x) = x\ndef g(x) = f(f(x))", set()),
]


@pytest.mark.parametrize(("text", "names"), RECURSIVE)
def test_recursion(text: str, names: set[str]) -> None:
    module = Session().core_of(text)
    assert {f.code.name for f in module.lambdas if f.is_recursive} == names


HOST = Host(name="host", arity=1, doc="", value=lambda x: x, pure=False)

EFFECTS = [
    ("def f(x) = x * x", None),
    ("def f(x) = print(x)", "print"),
    ("def g(x) = print(x)\ndef f(x) = if x then g(x) else 0", "print"),
    ("def f(x) = { let g = fn y => print(y); 0 }", "print"),
    ("def f(x) = { def g(y) = { print(y); h(y) }; def h(y) = g(y); h(x) }", "print"),
    ("def f(x) = map(print, x)", "print"),
    ("def f(x) = (if x then print else sin)(x)", "print"),
    ("def f(x) = print", "print"),
    ("def f(x) = host(x)", "host"),
    ("def f(x) = f(x)", None),
    ("def f(x) = derivative(sin)(x) + sum(map(sin, x))", None),
    ("def f(g) = g(1)", None),
]


@pytest.mark.parametrize(("text", "name"), EFFECTS)
def test_effects(text: str, name: str | None) -> None:
    session = Session(functions={"host": HOST})
    session.evaluate(text)
    f = session.value("f")
    assert isinstance(f, Closure)
    effect = effect_of(f, value_of)
    assert (effect and effect.primitive.name) == name
