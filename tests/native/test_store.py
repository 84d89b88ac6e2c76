"""Code kept on disk: a second session loads it, and nothing that is not to be trusted is run."""

from __future__ import annotations

import re
from contextlib import nullcontext, suppress
from hashlib import sha256
from math import inf
from pathlib import Path
from typing import Any

import pytest

from vlad_py.ground.errors import NotNative
from vlad_py.ground.sealed_files import CHECKSUM
from vlad_py.native import calling, refusals, store, units
from vlad_py.native.exits import TooDeep, TooLarge
from vlad_py.native.ir import size_of_unit
from vlad_py.native.known import OFF
from vlad_py.native.reached import Reached
from vlad_py.native.refusals import Bounds, TooLittle
from vlad_py.session.session import Session
from vlad_py.values.show import show

pytest.importorskip("llvmlite")

PROGRAM = """
let scale = 3
def f(x, n) = loop v = x for i in 1..n do sin(v) * scale
def slope(x) = (derivative(fn x => f(x, 20))(x), {a: x > 1, b: list(x, 2)}, erf(x), "text")
"""


class Counted:
    """How many units were made, and how many loaded."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.made = self.loaded = 0
        compiled, loaded = vars(calling)["compiled"], vars(calling)["loaded"]

        def make(*arguments: object) -> Any:
            self.made += 1
            return compiled(*arguments)

        def load(*arguments: object) -> object:
            code: object = loaded(*arguments)
            self.loaded += 1
            return code

        patch.setattr(calling, "compiled", make)
        patch.setattr(calling, "loaded", load)

    def take(self) -> tuple[int, int]:
        counts = self.made, self.loaded
        self.made = self.loaded = 0
        return counts


@pytest.fixture
def counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Counted:
    monkeypatch.setenv(OFF, "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return Counted(monkeypatch)


def run(text: str = PROGRAM, native: str = "always") -> str:
    """What the program gives, as text with all digits."""
    session = Session(native=native)  # type: ignore[arg-type]
    session.run_script(text, "program.adl")
    return show(session.evaluate("slope(0.5)"))


def files(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "vlad_py" / "native").iterdir())


def test_a_second_session_loads_what_the_first_has_made(tmp_path: Path, counted: Counted) -> None:
    expected = run(native="never")
    assert run() == expected
    made, loaded = counted.take()
    assert made > 0 and loaded == 0 and len(files(tmp_path)) == made
    assert run() == expected
    assert counted.take() == (0, made)
    assert (tmp_path / "vlad_py" / "native").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "text",
    [
        "def slope(x) = (gradient(fn a => sum(sin(a) * x))([1, 2, 3]), {a: [[x, 2], [3, 4]] @ [1, x]})",
        "def f(a, x) = exp(a) * x + 1\nlet v = f(zeros(40), 2)\ndef slope(x) = ((v + x)[3:5], v * x)",
        "def f() = loop s = 0 for i in 1..9 do s + sin(i)\ndef slope(x) = (f(), (), x)",
    ],
)
def test_code_for_arrays_and_for_no_argument_is_kept(text: str, counted: Counted) -> None:
    expected = run(text, native="never")
    assert run(text) == expected
    made, loaded = counted.take()
    assert made > 0 and loaded == 0
    assert run(text) == expected
    assert counted.take() == (0, made)


LOOP = "loop s = a for i in 1..9 do s + sin(i * s)"  # what has a loop is not inlined
FUNCTIONS = {  # what prints is interpreted, and calls native code
    "a function": (
        f"def make(a) = {{ let b = {LOOP}; fn x => x * b + exp(b) }}\n"
        "def slope(x) = { print(); let f = make(x); f(x) + f(2) }"
    ),
    "a function in a record": (
        f"def make(a) = {{ let b = {LOOP}; {{f: fn y => fn z => y * z + b * a, g: sin}} }}\n"
        "def slope(x) = { print(); let {f, g} = make(x); f(x)(g(x)) }"
    ),
    "one of several functions": (
        f"def make(a) = if ({LOOP}) > 0.01 then fn x => sin(x) * a else fn x => x + cos(a)\n"
        "def slope(x) = { print(); make(x)(x) }"
    ),
    "a list of any length": (
        "def upto(n) = loop l = nil for i in 1..n do (sin(i), i > 2) :: l\ndef slope(x) = upto(10 * x)"
    ),
    "an array of any length": "def upto(n) = [sin(i) for i in 1..n]\ndef slope(x) = upto(10 * x)",
    "linear algebra": (
        "def slope(x) = { let m = x * eye(5) + 0.1; (solve(m, [1, 2, 3, 4, 5]), sum(inv(m), {axis: 0})) }"
    ),
    "linear algebra with options": (
        "def step(s) = solve_lower([[3, 0], [1, 5]], s) + fft(s)[0] * det([s, s + 1])\n"
        "def f(a) = loop s = a for i in 1..3 do step(s)\ndef slope(x) = f([x, 2])"
    ),
    "a list of arrays": (
        "def upto(n) = loop l = nil for i in 1..n do ([i, n], i) :: l\ndef slope(x) = upto(10 * x)"
    ),
    "what is known": (
        f'def make(a) = {{ let b = {LOOP}; (nil, b, list(1), {{q: 2.5, r: true, s: "t"}}, sin) }}\n'
        "def slope(x) = { print(); make(x) }"
    ),
}
UNKEPT = (  # what is given besides by functions that are compiled in every session
    f"def make(a) = {{ let b = {LOOP}; loop l = (b, 1) for i in 1..60 do (l, i) }}\n"  # too deep
    "def slope(x) = { print(); make(x) }",
    f"def make(a) = {{ let b = {LOOP}; ([1, 2, 3], b) }}\ndef slope(x) = {{ print(); make(x) }}",
)


@pytest.mark.parametrize("text", [*FUNCTIONS.values(), *UNKEPT], ids=[*FUNCTIONS, "too deep", "an array"])
def test_code_that_gives_functions_or_calls_python_is_kept(text: str, counted: Counted) -> None:
    expected = run(text, native="never")
    assert run(text) == expected
    made, loaded = counted.take()
    assert made > 0 and loaded == 0
    assert run(text) == expected
    assert counted.take() == ((made, 0) if text in UNKEPT else (0, made))


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("a function", rb'"function", \d+', b'"function", 99'),  # a text that the call does not reach
        ("a function", rb'"program.adl", \d+', b'"program.adl", 1'),  # a place without a function
        ("linear algebra", rb'"solve"', b'"solves"'),  # a primitive that does not exist
        ("linear algebra", rb'"inv"', b'"inverse"'),
        ("one of several functions", rb'"one of"', b'"one of", "one of"'),
        ("a list of any length", rb'"items", ', b'"items", 7, '),
    ],
)
def test_facts_that_fit_nothing_are_as_good_as_none(
    name: str, before: bytes, after: bytes, tmp_path: Path, counted: Counted
) -> None:
    """Even where the checksum is right: a file of another program, say."""
    text = FUNCTIONS[name]
    expected = run(text)
    made, _ = counted.take()
    changed = 0
    for path in files(tmp_path):
        content = re.sub(before, after, path.read_bytes()[:-CHECKSUM])
        changed += content != path.read_bytes()[:-CHECKSUM]
        path.write_bytes(content + sha256(content).digest())
    assert changed > 0
    assert run(text) == expected
    assert counted.take() == (changed, made - changed)


def test_a_function_of_another_text_with_the_same_words_is_itself(counted: Counted) -> None:
    for _ in range(2):
        session = Session(native="always")
        session.execute(session.parse(f"def make(a) = {{ let b = {LOOP}; fn x => x * b }}", "<text>"), None)
        f = session.evaluate("make(2)")
        session.execute(session.parse(f"def make(a) = {{ let b = {LOOP}; fn x => x - b }}", "<text>"), None)
        b = 3.0 - session.call(session.evaluate("make(2)"), 3.0)  # type: ignore[operator]
        assert session.call(f, 3.0) == pytest.approx(3.0 * b)
    assert counted.loaded > 0


def test_a_fingerprint_holds_no_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of another process would be others."""
    facts: list[object] = []
    add = Reached._add

    def noted(self: Reached, *given: Any) -> None:
        facts.extend(given)
        add(self, *given)

    monkeypatch.setattr(Reached, "_add", noted)
    function: Any = Session().evaluate("{ let n = nil; let t = {a: n}; fn x => (n, t, sin, map, x) }")
    argument: Any = Session().evaluate('(nil, list(1, 2), {b: true}, (), [1, 2], "s", fn x => x, cos)')
    Reached(function, argument)
    assert facts
    assert [fact for fact in facts if " at 0x" in repr(fact)] == []


