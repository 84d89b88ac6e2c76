"""Machine code on disk: what one run of a program has compiled, the next one loads.

A file holds the code of one call: its name is the fingerprint of all that the code depends on (see
`reached.py`), of this version of vlad_py and of llvmlite, and of the processor. It is machine code, so it is
taken from a folder of the user's alone, after a look at owners and permissions; and a file with a wrong
checksum is as good as none. Whatever goes wrong here, the call is compiled as if there were no store.
"""

from __future__ import annotations

import json
import os
import stat
from base64 import b64decode, b64encode
from contextlib import suppress
from functools import cache
from hashlib import sha256
from typing import Any

from vlad_py.ground import resources
from vlad_py.ground.late_numpy import np
from vlad_py.ground.own_files import is_own, read_own, write_own
from vlad_py.native.constants import Data
from vlad_py.native.known import OFF
from vlad_py.native.llvm import binding

PACKAGE = os.path.dirname(os.path.dirname(__file__))  # whose files tell its version; none in an archive
FORM = b"vlad native 1\n"
MOST_FILES = 1000  # then the oldest go
CHECKSUM = 32  # bytes


def load(fingerprint: str) -> tuple[dict[str, Any], bytes] | None:
    """What is kept of a call: facts, and the object code. None where there is nothing to be trusted."""
    folder = _folder()
    if folder is None:
        return None
    try:
        whole = read_own(_path(folder, fingerprint))
    except OSError:
        return None
    content, checksum = whole[:-CHECKSUM], whole[-CHECKSUM:]
    if not content.startswith(FORM) or sha256(content).digest() != checksum:
        return None
    text, _, code = content[len(FORM) :].partition(b"\n")
    try:
        facts: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return (facts, code) if isinstance(facts, dict) else None


def save(fingerprint: str, facts: dict[str, Any], code: bytes) -> None:
    """Keeps the code of a call. Where that is not possible, nothing is kept."""
    folder = _folder()
    if folder is None:
        return
    content = FORM + json.dumps(facts).encode() + b"\n" + code
    with suppress(OSError):
        write_own(_path(folder, fingerprint), content + sha256(content).digest())
        _limit(folder)


def _path(folder: str, fingerprint: str) -> str:
    return os.path.join(folder, sha256(f"{fingerprint} {_machine()}".encode()).hexdigest())


def _folder() -> str | None:
    """The folder, which is made where there is none. None where nothing can be kept safely."""
    if not hasattr(os, "geteuid") or os.environ.get(OFF) == "off" or not os.path.isdir(PACKAGE):
        return None
    folder = os.path.join(resources.cache_folder(), "native")
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        facts = os.lstat(folder)
    except OSError:
        return None
    is_private = stat.S_ISDIR(facts.st_mode) and is_own(facts) and not facts.st_mode & 0o077
    return folder if is_private else None


def _limit(folder: str) -> None:
    """Lets the oldest files go, a quarter of them, where there are too many."""
    files = [entry.path for entry in os.scandir(folder)]
    if len(files) > MOST_FILES:
        for path in sorted(files, key=os.path.getmtime)[: MOST_FILES // 4]:
            os.unlink(path)


@cache
def _machine() -> str:
    """What the code depends on besides the program: this package, LLVM, the processor."""
    llvm = binding()
    files = []
    for folder, _, names in os.walk(PACKAGE):
        for name in sorted(names):
            if name.endswith(".py"):
                facts = os.stat(os.path.join(folder, name))
                files.append((folder[len(PACKAGE) :], name, facts.st_size, facts.st_mtime_ns))
    version = (llvm.llvm_version_info, llvm.get_default_triple())
    processor = (llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())
    return repr((version, processor, sorted(files)))


# ── data, as text ─────────────────────────────────────────────────────────────────────────────


def packed(data: Data) -> dict[str, list[str]]:
    """The data of code: for each name what elements it has, and these."""
    return {name: [array.dtype.str, b64encode(array.tobytes()).decode()] for name, array in data.items()}


def unpacked(text: dict[str, list[str]]) -> Data:
    """The data that were `packed`."""
    return {name: np.frombuffer(b64decode(items), kind) for name, (kind, items) in text.items()}
