"""Refusals on disk: what one run of a program could not compile, the next one does not try again."""

from __future__ import annotations

from typing import Any

from vlad_py.ground.errors import NotNative
from vlad_py.ground.node import node
from vlad_py.native import store
from vlad_py.native.exits import TooDeep, TooLarge


@node
class Bounds:
    """The bounds of a unit: `most` operations, `seconds` to compile, and for straight-line code at `least` so
    many operations.
    """

    most: int
    seconds: float
    least: int


class TooLittle(NotNative):
    """The interpreter is as fast as a native call."""

    def __init__(self) -> None:
        super().__init__("too little to compute")


def keep(fingerprint: str, reason: NotNative, bounds: Bounds) -> None:
    """Keeps why a call was refused. How deep calls may be depends on the thread, so that is not kept."""
    if type(reason) is TooDeep:
        return
    facts = {
        "refused": reason.message,
        "large": isinstance(reason, TooLarge),
        "little": type(reason) is TooLittle,
        "most": bounds.most,
        "seconds": bounds.seconds,
        "least": bounds.least,
    }
    store.save(fingerprint, facts, b"")


def refuse(facts: dict[str, Any], bounds: Bounds) -> None:
    """NotNative if the facts say that a call was refused, and these bounds would refuse it again.

    KeyError for unknown facts.
    """
    if "refused" not in facts:
        return
    if facts["large"]:  # in operations, or in the seconds that it would take
        if bounds.seconds <= facts["seconds"] and bounds.most <= facts["most"]:
            raise TooLarge
    elif facts["little"]:
        if bounds.least >= facts["least"]:
            raise TooLittle
    else:
        raise NotNative(facts["refused"])
