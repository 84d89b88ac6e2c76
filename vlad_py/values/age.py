"""The one count of tags and of numbers on tapes: what is older holds nothing that is newer."""

from __future__ import annotations

from itertools import count

next_age = count(1).__next__
