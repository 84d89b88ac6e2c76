"""Cells of the language in notebooks: what they see, define and show, and what their errors look like."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import vlad_py as vlad

pytest.importorskip("IPython", reason="cells in notebooks need `pip install '.[jupyter]'`")

from IPython.core.completer import provisionalcompleter
from notebooks import new_shell
from test_examples import same


class Notebook:
    """A notebook in this process, into which the extension was loaded."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.names: dict[str, Any] = shell.user_ns
        self.run("%load_ext vlad_py")

    def run(self, cell: str) -> Any:
        """The value of a cell that is to succeed."""
        result = self.shell.run_cell(cell, store_history=True)
        result.raise_error()
        return result.result

    def fail(self, cell: str) -> BaseException:
        """What a cell raises."""
        error = self.shell.run_cell(cell, store_history=True).error_in_exec
        assert error is not None
        return error

    def complete(self, cell: str) -> list[str]:
        """What could stand at the end of a cell."""
        with provisionalcompleter():
            return [each.text for each in self.shell.Completer.completions(cell, len(cell))]

    def shown(self, cell: str) -> dict[str, str]:
        """The representations of a cell's value."""
        bundle, _ = self.shell.display_formatter.format(self.run(cell))
        return bundle


@pytest.fixture
def notebook(tmp_path: Path) -> Iterator[Notebook]:
    with new_shell(tmp_path) as shell:
        yield Notebook(shell)


# ── names ────────────────────────────────────────────────────────────────────────────────────


def test_variables_of_python_are_names_of_the_language(notebook: Notebook) -> None:
    notebook.run("import numpy as np\nx, A, p, m = 3, np.eye(2), (1, [2.0]), {'w': True, 's': 'text'}")
    shown = '(3, [[1, 0], [0, 1]], (1, list(2)), {w: true, s: "text"})'
    assert notebook.run("%vlad show(x, A, p, m)") == shown


def test_definitions_of_a_cell_are_variables_of_python(notebook: Notebook) -> None:
    notebook.run("%%vlad\nlet (a, v) = (2, [1, 2])\n## Doubles.\ndef double(x) = a * x\nlet r = {f: double}")
    assert (notebook.names["a"], notebook.names["v"].tolist()) == (2.0, [1.0, 2.0])
    assert notebook.run("double(v).tolist(), double.__doc__") == ([2.0, 4.0], "double(x)\n\nDoubles.")
    assert notebook.run("r['f'](4)") == 8.0
    assert notebook.run("vlad = __import__('vlad_py'); vlad.gradient(double)(1)") == 2.0


def test_the_latest_definition_counts(notebook: Notebook) -> None:
    notebook.run("x = 1")
    assert notebook.run("%vlad x") == 1
    notebook.run("%%vlad\nlet x = 2")
    assert notebook.run("x") == notebook.run("%vlad x") == 2
    notebook.run("x = 3")
    assert notebook.run("%vlad x") == 3


@pytest.mark.parametrize("change", ["x[0] = 5", "x = [5, 2]"])
@pytest.mark.parametrize("first", ["x = [1, 2]", "%vlad let x = list(1, 2)"])
def test_what_python_changed_inside_is_seen(notebook: Notebook, first: str, change: str) -> None:
    notebook.run(first)
    notebook.run("%%vlad\ndef f(k) = k * head(x)\nf(1)")
    notebook.run(change)
    assert notebook.run("%vlad x") == [5, 2]
    assert notebook.run("f(1)") == 5  # as after a definition in a cell


def test_the_languages_own_names_are_not_taken_from_python(notebook: Notebook) -> None:
    notebook.run("import math\nfrom math import sin\npi, sum = 5, None")
    assert notebook.run("%vlad (sin(0), sum(1, 2), cos(pi))") == (0.0, 3.0, -1.0)
    error = notebook.fail("%vlad math.sin(0)")
    assert isinstance(error, vlad.ResolveError)
    assert error.hint == "write `sin`, without `math.`"


def test_local_names_are_not_looked_for_in_python(notebook: Notebook) -> None:
    notebook.run("x = y = w = object()")
    assert notebook.run("%vlad { let y = 2; (fn x => x.w + y)({w: 1}) }") == 3


