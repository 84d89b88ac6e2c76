"""`vlad help`, and what Tab completes in a shell."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from shell import USAGE, Vlad, script

from vlad_py.command.cli import main
from vlad_py.command.menu import COMMANDS
from vlad_py.laboratory.commands import EXAMPLES
from vlad_py.laboratory.menu import COMMANDS as LABORATORY


@pytest.mark.parametrize("name", sorted((*COMMANDS, *LABORATORY)))
def test_help_of_a_command_is_what_the_command_says(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = []
    for words in (["help", name], [name, "--help"]):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 0
        said.append(capsys.readouterr())
    assert said[0] == said[1] and said[0].out.startswith("usage: vlad")


def test_help_of_no_command(capsys: pytest.CaptureFixture[str]) -> None:
    for name, hint in (("trce", "did you mean `trace`?"), ("model.adl", "`vlad help` lists the commands")):
        assert main(["help", name]) == 2
        assert capsys.readouterr().err == f"vlad: no command `{name}`; {hint}\n"


# what stands behind `vlad`, and some of what Tab offers for its last word
TABS = [
    (["tr"], {"trace"}),
    (["help", "co"], {"compare", "completion"}),
    (["--na"], {"--nan", "--native"}),
    (["trace", "--di"], {"--direction", "--digits"}),
    (["trace", "mod"], {"model.adl"}),
    (["mod"], {"model.adl"}),
    (["-"], {"-e", "-i", "-V"}),
]


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash, which is not here, completes")
@pytest.mark.parametrize(("words", "expected"), TABS, ids=[" ".join(words) for words, _ in TABS])
def test_tab_completes(
    words: list[str], expected: set[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["completion", "bash"]) == 0
    script = capsys.readouterr().out
    (tmp_path / "model.adl").touch()
    root = Path(__file__).resolve().parent.parent
    vlad = f'vlad() {{ PYTHONPATH="{root}" "{sys.executable}" -m vlad_py "$@"; }}\n'
    given = " ".join(["vlad", *words])
    ask = f'COMP_WORDS=({given})\nCOMP_CWORD={len(words)}\n_vlad\nprintf "%s\\n" "${{COMPREPLY[@]}}"'
    done = subprocess.run(
        ["bash", "-c", vlad + script + ask], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    offered = done.stdout.split()
    assert expected <= set(offered)
    assert all(word.startswith(words[-1]) for word in offered)


EXAMPLES_OF_COMMANDS = [(name, options) for name, found in EXAMPLES.items() for options in found]


@pytest.mark.parametrize(("name", "options"), EXAMPLES_OF_COMMANDS)
def test_examples_of_the_laboratory_run(
    name: str,
    options: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert set(EXAMPLES) == set(LABORATORY)
    monkeypatch.chdir(tmp_path)
    Path("f.adl").write_text("def f(x1, x2) = ln(x1) + x1 * x2 - sin(x2)\n")
    assert main([name, "f.adl", "--call", "f(2, 5)", *shlex.split(options)]) == 0
    assert capsys.readouterr().err == ""


def test_an_abbreviated_option_is_none(vlad: Vlad) -> None:
    """`--nativ FILE` would take the file as the option's value."""
    result = vlad("--nativ", script("print(1)"))
    assert (result.status, result.out) == (USAGE, "") and "`--native`" in result.err
    assert vlad("test", "--js", script("print(1)  #> 1")).status == USAGE
    assert vlad("ops", "script.adl", "--cal", "sin(1)").status == USAGE
