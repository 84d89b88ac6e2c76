"""Forms of other languages: each with the hint, and the program that follows the hint literally."""

from __future__ import annotations

import pytest
from hinted import leads

from vlad_py.ground.errors import Error
from vlad_py.session.catalogue import libraries
from vlad_py.session.session import Session

AXIS = "an axis is a field: `sum(a, {axis: 0})`"
IF = "an `if` is written `if c then a else b`"
EACH = "write `[e for x in xs]`"
PAIR = "write several names as a tuple: `(x, y)`"

COMPREHENSIONS = [
    ("[x * y for x, y in zip([1], [2])]", PAIR, "[x * y for (x, y) in zip([1], [2])] == [2]"),
    (
        "loop s = 0 for x, y in zip([1], [2]) do s + x",
        PAIR,
        "1 == loop s = 0 for (x, y) in zip([1], [2]) do x",
    ),
    (
        "[x for x in 1..2, y in 3..4]",
        "`[e for x in xs for y in ys]`",
        "[x for x in 1..2 for y in 3..3] == 1..2",
    ),
    ("[x, 2 for x in 1..2]", "`[(x, y) for x in xs]`", "[(x, 2) for x in 1..1][0] == (1, 2)"),
    ("(x for x in 1..2)", EACH, "[x for x in 1..2] == 1..2"),
    ("sum(x for x in 1..2)", EACH, "sum([x for x in 1..2]) == 3"),
    ("[for x in 1..2 => x]", "a comprehension begins with its element", "[x for x in 1..2] == 1..2"),
    ("{x: x ^ 2 for x in 1..2}", "`[(x, y) for x in xs]`", "[(x, x ^ 2) for x in 1..2][1] == (2, 4)"),
    (
        "[x for x in 1..3 where x > 2]",
        "has no `where`: write `[e for x in filter(fn x => c, xs)]`",
        "[x for x in filter(fn x => x > 2, 1..3)] == [3]",
    ),
    ("[x for x in 1..3 if x > 2]", "has no `if`: write", "[x for x in filter(fn x => x > 2, 1..3)] == [3]"),
]
CALLS = [
    ("sum([[1, 2]], {axis=0})", AXIS, "sum([[1, 2]], {axis: 0}) == [1, 2]"),
    (
        "let m = {a: 1, b: 2}; m._replace(b=3)",
        "a record never changes; `{m with b: 2}` is a new one",
        "let m = {a: 1, b: 2}; {m with b: 3}.b == 3",
    ),
    ("let m = {a: 1}; dataclasses.replace(m, a=3)", "`{m with a: 2}`", "{{a: 1} with a: 2}.a == 2"),
    ("sum([[1, 2]], axis: 0)", AXIS, "sum([[1, 2]], {axis: 0}) == [1, 2]"),
    ("gradient(atan2, argnums=0)(1, 2)", "`gradient(fn x => f(x, y))(x)`", "gradient(fn x => x * 2)(1) == 2"),
    ("let p = (1, 2); max(*p)", "`f(t)` calls", "let p = (1, 2); def f(x, y) = x + y; f(p) == 3"),
    ("let p = (1, 2); max(0, *p)", "`f(t)` calls", "let p = (1, 2); def f(x, y) = x + y; f(p) == 3"),
    (
        "let r = {a: 1}; sin(**r)",
        "such as `fn {a, b} => …`",
        "let r = {a: 1, b: 2}; (fn {a, b} => a + b)(r) == 3",
    ),
    ("fold(*, 1, list(2))", "an operator as a function is `(*)`", "fold((*), 1, list(2)) == 2"),
    ("print(3 in [1, 2])", "`any(fn y => y == x, xs)`", "any(fn y => y == 3, [1, 3])"),
    ('print("a" <> "b")', "`join(", 'join("a", "b") == "ab"'),
    ("print(1 /= 2)", "write `!=`", "1 != 2"),
]
DEFINITIONS = [
    ("def f(x)(y) = x * y", "`def f(x) = fn y => …`", "def f(x) = fn y => x * y; f(2)(3) == 6"),
    ("def f(x) := x", "`def f(x) = …`", "def f(x) = x; f(2) == 2"),
    ("loop x = 0 for i in 1..3 do x = x + i", "without `x =`", "6 == loop x = 0 for i in 1..3 do x + i"),
    *(
        (f"import optimize {names}", "write `import optimize`, then `optimize.name`", "import optimize; true")
        for names in ("(minimize)", ": minimize", "{minimize}", "exposing (minimize)", "hiding (minimize)")
    ),
]
CHOICES = [
    ("print(if 3 > 2: 1 else: 2)", IF, "1 == if 3 > 2 then 1 else 2"),
    ("print(if 3 > 2 then 1 else: 2)", IF, "1 == if 3 > 2 then 1 else 2"),
    ("print(if 3 > 2 then: 1 else 2)", IF, "1 == if 3 > 2 then 1 else 2"),
    ("let x = 3; print(if x = 3 then 1 else 2)", "to compare, write `==`", "let x = 3; x == 3"),
    ("if 1 /= 2 then 1 else 2", "write `!=`", "1 != 2"),
]
NEW = "[if i == 0 then x else a[i] for i in 0..length(a) - 1]"
DO = "loop _ = () for x in xs do print(x)"
JOINS = "`concat(a, b)` joins two arrays or two lists"
STATEMENTS = [
    ("a[0] = 5", NEW, f"let x = 5; let a = [1, 2]; {NEW} == [5, 2]"),
    ("for x in [1] do print(x)", f"`{DO}`", f"let xs = [1]; () == {DO}"),
    ("print([1, 2] ++ [3])", JOINS, "concat([1, 2], [3]) == 1..3"),
    ("let a = list(1) ++ list(2)", JOINS, "concat(list(1), list(2)) == list(1, 2)"),
    ("2 +", "a value is missing after `+`", "2 + 1 == 3"),
]


@pytest.mark.parametrize(
    ("wrong", "hint", "right"), [*COMPREHENSIONS, *CALLS, *DEFINITIONS, *CHOICES, *STATEMENTS]
)
def test_forms_of_other_languages(wrong: str, hint: str, right: str) -> None:
    leads(wrong, hint, right)


@pytest.mark.parametrize("text", ["if x = 3 then 1 else 2", "loop x = 1 while x = 2 do x + 1"])
def test_a_comparison_in_a_call_is_not_an_argument_by_name(text: str) -> None:
    with pytest.raises(Error) as raised:
        Session().evaluate(f"let x = 3; print({text})")
    assert raised.value.hint == "to compare, write `==`"
    assert raised.value.fix is not None and raised.value.fix.text == "=="


@pytest.mark.parametrize("module", libraries())
def test_a_function_of_the_library_is_not_called_by_the_name_of_another(module: str) -> None:
    """A function expression in a `let` stands for itself, and not for a definition further up."""
    defaults = (
        Session().evaluate(f"import {module}; show({module}.defaults)") if _has_defaults(module) else ""
    )
    assert "report" not in str(defaults) or "report: <function fn _ => ()>" in str(defaults)


def _has_defaults(module: str) -> bool:
    try:
        Session().evaluate(f"import {module}; {module}.defaults")
    except Error:
        return False
    return True
