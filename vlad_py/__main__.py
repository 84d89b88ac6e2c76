"""`python -m vlad_py`: the command `vlad`, wherever the package can be imported."""

import sys

from vlad_py.cli import main

if __name__ == "__main__":
    sys.exit(main())
