"""The parser of a command's options. Its errors quote names of files, which anybody may have chosen."""

from __future__ import annotations

import argparse
from typing import NoReturn

from vlad_py.ground.source import printable


class OptionParser(argparse.ArgumentParser):
    """A parser whose errors contain no characters that steer a terminal."""

    def error(self, message: str) -> NoReturn:
        super().error(printable(message))
