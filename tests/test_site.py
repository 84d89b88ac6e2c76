"""The site of the documents is built without a warning, holds together, and needs no other host."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import documents
import pytest
from pygments.token import Generic, Keyword
from transcript import TranscriptLexer

from vlad_py.differentiation.table import PRIMITIVES

pytestmark = pytest.mark.slow

ROOT = documents.ROOT
HOST = re.compile(r"(?:\w+:)?//")
LOADS = re.compile(r"""(?:@import\s+["']|url\(["']?)([^"')]+)""")  # in a style sheet


@dataclass
class Page(HTMLParser):
    """A page: what can be linked in it, where its links lead, and what it loads."""

    path: Path
    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes what a tag refers to."""
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            elif name in ("href", "src", "srcset", "data", "action") and value:
                (self.links if tag == "a" else self.loads).append(value)


def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path) for path in sorted(site.rglob("*.html"))}


def broken(site: Path) -> list[str]:
    """Links and loads that lead to nothing in the site."""
    found = pages(site)
    complaints = []
    for page in found.values():
        for target in [*page.links, *page.loads]:
            if HOST.match(target) or target.startswith("data:"):
                continue
            name, _, anchor = unquote(target).partition("#")
            path = (page.path.parent / name.partition("?")[0]).resolve() if name else page.path
            if not path.is_file() or (anchor and path in found and anchor not in found[path].ids | {""}):
                complaints.append(f"{page.path.relative_to(site)}: {target}")
    return complaints


def foreign(site: Path) -> list[str]:
    """What pages and style sheets load from other hosts."""
    loads = [(page.path, target) for page in pages(site).values() for target in page.loads]
    for path in site.rglob("*.css"):
        loads += [(path, target) for target in LOADS.findall(path.read_text(encoding="utf-8"))]
    return [f"{path.relative_to(site)}: {target}" for path, target in loads if HOST.match(target)]


# ── the site ─────────────────────────────────────────────────────────────────────────────────


def test_links_lead_somewhere(site: Path) -> None:
    assert broken(site.resolve()) == []


def test_nothing_is_loaded_from_another_host(site: Path) -> None:
    assert foreign(site) == []


def test_every_document_is_there(site: Path) -> None:
    wanted = {path.relative_to(ROOT).with_suffix(".html") for path in documents.PATHS}
    assert wanted - {path.relative_to(site) for path in site.rglob("*.html")} == set()


def test_programs_are_highlighted_by_our_lexer(site: Path) -> None:
    text = (site / "docs" / "language.html").read_text(encoding="utf-8")
    assert '<span class="kd">let</span>' in text
    transcript = (site / "docs" / "how-it-works.html").read_text(encoding="utf-8")
    assert '<span class="gp">$ </span>' in transcript


def test_functions_of_one_real_are_plotted(site: Path) -> None:
    text = (site / "docs" / "functions.html").read_text(encoding="utf-8")
    plotted = set(re.findall(r'<svg [^>]*aria-label="(\w+) and its derivative"', text))
    named = {p.name for p in PRIMITIVES.values() if not p.internal}
    assert {"sin", "abs", "floor", "lgamma"} <= plotted <= named


def test_every_figure_of_an_example_is_in_the_gallery(site: Path) -> None:
    text = (site / "docs" / "gallery.html").read_text(encoding="utf-8")
    examples = (ROOT / "examples").glob("*.adl")
    drawn = {path.stem for path in examples if "def figure()" in path.read_text(encoding="utf-8")}
    shown = re.findall(r'>(\w+)\.adl</span></code></span></a></p>\s*<div class="picture"><svg ', text)
    assert len(drawn) > 10
    assert sorted(shown) == sorted(drawn)


def test_a_curve_breaks_where_it_jumps(site: Path) -> None:
    """`sign` is two lines, and a dot at the origin; its derivative is one line."""
    text = (site / "docs" / "functions.html").read_text(encoding="utf-8")
    (plot,) = re.findall(r'aria-label="sign and its derivative".*?</svg>', text, re.DOTALL)
    assert re.findall(r'class="value" d="([^"]*)"', plot)[0].count("M") == 2
    assert '<circle class="value" cx="0" cy="0.0"' in plot
    assert re.findall(r'class="derivative" d="([^"]*)"', plot)[0].count("M") == 1


def test_the_axes_of_a_plot_have_numbers(site: Path) -> None:
    text = (site / "docs" / "functions.html").read_text(encoding="utf-8")
    (plot,) = re.findall(r'aria-label="sin and its derivative".*?</svg>', text, re.DOTALL)
    assert re.findall(r">([^<>]+)</text>", plot) == [*"−3 −2 −1 1 2 3 −2 −1 1 2".split()]


def test_headings_of_functions_are_calls(site: Path) -> None:
    page = Page(site / "docs" / "functions.html")
    assert {"sinx", "atan2y-x", "jacobianfx"} <= page.ids


def test_users_read_before_those_who_change_it(site: Path) -> None:
    text = (site / "docs" / "index.html").read_text(encoding="utf-8")
    captions = re.findall(r'<p class="caption"[^>]*><span class="caption-text">([^<]+)', text)
    assert captions[0] == "Using it" and captions[-1] == "Design"


def test_blocks_have_a_button_that_copies(site: Path) -> None:
    text = (site / "docs" / "tutorial.html").read_text(encoding="utf-8")
    assert "copybutton.js" in text and "clipboard.min.js" in text


def test_sessions_are_highlighted_by_what_is_typed_in_them() -> None:
    """Keywords of either language stand after prompts and in a program that is shown; the rest is text."""
    text = (
        "$ cat a.adl\nlet x = 1\n$ vlad a.adl\nlet\nvlad> let y = 2\n  ... fn y\nlet\nvlad> ?\n"
        "In [1]: import b\nIn [2]: %%vlad\n   ...: let z = 3\nlet\n"
    )
    tokens = list(TranscriptLexer().get_tokens_unprocessed(text))
    assert "".join(piece for _, _, piece in tokens) == text
    keywords = [text[:at].count("\n") for at, kind, _ in tokens if kind in Keyword]
    assert keywords == [1, 4, 5, 8, 10]
    assert sum(kind is Generic.Prompt for _, kind, _ in tokens) == 8


# ── the checks themselves ────────────────────────────────────────────────────────────────────


def test_what_is_broken_or_foreign_is_seen(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("@import 'https://example.org/a.css'; b { c: url(//example.org/d) }")
    (tmp_path / "a.html").write_text(
        '<p id="here"><a href="#here">1</a><a href="#there">2</a><a href="b.html">3</a>'
        '<a href="https://example.org">4</a><img src="https://example.org/e.png"><img src="data:,">'
    )
    assert broken(tmp_path) == ["a.html: #there", "a.html: b.html"]
    assert foreign(tmp_path) == [
        "a.html: https://example.org/e.png",
        "a.css: https://example.org/a.css",
        "a.css: //example.org/d",
    ]
