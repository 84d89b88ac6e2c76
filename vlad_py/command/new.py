"""`vlad new`: a small project to begin with, which says how to go on."""

from __future__ import annotations

import argparse
import os
import re

from vlad_py.command.outcome import FAILED, OK, USAGE, complain, refused
from vlad_py.ground.names import keywords
from vlad_py.session import catalogue
from vlad_py.session.option_parser import OptionParser

EXAMPLES = """\
examples:
  vlad new spring            a folder `spring` with a library, a program, a test and a README
  vlad new work/spring       the same, in another folder"""

LIBRARY = """\
# {name}.adl: a line through measured points.

## loss(x, y)(line): the squared error of the line {{slope, height}} at points with coordinates x and y.
##   {name}.loss([0, 1], [1, 3])({{slope: 2, height: 0}})  #> 2
def loss(x, y) = fn line => sum((line.slope * x + line.height - y) ^ 2)

## fit(x, y): the line with the least squared error, by Newton's method. One step is exact, because the error
## is quadratic.
##   {name}.fit([0, 1, 2], [1, 3, 5])  #~ {{slope: 2, height: 1}}
def fit(x, y) = {{
  let error = fn p => loss(x, y)({{slope: p[0], height: p[1]}})
  let found = -solve(hessian(error)([0, 0]), gradient(error)([0, 0]))
  {{slope: found[0], height: found[1]}}
}}
"""
PROGRAM = """\
# main.adl: the program. `vlad main.adl` runs it.

import "{name}.adl"

let x = [0, 1, 2, 3]
let y = [1.1, 2.9, 5.2, 6.8]
let line = {name}.fit(x, y)
print("slope", fixed(line.slope, 2))
print("height", fixed(line.height, 2))
print("error", fixed({name}.loss(x, y)(line), 3))
"""
TEST = """\
# {name}_test.adl: what `{name}.adl` must do. `vlad test .` compares the lines with their comments.

import "{name}.adl"

let x = [0, 1, 2]
print({name}.fit(x, 2 * x + 1))  #~ {{slope: 2, height: 1}}

let best = {name}.fit(x, [1, 3, 6])
let slope = gradient({name}.loss(x, [1, 3, 6]))(best)
assert(magnitude(slope) < 1e-12, "the gradient at a minimum is 0")
"""
README = """\
# {name}

A project in ADL, the language of vlad_py, which differentiates programs.

```console
$ vlad main.adl
slope 1.94
height 1.09
error 0.082
```

| command | |
|---|---|
| `vlad main.adl` | run the program |
| `vlad test .` | run the tests: `{name}_test.adl`, and the examples in comments |
| `vlad fmt .` | write all files in one style |
| `vlad --check main.adl` | look for mistakes without running anything |
| `vlad trace {name}.adl --call 'loss([0, 1], [1, 3])({{slope: 2, height: 0}})'` | see each operation |
| `vlad doc {name}.adl` | the documentation of the library, from its `##` comments |
| `vlad -i main.adl` | go on line by line with what the program defined |
"""
FILES = {"{name}.adl": LIBRARY, "main.adl": PROGRAM, "{name}_test.adl": TEST, "README.md": README}


def main(argv: list[str]) -> int:
    """Makes a project; returns the exit status."""
    options = _options(argv)
    folder = options.path.rstrip("/" + os.sep)
    name = os.path.basename(folder)
    if complaint := _complaint(name):
        complain(complaint, "vlad new")
        return USAGE
    files = {file.format(name=name): text.format(name=name) for file, text in FILES.items()}
    try:
        os.makedirs(folder)
        for file, text in files.items():
            with open(os.path.join(folder, file), "x", encoding="utf-8") as stream:
                stream.write(text)
    except OSError as error:
        return refused(folder, error, FAILED)
    print(f"{folder}/ has {', '.join(files)}\nrun it: cd {folder} && vlad main.adl")
    return OK


def _complaint(name: str) -> str:
    """Why a project cannot have a name: its files import a module of that name. Empty if it can."""
    if name in keywords():
        return f"`{name}` is a keyword: choose another name"
    if not re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_]*", name):
        return f"`{name}` cannot be a name in a program: use letters, digits and `_`, beginning with a letter"
    if name == "main" or name in catalogue.everywhere() or name in catalogue.libraries():
        return f"`{name}` means something already: choose another name"
    return ""


def _options(argv: list[str]) -> argparse.Namespace:
    parser = OptionParser(
        prog="vlad new",
        description="Make a small project: a library, a program, a test, a README.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("path", metavar="NAME", help="the folder to make, and the name of the library in it")
    return parser.parse_args(argv)
