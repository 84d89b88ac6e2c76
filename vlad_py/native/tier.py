"""When to compile: the segment that stands for a function, and looks whether its call has native code.

A function of the language is entered by its first segment. In a session with a tier, that segment is a hook:
it looks at the kinds of the environment and the argument, and gives what the native code gives, or goes on
into the interpreted segment. So the machine does not know, and every call may be of either tier. A call that
leaves its native code is interpreted from its beginning: the interpreter says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextvars import ContextVar
from types import FunctionType
from typing import Any

from vlad_py.execution.machine import MOST_CALLS, Limits
from vlad_py.execution.unit import Unit
from vlad_py.ground.errors import NotNative
from vlad_py.native import ir
from vlad_py.native.calling import Native
from vlad_py.native.code import Invalid, Left
from vlad_py.native.kinds import kind_of_plain
from vlad_py.values.values import Closure, Code, Continuation, Step, Value

MOST_REFUSED = 4  # kinds of arguments, before a function is not tried any more
MOST_MISSES = 32  # calls with arrays and other numbers, likewise
MOST_LOST = 1000  # likewise, of a function that has native code, if it also misses more than it enters
MOST_KINDS = 16  # of arguments of a function that are tried
Listener = Callable[[ir.Unit], object]  # is told of every unit that is compiled
NOTHING = object()  # what the native code gives where there is none


class Tier:
    """What a session does about native code: every call on its first time.

    `refused` are the functions that could not be compiled, each with the reasons.
    """

    def __init__(self) -> None:
        self.limits: ContextVar[Limits | None] = ContextVar("limits", default=None)  # of the running session
        self.listener: ContextVar[Listener | None] = ContextVar("listener", default=None)
        self.refused: dict[Code, list[NotNative]] = {}
        self.taken = 0  # kinds of calls that have native code
        self.entered = 0  # calls that ran natively to their end

    def hook(self, unit: Unit, namespace: dict[str, Any]) -> None:
        """Puts a hook in the place of each function of a text that was just linked."""
        for name, function in unit.lambdas.items():
            if name != unit.main:
                namespace[name] = _hooked(_Entry(self, function.code, namespace, name), namespace[name])

    @property
    def is_on(self) -> bool:
        """Whether the limits of the session allow native code: it counts no steps."""
        limits = self.limits.get()
        return limits is None or limits.steps is None

    @property
    def may_recur(self) -> bool:
        """Whether native code may recur: it does not count calls in progress."""
        limits = self.limits.get()
        return limits is None or limits.depth is None or limits.depth >= MOST_CALLS


class _Entry:
    """One function of a session: its native code for each kind of environment and argument."""

    def __init__(self, tier: Tier, code: Code, namespace: dict[str, Any], name: str) -> None:
        self.tier = tier
        self.code = code
        self.namespace = namespace
        self.name = name
        self.units: dict[Hashable, Native | None] = {}
        self.misses = 0  # calls with values that native code is never given
        self.entered = 0  # calls that ran natively to their end
        self.is_given_up = False  # whether nothing that came could be compiled, or hardly anything

    def run(self, env: Any, argument: Value) -> Value:
        """What a call gives; NOTHING where it has to be interpreted."""
        tier = self.tier
        if not tier.is_on:
            return NOTHING
        environment = env if type(env) is tuple else ()
        kind = kind_of_plain((*environment, argument))
        if kind is None:
            self.misses += 1
            most = max(MOST_LOST, 2 * self.entered) if any(self.units.values()) else MOST_MISSES
            self.is_given_up = self.misses >= most
            return NOTHING
        if kind in self.units:
            unit = self.units[kind]
        elif len(self.units) >= MOST_KINDS:
            return NOTHING
        else:
            unit = self.made(kind, environment, argument)
        if unit is None or (unit.code.recurs and not tier.may_recur):
            return NOTHING
        if not unit.is_current():
            unit = self.made(kind, environment, argument)
            if unit is None:
                return NOTHING
        try:
            result = unit(Closure(self.namespace[self.name], environment, self.code), argument)
        except (Left, Invalid):
            return NOTHING
        tier.entered += 1
        self.entered += 1
        return result

    def made(self, kind: Hashable, environment: tuple[Value, ...], argument: Value) -> Native | None:
        """The native code for a kind; None where there can be none."""
        self.units[kind] = None  # until it is made: what it calls is not compiled meanwhile
        function = Closure(self.namespace[self.name], environment, self.code)
        try:
            unit = self.units[kind] = Native(function, argument, is_fixed=False)
        except NotNative as reason:
            self.tier.refused.setdefault(self.code, []).append(reason)
            self.is_given_up = len(self.units) >= MOST_REFUSED and not any(self.units.values())
            return None
        self.tier.taken += 1
        listener = self.tier.listener.get()
        if listener is not None:
            listener(unit.unit)
        return unit


def _hooked(entry: _Entry, interpreted: Callable[..., Step]) -> Callable[..., Step]:
    """A segment that tries native code first. To whoever asks, it is of the same text under the same name."""

    enter = _entered  # a free name: the segment's top-level names are those of the text

    def segment(env: Any, argument: Value, k: Continuation) -> Step:
        return enter(entry, interpreted, env, argument, k)  # on its second line, which every segment has

    like: Any = interpreted
    code = segment.__code__.replace(
        co_filename=like.__code__.co_filename,
        co_name=like.__name__,
        co_firstlineno=like.__code__.co_firstlineno,
    )
    return FunctionType(code, like.__globals__, like.__name__, None, segment.__closure__)


def _entered(
    entry: _Entry, interpreted: Callable[..., Step], env: Any, argument: Value, k: Continuation
) -> Step:
    if entry.is_given_up:
        entry.namespace[entry.name] = interpreted  # closures that are made from now on are without the hook
        return interpreted(env, argument, k)
    result = entry.run(env, argument)
    if result is NOTHING:
        return interpreted(env, argument, k)
    return k[0], k, result, k[1]
