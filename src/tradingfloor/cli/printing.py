"""Where text goes: the terminal's console, or a plain one for pipes.

Decides the width of a pipe and when something counts as a terminal. Knows no command.
"""

import os
import sys
from collections.abc import Collection
from contextlib import nullcontext

from rich.console import Console, RenderableType
from rich.table import Table

PIPE_WIDTH = 140
"""Columns of what is written into a file or another program, unless COLUMNS says otherwise."""


def console() -> Console:
    """The console over stdout as it is now."""
    if is_terminal():
        return Console(highlight=False, markup=False, emoji=False)
    columns = os.environ.get("COLUMNS", "")
    return Console(
        highlight=False,
        markup=False,
        emoji=False,
        width=int(columns) if columns.isdigit() else PIPE_WIDTH,
        color_system=None,
        force_terminal=False,
    )


def show(*renderables: RenderableType) -> None:
    """Print, one after the other: tables folded to the width, plain text as it is, for it may be copied.

    In a pipe without the blanks that fill a table's lines.
    """
    out = console()
    with nullcontext() if is_terminal() else out.capture() as captured:
        for renderable in renderables:
            out.print(renderable, soft_wrap=isinstance(renderable, str))
    if captured is not None:
        print("\n".join(line.rstrip() for line in captured.get().splitlines()))


def columns(*names: str, right: Collection[int] = ()) -> Table:
    """A table without lines; the columns whose numbers are in ``right`` are flush right."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for number, name in enumerate(names):
        table.add_column(name, justify="right" if number in right else "left", overflow="fold")
    return table


def is_terminal() -> bool:
    """True when somebody may be looking and the screen can be rewritten."""
    return sys.stdout.isatty() and os.environ.get("TERM", "") not in ("dumb", "")
