"""The text of docs/functions.md, made from the table of primitives and the comments of the library."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import matrix

from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.ground import resources
from vlad_py.primitives.kinds import Axial, Elementwise, General, OfReals, Pairing, Predicate, Reduction
from vlad_py.primitives.primitive import Primitive
from vlad_py.reference import page
from vlad_py.session import catalogue
from vlad_py.values.show import show
from vlad_py.values.values import Value

OPENING = """\
# The functions of ADL

<!-- Made from entries and comments by `pytest tests/test_docs.py --accept`: change those. -->

Every built-in function and every function of the standard library, with an example that you can run. For the
language itself see [language.md](language.md).

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
OF_ARRAYS = (  # files of primitives
    "array", "beta", "choice", "diagonals", "factors", "fourier", "indexing", "linear_algebra", "matrices",
    "moving", "products", "statistics", "tensors",
)  # fmt: skip


def text() -> str:
    """The whole file."""
    parts = [OPENING]
    named = [p for _, p in sorted(PRIMITIVES.items(), key=lambda entry: entry[0].lower()) if not p.internal]
    for title, opening in SECTIONS.items():
        own = [p for p in named if section(p) == title]
        parts.append(f"\n## {title}\n\n{opening}\n")
        entries = catalogue.built_in()
        parts += ["\n" + page.section(entries[p.name], 3, more=edges(p)) for p in own]
    for file in resources.prelude_names():
        parts += [f"\n## `{Path(file).name}`, always there\n", *library(file)]
    for file, module in catalogue.libraries().items():
        purpose = f"\n{page.filled(module.doc[:1].upper() + module.doc[1:])}"
        parts += [f"\n## `import {file}`\n", purpose, *library(file, f"import {file}")]
    return "".join([*parts, works_on()])


WORKS = """
## What works on what

Every function of reals and arrays, and what it works on besides plain numbers: both modes of derivatives,
Taylor polynomials, intervals, symbols, all items of a batch in one pass, compiled code. A number stands for
the reason why it does not. All of them have a cost, a pattern of what depends on what, and a text in traces.
This table is a test.

| function | derivatives | Taylor | intervals | symbols | one pass | compiled |
|---|---|---|---|---|---|---|
"""
COLUMNS = (
    ("forward", "reverse", "batches"),
    ("taylor",),
    ("intervals",),
    ("symbols",),
    ("items",),
    ("native",),
)


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
    notes = [page.filled(f"{reason}.", f"{i}. ", "   ") for i, reason in enumerate(reasons, 1)]
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
    return rows and f"| at | value | derivative |\n|---|---|---|\n{rows}"


def structure(primitive: Primitive, xs: tuple[float, ...]) -> str:
    """Arguments, or the partial derivatives with respect to them, as the primitive takes them."""
    value: Value = xs
    if isinstance(primitive, Pairing):
        value = (xs[: len(xs) // 2], xs[len(xs) // 2 :])
    elif len(xs) == 1 and not isinstance(primitive, Reduction):
        value = xs[0]
    return show(value)


def library(file: str, imports: str = "") -> Iterator[str]:
    """The documented names of a file of the library, in its order."""
    for entry in catalogue.library_file(file).values():
        if entry.is_public:
            yield "\n" + page.section(entry, 3, page.Setting(imports))
