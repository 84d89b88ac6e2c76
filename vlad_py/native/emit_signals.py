"""Signals in LLVM: loops and functions count their turns, and give Python its turn after many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlad_py.native import progressing
from vlad_py.native.ir import Region
from vlad_py.native.status import IN_PROGRESS, PYTHON, RAISED, STOP, STOPPED, TURNS

if TYPE_CHECKING:
    from vlad_py.native.emit import Body

MOST_TURNS = 1 << 18  # of loops, and calls, until Python has its turn
FEW_TURNS = 4096  # that are counted before the loop: LLVM can take several of them at once

# A function of Python is called that does nothing. On its way in, Python handles signals, and raises what
# other threads want raised here: else Ctrl-C, or a limit of time, would wait for the end of the unit. What is
# raised is kept for whoever called. Where there are no functions of Python, as in a library, only the turns
# start anew.
POLL = f"""
define internal i1 @poll(ptr %context) noinline cold nounwind {{
  %turns_at = getelementptr i64, ptr %context, i64 {TURNS}
  store i64 {MOST_TURNS}, ptr %turns_at
  %stop_at = getelementptr i64, ptr %context, i64 {STOP}
  %stop = load volatile i64, ptr %stop_at
  %stopped = icmp ne i64 %stop, 0
  br i1 %stopped, label %out, label %look
look:
  %ensure_at = getelementptr ptr, ptr %context, i64 {PYTHON}
  %call_at = getelementptr ptr, ptr %context, i64 {PYTHON + 1}
  %fetch_at = getelementptr ptr, ptr %context, i64 {PYTHON + 2}
  %release_at = getelementptr ptr, ptr %context, i64 {PYTHON + 3}
  %drop_at = getelementptr ptr, ptr %context, i64 {PYTHON + 4}
  %function_at = getelementptr ptr, ptr %context, i64 {PYTHON + 5}
  %ensure = load ptr, ptr %ensure_at
  %none = icmp eq ptr %ensure, null
  br i1 %none, label %on, label %ask
ask:
  %call = load ptr, ptr %call_at
  %release = load ptr, ptr %release_at
  %drop = load ptr, ptr %drop_at
  %function = load ptr, ptr %function_at
  %held = call i32 %ensure()
  %result = call ptr %call(ptr %function)
  %raised = icmp eq ptr %result, null
  br i1 %raised, label %keep, label %back
keep:
  %fetch = load ptr, ptr %fetch_at
  %type_at = getelementptr i64, ptr %context, i64 {RAISED}
  %value_at = getelementptr i64, ptr %context, i64 {RAISED + 1}
  %trace_at = getelementptr i64, ptr %context, i64 {RAISED + 2}
  call void %fetch(ptr %type_at, ptr %value_at, ptr %trace_at)
  call void %release(i32 %held)
  br label %out
back:
  call void %drop(ptr %result)
  call void %release(i32 %held)
  br label %on
on:
  ret i1 false
out:
  ret i1 true
}}
"""


def has_loop(region: Region) -> bool:
    """Whether a region itself has a loop, not by calls."""
    return any(op.kind == "loop" or any(map(has_loop, op.regions)) for op in region.ops)


def reload(body: Body) -> None:
    """How many turns are left, from the context, where a call may have counted."""
    if body.turns:
        body.line(f"store i64 {body.write(f'load i64, ptr {_place(body)}')}, ptr {body.turns}")


def flush(body: Body) -> None:
    """How many turns are left, into the context, where others look."""
    if body.turns:
        left = body.write(f"load i64, ptr {body.turns}")
        body.line(f"store i64 {left}, ptr {_place(body)}")


def count_call(body: Body) -> None:
    """Counts a call of a function as a turn."""
    _count_down(body, _place(body), 1)


def count_turns(body: Body, many: int) -> None:
    """Counts turns of a loop."""
    _count_down(body, body.turns, many)


def tell_of(body: Body, region: Region) -> bool:
    """Lets a long run tell of a loop, if it has reals that the program has names for."""
    found = progressing.found(region.parameters)
    if found is None:
        return False
    loop, names = found
    body.module.progress.append(loop)
    body.outermost = len(body.module.progress), [body.value(name) for name in names]
    return True


def _note_progress(body: Body) -> None:
    """Writes into the context where the outermost loop is. It costs nothing until Python has its turn."""
    if body.outermost is None:
        return
    number, reals = body.outermost
    body.line(f"store i64 {number}, ptr {_word(body, IN_PROGRESS)}")
    for i, value in enumerate(reals, IN_PROGRESS + 1):
        body.line(f"store double {value}, ptr {_word(body, i)}")


def _place(body: Body) -> str:
    return _word(body, TURNS)


def _word(body: Body, at: int) -> str:
    return body.write(f"getelementptr i64, ptr %context, i64 {at}")


def _count_down(body: Body, place: str, many: int) -> None:
    """At the last turn Python has its own, which may end the unit."""
    body.module.polls = True
    left = body.write(f"add i64 {body.write(f'load i64, ptr {place}')}, {-many}")
    body.line(f"store i64 {left}, ptr {place}")
    poll, on = body.label(), body.label()
    body.line(f"br i1 {body.write(f'icmp slt i64 {left}, 0')}, label %{poll}, label %{on}, !prof !0")
    body.open(poll)
    _note_progress(body)
    body.leave_if(body.write("call i1 @poll(ptr %context)"), STOPPED)
    if place == body.turns:
        body.line(f"store i64 {MOST_TURNS}, ptr {place}")
    body.line(f"br label %{on}")
    body.open(on)
