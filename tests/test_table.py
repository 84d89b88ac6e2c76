"""The table of primitives: whatever file of primitives there is, it is part of it."""

from __future__ import annotations

import ast
from pathlib import Path

import vlad_py
from vlad_py.differentiation import table


def test_every_file_of_primitives_is_imported() -> None:
    folder = Path(vlad_py.__file__).parent / "primitives"
    made_with = {
        "__init__",
        "primitive",
        "kinds",
        "declare",
        "declare_arrays",
        "vectorise",
        "words",
        "structures",
        "axes",
        "apart",
        "behaviour",
        "by_parts",
        "reductions",
        "singular",
        "sum_texts",
    }
    files = {path.stem for path in folder.glob("*.py")} - made_with
    assert files <= set(table.__all__), (
        "import it in vlad_py/differentiation/table.py, or its primitives do not exist"
    )


TABLES = {
    ("__init__.py", "_PLACES"): "what Python programs import",
    ("expressions/text/notations.py", "OPERATORS"): "the operators of the grammar",
    ("lowering/unknown.py", "ELSEWHERE"): "hints for newcomers",
    ("native/formulas.py", "FUNCTIONS"): "names of numpy and C",
    ("python/formula.py", "UFUNCS"): "names of numpy",
    ("python/pickling.py", "match"): "kinds of nodes",
    ("repl/commands.py", "COMMANDS"): "the REPL's own words",
    ("syntax/mistakes.py", "CHARACTERS"): "hints for newcomers",
    ("syntax/mistakes.py", "MISTAKES"): "hints for newcomers",
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


def test_a_table_elsewhere_is_seen() -> None:
    names = {*table.PRIMITIVES}
    rows = "MOVES = 'gather transpose sort'"
    chosen = "match name:\n    case 'sin' | 'cos' | 'tan':\n        pass"
    assert tables("numbers/x.py", rows, names) == [("numbers/x.py", "MOVES")]
    assert tables("numbers/x.py", chosen, names) == [("numbers/x.py", "match")]
    assert tables("primitives/x.py", "sin = elementwise('sin', doc='sin cos tan')", names) == []
