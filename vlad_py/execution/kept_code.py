"""The library's Python code, kept on disk: what one process has compiled, the next one loads."""

from __future__ import annotations

import marshal
import sys
from contextlib import suppress
from functools import lru_cache
from types import CodeType

from vlad_py.ground.sealed_files import SealedFiles

FILES = SealedFiles("code", b"vlad code 1\n", 400)


@lru_cache(maxsize=64)
def kept_code(text: str, file: str) -> CodeType:
    """The code of a module's text: what an earlier process kept, or else new code, kept for later ones."""
    key = f"{sys.version} {sys.flags.optimize} {file}\n{text}"  # what the code depends on
    content = FILES.load(key)
    if content is not None:
        with suppress(ValueError, EOFError, TypeError):
            found: object = marshal.loads(content)
            if type(found) is CodeType:
                return found
    made = compile(text, file, "exec")
    FILES.save(key, marshal.dumps(made))
    return made
