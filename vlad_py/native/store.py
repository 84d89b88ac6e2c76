"""Machine code on disk: what one run of a program has compiled, the next one loads.

A file holds the code of one call: its name is the fingerprint of all that the code depends on (see
`reached.py`), of this version of vlad_py and of llvmlite, and of the processor. Whatever goes wrong here, the
call is compiled as if there were no store.

Many files hold refusals. So on Linux, finding a file does not need LLVM, whose import takes 24 ms. A file
with code also holds what LLVM says of the machine that the code is for.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from functools import cache
from importlib.util import find_spec
from itertools import takewhile
from typing import Any

from vlad_py.ground.late_numpy import np
from vlad_py.ground.resources import files_below, files_of_version
from vlad_py.ground.sealed_files import SealedFiles
from vlad_py.native.constants import Data
from vlad_py.native.known import OFF
from vlad_py.native.llvm import binding

FILES = SealedFiles("native", b"vlad native 1\n", 1000)
TARGET = "target"  # the fact that names the machine that code is for
PROCESSORS = "/proc/cpuinfo"
OF_THE_KIND = ("vendor_id", "cpu family", "model", "flags", "CPU ", "Features")  # lines there; others change


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
    if not isinstance(facts, dict) or (code and facts.pop(TARGET, None) != _target()):
        return None
    return facts, code


def save(fingerprint: str, facts: dict[str, Any], code: bytes) -> None:
    """Keeps the code of a call. Where that is not possible, nothing is kept."""
    if _is_on():
        if code:
            facts = {**facts, TARGET: _target()}
        FILES.save(_key(fingerprint), json.dumps(facts).encode() + b"\n" + code)


def _is_on() -> bool:
    return os.environ.get(OFF) != "off" and files_of_version() is not None


def _key(fingerprint: str) -> str:
    return f"{fingerprint} {_machine()}"


@cache
def _machine() -> str:
    """What the code depends on besides the program: this package, llvmlite, the processor."""
    llvmlite = find_spec("llvmlite")
    folders = (llvmlite and llvmlite.submodule_search_locations) or ()
    files = [files_below(os.path.join(folder, "binding")) for folder in folders]
    return repr((_processor(), files_of_version(), files))


def _processor() -> str:
    """What Linux says of the first processor. Where it says nothing, what LLVM says of this machine."""
    try:
        with open(PROCESSORS, encoding="utf-8") as file:
            first = takewhile(str.strip, file)
            return "".join(line for line in first if line.startswith(OF_THE_KIND)) or _target()
    except (OSError, UnicodeDecodeError):
        return _target()


@cache
def _target() -> str:
    """LLVM's version, and what it says of this machine."""
    llvm = binding()
    version = (llvm.llvm_version_info, llvm.get_default_triple())
    return repr((version, llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()))


# ── data, as text ─────────────────────────────────────────────────────────────────────────────


def packed(data: Data) -> dict[str, list[str]]:
    """The data of code: for each name what elements it has, and these."""
    return {name: [array.dtype.str, b64encode(array.tobytes()).decode()] for name, array in data.items()}


def unpacked(text: dict[str, list[str]]) -> Data:
    """The data that were `packed`."""
    return {name: np.frombuffer(b64decode(items), kind) for name, (kind, items) in text.items()}
