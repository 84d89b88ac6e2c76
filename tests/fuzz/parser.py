"""Runs the parser on changed programs: each error has a place and a text.

Drawn at random, without a look at what the parser does; `guided.py` looks.
"""

from __future__ import annotations

import sys
from random import Random

from fuzz.corpus import letters_changed, texts, words_changed
from fuzz.drive import Fuzz, main
from vlad_py.ground.errors import Error, SyntaxError
from vlad_py.ground.source import Source
from vlad_py.syntax.parse import parse

LONGEST = 2000  # letters of a text


def draw(random: Random) -> str:
    """A part of a program, changed."""
    text = random.choice(texts())
    start = random.choice((0, random.randrange(len(text))))
    text = text[start : start + random.choice((50, 200, LONGEST))]
    for change in random.choice(((letters_changed,), (words_changed,), (words_changed, letters_changed))):
        text = change(text, random)
    return text


def complaint(text: str) -> str:
    """What is wrong with what the parser makes of a text."""
    try:
        parse(Source("fuzz.adl", text))
    except SyntaxError as error:
        span = error.span
        if span is None or not 0 <= span.start <= span.end <= len(text):
            return f"a mistake at no place: {error.message}"
        return "" if str(error) else "a mistake without a text"
    except Error as error:
        return f"not a syntax error: {error}"
    return ""


FUZZ = Fuzz("parser", draw, complaint)


if __name__ == "__main__":
    sys.exit(main(FUZZ, __doc__))
