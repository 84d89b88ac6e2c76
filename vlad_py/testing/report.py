"""What a run of tests found: as text for people, as JUnit's XML and as JSON for tools."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

from vlad_py.ground.node import record
from vlad_py.ground.source import printable
from vlad_py.testing.promises import Difference, Outcome, Program, is_kept

# what XML cannot hold
CONTROL = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@record
class Tested:
    """A program, in what it differs from its promises, the seconds that it took, and what it did."""

    program: Program
    differences: tuple[Difference, ...]
    seconds: float
    outcome: Outcome


def lines(tested: Tested) -> str:
    """What a program does not do, each with its place; empty if it keeps its promises."""
    program = tested.program
    places = (f"{program.path}:{found.line}" if found.line else program.name for found in tested.differences)
    return "\n".join(
        f"{printable(place)}: {found.message}"
        for place, found in zip(places, tested.differences, strict=True)
    )


def junit(results: list[Tested]) -> str:
    """The results as JUnit's XML, a case for each program."""
    failed = [result for result in results if result.differences]
    counts = {"tests": str(len(results)), "failures": str(len(failed)), "errors": "0"}
    seconds = f"{sum(result.seconds for result in results):.3f}"
    suites = ElementTree.Element("testsuites", counts | {"time": seconds})
    suite = ElementTree.SubElement(suites, "testsuite", {"name": "vlad test", **counts, "time": seconds})
    for result in results:
        program = result.program
        about = {"classname": program.path, "name": program.name, "file": program.path}
        about |= {"line": str(program.first_line), "time": f"{result.seconds:.3f}"}
        case = ElementTree.SubElement(suite, "testcase", about)
        if result.differences:
            text = CONTROL.sub("\ufffd", lines(result))
            ElementTree.SubElement(case, "failure", {"message": text.split("\n")[0]}).text = text
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def as_json(results: list[Tested]) -> str:
    """The results as JSON: each program with its promises, what is written in their place (null for nothing),
    and its differences.
    """
    return json.dumps([_entry(result) for result in results], ensure_ascii=False)


def _entry(tested: Tested) -> dict[str, object]:
    program, written = tested.program, tested.outcome.written
    promises = [
        {"line": promise.line, "promised": promise.text, "written": got, "kept": is_kept(promise, got)}
        for promise, got in zip(program.written, [*written, *[None] * len(program.written)], strict=False)
    ]
    found = [{"line": each.line, "message": each.message} for each in tested.differences]
    return {
        "path": program.path,
        "line": program.first_line,
        "seconds": round(tested.seconds, 3),
        "promises": promises,
        "differences": found,
    }
