"""Makes loops over arrays functions of their own, if a function has many; equal loops share one.

LLVM's passes over loops look, for each loop, at the branches of all loops before it: 700 loops in a row took
7 seconds, and take a tenth of that as functions. Loops that differ only in their data, such as one layer of
a network at each time, are then compiled once.
"""

from __future__ import annotations

import re

MANY = 48  # loops in a row in one function; then they become functions
ENTRY = "start"  # the first block of every function

TOKENS = re.compile(r"\b(double|ptr|i64|i32|i8|i1)\b|%([\w.]+)|@(k\d+)\b")
DEFINED = re.compile(r"^(?:  %([\w.]+) = |(\w+):$)", re.MULTILINE)
STORED = re.compile(r"^  store \w+ \S+, ptr %([\w.]+)", re.MULTILINE)
ADDRESS = re.compile(r"^  %([\w.]+) = getelementptr .*?, ptr %([\w.]+)", re.MULTILINE)


class Outlined:
    """A loop as a function: its `text` from the parameters on, the same for loops that differ only in names,
    and the `arguments` of its call.
    """

    def __init__(self, lines: list[str], before: str) -> None:
        """Makes it from lines that begin with the branch to the loop, from the block `before`, and end with
        the label of the block after it. They use no name that they do not bind, but values and data.
        """
        code = "\n".join([*lines, "  ret void"])
        inside = {name for pair in DEFINED.findall(code) for name in pair if name}
        new: dict[str, str] = {before: ENTRY}  # names, in the order in which they stand in the text
        given: dict[str, str] = {}  # what comes from outside, with its type
        kind = ""

        def renamed(found: re.Match[str]) -> str:
            nonlocal kind
            type_, name, data = found.groups()
            if type_:
                kind = type_
                return type_
            key = name or f"@{data}"
            if key not in new:
                if key not in inside:
                    given[key] = kind
                new[key] = f"a{len(new)}"
            return f"%{new[key]}"

        body = TOKENS.sub(renamed, code)
        body = re.sub(r"^(\w+):$", lambda label: f"{new[label.group(1)]}:", body, flags=re.MULTILINE)
        # memory that is written belongs to nobody else at that time: see the module on storage
        bases = {new[a]: new[b] for a, b in ADDRESS.findall(code) if b in new}
        written = {name for each in STORED.findall(code) for name in _bases(new[each], bases)}
        parameters = [
            f"{kind} noalias %{new[key]}" if new[key] in written else f"{kind} %{new[key]}"
            for key, kind in given.items()
        ]
        self.text = f"({', '.join(parameters)}) noinline nounwind {{\n{ENTRY}:\n{body}\n}}"
        self.arguments = [f"{kind} {key if key[0] == '@' else f'%{key}'}" for key, kind in given.items()]


def _bases(name: str, bases: dict[str, str]) -> list[str]:
    """A pointer, and the pointers that it was computed from."""
    found = [name]
    while found[-1] in bases:
        found.append(bases[found[-1]])
    return found
