"""The table of primitives: whatever file of primitives there is, it is part of it."""

from __future__ import annotations

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
        "reductions",
        "singular",
    }
    files = {path.stem for path in folder.glob("*.py")} - made_with
    assert files <= set(table.__all__), (
        "import it in vlad_py/differentiation/table.py, or its primitives do not exist"
    )
