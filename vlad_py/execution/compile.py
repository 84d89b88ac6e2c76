"""Core → Python: every function becomes segments, which the machine's loop runs one after another.

A segment is a Python function `(environment, value, k)` that gives the next step: the segment to run,
its environment, the value to give it, and the continuation. A call that is not in tail position
ends its segment; what follows is a segment of its own, which finds the names that it needs in its
frame, the continuation `(segment, parent, live tags, saved names…)`. So Python's stack never
holds more than one segment, whatever the depth of the program.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count

from vlad_py.core import tree as core
from vlad_py.core.pieces import is_piece
from vlad_py.core.traversal import gives_boolean, is_tail
from vlad_py.core.tree import Atom, Block, Call, For, Global, If, Lambda, Let, Store, Var, While
from vlad_py.execution import unit_numbers
from vlad_py.execution.environments import beginning, continuing
from vlad_py.execution.liveness import Analysis, Names, ordered
from vlad_py.execution.operations import Writer, atom_text, host_name, operation_lines, safe
from vlad_py.execution.packing import packed
from vlad_py.execution.runs import ArrayRun, Run, array_run, leading_to_arrays, straight_run
from vlad_py.execution.unit import Options, Unit
from vlad_py.ground.node import state
from vlad_py.ground.source import Span
from vlad_py.ground.walk import Walk, done, run
from vlad_py.values.values import NIL

DEEPEST = 40  # levels of indentation after which a branch becomes a segment of its own
MOST_NEEDED = 24  # names that wait for the end of a block: more of them wait in a tuple


@state
class _Exit:
    """Where a block's results go: `finish` emits what follows. `needs` are the names it takes.

    In tail position (`tail`) a call may take the function's own continuation along. What `stays` goes on
    in the same segment; all else ends in a return, so that a block of it may move to another segment.
    """

    finish: Callable[[tuple[Atom, ...]], Walk[None]]
    needs: Names = frozenset()
    tail: bool = False
    stays: bool = False


def compile_module(module: core.Module, options: Options = Options()) -> Unit:  # noqa: B008
    """The unit of a module."""
    # kept code is found by its text, which must not depend on what was compiled before
    unit = safe(module.name) if options.is_kept else str(unit_numbers.take())
    return _Compiler(unit, options).module(module)


class _Compiler:
    """One module on its way to Python; `current` is the function being compiled."""

    current: Lambda
    analysis: Analysis
    continuing: Mapping[int, int]
    segment_ids: Callable[[], int]

    def __init__(self, unit: str, options: Options) -> None:
        self.unit = unit
        self.out = Writer(f"u{unit}_")
        self.stepped, self.watched = options.stepped, options.watched
        self.looked_at, self.is_kept = options.looked_at, options.is_kept
        self.calls: dict[str, tuple[str, Span]] = {}
        self.lambdas: dict[str, Lambda] = {}
        self.runs: list[Run | ArrayRun] = []
        self.turning: set[str] = set()  # states and elements of loops
        self.booleans: set[Var] = set()  # names that are known to be booleans
        self.pieces: set[Atom] = set()  # names that stand for pieces of the top level

    def module(self, module: core.Module) -> Unit:
        # what the main program and its pieces call stays on the call stack, for errors
        for function in (*module.lambdas, module.main):
            run(self.function(function, tail=not is_piece(function)))
        text, spans = self.out.whole()
        file, main = unit_numbers.file_of(self.unit), host_name(module.main, self.out.prefix)
        links, runs = self.out.links, tuple(self.runs)
        turning = frozenset(self.turning)
        return Unit(file, text, spans, self.calls, self.lambdas, main, links, turning, runs, self.is_kept)

    # ── functions and segments ───────────────────────────────────────────────────────────────

    def function(self, function: Lambda, tail: bool) -> Walk[None]:
        self.current = function
        content = packed(function, stepped=self.stepped)
        self.analysis = Analysis(content, self.stepped)
        self.continuing = continuing(function, content, self.analysis)
        self.arrays_follow = leading_to_arrays(content)
        self.segment_ids = count(1).__next__
        self.booleans.clear()
        name = self.name = host_name(function, self.out.prefix)
        self.lambdas[name] = function
        parameter = "argument" if function.is_tuple else self.out.text(function.parameters[0])
        opening = beginning(function, name, len(self.continuing), self.analysis, self.out)
        body = self.block(content, _Exit(self.give, tail=tail))
        yield self.out.segment(name, f"env, {parameter}, k", opening, body, function.code.span)

    def resumed(self, name: str, values: tuple[Var, ...], live: list[Var], body: Walk[None]) -> Walk[None]:
        """A segment that is given values and finds the names `live` in its frame."""
        opening = [f"_, _, _, {self.out.texts(live)}, = frame"] if live else []
        parameter = self.out.text(values[0]) if len(values) == 1 else "values"
        if len(values) > 1:
            opening.append(f"{self.out.texts(values)}, = values")
        return self.out.segment(name, f"frame, {parameter}, k", opening, body)

    def new_segment(self) -> str:
        return f"{self.name}_{self.segment_ids()}"

    def new_run(self) -> str:
        # two underscores: no function of the language has such a name (see `safe` in operations.py)
        return f"{self.out.prefix}run__{len(self.runs)}"

    def give(self, results: tuple[Atom, ...]) -> Walk[None]:
        """The function's result goes to its continuation."""
        self.out.line(f"return k[0], k, {self.out.text(results[0])}, k[1]")
        return done(None)

    def jump(self, segment: str, live: list[Var]) -> Callable[[tuple[Atom, ...]], Walk[None]]:
        """What gives results to a segment of this function."""

        def finish(results: tuple[Atom, ...]) -> Walk[None]:
            frame = f"(None, None, None, {self.out.texts(live)})" if live else "None"
            value = self.out.text(results[0]) if len(results) == 1 else f"({self.out.texts(results)})"
            self.out.line(f"return {segment}, {frame}, {value}, k")
            return done(None)

        return finish

    def assign(self, targets: tuple[Var, ...]) -> Callable[[tuple[Atom, ...]], Walk[None]]:
        """What binds names to results within a segment."""

        def finish(results: tuple[Atom, ...]) -> Walk[None]:
            if targets:
                self.out.line(f"{self.out.texts(targets)} = {self.out.texts(results)}")
            return done(None)

        return finish

    # ── blocks ───────────────────────────────────────────────────────────────────────────────

    def block(self, block: Block, exit: _Exit) -> Walk[None]:
        return self.statements(block, 0, exit)

    def branch(self, block: Block, exit: _Exit) -> Walk[None]:
        """A block one level further in."""
        self.out.depth += 1
        before = len(self.out.lines)
        if self.out.depth > DEEPEST and not exit.stays:
            name = self.new_segment()
            live = ordered(self.analysis.free(block) | exit.needs)
            yield self.jump(name, live)((core.Const(()),))
            yield self.resumed(name, (Var(0, "unit"),), live, self.block(block, exit))
        else:
            yield self.block(block, exit)
        if len(self.out.lines) == before:
            self.out.line("pass")
        self.out.depth -= 1

    def statements(self, block: Block, position: int, exit: _Exit) -> Walk[None]:
        statements = block.statements
        while position < len(statements):
            statement = statements[position]
            self.out.span = statement.span
            tail = exit.tail and is_tail(block, position)
            if isinstance(statement, Let):
                position = self.lets(statements, position)
                continue
            if isinstance(statement, Store):
                name = atom_text(Global("", statement.name), "")
                self.out.line(f"globals()[{name!r}] = {self.out.text(statement.value)}")
            elif tail and isinstance(statement, Call) and statement.tag is None:
                self.call(statement, "k")
                return
            elif tail and isinstance(statement, If):
                self.out.line(f"if {self.condition(statement.condition)}:")
                yield self.branch(statement.yes, exit)
                yield self.block(statement.no, exit)
                return
            elif id(statement) in self.analysis.suspending:
                yield self.suspend(block, position, exit)
                return
            else:
                yield self.native(statement)  # type: ignore[arg-type]
            position += 1
        yield exit.finish(block.results)

    def lets(self, statements: tuple[core.Statement, ...], position: int) -> int:
        """Operations from `position` on; the position after them."""
        if not self.watched and id(statements[position]) in self.arrays_follow:
            whole = array_run(statements, position, self.booleans, self.analysis.uses, self.new_run)
            if whole is not None:
                self.array_run(whole)
                return position + len(whole.lets)
        return self.some_lets(statements, position)

    def array_run(self, whole: ArrayRun) -> None:
        """A run with array primitives: where arrays come it is one call, else as it stands."""
        self.runs.append(whole)
        outer, position = self.out.aside(1), 0
        while position < len(whole.lets):
            self.out.span = whole.lets[position].span
            position = self.some_lets(whole.lets, position)
        body = self.out.back(outer)
        self.out.done += whole.general(self.out.text, body)
        self.out.insert(whole.lines(self.out.text, body))

    def some_lets(self, statements: tuple[core.Statement, ...], position: int) -> int:
        """As `lets`, with scalars in mind only."""
        run_ = None
        if not self.watched:
            run_ = straight_run(statements, position, self.booleans, self.analysis.uses, self.new_run)
        if run_ is not None:
            if run_.stands_alone:
                self.runs.append(run_)
                self.out.done += [(depth, text, span) for text, span, depth in run_.general(self.out.text)]
            self.out.insert([(depth, text, span) for text, span, depth in run_.lines(self.out.text)])
            self.booleans |= run_.booleans
            return position + len(run_.lets)
        let = statements[position]
        assert isinstance(let, Let)
        if isinstance(let.operation, core.MakeClosure) and is_piece(let.operation.lambda_):
            self.pieces.add(let.targets[0])
        if isinstance(let.operation, (core.Boolean, core.Not)):
            self.condition(let.operation.value)
        known = self.continuing.get(id(let), 0)
        for text in operation_lines(let, self.out.text, self.out.prefix, watched=self.watched, known=known):
            self.out.line(text)
        if gives_boolean(let.operation):
            self.booleans.update(let.targets)
        return position + 1

    def condition(self, atom: Atom) -> str:
        """The text of a condition, after the check that it is a boolean, where that is not known."""
        text = self.out.text(atom)
        if isinstance(atom, core.Const):
            if type(atom.value) is not bool:
                self.out.line(f"raise not_boolean({text})")
                return "True"
        elif atom not in self.booleans:
            self.out.line(f"if {text} is not True and {text} is not False:")
            self.out.line(f"    raise not_boolean({text})")
        return text

    # ── statements within a segment ──────────────────────────────────────────────────────────

    def native(self, statement: If | While | For) -> Walk[None]:
        if isinstance(statement, If):
            self.out.line(f"if {self.condition(statement.condition)}:")
            yield self.branch(statement.yes, _Exit(self.assign(statement.targets), stays=True))
            self.out.line("else:")
            yield self.branch(statement.no, _Exit(self.assign(statement.targets), stays=True))
            for results in zip(statement.targets, statement.yes.results, statement.no.results, strict=True):
                if all(r in self.booleans or _is_boolean(r) for r in results[1:]):
                    self.booleans.add(results[0])
            return
        state, targets = statement.state, statement.targets
        self.turning.update(map(self.out.text, (*state, *statement.inner_names)))
        if state:
            self.out.line(f"{self.out.texts(state)} = {self.out.texts(statement.inits)}")
        again = _Exit(self.assign(state), stays=True)
        if isinstance(statement, While):
            self.out.line("for _ in turns():" if self.looked_at else "while True:")
            self.out.depth += 1
            yield self.block(statement.head, _Exit(self.leave, stays=True))
            self.out.depth -= 1
        else:
            if statement.collects:
                again = _Exit(self.collect(state, targets[-1]), stays=True)
                self.out.line(f"{self.out.text(targets[-1])} = []")
            self.out.line(
                f"for {self.out.text(statement.element)} in iterate({self.out.text(statement.sequence)}):"
            )
        yield self.branch(statement.body, again)
        yield self.assign(targets[: len(state)])(state)
        if len(targets) > len(state):
            self.out.line(f"{self.out.text(targets[-1])} = tuple({self.out.text(targets[-1])})")

    def collect(self, state: tuple[Var, ...], collected: Var) -> Callable[[tuple[Atom, ...]], Walk[None]]:
        """What ends a turn of a loop that collects."""

        def finish(results: tuple[Atom, ...]) -> Walk[None]:
            self.out.line(f"{self.out.text(collected)}.append({self.out.text(results[-1])})")
            return self.assign(state)(results[:-1])

        return finish

    def leave(self, results: tuple[Atom, ...]) -> Walk[None]:
        self.out.line(f"if not {self.condition(results[0])}:")
        self.out.line("    break")
        return done(None)

    # ── statements that end a segment ────────────────────────────────────────────────────────

    def suspend(self, block: Block, position: int, exit: _Exit) -> Walk[None]:
        statement = block.statements[position]
        exit = self.lighter(exit)
        after = self.analysis.after(block, position, exit.needs)
        targets = statement.targets
        live = ordered(after - frozenset(targets))
        name = self.new_segment()
        rest = self.statements(block, position + 1, exit)
        if isinstance(statement, Call):
            if statement.function not in self.pieces:
                self.calls[name] = (self.current.code.name, statement.span)
            tags = "k[2]" if statement.tag is None else f"({self.out.text(statement.tag)}, k[2])"
            self.call(statement, f"({name}, k, {tags}{''.join(f', {self.out.text(v)}' for v in live)})")
            yield self.resumed(name, targets, live, rest)
        elif isinstance(statement, If):
            joined = _Exit(self.jump(name, live), frozenset(live))
            self.out.line(f"if {self.condition(statement.condition)}:")
            yield self.branch(statement.yes, joined)
            yield self.block(statement.no, joined)
            yield self.resumed(name, targets, live, rest)
        else:
            yield self.loop(statement, name, after, rest)  # type: ignore[arg-type]

    def lighter(self, exit: _Exit) -> _Exit:
        """An exit that takes few names. Blocks within blocks have exits that need ever more: if each segment
        saved all of them, n blocks would save n² names.
        """
        if len(exit.needs) <= MOST_NEEDED:
            return exit
        needed = self.out.texts(ordered(exit.needs))
        holder = Var(0, f"outer{self.segment_ids()}")
        self.out.line(f"{self.out.text(holder)} = ({needed},)")

        def finish(results: tuple[Atom, ...]) -> Walk[None]:
            self.out.line(f"{needed}, = {self.out.text(holder)}")
            return exit.finish(results)

        return _Exit(finish, frozenset((holder,)), exit.tail, exit.stays)

    def loop(self, statement: While | For, name: str, after: Names, rest: Walk[None]) -> Walk[None]:
        """A loop as a segment that is given the state, the cursor of a sequence first.

        What it collects so far is a part of the state, a list from last to first: a paused run may be
        resumed twice.
        """
        head = statement.head if isinstance(statement, While) else None
        inside = self.analysis.free(statement.body) | (self.analysis.free(head) if head else frozenset())
        inside -= frozenset(statement.inner_names)
        live = ordered(inside | (after - frozenset(statement.targets)))
        cursor: tuple[Var, ...] = () if head else (Var(0, f"cursor{self.segment_ids()}"),)
        collected = statement.targets[len(statement.state) :]
        state = (*cursor, *statement.state, *collected)
        self.turning.update(map(self.out.text, state))
        again = self.jump(name, live)
        if not isinstance(statement, While):
            self.out.line(f"{self.out.texts(cursor)} = cursor({self.out.text(statement.sequence)})")
        yield again((*cursor, *statement.inits, *(core.Const(NIL) for _ in collected)))

        def back(new: tuple[Atom, ...]) -> Walk[None]:
            for so_far in collected:
                self.out.line(
                    f"{self.out.text(so_far)} = Cons({self.out.text(new[-1])}, {self.out.text(so_far)})"
                )
                new = (*new[:-1], so_far)
            return again((*cursor, *new))

        def turn(results: tuple[Atom, ...]) -> Walk[None]:
            if isinstance(statement, While):
                self.out.line(f"if {self.condition(results[0])}:")
            else:
                rest_of = self.out.text(cursor[0])
                self.out.line(f"if {rest_of} is not None:")
                self.out.line(f"    {self.out.text(statement.element)}, {rest_of} = next_item({rest_of})")
            yield self.branch(statement.body, _Exit(back, frozenset((*live, *cursor, *collected))))
            yield self.assign(statement.targets[: len(statement.state)])(statement.state)
            for so_far in collected:
                self.out.line(f"{self.out.text(so_far)} = in_order({self.out.text(so_far)})")
            yield rest

        needed = frozenset((*live, *state))
        body = self.block(head, _Exit(turn, needed)) if head else turn(())
        yield self.resumed(name, state, live, body)

    def call(self, call: Call, continuation: str) -> None:
        argument = self.out.text(call.argument)
        if isinstance(call.function, core.Sibling):
            function = host_name(call.function.lambda_, self.out.prefix)
            self.out.line(f"return {function}, env, {argument}, {continuation}", call.span)
            return
        f = self.out.text(call.function)
        given = f"{argument}, {continuation}"
        # under a tag the call is a step of its own, so that the machine sees the tag as live if it raises
        other = f"apply({f}, {given})" if call.tag is None else f"(apply, {f}, {given})"
        self.out.line(f"return ({f}.enter, {f}.env, {given}) if type({f}) is Closure else {other}", call.span)


def _is_boolean(atom: Atom) -> bool:
    return isinstance(atom, core.Const) and type(atom.value) is bool
