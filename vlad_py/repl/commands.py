"""The commands of the REPL: one entry each, with the function that runs it."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from statistics import median
from textwrap import wrap
from time import perf_counter

from vlad_py.core.text import print_module
from vlad_py.expressions.text.rounding import MOST_DIGITS
from vlad_py.ground.errors import near
from vlad_py.ground.names import composed, keywords
from vlad_py.ground.source import printable_lines
from vlad_py.laboratory.menu import COMMANDS as LABORATORY
from vlad_py.lowering.unknown import hint_for, of_library
from vlad_py.repl.engine import Engine, Refusal
from vlad_py.repl.inputs import command_of, inputs_of
from vlad_py.repl.themes import THEMES
from vlad_py.session import catalogue, limit_options
from vlad_py.session.files import ADL, working_folder
from vlad_py.session.process import count_of, limit_memory
from vlad_py.session.script import LAST, script_of
from vlad_py.session.structure import structure
from vlad_py.session.ways import WAYS
from vlad_py.syntax.mistakes import DEF, FN, IF, LET, LOOP, MATCH
from vlad_py.values.values import UNIT

LONGEST_TIMING, MOST_RUNS, LEAST_RUNS = 1.0, 1000, 3  # seconds and runs of `:time`
UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))
NAN = ("allow", "error")  # the choices of `:set nan`
HELP = ("-h", "--help")
FORMS = {"if": IF, "then": IF, "else": IF, "loop": LOOP, "while": LOOP, "for": LOOP, "in": LOOP, "do": LOOP}
FORMS |= {"let": LET, "def": DEF, "fn": FN, "match": MATCH}


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its usage, its purpose, and the function that runs it on the text after its name."""

    usage: str
    doc: str
    carry_out: Callable[[Engine, str], None]


def handle(engine: Engine, text: str) -> None:
    """Runs any input: programs, commands, or a session of them with its prompts."""
    for item in inputs_of(text):
        command = command_of(item)
        if command is not None:
            engine.attempt(partial(_carry_out, engine, *command))
        elif item.strip():
            engine.attempt(partial(engine.run, item))


def _carry_out(engine: Engine, name: str, rest: str) -> None:
    _command(name).carry_out(engine, rest)


def _command(name: str) -> Command:
    name = SHORT.get(name, name)
    if name not in COMMANDS:
        hint = INSTEAD.get(name) or near(name, COMMANDS).replace("`", "`:", 1) or "`:help` lists the commands"
        raise Refusal(f"no command `:{name}`", hint=hint)
    return COMMANDS[name]


def _needed(rest: str, usage: str) -> str:
    if not rest:
        raise Refusal(f"write `{usage}`")
    return rest


# ── help ────────────────────────────────────────────────────────────────────


def _help(engine: Engine, rest: str) -> None:
    if rest:
        _doc(engine, rest)
        return
    names = COMMANDS if engine.language == ADL else WITHOUT_ADL
    width = max(len(COMMANDS[name].usage) for name in names)
    for name in names:
        engine.say(f"{COMMANDS[name].usage.ljust(width)}  {COMMANDS[name].doc}")
    if engine.language == ADL:
        engine.say("`_` is the last value; a `;` at the end hides the value.")


def _usage(name: str) -> str:
    """The usage of a command, with its options, and its purpose."""
    command = _command(name)
    if name not in LABORATORY:
        return f"{command.usage} — {command.doc}"
    from vlad_py.repl.options import EXAMPLE, explained  # only here: most sessions do not need it

    return "\n".join((f":{name} [options] {EXAMPLE} — {command.doc}", *explained(name)))


def _doc(engine: Engine, name: str) -> None:
    name = composed(_needed(name.rstrip("?").strip(), "?name"))
    if name.startswith(":"):
        engine.say(_usage(name[1:]))
        return
    scope = {**catalogue.libraries(), **engine.session.names()}
    entry = catalogue.lookup(name, scope)
    if entry is not None:
        engine.say(printable_lines(_described(entry, engine.width())))
    elif name in keywords():
        engine.say(f"`{name}` is a keyword{f': {FORMS[name]}' if name in FORMS else ''}")
    else:
        members = [f"{module}.{member}" for module, entry in scope.items() for member in entry.members]
        hint = hint_for(name, "", [*scope, *members], list(catalogue.everywhere())) or of_library(name)
        raise Refusal(f"no name `{name}`", hint=hint)


def _source(engine: Engine, name: str) -> None:
    """The definition of a name, as its text has it."""
    name = composed(_needed(name.strip(), "??name"))
    scope = {**catalogue.libraries(), **engine.session.names()}
    entry = catalogue.lookup(name, scope)
    if entry is None or not (text := catalogue.definition_text(entry)):
        _doc(engine, name)  # which says what there is instead
        return
    if entry.place is not None:
        engine.say(f"# {entry.place.place}")
    engine.say(printable_lines(text))


