"""The computational graph of a trace: what its nodes and its edges say."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vlad_py.differentiation.levels import zero_of
from vlad_py.laboratory.graph import Graph
from vlad_py.laboratory.layout import Layout, part_text
from vlad_py.laboratory.modes import VALUE, expression_of, partials
from vlad_py.laboratory.nodes import LEVELS, Node
from vlad_py.laboratory.picture import DOWN
from vlad_py.laboratory.recording import Recording, one_line
from vlad_py.numbers.observed.wengert import Entry, Recorded
from vlad_py.values.values import Value


def graph_of(title: str, rows: Layout, derivatives: dict[int, Value], kind: str, flow: str = DOWN) -> Graph:
    """The graph of a trace that is laid out.

    `derivatives` are tangents or adjoints, as `kind` says, by operation; those that are not there are 0. If
    the kind is VALUE, there are none.
    """
    recording = rows.recording
    outputs = {x.index for x in recording.outputs() if type(x) is Recorded}
    alive = _needed(recording, outputs)
    slopes = partials(recording) if kind != VALUE else [{} for _ in recording.entries]
    nodes = []
    for i, entry in enumerate(recording.entries):
        parents = _parents(entry)
        derivative = ""
        if kind != VALUE:
            found = derivatives.get(i, zero_of(entry.value))
            derivative = f"{rows.name(kind, i)} = {rows.notation.number(found)}"
        nodes.append(
            Node(
                name=rows.name(VALUE, i),
                label=recording.names[i] if entry.primitive is None else _label(entry, rows),
                value=rows.notation.number(entry.value),
                parents=parents,
                is_output=i in outputs,
                part=part_text(recording.parts[i]),
                note=_note(rows, i),
                derivative=derivative,
                partials=tuple(rows.notation.number(slopes[i].get(parent, ())) for parent in parents),
                level=recording.depths[i],
                is_dead=i not in alive,
            )
        )
    levels = _legend([node.level for node in nodes if not node.is_dead])  # dead nodes are grey
    return Graph(title, tuple(nodes), levels, flow)


def _parents(entry: Entry) -> tuple[int, ...]:
    return tuple(x.index for x in entry.arguments if type(x) is Recorded)


def _needed(recording: Recording, outputs: set[int]) -> set[int]:
    """The operations that the outputs depend on."""
    needed = set(outputs)
    for entry in reversed(recording.entries):
        if entry.index in needed:
            needed.update(_parents(entry))
    return needed


def _legend(depths: Sequence[int]) -> tuple[str, ...]:
    """The legend of the colours, for every level of nested derivatives."""
    deepest = min(max(depths, default=0), len(LEVELS))
    return tuple(f"inside {n} derivative{'s' * (n > 1)}" for n in range(1, deepest + 1))


def _note(rows: Layout, i: int) -> str:
    """The full description of a node: its operation, its value, its text and its place."""
    recording = rows.recording
    entry, span = recording.entries[i], recording.spans[i]
    text = recording.names[i] if entry.primitive is None else rows.formula(expression_of(entry))[0]
    note = f"{text} = {rows.notation.number(entry.value)}"
    return note if span is None else f"{note}\n{one_line(span.text)}\n{span.place}"


def _label(entry: Entry, rows: Layout) -> str:
    """The label of a node: a sign or a name if the edges show the rest, else the formula."""
    assert entry.primitive is not None
    formula = rows.formula(expression_of(entry))[0]
    inputs = {x.index for x in entry.arguments if type(x) is Recorded}
    given = [x for x in entry.statics.values() if x is not None]
    if len(inputs) == len(entry.arguments) and not given:
        if entry.primitive.commutes and (found := re.fullmatch(r"\S+ (\S) \S+|(\w+)\(.*\)", formula)):
            return found[1] or found[2]
        if re.fullmatch(r"\w+ \S+", formula):
            return formula.partition(" ")[0]
    return formula
