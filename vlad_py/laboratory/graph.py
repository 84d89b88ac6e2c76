"""Computational graphs, as pictures and in the languages of Graphviz and Mermaid."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vlad_py.ground.errors import RunError
from vlad_py.laboratory.nodes import DEAD, INNER, INPUT, OUTPUT, Node, level_color
from vlad_py.laboratory.picture import DOWN, RIGHT, picture

FLOWS = (DOWN, RIGHT)
_INITIALS = {DOWN: "TB", RIGHT: "LR"}


@dataclass(frozen=True, slots=True, repr=False)
class Graph:
    """The nodes of a computation, each after those that it takes. In a notebook it is a picture.

    `levels` has a text for each level of derivatives inside, from 1.
    """

    title: str
    nodes: tuple[Node, ...]
    levels: tuple[str, ...] = ()
    flow: str = DOWN

    def __repr__(self) -> str:
        return f"<graph of {self.title}: {len(self.nodes)} nodes>"

    def _repr_svg_(self) -> str | None:
        try:
            return self.svg()
        except RunError:
            return None  # too large: a notebook shows how many nodes there are

    def svg(self) -> str:
        """The graph as a picture. Raises RunError for one that is too large to be seen."""
        return picture(self.title, self.nodes, self.levels, self.flow)

    def dot(self) -> str:
        """The graph in the language of Graphviz."""
        lines = [
            "digraph {",
            f"  label={_quoted(self.title)}; rankdir={_INITIALS[self.flow]}; node [shape=box, style=filled];",
        ]
        for i, node in enumerate(self.nodes):
            label = "\\n".join(map(_plain, _lines(node)))
            tooltip = _quoted(node.note.replace("\n", " · "))
            grey = ", fontcolor=gray, color=gray" if node.is_dead else ""
            lines.append(f'  n{i} [label="{label}", fillcolor="{node.color}", tooltip={tooltip}{grey}];')
        for i, node in enumerate(self.nodes):
            texts = node.edges()
            for parent in node.parents:
                label = f" [label={_quoted(texts[parent])}]" if texts[parent] else ""
                lines.append(f"  n{parent} -> n{i}{label};")
        return "\n".join([*lines, "}"]) + "\n"

    def mermaid(self) -> str:
        """The graph in the language of Mermaid, which Markdown documents can hold."""
        lines = [f"flowchart {_INITIALS[self.flow]}"]
        lines += [
            f'  n{i}["{"<br>".join(map(_escaped, _lines(node)))}"]:::{_class(node)}'
            for i, node in enumerate(self.nodes)
        ]
        for i, node in enumerate(self.nodes):
            for parent, text in node.edges().items():
                lines.append(f'  n{parent} -->|"{_escaped(text)}"| n{i}' if text else f"  n{parent} --> n{i}")
        shown = {_class(node): node.color for node in self.nodes}
        ink = {"dead": "#94a3b8"}
        lines += [
            f"  classDef {name} fill:{color},stroke:#334155,color:{ink.get(name, '#0f172a')}"
            for name, color in shown.items()
        ]
        return "\n".join(lines) + "\n"


def _lines(node: Node) -> list[str]:
    lines = (f"{node.name}  {node.label}", node.value, node.derivative, node.part)
    return [text for text in lines if text]


def _plain(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _quoted(text: str) -> str:
    return f'"{_plain(text)}"'


def _escaped(text: str) -> str:
    """A text of Mermaid, which knows characters by their number."""
    return re.sub(r'["#<>&;`]', lambda sign: f"#{ord(sign[0])};", text)


def _class(node: Node) -> str:
    known = {DEAD: "dead", OUTPUT: "output", INPUT: "input", INNER: "inner"}
    return known.get(node.color) or f"level{[level_color(i) for i in range(1, 7)].index(node.color) + 1}"
