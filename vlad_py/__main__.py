"""`vlad` and `python -m vlad_py`: the command, which Ctrl-C stops cleanly even while it loads."""

from __future__ import annotations

import sys


def main() -> int:
    """Runs the command; gives its exit status."""
    try:
        from vlad_py.command.cli import main as command  # here, because loading takes longer than most runs

        return command()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