def test_derivatives_are_not_little(counted: Counted) -> None:
    text = "fn (x, y) => { let g = gradient(fn x => x * y)(x)\n let h = hessian(fn x => x * y)(x)\n g + h }"
    function: Any = Session().evaluate(text)
    native = calling.Native(function, (0.5, 2.0), is_fixed=False, least=10)
    assert size_of_unit(native.unit) < 5 < 10 <= native.code.straight  # what they come to is short


def test_too_little_to_compute_is_known_before_it_is_compiled(counted: Counted) -> None:
    function: Any = Session().evaluate("fn x => sin(x) * x")
    with pytest.raises(NotNative, match="too little to compute"):
        calling.Native(function, 0.5, is_fixed=False, least=3)
    assert counted.take() == (0, 0)
    assert calling.Native(function, 0.5, is_fixed=False, least=2).code.straight == 2


REFUSED = """
def f(x) = sort(list(x, 2 * x, 1))
def slope(x) = loop s = 0 for i in 1..3 do s + sum(f(x)) + sum(map(fn k => sin(k * x), range(1, 9)))
"""


@pytest.mark.parametrize("damage", [False, True])
def test_a_second_session_does_not_try_what_the_first_could_not_compile(
    damage: bool, tmp_path: Path, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[object] = []
    specialise = vars(units)["specialise"]

    def followed(function: Any, *given: Any, **named: Any) -> object:
        tried.append(function.code.name)
        return specialise(function, *given, **named)

    monkeypatch.setattr(units, "specialise", followed)
    expected = run(REFUSED, native="never")
    assert run(REFUSED) == expected
    first = list(tried)
    assert "slope" in first
    tried.clear()
    if damage:  # or others may write it
        for path in files(tmp_path):
            path.chmod(0o622)
    assert run(REFUSED) == expected
    assert tried == (first if damage else [])


def test_what_was_too_large_is_tried_again_with_more_room(counted: Counted) -> None:
    function: Any = Session().evaluate("fn x => " + " + ".join(f"{k} * sin(x)" for k in range(1, 50)))

    def made(**bounds: Any) -> int:
        with suppress(NotNative):
            calling.Native(function, 0.5, is_fixed=False, uses_store=True, **bounds)
        return counted.take()[0]

    assert made(most=20) == 0
    assert made(most=10) == 0
    assert made() == 1


@pytest.mark.parametrize(
    ("was", "now", "holds"),
    [
        ((100, inf, 0), (100, inf, 0), True),
        ((100, inf, 0), (200, inf, 0), False),
        ((100, inf, 0), (50, 0.1, 0), True),
        ((100, 0.1, 0), (100, 0.1, 0), True),
        ((100, 0.1, 0), (100, 0.2, 0), False),
        ((100, 0.1, 0), (100, inf, 0), False),
    ],
)
def test_too_large_holds_for_what_is_no_larger(was: Any, now: Any, holds: bool, counted: Counted) -> None:
    refusals.keep("a call", TooLarge(), Bounds(*was))
    kept = store.load("a call")
    assert kept is not None
    with pytest.raises(TooLarge) if holds else nullcontext():
        refusals.refuse(kept[0], Bounds(*now))


def test_too_little_holds_for_what_has_to_be_as_much(counted: Counted) -> None:
    refusals.keep("a call", TooLittle(), Bounds(100, inf, 60))
    kept = store.load("a call")
    assert kept is not None
    with pytest.raises(TooLittle):
        refusals.refuse(kept[0], Bounds(100, inf, 60))
    refusals.refuse(kept[0], Bounds(100, inf, 0))


def test_how_deep_calls_may_be_depends_on_the_thread(counted: Counted) -> None:
    refusals.keep("a call", TooDeep(), Bounds(100, inf, 0))
    assert store.load("a call") is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("let scale = 3", "let scale = 2"),  # a value that the code knows
        ("sin(v)", "cos(v)"),  # the text of a function
        ("20", "21"),
        ("let scale = 3", "def erf(x) = x\nlet scale = 3"),  # what a name stands for
    ],
)
def test_another_program_has_other_code(before: str, after: str, counted: Counted) -> None:
    run()
    text = PROGRAM.replace(before, after)
    assert run(text) == run(text, native="never")


