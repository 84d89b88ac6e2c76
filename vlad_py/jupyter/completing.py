"""Completion in ADL cells: IPython asks a matcher, which knows where such a cell begins."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from vlad_py.jupyter.notebook import Notebook
from vlad_py.session.completion import candidates

if TYPE_CHECKING:
    from IPython.core.completer import CompletionContext, SimpleMatcherResult

_CELL = re.compile(r"\s*%%vlad\b[^\n]*\n")
_EXPRESSION = re.compile(r"%vlad\s+([^\n]*)$")


def matcher_of(notebook: Notebook) -> Callable[[CompletionContext], SimpleMatcherResult]:
    """The matcher that IPython's completer asks: it knows ADL's names in ADL texts."""
    from IPython.core.completer import SimpleCompletion, context_matcher

    @context_matcher()
    def vlad_matcher(context: CompletionContext) -> SimpleMatcherResult:
        lines = context.full_text.split("\n")[: context.cursor_line + 1]
        text = adl_text("\n".join([*lines[:-1], lines[-1][: context.cursor_position]]))
        if text is None:
            return {"completions": []}
        found = candidates(text, notebook.scope(), notebook.value_in_scope)
        return {
            "completions": [SimpleCompletion(each.name, type=each.kind) for each in found],
            "matched_fragment": text[len(text) - found[0].typed :] if found else "",
            "ordered": True,
            "suppress": True,  # Python's names do not belong here
        }

    return vlad_matcher


def adl_text(cell: str) -> str | None:
    """The ADL text before the cursor of a cell; None where it is Python."""
    if begin := _CELL.match(cell):
        return cell[begin.end() :]
    expression = _EXPRESSION.search(cell)
    return expression[1] if expression else None
