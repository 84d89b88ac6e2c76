"""Types changed programs and commands into the REPL, each in a session of its own.

It says what is wrong, and goes on. Each input has limits. Files are written into an empty folder.
"""

from __future__ import annotations

import os
import sys
import tempfile
from random import Random

from talk import Talk

from fuzz.corpus import ROOT, names, pieces, words_changed
from fuzz.drive import Fuzz, main
from fuzz.sources import LIMITS
from vlad_py.repl.commands import COMMANDS

TYPED = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests" / "repl").glob("*.session"))]
LEFT_OUT = {"edit", "time"}  # the one starts a program, the other takes its time
ARGUMENTS = (
    "",
    "",
    "1",
    "steps 100",
    "depth 10",
    "nan error",
    "digits 3",
    "no.adl",
    ".",
    "..",
    "\0",
    "x y z",
    "f",
)


def draw(random: Random) -> str:
    """Some lines: programs, commands, and parts of recorded sessions."""
    lines = []
    for _ in range(random.choice((1, 2, 4))):
        kind = random.random()
        if kind < 0.4:
            lines.append(random.choice(pieces()))
        elif kind < 0.6:
            lines.append(random.choice(("?", "??")) + random.choice(names()))
        else:
            command = random.choice([name for name in COMMANDS if name not in LEFT_OUT])
            argument = random.choice((*ARGUMENTS, *names()[:5], random.choice(pieces())))
            lines.append(f":{command} {argument}")
    if random.random() < 0.2:
        text = random.choice(TYPED)
        start = random.randrange(len(text))
        lines.append(text[start : start + 200])
    return "\n".join(words_changed(line, random) if random.random() < 0.5 else line for line in lines)


def complaint(text: str) -> str:
    """What is wrong with what the REPL says."""
    talk = Talk()
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            for line in (text, "derivative(fn x => x ^ 3)(2)"):
                talk.engine.limits = talk.engine.session.limits = LIMITS
                talk.engine.is_quiet = False
                try:
                    said = talk.said(line)
                except EOFError:
                    return ""  # it was told to quit
                if "internal error" in said or "Traceback" in said:
                    return said
        finally:
            os.chdir(before)
    return ""


FUZZ = Fuzz("lines", draw, complaint, longest=3.0)

if __name__ == "__main__":
    sys.exit(main(FUZZ, __doc__))