def test_private_names_stay_where_they_are(notebook: Notebook) -> None:
    notebook.run("_a = 1")
    assert isinstance(notebook.fail("%vlad _a"), vlad.ResolveError)
    assert isinstance(notebook.fail("%vlad In"), vlad.ResolveError)
    notebook.run("%%vlad\nlet _b = 2")
    assert "_b" not in notebook.names
    assert notebook.run("%vlad _b") == 2


def test_the_options_name_what_is_shared(notebook: Notebook) -> None:
    notebook.run("x, y, pi = 1, 2, 3")
    assert (
        repr(notebook.run("%%vlad -i x,pi -o a,b\nlet a = x + pi\nlet b = 0; let c = 0\n(a, b)")) == "(4, 0)"
    )
    assert (notebook.names["a"], notebook.names["b"], "c" in notebook.names) == (4.0, 0.0, False)
    assert notebook.run("%vlad c") == 0
    error = notebook.fail("%%vlad -i x -i pi\ny")
    assert isinstance(error, vlad.ResolveError)
    assert error.message == "unknown name `y`"
    assert notebook.run("%vlad y") == 2  # the options are those of one cell


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("-i xs", "Python has no variable `xs`"),
        ("-i thing", "thing: an object of the class `object` is not a value of ADL"),
        ("-o xs", "no cell defines `xs`"),
    ],
)
def test_an_option_that_is_wrong_is_shown(notebook: Notebook, options: str, message: str) -> None:
    notebook.run("x = 1; thing = object()")
    error = notebook.fail(f"%%vlad {options}\n1")
    assert isinstance(error, vlad.Error)
    assert error.message == message
    assert error.span is not None
    assert (error.span.text, error.span.place.partition(":")[2]) == (options[3:], "1:11")


def test_a_name_that_is_no_value_is_shown_where_it_is_used(notebook: Notebook) -> None:
    notebook.run("def g(x): return x")
    error = notebook.fail("%%vlad\n1 + g(2)")
    assert str(error).splitlines()[:5] == [
        "error: g: an object of the class `function` is not a value of ADL",
        " --> In[3]:2:5",
        "  |",
        "2 | 1 + g(2)",
        "  |     ^",
    ]


def test_imports_stay(notebook: Notebook) -> None:
    notebook.run("%%vlad\nimport optimize")
    assert abs(notebook.run("%vlad optimize.minimize(fn x => (x - 1) ^ 2, 0).x") - 1) < 1e-8
    assert "optimize" not in notebook.names


def test_the_last_value_is_a_name(notebook: Notebook) -> None:
    notebook.run("%%vlad\n{w: 2}")
    assert notebook.run("%vlad _.w + 1") == 3
    assert notebook.run("%vlad _ + 1") == 4


def test_primitives_of_python_are_called(notebook: Notebook) -> None:
    notebook.run("import vlad_py as vlad\n@vlad.primitive(jvp='fn (x, v) => 2 * v')\ndef g(x): return 2 * x")
    assert notebook.run("%vlad derivative(fn x => g(x) ^ 2)(1)") == 8


# ── values ───────────────────────────────────────────────────────────────────────────────────


def test_an_expression_has_its_value_in_python(notebook: Notebook) -> None:
    notebook.run("value = %vlad {w: [1, 2], b: -1}")
    assert notebook.names["value"]["w"].tolist() == [1.0, 2.0]
    assert notebook.run("%vlad -1 ^ 2") == -1
    assert notebook.run("%vlad let x = 1") is notebook.run("%vlad ()") is None


def test_the_value_of_a_cell_can_be_used_again(notebook: Notebook) -> None:
    notebook.run("%%vlad\nfn x => (x, 1)")
    assert notebook.run("_.python(2)") == (2.0, 1.0)
    notebook.run("last = Out[2]")
    assert notebook.run("%vlad last(3)") == (3.0, 1.0)


@pytest.mark.parametrize("text", ["1;", "let x = 1", "# nothing", "print(1)", "let x = 2\nx ;  # not shown"])
def test_some_cells_show_no_value(notebook: Notebook, text: str) -> None:
    assert notebook.run(f"%%vlad\n{text}") is None


