"""Options of the command `vlad`: errors and warnings for wrong ones, and options with own actions."""

from __future__ import annotations

import argparse
import re
import sys
from importlib.util import find_spec
from typing import Any, NoReturn

from vlad_py import __version__
from vlad_py.ground.advice import install_advice
from vlad_py.ground.errors import near
from vlad_py.ground.source import printable
from vlad_py.session.option_parser import OptionParser

INSTEAD = {"-c": "`-e EXPRESSION` prints the value of an expression"}  # options of other tools
# a program, or a file that it imports, may see `arguments`
_READS_ARGUMENTS = re.compile(r'\barguments\b|\bimport\s*"|\binclude\b')
_NO_CHOICE = re.compile(r"argument (--\w+): invalid choice: '([^']+\.\w+)'")  # a file's name


class Parser(OptionParser):
    """A parser that suggests the nearest option for an unknown one, and a value where a file stands in its
    place.
    """

    def error(self, message: str) -> NoReturn:
        unknown = message.partition(": ")[2].split() or [""]
        hint = ""
        if message.startswith("unrecognized"):
            hint = INSTEAD.get(unknown[0]) or near(unknown[0], self._option_string_actions)
        elif (found := _NO_CHOICE.match(message)) is not None:
            option, file = found.groups()
            *_, last = choices = list(self._option_string_actions[option].choices or ())
            chosen = next((choice for choice in choices if file.endswith(f".{choice}")), last)
            hint = f"write `vlad {option}={chosen} {file}`"
        super().error(f"{message}; {hint}" if hint else message)

    def options_in(self, arguments: list[str]) -> list[str]:
        """The arguments of a program that are options of this parser."""
        return [word for word in arguments if word.partition("=")[0] in self._option_string_actions]


def warn_of_misplaced(options: list[str], text: str) -> None:
    """Warns that options after the file go to the program, unless the program reads its arguments."""
    if options and not _READS_ARGUMENTS.search(text):
        for option in options:
            warning = f"`{option}` after the file goes to the program; put vlad's options before the file"
            print(f"warning: {printable(warning)}", file=sys.stderr)


class OneExpression(argparse.Action):
    """Keeps the text of `-e`, and refuses a second one."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        options: argparse.Namespace,
        value: Any,
        option: str | None = None,
    ) -> None:
        if getattr(options, self.dest) is not None:
            parser.error("-e is given twice: write one text, as in -e 'let a = 1; a + 1'")
        setattr(options, self.dest, value)


class Version(argparse.Action):
    """Prints the version, and whether there is native code."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        tiers = f"interpreted only; native code needs {install_advice('native')}"
        if find_spec("llvmlite") is not None:
            from importlib import metadata  # only here: it loads what reads e-mails

            tiers = f"interpreted, and native by llvmlite {metadata.version('llvmlite')}"
        print(f"vlad {__version__}\n{tiers}")
        parser.exit()
