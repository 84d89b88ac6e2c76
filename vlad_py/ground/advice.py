"""What users are told to install: the one place that knows where vlad_py comes from."""

from __future__ import annotations


def install_advice(extra: str) -> str:
    """The command that adds an optional part. vlad_py is in no package index, so a checkout is its source."""
    return f"`pip install '.[{extra}]'` in a checkout of vlad_py"
