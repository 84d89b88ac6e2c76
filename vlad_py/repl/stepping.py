"""A derivative step by step on the whole screen: the source above, the growing table below."""

from __future__ import annotations

from dataclasses import dataclass

from prompt_toolkit.application import Application, get_app
from prompt_toolkit.data_structures import Point
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import HSplit, Layout, Window
from prompt_toolkit.layout.controls import FormattedTextControl
from prompt_toolkit.layout.dimension import Dimension
from prompt_toolkit.output import Output

from vlad_py.ground.source import Span
from vlad_py.laboratory.stepping import Step, steps
from vlad_py.laboratory.traces import Trace

KEYS = "n → next   p ← previous   Home first   End last   q quit"
NEXT, PREVIOUS = ("n", "right", "down", "space", "enter"), ("p", "left", "up")
MARK, NEW, HEAD = "reverse", "bold", "italic"


@dataclass(slots=True, eq=False)
class View:
    """What the screen shows of a trace at a step, which is a number from 0."""

    trace: Trace
    found: list[Step]
    at: int = 0

    def move(self, by: int) -> None:
        """Goes on or back, not beyond the ends."""
        self.at = min(max(self.at + by, 0), len(self.found) - 1)

    def title(self) -> str:
        """The call, and how far the steps are."""
        return f"{self.trace.title()} – step {self.at + 1} of {len(self.found)}"

    def span(self) -> Span | None:
        """The place of this step, or of the nearest one before that has a place, or of the first after."""
        places = [step.span for step in self.found]
        before = [span for span in places[: self.at + 1] if span is not None]
        after = [span for span in places[self.at :] if span is not None]
        return before[-1] if before else after[0] if after else None

    def source(self) -> StyleAndTextTuples:
        """The text of the program, with the place of the step marked."""
        span = self.span()
        if span is None:
            return []
        text = span.source.text
        style = MARK if self.found[self.at].span is not None else ""
        return [("", text[: span.start]), (style, text[span.start : span.end]), ("", text[span.end :])]

    def source_lines(self) -> int:
        """The number of lines of the longest text that has a step."""
        texts = {step.span.source.text for step in self.found if step.span is not None}
        return max((text.rstrip().count("\n") + 1 for text in texts), default=1)

    def source_line(self) -> int:
        """The line of the source to be seen, from 0."""
        span = self.span()
        return span.source.position(span.start)[0] - 1 if span is not None else 0

    def table(self) -> list[str]:
        """The lines of the tables up to this step: that of the operations, then that of the sweep back."""
        recorded = len(self.trace.recording.entries)
        tables = [table.text().split("\n") for table in self.trace.operation_tables()]
        if self.at < recorded:
            return tables[0][: 3 + self.at + 1]  # title, heads, rule
        return [*tables[0], "", *tables[1][: 3 + self.at - recorded + 1]]

    def rows(self) -> StyleAndTextTuples:
        """The table, its last line in bold."""
        *before, last = self.table()
        return [("", "".join(line + "\n" for line in before)), (NEW, last)]

    def remark(self) -> str:
        """The step in one line."""
        return "   ".join(self.found[self.at].lines)


def application(trace: Trace, read: Input | None = None, write: Output | None = None) -> Application[None]:
    """The application that shows a trace; `read` and `write` are the terminal's, if they are not given."""
    view = View(trace, steps(trace))
    keys = KeyBindings()

    def height() -> Dimension:
        """The height of the source, the same for every step: two fifths of the screen at most."""
        most = max(3, get_app().output.get_size().rows * 2 // 5)
        return Dimension.exact(min(most, view.source_lines()))

    def on(names: tuple[str, ...], by: int) -> None:
        for name in names:
            keys.add(name if name != "space" else " ")(lambda event: view.move(by))

    on(NEXT, 1)
    on(PREVIOUS, -1)
    on(("home",), -len(view.found))
    on(("end",), len(view.found))

    @keys.add("q")
    @keys.add("c-c")
    @keys.add("c-d")
    def leave(event: KeyPressEvent) -> None:
        event.app.exit()

    source = FormattedTextControl(view.source, get_cursor_position=lambda: Point(0, view.source_line()))
    table = FormattedTextControl(view.rows, get_cursor_position=lambda: Point(0, len(view.table()) - 1))
    body = HSplit(
        [
            Window(FormattedTextControl(lambda: [(HEAD, view.title())]), height=1),
            Window(height=1, char="─"),
            Window(source, height=height, always_hide_cursor=True),
            Window(height=1, char="─"),
            Window(table, always_hide_cursor=True),
            Window(height=1, char="─"),
            Window(FormattedTextControl(view.remark), height=2, wrap_lines=True),
            Window(FormattedTextControl(lambda: [(HEAD, KEYS)]), height=1),
        ]
    )
    return Application(
        layout=Layout(body),
        key_bindings=keys,
        full_screen=True,
        input=read,
        output=write,
        mouse_support=False,
    )


def show(trace: Trace) -> None:
    """Shows a trace until the user leaves it."""
    application(trace).run()
