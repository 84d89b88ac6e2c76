"""Programs in the documents that print plots: on the site, pictures stand in the place of the drawings."""

from __future__ import annotations

import re

from vlad_py.ground.errors import Error
from vlad_py.ground.source import Source
from vlad_py.plots.plot import Plot
from vlad_py.session.session import Session
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.parse import parse

BLOCK = re.compile(r"^```adl\n(.*?)^```$\n", re.MULTILINE | re.DOTALL)


def added(text: str) -> str:
    """A document with the pictures of its plots."""
    return BLOCK.sub(lambda block: with_pictures(block[1]), text)


def with_pictures(program: str) -> str:
    """A block of a program, and the plots that it prints."""
    whole = f"```adl\n{program}```\n"
    if not re.search(r"\b(plot|histogram|contour)\(", program):
        return whole
    found = plots_of(program)
    if not found:
        return whole
    for plot in found:
        drawn = "".join(f"#> {line}".rstrip() + "\n" for line in plot.text().split("\n"))
        program = program.replace(drawn, "", 1)
    pictures = (f'\n<div class="picture">{plot.svg()}</div>\n' for plot in found)
    return f"```adl\n{program}```\n" + "".join(pictures)


def plots_of(program: str) -> list[Plot]:
    """The plots that the statements of a program print; none of a program that fails."""
    session = Session(write=lambda _: None)
    source = Source("<program>", program)
    try:
        session.evaluate(program)
        statements = parse(source).statements
        calls = [s for s in statements if isinstance(s, syntax.Call) and isinstance(s.function, syntax.Name)]
        values = [session.evaluate(c.argument.span.text) for c in calls if c.function.span.text == "print"]
    except Error:
        return []
    return [value for value in values if type(value) is Plot]
