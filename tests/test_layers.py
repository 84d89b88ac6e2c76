"""The shape of the code: which file may import which, how long a file may be, and what its first line says.

`LAYERS` is the list to edit when a folder comes or goes. What is read as an import, and of what:

- every `import` and `from` counts, inside functions too: a late import is a dependency all the same;
- so do imports under `if TYPE_CHECKING`: a type from above is knowledge of what is above. They never run,
  though, so they close no cycle;
- `from vlad_py.a.b import x` depends on `a/b.py`, or on `a/b/x.py` where that is a file. It does not depend
  on `a/__init__.py`, which is why a folder's `__init__` may collect the folder's files.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "vlad_py"

# From the ground up, in import order: a file imports from its own folder and from those before it in this
# list. The package's own `__init__` and `__main__` stand where they may be imported from.
LAYERS: tuple[str, ...] = (
    "ground",
    "syntax",
    "formatting",
    "plots",
    "values",
    "primitives",
    "core",
    "expressions",
    "numbers",
    "differentiation",
    "lowering",
    "execution",
    "native",
    "session",
    "checking",
    "testing",
    "python",
    "frameworks",
    "laboratory",
    "jupyter",
    "__init__",
    "editors",
    "reference",
    "lsp",
    "repl",
    "kernel",
    "command",
    "__main__",
)

# Folders whose parts do not import one another, each with the parts that are a base to the others. A part is
# a file, or a folder with all its files.
APART: dict[str, tuple[str, ...]] = {
    "numbers": ("chain", "innermost", "nan_inside", "roles"),
    "primitives": tuple(
        """
        words form primitive many kinds declare declare_arrays entered vectorise arithmetic choice axes
        positions apart items behaviour by_parts reductions shapes sum_texts linear_algebra gammas series
        probability moving steps structures diagonals products singular zero_powers explog trig special
        """.split()
    ),
}

LONGEST = 400  # lines
MEASURED = (PACKAGE, "tests", "stdlib", "website")
INTRODUCED = (PACKAGE, "tests", "stdlib", "grammar", "examples", "benchmarks", "scripts", "website", ".ci")

# How the first line begins that says what a file is for, by the file's suffix.
OPENINGS: dict[str, tuple[str, ...]] = {
    ".py": ('"""', 'r"""'),
    ".adl": ("#",),
    ".lark": ("//",),
    ".sh": ("#",),
    "": ("#",),
}
LEFT_OVER = re.compile(r"\b(TO[D]O|FIX[M]E|X[X]X)\b")


# ── imports ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Import:
    """One import of one of the package's files by another; `runs` is false under TYPE_CHECKING."""

    importer: str
    imported: str
    line: int
    runs: bool

    def __str__(self) -> str:
        return f"{self.importer}.py:{self.line} imports {self.imported}.py"


def package_files(root: Path) -> dict[str, Path]:
    """The package's Python files by their place without suffix, as in `numbers/dual`."""
    package = root / PACKAGE
    return {path.relative_to(package).with_suffix("").as_posix(): path for path in package.rglob("*.py")}


def imports(root: Path) -> list[Import]:
    """Every import of one file of the package by another."""
    files = package_files(root)
    return [
        Import(file, target, node.lineno, runs)
        for file, path in sorted(files.items())
        for node, runs in import_statements(ast.parse(path.read_text(encoding="utf-8")))
        for target in sorted(targets(node, file, files))
    ]


def import_statements(tree: ast.AST) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """The import statements anywhere in a tree, each with whether it ever runs."""
    pending = [(tree, True)]
    while pending:
        node, runs = pending.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node, runs
        unrun = node.body if isinstance(node, ast.If) and is_type_checking(node.test) else []
        pending.extend((child, runs and child not in unrun) for child in ast.iter_child_nodes(node))


def is_type_checking(test: ast.expr) -> bool:
    """Whether a condition is `TYPE_CHECKING` or `typing.TYPE_CHECKING`."""
    return ast.unparse(test).removeprefix("typing.") == "TYPE_CHECKING"


def targets(node: ast.Import | ast.ImportFrom, file: str, files: Mapping[str, Path]) -> set[str]:
    """The package's files that a statement in `file` imports, those that do not exist among them."""
    if isinstance(node, ast.Import):
        dotted = [alias.name for alias in node.names]
    else:
        # the last part goes with the first dot: `.` is the file's own folder
        here = [PACKAGE, *file.split("/")]
        base = ".".join([*here[: len(here) - node.level]] if node.level else [])
        module = ".".join(part for part in (base, node.module) if part)
        members = [f"{module}.{alias.name}" for alias in node.names]
        dotted = [member if place(member, files) in files else module for member in members]
    inside = [name for name in dotted if name.split(".")[0] == PACKAGE]
    return {place(name, files) for name in inside}


def place(module: str, files: Mapping[str, Path]) -> str:
    """The place of a module of the package: `vlad_py.numbers.dual` stands in `numbers/dual`."""
    path = "/".join(module.split(".")[1:])
    as_folder = f"{path}/__init__".removeprefix("/")
    return as_folder if as_folder in files else path


# ── the rules: each gives its complaints about a tree ────────────────────────────────────────


