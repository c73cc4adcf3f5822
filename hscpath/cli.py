"""What ``hscpath`` does on the command line."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

import hscpath
from hscpath import files, tell
from hscpath.errors import InvalidFile
from hscpath.journey import ReplayStopped
from hscpath.lupus import PATHWAY

REFUSED, UNREADABLE = 1, 2

app = typer.Typer(
    name="hscpath",
    help="A patient's journey to stem-cell transplantation, as states and guarded transitions.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hscpath {hscpath.__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Run cases through the pathway from lupus nephritis to a stem-cell transplant."""


@app.command()
def run(
    case: Annotated[Path, typer.Argument(help="A case file (TOML).", show_default=False)],
) -> None:
    """Tell a case step by step: what happened, what decided it, and from which source.

    Exit code 0 if the case holds, 1 if an event is refused (with the reason) or the case ends in
    another state than it says, 2 for a file that cannot be read.
    """
    out = Console(highlight=False)
    read = _read(case)
    try:
        journey = read.journey(PATHWAY)
    except InvalidFile as error:
        raise _unreadable(str(error)) from None
    except ReplayStopped as stopped:
        _tell(out, tell.story(stopped.journey, title=read.title, citation=read.citation))
        _tell(out, f"\nRefused: {read.place_of(stopped.index)}")
        _tell(out, str(stopped.reason))
        raise typer.Exit(REFUSED) from None
    _tell(out, tell.story(journey, title=read.title, citation=read.citation))
    if read.outcome is not None and read.outcome != journey.state.name:
        told = PATHWAY.state(read.outcome).label
        _tell(out, f"\nRefused: the case says that it ends as {told!r}, but it ends as {journey.state.label!r}.")
        raise typer.Exit(REFUSED)


@app.command()
def events() -> None:
    """List every event with the findings it may record: what one needs to write a case."""
    _tell(Console(highlight=False), tell.events(PATHWAY))


@app.command()
def table() -> None:
    """Print the pathway as a table: state, event, where it leads, what it asks for, and the source."""
    _tell(Console(highlight=False), tell.table(PATHWAY))


def _read(case: Path) -> files.Case:
    try:
        return files.read_case(case)
    except InvalidFile as error:
        raise _unreadable(str(error)) from None
    except OSError as error:
        raise _unreadable(f"{case}: cannot be read: {error.strerror}") from None


def _unreadable(why: str) -> typer.Exit:
    Console(stderr=True, highlight=False).print(Text(why), soft_wrap=True)
    return typer.Exit(UNREADABLE)


_STYLES = {"✓": "green", "✗": "red", "?": "yellow", "→": "bold"}


def _tell(out: Console, text: str) -> None:
    """Print text for people: wrapped with its indent kept, and coloured on a terminal."""
    for line in text.splitlines():
        words = line.lstrip()
        indent = " " * (len(line) - len(words))
        style = _STYLES.get(words[:1], "bold" if words.startswith(("Day", "About", "Refused")) else "")
        wrapped = fill(
            words,
            out.width,
            initial_indent=indent,
            subsequent_indent=indent + "  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        out.print(Text(wrapped, style=style), soft_wrap=True)
