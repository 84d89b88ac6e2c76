"""Changed programs, parsed, checked and run: they give a value or an error of the language, and end in time.

A run has limits. It must keep them, and leave the session usable.
"""

from __future__ import annotations

import sys
from random import Random

from fuzz.corpus import pieces, words_changed
from fuzz.drive import Fuzz, main
from vlad_py.execution.limits import Limits
from vlad_py.ground.errors import Bug, Error, LimitError, render
from vlad_py.session.session import Session
from vlad_py.values.display import display

LIMITS = Limits(steps=5_000, depth=1_000, memory=1 << 29, seconds=0.5, output=10_000)


def draw(random: Random) -> str:
    """A short program, or two in one text, with some words changed."""
    text = random.choice(pieces())
    if random.random() < 0.2:
        text = f"{text}\n{random.choice(pieces())}"
    return words_changed(text, random)


def complaint(text: str) -> str:
    """What is wrong with what comes of a program."""
    session = Session(write=lambda _: None, limits=LIMITS)
    try:
        display(session.evaluate(text), 80)
    except Bug:
        raise
    except Error as error:
        if not render(error):
            return "an error without a text"
        if isinstance(error, LimitError) and session.evaluate("derivative(fn x => x ^ 3)(2)") != 12.0:
            return "the session is not usable after a limit"
    return ""


FUZZ = Fuzz("sources", draw, complaint)

if __name__ == "__main__":
    sys.exit(main(FUZZ, __doc__))