def test_print_writes_into_the_cell(notebook: Notebook, capsys: pytest.CaptureFixture[str]) -> None:
    notebook.run('%%vlad\nprint("x =", 1)')
    assert capsys.readouterr().out == "x = 1\n"


@pytest.mark.parametrize("text", ["0.1", "true", '"<b>"', "(1, nil)", "zeros(13)", "zeros(2, 2, 2)", "{}"])
def test_most_values_are_shown_as_text(notebook: Notebook, text: str) -> None:
    assert notebook.shown(f"%%vlad\n{text}").keys() == {"text/plain"}


def test_plots_are_pictures(notebook: Notebook) -> None:
    assert notebook.shown("%%vlad\nlet p = plot(sin, 0, 1)\np")["image/svg+xml"].startswith("<svg")
    assert notebook.shown("p")["image/svg+xml"] == notebook.names["p"].svg()


def test_records_are_tables(notebook: Notebook) -> None:
    shown = notebook.shown('%%vlad\n{w: [1, 2], s: "<b>"}')
    assert shown["text/plain"] == '{w: [1, 2], s: "<b>"}'
    assert shown["text/html"].count("<tr>") == 2
    assert "<pre>w</pre>" in shown["text/html"]
    assert "<pre>&quot;&lt;b&gt;&quot;</pre>" in shown["text/html"]


def test_arrays_are_matrices(notebook: Notebook) -> None:
    shown = notebook.shown("%%vlad\n[[1, 1 / 3], [2e-7, 1 / 0]]")
    assert shown["text/plain"] == "[[    1, 0.3333333333333333],\n [2e-07,                inf]]"
    rows = r"1 & 0.333333 \\ 2 \cdot 10^{-7} & \infty"
    assert shown["text/latex"] == rf"$\displaystyle \begin{{bmatrix}} {rows} \end{{bmatrix}}$"


def test_a_large_value_is_abbreviated(notebook: Notebook) -> None:
    assert notebook.shown("%%vlad\nzeros(10000)") == {"text/plain": "[0, 0, 0, …, 0, 0, 0]"}


@pytest.mark.parametrize("cell", ["%%vlad\nhalf", "half"])
def test_functions_say_how_they_are_called(notebook: Notebook, cell: str) -> None:
    notebook.run("%%vlad\n## Is a < b?\ndef half((a, b)) = (a / 2, b / 2)")
    assert notebook.shown(cell)["text/html"] == "<code>half(a, b)</code><br>Is a &lt; b?"


# ── errors ───────────────────────────────────────────────────────────────────────────────────


def test_an_error_is_a_diagnostic_without_traceback(
    notebook: Notebook, capsys: pytest.CaptureFixture[str]
) -> None:
    error = notebook.fail("%%vlad\nlet x = 1\nx + true")
    assert isinstance(error, vlad.RunError)
    assert capsys.readouterr().out == f"{error}\n"
    assert "In[2]:3:1" in str(error)
    assert "x" not in notebook.names


