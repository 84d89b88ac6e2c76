"""The interpreter decides: every program in both tiers agrees, or is refused for a reason of a closed list.

`taken.json` holds how many are taken. It only grows: `--accept` records more, never less.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import programs
import pytest
import test_errors
from nested.evaluate import as_data, matches
from nested.test_nested_cases import CASES, INEXPRESSIBLE, TOO_LONG, Case
from nested.translate import translate

from native.agreement import REASONS, Tally, begin_anew, closed, native_value, opened
from vlad_py.ground.errors import Error, render
from vlad_py.native.tables import Attempt
from vlad_py.session.session import ALWAYS, NEVER, Session

pytest.importorskip("llvmlite")

ERRORS = [path for path in test_errors.PROGRAMS if not test_errors.OPTIONS.search(path.read_text("utf-8"))]
TAKEN = Path(__file__).parent / "taken.json"


def nested() -> Iterator[tuple[Case, str]]:
    """Each nested case in each of its own assignments of modes."""
    for name, case in CASES.items():
        for mode in case["modes"]:
            if name not in INEXPRESSIBLE and f"{name}-{mode}" not in TOO_LONG:
                yield case, mode


@pytest.mark.parametrize("form", [closed, opened], ids=lambda form: form.__name__)
def test_the_nested_cases(
    form: Callable[[str], tuple[str, tuple[float, ...]]], request: pytest.FixtureRequest
) -> None:
    tally = Tally()
    begin_anew()
    for case, mode in nested():
        text, reals = form(translate(case["statement"], mode))
        value = native_value(text, reals, tally)
        if value is not None:
            assert matches(as_data(value), case["expected"], case["tolerance"]), (case["id"], mode, value)
    check_taken(f"nested cases, {form.__name__}", tally.taken, request)


def test_the_programs_of_the_language(request: pytest.FixtureRequest) -> None:
    """Each program does what it promises in a session that compiles. Taken is one of which a call, or what it
    computes at its top level, was not interpreted; not all of these need machine code.
    """
    taken = fit = compiled = 0
    tally = Tally()
    made: list[bool] = []

    def attempted(attempt: Attempt) -> None:
        if attempt.reason:
            tally.refuse(attempt.reason.message)
        made.append(attempt.unit is not None and bool(attempt.unit.region.ops))

    begin_anew()
    for path in programs.PATHS:
        program = programs.read(path)
        out: list[str] = []
        session = Session(write=out.append, native="always")
        session.on_attempt = attempted
        made.clear()
        tier = session.tier
        assert tier is not None
        before, error = tier.entered, None
        try:
            session.run_file(str(path))
        except Error as raised:
            error = raised
        outcome = programs.Outcome(tuple("".join(out).splitlines()), error)
        assert programs.complaints(program, outcome) == [], path
        taken += tier.entered > before
        fit += tier.entered > before and program.error is None
        compiled += any(made) and program.error is None
    check_taken("programs of the language", taken, request)
    check_taken("programs of the language without an error", fit, request)
    check_taken("programs of the language without an error, with machine code", compiled, request)
    without_error = sum(programs.read(path).error is None for path in programs.PATHS)
    assert fit >= 0.85 * without_error


@pytest.mark.parametrize("path", ERRORS, ids=lambda path: path.stem)
def test_errors_are_told_as_by_the_interpreter(path: Path) -> None:
    """With their places and their call stacks."""
    told = []
    for native in (NEVER, ALWAYS):
        out: list[str] = []
        try:
            Session(write=out.append, native=native).run_file(str(path))
        except Error as error:
            told.append((out, render(error)))
    assert len(told) != 1, path
    assert told[:1] == told[1:]


def check_taken(what: str, taken: int, request: pytest.FixtureRequest) -> None:
    """Fails where fewer are taken than are on record."""
    record = json.loads(TAKEN.read_text(encoding="utf-8"))
    if request.config.getoption("--accept") and taken > record.get(what, 0):
        record[what] = taken
        TAKEN.write_text(json.dumps(record, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    assert taken >= record.get(what, 0), f"{what}: {taken} are taken"


def test_an_unknown_reason_is_seen() -> None:
    with pytest.raises(AssertionError, match="no known reason"):
        Tally().refuse("whatever")
    assert list(REASONS) == sorted(REASONS)
