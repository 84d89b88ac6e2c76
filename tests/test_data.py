"""`--data`: files of numbers as the record that a script sees."""

from __future__ import annotations

import json
import re
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shell import NO_INPUT

from vlad_py.command.cli import main
from vlad_py.command.data import record_in
from vlad_py.ground.names import is_name
from vlad_py.values.show import show
from vlad_py.values.values import Array, Record


def shown(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return show(record_in(str(path)))


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.csv", "x,y\n0,1\n1,3\n", "{x: [0, 1], y: [1, 3]}"),
        ("a.csv", "\ufeffx, y value \n0,1\n", "{x: [0], y_value: [1]}"),
        ("a.csv", "x,y\n", "{x: [], y: []}"),
        ("a.csv", "Temp (C),a--b,%x%\n1,2,3\n", "{Temp_C: [1], a_b: [2], x: [3]}"),
        ("a.csv", "x,kind\n1,a\n,b\n", '{x: [1, nan], kind: list("a", "b")}'),
        ("a.csv", '"let","2nd"\r\n1e-3,"-inf"\r\n', "{_let: [0.001], _2nd: [-inf]}"),
        ("a.csv", "1,2\n3,4\n", "{c1: [1, 3], c2: [2, 4]}"),
        ("a.CSV", "x\n1\n", "{x: [1]}"),
        ("a.csv", "x;y\n0,5;1\n1;-3,25e1\n", "{x: [0.5, 1], y: [1, -32.5]}"),
        ("a.csv", "x;t\n1.5;2,3\n", '{x: [1.5], t: list("2,3")}'),
        ("a.csv", "x\ty\n0\t1\n", "{x: [0], y: [1]}"),
        ("a.csv", '"a;b",y\n0,1\n', "{a_b: [0], y: [1]}"),
        ("a.csv", "x\n9007199254740992\n", "{x: [9007199254740992]}"),
        ("a.json", '{"x": [1, 2.5], "m": [[1, 2], [3, 4]]}', "{x: [1, 2.5], m: [[1, 2], [3, 4]]}"),
        ("a.json", '{"x": [Infinity, -Infinity, 1e300]}', "{x: [inf, -inf, 1e300]}"),
        ("a.csv", "x\ninf\n-Infinity\n", "{x: [inf, -inf]}"),
        ("a.json", '{"a": [[1], [2, 3]], "b": null}', "{a: list([1], [2, 3]), b: ()}"),
        ("a.json", '{"s": ["a"], "t": true, "o": {"n": 3}}', '{s: list("a"), t: true, o: {n: 3}}'),
        ("a.json", '[{"x": 1, "y": 2}, {"y": 4, "x": 3}]', "{x: [1, 3], y: [2, 4]}"),
    ],
)
def test_what_a_file_holds(tmp_path: Path, name: str, text: str, expected: str) -> None:
    assert shown(tmp_path, name, text) == expected


def test_names_become_what_the_page_says(tmp_path: Path) -> None:
    page = (Path(__file__).parent.parent / "docs" / "tools.md").read_text(encoding="utf-8")
    section = page.partition("## `--data`")[2].partition("\n## ")[0]
    said = re.findall(r"`([^`]+)` is `(\w+)`", section)
    assert len(said) >= 3
    for head, name in [*said, ("let", "_let"), ("2x", "_2x")]:
        assert f"`{name}`" in section and shown(tmp_path, "a.csv", f"{head}\n1\n") == f"{{{name}: [1]}}"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "", "it has no rows"),
        ("a.csv", "x,y\n1\n", "row 1 has 1 cell, expected 2"),
        ("a.csv", "x y,x_y\n1,2\n", "two columns are called `x_y`"),
        ("a.csv", 'x\n"1\n', "unexpected end"),
        ("a.json", "[1, 2]", "expected an object, or a list of objects"),
        ("a.json", '[{"x": 1}, {"y": 1}]', "object 2 has other fields than the first one"),
        ("a.json", "{", "line 1, column 2: expecting property name"),
        ("a.json", '{"a b": 1, "a_b": 2}', "two columns are called `a_b`"),
        ("a.json", '{"a": 1, "b": {"c": 1, "c": 2}}', "an object has two fields `c`"),
        ("a.json", '{"a": [9007199254740993]}', "the nearest real is 9007199254740992"),
        ("a.json", '{"a": 1' + "0" * 400 + "}", "is not a real: it is too large"),
        ("a.json", '{"a": 1' + "0" * 5000 + "}", "is not a real: it is too large"),
        ("a.csv", "x\n9007199254740993\n", "9007199254740993 has more digits than a real keeps"),
        ("a.json", '{"a": [1e999, 1]}', "1e999 is not a real: it is too large"),
        ("a.json", '{"a": -1.5e400}', "-1.5e400 is not a real: it is too large"),
        ("a.csv", "x\n-1e999\n", "-1e999 is not a real: it is too large"),
        ("a.json", "[" * 100_000, "it is nested too deeply"),
        ("a.json", '{"a":' * 100_000, "it is nested too deeply"),
        ("a.json", '{"a": ' + "[" * 3000 + "]" * 3000 + "}", "it is nested too deeply"),
        ("a.json", '{"a": ' + "[" * 100 + "1" + "]" * 100 + "}", "at most 32 dimensions, this one has 100"),
        ("a.txt", "1", "expected a file that ends in .csv or .json"),
    ],
)
def test_what_is_refused(
    tmp_path: Path, name: str, text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.write_text(text)
    assert main(["--data", str(path), "-e", "data"]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"error: {path}: ")
    assert message in said


def test_a_program_sees_the_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "points.csv").write_text("x,y\n0,1\n1,3\n2,5\n")
    (tmp_path / "fit.adl").write_text("print(data.x @ data.y, length(data.x))\n")
    assert main(["--data", str(tmp_path / "points.csv"), str(tmp_path / "fit.adl")]) == 0
    assert capsys.readouterr().out == "13 3\n"
    assert main(["--data", str(tmp_path / "no.csv"), str(tmp_path / "fit.adl")]) == NO_INPUT
    assert "no such file" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["--data", str(tmp_path / "points.csv")])
    assert "points.csv -e data` shows it" in capsys.readouterr().err


def test_a_session_sees_the_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "points.csv").write_text("x,y\n0,1\n1,3\n")
    (tmp_path / "fit.adl").write_text("let total = sum(data.y)\n")
    monkeypatch.setattr("sys.stdin", StringIO("total + data.x[1]\ndata.x\n"))
    assert main(["--data", str(tmp_path / "points.csv"), "-i", str(tmp_path / "fit.adl")]) == 0
    assert capsys.readouterr().out.split("\n")[0] == "5"
    assert main(["--data", str(tmp_path / "no.csv"), "-i", str(tmp_path / "fit.adl")]) == NO_INPUT
    assert "no such file" in capsys.readouterr().err


@given(st.dictionaries(st.text(min_size=1), st.lists(st.floats(), min_size=1), min_size=1, max_size=3))
def test_numbers_come_as_they_are(
    tmp_path_factory: pytest.TempPathFactory, columns: dict[str, list[float]]
) -> None:
    path = tmp_path_factory.mktemp("data") / "a.json"
    path.write_text(json.dumps(columns))
    try:
        record = record_in(str(path))
    except ValueError as error:
        assert "two columns are called" in str(error)
        return
    assert isinstance(record, Record)
    assert all(map(is_name, record.names))
    for value, column in zip(record.values, columns.values(), strict=True):
        assert isinstance(value, Array)
        assert np.array_equal(value.data, np.array(column), equal_nan=True)
