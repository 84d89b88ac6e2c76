"""The gallery: on the site, a picture follows the link to each example that has a function `figure`."""

from __future__ import annotations

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import vlad_py as vlad

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
LINK = re.compile(r"^\[`(\w+)\.adl`\]\(\.\./examples/\1\.adl\)$", re.MULTILINE)


def added(text: str) -> str:
    """The page of the gallery with a picture behind each link that stands alone in a line."""
    return LINK.sub(lambda link: f'{link[0]}\n\n<div class="picture">{picture(link[1])}</div>', text)


def picture(name: str) -> str:
    """The SVG of an example's figure. The program runs as it does from the shell; its assertions count."""
    with redirect_stdout(StringIO()):
        return vlad.load(EXAMPLES / f"{name}.adl", native="auto").figure().svg()