@pytest.mark.parametrize("damage", ["cut", "bits", "facts", "empty"])
def test_a_damaged_file_is_as_good_as_none(damage: str, tmp_path: Path, counted: Counted) -> None:
    expected = run()
    made, _ = counted.take()
    for path in files(tmp_path):
        whole = path.read_bytes()
        changed = {
            "cut": whole[: len(whole) // 2],
            "bits": whole[:-100] + bytes(b ^ 1 for b in whole[-100:-90]) + whole[-90:],
            "facts": whole.replace(b'"arguments": ', b'"arguments": 7'),
            "empty": b"",
        }[damage]
        assert changed != whole
        path.write_bytes(changed)
    assert run() == expected
    assert counted.take() == (made, 0)
    assert run() == expected  # and the files are whole again
    assert counted.take() == (0, made)


def test_files_that_others_may_write_are_not_run(tmp_path: Path, counted: Counted) -> None:
    run()
    made, _ = counted.take()
    for path in files(tmp_path):
        path.chmod(0o622)
    run()
    assert counted.take() == (made, 0)


def test_a_folder_that_others_may_enter_is_not_used(tmp_path: Path, counted: Counted) -> None:
    run()
    made, _ = counted.take()
    (tmp_path / "vlad_py" / "native").chmod(0o755)
    run()
    assert counted.take() == (made, 0)


def test_a_link_is_not_followed(tmp_path: Path, counted: Counted) -> None:
    run()
    made, _ = counted.take()
    for i, path in enumerate(files(tmp_path)):
        path.replace(tmp_path / f"elsewhere{i}")
        path.symlink_to(tmp_path / f"elsewhere{i}")
    run()
    assert counted.take() == (made, 0)


def test_it_can_be_switched_off(tmp_path: Path, counted: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OFF, "off")
    run()
    assert not (tmp_path / "vlad_py").exists()


def test_a_folder_that_cannot_be_made_does_no_harm(
    tmp_path: Path, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert run() == run(native="never")


def test_what_is_loaded_grows_stale_like_what_is_made(counted: Counted) -> None:
    for _ in range(2):
        session = Session(native="always")
        session.evaluate("def f(x) = 2 * x")
        session.evaluate("def g(x) = loop v = x for i in 1..3 do f(v)")
        assert session.evaluate("g(1)") == 8.0
        session.evaluate("def f(x) = 3 * x")
        assert session.evaluate("g(1)") == 27.0
    assert counted.loaded > 0


def test_code_for_another_machine_is_not_run(
    tmp_path: Path, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = run()
    made, _ = counted.take()
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(store, "_target", lambda: "another processor")
        assert run() == expected
        assert counted.take() == (made, 0)
        assert run() == expected
        assert counted.take() == (0, made)
    assert run() == expected
    assert counted.take() == (made, 0)
