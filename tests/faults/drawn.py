"""Faults drawn at random: what the usual mutation operators make of the code.

Sources: A. J. Offutt, A. Lee, G. Rothermel, R. H. Untch and C. Zapf, "An experimental determination of
sufficient mutant operators", ACM TOSEM 5(2), 1996, for signs that are replaced or left out and conditions
that are negated; L. Deng, J. Offutt and N. Li, "Empirical evaluation of the statement deletion mutation
operator", ICST 2013. Swapped arguments, and an argument in the place of its call, are operators of MuJava and
of PIT.

A line is drawn first, so all lines that can have a fault are equally likely; then an operator, then one of
the places of the line where it applies. What is left out:

- annotations, imports, decorators (most set the size of a cache) and names under TYPE_CHECKING: no test could
  see a change of them;
- assertions, and `raise Bug`: they are for what never happens;
- what an error says (a `raise` is only deleted as a whole), and with it all strings and f-strings: tests
  compare such texts as a whole, and a wrong key or kind fails at once, so such faults would only raise the
  share that is found;
- for the same reason, the deletion of a first assignment, and changes of the arguments of `isinstance`.
"""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from fault import ROOT, Fault

FOLDERS = ("vlad_py/numbers", "vlad_py/differentiation", "vlad_py/native", "vlad_py/execution")

