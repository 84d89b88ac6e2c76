"""The errors of a text, found without running it: every statement is parsed and resolved."""

from __future__ import annotations

from collections.abc import Callable

from vlad_py.checking.mend import Mended
from vlad_py.ground.errors import Error
from vlad_py.ground.source import Span
from vlad_py.session.modules import defined_names
from vlad_py.session.session import Session
from vlad_py.syntax import tree as syntax

MOST = 50  # errors of names that are looked for; each costs a pass over the text


def errors_of(
    mended: Mended, folder: str | None, is_abandoned: Callable[[], bool] = lambda: False
) -> list[Error]:
    """The errors of a text in their order; its imports are looked for in `folder`. It stops early once nobody
    waits for them.

    It finds the first error of every statement. A statement with an error is set aside, its names count as
    defined, and the others are checked again.
    """
    found: list[Error] = list(mended.errors)
    statements = mended.program.statements
    known = set(mended.lost)
    while len(found) < MOST and not is_abandoned():
        program = syntax.Program(mended.program.span, statements)
        try:
            Session(runs=False).resolve(_with(known, program), folder)
            break
        except Error as error:
            found.append(error)
            at = place_in(error, program.span)
        wrong = tuple(s for s in statements if s.span.start <= at.start < s.span.end)
        if not wrong:
            break
        known |= defined_names(syntax.Program(program.span, wrong))
        known |= {s.name for s in wrong if isinstance(s, syntax.Import)}
        statements = tuple(s for s in statements if s not in wrong)
    return sorted(found, key=lambda error: place_in(error, mended.program.span).start)


def _with(names: set[str], program: syntax.Program) -> syntax.Program:
    """A program that defines some names as well."""
    imported = {s.name for s in program.statements if isinstance(s, syntax.Import)}
    span = Span(program.span.source, program.span.end, program.span.end)
    added = (
        syntax.Let(span, syntax.Name(span, name), syntax.Nil(span), "")
        for name in sorted(names - defined_names(program) - imported)
    )
    return syntax.Program(program.span, (*program.statements, *added))


def place_in(error: Error, text: Span) -> Span:
    """The place of an error in a text; for an error in an imported file, the import."""
    spans = [error.span, *(caller.span for caller in error.stack)]
    for span in spans:
        if span is not None and span.source.name == text.source.name:
            return span
    return Span(text.source, text.start, text.start)
