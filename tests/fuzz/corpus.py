"""The texts that fuzzers begin with, and the changes that they make: random letters and words."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from random import Random

from vlad_py.ground.names import keywords
from vlad_py.session import catalogue

ROOT = Path(__file__).resolve().parent.parent.parent
PLACES = ("tests/language", "tests/errors", "tests/hostile", "examples", "stdlib")
LONGEST = 700  # letters of a piece
WORD = re.compile(r'"[^"\n]*"|[^\W\d][\w\']*|\d+(?:\.\d+)?(?:e-?\d+)?|[=<>!|:.]{2}|\s+|.')
NUMBERS = ["0", "-0", "1", "-1", "2", "0.5", "3", "7", "1e308", "5e-324", "1e15", "inf", "nan", "1e-9"]
ODD = ["true", "nil", "()", "{}", "[]", '""', '"a"', "(1, 2)", "[1, 2, 3]", "list(1, 2)", "sin", "{a: 1}"]
ODD += ["fn x => x", "zeros(0, 3)", 'symbol("a")', "interval(0, 1)", "[[1, 2], [3, 4]]", "(1, (2, 3))"]
KEYWORDS = sorted(keywords())
SIGNS = "( ) [ ] { } , ; : . .. = == != < <= > >= + - * / @ ^ :: |> => _ \n".split(" ")
LETTERS = "()[]{},;:.=<>+-*/@^|\"'#_ \n\t\\aex019é∂𝔸\0\r\x1b\u2028\ufeff\ud800"


@cache
def texts() -> tuple[str, ...]:
    """All programs of the tests, the examples and the library."""
    found = [path for place in PLACES for path in sorted((ROOT / place).rglob("*.adl"))]
    return tuple(path.read_text(encoding="utf-8") for path in found)


@cache
def pieces() -> tuple[str, ...]:
    """Programs without their comments, or parts of them between blank lines, none of them long."""
    found: dict[str, None] = {}
    for text in texts():
        plain = re.sub(r"^\s*#.*\n|[ ]+#[^\n\"]*$", "", text, flags=re.MULTILINE)
        for piece in [plain, *re.split(r"\n\s*\n", plain)]:
            if 0 < len(piece.strip()) <= LONGEST:
                found[piece.strip()] = None
    return tuple(found)


@cache
def names() -> tuple[str, ...]:
    """Names that every program sees, and those of the libraries."""
    members = [f"{name}.{m}" for name, entry in catalogue.libraries().items() for m in entry.members]
    return (*(name for name in catalogue.everywhere() if name.isidentifier()), *members)


def letters_changed(text: str, random: Random) -> str:
    """A text with some letters taken out, put in, doubled, or exchanged for those of another text."""
    for _ in range(random.choice((1, 1, 2, 3, 8))):
        start = random.randint(0, len(text))
        stop = min(len(text), start + random.choice((0, 1, 1, 2, 5, 20)))
        match random.randrange(5):
            case 0:
                middle = ""
            case 1:
                middle = random.choice(LETTERS)
            case 2:
                middle = text[start:stop] * random.choice((2, 3, 50))
            case 3:
                other = random.choice(pieces())
                place = random.randrange(len(other))
                middle = other[place : place + random.choice((1, 5, 30))]
            case _:
                middle = random.choice((*SIGNS, *KEYWORDS))
        text = text[:start] + middle + text[stop:]
    return text


KEYWORDS = (
    "let def import as fn if then else match loop while for in do with and or not true false nil".split()
)


def words_changed(text: str, random: Random) -> str:
    """A program with some words exchanged for others that may stand there, doubled, or taken out."""
    words = WORD.findall(text)
    for _ in range(random.choice((1, 1, 2, 3, 5))):
        places = [i for i, word in enumerate(words) if not word.isspace()]
        if not places:
            break
        i = random.choice(places)
        kind = random.randrange(10)
        if kind == 0:
            del words[i]
        elif kind == 1:
            j = random.choice(places)
            words[i], words[j] = words[j], words[i]
        elif kind == 2:
            other = WORD.findall(random.choice(pieces()))
            start = random.randrange(len(other))
            words[i : i + random.randrange(3)] = other[start : start + random.randint(1, 8)]
        elif kind == 3:
            words.insert(i, random.choice(SIGNS + KEYWORDS))
        else:
            words[i] = _another(words[i], words, random)
    return "".join(words)


def _another(word: str, words: list[str], random: Random) -> str:
    """A word in place of another, mostly of its kind."""
    if random.random() < 0.15:
        return f"({random.choice(ODD)})"
    if word[0].isdigit():
        return random.choice(NUMBERS)
    if word[0].isalpha() and word not in KEYWORDS:
        own = [other for other in words if other[0].isalpha() and other not in KEYWORDS]
        return random.choice(own if random.random() < 0.5 else names())
    if word[0] == '"':
        return random.choice(('""', '"a"', '"axis"', '"∂\\n"'))
    return random.choice(SIGNS)
