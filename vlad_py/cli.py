"""The command `vlad`: a thin line between the shell and a session."""

from __future__ import annotations

import sys


def main(argv: list[str] | None = None) -> int:
    from vlad_py.session import Session
    from vlad_py.errors import Error, render
    from vlad_py.values import show
    argv = sys.argv[1:] if argv is None else argv
    try:
        if argv[0] == "-e":
            print(show(Session().evaluate(argv[1], "-e")))
        elif argv[0] == "--core":
            from vlad_py.core import print_module
            print(print_module(Session().core_of(open(argv[1]).read(), argv[1])))
        else:
            Session().run_file(argv[0])
    except Error as e:
        print(render(e), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
