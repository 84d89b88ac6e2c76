"""The commands besides running a program and the laboratory's; a file with such a name is `./build`."""

from __future__ import annotations

# what each is for; each is the file of its name in this folder, whose `main` takes the words behind it
COMMANDS = {
    "build": "a library for C, of a function as machine code",
    "completion": "commands and options by Tab, for your shell",
    "doc": "the documentation of a library, from its `##` comments",
    "fmt": "write programs in the one style",
    "help": "this list; `vlad help trace` shows the options of a command",
    "kernel": "notebooks in the language, for Jupyter",
    "new": "make a small project: a library, a program, a test",
    "profile": "where the time of a script goes: by line, by function, by part",
    "test": "run programs, and compare what they do with their comments",
}