def _described(entry: catalogue.Entry, width: int) -> str:
    """The catalogue's entry of a name: signature, kind and place, documentation, example, members."""
    where = f", {entry.place.place}" if entry.place is not None else ""
    lines = [f"{entry.signature} — {entry.kind}{where}"]
    doc = entry.doc.splitlines()
    lines += wrap(" ".join(doc), width) if max(map(len, doc), default=0) > width else doc
    lines += [f"  {line}" for line in _example(entry)]
    lines += [f"  {member.signature}" for member in entry.members.values()]
    return "\n".join(lines)


def _example(entry: catalogue.Entry) -> list[str]:
    """The example in a documentation: that of the library with what it writes, one of the user's as it is."""
    file = entry.place.source if entry.place is not None else None
    if file is not None and not file.library:
        return entry.example.splitlines()
    from vlad_py.reference.page import Setting, example_lines  # only here: most sessions do not need it

    is_module = file is not None and "/" not in file.name
    imports = f"import {file.name.removesuffix('.adl')}" if file and is_module else ""
    return example_lines(entry, Setting(imports))


def _type(engine: Engine, text: str) -> None:
    value = engine.evaluate(_needed(text, ":type e"))
    engine.say(structure(value, engine.width()))


def _core(engine: Engine, text: str) -> None:
    module = engine.session.core_of(_needed(text, ":core e"), engine.next_name(), working_folder())
    engine.write(print_module(module))


def _time(engine: Engine, text: str) -> None:
    """The first run, which may have to compile, does not count; nor does reading the text."""
    engine.evaluate(_needed(text, ":time e"))
    function = engine.session.evaluate(f"fn () => {{\n{text}\n}}", engine.next_name(), working_folder())
    times: list[float] = []
    with engine.silenced():
        while len(times) < MOST_RUNS and (len(times) < LEAST_RUNS or sum(times) < LONGEST_TIMING):
            start = perf_counter()
            engine.session.call(function, UNIT)
            times.append(perf_counter() - start)
    middle = median(times)
    size, unit = next((u for u in UNITS if middle >= u[0]), UNITS[-1])
    engine.say(f"median of {len(times)} runs: {middle / size:.3g} {unit}")


def _observe(name: str) -> Callable[[Engine, str], None]:
    def carry_out(engine: Engine, text: str) -> None:
        if text in HELP:
            engine.say(_usage(name))
            return
        from vlad_py.repl import observing  # only here: most sessions do not need it

        observing.observe(engine, name, text)

    return carry_out


# ── settings ─────────────────────────────────────────────────────────────────────────────────


def _set(engine: Engine, text: str) -> None:
    name, _, value = text.replace("=", " ", 1).partition(" ")
    name = ALSO.get(name, name)
    if not name:
        for each in SETTINGS:
            engine.say(_setting(engine, each))
    elif name not in SETTINGS:
        hint = near(name, (*SETTINGS, *ALSO)) or f"the settings are {', '.join(SETTINGS)}"
        raise Refusal(f"no setting `{name}`", hint=hint)
    else:
        if value.strip():
            try:
                SETTINGS[name](engine, value.strip())
            except ValueError as error:
                raise Refusal(str(error)) from None
        engine.say(_setting(engine, name))


def _setting(engine: Engine, name: str) -> str:
    text = {
        **{each: limit_options.setting(engine.limits, each) for each in limit_options.SETTINGS},
        **({"memory": "3/4 of the machine's"} if engine.limits.memory is None else {}),
        "digits": str(engine.digits or "full"),
        "nan": NAN[engine.session.nan_is_error],
        "native": engine.native,
        "theme": engine.theme,
    }[name]
    return f"{name.ljust(9)} {text}"


def _no_or(read: Callable[[str], int], text: str) -> int | None:
    return None if text in ("none", "full") else read(text)


def _set_limit(name: str, engine: Engine, text: str) -> None:
    before = engine.limits
    engine.limits = engine.session.limits = limit_options.changed(before, name, text)
    if engine.limits.memory != before.memory:
        limit_memory(engine.limits.memory)


def _set_digits(engine: Engine, text: str) -> None:
    digits = _no_or(count_of, text)
    if digits is not None and digits > MOST_DIGITS:
        raise ValueError(f"expected at most {MOST_DIGITS} digits, got {digits}")
    engine.digits = digits


def _set_nan(engine: Engine, text: str) -> None:
    if text not in NAN:
        raise ValueError(f"expected {' or '.join(NAN)}, got {text!r}")
    engine.session.nan_is_error = text == NAN[True]


def _set_native(engine: Engine, text: str) -> None:
    if text not in WAYS:
        raise ValueError(f"expected {', '.join(WAYS[:-1])} or {WAYS[-1]}, got {text!r}")
    engine.compile(text)


