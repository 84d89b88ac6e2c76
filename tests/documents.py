"""The project's documents: their fenced blocks, links and folder tree, and what it takes to check them.

```adl       a program by itself; `#>`, `#~` and `#!` promise what it does, as in tests/language
```console   `$ vlad …`, and what the command writes below it; `$ cat FILE` shows, and makes, a file;
             `$ echo … | vlad -` runs standard input, `$ python FILE` a script; or a session of the REPL,
             with its prompts
```python    a program by itself, which ends without an error
```ipython   a session of IPython: cells with their prompts, and what each writes below it
"""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from unittest import mock

import notebooks
import programs
import pytest
import sessions

from vlad_py.command import cli
from vlad_py.repl.inputs import PROMPT
from vlad_py.testing import files
from vlad_py.testing.files import Block

ROOT = Path(__file__).resolve().parent.parent
PATHS = sorted(
    [
        *ROOT.glob("*.md"),
        *(path for folder in ("docs", "design", "examples") for path in ROOT.glob(f"{folder}/**/*.md")),
    ]
)
"""Every document; they are found, never listed."""

LONGEST_LINE = 110
FRAMEWORKS = (
    "dask",
    "jax",
    "joblib",
    "numba",
    "sympy",
    "torch",
)  # of Python blocks that are skipped without them
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
IMAGE = re.compile(r'<img src="([^"]+)"')
PICTURE = re.compile(r"`(vlad [^`]*-o (docs/[^`\s]+\.svg)[^`]*)`")
INLINE_CODE = re.compile(r"`[^`]*`")


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a document. ValueError for one without a language or an end."""
    found = list(files.blocks(text))
    for block in found:
        if not block.language:
            raise ValueError(f"line {block.line - 1}: a block has a language")
    return found


def prose(text: str) -> str:
    """A document without its blocks and inline code; every line stays on its line."""
    kept: list[str] = []
    inside = False
    for line in text.splitlines():
        fence = line.startswith("```")
        kept.append("" if fence or inside else INLINE_CODE.sub("", line))
        inside = inside != fence
    return "\n".join(kept)


# ── blocks that run ──────────────────────────────────────────────────────────────────────────


def complaints(block: Block, folder: Path) -> list[str]:
    """In what a block does not do what it says; `folder` is an empty one for its files."""
    if block.language == "adl":
        return program_complaints(block.text, folder)
    if block.language == "console":
        return console_complaints(block.text, folder)
    if block.language == "python":
        imported = rf"^(?:import|from) ({'|'.join(FRAMEWORKS)})\b"
        for framework in re.findall(imported, block.text, re.MULTILINE):
            pytest.importorskip(framework, reason=f"needs {framework}")
        command = [sys.executable, "-c", block.text]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
        return [done.stderr] if done.returncode else []
    if block.language == "ipython":
        pytest.importorskip("IPython", reason="sessions need `pip install '.[jupyter]'`")
        return notebooks.session_complaints(block.text, folder)
    return []


def program_complaints(text: str, folder: Path) -> list[str]:
    """In what a program differs from its promises."""
    path = folder / "program.adl"
    path.write_text(text, encoding="utf-8")
    program = programs.read(path)
    return programs.complaints(program, programs.run(program))


def console_complaints(text: str, folder: Path) -> list[str]:
    """In what the commands of a console block write other texts than those below them."""
    for name in ("examples", "tests"):
        (folder / name).symlink_to(ROOT / name)
    if text.startswith(PROMPT):
        now = sessions.replayed(text, folder)
        return [] if now == sessions.steady(text) else [f"the session goes\n{now}"]
    found = []
    for command, expected in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
        if command.startswith("cat "):
            found += cat_complaints(folder / command[4:], expected)
            continue
        got = written_by(command, folder)
        if got.rstrip("\n") != expected.rstrip("\n"):
            found.append(f"`{command}` writes\n{got}and not\n{expected}")
    return found if text.startswith("$ ") else ["a console block begins with a command", *found]


def cat_complaints(path: Path, text: str) -> list[str]:
    """What is wrong about showing a file; one that does not exist is written as it is shown."""
    if path.exists():
        return [] if path.read_text(encoding="utf-8") == text else [f"{path.name} has another text"]
    path.write_text(text, encoding="utf-8")
    return []


def written_by(command: str, folder: Path) -> str:
    """What a command line writes to standard output and error; `vlad` is run in this process."""
    first, _, second = command.rpartition(" | ")
    given = " ".join(shlex.split(first)[1:]) + "\n" if first.startswith("echo ") else ""
    name, *arguments = shlex.split(second)
    if name == "python" and not first:
        return script_written_by(arguments, folder)
    if name in ("cc", "LD_LIBRARY_PATH=.") and not first:
        return program_of_c(command, folder)
    if name != "vlad" or (first and not given):
        return f"(only `vlad`, `python` and `cc` can be run here, not `{command}`)\n"
    out = io.StringIO()
    here = Path.cwd()
    os.chdir(folder)
    try:
        with (
            suppress(SystemExit),  # of argparse, which has written what it has to say
            redirect_stdout(out),
            redirect_stderr(out),
            mock.patch.object(cli, "prepare"),  # its settings are for a process of its own
            mock.patch.object(sys, "stdin", io.StringIO(given)),
            mock.patch.dict(os.environ, {"COLUMNS": "100"}),
        ):
            cli.main(arguments)
    finally:
        os.chdir(here)
    return out.getvalue()


def program_of_c(command: str, folder: Path) -> str:
    """What the C compiler or a program that it made writes; skips where there is no compiler."""
    if shutil.which("cc") is None:
        pytest.skip("needs a C compiler")
    done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True)
    return done.stdout + done.stderr


def script_written_by(arguments: list[str], folder: Path) -> str:
    """What a script of Python writes to standard output, or to error if it fails; skips where an extra is
    missing.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode and (missing := re.search(r"pip install 'vlad_py\[\w+\]'", done.stderr)):
        pytest.skip(f"needs `{missing[0]}`")
    return done.stdout + done.stderr if done.returncode else done.stdout


