"""What goes to the terminal: wrapped with its indent kept, coloured where there is a screen, and never cut."""

from __future__ import annotations

import json
from textwrap import fill

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from hscpath.outline import Cell, Line, Outlined, TextTable, plain

REFUSED, UNREADABLE = 1, 2
"""The codes that the program ends with: a clinical refusal, and what cannot be read."""

NARROWEST = 26
"""How wide a column has to be for words to stay whole."""

_STYLES = {"met": "green", "unmet": "red", "unknown": "yellow", "state": "bold"}


def terminal(*, stderr: bool = False) -> Console:
    """Return where text for people goes; what is beside the point goes to the other stream."""
    return Console(highlight=False, stderr=stderr)


def show(out: Console, *told: object) -> None:
    """Print what is told to people: wrapped with its indent kept, and an outline coloured by its meaning."""
    for each in told:
        for block in each.outline.blocks if isinstance(each, Outlined) else (each,):
            match block:
                case Line():
                    _print(out, plain(block), _style(block))
                case TextTable():
                    out.print(_table(block))
                case _:
                    for text in str(block).splitlines():
                        _print(out, text)


def _print(out: Console, text: str, style: str = "") -> None:
    words = text.lstrip()
    indent = " " * (len(text) - len(words))
    wrapped = fill(
        words,
        max(out.width, NARROWEST),
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    out.print(Text(wrapped, style=style), soft_wrap=True)


def _style(line: Line) -> str:
    return _STYLES.get(line.meaning, "bold" if any(span.role == "strong" for span in line.spans) else "")


def _table(table: TextTable) -> Table:
    columns = (Column(name, overflow="fold", ratio=1 if table.even else None) for name in table.head)
    made = Table(*columns, box=SIMPLE_HEAD, expand=table.even)
    for row in table.rows:
        made.add_row(*map(coloured, row))
    return made


def coloured(cell: Cell) -> Text:
    """Return the lines of a cell, each in the colour of its meaning."""
    return Text("\n").join(Text(str(line), style=_style(line)) for line in cell)


def show_data(data: object) -> None:
    """Print what a program reads."""
    typer.echo(json.dumps(data, indent=1, ensure_ascii=False))


def note(text: str) -> None:
    """Say something beside what was asked for."""
    terminal(stderr=True).print(Text(text), soft_wrap=True)


def unreadable(why: str) -> typer.Exit:
    """Say why something cannot be read, and return the end of the program."""
    note(why)
    return typer.Exit(UNREADABLE)
