"""Every example as a process, by `vlad FILE` and interpreted: the tier that waits may be a bit slower."""

from __future__ import annotations

import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from benchmarks.measure import ROOT, Row, python, time_of_children

SLOWER, LATER = 1.2, 0.06  # times as slow, and seconds more, that the waiting tier may make a program
TURNS = 3  # after which the least time counts


def tiers() -> list[Row]:
    """The first run with code on disk switched off, for what is kept can only be faster."""
    if find_spec("llvmlite") is None:
        print("tiers: llvmlite is not installed", file=sys.stderr)
        return []
    rows = []
    examples = sorted([*(ROOT / "examples").glob("*.adl"), *(ROOT / "examples").glob("*.vlad")])
    with tempfile.TemporaryDirectory() as folder:  # of the parser's tables only
        settings = {"XDG_CACHE_HOME": folder, "VLAD_NATIVE_STORE": "off"}
        python(["-m", "vlad_py", "-e", "1 + 1"], settings)
        for path in examples:

            def seconds(way: str, path: Path = path) -> float:
                before = time_of_children()
                python(["-m", "vlad_py", f"--native={way}", str(path)], settings)
                return time_of_children() - before

            both = [(seconds("auto"), seconds("never")) for _ in range(TURNS)]  # taking turns
            auto, never = map(min, zip(*both, strict=True))
            limit = SLOWER * never + LATER
            rows.append(Row(f"auto: examples/{path.name}", auto, "interpreted", never, limit=limit))
    return rows
