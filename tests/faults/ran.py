"""The record of which test functions ran which lines, and how long each took: `scripts/coverage` makes it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from drawn import Drawn
from fault import LEFT_OUT

TABLES = """
CREATE TABLE test (id INTEGER PRIMARY KEY, name TEXT, seconds REAL);
CREATE TABLE ran (file TEXT, test INTEGER, lines BLOB);
CREATE INDEX of_file ON ran (file);
"""


def write(path: Path, lines: Mapping[str, Mapping[str, int]], seconds: Mapping[str, float]) -> None:
    """Writes a record: the lines that each test ran of each file, as bits of a number, and its seconds."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as record, record:
        record.executescript(TABLES)
        for number, (test, files) in enumerate(lines.items()):
            record.execute("INSERT INTO test VALUES (?, ?, ?)", (number, test, seconds.get(test, 0.0)))
            for file, bits in files.items():
                packed = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
                record.execute("INSERT INTO ran VALUES (?, ?, ?)", (file, number, packed))


class TestsOfLines:
    """Which tests of a tree ran which lines."""

    __test__ = False

    def __init__(self, path: str, tree: Path) -> None:
        self.record = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.tree = tree

    def of(self, drawn: Drawn) -> list[str]:
        """The tests that run a fault, those that take least time first. A fault that runs when its file is
        imported counts as run by every test that runs any line of the file.
        """
        select = "SELECT name, lines FROM ran JOIN test ON test = id WHERE file = ? ORDER BY seconds, name"
        counted = sum(1 << line for line in drawn.within.lines) if drawn.within.bound is not None else -1
        return [
            test
            for test, lines in self.record.execute(select, [drawn.fault.path])
            if int.from_bytes(lines, "little") & counted and self.exists(test)
        ]

    def exists(self, test: str) -> bool:
        """Whether a test still exists: the record may be older."""
        path, _, function = test.partition("::")
        file = self.tree / path
        name = re.escape(function.rpartition("::")[2])
        return (
            path not in LEFT_OUT
            and file.is_file()
            and bool(re.search(rf"def {name}\b", file.read_text("utf-8")))
        )
