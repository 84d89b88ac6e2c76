"""Runs the parser on texts that atheris chooses, because they reach new code.

Atheris has to be installed. Its own options say for how long: `-runs=1000000`, `-max_total_time=600`,
`-seed=1`. It ends with the first complaint, and keeps its corpus in `build/fuzz/guided`.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["vlad_py.syntax", "vlad_py.ground"]):
    from fuzz.corpus import texts
    from fuzz.drive import KEPT, complaint_of
    from fuzz.parser import FUZZ, LONGEST


def one(data: bytes) -> None:
    """AssertionError where something is wrong with a text."""
    complaint = complaint_of(FUZZ, data.decode("utf-8", "replace"))
    assert not complaint, complaint


def main() -> None:
    """Runs atheris, which ends the process."""
    folder = KEPT / "guided"
    folder.mkdir(parents=True, exist_ok=True)
    for i, text in enumerate(texts()):
        (folder / f"program-{i}").write_text(text[:LONGEST], encoding="utf-8")
    atheris.Setup([*sys.argv, f"-max_len={LONGEST}", str(folder)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
