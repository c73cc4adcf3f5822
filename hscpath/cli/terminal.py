"""What goes to the terminal: wrapped with its indent kept, coloured where there is a screen, and never cut."""

from __future__ import annotations

import json
from collections.abc import Iterable
from textwrap import fill

import typer
from rich.console import Console
from rich.text import Text

REFUSED, UNREADABLE = 1, 2
"""The codes that the program ends with: a clinical refusal, and what cannot be read."""

NARROWEST = 26
"""How wide a column has to be for words to stay whole."""

STYLES = {"✓": "green", "✗": "red", "?": "yellow", "→": "bold"}


def terminal(*, stderr: bool = False) -> Console:
    """Return where text for people goes; what is beside the point goes to the other stream."""
    return Console(highlight=False, stderr=stderr)


def show(out: Console, text: str) -> None:
    """Print text for people: wrapped with its indent kept, and coloured on a terminal."""
    for line in text.splitlines():
        words = line.lstrip()
        indent = " " * (len(line) - len(words))
        style = STYLES.get(words[:1], "bold" if words.startswith(("Day", "About", "Refused")) else "")
        wrapped = fill(
            words,
            max(out.width, NARROWEST),
            initial_indent=indent,
            subsequent_indent=indent + "  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        out.print(Text(wrapped, style=style), soft_wrap=True)


def styled(lines: Iterable[str]) -> Text:
    """Return lines of one cell of a table, each coloured by its mark."""
    return Text("\n").join(Text(line, style=STYLES.get(line[:1], "")) for line in lines)


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
