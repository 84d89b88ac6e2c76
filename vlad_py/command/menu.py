"""The commands besides running a program and the laboratory's; a file with such a name is `./build`."""

from __future__ import annotations

# each is the file of its name in this folder, whose `main` takes the words behind it
COMMANDS = ("build", "fmt", "test")
