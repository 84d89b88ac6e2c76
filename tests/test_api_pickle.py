"""Functions as data: pickled as their texts, copied, sent to processes, and called from many threads."""

from __future__ import annotations

import copy
import io
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vlad_py as vlad
from vlad_py.session.session import Session
from vlad_py.syntax.parser import Token


def again(function: Any) -> Any:
    return pickle.loads(pickle.dumps(function))


TEXTS = [
    "fn x => x ^ 2",
    "def f(x) = x * 3\nf",
    "let k = 4\nfn x => x * k",
    "{ let a = 5; fn x => x * a }",
    "def even(n) = n < 1 or odd(n - 1)\ndef odd(n) = n > 0 and even(n - 1)\nfn x => if even(x) then 1 else 0",
    "{ def f(n) = if n < 1 then 1 else n * f(n - 1); f }",
    "def make(a) = fn b => fn x => a * b + x\nmake(2)(3)",
    '{ let r = {w: (1, true), s: "text"}; let l = list(1, nil, ()); fn x => (x, r, l) }',
    "{ let f = fn x => x + 1; let g = fn x => f(f(x)); fn x => g(f(x)) }",
    "sin",
    "(+) |> (fn f => fn x => f(x, x))",
    "gradient(fn x => x ^ 3)",
    "derivative(gradient(fn x => x ^ 4))",
    "import optimize\nlet best = optimize.minimize(fn x => (x - 1) ^ 2, 0).x\nfn x => x + best",
    "with_derivative(sin, fn (x, v) => v * 2)",
    "let (a, f) = (2, fn x => x * 7)\nf",
    "map(fn k => fn x => k * x, list(1, 2)) |> tail |> head",
    "{ let m = [1, 2, 3]; fn x => m * x }",
    "fn x => [x * i for i in 1..3]",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_function_is_made_again_from_its_text(text: str) -> None:
    function = vlad.evaluate(text)
    for other in (again(function), again(again(function)), copy.copy(function), copy.deepcopy(function)):
        np.testing.assert_equal(other(2), function(2))
        assert repr(other) == repr(function)
        assert other.__doc__ == function.__doc__


def test_a_function_of_a_file_brings_what_it_imports(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.adl").write_text('import "../b.adl" as other\ndef f(x) = other.k * x')
    (tmp_path / "b.adl").write_text("let k = 3")
    (tmp_path / "main.adl").write_text('import "sub/a.adl"\nimport "b.adl"\ndef g(x) = a.f(x) + b.k')
    function = vlad.load(tmp_path / "main.adl").g
    data = pickle.dumps(function)
    for path in tmp_path.rglob("*.adl"):
        path.unlink()
    assert pickle.loads(data)(2) == 9.0
    assert str(tmp_path) not in pickle.dumps(again(vlad.evaluate("fn x => x"))).decode("latin-1")


def test_only_definitions_run_again(capsys: pytest.CaptureFixture[str]) -> None:
    text = 'print("loading")\nlet k = { print("defining"); 2 }\nfn x => { print("called"); k * x }'
    function = vlad.evaluate(text)
    data = pickle.dumps(function)
    capsys.readouterr()
    assert pickle.loads(data)(3) == 6.0
    assert capsys.readouterr().out == "called\n"


class Strict(pickle.Unpickler):
    """Reads pickles, and notes what of Python they name."""

    named: set[str]

    def find_class(self, module: str, name: str) -> Any:
        self.named.add(f"{module}.{name}")
        return super().find_class(module, name)


def test_a_pickle_names_nothing_of_python_but_how_it_is_read() -> None:
    function = vlad.gradient(
        vlad.evaluate("{ let m = [1, 2]; let k = (true, {s: nil}); fn x => sum(m * x) }")
    )
    reader = Strict(io.BytesIO(pickle.dumps(function)))
    reader.named = set()
    assert reader.load()(2) == 3.0
    assert reader.named == {"vlad_py.python.function._restored", "vlad_py.execution.limits.Limits"}


def test_deep_and_long_values_take_no_stack() -> None:
    deep = vlad.evaluate("{ let t = loop t = () for i in 1..100000 do (i, t); fn x => (t, x)[1] }")
    assert again(deep)(1) == 1.0
    long = vlad.evaluate("{ let t = loop t = nil for i in 1..100000 do i :: t; fn x => length(t) }")
    assert again(long)(1) == 100_000.0
    nested = vlad.evaluate("loop f = sin for i in 1..20000 do fn x => f(x)")
    assert again(nested)(0) == 0.0


def test_limits_are_kept() -> None:
    count = vlad.evaluate("fn n => loop m = 0 while m < n do m + 1", limits=vlad.Limits(steps=1000))
    with pytest.raises(vlad.LimitError, match="more than 1000 steps"):
        again(count)(10_000)


def test_given_functions_of_the_language_are_kept() -> None:
    double = vlad.evaluate("fn x => 2 * x")
    assert again(vlad.evaluate("fn x => double(x) + 1", functions={"double": double}))(3) == 7.0


HOST = vlad.primitive(lambda x: x, jvp="fn (x, v) => v", name="host")
REFUSED = {
    "a host function": (HOST, "`host` is a Python function"),
    "a function that captured one": (
        vlad.evaluate("fn f => fn x => f(x)")(HOST),
        "`host` is a Python function",
    ),
    "a function that was given one": (
        vlad.evaluate("fn x => host(x)", functions={"host": HOST}),
        "`host` is a Python function",
    ),
    "a function that calls one by another name": (
        vlad.evaluate("let a = h\nfn x => a(x)", functions={"h": HOST}),
        "`a`: `host` is a Python function",
    ),
    "a pullback": (vlad.vjp(vlad.evaluate("sin"), 1)[1], "a pullback cannot be pickled: it holds what"),
    "a derivative that is a function": (
        vlad.evaluate("derivative(fn u => fn x => u * x)(3)"),
        "a derivative at a point",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_pickled(name: str) -> None:
    function, message = REFUSED[name]
    with pytest.raises(vlad.ConversionError, match=message):
        pickle.dumps(function)
    assert copy.deepcopy(function) is function


def test_a_function_of_a_text_that_fails_is_not_pickled() -> None:
    kept: list[Any] = []

    def keep(f: Any) -> int:
        kept.append(f)
        return 1

    with pytest.raises(vlad.RunError, match="a boolean"):
        vlad.evaluate("def f(x) = x\nkeep(f) + true", functions={"keep": vlad.primitive(keep)})
    with pytest.raises(vlad.ConversionError, match="`f` cannot be pickled: its text failed"):
        pickle.dumps(kept[0])


def test_a_function_is_pickled_before_its_text_has_run() -> None:
    kept: list[bytes] = []

    def keep(f: Any) -> int:
        kept.append(pickle.dumps(f))
        return 1

    text = "def f(x) = if x < 0 then g(x) else x\nlet _a = keep(f)\ndef g(x) = f(-x)\nf"
    for f in (vlad.evaluate(text, functions={"keep": vlad.primitive(keep)}), pickle.loads(kept[0])):
        assert (f(2), f(-3)) == (2.0, 3.0)


def test_a_pickle_of_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    restore, (nodes, limits) = vlad.gradient(vlad.evaluate("sin")).__reduce__()
    changed = [(*node[:2], (0, 1, 2), *node[3:]) if node[0] == "closure" else node for node in nodes]
    for wrong in (changed, [("novel",)], [("primitive", "no such one")], [("primitive", "sin")], []):
        with pytest.raises(vlad.ConversionError, match="another version"):
            restore(wrong, limits)


def test_processes() -> None:
    f = vlad.evaluate("let k = 3\ndef f(x) = k * x ^ 3\nf")
    points = [1.0, 2.0, 3.0, 4.0]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        assert list(pool.map(vlad.gradient(f), points)) == [9 * x**2 for x in points]
        with pytest.raises(vlad.RunError, match="expects a real") as caught:
            list(pool.map(f, [True]))
    assert caught.value.span is not None


def test_threads() -> None:
    """One function, eight threads, derivatives nested in several ways."""
    f = vlad.evaluate("def f(x) = loop y = x for i in 1..20 do sin(y * x) + x\nf")
    both = vlad.evaluate("fn (a, b) => derivative(fn x => a * x ^ 2 * b)(a * b)")
    shift = vlad.derivative(vlad.evaluate("fn u => fn g => fn x => g(x + u)"))(0)

    def work(x: float) -> list[Any]:
        return [
            vlad.derivative(vlad.derivative(f))(x),
            vlad.gradient(vlad.derivative(vlad.gradient(f)))(x),
            vlad.gradient(both)(x, 2),
            shift(shift(f))(x),
        ]

    points = [0.1 + i / 40 for i in range(40)]
    alone = list(map(work, points))
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, points)) == alone


def test_modules_are_pickled_with_what_they_import(tmp_path: Path) -> None:
    (tmp_path / "part.adl").write_text("let k = 2")
    path = tmp_path / "model.adl"
    path.write_text(
        '# A model.\nimport optimize\nimport "part.adl"\nlet a = 3\ndef f(x) = part.k * a * x\nprint("heard")'
    )
    heard: list[str] = []
    module = vlad.load(path, write=heard.append)
    other = again(module)
    assert heard == ["heard\n"]
    assert (other.f(1), other.part.k, other.a) == (6.0, 2.0, 3.0)
    assert (other.__name__, other.__doc__, dir(other)) == ("model", "A model.", dir(module))
    assert abs(other.optimize.minimize(vlad.evaluate("fn x => x ^ 2"), 1)["x"]) < 1e-6
    assert copy.copy(module) is copy.deepcopy(module) is module
    host = vlad.load(path, functions={"host": HOST})
    assert again(host).a == 3.0  # it does not use what it was given


# ── sessions whose names change ──────────────────────────────────────────────────────────────


def test_a_function_of_a_session_keeps_the_values_that_its_names_have() -> None:
    given: dict[str, Any] = {"k": 3.0}
    session = Session(assigned=given.get)
    session.evaluate("def f(x) = k * x\nlet a = f(2)")
    given["k"] = 5.0
    session.evaluate("def g(x) = k * x + a")
    given["host"] = HOST.value
    session.evaluate("def h(x) = host(x)")
    session.evaluate("def k2(x) = f(x)\nlet f2 = fn x => k2(x) + g(x)\nlet sum = 2\ndef s(x) = sum * x")
    for name, expected in (("f", 10.0), ("g", 16.0), ("k2", 10.0), ("f2", 26.0), ("s", 4.0)):
        function = vlad.Function(session.value(name))
        assert function(2) == again(function)(2) == again(again(function))(2) == expected
    with pytest.raises(vlad.ConversionError, match="`host`"):
        pickle.dumps(vlad.Function(session.value("h")))
    session.evaluate("let k = 7")
    assert again(vlad.Function(session.value("f2")))(2) == 34.0


@pytest.mark.parametrize(
    "text", ["fn x => x", "def f(n) = if n < 1 then 0 else g(n - 1)\ndef g(n) = f(n)\nf"]
)
def test_reading_runs_nothing(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    function = vlad.evaluate(f'let a = print("run")\n{text}')
    data = pickle.dumps(function)
    capsys.readouterr()
    assert pickle.loads(data)(0) == 0.0
    assert capsys.readouterr().out == ""


def test_expressions_intervals_and_traces() -> None:
    f = vlad.evaluate("fn (v, x) => sum(v ^ 2) * sin(x) + v[1] + max(v, {axis: 0}) + v @ v")
    for thing in (
        vlad.symbol("q"),
        f(vlad.symbol("v", 3), vlad.symbol("x")),
        vlad.gradient(f)(vlad.symbol("v", 2), vlad.symbol("x"))[0],
        vlad.evaluate("fn x => loop y = x for i in 1..5000 do sin(y)")(vlad.symbol("x")),
        vlad.interval(0, 1),
        vlad.Limits(steps=3),
    ):
        assert repr(again(thing)) == repr(thing)
        assert copy.deepcopy(thing) is not None
    x = vlad.evaluate('let x = interval([0, 1], [2, 3])\nlet s = symbol("s")\nfn () => (x, s)')
    assert repr(again(x)()) == repr(x())
    trace = vlad.trace(vlad.evaluate("fn x => x * x"), 2)
    assert copy.deepcopy(trace) is trace
    with pytest.raises(vlad.ConversionError, match="a trace cannot be pickled"):
        pickle.dumps(trace)


def test_limits_are_copied_and_pickled() -> None:
    limits = vlad.Limits(steps=3)
    for other in (again(limits), copy.copy(limits), copy.deepcopy(limits)):
        assert other == limits
        with pytest.raises(AttributeError):
            setattr(other, "steps", 4)  # noqa: B010  # the type checker knows better


def test_tokens_are_pickled() -> None:
    """With dask, a pickle of an error holds the exceptions before it, and one of these a token."""
    token = Token("NAME", "x", 3, 1, 4)
    again = pickle.loads(pickle.dumps(token))
    assert (again, again.type, again.start_pos, again.line, again.end_pos) == ("x", "NAME", 3, 1, 4)
