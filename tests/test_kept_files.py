"""vlad_py reads its own files from the disk only if nobody else can have changed them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from vlad_py.ground import resources


@contextmanager
def in_time(seconds: float = 60.0) -> Iterator[Callable[[Callable[[], object]], object]]:
    """Runs something in a thread, which must end."""

    def run(action: Callable[[], object]) -> object:
        found: list[object] = []
        thread = threading.Thread(target=lambda: found.append(action()), daemon=True)
        thread.start()
        thread.join(seconds)
        assert found, "it waits for ever, or fails"
        return found[0]

    yield run


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _link(path: Path) -> None:
    other = path.with_name("other")
    path.replace(other)
    path.symlink_to(other)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


PLACED: dict[str, Callable[[Path], object]] = {
    "a pipe": _pipe,
    "a link": _link,
    "a folder": _folder,
    "a device": _device,
    "a file that others may write": lambda path: path.chmod(0o666),
    "a file of its group": lambda path: path.chmod(0o620),
    "another text": lambda path: path.write_text("{}"),
    "nothing in it": lambda path: path.write_text(""),
    "no right to read": lambda path: path.chmod(0),
}


@pytest.mark.skipif(os.name != "posix", reason="owners and permissions as in POSIX")
@pytest.mark.parametrize("what", PLACED)
def test_tables_that_are_not_ours_are_not_read(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vlad_py.syntax import tables
    from vlad_py.syntax.build import Build
    from vlad_py.syntax.newlines import Layout

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    made: list[str] = []
    make = tables.made

    def counted(*arguments: Any, **options: Any) -> Any:
        made.append("made")
        return make(*arguments, **options)

    def parser() -> object:
        return tables.parser_of(resources.grammar_text(), "program", Layout(), Build)

    monkeypatch.setattr(tables, "made", counted)
    parser()
    parser()
    assert made == ["made"]
    (path,) = (tmp_path / "vlad_py").iterdir()
    PLACED[what](path)
    if what == "no right to read" and os.geteuid() == 0:
        return  # root may
    with in_time() as run:
        assert run(parser)
    assert made == ["made", "made"]


@pytest.mark.skipif(os.name != "posix", reason="owners and permissions as in POSIX")
@pytest.mark.parametrize("what", PLACED)
def test_code_that_is_not_ours_is_not_run(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("llvmlite")
    from vlad_py.native import store
    from vlad_py.native.known import OFF

    monkeypatch.setenv(OFF, "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    store.save("a call", {"facts": 1}, b"code")
    assert store.load("a call") == ({"facts": 1}, b"code")
    (path,) = (tmp_path / "vlad_py" / "native").iterdir()
    PLACED[what](path)
    if what == "no right to read" and os.geteuid() == 0:
        return
    with in_time() as run:
        assert run(lambda: store.load("a call") is None)


@pytest.mark.skipif(not hasattr(os, "chown") or not hasattr(os, "geteuid"), reason="owners as in POSIX")
def test_files_of_another_user_are_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vlad_py.ground.own_files import read_own

    path = tmp_path / "kept"
    path.write_bytes(b"text")
    assert read_own(str(path)) == b"text"
    monkeypatch.setattr(os, "geteuid", lambda: os.stat(path).st_uid + 1)
    with pytest.raises(PermissionError):
        read_own(str(path))