def test_a_diagnostic_has_the_notebooks_colours(
    notebook: Notebook, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook.shell.colors = "linux"
    notebook.fail("%vlad 1 + true")
    assert "\033[31;1merror\033[0m" in capsys.readouterr().out


def test_an_exception_of_python_in_a_cell_is_a_diagnostic(
    notebook: Notebook, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook.run("import vlad_py as vlad\n@vlad.primitive\ndef g(x): raise ValueError('no')")
    assert isinstance(notebook.fail("%vlad g(1)"), vlad.HostError)
    assert "`g` raised ValueError: no" in (out := capsys.readouterr().out)
    assert "Traceback" not in out


def test_options_that_do_not_exist_are_refused(
    notebook: Notebook, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook.fail("%%vlad -z\n1")
    assert capsys.readouterr().err == "UsageError: unrecognized arguments: -z\n"


def test_an_interrupted_cell_leaves_the_session(
    notebook: Notebook, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook.run("%vlad let kept = 1")
    notebook.names["stop"] = vlad.primitive(lambda _: signal.raise_signal(signal.SIGINT), name="stop")
    # what runs in the background of a shell ignores the signal
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert isinstance(notebook.fail("%%vlad\nlet gone = 2\nstop(1)"), KeyboardInterrupt)
    finally:
        signal.signal(signal.SIGINT, before)
    out = capsys.readouterr().out
    assert out.startswith("interrupted: stopped by the user\n --> In[3]:3:1\n")
    assert "Traceback" not in out
    assert notebook.run("%vlad kept") == 1
    assert "gone" not in notebook.names


# ── completion ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("%%vlad\nderivative_rev", ["derivative_reverse"]),
        ("%vlad thresh", ["threshold"]),
        ("y = %vlad thresh", ["threshold"]),
        ("%%vlad\nlet a = 1\nthresh", ["threshold"]),
        ("%%vlad -o a\nsteep", ["steepness"]),
        ("%%vlad\nmodel.", ["rate", "weights"]),
        ("%%vlad\nmodel.we", ["weights"]),
        ("%%vlad\noptimize.minimize_", ["minimize_by"]),
    ],
)
def test_names_are_completed(notebook: Notebook, cell: str, expected: list[str]) -> None:
    notebook.run("import math\nthreshold, model = 1, {'weights': [1.0], 'rate': 2}")
    notebook.run("%%vlad\nimport optimize\nlet steepness = 2")
    assert notebook.complete(cell) == expected


def test_python_is_completed_as_ever(notebook: Notebook) -> None:
    notebook.run("threshold = 1")
    assert "threshold" in notebook.complete("thresh")
    assert "derivative" not in notebook.complete("deriv")
    assert "%%vlad" in notebook.complete("%%vl")


# ── the extension ────────────────────────────────────────────────────────────────────────────


def test_the_extension_can_be_loaded_anew_and_unloaded(notebook: Notebook) -> None:
    notebook.run("%%vlad\ndef f(x) = x")
    notebook.run("%reload_ext vlad_py")
    assert notebook.run("%vlad f(1)") == 1  # a variable of Python by now
    notebook.run("%unload_ext vlad_py")
    assert isinstance(notebook.fail("%%vlad\n1"), Exception)
    assert notebook.run("f(2)") == 2


def test_help_says_what_the_magic_does(notebook: Notebook) -> None:
    documentation = notebook.shell.inspector.info(notebook.shell.find_magic("vlad", "cell"))["docstring"]
    assert "-i NAMES" in documentation
    assert "Names are shared" in documentation


# ── the notebook ─────────────────────────────────────────────────────────────────────────────

EXAMPLE = Path(__file__).parent.parent / "examples" / "notebook.ipynb"


@pytest.mark.slow
def test_the_example_gives_the_outputs_that_it_holds(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    nbclient = pytest.importorskip("nbclient", reason="notebooks are run by nbclient")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    monkeypatch.setenv("PYTHONPATH", str(EXAMPLE.parent.parent))
    expected = nbformat.read(EXAMPLE, as_version=4)
    notebook = nbformat.read(EXAMPLE, as_version=4)
    client = nbclient.NotebookClient(notebook, record_timing=False, timeout=120, kernel_name="python3")
    client.execute(cwd=str(EXAMPLE.parent))
    notebook.metadata.pop("language_info")  # the version of Python, among others
    if request.config.getoption("--accept"):
        nbformat.write(notebook, EXAMPLE)
    shown, promised = outputs(notebook), outputs(expected)
    assert len(promised) > 3
    assert [keys for keys, _ in shown] == [keys for keys, _ in promised]
    assert all(same(got, text) for (_, got), (_, text) in zip(shown, promised)), shown


def outputs(notebook: Any) -> list[tuple[list[str], str]]:
    """What the cells of a notebook write: the kinds of its representations, and the text."""
    found = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [(sorted(o.get("data", o)), o.data["text/plain"] if "data" in o else o.evalue) for o in found]


def test_a_function_of_a_cell_is_pickled_with_the_variables_of_python_that_it_uses(
    notebook: Notebook,
) -> None:
    notebook.run("k = 3")
    notebook.run("%%vlad\ndef f(x) = k * x")
    notebook.run("import pickle\nagain = pickle.loads(pickle.dumps(f))")
    assert notebook.names["again"](2) == 6.0
