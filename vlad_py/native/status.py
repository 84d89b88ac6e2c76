"""The status that compiled code returns, and the layout of its context.

The context is an array of words: how many bytes of the machine's stack there are, where they end, how many
bytes a tape may take; where the memory of arrays begins, where it is free, where it ends; how many turns are
left until Python has its turn, whether to stop, five functions of Python for that and what is called, and
three words for what it raised (see emit_signals.py); which loop is in progress, counted from 1, and reals of
its state; then three words a tape: where it begins, where it ends now, where its memory ends.
"""

from __future__ import annotations

DONE, LEFT, NO_STACK, NO_TAPE, NO_ROOM, STOPPED = range(6)  # what the status says
ARRAYS, ROOM, ROOM_END = 3, 4, 5  # words of the context: the memory of arrays
TURNS, STOP, PYTHON, RAISED = 6, 7, 8, 14  # likewise: signals
IN_PROGRESS = 17  # likewise: the loop in progress, and its reals
MOST_TOLD = 4  # of them
HEADER = IN_PROGRESS + 1 + MOST_TOLD  # words of the context before the tapes
WORDS_OF_TAPE = 3
