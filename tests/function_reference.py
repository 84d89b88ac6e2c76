"""The text of docs/functions.md, made from the table of primitives and the comments of the library."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

import matrix
from documents import LONGEST_LINE

from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.ground import resources
from vlad_py.ground.source import Source
from vlad_py.primitives.kinds import Axial, Elementwise, General, OfReals, Pairing, Predicate, Reduction
from vlad_py.primitives.primitive import Primitive
from vlad_py.syntax.parse import parse
from vlad_py.syntax.tree import Def, Let
from vlad_py.values.show import show
from vlad_py.values.values import Value

OPENING = """\
# The functions of ADL

Every built-in function and every function of the standard library, in their own words: this file is made
from their entries and comments by `pytest tests/test_docs.py --accept`. For the language itself see
[language.md](language.md).

You can differentiate all functions of reals and arrays here to any order, in any mode and nesting. A table
shows the special points: the value there, and the derivative with respect to each argument. The tests check
these tables.
"""
SECTIONS = {
    "Functions of reals": "For arrays they are elementwise: `sin([0, 1])`, `[1, 2] + 3`.",
    "Reductions": "For several arrays they are elementwise: `max(a, b)`, `max(a, 0)`. For one array also "
    "along an axis:\n`sum(m, {axis: 0})` adds the rows of a matrix, `{axis: 1}` or `{axis: -1}` its columns.",
    "Arrays": "Making arrays, moving their elements, linear algebra; some are of lists and tuples too.",
    "Comparison, data and text": "For values of all kinds.",
}
LISTS = ("Arrays", "Comparison, data and text")  # the sections whose functions are items, not headings
OF_ARRAYS = ("array", "choice", "diagonals", "indexing", "linear_algebra", "products")  # files of primitives


def text() -> str:
    """The whole file."""
    parts = [OPENING]
    named = [p for _, p in sorted(PRIMITIVES.items(), key=lambda entry: entry[0].lower()) if not p.internal]
    for title, opening in SECTIONS.items():
        own = [p for p in named if section(p) == title]
        parts.append(f"\n## {title}\n\n{opening}\n")
        if title in LISTS:
            parts += ["\n", *(item(p.name, p.doc) for p in own)]
        else:
            parts += [f"\n### `{p.name}`\n\n{filled(p.doc)}{edges(p)}" for p in own]
    for file in resources.prelude_names():
        parts += [f"\n## `{Path(file).name}`, always there\n\n", *library(file)]
    for file in resources.library_names():
        parts += [f"\n## `import {file}`\n\n", *library(file)]
    return "".join([*parts, works_on()])


WORKS = """
## What works on what

Every function of reals and arrays, and what it works on besides plain numbers: both modes of derivatives,
Taylor polynomials, intervals, symbols, compiled code. A number stands for the reason why it does not. All of
them have a cost, a pattern of what depends on what, and a text in traces. This table is a test.

| function | derivatives | Taylor | intervals | symbols | compiled |
|---|---|---|---|---|---|
"""
COLUMNS = (("forward", "reverse", "batches"), ("taylor",), ("intervals",), ("symbols",), ("native",))


def works_on() -> str:
    """The matrix of primitives and readers, of those that programs see, with the reasons of its gaps."""
    reasons: list[str] = []
    rows = []
    for primitive in sorted(matrix.of_numbers(), key=lambda p: p.name.lower()):
        if primitive.internal:
            continue
        cells = []
        for readers in COLUMNS:
            found = [reason for reader in readers if (reason := matrix.cell(primitive, reader))]
            if isinstance(primitive, Predicate) and "forward" in readers:
                found = ["it compares plain numbers, and carries no derivative"]
            if found and found[0] not in reasons:
                reasons.append(found[0])
            cells.append(str(reasons.index(found[0]) + 1) if found else "✓")
        rows.append(f"| `{primitive.name}` | {' | '.join(cells)} |\n")
    notes = [filled(f"{reason}.", f"{i}. ", "   ") for i, reason in enumerate(reasons, 1)]
    return "".join([WORKS, *rows, "\n", *notes])


def section(primitive: Primitive) -> str:
    """The title under which a function stands."""
    if isinstance(primitive, Elementwise):
        return "Functions of reals"
    if isinstance(primitive, (Reduction, Pairing)):
        return "Reductions"
    code = getattr(primitive.value, "__code__", None)
    file = Path(code.co_filename).stem if code is not None else ""
    is_of_arrays = isinstance(primitive, (General, Axial)) or file in OF_ARRAYS
    return "Arrays" if is_of_arrays else "Comparison, data and text"


def edges(primitive: Primitive) -> str:
    """The table of a primitive's special points; nothing if its entry has none."""
    rows = "".join(
        f"| `{structure(primitive, xs)}` | `{show(y)}` | `{structure(primitive, partials)}` |\n"
        for xs, y, partials in (primitive.edges if isinstance(primitive, OfReals) else ())
    )
    return rows and f"\n| at | value | derivative |\n|---|---|---|\n{rows}"


def structure(primitive: Primitive, xs: tuple[float, ...]) -> str:
    """Arguments, or the partial derivatives with respect to them, as the primitive takes them."""
    value: Value = xs
    if isinstance(primitive, Pairing):
        value = (xs[: len(xs) // 2], xs[len(xs) // 2 :])
    elif len(xs) == 1 and not isinstance(primitive, Reduction):
        value = xs[0]
    return show(value)


def library(file: str) -> Iterator[str]:
    """The documented names of a file of the library, in its order."""
    for statement in parse(Source(file, resources.library_text(file))).statements:
        if isinstance(statement, (Def, Let)) and statement.doc:
            name = statement.name if isinstance(statement, Def) else statement.pattern.span.text
            yield item(name, statement.doc)


def item(name: str, doc: str) -> str:
    """A name as an item of a list."""
    return filled(doc, f"- **`{name}`** ", "  ")


def filled(doc: str, before: str = "", indent: str = "") -> str:
    """A comment as lines of Markdown."""
    text = before + " ".join(doc.split()).replace("*", "\\*")
    lines = textwrap.wrap(text, LONGEST_LINE, subsequent_indent=indent, break_on_hyphens=False)
    return "\n".join(lines) + "\n"
