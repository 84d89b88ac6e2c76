"""Wrong programs, their hints, and the programs that follow these."""

from __future__ import annotations

import pytest

from vlad_py.ground.errors import Error
from vlad_py.session.session import Session


def leads(wrong: str, hint: str, right: str) -> None:
    """The error of a wrong program gives the hint, and the program that follows it is true."""
    with pytest.raises(Error) as raised:
        Session().evaluate(wrong)
    assert hint in raised.value.hint
    assert Session().evaluate(right) is True
