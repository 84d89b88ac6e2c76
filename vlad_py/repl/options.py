"""The options of the laboratory's commands in the REPL: those of the command line, then the call."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from typing import NoReturn

from vlad_py.ground.errors import near
from vlad_py.laboratory.commands import add_options, settle

EXAMPLE = "f(2, 5)"

_OPTION = re.compile(r"(--?[a-z][a-z-]*)(?:=|\s+|$)")
_OPENING, _CLOSING = "([{", ")]}"


class WrongOption(ValueError):
    """What is wrong with options: a message and a hint, which may be empty."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def split(command: str, text: str) -> tuple[list[str], str]:
    """The options that a text begins with, as a shell would pass them, and the rest.

    A value with spaces is in brackets or in quotes.
    """
    known = _Parser(command).known()
    given = []
    while (match := _OPTION.match(text)) is not None:
        name, text = match[1], text[match.end() :]
        given.append(name)
        if name in known and known[name].nargs != 0:
            value, text = _value(text)
            given += [value] if value else []
    return given, text


def _value(text: str) -> tuple[str, str]:
    """The value of an option, and the rest."""
    if text[:1] in ("'", '"') and (end := text.find(text[0], 1)) > 0:
        return text[1:end], text[end + 1 :].lstrip()
    depth = 0
    for i, c in enumerate(text):
        depth += (c in _OPENING) - (c in _CLOSING)
        if c.isspace() and depth <= 0:
            return text[:i], text[i:].lstrip()
    return text, ""


def completions(command: str, text: str) -> Iterator[tuple[str, int]]:
    """Completions at the end of a text that is still among the options, each with the length typed so far."""
    known = _Parser(command).known()
    *before, typed = text.split(" ")
    last = known.get(before[-1]) if before else None
    names = [str(choice) for choice in last.choices or ()] if last is not None else []
    if typed.startswith("-"):
        names = [name for name in known if name.startswith("--")]
    yield from ((name, len(typed)) for name in names if name.startswith(typed))


def parsed(command: str, given: list[str]) -> argparse.Namespace:
    """The values of options. Raises WrongOption."""
    options = _Parser(command).parse_args(given, argparse.Namespace(command=command))
    try:
        settle(options)
    except ValueError as error:
        raise WrongOption(str(error)) from None
    return options


def usage_of(command: str) -> str:
    """How a command is written."""
    return " ".join([f":{command}", *(f"[{option}]" for option, _ in _options(command)), EXAMPLE])


def explained(command: str) -> Iterator[str]:
    """A line for each option: its usage and its meaning."""
    options = _options(command)
    width = max((len(option) for option, _ in options), default=0)
    return (f"  {option.ljust(width)}  {about}" for option, about in options)


def _options(command: str) -> list[tuple[str, str]]:
    """The usage and the meaning of each option."""
    found = []
    for action in {id(each): each for each in _Parser(command).known().values()}.values():
        value = "|".join(map(str, action.choices)) if action.choices else action.metavar
        found.append(
            (f"{action.option_strings[0]}{f' {value}' if action.nargs != 0 else ''}", action.help or "")
        )
    return found


class _Parser(argparse.ArgumentParser):
    """The options of a command."""

    def __init__(self, command: str) -> None:
        super().__init__(prog=f":{command}", add_help=False, allow_abbrev=False)
        add_options(self, command)

    def known(self) -> dict[str, argparse.Action]:
        """The options by their names."""
        return self._option_string_actions

    def error(self, message: str) -> NoReturn:
        """Raises WrongOption."""
        unknown = message.partition(": ")[2].split() or [""]
        is_unknown = message.startswith("unrecognized")
        hint = near(unknown[0], self.known()) if is_unknown else ""
        raise WrongOption(f"no option `{unknown[0]}`" if is_unknown else message, hint)
