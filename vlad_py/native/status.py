"""What compiled code says when it ends, and how its context is laid out.

The context is an array of words: how many bytes of the machine's stack there are, where they end, how many
bytes a tape may take; where the memory of arrays begins, where it is free, where it ends; then three words a
tape: where it begins, where it ends now, where its memory ends.
"""

from __future__ import annotations

DONE, LEFT, NO_STACK, NO_TAPE, NO_ROOM = range(5)  # what the status says
ARRAYS, ROOM, ROOM_END = 3, 4, 5  # words of the context: the memory of arrays
HEADER = 6  # words of the context before the tapes
WORDS_OF_TAPE = 3
