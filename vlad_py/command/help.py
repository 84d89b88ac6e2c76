"""`vlad help`: lists the options and commands; `vlad help NAME` does what `vlad NAME --help` does."""

from __future__ import annotations

from vlad_py.command.menu import COMMANDS
from vlad_py.command.outcome import USAGE, complain
from vlad_py.ground.errors import near
from vlad_py.laboratory.menu import COMMANDS as LABORATORY


def main(argv: list[str]) -> int:
    """Prints the help; returns the exit status, if printing does not end the process."""
    from vlad_py.command import cli  # only here: it asks this file

    names = (*COMMANDS, *LABORATORY)
    if argv and not argv[0].startswith("-") and argv[0] not in names:
        hint = near(argv[0], names) or "`vlad help` lists the commands"
        complain(f"no command `{argv[0]}`; {hint}")
        return USAGE
    return cli.main([*argv[:1], "--help"])
