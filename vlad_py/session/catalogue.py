"""The catalogue of names: the signature, documentation and place of every name that a program can use.

The editors, the REPL and the Python API all answer from here; nothing here runs a program.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from itertools import takewhile

from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.ground import resources
from vlad_py.ground.documented import written_call
from vlad_py.ground.literals import one_line
from vlad_py.ground.node import field, node
from vlad_py.ground.source import Source, Span
from vlad_py.lowering.groups import bound_names
from vlad_py.primitives.kinds import OfReals
from vlad_py.primitives.primitive import Primitive, signature
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.parse import parse
from vlad_py.values.show import show

OPENING = re.compile(r"#(?!#) *[^# ]")  # a line of the paragraph at the top of a file
ASKED = re.compile(r'\bfunction_of\("[\w.]+", (\w+)\)')
INDENT = "  "  # before a line of an example in a `##` comment
BUILT_IN, FUNCTION, VALUE, MODULE = "built-in function", "function", "value", "module"


@node
class Entry:
    """Everything known about a name without running anything.

    `kind` is one of the constants of this file. `signature` is how the name is used, as in
    `newton(f, x, tolerance)`. `doc` is its documentation without the `example`, which has expressions and
    statements line by line: in a text, these are the indented lines of the `##` comment. `place` is the name
    where it is defined and `statement` the whole definition; both are None for a built-in. A module has
    `members`. A library definition without documentation is not `is_public`: it is private to its file, and
    programs do not see it. The same is true of a name that begins with `_`.
    """

    name: str
    kind: str
    signature: str
    doc: str
    place: Span | None = None
    statement: Span | None = None
    members: Mapping[str, Entry] = field(default_factory=dict)
    example: str = ""

    @property
    def call(self) -> str:
        """How a function is called: as its documentation begins, or as it is defined."""
        return one_line(written_call(self.name, self.doc)) or self.signature

    @property
    def functions(self) -> frozenset[str]:
        """The parameters of a function of the library that have to be functions, as its definition asks."""
        return frozenset(ASKED.findall(self.statement.text)) if self.statement is not None else frozenset()

    @property
    def is_public(self) -> bool:
        """Whether other files may use it."""
        if self.name.startswith("_"):
            return False
        return bool(self.doc) or self.place is None or not self.place.source.library


# ── where names come from ────────────────────────────────────────────────────────────────────


@cache
def built_in() -> Mapping[str, Entry]:
    """The built-in functions by name, operators such as `+` among them."""
    return {
        name: Entry(name, BUILT_IN, signature(primitive), primitive.doc, example=example_of(primitive))
        for name, primitive in PRIMITIVES.items()
        if not primitive.internal
    }


def example_of(primitive: Primitive) -> str:
    """The example of an entry; of a function of one real, its value and its derivative at a point."""
    if primitive.example or primitive.arity != 1 or not isinstance(primitive, OfReals):
        return primitive.example
    ((low, high),) = primitive.probe
    at = next(x for x in ("0.5", "1.5", show((low + high) / 2)) if low < float(x) < high)
    return f"{primitive.name}({at}), derivative({primitive.name})({at})"


def parted(remark: str) -> tuple[str, str]:
    """The words of a `##` comment, and its indented lines: the example."""
    lines = remark.splitlines()
    words = [line for line in lines if not line.startswith(INDENT)]
    shown = (line.removeprefix(INDENT) for line in lines if line.startswith(INDENT))
    return "\n".join(words).strip("\n"), "\n".join(shown)


@cache
def library_file(file: str) -> Mapping[str, Entry]:
    """The definitions of a file of the standard library. FileNotFoundError if there is none."""
    return defined(parse(Source(f"{file}.adl", resources.library_text(file), library=True)))


@cache
def prelude() -> Mapping[str, Entry]:
    """The names of the standard library that every program sees."""
    return {
        name: entry
        for file in resources.prelude_names()
        for name, entry in public(library_file(file)).items()
    }


@cache
def libraries() -> Mapping[str, Entry]:
    """The modules that a program may import by name, with their public definitions."""
    return {
        file: module(file, public(library_file(file)), purpose(file)) for file in resources.library_names()
    }


def public(entries: Mapping[str, Entry]) -> dict[str, Entry]:
    """The public definitions of a file."""
    return {name: entry for name, entry in entries.items() if entry.is_public}


def everywhere() -> Mapping[str, Entry]:
    """The names that every program sees: built in, or of the prelude."""
    return {**built_in(), **prelude()}


def defined(program: syntax.Program) -> dict[str, Entry]:
    """The definitions of the top-level statements of a text, without imports."""
    entries: dict[str, Entry] = {}
    for statement in program.statements:
        if isinstance(statement, syntax.Def):
            doc, example = parted(statement.doc)
            call = _documented(statement, doc) or _call(statement.name, statement.pattern)
            place = statement.name_span
            entries[statement.name] = Entry(
                statement.name, FUNCTION, call, doc, place, statement.span, example=example
            )
        elif isinstance(statement, syntax.Let):
            doc, example = parted(statement.doc)
            function = statement.value if isinstance(statement.pattern, syntax.Name) else None
            for name, place in bound_names(statement.pattern):
                is_named = isinstance(function, syntax.Fn)
                signature = _call(name, function.pattern) if isinstance(function, syntax.Fn) else name
                kind = FUNCTION if is_named else VALUE
                entries[name] = Entry(name, kind, signature, doc, place, statement.span, example=example)
    return entries


def module(name: str, members: Mapping[str, Entry], doc: str = "", statement: Span | None = None) -> Entry:
    """The entry of an imported module, under the name that it was imported by."""
    return Entry(name, MODULE, f"import {name}", doc, statement, statement, members)


def lookup(path: str, scope: Mapping[str, Entry]) -> Entry | None:
    """The entry of `name` or `module.name`; a scope comes before the names that every program sees."""
    first, _, rest = path.partition(".")
    entry = scope.get(first) or everywhere().get(first)
    return entry if entry is None or not rest else entry.members.get(rest)


# ── signatures ───────────────────────────────────────────────────────────────────────────────


def _call(name: str, pattern: syntax.Node) -> str:
    """A call of a function as its definition writes the parameters."""
    text = one_line(pattern.span.text)
    return f"{name}{text}" if isinstance(pattern, syntax.Tuple) else f"{name}({text})"


def _documented(statement: syntax.Def, doc: str) -> str:
    """The call that documentation begins with, or the last of several, for a function that takes all its
    arguments by one name.
    """
    if not isinstance(statement.pattern, syntax.Name):
        return ""
    written = written_call(statement.name, doc)
    return one_line(written) if "," in written.partition(")")[0] else ""


def purpose(file: str | None) -> str:
    """What a library file is for: the first paragraph of its opening comment, without the file's name. "" for
    none.
    """
    if file is None:
        return ""
    lines = takewhile(OPENING.match, resources.library_text(file).splitlines())
    return " ".join(line.lstrip("# ") for line in lines).partition(": ")[2]


def definition_text(entry: Entry) -> str:
    """The definition of a name in a text, documentation included; "" if the text does not define it."""
    if entry.statement is None:
        return ""
    remarks = entry.doc.splitlines() if entry.kind != MODULE else []
    remarks += [INDENT + line for line in entry.example.splitlines()]
    return "\n".join([*(f"## {line}".rstrip() for line in remarks), entry.statement.text])