def layer_of(file: str) -> int | None:
    """The number of a file's layer: its top folder's place in the list, or its own where it has no folder."""
    top = file.split("/", 1)[0]
    return LAYERS.index(top) if top in LAYERS else None


def unplaced(root: Path) -> list[str]:
    """Files whose folder the list does not know."""
    return [
        f"{file}.py has no place: put its folder into LAYERS in tests/test_layers.py"
        for file in sorted(package_files(root))
        if layer_of(file) is None
    ]


def upward(root: Path) -> list[str]:
    """Imports of a file from a layer nearer to the doors."""
    complaints = []
    for edge in imports(root):
        mine, its = layer_of(edge.importer), layer_of(edge.imported)
        if mine is not None and its is not None and mine < its:
            complaints.append(f"{edge}: {LAYERS[mine]} may not know {LAYERS[its]}")
    return complaints


def together(root: Path) -> list[str]:
    """Imports between parts of a folder that are to stay apart."""
    complaints = []
    for edge in imports(root):
        folder, _, rest = edge.importer.partition("/")
        its_folder, _, its_rest = edge.imported.partition("/")
        if folder not in APART or folder != its_folder or rest == "__init__":
            continue
        part, its_part = rest.split("/")[0], its_rest.split("/")[0]
        if part != its_part and its_part not in APART[folder]:
            complaints.append(f"{edge}: parts of {folder}/ do not import one another")
    return complaints


def cyclic(root: Path) -> list[str]:
    """Files that import one another in a circle; the first circle that is found."""
    graph: dict[str, set[str]] = {}
    for edge in imports(root):
        if edge.runs:
            graph.setdefault(edge.importer, set()).add(edge.imported)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return ["these import one another: " + " ← ".join(error.args[1])]
    return []


def too_long(root: Path) -> list[str]:
    """Files that are longer than a reader likes."""
    lengths = ((path, len(path.read_text(encoding="utf-8").splitlines())) for path in texts(root, MEASURED))
    return [
        f"{path.relative_to(root)} has {length} lines; {LONGEST} are enough"
        for path, length in lengths
        if length > LONGEST
    ]


def too_large(root: Path) -> list[str]:
    """Classes longer than a file may be, counted with their bases: files are for things, not for cuts."""
    files, sizes, bases = package_files(root), dict[str, int](), dict[str, list[str]]()
    for file, path in files.items():
        known: dict[str, str] = {}
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                known |= {n.asname or n.name: f"{place(node.module, files)}: {n.name}" for n in node.names}
            elif isinstance(node, ast.ClassDef):
                name = known[node.name] = f"{file}: {node.name}"
                sizes[name] = (node.end_lineno or 0) - node.lineno + 1
                bases[name] = [known.get(ast.unparse(base), "") for base in node.bases]

    def all_of(name: str) -> set[str]:
        return {name}.union(*map(all_of, bases.get(name, [])))

    whole = {name: sum(sizes.get(base, 0) for base in all_of(name)) for name in sorted(sizes)}
    return [f"{name} has {size} lines with its bases" for name, size in whole.items() if size > LONGEST]


def unintroduced(root: Path) -> list[str]:
    """Files whose first line (after a shebang) does not say what they are for."""
    return [
        f"{path.relative_to(root)}: the first line says what the file is for"
        for path in texts(root, INTRODUCED)
        if not is_introduced(path)
    ]


def is_introduced(path: Path) -> bool:
    """Whether the first line of a file (after a shebang) opens a docstring or a comment, with words."""
    lines = path.read_text(encoding="utf-8").splitlines()
    first = next((line for line in lines if not line.startswith("#!")), "")
    return first.startswith(OPENINGS[path.suffix]) and any(c.isalpha() for c in first)


def left_over(root: Path) -> list[str]:
    """Marks of work that was put off."""
    return [
        f"{path.relative_to(root)}:{number}: do it, or say nothing"
        for path in texts(root, INTRODUCED)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if LEFT_OVER.search(line)
    ]


def texts(root: Path, folders: Iterable[str]) -> Iterator[Path]:
    """The source texts in some top-level folders, in order."""
    for folder in folders:
        yield from sorted(p for p in (root / folder).rglob("*") if is_text(p))


def is_text(path: Path) -> bool:
    """Whether a path is a source text of ours, not the litter of some tool."""
    return path.is_file() and path.suffix in OPENINGS and not path.name.startswith(".")


Rule = Callable[[Path], list[str]]
RULES: tuple[Rule, ...] = (unplaced, upward, together, cyclic, too_long, too_large, unintroduced, left_over)


# ── the tests ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_tree_keeps_the_rule(rule: Rule) -> None:
    assert rule(ROOT) == []


