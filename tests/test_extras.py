"""What is optional: every import of it belongs to an extra, and all else does without it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from test_layers import PACKAGE, import_statements, package_files

from vlad_py.ground.advice import install_advice

ROOT = Path(__file__).resolve().parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
NOT_IN_ALL = (
    "all",
    "dask",
    "docs",
    "jax",
    "test",
    "torch",
)  # what serves the project itself, and what is large

# What files import, with the extra that brings it; and what a package brings along.
OPTIONAL = {
    "IPython": "jupyter",
    "jax": "jax",
    "ipykernel": "jupyter",
    "jupyter_client": "jupyter",
    "jupyter_core": "jupyter",
    "llvmlite": "native",
    "lsprotocol": "lsp",
    "markdown_it": "html",
    "prompt_toolkit": "repl",
    "pygls": "lsp",
    "pygments": "highlight",
    "sympy": "sympy",
    "torch": "torch",
}
BROUGHT_ALONG = {"lsprotocol": "pygls", "markdown_it": "markdown-it-py"}
BROUGHT_ALONG |= dict.fromkeys(("jupyter_client", "jupyter_core"), "ipykernel")

# The doors that ask for an extra; the others are opened by the optional package itself.
DOORS = {
    "html": "from vlad_py.command.cli import main; main(['doc', 'stdlib', '-o', 'none/none.html'])",
    "jax": "import vlad_py as vlad\n"
    "try: vlad.jax(vlad.evaluate('fn x => x'))\n"
    "except vlad.Error as error: print(error)",
    "jupyter": "from vlad_py.command.cli import main; main(['kernel', 'install', '--prefix', 'none'])",
    "lsp": "from vlad_py.lsp.__main__ import main; main()",
    "native": "import vlad_py as vlad\n"
    "try: vlad.compile(vlad.evaluate('fn x => x'), 1.0)\n"
    "except vlad.Error as error: print(error)",
    "sympy": "import vlad_py as vlad\ntry: vlad.to_sympy(1)\nexcept vlad.Error as error: print(error)",
    "torch": "import vlad_py as vlad\n"
    "try: vlad.torch(vlad.evaluate('fn x => x'))\n"
    "except vlad.Error as error: print(error)",
    "repl": "sys.stdin.isatty = sys.stdout.isatty = lambda: True\n"
    "from vlad_py.command.cli import main; main([])",
}
OPENED_BY_ITSELF = ("highlight",)


def name_of(requirement: str) -> str:
    """The name of the package that a requirement asks for."""
    return re.split(r"[^\w-]", requirement)[0].lower()


def outside_imports(text: str) -> set[str]:
    """The top-level packages that a file imports, here or there, apart from Python's and this one."""
    found = set()
    for node, _ in import_statements(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            found |= {node.module} if node.module and not node.level else set()
        else:
            found |= {alias.name for alias in node.names}
    return {name.split(".")[0] for name in found} - sys.stdlib_module_names - {PACKAGE}


def importers(root: Path) -> dict[str, set[str]]:
    """The files that import what is not always there, by what they import."""
    always = {name_of(requirement) for requirement in PROJECT["dependencies"]}
    found: dict[str, set[str]] = {}
    for file, path in package_files(root).items():
        for package in outside_imports(path.read_text(encoding="utf-8")) - always:
            found.setdefault(package, set()).add(file)
    return found


def test_every_optional_import_belongs_to_an_extra() -> None:
    assert set(importers(ROOT)) == set(OPTIONAL)
    for package, extra in OPTIONAL.items():
        assert BROUGHT_ALONG.get(package, package).lower() in map(name_of, EXTRAS[extra])


def test_the_styles_of_pages_come_with_their_extra() -> None:
    """A style of Pygments is found by its name, so no import tells which package has it."""
    html = pytest.importorskip("vlad_py.reference.html")
    brought = set(map(name_of, EXTRAS["html"]))
    for style in (html.LIGHT, html.DARK):
        (found,) = metadata.entry_points(group="pygments.styles", name=style)
        assert found.dist is not None and found.dist.name.lower() in brought


def test_an_import_of_any_form_is_seen() -> None:
    text = "import os, a.b\nfrom c.d import e\nfrom . import f\ndef g():\n    import h as i\nimport vlad_py"
    assert outside_imports(text) == {"a", "c", "h"}


def test_all_is_all() -> None:
    (everything,) = EXTRAS["all"]
    names = re.fullmatch(r"vlad_py\[(.*)\]", everything)
    assert names is not None
    assert names[1].split(",") == sorted(set(EXTRAS) - set(NOT_IN_ALL))
    assert "vlad_py[all]" in EXTRAS["test"]


# ── without the extras ───────────────────────────────────────────────────────────────────────

WITHOUT = f"import sys\nsys.modules |= dict.fromkeys({sorted(OPTIONAL)})\n"  # an import of None fails


def python(text: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", text]
    return subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
    )


def test_all_else_can_be_imported_without_the_extras() -> None:
    """Files that need an extra as soon as they are imported stand behind a door of that extra."""
    modules = {file: f"{PACKAGE}.{file.replace('/', '.')}" for file in package_files(ROOT)}
    tries = [f"try: import {m}\nexcept ImportError: print({file!r})" for file, m in sorted(modules.items())]
    done = python(WITHOUT + "\n".join(tries))
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) <= set().union(*importers(ROOT).values())


@pytest.mark.parametrize("extra", sorted(set(OPTIONAL.values()) - set(OPENED_BY_ITSELF)))
def test_a_door_says_which_extra_it_needs(extra: str) -> None:
    done = python(WITHOUT + DOORS[extra])
    assert install_advice(extra) in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "statement",
    [
        "import vlad_py",
        "from vlad_py.command.cli import main\nassert main(['-e', 'gradient(fn x => x ^ 2)(1)']) == 0",
        "from vlad_py.command.cli import main\nassert main(['examples/newton.adl']) == 0",
        "import vlad_py as vlad\nassert vlad.derivative(vlad.evaluate('sin'))(0) == 1",
    ],
)
def test_numpy_and_the_extras_are_loaded_only_where_they_are_needed(statement: str) -> None:
    """Start-up is short because of that."""
    done = python(f"{statement}\nimport sys\nprint('loaded', *sys.modules)")
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "vlad_py" in loaded
    assert loaded.isdisjoint({"numpy", *OPTIONAL})
    assert loaded.isdisjoint({f"vlad_py.{part}" for part in ("editors", "jupyter", "lsp", "repl")})
