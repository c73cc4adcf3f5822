"""What ``hscpath`` does on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

import hscpath
from hscpath import files, tell
from hscpath.engine import TransitionNotAllowed
from hscpath.errors import InvalidFile, InvalidRecord, did_you_mean
from hscpath.journey import ReplayStopped
from hscpath.lupus import DEFAULTS, GUIDELINES, PATHWAY, pathway
from hscpath.pathway import Pathway

if TYPE_CHECKING:
    from hscpath.proof import Claim

REFUSED, UNREADABLE = 1, 2

Document = TypeVar("Document")

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
    read = _read(files.read_case, case)
    try:
        journey = read.journey(PATHWAY)
    except InvalidFile as error:
        raise _unreadable(str(error)) from None
    except ReplayStopped as stopped:
        _tell(out, tell.story(stopped.journey, title=read.title, citation=read.citation))
        _tell(out, f"\nRefused: {read.place_of(stopped.index)}")
        _tell(out, str(stopped.reason))
        out.print(Text(_to_paste(stopped.reason)), soft_wrap=True)
        raise typer.Exit(REFUSED) from None
    _tell(out, tell.story(journey, title=read.title, citation=read.citation))
    if read.outcome is not None and read.outcome != journey.state.name:
        told = PATHWAY.state(read.outcome).label
        _tell(out, f"\nRefused: the case says that it ends as {told!r}, but it ends as {journey.state.label!r}.")
        raise typer.Exit(REFUSED)


@app.command()
def compare(
    case: Annotated[Path, typer.Argument(help="A case file (TOML).", show_default=False)],
    under: Annotated[
        list[str] | None, typer.Option("--under", help="A guideline, or several joined by '+'; one column each.")
    ] = None,
) -> None:
    """Show a case under several guidelines side by side: where they part, on which criterion, and why.

    The first column is the pathway under its default guidelines. What needs a reason is noted
    rather than refused. Exit code 2 for a file or guideline that cannot be read.
    """
    out = Console(highlight=False)
    read = _read(files.read_case, case)
    pathways = {"default": PATHWAY, **dict(map(_under, under or ()))}
    if len(pathways) == 1:
        raise _unreadable("say under which guidelines, as in: --under LIST --under ASTIL")
    told = tell.compare(read.events, pathways, began=read.began)
    stopped = told.courses[0].stopped
    if isinstance(stopped, InvalidRecord):
        raise _unreadable(f"{read.place_of(len(told.courses[0].journey.steps))}: {stopped}")
    _tell(out, read.title)
    if read.citation:
        _tell(out, f"Source: {read.citation.reference}")
    if out.width < _NARROWEST * len(pathways) or not told.partings:
        _tell(out, f"\n{told}")
        return
    summary = Table("", *(Column(name, overflow="fold") for name in pathways), box=SIMPLE_HEAD)
    summary.add_row("ends as", *(course.outcome for course in told.courses))
    for kind in ("departs", "not documented"):
        summary.add_row(kind, *(str(course.noted(kind)) for course in told.courses))
    out.print(summary)
    for parting in told.partings:
        out.print(Text(parting.event, style="bold"))
        columns = (Column(name, overflow="fold", ratio=1) for name in parting.cells)
        side_by_side = Table(*columns, box=SIMPLE_HEAD, expand=True)
        side_by_side.add_row(*(_styled(cell) for cell in parting.cells.values()))
        out.print(side_by_side)


_NARROWEST = 26
"""How wide a column has to be for words to stay whole."""


def _under(names: str) -> tuple[str, Pathway]:
    """Return guidelines given by name as they are written, and the pathway under them."""
    known = {name.casefold(): name for name in GUIDELINES}
    wanted = [name.strip() for name in names.split("+")]
    unknown = dict.fromkeys(name for name in wanted if name.casefold() not in known)
    if unknown:
        hints = "; ".join(f"{name!r} is no guideline; {did_you_mean(name, GUIDELINES)}" for name in unknown)
        raise _unreadable(f"--under {names}: {hints}")
    chosen = list(dict.fromkeys(known[name.casefold()] for name in wanted))
    return "+".join(chosen), pathway(*(GUIDELINES[name] for name in chosen))


def _styled(lines: Iterable[str]) -> Text:
    return Text("\n").join(Text(line, style=_STYLES.get(line[:1], "")) for line in lines)


def _to_paste(reason: TransitionNotAllowed | InvalidRecord) -> str:
    """Return what a case file needs under an event that is refused for want of a reason."""
    decision = reason.decision if isinstance(reason, TransitionNotAllowed) else None
    if decision is None or not (decision.open or decision.ambiguous):
        return ""
    lines = ["", "To let it pass, write under this event (each reason in the words of the source):", ""]
    if decision.ambiguous:
        first, *others = (state.name for state in decision.possible)
        lines.append(f'to = "{first}"  # or {", ".join(others)}')
    if decision.open:
        held = isinstance(decision.override, Mapping)
        lines.append("# in the [events.override] that this event has:" if held else "[events.override]")
    return "\n".join([*lines, *(f'"{decision.name_of(guard)}" = ""' for guard in decision.open)])


@app.command()
def guidelines() -> None:
    """List the guidelines with the points that each decides."""
    for name, guideline in GUIDELINES.items():
        default = " (default)" if guideline in DEFAULTS else ""
        _tell(Console(highlight=False), f"{name}{default}: {', '.join(guideline.points)} [{guideline.cite}]")


@app.command()
def events() -> None:
    """List every event with the findings it may record: what one needs to write a case."""
    _tell(Console(highlight=False), tell.events(PATHWAY))


@app.command()
def table(
    sources: Annotated[bool, typer.Option("--sources", help="List the sources of all guidelines instead.")] = False,
    under: Annotated[str | None, typer.Option("--under", help="A guideline, or several joined by '+'.")] = None,
) -> None:
    """Print the pathway as a table: state, event, where it leads, what it asks for, and the source.

    With --sources: every reference, how certain it is, and which criteria rest on it.
    """
    chosen = PATHWAY if under is None else _under(under)[1]
    every = (chosen,) if under is not None else (PATHWAY, *map(pathway, GUIDELINES.values()))
    _tell(Console(highlight=False), tell.sources(*every) if sources else tell.table(chosen))


@app.command()
def prove(
    pathway_file: Annotated[
        Path | None,
        typer.Argument(metavar="PATHWAY", help="A pathway saved as JSON; without one, the reference pathway."),
    ] = None,
    under: Annotated[str | None, typer.Option("--under", help="A guideline, or several joined by '+'.")] = None,
    limit: Annotated[float, typer.Option("--limit", min=0, help="How many seconds each claim may take.")] = 60.0,
) -> None:
    """Prove what holds of every journey: of the table itself, and the invariants of the reference pathway.

    Of a pathway from a file, the invariants that speak of events and states which it has. What is refuted is
    shown by the shortest journey that breaks it.

    Exit code 0 if everything is proven, 1 if anything is not, 2 for a pathway that cannot be read.
    """
    if pathway_file is not None and under is not None:
        raise _unreadable("give a pathway or a guideline, not both")
    try:
        from hscpath.lupus import INVARIANTS
        from hscpath.proof import Proof, claims
    except ModuleNotFoundError as missing:
        raise _unreadable(str(missing)) from None
    out = Console(highlight=False)
    if pathway_file is not None:
        chosen = _read(files.read_pathway, pathway_file)
    else:
        chosen = PATHWAY if under is None else _under(under)[1]
    fitting = [invariant for invariant in INVARIANTS if not invariant.unknown_to(chosen)]
    made: list[Claim] = []
    with Console(stderr=True).status("proving") as status:
        for claim in claims(chosen, fitting, limit=limit):
            made.append(claim)
            status.update(f"proving: {len(made)} claims decided, the last: {claim.text}")
    proof = Proof(chosen, tuple(made))
    _tell(out, f"{chosen.name}\n{len(chosen.states)} states, {len(chosen.transitions)} rows, {proof.summary}")
    _tell(out, f"{len(fitting)} of the reference pathway's {len(INVARIANTS)} invariants speak of it")
    table = Table("", Column("claim", overflow="fold"), Column("seconds", justify="right"), box=SIMPLE_HEAD)
    for kind, group in groupby(proof.claims, attrgetter("kind")):
        table.add_section()
        table.add_row("", Text(kind, style="bold"))
        for claim in group:
            mark = claim.outcome.mark
            table.add_row(Text(mark, style=_STYLES[mark]), Text(claim.told), f"{claim.seconds:.1f}")
    out.print(table)
    for claim in proof.failed:
        _tell(out, f"{claim}")
        if claim.counterexample is not None:
            _tell(out, f"\n{tell.story(claim.counterexample)}")
        if claim.counterexample is not None and claim.asked is not None:
            _tell(out, f"\n{claim.counterexample.ask(claim.asked)}")
        _tell(out, "")
    if not proof.holds:
        raise typer.Exit(REFUSED)


class Format(Enum):
    """A format that has a schema."""

    CASE = "case"
    JOURNEY = "journey"


@app.command()
def schema(
    of: Annotated[Format, typer.Argument(help="What the schema is of.", show_default=False)],
    under: Annotated[str | None, typer.Option("--under", help="A guideline, or several joined by '+'.")] = None,
) -> None:
    """Print the JSON Schema of case files or saved journeys, with which an editor offers events and findings."""
    chosen = PATHWAY if under is None else _under(under)[1]
    made = files.case_schema(chosen) if of is Format.CASE else files.journey_schema(chosen)
    typer.echo(json.dumps(made, indent=1, ensure_ascii=False))


def _read(read: Callable[[Path], Document], path: Path) -> Document:
    try:
        return read(path)
    except InvalidFile as error:
        raise _unreadable(str(error)) from None
    except OSError as error:
        raise _unreadable(f"{path}: cannot be read: {error.strerror}") from None


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
            max(out.width, _NARROWEST),
            initial_indent=indent,
            subsequent_indent=indent + "  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        out.print(Text(wrapped, style=style), soft_wrap=True)