def _set_theme(engine: Engine, text: str) -> None:
    if text not in THEMES:
        raise ValueError(f"expected {', '.join(THEMES[:-1])} or {THEMES[-1]}, got {text!r}")
    engine.theme = text


SETTINGS: dict[str, Callable[[Engine, str], None]] = {
    **{name: partial(_set_limit, name) for name in limit_options.SETTINGS},
    "digits": _set_digits,
    "nan": _set_nan,
    "native": _set_native,
    "theme": _set_theme,
}
ALSO = {"precision": "digits", "seconds": "time"}  # other names of settings

# ── files ────────────────────────────────────────────────────────────────────────────────────


def _load(engine: Engine, path: str) -> None:
    engine.load(_needed(path, ":load FILE"))


def _reload(engine: Engine, _: str) -> None:
    kept = engine.reload()
    if kept:
        names = ", ".join(f"`{name}`" for name in kept)
        engine.say(f"kept as defined here: {names} (`:load FILE` takes the file's)")


def _save(engine: Engine, path: str) -> None:
    _needed(path, ":save FILE")
    script, left_out = script_of(engine.session)
    engine.save(path, script)
    for name in left_out:
        engine.say(f"left out: `{name}`, which was made with names that now mean something else")


def _edit(engine: Engine, name: str) -> None:
    text = _definition(engine, name) if name else engine.last_input
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    if not editor.strip():
        raise Refusal("no editor is set", hint="set the environment variable `VISUAL` or `EDITOR`")
    try:
        edited = _edited(editor, text).rstrip("\n")
    except UnicodeDecodeError:
        raise Refusal(f"{editor}: left no UTF-8 text; nothing was run") from None
    except (OSError, ValueError) as error:  # no such command, or no text of one
        raise Refusal(f"{editor}: {str(getattr(error, 'strerror', None) or error).lower()}") from None
    if edited.strip():
        engine.say(printable_lines(edited))
        engine.run(edited)


def _edited(editor: str, text: str) -> str:
    """A text as an editor leaves it. Raises Refusal, OSError, ValueError (UnicodeDecodeError among them)."""
    command = shlex.split(editor)
    handle_, path = tempfile.mkstemp(suffix=".adl", text=True)
    try:
        with open(handle_, "w", encoding="utf-8", errors="surrogateescape") as stream:
            stream.write(text + "\n")
        status = subprocess.run([*command, path]).returncode
        if status != 0:
            ended = f"ended with status {status}" if status > 0 else f"was ended by signal {-status}"
            raise Refusal(f"{editor}: {ended}; nothing was run")
        with open(path, encoding="utf-8-sig") as stream:
            return stream.read()
    finally:
        with suppress(OSError):
            os.unlink(path)


def _definition(engine: Engine, name: str) -> str:
    """The text that defines a name, with its documentation."""
    entry = engine.session.names().get(name)
    if entry is None or entry.statement is None or name == LAST:
        hint = near(name, engine.session.names())
        raise Refusal(f"`{name}` is not defined in this session", hint=hint)
    return catalogue.definition_text(entry)


def _quit(engine: Engine, _: str) -> None:
    raise EOFError


# the REPL's own words, some of which are names of functions too
COMMANDS: dict[str, Command] = {
    "help": Command(":help", "this list", _help),
    "doc": Command("?name", "what a name means, how to call it, where it is defined", _doc),
    "source": Command("??name", "its definition", _source),
    "type": Command(":type e", "the structure of the value of e", _type),
    "time": Command(":time e", "how long e takes: the median of many runs", _time),
    **{name: Command(f":{name} f(x)", about.call, _observe(name)) for name, about in LABORATORY.items()},
    "core": Command(":core e", "e in the intermediate representation", _core),
    "load": Command(":load FILE", "run a file, and keep its definitions", _load),
    "reload": Command(":reload", "run loaded and imported files again, keep your definitions", _reload),
    "edit": Command(":edit [name]", "run the last input or a definition after $EDITOR", _edit),
    "save": Command(":save FILE", "the definitions of this session, as a script", _save),
    "set": Command(
        ":set [name value]",
        "limits, digits, NaN, native code, colours; `:set` shows all",
        _set,
    ),
    "quit": Command(":quit", "leave, as Ctrl-D does", _quit),
}
NAMES = "`?name` describes a name, Tab completes one, `:save FILE` writes all definitions"
INSTEAD = dict.fromkeys(("names", "vars", "who", "whos", "env", "list", "ls", "browse", "dir"), NAMES)
SHORT = {"q": "quit", "exit": "quit", "h": "help", "t": "type", "l": "load", "r": "reload"}
WITHOUT_ADL = ("help", "load", "reload", "set", "quit")  # commands that another language has too
