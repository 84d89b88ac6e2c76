"""One function of a session and its native code: the hook, and the tier in which each call runs.

The facts about its calls are kept with the text whose functions go in, or else with the function's own text.
So each program has its own count of kinds, and what a session forgets takes its native code along.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from math import inf
from time import perf_counter, thread_time
from types import FunctionType
from typing import TYPE_CHECKING, Any

from vlad_py.ground.errors import NotNative
from vlad_py.native.effort import MOST_OPS
from vlad_py.native.exits import Invalid, Left, NoStack, TooLarge
from vlad_py.native.known import ENTRIES, HOOK
from vlad_py.native.tables import Attempt, Table
from vlad_py.native.trials import Trial
from vlad_py.values.values import Closure, Code, Continuation, Step, Value

if TYPE_CHECKING:
    from vlad_py.native.calling import Native
    from vlad_py.native.tier import Tier

MOST_REFUSED = 4  # kinds of arguments, before a function is not tried any more
MOST_MISSES = 32  # calls with other numbers, keys or very large values, likewise
MOST_MISSES_LOOKED = 8  # likewise, in a tier that waits, which sees one between two looks
FEW = 60  # operations without derivatives, which the interpreter does in the time of a native call
MOST_KINDS = 16  # of arguments of a function that are tried
MOST_MISSED = 4  # such calls for one that native code takes
MOST_CREDIT = 1000  # of them that a function may have ahead of it
MOST_LEFT = 4  # calls in a row that native code has left, before a kind is interpreted
OPS_A_SECOND = 16_000  # that are compiled
HOT = 0.05  # seconds in progress
MOMENT = 1e-9  # likewise, less than there is between two looks
AT_FIRST = HOT  # seconds that compiling may take, before a call turns out to need more
OP = 5e-7  # seconds that the interpreter takes for an operation
LONG_CALL = 1e-3  # seconds by the clock, from which on a remembered call counts itself as it ends
NOTHING = object()  # what the native code gives where there is none
TIMED = object()  # likewise, for a call of a trial that is interpreted


class Entry:
    """One function of a session. Where it `remembers`, its calls in progress can be taken over."""

    def __init__(self, tier: Tier, namespace: dict[str, Any], name: str, remembers: bool) -> None:
        self.tier = tier
        self.namespace = namespace
        self.name = name
        self.code: Code = namespace[f"{name}_code"]
        self.remembers = remembers
        self.interpreted: Callable[..., Step] | None = None  # the segment that the hook stands for
        self.table = Table()  # of calls that no function of a program is given to
        self.hot_tables = 0  # texts whose functions go in and that were worth compiling
        self.credit = 0  # misses, before a waiting tier takes the hook off
        self.trial = Trial()
        self.rests = 0.0  # seconds in progress before one that remembers looks at its calls again

    @classmethod
    def of(cls, tier: Tier, namespace: dict[str, Any], name: str, remembers: bool = False) -> Entry:
        """The entry of a function of a namespace."""
        entries: dict[str, Entry] = namespace.setdefault(ENTRIES, {})
        entry = entries.get(name)
        if entry is None:
            entry = entries[name] = cls(tier, namespace, name, remembers)
        return entry

    # ── the hook ─────────────────────────────────────────────────────────────────────────────

    def install(self) -> None:
        """Puts the hook in the place of the function's first segment, also for closures that there are."""
        if self.interpreted is not None:
            return
        segment = self.namespace[self.name]
        code = segment.__code__
        key = f"{self.name}{HOOK}"
        self.namespace[key] = self._remembered if self.remembers and self.tier.waits else self._entered
        self.interpreted = FunctionType(code, segment.__globals__, self.name)
        # to whoever asks, the hook is of the same text, under the same name and at the same place
        segment.__code__ = _hook.__code__.replace(
            co_names=(key,),
            co_filename=code.co_filename,
            co_name=code.co_name,
            co_qualname=code.co_qualname,
            co_firstlineno=code.co_firstlineno,
        )

    def remove(self) -> None:
        """Puts the function's own segment back; a hook that remembers calls stays."""
        if self.interpreted is not None and not self.remembers:
            self.namespace[self.name].__code__ = self.interpreted.__code__
            self.interpreted = None

    def _entered(self, env: Any, argument: Value, k: Continuation) -> Step:
        interpreted = self.interpreted
        result = self._answer(env, argument)
        if result is TIMED:
            k = self._timed(env, argument, k)
        elif result is not NOTHING:
            return k[0], k, result, k[1]
        assert interpreted is not None
        return interpreted(env, argument, k)

    def _remembered(self, env: Any, argument: Value, k: Continuation) -> Step:
        interpreted = self.interpreted
        is_tried = self.hot_tables > 0 and self.rests <= 0.0
        result = self._answer(env, argument) if is_tried else NOTHING
        if result is TIMED:
            k = self._timed(env, argument, k)
        elif result is NOTHING:
            k = returned, k, k[2], self, env, argument, perf_counter(), is_tried
        else:
            return k[0], k, result, k[1]
        assert interpreted is not None
        return interpreted(env, argument, k)

    def _timed(self, env: Any, argument: Value, k: Continuation) -> Continuation:
        return timed, k, k[2], self, env, argument, thread_time(), False

    def _answer(self, env: Any, argument: Value) -> Value:
        """What a call gives; NOTHING or TIMED where it has to be interpreted."""
        trial = self.trial
        if not self.tier.waits or not trial.is_due():
            return self.run(env, argument)
        if trial.is_native:
            began = thread_time()
            result = self.run(env, argument)
            if result is not NOTHING:
                trial.ran(thread_time() - began)
            return result
        if trial.is_timing:  # a call inside the one that is timed
            return NOTHING
        trial.is_timing = True
        return TIMED

    def measured(self, seconds: float) -> None:
        """An interpreted call took so long."""
        if self.trial.was_faster(seconds):
            self.rests = HOT
            self._rest()

    # ── calls ────────────────────────────────────────────────────────────────────────────────

    def run(self, env: Any, argument: Value) -> Value:
        """What a call gives; NOTHING where it has to be interpreted."""
        if not self.tier.is_on:
            return NOTHING
        environment = env if type(env) is tuple else ()
        table = self._table(environment, argument)
        if table.is_given_up:
            self._rest()
            return NOTHING
        if not (table.has_code or (self._is_hot(table) and self._is_affordable(table))):
            self._miss()
            return NOTHING
        kind_of_plain, _ = self.tier.compiler()
        kind = kind_of_plain((*environment, argument))
        if kind is None:
            table.misses += 1
            most = MOST_MISSES_LOOKED if self.tier.waits else MOST_MISSES
            if table.misses >= most and table.misses > MOST_MISSED * table.entered:
                self._give_up(table)
            self._miss()
            return NOTHING
        return self._run(table, kind, environment, argument)

    def _run(self, table: Table, kind: Hashable, environment: tuple[Value, ...], argument: Value) -> Value:
        tier = self.tier
        if kind in table.units:
            unit = table.units[kind]
        elif len(table.units) >= MOST_KINDS or not self._is_worth(table, kind):
            self._miss()
            return NOTHING
        else:
            unit = self._made(table, kind, environment, argument)
        if unit is None or (unit.code.recurs and not tier.may_recur):
            self._rest()
            if self.remembers:
                self._miss()
            return NOTHING
        if not unit.is_current():
            unit = self._made(table, kind, environment, argument)
            if unit is None:
                return NOTHING
        try:
            result = unit(Closure(self.namespace[self.name], environment, self.code), argument)
        except NoStack:
            table.units[kind] = None  # otherwise each level of the recursion would go as deep again
            return NOTHING
        except (Left, Invalid):
            if tier.waits:
                table.left[kind] = table.left.get(kind, 0) + 1
                if table.left[kind] >= MOST_LEFT:
                    table.units[kind] = None
            return NOTHING
        tier.entered += 1
        table.entered += 1
        self.trial.has_loops = not unit.code.straight
        # code with loops or functions saves about what the last interpreted call took
        estimate = OP * unit.code.straight if unit.code.straight else table.interpreted_seconds
        saved = min(estimate, HOT)
        table.saved += saved
        tier.saved += saved
        self.credit = min(self.credit + MOST_MISSED, MOST_CREDIT)
        if table.left:
            table.left.pop(kind, None)
        return result

    def _is_worth(self, table: Table, kind: Hashable) -> bool:
        """Whether to compile another kind of call now."""
        if not self.tier.waits:
            return True
        if not self._is_affordable(table):
            return False
        if self._is_hot(table):
            return True
        return kind not in table.large and table.has_code and table.saved >= table.took

    def _is_hot(self, table: Table) -> bool:
        """Whether calls have been in progress for long enough to compile another kind."""
        return not self.tier.waits or max(table.spent, self.table.spent) >= HOT + table.needs

    def _is_affordable(self, table: Table) -> bool:
        """Whether another attempt may take its time now."""
        needs = table.needs
        return not self.tier.waits or self.tier.may_compile(AT_FIRST + needs, again=needs > 0.0)

    def _made(
        self, table: Table, kind: Hashable, environment: tuple[Value, ...], argument: Value
    ) -> Native | None:
        """The native code for a kind; None where there can be none."""
        _, native = self.tier.compiler()
        table.units[kind] = None  # until it is made: what it calls is not compiled meanwhile
        function = Closure(self.namespace[self.name], environment, self.code)
        listener = self.tier.listener.get()
        began = thread_time()
        unit: Native | None = None
        refusal: NotNative | None = None
        most = self.tier.most_ops
        try:
            stores = listener is None  # whoever listens wants to see what is made
            seconds = inf
            least = FEW if self.tier.waits and not self.remembers else 0
            if self.tier.waits:  # compiling takes no longer than what was interpreted
                seconds = AT_FIRST + table.needs
                most = min(most, int(OPS_A_SECOND * seconds))
            unit = table.units[kind] = native(
                function, argument, is_fixed=False, uses_store=stores, most=most, seconds=seconds, least=least
            )
            # sums in another order may meet infinities of both signs where the interpreter's do not
            unit.asks_at_nan |= self.tier.waits and unit.code.sweeps
            self.tier.taken += 1
        except NotNative as reason:
            unit = table.units[kind] = None
            refusal = reason
            self.tier.too_large += isinstance(reason, TooLarge)
            if isinstance(reason, TooLarge) and self.tier.waits and most < MOST_OPS:
                del table.units[kind]  # to be tried again after a longer time
                table.large.add(kind)
                table.needs = 3 * (AT_FIRST + table.needs)
            else:
                table.refused += 1
            self._rest()
            if table.refused >= MOST_REFUSED and not table.has_code:
                self._give_up(table)
        table.spent = self.table.spent = 0.0
        took = thread_time() - began
        self.tier.compiling += took
        if unit is None:
            self.tier.lost += took
        else:
            table.took += took
        if listener is not None:
            made = unit.unit if unit is not None else None
            owner = self._owner(environment, argument)
            given = None if owner is None else owner.code
            listener(Attempt(self.code, given, took, made, refusal))
        return unit

    def _give_up(self, table: Table) -> None:
        """What comes this way is interpreted from now on. The library's functions stay hooked, for others."""
        table.is_given_up = True
        self._rest()
        if table is self.table and not self.code.span.source.library:
            self.remove()

    def _rest(self) -> None:
        """In a tier that waits, the function is not hooked until it has been hot for as long again."""
        if self.tier.waits:
            self.table.spent = 0.0
            self.remove()

    def _miss(self) -> None:
        """A call was looked at and has no native code. In a tier that waits, the function is not hooked until
        the next look, unless native code takes enough of its calls: to look at one costs 10 µs.
        """
        if self.tier.waits:
            self.credit -= 1
            if self.credit < 0:
                self.credit = 0
                self.rests = max(self.rests, MOMENT)
                self.remove()

    def _table(self, environment: tuple[Value, ...], argument: Value) -> Table:
        """Where calls are counted: with the text of the first function of a program that goes in, or here."""
        owner = self._owner(environment, argument)
        if owner is None:
            return self.table
        from vlad_py.native.closures import linked

        notes = linked(owner.enter).notes
        table: Table | None = notes.get(self)
        if table is None:
            table = notes[self] = Table()
        return table

    @staticmethod
    def _owner(environment: tuple[Value, ...], argument: Value) -> Closure | None:
        """The first function of a program that goes in."""
        given = argument if type(argument) is tuple else (argument,)
        for value in (*environment, *given):
            if type(value) is Closure and not value.code.span.source.library:
                return value
        return None

    # ── time ─────────────────────────────────────────────────────────────────────────────────

    def count(self, seconds: float) -> None:
        """The function has been in progress for a while."""
        self.trial.met()
        if not self.remembers:
            self.table.spent += seconds
            if self.table.spent >= HOT and not self.table.is_given_up and self._is_affordable(self.table):
                self.install()

    def count_call(self, env: Any, argument: Value, seconds: float) -> Table:
        """A call has been in progress for a while. Gives the table that it counts in."""
        table = self._table(env if type(env) is tuple else (), argument)
        if self.remembers:
            if table.spent < HOT <= table.spent + seconds:
                self.hot_tables += 1
            table.spent += seconds
            self.rests -= seconds
        self.trial.met()
        return table

    def take_over(self, env: Any, argument: Value, seconds: float, is_tried: bool = True) -> Value:
        """A call has been in progress for a while. Gives its result by machine code, if that is worth it;
        else NOTHING. If it `is_tried`, native code for its kind was tried when it began.
        """
        table = self.count_call(env, argument, seconds)
        if table.spent < HOT + table.needs or table.is_given_up:
            return NOTHING
        if not self._is_affordable(table):
            return NOTHING
        environment = env if type(env) is tuple else ()
        kind_of_plain, _ = self.tier.compiler()
        kind = kind_of_plain((*environment, argument))
        if kind is None or (kind in table.units and (is_tried or table.units[kind] is None)):
            return NOTHING
        return self._run(table, kind, environment, argument)


def _hook(env: Any, argument: Value, k: Continuation) -> Step:
    return hook(env, argument, k)  # type: ignore[name-defined] # noqa: F821 - see `install`


# The next two have a call in progress for their environment, which is the continuation
# (segment, parent, live tags, entry, environment, argument, when it began, whether native code was tried).


def returned(call: Any, value: Value, k: Continuation) -> Step:
    """The segment after a call that is remembered: its value goes to the caller, unless an outer call is
    taken over.
    """
    took = perf_counter() - call[6]  # the clock costs less than the processor's time, by which `ended` counts
    if took >= LONG_CALL:
        entry: Entry = call[3]
        instead = entry.tier.ended(call, took)
        if instead is not None:
            return instead
    return k[0], k, value, k[1]


def timed(call: Any, value: Value, k: Continuation) -> Step:
    """The segment after an interpreted call that is timed."""
    call[3].measured(thread_time() - call[6])
    return k[0], k, value, k[1]
