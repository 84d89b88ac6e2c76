"""The table of primitives: whatever file of primitives there is, it is part of it."""

from __future__ import annotations

import ast
import re
from math import isclose, isnan
from pathlib import Path
from typing import Any

import pytest
import sweep

import vlad_py
from vlad_py.differentiation import table
from vlad_py.primitives.kinds import OfReals, Pairing


def test_every_file_of_primitives_is_imported() -> None:
    folder = Path(vlad_py.__file__).parent / "primitives"
    made_with = {
        "__init__",
        "primitive",
        "form",
        "kinds",
        "declare",
        "declare_arrays",
        "entered",
        "vectorise",
        "words",
        "steps",
        "structures",
        "axes",
        "apart",
        "items",
        "many",
        "positions",
        "behaviour",
        "by_parts",
        "layouts",
        "reductions",
        "singular",
        "zero_powers",
        "sum_texts",
        "series",
    }
    files = {path.stem for path in folder.glob("*.py")} - made_with
    assert files <= set(table.__all__), (
        "import it in vlad_py/differentiation/table.py, or its primitives do not exist"
    )


TABLES = {
    ("__init__.py", "_PLACES"): "what Python programs import",
    ("execution/runtime.py", "METHODS"): "hints for newcomers",
    ("frameworks/sympy_terms.py", "FUNCTIONS"): "names of numpy and SymPy",
    ("lowering/unknown.py", "ELSEWHERE"): "hints for newcomers",
    ("native/formulas.py", "FUNCTIONS"): "names of numpy and C",
    ("python/unpickling.py", "match"): "kinds of nodes",
    ("repl/commands.py", "COMMANDS"): "the REPL's own words",
    ("syntax/characters.py", "CHARACTERS"): "hints for newcomers",
    ("syntax/mistakes.py", "MISTAKES"): "hints for newcomers",
    ("syntax/vlad/expand.py", "HINTS"): "hints for newcomers",
    ("syntax/vlad/names.py", "MEANINGS"): "the names of another language",
}
"""Where names of primitives may stand together outside their entries, and why."""


def tables(file: str, text: str, names: set[str]) -> list[tuple[str, str]]:
    """The assignments of a module, and the matches in it, with three names of primitives or more."""

    def has_several(*nodes: ast.AST) -> bool:
        constants = [n.value for part in nodes for n in ast.walk(part) if isinstance(n, ast.Constant)]
        texts = [c for c in constants if isinstance(c, str)]
        words = {word for t in texts for word in (t, *([] if "\n" in t else t.split()))}
        return len(words & names) >= 3

    tree = ast.parse(text)
    found = []
    for n in tree.body:
        if isinstance(n, (ast.Assign, ast.AnnAssign)) and n.value is not None and has_several(n.value):
            is_entry = file.startswith("primitives/") and isinstance(n.value, ast.Call)
            target = n.targets[0] if isinstance(n, ast.Assign) else n.target
            found += [] if is_entry else [(file, ast.unparse(target))]
    matches = [n for n in ast.walk(tree) if isinstance(n, ast.Match)]
    return found + [(file, "match") for m in matches if has_several(*(case.pattern for case in m.cases))]


def test_names_of_primitives_stand_in_their_entries() -> None:
    folder = Path(vlad_py.__file__).parent
    files = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.py")}
    found = [row for file, text in files.items() for row in tables(file, text, {*table.PRIMITIVES})]
    assert sorted(found) == sorted(TABLES)


def comparisons(text: str, names: set[str]) -> list[str]:
    """The comparisons of a primitive's name with one that is written out."""
    found = []
    for n in ast.walk(ast.parse(text)):
        if not isinstance(n, ast.Compare) or not re.search(r"primitive\.name$", ast.unparse(n.left)):
            continue
        constants = [c.value for side in n.comparators for c in ast.walk(side) if isinstance(c, ast.Constant)]
        found += [ast.unparse(n)] if names.intersection(constants) else []
    return found


def test_no_file_compares_the_name_of_a_primitive() -> None:
    names = {*table.PRIMITIVES}
    files = Path(vlad_py.__file__).parent.rglob("*.py")
    assert [row for path in files for row in comparisons(path.read_text(), names)] == []


def test_a_comparison_with_a_name_is_seen() -> None:
    names = {*table.PRIMITIVES}
    assert comparisons('x = op.primitive.name in ("+", "-")', names) == ["op.primitive.name in ('+', '-')"]
    assert comparisons('if primitive.name == "sin": pass', names) == ["primitive.name == 'sin'"]
    assert comparisons('if primitive.name == "a name": pass', names) == []


def commute(primitive: OfReals) -> bool:
    """Whether the numbers of a function of reals may change places: at the points where tests sample it."""
    points = sweep.probes(primitive)
    return all(same(primitive.value_at(xs, {}), primitive.value_at(xs[::-1], {})) for xs in points)


def same(a: Any, b: Any) -> bool:
    return isclose(a, b, rel_tol=1e-12, abs_tol=1e-300) or (isnan(a) and isnan(b))


OF_SEVERAL = [p for p in sweep.differentiable() if sweep.count(p) > 1 and not isinstance(p, Pairing)]


@pytest.mark.parametrize("primitive", OF_SEVERAL, ids=lambda p: p.name)
def test_an_entry_says_whether_its_numbers_commute(primitive: OfReals) -> None:
    assert primitive.commutes == commute(primitive)


def test_a_table_elsewhere_is_seen() -> None:
    names = {*table.PRIMITIVES}
    rows = "MOVES = 'gather transpose sort'"
    chosen = "match name:\n    case 'sin' | 'cos' | 'tan':\n        pass"
    assert tables("numbers/x.py", rows, names) == [("numbers/x.py", "MOVES")]
    assert tables("numbers/x.py", chosen, names) == [("numbers/x.py", "match")]
    assert tables("primitives/x.py", "sin = elementwise('sin', doc='sin cos tan')", names) == []
