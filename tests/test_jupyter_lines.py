"""`%vlad` lines inside Python functions, and lines that show nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import vlad_py as vlad

pytest.importorskip("IPython", reason="cells in notebooks need `pip install '.[jupyter]'`")

from notebooks import new_shell
from test_jupyter import Notebook

from vlad_py.jupyter.shown import bundle
from vlad_py.session.session import Session


@pytest.fixture
def notebook(tmp_path: Path) -> Iterator[Notebook]:
    with new_shell(tmp_path) as shell:
        yield Notebook(shell)


def test_local_variables_come_first(notebook: Notebook) -> None:
    notebook.run("k = 3; x = 100")
    notebook.run("%%vlad\ndef f(y) = k * y")
    notebook.run("def inside(k):\n    x = [1, 2]\n    y = %vlad f(k) + x[1]\n    return y")
    assert notebook.run("inside(5)") == 17.0  # f has the notebook's k
    assert notebook.run("%vlad k + x") == 103.0
    assert notebook.run("%vlad f(1)") == 3.0


def test_locals_without_a_variable_of_the_notebook_leave_nothing_behind(notebook: Notebook) -> None:
    notebook.run("def inside(inner):\n    y = %vlad inner * 2\n    return y")
    assert notebook.run("inside(4)") == 8.0
    assert isinstance(notebook.fail("%vlad inner"), vlad.ResolveError)


def test_definitions_inside_a_function(notebook: Notebook) -> None:
    notebook.run("def inside(k):\n    %vlad let made = k + 1\n    y = %vlad let a = 1; a + k\n    return y")
    assert notebook.run("inside(4)") == 5.0
    assert notebook.run("made") == 5.0
    assert notebook.run("%vlad made + 1") == 6.0


def test_closures_and_nested_functions(notebook: Notebook) -> None:
    inner = "    def inner(j):\n        r = %vlad fn x => x * j\n        return r\n"
    notebook.run(f"def outer(k):\n{inner}    return inner(k)")
    assert notebook.run("outer(3)(2)") == 6.0
    assert notebook.run("[(lambda k: get_ipython().run_line_magic('vlad', 'k ^ 2'))(i) for i in (1, 2)]") == [
        1.0,
        4.0,
    ]


def test_what_is_wrong_with_a_local_is_said(notebook: Notebook) -> None:
    notebook.run("def inside(k):\n    y = %vlad k + 1\n    return y")
    assert isinstance(notebook.fail("inside(None)"), vlad.ConversionError)
    error = notebook.fail("inside(True)")
    assert isinstance(error, vlad.RunError)
    assert "k + 1" in str(error)


def test_a_semicolon_silences_a_line(notebook: Notebook) -> None:
    assert notebook.run("%vlad 1 + 1;") is None
    assert notebook.run("%vlad 1 + 1 ; ") is None
    assert notebook.run("%vlad 1; 2") == 2.0
    assert notebook.run("%vlad # nothing") is None


@pytest.mark.parametrize(
    ("text", "places", "shown"),
    [
        ('symbol("x") ^ 2', None, "$\\displaystyle x^{2}$"),
        (
            "[1, 2.34567, inf]",
            2,
            "$\\displaystyle \\begin{bmatrix} 1.00 & 2.35 & \\infty \\end{bmatrix}$",
        ),
    ],
)
def test_values_as_formulas(text: str, places: int | None, shown: str) -> None:
    assert bundle(Session().evaluate(text), places=places)["text/latex"] == shown
