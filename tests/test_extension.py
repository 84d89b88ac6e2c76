"""The VS Code extension: its commands, in a host of our own; and that one file holds it and its libraries."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
EXTENSION = ROOT / "editors" / "vscode"

pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="Node.js, which is not here, runs the extension"),
    pytest.mark.skipif(sys.platform == "win32", reason="the command of the test is a shell script"),
]


@pytest.fixture
def vlad(tmp_path: Path) -> str:
    """A command that is the `vlad` of these tests."""
    path = tmp_path / "vlad"
    path.write_text(f'#!/bin/sh\ncd "{ROOT}" && exec "{sys.executable}" -m vlad_py "$@"\n')
    path.chmod(0o755)
    return str(path)


def hosted(file: Path, vlad: str) -> Any:
    """What the extension shows for a file: see extension_host.js."""
    command = ["node", str(ROOT / "tests" / "extension_host.js"), str(EXTENSION / "extension.js"), vlad]
    run = subprocess.run([*command, str(file)], capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


def test_values_stand_beside_promises_once_tested(tmp_path: Path, vlad: str) -> None:
    file = tmp_path / "sums.adl"
    file.write_text("print(1 + 1)  #> 2\nprint(2 * 3)  #>\nlet x = 2 / 3\nprint(x)  #> 0.6\n")
    said = hosted(file, vlad)
    assert said["before"] == []  # nothing has run
    assert said["after"] == [[2, "6"], [4, "0.6666666666666666"]]
    assert said["wrong"] == [[2, "expected ``, got `6`"], [4, "expected `0.6`, got `0.6666666666666666`"]]
    assert said["changed"] == [[], 0]
    assert said["messages"] == ["1 program: not as promised"]
    (task,) = said["tasks"]
    assert (task["name"], task["process"], task["args"]) == ("sums.adl", vlad, [str(file)])
    assert task["cwd"] == str(tmp_path)
    assert said["server"] == "the server"


def test_a_program_that_ends_early(tmp_path: Path, vlad: str) -> None:
    file = tmp_path / "wrong.adl"
    file.write_text("print(1)  #> 1\nprint([1, 2][7])  #> 2\n")
    said = hosted(file, vlad)
    assert said["after"] == []  # nothing is written in place of the second
    assert [line for line, _ in said["wrong"]] == [2]
    assert said["wrong"][0][1].startswith("fails\n")


def test_without_the_command_it_says_so(tmp_path: Path) -> None:
    file = tmp_path / "sums.adl"
    file.write_text("print(1)  #> 1\n")
    said = hosted(file, str(tmp_path / "nowhere"))
    assert said["after"] == [] and said["wrong"] == []
    path = str(tmp_path / "nowhere")
    assert said["messages"] == [
        "ADL: `the server` does not start. Put its full path into the setting `adl.server`.",
        f"ADL: `{path}` does not start. Put its full path into the setting `adl.command`.",
    ]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("npm") is None, reason="npm, which is not here, brings the libraries")
def test_one_file_holds_it(tmp_path: Path) -> None:
    folder = tmp_path / "vscode"
    shutil.copytree(EXTENSION, folder, ignore=shutil.ignore_patterns("node_modules", "dist"))
    manifest = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    wanted = [f"{name}@{manifest['devDependencies'][name]}" for name in ("esbuild", "vscode-languageclient")]
    quiet = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]
    (folder / "package.json").write_text(json.dumps(manifest | {"devDependencies": {}}))
    if subprocess.run(["npm", "install", *quiet, *wanted], cwd=folder, check=False).returncode:
        pytest.skip("npm could not fetch the libraries")
    subprocess.run(["npm", "run", "bundle", "--silent"], cwd=folder, check=True)
    shutil.rmtree(folder / "node_modules")
    # what it loads from outside is the editor alone, and Node.js
    host = (
        "const M = require('node:module'); const load = M._load;"
        "const any = () => new Proxy(class {}, {get: (c, k) => k in c ? c[k] : any()});"
        "M._load = (name, ...rest) => name === 'vscode' ? any() : load(name, ...rest);"
        f"const made = require({json.dumps(str(folder / manifest['main']))});"
        "console.log(Object.keys(made).sort().join())"
    )
    run = subprocess.run(["node", "-e", host], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "activate,deactivate"
