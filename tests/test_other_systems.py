"""Files on other systems: folders of the user, files without owners, several drives, no working folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from vlad_py.ground import resources
from vlad_py.ground.own_files import is_own
from vlad_py.ground.reading import is_below
from vlad_py.session.files import working_folder


@pytest.mark.parametrize(
    ("system", "settings", "folders"),
    [
        ("linux", {}, ("/home/me/.cache", "/home/me/.local/share")),
        ("linux", {"XDG_CACHE_HOME": "/c", "XDG_DATA_HOME": "/d"}, ("/c", "/d")),
        ("linux", {"XDG_CACHE_HOME": "c", "XDG_DATA_HOME": "d"}, (os.devnull, os.devnull)),
        ("darwin", {}, ("/home/me/Library/Caches", "/home/me/Library/Application Support")),
        ("darwin", {"XDG_CACHE_HOME": "/c"}, ("/c", "/home/me/Library/Application Support")),
        ("win32", {}, ("/home/me/AppData/Local", "/home/me/AppData/Local")),
        ("win32", {"LOCALAPPDATA": "/local"}, ("/local", "/local")),
    ],
)
def test_each_system_has_its_folders(
    system: str, settings: dict[str, str], folders: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/home/me", **settings}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", system)
    found = (resources.cache_folder(), resources.data_folder())
    assert found == tuple(os.path.join(folder, "vlad_py") for folder in folders)


def test_a_system_without_owners_of_files_keeps_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "geteuid")
    assert is_own(tmp_path.stat())


def test_a_path_on_another_drive_is_not_below_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = str(tmp_path / "inside.adl")
    assert is_below(inside, str(tmp_path)) and not is_below(str(tmp_path), inside)

    def on_two_drives(_: list[str]) -> str:
        raise ValueError("Paths don't have the same drive")

    monkeypatch.setattr(os.path, "commonpath", on_two_drives)
    assert not is_below(inside, str(tmp_path))


def test_a_working_folder_may_be_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    assert working_folder() == str(gone)
    gone.rmdir()
    assert working_folder() is None
