"""Tables of text in the forms that documents take, and reports that are made of them."""

from __future__ import annotations

import csv
import io
import unicodedata
from dataclasses import dataclass
from html import escape

from vlad_py.ground.source import printable

WIDEST = 100  # columns of a terminal for a cell: the expression of a rule may have thousands of signs
_HEAD = '<th style="text-align: left">{}</th>'  # notebooks set numbers flush right
_CELL = '<td style="text-align: left">{}</td>'


@dataclass(frozen=True, slots=True)
class Table:
    """A heading for each column, and rows of as many cells; of `formulas` those are LaTeX, but for `part`."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    formulas: bool = False

    def _columns(self) -> list[int]:
        """The columns that hold anything."""
        return [i for i in range(len(self.heads)) if any(row[i] for row in self.rows)]

    def text(self) -> str:
        """Columns aligned by spaces, for a terminal; what is wider than `WIDEST` ends in `…`."""
        columns = self._columns()
        rows = ([_cut(printable(row[i])) for i in columns] for row in self.rows)
        lines = [[self.heads[i] for i in columns], *rows]
        widths = [max(width(line[i]) for line in lines) for i in range(len(columns))]
        out = []
        for line in lines:
            cells = [cell + " " * (wide - width(cell)) for cell, wide in zip(line, widths, strict=True)]
            out.append("  ".join(cells).rstrip())
        out.insert(1, "─" * max(map(width, out)))
        return "\n".join(([self.title] if self.title else []) + out)

    def markdown(self) -> str:
        """A table of Markdown."""
        columns = self._columns()
        lines = [[self.heads[i] for i in columns], ["---"] * len(columns)]
        lines += [[row[i].replace("|", r"\|") for i in columns] for row in self.rows]
        title = [f"**{self.title}**", ""] if self.title else []
        return "\n".join(title + [f"| {' | '.join(line)} |" for line in lines])

    def html(self) -> str:
        """A `table` of HTML, its title as the caption."""
        columns = self._columns()
        heads = "".join(_HEAD.format(escape(self.heads[i])) for i in columns)
        rows = "".join(
            f"<tr>{''.join(_CELL.format(escape(row[i])) for i in columns)}</tr>" for row in self.rows
        )
        caption = f"<caption>{escape(self.title)}</caption>" if self.title else ""
        return f"<table>{caption}<tr>{heads}</tr>{rows}</table>"

    def latex(self) -> str:
        """A `tabular` of LaTeX."""
        columns = self._columns()
        words = [not self.formulas or self.heads[i] == "part" for i in columns]
        heads = " & ".join(_escaped(self.heads[i]) for i in columns)
        lines = [rf"\begin{{tabular}}{{{'l' * len(columns)}}}", rf"  {heads} \\ \hline"]
        for row in self.rows:
            cells = [
                _escaped(row[i]) if is_word else f"${row[i]}$" if row[i] else ""
                for i, is_word in zip(columns, words, strict=True)
            ]
            lines.append(rf"  {' & '.join(cells)} \\")
        title = [f"% {self.title}"] if self.title else []
        return "\n".join([*title, *lines, r"\end{tabular}"])

    def csv(self) -> str:
        """Comma-separated values, a line of heads first."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.heads)
        writer.writerows(self.rows)
        return out.getvalue().rstrip("\n")


class Report:
    """A report made of tables: text in a terminal, HTML in a notebook."""

    __slots__ = ()

    def tables(self) -> list[Table]:
        """The tables, in order."""
        raise NotImplementedError

    def title(self) -> str:
        """The text above the tables; may be empty."""
        return ""

    def remark(self) -> str:
        """The text below the tables; may be empty."""
        return ""

    def text(self) -> str:
        """For a terminal."""
        parts = [self.title(), *(table.text() for table in self.tables())]
        return "\n".join(filter(None, ("\n\n".join(filter(None, parts)), self.remark())))

    def markdown(self) -> str:
        """For a document in Markdown."""
        title = f"**{self.title()}**" if self.title() else ""
        return "\n\n".join(
            filter(None, (title, *(table.markdown() for table in self.tables()), self.remark()))
        )

    def latex(self) -> str:
        """For a paper: one `tabular` for each table; title and remark as comments."""
        title, remark = (f"% {line}" if line else "" for line in (self.title(), self.remark()))
        return "\n\n".join(filter(None, (title, *(table.latex() for table in self.tables()), remark)))

    def csv(self) -> str:
        """The tables as comma-separated values."""
        return "\n\n".join(table.csv() for table in self.tables())

    def html(self) -> str:
        """For a page, or a notebook."""
        title = f"<p><b>{escape(self.title())}</b></p>" if self.title() else ""
        remark = f"<p>{escape(self.remark())}</p>" if self.remark() else ""
        return "".join((title, *(table.html() for table in self.tables()), remark))

    def __repr__(self) -> str:
        return self.text()

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def _repr_html_(self) -> str:
        return self.html()


def _cut(text: str) -> str:
    """The beginning of a text, as wide as a cell may be."""
    wide = 0
    for i, sign in enumerate(text if len(text) > WIDEST else ""):
        wide += not unicodedata.combining(sign)
        if wide == WIDEST and width(text[i + 1 :]):
            return f"{text[:i]}…"
    return text


def width(text: str) -> int:
    """The width of a text in columns of a terminal; marks above a letter take none."""
    return sum(not unicodedata.combining(c) for c in text)


_LATEX = {sign: "\\" + sign for sign in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "^": r"\^{}",
    "~": r"\~{}",
    "−": "$-$",
    "ε": r"$\varepsilon$",
    "∂": r"$\partial$",
    **{chr(ord("₀") + digit): f"$_{digit}$" for digit in range(10)},
}


def _escaped(text: str) -> str:
    return "".join(_LATEX.get(sign, sign) for sign in text)
