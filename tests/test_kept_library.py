"""The library, translated by one process, loads in the next one, and runs the same there."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from test_kept_files import PLACED, in_time

from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.execution.pipeline import translate
from vlad_py.execution.unit import Options
from vlad_py.ground import resources
from vlad_py.ground.node import FIELDS, replaced
from vlad_py.ground.source import Source
from vlad_py.session import kept_library, library
from vlad_py.session.catalogue import defined
from vlad_py.session.library import Library
from vlad_py.values.values import Code

FILE = "optimize"


@pytest.fixture
def translations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Loads a file of the library, as a new process would; says how many files had to be translated."""
    count = 0

    def counted(*arguments: Any, **named: Any) -> Any:
        nonlocal count
        count += 1
        return translate(*arguments, **named)

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(library, "observers", [])
    monkeypatch.setattr(library, "translate", counted)

    def asked() -> int:
        nonlocal count
        count = 0
        assert "minimize" in Library().module(FILE).names
        return count

    return asked


def kept(folder: Path) -> Path:
    """The file that holds most, which is that of `optimize`."""
    return max((folder / "vlad_py" / "library").iterdir(), key=lambda path: path.stat().st_size)


@pytest.mark.skipif(os.name != "posix", reason="owners and permissions as in POSIX")
@pytest.mark.parametrize("what", PLACED)
def test_a_translation_that_is_not_ours_is_not_read(
    what: str, tmp_path: Path, translations: Callable[[], int]
) -> None:
    assert translations() > 1
    assert translations() == 0
    PLACED[what](kept(tmp_path))
    if what == "no right to read" and os.geteuid() == 0:
        return
    with in_time() as run:
        assert run(translations) == 1


def _ran(*_: object) -> None:
    raise AssertionError("a file of the cache has run code")


class _Runs:
    def __reduce__(self) -> Any:
        return _ran, ()


class _OfPackage:
    def __reduce__(self) -> Any:
        return kept_library.load, (1, 2)  # a function of the package, which is not a node


NO_TRANSLATIONS: dict[str, bytes] = {
    "nothing": b"",
    "no pickle": b"text",
    "a part of one": pickle.dumps(({}, 1))[:-3],
    "another thing": pickle.dumps(1),
    "two other things": pickle.dumps(({}, 1)),
    "a function": pickle.dumps(_Runs()),
    "a function of the package": pickle.dumps(_OfPackage()),
    "a primitive that is gone": b"\x80\x04X\x0e\x00\x00\x00primitive goneQ.",
    "no such class": b"cvlad_py.core.tree\nGone\n.",
    "no such module": b"cvlad_py.gone\nGone\n.",
}


@pytest.mark.skipif(os.name != "posix", reason="owners and permissions as in POSIX")
@pytest.mark.parametrize("what", NO_TRANSLATIONS)
def test_a_file_that_is_not_a_translation_counts_as_none(
    what: str, tmp_path: Path, translations: Callable[[], int]
) -> None:
    """Even if the checksum is right."""
    translations()
    sealed = kept_library.FILES.form + NO_TRANSLATIONS[what]
    kept(tmp_path).write_bytes(sealed + sha256(sealed).digest())
    assert translations() == 1
    assert translations() == 0


def test_another_text_or_version_or_table_of_primitives_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    source = Source("a.adl", "let x = 1", library=True)
    options = Options(is_kept=True)
    text = translate(source, "a", Library().inside, options=options)
    assert text.unit is not None
    kept_library.save(source, options, ({}, text.unit))
    assert kept_library.load(source, options) is not None
    assert kept_library.load(Source("a.adl", "let x = 2", library=True), options) is None
    assert kept_library.load(source, replaced(options, stepped=True)) is None
    with monkeypatch.context() as patch:
        patch.setitem(PRIMITIVES, "new", PRIMITIVES["sin"])
        assert kept_library.load(source, options) is None
    monkeypatch.setattr(kept_library, "_version", lambda: "another")
    assert kept_library.load(source, options) is None
    monkeypatch.setattr(kept_library, "_version", lambda: None)  # in an archive
    assert kept_library.load(source, options) is None