# ── pictures ─────────────────────────────────────────────────────────────────────────────────


def pictures(text: str) -> dict[str, str]:
    """The pictures that a document says how to make: the path of each, and its command."""
    return {path: command for command, path in PICTURE.findall(text)}


def picture(command: str, folder: Path) -> str:
    """The picture that a command draws, made in an empty folder."""
    (folder / "examples").symlink_to(ROOT / "examples")
    (folder / "docs").mkdir()
    said = written_by(command, folder)
    [made] = (folder / "docs").iterdir() if not said else [None]
    if made is None:
        raise ValueError(said)
    return made.read_text(encoding="utf-8")


# ── links ────────────────────────────────────────────────────────────────────────────────────


def broken_links(path: Path, text: str) -> list[str]:
    """The links and images of a document that lead to no file of the tree, or to no heading of it."""
    targets = LINK.findall(prose(text)) + IMAGE.findall(prose(text))
    inside = [target for target in targets if not re.match(r"\w+:", target)]
    return [target for target in inside if not leads_somewhere(path, text, target)]


def leads_somewhere(path: Path, text: str, target: str) -> bool:
    """Whether a link in a document leads to a file of the tree and, with an anchor, to its heading."""
    name, _, anchor = target.partition("#")
    if not name:
        return anchor in anchors(text)
    file = (path.parent / name).resolve()
    if not file.exists() or not file.is_relative_to(ROOT):
        return False
    return not anchor or anchor in anchors(file.read_text(encoding="utf-8"))


def anchors(text: str) -> set[str]:
    """The names by which a document's headings can be linked."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}


# ── the folder tree ──────────────────────────────────────────────────────────────────────────


def tree(block: Block) -> dict[str, str]:
    """The paths of a folder tree, drawn by two spaces of indentation, with what is said of each."""
    found: dict[str, str] = {}
    folders: list[str] = []
    for line in block.text.splitlines():
        name, _, remark = line.strip().partition("  ")
        depth = (len(line) - len(line.lstrip())) // 2
        del folders[depth:]
        found["".join(folders) + name] = remark.strip()
        folders.append(name)
    return found


def tree_complaints(shown: dict[str, str], root: Path) -> list[str]:
    """What a tree shows that is not there, and what it leaves out.

    A folder whose folders are shown is shown with all of them, and so is the top level.
    """
    found = [f"there is no {path}" for path in shown if not exists(root / path, path)]
    found += [f"{path} has no remark" for path, remark in shown.items() if not remark]
    for folder in {"", *(path.rpartition("/")[0] for path in (p.rstrip("/") for p in shown))}:
        for path in sorted((root / folder).iterdir()):
            name = path.relative_to(root).as_posix() + "/" * path.is_dir()
            if is_shown(path) and name not in shown:
                found.append(f"{name} is left out")
    return found


def exists(path: Path, name: str) -> bool:
    """Whether a path is there, as a folder exactly if its name ends with `/`."""
    return path.is_dir() if name.endswith("/") else path.is_file()


def is_shown(path: Path) -> bool:
    """Whether a path belongs into the tree: it is a folder, and not one that a tool makes."""
    if path.name.startswith((".", "__")) or path.name.endswith(".egg-info") or path.name in ("build", "dist"):
        return False
    return path.is_dir()
