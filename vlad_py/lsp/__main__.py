"""`vlad-lsp` and `python -m vlad_py.lsp`: the language server on standard input and output."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from vlad_py.ground.advice import install_advice


def main() -> int:
    """Serves until the editor ends it; gives the exit status."""
    parser = argparse.ArgumentParser(
        prog="vlad-lsp",
        description="The language server of ADL. Editors start it, and talk with it by standard input and "
        "output: see docs/editors.md.",
    )
    parser.add_argument("--stdio", action="store_true", help="the default; editors pass it")
    parser.parse_known_args()  # editors give options of their own
    try:
        from vlad_py.lsp.server import server

        import_module("vlad_py.lsp.answers")
        import_module("vlad_py.lsp.appearance")
        import_module("vlad_py.lsp.problems")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        print(f"vlad-lsp: the language server needs {install_advice('lsp')}", file=sys.stderr)
        return 2
    server.start_io()
    return 0


if __name__ == "__main__":
    sys.exit(main())
