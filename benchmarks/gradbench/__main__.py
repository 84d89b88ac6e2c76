"""A tool of GradBench: answers messages, one JSON object a line, from stdin to stdout."""

from __future__ import annotations

import json
import os
import sys


def main() -> None:
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")  # GradBench compares tools on one thread; numpy reads it first
    from benchmarks.gradbench.tool import responses

    for response in responses(sys.stdin):
        print(json.dumps(response), flush=True)


if __name__ == "__main__":
    main()
