"""Machine code on disk: what one run of a program has compiled, the next one loads.

A file holds the code of one call: its name is the fingerprint of all that the code depends on (see
`reached.py`), of this version of vlad_py and of llvmlite, and of the processor. Whatever goes wrong here, the
call is compiled as if there were no store.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from functools import cache
from typing import Any

from vlad_py.ground.late_numpy import np
from vlad_py.ground.sealed_files import SealedFiles
from vlad_py.native.constants import Data
from vlad_py.native.known import OFF
from vlad_py.native.llvm import binding

PACKAGE = os.path.dirname(os.path.dirname(__file__))  # whose files tell its version; none in an archive
FILES = SealedFiles("native", b"vlad native 1\n", 1000)


def load(fingerprint: str) -> tuple[dict[str, Any], bytes] | None:
    """What is kept of a call: facts, and the object code. None where there is nothing to be trusted."""
    content = FILES.load(_key(fingerprint)) if _is_on() else None
    if content is None:
        return None
    text, _, code = content.partition(b"\n")
    try:
        facts: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return (facts, code) if isinstance(facts, dict) else None


def save(fingerprint: str, facts: dict[str, Any], code: bytes) -> None:
    """Keeps the code of a call. Where that is not possible, nothing is kept."""
    if _is_on():
        FILES.save(_key(fingerprint), json.dumps(facts).encode() + b"\n" + code)


def _is_on() -> bool:
    return os.environ.get(OFF) != "off" and os.path.isdir(PACKAGE)


def _key(fingerprint: str) -> str:
    return f"{fingerprint} {_machine()}"


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