DOC = '"""A made-up file."""\n'
KEPT = {
    "vlad_py/__init__.py": DOC,
    "vlad_py/ground/__init__.py": DOC,
    "vlad_py/ground/source.py": DOC,
    "vlad_py/ground/errors.py": DOC + "import os\nfrom vlad_py.ground.source import Span\n",
    "vlad_py/primitives/__init__.py": DOC + "from vlad_py.primitives import arithmetic, trig\n",
    "vlad_py/primitives/primitive.py": DOC
    + "from ..ground import errors\nfrom ..ground.source import Span\n",
    "vlad_py/primitives/arithmetic.py": DOC,
    "vlad_py/primitives/trig.py": DOC + "from vlad_py.primitives.arithmetic import add\n",
    "vlad_py/numbers/__init__.py": DOC,
    "vlad_py/numbers/chain.py": DOC,
    "vlad_py/numbers/forward/dual.py": DOC + "from ...primitives.primitive import lift\n",
    "vlad_py/numbers/forward/batch.py": DOC + "from vlad_py.numbers.forward.dual import Dual\n",
    "vlad_py/numbers/reverse/tape.py": DOC + "from vlad_py.numbers.chain import times\n",
    "vlad_py/command/cli.py": DOC + "from vlad_py import __version__\nfrom vlad_py.ground import errors\n",
    "grammar/adl.lark": "// A made-up grammar.\n",
    "stdlib/prelude.adl": "# A made-up library.\n",
    "scripts/check": "#!/usr/bin/env bash\n# A made-up script.\n",
}
LATE = "def f():\n    from vlad_py.command import cli\n"
TYPES = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from vlad_py.{} import X\n"
SOURCE, DUAL = "vlad_py/ground/source.py", "vlad_py/numbers/forward/dual.py"

LARGE = {
    "vlad_py/numbers/chain.py": DOC + "class Half:\n" + "    x = 1\n" * 199,
    DUAL: DOC + "from vlad_py.numbers.chain import Half\n\nclass Dual(Half):\n" + "    x = 1\n" * 200,
}

# What breaks which rule, and how the complaint begins.
BROKEN = [
    ("unplaced", {"vlad_py/novel.py": DOC}, "novel.py has no place"),
    ("unplaced", {"vlad_py/novel/deep/file.py": DOC}, "novel/deep/file.py has no place"),
    ("upward", {SOURCE: DOC + "import vlad_py.command.cli\n"}, "ground/source.py:2 imports command/cli.py"),
    ("upward", {SOURCE: DOC + "import vlad_py\n"}, "ground/source.py:2 imports __init__.py"),
    ("upward", {SOURCE: DOC + "from ..command import cli\n"}, "ground/source.py:2 imports command/cli.py"),
    (
        "upward",
        {DUAL: DOC + "from ...command import cli\n"},
        "numbers/forward/dual.py:2 imports command/cli.py",
    ),
    ("upward", {SOURCE: DOC + LATE}, "ground/source.py:3 imports command/cli.py"),
    ("upward", {SOURCE: DOC + TYPES.format("command.cli")}, "ground/source.py:4 imports command/cli.py"),
    ("together", {DUAL: DOC + "from ..reverse import tape\n"}, "numbers/forward/dual.py:2 imports"),
    (
        "together",
        {"vlad_py/primitives/arithmetic.py": DOC + "from .odd import f\n", "vlad_py/primitives/odd.py": DOC},
        "primitives/arith",
    ),
    ("cyclic", {SOURCE: DOC + "from vlad_py.ground import errors\n"}, "these import one another: "),
    ("too_long", {"stdlib/long.adl": "# Long.\n" * (LONGEST + 1)}, "stdlib/long.adl has 401 lines"),
    ("too_large", LARGE, "numbers/forward/dual: Dual has 401 lines with its bases"),
    ("unintroduced", {SOURCE: "import os\n"}, "vlad_py/ground/source.py: the first line"),
    ("unintroduced", {"vlad_py/numbers/__init__.py": ""}, "vlad_py/numbers/__init__.py: the first line"),
    ("unintroduced", {"grammar/adl.lark": "start: NUMBER\n"}, "grammar/adl.lark: the first line"),
    ("unintroduced", {"stdlib/prelude.adl": "let a = 1\n"}, "stdlib/prelude.adl: the first line"),
    ("unintroduced", {"scripts/check": "#!/usr/bin/env bash\nmypy\n"}, "scripts/check: the first line"),
    ("left_over", {"stdlib/prelude.adl": "# A library.\n# TO" + "DO: more\n"}, "stdlib/prelude.adl:2: "),
]


@pytest.mark.parametrize(("rule", "files", "beginning"), BROKEN)
def test_a_broken_rule_is_seen(rule: str, files: dict[str, str], beginning: str, tmp_path: Path) -> None:
    """In a made-up tree that keeps all rules, breaking one of them makes that one complain and no other."""
    write(tmp_path, KEPT)
    assert all(each(tmp_path) == [] for each in RULES)
    write(tmp_path, files)
    complaints = {each.__name__: each(tmp_path) for each in RULES}
    assert [text[: len(beginning)] for text in complaints.pop(rule)] == [beginning]
    # an import from above closes a circle as well, where the other file looks back
    complaints.pop("cyclic", None)
    assert not any(complaints.values())


def test_an_import_for_types_closes_no_cycle(tmp_path: Path) -> None:
    write(tmp_path, KEPT | {SOURCE: DOC + TYPES.format("ground.errors")})
    assert all(each(tmp_path) == [] for each in RULES)


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