@pytest.mark.parametrize("file", ["vlad_py/a.py", "vlad_py/b/c.py", "stdlib/d.adl", "stdlib/prelude/e.adl"])
def test_a_process_whose_package_was_upgraded_has_no_version(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what the old code has made would be kept for the new files, even if these have old times."""
    for name in ("vlad_py/a.py", "vlad_py/b/c.py", "stdlib/d.adl", "stdlib/prelude/e.adl"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    monkeypatch.setattr(resources, "_PACKAGE", str(tmp_path / "vlad_py"))
    version = resources.files_of_version.__wrapped__
    monkeypatch.setattr(resources, "_BEGAN", time.time_ns() + 10**9)
    before = version()
    assert before is not None
    monkeypatch.setattr(resources, "_BEGAN", time.time_ns() + 10**9)
    path = tmp_path / file
    facts = path.stat()
    while time.time_ns() <= resources._BEGAN:
        time.sleep(0.05)
    path.write_text("new")
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert version() is None
    monkeypatch.setattr(resources, "_BEGAN", time.time_ns() + 10**9)  # a later process
    assert version() not in (None, before)


@pytest.mark.parametrize("file", [*resources.library_names(), *resources.prelude_names()])
def test_every_file_of_the_library_is_read_as_it_was_written(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    source = Source(f"{file}.adl", resources.library_text(file), library=True)
    options = Options(is_kept=True)
    text = translate(source, file, Library().inside, final=True, options=options)
    assert text.unit is not None
    kept_library.save(source, options, (defined(text.program), text.unit))
    found = kept_library.load(source, options)
    assert found is not None
    assert plain(found, {}) == plain((defined(text.program), text.unit), {})


def plain(thing: Any, seen: dict[int, int]) -> Any:
    """What a tree holds, for comparison: nodes as their fields, and where one occurs again, its number."""
    if isinstance(thing, dict):
        return [(key, plain(value, seen)) for key, value in thing.items()]
    if isinstance(thing, (tuple, list)):
        return [plain(item, seen) for item in thing]
    if isinstance(thing, frozenset):
        return sorted(repr(plain(item, {})) for item in thing)
    names = Code.__slots__ if type(thing) is Code else vars(type(thing)).get(FIELDS)
    if names is None:
        return thing
    if id(thing) in seen:
        return seen[id(thing)]
    seen[id(thing)] = len(seen)
    return type(thing), [plain(getattr(thing, name), seen) for name in names]


MANY = """\
import optimize
import ode
import random
print(optimize.minimize(fn [x, y] => (x - 1) ^ 2 + (y + 2) ^ 4, [0, 0]))
print(derivatives(fn x => exp(2 * x), 3)(0))
print(hessian(fn [x, y] => x ^ 2 * y)([1, 2]))
optimize.minimize(fn x => [x] + sum(x), 1)
"""


def test_a_process_with_a_kept_library_says_what_the_first_said(tmp_path: Path) -> None:
    """Its values, its errors with their places, and what machine code makes of it."""
    (tmp_path / "many.adl").write_text(MANY)
    environment = {
        **os.environ,
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-m", "vlad_py", "many.adl"]
    for options in ([], ["--native"], ["--nan=error"], ["--max-steps", "1000000"]):
        said = [
            subprocess.run(
                [*command, *options], cwd=tmp_path, env=environment, capture_output=True, text=True
            )
            for _ in range(2)
        ]
        assert said[0].stdout == said[1].stdout
        assert said[0].stderr == said[1].stderr
        assert "converged" in said[0].stdout
        assert "optimize" in said[0].stderr
    assert len(list((tmp_path / "cache" / "vlad_py" / "library").iterdir())) > 5
