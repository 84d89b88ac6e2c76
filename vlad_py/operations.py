"""How many operations an expression takes, and of a call f(x) also the derivatives of f at x.

The expression runs in a session of its own, whose numbers count (see numbers/counted.py): every
application of a primitive to numbers is one, on an array as on a real. What moves data about is none;
nor is, in the chain rule, the product with a constant partial of 1 or -1, which is not carried out, nor
what rules of differentiation do with constants alone.
"""

from __future__ import annotations

from collections import Counter

from vlad_py import syntax
from vlad_py.errors import RunError
from vlad_py.lowering.groups import mentioned_names
from vlad_py.numbers.counted import Tally, counted
from vlad_py.parse import parse
from vlad_py.script import LAST, reads_back, script_of
from vlad_py.session import Session
from vlad_py.source import Source
from vlad_py.values import Value, is_real, leaves, size_of, transform

VALUE, DERIVATIVE, GRADIENT, SUM = "value", "derivative", "gradient", "all"


def operations(session: Session, text: str, name: str, folder: str | None) -> dict[str, Tally]:
    """The counts of a text in a session, by what was evaluated.

    Of a call whose value is a real there are those of the derivative (where the argument is a real)
    and the gradient as well, and the argument's own operations do not count. Raises errors.Error.
    """
    program = parse(Source(name, text))
    tally: Tally = Counter()
    other = _counting(session, program, tally, folder)
    (call,) = program.statements if len(program.statements) == 1 else (None,)
    if not isinstance(call, syntax.Call):
        tally.clear()
        other.evaluate(text, name, folder)
        return {VALUE: tally}
    function = other.evaluate(_alone(text, call.function), name, folder)
    argument = other.evaluate(_alone(text, call.argument), name, folder)
    found: dict[str, Tally] = {}

    def count(what: str, function: Value) -> Value:
        tally.clear()
        value = other.call(function, argument)
        found[what] = tally.copy()
        return value

    value = count(VALUE, function)
    if is_real(value) and any(size_of(leaf) for leaf in leaves(argument)):
        for operator in (DERIVATIVE, GRADIENT) if is_real(argument) else (GRADIENT,):
            count(operator, other.call(other.evaluate(operator), function))
    return found


def _alone(text: str, node: syntax.Node) -> str:
    """A text of which only a node is left, in its place: so errors show where it stands."""
    before = "".join(c if c == "\n" else " " for c in text[: node.span.start])
    return before + node.span.text


def _counting(session: Session, program: syntax.Program, tally: Tally, folder: str | None) -> Session:
    """A session with the same definitions, whose operations are counted."""
    other = Session(write=lambda _: None, limits=session.limits, tally=tally)
    script, left_out = script_of(session, by_value=True)
    used = mentioned_names(program)
    for name in left_out:
        if name in used:
            raise RunError(f"`{name}` was made with names that now stand for something else")
    other.evaluate(script, "the session", folder)
    if LAST in used and LAST in session.names():
        last = session.value(LAST)
        if not reads_back(last):
            raise RunError("the last value holds functions", hint="define them by `def`")
        other.define(LAST, transform(last, lambda leaf: counted(leaf, tally)))
    return other


def table(columns: dict[str, Tally]) -> str:
    """Counts as lines: a primitive each, the most frequent first, and their sums."""
    total: Tally = Counter()
    for tally in columns.values():
        total.update(tally)
    rows = [["", *columns]]
    for name, _ in sorted(total.items(), key=lambda item: (-item[1], item[0])):
        rows.append([name, *(str(tally[name]) for tally in columns.values())])
    rows.append([SUM, *(str(tally.total()) for tally in columns.values())])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for first, *others in rows:
        cells = [text.rjust(width) for text, width in zip(others, widths[1:], strict=True)]
        lines.append("  ".join([first.ljust(widths[0]), *cells]))
    return "\n".join(lines)
