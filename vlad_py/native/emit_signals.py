"""Signals in LLVM: loops and functions count their turns, and let Python handle its signals after many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlad_py.native.ir import Region
from vlad_py.native.status import PYTHON, RAISED, STOP, STOPPED, TURNS

if TYPE_CHECKING:
    from vlad_py.native.emit import Body

MOST_TURNS = 1 << 18  # of loops, and calls, until Python handles its signals

# Python handles its signals: else Ctrl-C would wait for the end of the unit. What a handler raises is kept
# for whoever called. Where there are no functions of Python, as in a library, only the turns start anew.
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
  %check_at = getelementptr ptr, ptr %context, i64 {PYTHON + 1}
  %fetch_at = getelementptr ptr, ptr %context, i64 {PYTHON + 2}
  %release_at = getelementptr ptr, ptr %context, i64 {PYTHON + 3}
  %ensure = load ptr, ptr %ensure_at
  %none = icmp eq ptr %ensure, null
  br i1 %none, label %on, label %ask
ask:
  %check = load ptr, ptr %check_at
  %release = load ptr, ptr %release_at
  %held = call i32 %ensure()
  %raised = call i32 %check()
  %any = icmp ne i32 %raised, 0
  br i1 %any, label %keep, label %back
keep:
  %fetch = load ptr, ptr %fetch_at
  %type_at = getelementptr i64, ptr %context, i64 {RAISED}
  %value_at = getelementptr i64, ptr %context, i64 {RAISED + 1}
  %trace_at = getelementptr i64, ptr %context, i64 {RAISED + 2}
  call void %fetch(ptr %type_at, ptr %value_at, ptr %trace_at)
  call void %release(i32 %held)
  br label %out
back:
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
    _count_down(body, _place(body))


def count_turn(body: Body) -> None:
    """Counts a turn of a loop."""
    _count_down(body, body.turns)


def _place(body: Body) -> str:
    return body.write(f"getelementptr i64, ptr %context, i64 {TURNS}")


def _count_down(body: Body, place: str) -> None:
    """At the last turn Python handles its signals, which may end the unit."""
    body.module.polls = True
    left = body.write(f"add i64 {body.write(f'load i64, ptr {place}')}, -1")
    body.line(f"store i64 {left}, ptr {place}")
    poll, on = body.label(), body.label()
    body.line(f"br i1 {body.write(f'icmp slt i64 {left}, 0')}, label %{poll}, label %{on}, !prof !0")
    body.open(poll)
    body.leave_if(body.write("call i1 @poll(ptr %context)"), STOPPED)
    if place == body.turns:
        body.line(f"store i64 {MOST_TURNS}, ptr {place}")
    body.line(f"br label %{on}")
    body.open(on)
