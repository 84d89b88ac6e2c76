"""Pickles: which classes they name, and what becomes of one that is damaged or changed."""

from __future__ import annotations

import io
import pickle
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from any_calls import HELPERS, VALUES
from test_api_pickle import TEXTS

import vlad_py as vlad
from vlad_py.ground.errors import Bug, ConversionError, Error
from vlad_py.session.session import Session


def things() -> list[Any]:
    """Functions that hold every kind of value, functions of every kind, expressions, a module's functions."""
    session = Session(write=lambda _: None)
    session.evaluate(HELPERS.replace("3000", "30"))
    held = [
        vlad.Function(session.evaluate(f"{{ let t = 2; let v = {text}; fn () => v }}")) for text in VALUES
    ]
    v = vlad.symbol("v", 3)
    expression = vlad.evaluate("fn v => sum(v ^ 2) * v[0] + max(v, {axis: 0}) + v @ v")(v)
    return [*held, *map(vlad.evaluate, TEXTS), v, expression, vlad.Limits(steps=3)]


class Recording(pickle.Unpickler):
    """Reads a pickle, and keeps what it names."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))
        self.named: set[tuple[str, str]] = set()

    def find_class(self, module: str, name: str) -> Any:
        self.named.add((module, name))
        return super().find_class(module, name)


def test_a_pickle_names_nothing_but_vlad_py_and_signatures() -> None:
    """So whoever reads pickles of others may allow these names only."""
    pickled = 0
    for thing in things():
        with suppress(ConversionError):
            reading = Recording(pickle.dumps(thing))
            reading.load()
            pickled += 1
            assert {module.partition(".")[0] for module, _ in reading.named} <= {"vlad_py", "inspect"}
    assert pickled > 100


# ── damaged ones ─────────────────────────────────────────────────────────────────────────────

OTHERS: tuple[Any, ...] = (
    0,
    -1,
    99,
    10**30,
    1.5,
    True,
    None,
    "",
    "a",
    "sin",
    "../a",
    b"abc",
    (),
    ("x",),
    {},
    ("^", 2),
)


def damaged(node: Any, draw: random.Random) -> Any:
    """A node, or a part of one, with one thing in it that is another."""
    if not isinstance(node, tuple) or draw.random() < 0.1:
        return draw.choice(OTHERS)
    parts = list(node)
    if not parts or draw.random() < 0.1:
        parts.insert(draw.randint(0, len(parts)), draw.choice(OTHERS))
    elif draw.random() < 0.1:
        del parts[draw.randrange(len(parts))]
    else:
        at = draw.randrange(len(parts))
        parts[at] = damaged(parts[at], draw)
    return tuple(parts)


def attempted(action: Callable[[], object]) -> bool:
    """Whether something goes well; it may fail with an error of ours, which is no bug."""
    try:
        action()
    except Error as error:
        assert not isinstance(error, Bug), error
        return False
    return True


def test_a_damaged_pickle_is_an_error_or_another_value() -> None:
    draw = random.Random(7)
    whole = [(restore, nodes, rest) for restore, (nodes, *rest) in _written()]
    refused = 0
    for _ in range(1500):
        restore, nodes, rest = draw.choice(whole)
        changed = list(nodes)
        at = draw.randrange(len(changed))
        changed[at] = damaged(changed[at], draw)
        made: list[Any] = []
        if attempted(lambda: made.append(restore(changed, *rest))):  # noqa: B023 - it is called at once
            (thing,) = made
            repr(thing)
            attempted(thing if callable(thing) else lambda: thing * 2)  # noqa: B023
        else:
            refused += 1
    assert refused > 500


def _written() -> list[tuple[Callable[..., Any], tuple[Any, ...]]]:
    found = []
    for thing in things()[:-1]:
        with suppress(ConversionError):
            found.append(thing.__reduce__()[:2])
    return found


@pytest.mark.parametrize(
    "node", [("value", 0, "", "key", 1.0), ("text", 0, "<text>", "def key(x) = 1", ("key",), (), True)]
)
def test_no_pickle_changes_the_library(node: tuple[object, ...]) -> None:
    restore, (_, limits) = vlad.evaluate("fn x => x").__reduce__()
    text = "import random\nrandom.uniform(random.key(1))"
    before = Session().evaluate(text)
    with pytest.raises(ConversionError, match="damaged"):
        restore([("library", "random"), node, ("primitive", "sin"), ("result", 2)], limits)
    assert Session().evaluate(text) == before
