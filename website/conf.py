"""How Sphinx makes the site of the documents: `scripts/docs`. Nothing in it is fetched from another host.

The root of the sources is that of the repository, so links are the same in both.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "website")]

import gallery  # noqa: E402
import pictures  # noqa: E402
import plots  # noqa: E402
from transcript import TranscriptLexer  # noqa: E402

from vlad_py import __version__  # noqa: E402
from vlad_py.editors.highlight import VladLexer  # noqa: E402

project = "ADL and vlad_py"
version = release = __version__
extensions = ["myst_parser", "sphinx_copybutton"]
root_doc = "docs/index"
include_patterns = ["*.md", "docs/**.md", "design/*.md", "benchmarks/*.md", "examples/**.md"]
myst_enable_extensions = ["html_image"]
myst_heading_anchors = 3
myst_links_external_new_tab = False
highlight_language = "text"
# In a session the button copies only what is typed, without prompts; in a program it copies everything.
copybutton_prompt_text = "|".join((r"\$ ", "vlad> ", r"  \.\.\. ", r"In \[\d+\]: ", r"   \.\.\.: "))
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True
pygments_style, pygments_dark_style = "a11y-high-contrast-light", "github-dark"

html_theme = "furo"
html_favicon = "../editors/vscode/icon.png"
html_title = f"{project} {version}"
html_static_path = ["static"]
html_css_files = ["site.css", "playground/blocks.css"]
html_js_files = [("playground/blocks.js", {"type": "module"})]
html_extra_path = ["index.html", "playground.html"]  # the first leads to the root document
templates_path = ["templates"]
html_context = {"versions": os.environ.get("SITE_VERSIONS")}  # a page beside the site that lists them
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "playground-link.html",
        "versions-link.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
html_copy_source = False
html_use_index = False
html_show_copyright = False

# The order of the pages. A pattern stands for the documents of a folder that are named nowhere.
CONTENTS = {
    "Using it": (
        "docs/tutorial",
        "docs/exercises",
        "docs/language",
        "docs/functions",
        "docs/methods",
        "docs/plots",
        "docs/gallery",
        "docs/cookbook",
    ),
    "Where it runs": (
        "docs/python",
        "docs/playground",
        "docs/repl",
        "docs/jupyter",
        "docs/editors",
        "docs/*",
    ),
    "Background": ("docs/how-it-works", "docs/comparison", "docs/reliability", "examples/survey/README"),
    "Project": ("README", "CONTRIBUTING", "CHANGELOG", "benchmarks/*", "*"),
    "Design": ("design/*",),
}
FOLDER = re.compile(r"\[([^\]]*)\]\(([^)\s#:]+)\)")


def contents() -> str:
    """The tables of contents, hidden in the root document and shown in the sidebar."""
    return "".join(
        f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{paths}\n```\n"
        for caption, patterns in CONTENTS.items()
        for paths in ["\n".join(f"/{page}" for page in pages(patterns))]
    )


def pages(patterns: tuple[str, ...]) -> list[str]:
    """The documents that names and patterns stand for."""
    named = {root_doc, *(name for names in CONTENTS.values() for name in names)}
    found = []
    for pattern in patterns:
        paths = (path.relative_to(ROOT).with_suffix("") for path in sorted(ROOT.glob(f"{pattern}.md")))
        found += (
            [pattern] if "*" not in pattern else [p.as_posix() for p in paths if p.as_posix() not in named]
        )
    return found


def prepare(app: Sphinx, document: str, source: list[str]) -> None:
    """What a document lacks for the site: contents, plots, pictures. A link to a folder becomes its text."""
    here = (ROOT / document).parent
    text = FOLDER.sub(lambda link: link[1] if (here / link[2]).is_dir() else link[0], source[0])
    if document == root_doc:
        text += contents()
    text = pictures.added(text)
    if document == "docs/gallery":
        text = gallery.added(text)
    if document == "docs/functions":
        text = plots.added(text)
    source[0] = text


def setup(app: Sphinx) -> None:
    """What Sphinx calls first."""
    app.add_lexer("adl", VladLexer)
    for name in TranscriptLexer.aliases:
        app.add_lexer(name, TranscriptLexer)
    app.connect("source-read", prepare)
