"""Names packed into tuples where many wait for calls: how many are left; nothing is packed in vain."""

from __future__ import annotations

import re

import pytest

from vlad_py.core.traversal import statements_of
from vlad_py.core.tree import Let, MakeTuple, Var
from vlad_py.execution.compile import compile_module
from vlad_py.execution.packing import MOST_LIVE, PACK, packed
from vlad_py.session.session import Session

FRAME = re.compile(r"^ +_, _, _, (.*), = frame$", re.MULTILINE)


def lines(n: int, text: str, between: str = "\n") -> str:
    """A text n times, each with its number for #."""
    return between.join(text.replace("#", str(i)) for i in range(n))


def program(body: str) -> str:
    return f"def g(x) = x\ndef f(x) = {{\n{body}\n}}"


def tuples(body: str) -> list[list[str]]:
    """The names of a body that are packed together, without their numbers."""
    function = next(f for f in Session().core_of(program(body)).lambdas if f.code.name == "f")
    operations = {
        s.targets[0]: s.operation
        for s in statements_of(packed(function, stepped=False))
        if isinstance(s, Let)
    }
    made = [o for name, o in operations.items() if name.name == "packed*" and isinstance(o, MakeTuple)]
    return [[item.name.rstrip("0123456789") for item in o.items if isinstance(item, Var)] for o in made]


def widest(body: str) -> int:
    """How many names the largest frame of a body saves."""
    return max(
        found[1].count(",") + 1
        for found in FRAME.finditer(compile_module(Session().core_of(program(body))).text)
    )


CALLS = "let a# = g(x) + #"
CHOICE = "let a# = g(x) + #\nif g(x) < 0 then {} else {{"


def choices(n: int, then: str, last: str) -> str:
    """Choices within choices; each binds a name and takes `then`, the innermost `last`."""
    return f"{lines(n, CHOICE.format(then))} {last} {'}' * n}"


ALIVE = {
    "across calls": f"{lines(300, CALLS)}\n{lines(300, 'a#', ' + ')}",
    "ending one by one": f"{lines(300, CALLS)}\n{lines(300, 'let b# = g(a#)')}\n{lines(300, 'b#', ' + ')}",
    "in choices": choices(100, "0", lines(100, "g(a#)", " + ")),
    "in a loop": (
        f"{lines(30, CALLS)}\nloop s = 0 for i in 1..g(x) do {{\nlet b = {lines(30, 'a#', ' + ')}\n"
        f"{lines(30, 'let c# = g(b)')}\ng(b) + {lines(30, 'c#', ' + ')}\n}}"
    ),
}


@pytest.mark.parametrize("kind", ALIVE)
def test_a_call_saves_no_more_names(kind: str) -> None:
    assert widest(ALIVE[kind]) <= MOST_LIVE
    assert tuples(ALIVE[kind])


def test_in_a_branch_what_is_needed_after_it_comes_on_top() -> None:
    own = f"{lines(30, 'let b# = g(x)')}\nlet d = {lines(30, 'b#', ' + ')}\n{lines(60, 'let c# = g(d)')}"
    outer = lines(20, "a#", " + ")
    branch = f"{own}\n{lines(60, 'c#', ' + ')} + {outer}"
    assert (
        widest(f"{lines(20, CALLS)}\nlet s = if g(x) < 0 then {{ {branch} }} else 0\ng(s) + {outer}")
        <= MOST_LIVE + 20
    )


def test_what_nothing_needs_any_more_is_not_packed() -> None:
    """In Core, t stands for `g(x) + 1`, r for a call, s and i for what a loop binds."""
    assert tuples(choices(100, "g(a#)", "1")) == []
    assert tuples(f"{lines(40, 'let a# = loop s = x for i in 1..2 do g(s)')}\nx") == []
    branch = f"let b = {lines(30, 'a#', ' + ')}\n{lines(60, 'let c# = g(b)')}\n{lines(60, 'c#', ' + ')}"
    found = tuples(f"{lines(30, CALLS)}\nif g(x) < 0 then {{ {branch} }} else 0")
    assert {name for names in found for name in names} == {"x", "r"}
    loops = lines(60, f"{CALLS}\nloop s# = a# for i# in 1..2 do {{")
    found = tuples(f"{loops} g(x) {'}' * 60}")
    assert {name for names in found for name in names} == {"s", "i"}


def test_a_tuple_is_over_with_its_last_item() -> None:
    """Else tuples of what is over would be packed in the end; and what was used last is not packed."""
    phase = f"{lines(50, 'let a# = g(y)')}\n{lines(50, 'a#', ' + ')}"
    phases = "\n".join(f"let y{i + 1} = {{ let y = y{i}\n{phase}\n }}" for i in range(40))
    found = tuples(f"let y0 = x\n{phases}\ny40")
    assert [names for names in found if names != ["r"] * PACK] == [["x", *["r"] * (PACK - 1)]]


def test_tuples_are_packed_with_tuples() -> None:
    found = tuples(f"{lines(1000, CALLS)}\n{lines(1000, 'a#', ' + ')}")
    assert {tuple(set(names)) for names in found} == {("t",), ("packed*",)}
