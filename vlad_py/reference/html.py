"""Pages as one HTML file each, which needs no other file."""

from __future__ import annotations

from html import escape
from typing import Any

from markdown_it import MarkdownIt
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers.special import TextLexer

from vlad_py.editors.highlight import VladLexer

STYLE = """\
:root { color-scheme: light dark; }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1 code, h2 code { font-size: 0.95em; background: none; padding: 0; }
h2 { margin-top: 2.2em; border-top: 1px solid #8884; padding-top: 0.8em; }
code { background: #8882; padding: 0.1em 0.25em; border-radius: 3px; }
pre { background: #8881; padding: 0.8em 1em; border-radius: 6px; overflow-x: auto; }
pre code { background: none; padding: 0; }
"""
LIGHT, DARK = "a11y-high-contrast-light", "github-dark"  # as in the project's own documents


def document(title: str, markdown: str) -> str:
    """An HTML document of a page, with its programs highlighted."""
    body = MarkdownIt("commonmark", {"highlight": _highlighted}).render(markdown)
    style = f"{STYLE}{_rules(LIGHT)}\n@media (prefers-color-scheme: dark) {{\n{_rules(DARK)}\n}}"
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}\n</style>\n{body}</html>\n"
    )


def _highlighted(code: str, language: str, _: str) -> str:
    lexer = VladLexer() if language == "adl" else TextLexer()
    return highlight(code, lexer, HtmlFormatter(nowrap=True))


def _rules(style: str) -> str:
    """The rules of a style sheet for the tokens of a style of Pygments."""
    formatter: Any = HtmlFormatter(style=style, nobackground=True)
    return str(formatter.get_style_defs("pre code"))
