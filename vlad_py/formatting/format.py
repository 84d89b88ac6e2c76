"""Formats a program in the one style; its meaning and its comments stay the same."""

from __future__ import annotations

import functools
from collections import Counter

from vlad_py.formatting.comments import comments_of
from vlad_py.formatting.document import render
from vlad_py.formatting.draw import Drawing
from vlad_py.formatting.trees import Trees
from vlad_py.ground import resources
from vlad_py.ground.errors import RunError, SyntaxError
from vlad_py.ground.source import Source, Span
from vlad_py.syntax import tables
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.newlines import Layout
from vlad_py.syntax.parse import parse, tokens
from vlad_py.syntax.parser import Parser

MOST_LAYOUTS = 10
WIDTH = 110  # of the longest line


def formatted(source: Source) -> str:
    """The text of a program in the one style of the language.

    It means the same: its tree is the same, and so are its comments. A text that is formatted already comes
    back as it is. Raises errors.SyntaxError, and errors.RunError where a comment stands in its way.
    """
    before, remarks = parse(source), _remarks(source.text)
    text = source.text
    for _ in range(MOST_LAYOUTS):
        laid_out = _laid_out(text)
        if laid_out == text:
            return text
        # a block that a first layout breaks keeps its lines in the next one, which may lay out more around it
        text = laid_out
        if not _is_same(before, remarks, Source(source.name, text)):
            break
    where = "a comment stands where no line can break"
    raise RunError(f"this text cannot be formatted: {where}", hint="put comments on lines of their own")


def _is_same(before: syntax.Program, remarks: Counter[str], source: Source) -> bool:
    """Whether a text has the tree and the comments of the text that it was made of."""
    try:
        return same_tree(before, parse(source)) and remarks == _remarks(source.text)
    except SyntaxError:
        return False


def _laid_out(text: str) -> str:
    found = tokens(text)
    around, end = comments_of(text, found)
    return render(Drawing(around, found).document(_parser().parse(text), end), WIDTH)


def same_tree(one: object, other: object) -> bool:
    """Whether two syntax trees are the same but for their spans."""
    pairs = [(one, other)]
    while pairs:
        a, b = pairs.pop()
        if isinstance(a, Span) and isinstance(b, Span):
            continue
        if isinstance(a, tuple) and isinstance(b, tuple):
            if len(a) != len(b):
                return False
            pairs.extend(zip(a, b, strict=True))
        elif type(a) is not type(b):
            return False
        elif hasattr(a, "__match_args__"):
            pairs.extend((getattr(a, name), getattr(b, name)) for name in type(a).__match_args__)
        elif a != b:
            return False
    return True


def _remarks(text: str) -> Counter[str]:
    """The comments of a text and how often each is there."""
    around, end = comments_of(text, tokens(text))
    remarks = Counter(remark.text for remark in end.above)
    for here in around.values():
        remarks.update(remark.text for remark in here.above)
        remarks.update([here.behind] if here.behind else [])
    return remarks


@functools.cache
def _parser() -> Parser:
    """A parser that keeps every token."""
    layout = Layout()
    return tables.parser_of(resources.grammar_text(), "program", layout, Trees(), whole=True)