SIGNS: dict[type[ast.AST], tuple[str, ...]] = {  # what is written, and what may stand in its place
    ast.Lt: ("<", "<=", ">="),
    ast.LtE: ("<=", "<", ">"),
    ast.Gt: (">", ">=", "<="),
    ast.GtE: (">=", ">", "<"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
    ast.And: ("and", "or"),
    ast.Or: ("or", "and"),
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"),
    ast.Pow: ("**", "*"),
    ast.MatMult: ("@", "*"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
    ast.BitXor: ("^", "&"),
    ast.LShift: ("<<", ">>"),
    ast.RShift: (">>", "<<"),
}


class Change(NamedTuple):
    """The bytes of a file from `start` to `end`, and what replaces them."""

    operator: str
    start: int
    end: int
    text: bytes


class Within(NamedTuple):
    """Where a node stands: the lines of its statement, and the names of its function, each with the line that
    first binds it; None for a node that runs when the file is imported.
    """

    lines: range
    bound: dict[str, int] | None


class Drawn(NamedTuple):
    """A fault that was drawn, and what of the file must run for a test to find it."""

    fault: Fault
    operator: str
    line: int
    within: Within


class Source:
    """The text of a file, as bytes, because Python counts columns in bytes."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.starts = [0, *(m.end() for m in re.finditer(b"\n", text))]

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Where a node begins and ends."""
        assert node.end_lineno is not None and node.end_col_offset is not None
        end = self.starts[node.end_lineno - 1] + node.end_col_offset
        return self.starts[node.lineno - 1] + node.col_offset, end

    def of(self, node: ast.expr | ast.stmt) -> bytes:
        """The text of a node."""
        start, end = self.span(node)
        return self.text[start:end]

    def instead(self, operator: str, node: ast.expr | ast.stmt, text: bytes) -> Change:
        """A text in the place of a node."""
        return Change(operator, *self.span(node), text)

    def between(self, operator: str, start: int, end: int, sign: ast.AST) -> Iterator[Change]:
        """Other signs in the place of one that is written between two places."""
        written, *others = SIGNS[type(sign)]
        sign_or_comment = r"#.*|(" + r"\s+".join(map(re.escape, written.split())) + ")"
        found = next(m for m in re.finditer(sign_or_comment.encode(), self.text[start:end]) if m[1])
        for other in others:
            yield Change(operator, start + found.start(), start + found.end(), other.encode())

    def line(self, change: Change) -> int:
        """The line on which a change begins."""
        return self.text.count(b"\n", 0, change.start) + 1

    def changed(self, change: Change) -> bytes:
        """The text with a change."""
        return self.text[: change.start] + change.text + self.text[change.end :]


def walk(node: ast.AST, within: Within) -> Iterator[tuple[ast.AST, Within]]:
    """All nodes below a node in which there may be faults, and where they stand."""
    if isinstance(node, ast.stmt):
        within = within._replace(lines=lines_of(node))
    elif isinstance(node, ast.match_case):
        within = within._replace(lines=header(node.pattern.lineno, node.body))
    yield node, within
    match node:
        case ast.Raise() | ast.Expr(value=ast.Constant()):
            return
        case ast.FunctionDef():
            for default in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
                yield from walk(default, within)
            within = within._replace(bound=bound_in(node))
            parts: Sequence[ast.AST] = node.body
        case ast.ClassDef():
            within = within._replace(bound=None)
            parts = node.body
        case ast.AnnAssign():
            parts = [node.value] if node.value else []
        case ast.arguments():
            parts = [*node.defaults, *filter(None, node.kw_defaults)]
        case _:
            parts = list(ast.iter_child_nodes(node))
    for part in parts:
        if not is_left_out(part):
            yield from walk(part, within)


def is_left_out(node: ast.AST) -> bool:
    """Whether there are no faults in a node."""
    match node:
        case ast.Assert() | ast.Import() | ast.ImportFrom() | ast.JoinedStr():
            return True
        case ast.If():
            return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        case ast.Raise():
            return (
                isinstance(node.exc, ast.Call)
                and isinstance(node.exc.func, ast.Name)
                and node.exc.func.id == "Bug"
            )
    return False


def lines_of(statement: ast.stmt) -> range:
    """The lines of a statement, without those of the statements inside it."""
    match statement:
        case ast.Match():
            return range(statement.lineno, statement.subject.end_lineno + 1)  # type: ignore[operator]
        case ast.If() | ast.While() | ast.For() | ast.With() | ast.Try() | ast.FunctionDef() | ast.ClassDef():
            return header(statement.lineno, statement.body)
    assert statement.end_lineno is not None
    return range(statement.lineno, statement.end_lineno + 1)


def header(first: int, body: Sequence[ast.stmt]) -> range:
    """The lines from the first one of a compound statement, or of a case, to its body."""
    return range(first, max(first + 1, body[0].lineno))


def bound_in(function: ast.FunctionDef) -> dict[str, int]:
    """The names of a function, and the line where each first has a value; 0 for parameters."""
    found = {argument.arg: 0 for argument in ast.walk(function.args) if isinstance(argument, ast.arg)}
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found[node.id] = min(node.lineno, found.get(node.id, node.lineno))
    return found


def changes(source: Source, node: ast.AST, within: Within) -> Iterator[Change]:
    """All that the operators make of a node."""
    match node:
        case ast.Compare():
            for (left, right), sign in zip(pairwise([node.left, *node.comparators]), node.ops):
                yield from source.between("relation", source.span(left)[1], source.span(right)[0], sign)
        case ast.BoolOp():
            for left, right in pairwise(node.values):
                yield from source.between("and, or", source.span(left)[1], source.span(right)[0], node.op)
        case ast.BinOp() if not joins(node, within):
            start, end = source.span(node.left)[1], source.span(node.right)[0]
            yield from source.between("arithmetic", start, end, node.op)
        case ast.AugAssign():
            start, end = source.span(node.target)[1], source.span(node.value)[0]
            yield from source.between("arithmetic", start, end, node.op)
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert()):
            yield source.instead("sign left out", node, source.of(node.operand))
        case ast.Constant():
            for text in other_constants(node.value):
                yield source.instead("constant", node, text.encode())
        case ast.Call(func=ast.Name(id="isinstance" | "cast")):
            pass
        case ast.Call() if not any(isinstance(argument, ast.Starred) for argument in node.args):
            yield from of_call(source, node)
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        yield negated(source, node.test)
    if isinstance(node, ast.comprehension):
        yield from (negated(source, test) for test in node.ifs)
    if isinstance(node, ast.match_case) and node.guard:
        yield negated(source, node.guard)
    if isinstance(node, ast.stmt) and is_deletable(node, within):
        yield source.instead("statement deleted", node, b"pass")


def joins(node: ast.BinOp, within: Within) -> bool:
    """Whether an operation joins texts, sequences or types: another operator would fail at once."""
    if isinstance(node.op, ast.BitOr) and within.bound is None:
        return True
    return any(is_joined(operand) for operand in (node.left, node.right))


def is_joined(node: ast.expr) -> bool:
    """Whether a node is the literal of a text or of a sequence."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str | bytes)
    return isinstance(node, ast.JoinedStr | ast.List | ast.Tuple)


def negated(source: Source, test: ast.expr) -> Change:
    return source.instead("condition negated", test, b"(not (" + source.of(test) + b"))")


def other_constants(value: object) -> list[str]:
    """What may stand in the place of a constant."""
    match value:
        case bool():
            return [str(not value)]
        case int():
            return [str(value + 1), str(value - 1)] if value > 0 else [str(value + 1)]
        case float():
            return [repr(value + 1.0), f"(-{value!r})"] if value else ["1.0"]
    return []


def of_call(source: Source, call: ast.Call) -> Iterator[Change]:
    """Two arguments swapped, or one of them in place of the call. Not in place of the call of a class, which
    makes something of another kind.
    """
    for left, right in pairwise(call.args):
        (start, left_end), (right_start, end) = source.span(left), source.span(right)
        text = source.of(right) + source.text[left_end:right_start] + source.of(left)
        yield Change("arguments swapped", start, end, text)
    name = ast.unparse(call.func).rpartition(".")[2].lstrip("_")
    if name[:1].islower():
        for argument in call.args:
            if not is_joined(argument):
                yield source.instead("call left out", call, b"(" + source.of(argument) + b")")


def is_deletable(statement: ast.stmt, within: Within) -> bool:
    """Whether the code still runs without a statement."""
    match statement:
        case ast.Expr():
            return not isinstance(statement.value, ast.Constant)
        case ast.Assign():
            bound = within.bound or {}
            names = [n.id for t in statement.targets for n in ast.walk(t) if isinstance(n, ast.Name)]
            return within.bound is not None and (
                not any(isinstance(target, ast.Name | ast.Tuple) for target in statement.targets)
                or all(bound.get(name, statement.lineno) < statement.lineno for name in names)
            )
        case ast.Raise() | ast.Return() | ast.AugAssign() | ast.Continue() | ast.Break():
            return True
        case ast.Delete():
            return not any(isinstance(target, ast.Name) for target in statement.targets)
    return False


def possible(source: Source) -> Iterator[tuple[Change, Within]]:
    """All faults of a text that differ from it."""
    for node, within in walk(ast.parse(source.text), Within(range(0), None)):
        for change in changes(source, node, within):
            if change.text != source.text[change.start : change.end]:
                yield change, within


def as_fault(path: str, before: str, after: str) -> Fault:
    """A changed text as a fault of the list: its changed lines, and enough around them to be unique."""
    old, new = before.split("\n"), after.split("\n")
    first = next(i for i, (a, b) in enumerate(zip(old, new)) if a != b)
    last = 0  # counted from the end
    while last < min(len(old), len(new)) - first - 1 and old[-1 - last] == new[-1 - last]:
        last += 1
    while before.count("\n".join(old[first : len(old) - last])) > 1:
        first, last = max(first - 1, 0), max(last - 1, 0)
    return Fault(path, *("\n".join(lines[first : len(lines) - last]) for lines in (old, new)))


def draw(number: int, seed: int, folders: Sequence[str] = FOLDERS, root: Path = ROOT) -> Iterator[Drawn]:
    """Draws faults of files or folders; the same ones for the same seed and the same code."""
    chance = random.Random(seed)
    lines: dict[tuple[str, int], list[tuple[Change, Within]]] = {}
    sources: dict[str, Source] = {}
    for folder in folders:
        start = root / folder
        for file in sorted(start.rglob("*.py")) if start.is_dir() else [start]:
            path = file.relative_to(root).as_posix()
            source = sources[path] = Source(file.read_bytes())
            for change, within in possible(source):
                lines.setdefault((path, source.line(change)), []).append((change, within))
    for path, line in chance.sample(list(lines), min(number, len(lines))):
        source = sources[path]
        operator = chance.choice(sorted({change.operator for change, _ in lines[path, line]}))
        change, within = chance.choice([one for one in lines[path, line] if one[0].operator == operator])
        fault = as_fault(path, source.text.decode(), source.changed(change).decode())
        yield Drawn(fault, operator, line, within)
