"""A conversation with the REPL, without a terminal."""

from __future__ import annotations

from vlad_py.repl.commands import handle
from vlad_py.repl.engine import Engine


class Talk:
    """A REPL; what comes out of the last input is `said`."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.engine = Engine(self.out.append, self.out.append, lambda: 80)

    def said(self, text: str) -> str:
        self.out.clear()
        handle(self.engine, text)
        return "".join(self.out)
