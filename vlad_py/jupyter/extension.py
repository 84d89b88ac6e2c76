"""The IPython extension that `%load_ext vlad_py` loads: the magic, the display of functions, completion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vlad_py.jupyter import completing
from vlad_py.jupyter.completing import matcher_of
from vlad_py.jupyter.notebook import Notebook
from vlad_py.jupyter.shown import function_html
from vlad_py.python.function import Function

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Gives a notebook a session, with `%vlad` and `%%vlad`."""
    from IPython.core.magic import needs_local_scope, no_var_expand
    from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

    notebook = Notebook(shell)

    @needs_local_scope
    @no_var_expand
    @magic_arguments("vlad")
    @argument("-i", "--input", action="append", metavar="NAMES", help="take only these names from Python")
    @argument("-o", "--output", action="append", metavar="NAMES", help="define only these names in Python")
    def vlad(line: str, cell: str | None = None, local_ns: dict[str, Any] | None = None) -> Any:
        """`%%vlad` runs the cell below it and shows its value; `%vlad e` is the value of e in Python.

        Names are shared: a cell sees Python's variables, and its definitions become Python variables. Inside
        a Python function `%vlad` sees its local variables first. After a `;` no value is shown.
        Separate NAMES with commas.
        """
        if cell is None:
            return notebook.value_of(line, local_ns)
        options = parse_argstring(vlad, line)
        return notebook.run_cell(line, cell, _names(options.input), _names(options.output))

    def vlad_set(line: str) -> None:
        """`%vlad_set time 10` sets a limit of the cells to come: steps, depth, memory, time or output.

        `%vlad_set time none` lifts it.
        """
        notebook.set_limit(line)

    unload_ipython_extension(shell)  # of an earlier session
    shell.register_magic_function(vlad, "line_cell", "vlad")
    setting: Any = vlad_set
    shell.register_magic_function(setting, "line", "vlad_set")
    shell.Completer.custom_matchers.append(matcher_of(notebook))
    if shell.display_formatter is not None:
        shell.display_formatter.formatters["text/html"].for_type(Function, function_html)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Removes the magic; definitions stay."""
    for magics in shell.magics_manager.magics.values():
        magics.pop("vlad", None)
        magics.pop("vlad_set", None)
    shell.Completer.custom_matchers[:] = [
        matcher for matcher in shell.Completer.custom_matchers if matcher.__module__ != completing.__name__
    ]
    if shell.display_formatter is not None:
        shell.display_formatter.formatters["text/html"].pop(Function, None)


def _names(options: list[str] | None) -> list[str] | None:
    """The names that an option lists, wherever it is used; None if it is not used."""
    if options is None:
        return None
    return [name for text in options for name in text.replace(",", " ").split()]
