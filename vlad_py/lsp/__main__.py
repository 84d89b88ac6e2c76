"""`vlad-lsp` and `python -m vlad_py.lsp`: the language server on standard input and output."""

from __future__ import annotations

import sys


def main() -> int:
    """Serves until the editor ends it; gives the exit status."""
    try:
        from vlad_py.lsp.server import server
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        print("vlad-lsp: the language server needs `pip install 'vlad_py[lsp]'`", file=sys.stderr)
        return 2
    server.start_io()
    return 0


if __name__ == "__main__":
    sys.exit(main())
