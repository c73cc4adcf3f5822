"""What ``hscpath`` does on the command line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import attrs
import typer
from rich.progress import Progress
from rich.text import Text
from typer import Argument, Option
from typer.core import TyperGroup

import hscpath
from hscpath import diseases, files, tell
from hscpath import draw as pictures
from hscpath.cli.entries import decision_typed, event_and_findings, thing_typed
from hscpath.cli.reports import comparison_data, course_data, proof_data, show_comparison, show_failed, show_proof
from hscpath.cli.terminal import REFUSED, note, show, show_data, terminal, unreadable
from hscpath.cli.walking import Session, way_to
from hscpath.decisions import TransitionNotAllowed
from hscpath.diseases import Disease
from hscpath.errors import InvalidFile, InvalidRates, InvalidRecord, UnknownPathway, number_of
from hscpath.files import Case
from hscpath.journey import Journey
from hscpath.outline import BLANK, Line, line, strong
from hscpath.pathway import Pathway
from hscpath.tell import Replay

if TYPE_CHECKING:
    from polars import DataFrame

    from hscpath.proof import Claim

DEFAULT = "hscpath.lupus"
"""The disease that is meant where no other is named."""


class Commands(TyperGroup):
    """The commands; whichever it is, what cannot be read is told in the same way, and not as a traceback."""

    def invoke(self, ctx: Any) -> object:
        """Run a command; say what cannot be read, and end with the code for that."""
        try:
            return super().invoke(ctx)
        except (InvalidFile, InvalidRates, InvalidRecord, UnknownPathway, ModuleNotFoundError) as error:
            raise unreadable(str(error)) from None


app = typer.Typer(
    name="hscpath",
    cls=Commands,
    help="A patient's journey to stem-cell transplantation, as states and guarded transitions.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
"""The command line, for whoever runs it within a program."""


CaseFile = Annotated[Path, Argument(metavar="CASE", help="A case file (TOML).")]
Under = Annotated[str | None, Option(help="A guideline, or several joined by '+'.")]
Named = Annotated[
    str,
    Option("--pathway", metavar="NAME", help="Another pathway: my.module, my.module:NAME, a file.py or a file.json."),
]
AsData = Annotated[bool, Option("--json", help="Print it as JSON, for a program to read.")]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hscpath {hscpath.__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[bool, Option("--version", callback=_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    """Run cases through a clinical pathway: by default from lupus nephritis to a stem-cell transplant."""


@app.command()
def run(case: CaseFile, under: Under = None, name: Named = DEFAULT, as_data: AsData = False) -> None:
    """Tell a case step by step: what happened, what decided it, and from which source.

    Exit code 0 if the case holds, 1 if an event is refused (with the reason) or the case ends in
    another state than it says, 2 for a file that cannot be read.
    """
    chosen = _chosen(name, under).pathway
    read = _read(case)
    course = Replay.of(read.title, partial(read.journey, chosen))
    journey, stopped = course.journey, course.stopped
    held = stopped is None and read.outcome in (None, journey.state.name)
    if as_data:
        show_data(course_data(read, course))
    else:
        out = terminal()
        show(out, tell.story(journey, title=read.title, citation=read.citation))
        if stopped is not None:
            show(out, BLANK, _refused(read.place_of(len(journey.steps))), stopped)
            out.print(Text(_to_paste(stopped)), soft_wrap=True)
        elif read.outcome is not None and not held:
            told = chosen.state(read.outcome).label
            why = f"the case says that it ends as {told!r}, but it ends as {journey.state.label!r}."
            show(out, BLANK, _refused(why))
    if not held:
        raise typer.Exit(REFUSED)


def _refused(why: str) -> Line:
    return line(strong(f"Refused: {why}"))


def _as_far_as_it_holds(path: Path | None, read: Case, chosen: Pathway) -> Journey:
    """Return a case as a journey up to the event that is refused, if one is, and say which."""
    course = Replay.of(read.title, partial(read.journey, chosen))
    if course.stopped is not None:
        place = read.place_of(len(course.journey.steps))
        note(f"{place}: this event is refused, as `hscpath run {path}` tells; what follows is of the course before it")
    return course.journey


@app.command()
def explain(
    case: CaseFile,
    words: Annotated[
        list[str] | None,
        Argument(
            metavar="EVENT [NAME=VALUE ...]",
            help="An event, by its name or words of its label, with its day and findings. Without one: all that may "
            "happen.",
        ),
    ] = None,
    after: Annotated[
        int | None, Option(min=0, help="Ask after so many events of the case.", show_default="all")
    ] = None,
    under: Under = None,
    name: Named = DEFAULT,
    as_data: AsData = False,
) -> None:
    """Say whether an event may happen now, after a case, and why or why not; without an event, what may happen.

    hscpath explain CASE response assessed day=200 upcr="400 mg/g"

    Exit code 0 if it may, 1 if it may not or not without a reason, 2 for what cannot be read.
    """
    chosen = _chosen(name, under).pathway
    read = _read(case)
    if after is not None and after > len(read.events):
        raise unreadable(f"--after {after}: {case} has {number_of(len(read.events), 'event')}")
    journey = _as_far_as_it_holds(case, attrs.evolve(read, events=read.events[:after]), chosen)
    asked, given = event_and_findings(words or ())
    if not (asked or given):
        if as_data:
            options = list(map(files.write_decision, journey.options()))
            show_data({"state": journey.state.name, "options": options})
        else:
            show(terminal(), tell.ways(journey))
        return
    decision = decision_typed(journey, thing_typed(asked, chosen.events, "event"), given)
    if as_data:
        show_data(files.write_decision(decision))
    else:
        show(terminal(), decision)
    if not decision.allowed:
        raise typer.Exit(REFUSED)


@app.command()
def walk(
    case: Annotated[Path | None, Argument(metavar="[CASE]", help="A case file (TOML) to walk on from.")] = None,
    enter: Annotated[
        str | None, Option("--from", help="The state to begin in, by its name or words of its label.")
    ] = None,
    under: Under = None,
    name: Named = DEFAULT,
) -> None:
    """Walk the pathway: pick an event, enter its findings, see what is refused and why, undo, save as a case.

    From the start, from the end of a case, or from any state: as a patient who enters so, or else by the shortest
    journey to it. Answers may also come from a file: hscpath walk < answers.txt
    """
    chosen = _chosen(name, under).pathway
    if case is not None and enter is not None:
        raise unreadable("give a case or a state to begin in, not both")
    read = _read(case)
    walked = Session(terminal(), chosen, read)
    for record in () if enter is None else way_to(chosen, thing_typed(enter, chosen.states, "state")):
        walked.take(record)
    if len(walked.journey.steps) > 1:
        note(f"by the shortest way: {', '.join(step.event.label for step in walked.journey.steps)}")
    for record in read.events[: len(_as_far_as_it_holds(case, read, chosen).steps)]:
        walked.take(record)
    walked.converse()


Form: TypeAlias = Literal["mermaid", "dot", "timeline"]
_PICTURE_ENDINGS = (".gif", ".html", ".jpeg", ".jpg", ".pdf", ".png", ".svg")


@app.command()
def draw(
    case: Annotated[Path | None, Argument(metavar="[CASE]", help="A case file (TOML) to draw.")] = None,
    form: Annotated[Form, Option("--as", help="Text for Mermaid or Graphviz, or a timeline.")] = "mermaid",
    here: Annotated[bool, Option("--here", help="Where the case ends: what is open from there, and why not.")] = False,
    curve: Annotated[list[str] | None, Option(help="A quantity that a timeline shows; may be repeated.")] = None,
    output: Annotated[
        Path | None, Option("--to", "-o", help="A file; a timeline needs one, such as ana.png or ana.svg.")
    ] = None,
    under: Under = None,
    name: Named = DEFAULT,
) -> None:
    """Draw the pathway, the way of a case on it, where one stands and what is open from there, or a timeline.

    hscpath draw CASE --as dot | dot -Tsvg > ana.svg
    """
    chosen = _chosen(name, under).pathway
    over_time, ending = form == "timeline", output.suffix.lower() if output else ""
    misused = {
        f"{output} is named as a picture, and Mermaid and DOT are text: as in --as mermaid --to map.mmd": (
            ending in _PICTURE_ENDINGS and not over_time
        ),
        f"{output} does not say which picture it is to be, as ana.png does": over_time and output and not ending,
        "a timeline is of a case: say of which, as in hscpath draw CASE --as timeline": over_time and case is None,
        "a timeline is a picture: say in which file, as in --to ana.png": over_time and output is None,
        "--here is of a map: leave it out of a timeline": over_time and here,
        "--curve is of a timeline: add --as timeline": curve and not over_time,
    }
    if any(misused.values()):
        raise unreadable("\n".join(why for why, wrong in misused.items() if wrong))
    read = _read(case)
    journey = _as_far_as_it_holds(case, read, chosen)
    if over_time and output is not None:
        _draw_timeline(journey, curve or (), read.title, output)
        return
    subject = tell.ways(journey) if here else chosen if case is None else journey
    text = pictures.mermaid(subject) if form == "mermaid" else pictures.dot(subject)
    if output is None:
        typer.echo(text)
    else:
        _write(output, lambda: output.write_text(f"{text}\n", encoding="utf-8"))


def _draw_timeline(journey: Journey, curves: Iterable[str], title: str, output: Path) -> None:
    facts = journey.pathway.facts
    names = {fact.label.casefold(): fact.name for fact in facts} | {fact.name.casefold(): fact.name for fact in facts}
    wanted = (names.get(words.casefold(), words) for words in curves)
    figure = pictures.timeline(journey, *wanted, title=title)
    _write(output, lambda: figure.savefig(output))  # pyright: ignore[reportUnknownMemberType] - it takes more


def _write(output: Path, write: Callable[[], object]) -> None:
    try:
        write()
    except (OSError, ValueError) as error:
        raise unreadable(f"{output}: cannot be written: {error}") from None


@app.command()
def compare(
    case: CaseFile,
    under: Annotated[list[str] | None, Option(help="A guideline, or several joined by '+'; one column each.")] = None,
    name: Named = DEFAULT,
    as_data: AsData = False,
) -> None:
    """Show a case under several guidelines side by side: where they part, on which criterion, and why.

    The first column is the pathway under its default guidelines. What needs a reason and has none, so
    that hscpath run refuses it, is noted here and counted. Exit code 2 for a file or guideline that cannot be read.
    """
    disease = _chosen(name)
    read = _read(case)
    pathways = {"default": disease.pathway}
    for names in under or ():
        pathways["+".join(disease.named(names))] = disease.under(names).pathway
    if len(pathways) == 1:
        others = [each for each, guideline in disease.guidelines.items() if guideline not in disease.defaults]
        raise unreadable(f"say with --under under which guidelines: {', '.join(others) or f'{name} has none'}")
    told = tell.compare(read.events, pathways, began=read.began)
    stopped = told.courses[0].stopped
    if isinstance(stopped, InvalidRecord):
        raise unreadable(f"{read.place_of(len(told.courses[0].journey.steps))}: {stopped}")
    if as_data:
        show_data(comparison_data(told))
        return
    show_comparison(told, [read.title, *([f"Source: {read.citation.reference}"] if read.citation else [])])


def _chosen(name: str, under: str | None = None) -> Disease:
    """Return the disease that goes by a name, its pathway built under guidelines if any are asked for."""
    here = str(Path.cwd())
    if name != DEFAULT and here not in sys.path:
        sys.path.append(here)  # a module that stands here can be named, as `python -m` would find it
    disease = diseases.load(name)
    return disease if under is None else disease.under(under)


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
def guidelines(name: Named = DEFAULT) -> None:
    """List the guidelines with the points that each decides."""
    disease = _chosen(name)
    for called, guideline in disease.guidelines.items():
        default = " (default)" if guideline in disease.defaults else ""
        show(terminal(), f"{called}{default}: {', '.join(guideline.points)} [{guideline.cite}]")


@app.command()
def events(under: Under = None, name: Named = DEFAULT) -> None:
    """List every event with the findings it may record: what one needs to write a case.

    What an editor or a program reads instead is printed by: hscpath schema case
    """
    show(terminal(), tell.events(_chosen(name, under).pathway))


@app.command()
def table(
    sources: Annotated[bool, Option("--sources", help="List the sources of all guidelines instead.")] = False,
    rates: Annotated[bool, Option("--rates", help="List the rates of made-up cohorts instead.")] = False,
    under: Under = None,
    name: Named = DEFAULT,
    as_data: AsData = False,
) -> None:
    """Print the pathway as a table: state, event, where it leads, what it asks for, and the source.

    With --sources: every reference, how certain it is, and which criteria rest on it. With --rates: in a
    made-up cohort, which share goes which way, after how long, and the source. With --json: the pathway
    whole, with sources and invariants, as --pathway reads it.
    """
    disease = _chosen(name, under)
    chosen = disease.pathway
    if rates:
        show(terminal(), disease.rates.table(chosen))
    elif as_data:
        typer.echo(files.pathway_to_json(chosen, invariants=disease.fitting))
    elif sources:
        others = disease.guidelines if under is None else ()
        show(terminal(), tell.sources(chosen, *(disease.under(each).pathway for each in others)))
    else:
        show(terminal(), tell.rows(chosen))


@app.command()
def prove(
    under: Under = None,
    name: Named = DEFAULT,
    every: Annotated[bool, Option("--every-guideline", help="Under each guideline, one by one.")] = False,
    limit: Annotated[float, Option(min=0, help="How many seconds each claim may take.")] = 60.0,
    as_data: AsData = False,
) -> None:
    """Prove what holds of every journey: of the table itself, and the invariants that come with the pathway.

    What is refuted is shown by the shortest journey that breaks it. With --every-guideline, what is found under one
    guideline serves the next.

    Exit code 0 if everything is proven, 1 if anything is not, 2 for a pathway that cannot be read.
    """
    from hscpath.proof import Evidence, Proof, claims

    if every and under is not None:
        raise unreadable("give --under or --every-guideline, not both")
    disease = _chosen(name, under)
    if every and not disease.guidelines:
        raise unreadable(f"{disease} has no guidelines: leave out --every-guideline")
    chosen = {each: disease.under(each) for each in disease.guidelines} if every else {disease.name: disease}
    evidence, proofs = Evidence(), list[Proof]()
    with terminal(stderr=True).status("proving") as status:
        for each, its in chosen.items():
            made: list[Claim] = []
            for claim in claims(its.pathway, its.fitting, limit=limit, evidence=evidence):
                made.append(claim)
                status.update(f"proving {each}: {len(made)} claims decided, the last: {claim.text}")
            proofs.append(Proof(its.pathway, tuple(made)))
    if as_data:
        documents = list(map(proof_data, proofs))
        show_data(dict(zip(chosen, documents, strict=True)) if every else documents[0])
    elif every:
        for each, proof in zip(chosen, proofs, strict=True):
            show(terminal(), f"{each}: {proof.summary}, {proof.seconds:.1f} seconds")
            show_failed(proof)
    else:
        invariants = number_of(len(disease.invariants), "invariant")
        show_proof(proofs[0], f"{len(disease.fitting)} of its {invariants} speak of it")
    if not all(proof.holds for proof in proofs):
        raise typer.Exit(REFUSED)


@app.command()
def audit(
    log: Annotated[Path, Argument(help="An event log: .parquet, .csv or .jsonl.")],
    out: Annotated[Path | None, Option(help="Save one row for each patient: .parquet, .csv or .jsonl.")] = None,
    under: Under = None,
    name: Named = DEFAULT,
    patient: Annotated[str, Option(help="The column that names the patient.")] = "patient",
    day: Annotated[str, Option(help="The column of days.")] = "day",
    event: Annotated[str, Option(help="The column of events.")] = "event",
    order: Annotated[str | None, Option(help="The column that says what came first of several events a day.")] = None,
    in_order: Annotated[
        bool, Option("--in-order", help="Take rows as they stand: a day that goes back cannot be recorded.")
    ] = False,
    strict: Annotated[bool, Option("--strict", help="Stop a patient also where only a reason is wanting.")] = False,
    explain: Annotated[str | None, Option(help="Tell one patient's journey instead, in full why it stopped.")] = None,
    as_data: AsData = False,
) -> None:
    """Audit a whole event log: what became of every patient, who was refused, and why.

    One row for each event, one column for each fact; what is empty is not recorded. A log may be larger than
    memory: it is read in pieces.

    Exit code 0 if every patient is complete, 1 if any is refused or cannot be recorded or a row names no patient, 2
    for a log that cannot be read. Rows are counted from 0 in what is saved and in JSON.
    """
    from hscpath.cohort import commands as cohorts

    if as_data and explain is not None:
        raise unreadable("--explain tells a journey in words: leave out --json")
    chosen = _chosen(name, under).pathway
    shape = cohorts.Shape(patient, day, event, order, in_order)
    with _progress("rows") as advanced:
        try:
            if out is not None:
                cohorts.check_out(out, log)
            told = cohorts.audited(log, chosen, shape, "stop" if strict else "record", advanced)
            if out is not None:
                cohorts.save(told.patients, out)
        except OSError as error:
            raise unreadable(f"{error.filename or log}: {error.strerror or error}") from None
    if explain is not None:
        try:
            journey, why = told.journey(explain), told.refusal(explain)
        except LookupError as error:
            raise unreadable(str(error)) from None
        show(terminal(), tell.story(journey), *(() if why is None else (BLANK, why)))
        raise typer.Exit(0 if why is None else REFUSED)
    if as_data:
        show_data(cohorts.document(told))
    else:
        show(terminal(), cohorts.outline(told, cohorts.standing(log)))
    if told.nobody or told.outcomes["complete"] < len(told.patients):
        raise typer.Exit(REFUSED)


@contextmanager
def _progress(what: str) -> Generator[Callable[[int, int], None]]:
    """Show how far something has come; what is yielded is told how much more is done, and of how much."""
    shown = terminal(stderr=True)
    with Progress(console=shown, transient=True, disable=not shown.is_terminal) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, whole: progress.update(task, advance=done, total=whole)


@app.command()
def simulate(
    patients: Annotated[int, Argument(min=0, help="How many patients to make up.")],
    out: Annotated[Path, Option(help="The file: .parquet, .csv or .jsonl.")],
    seed: Annotated[int, Option(min=0, help="The same seed gives the same cohort.")] = 0,
    under: Under = None,
    name: Named = DEFAULT,
) -> None:
    """Make up a cohort of patients on the pathway, as an event log that an audit accepts whole.

    Shares and times are published ones where there are any, and chosen where not: an illustration, no prognosis.
    'hscpath table --rates' lists them, each with its source.

    Exit code 2 for a file that cannot be written.
    """
    from hscpath.cohort import save, simulate_in_pieces

    disease = _chosen(name, under)
    pieces = simulate_in_pieces(disease.pathway, patients, seed, disease.rates)
    events = 0
    with _progress("patients") as advanced:

        def count(piece: DataFrame) -> None:
            nonlocal events
            events += piece.height
            advanced(piece["patient"].n_unique(), patients)

        try:
            save(pieces, out, count)
        except OSError as error:
            raise unreadable(f"{error.filename}: cannot be written: {error.strerror}") from None
    show(terminal(), f"{number_of(patients, 'patient')}, {number_of(events, 'event')}, seed {seed}: {out}")


@app.command()
def schema(
    of: Annotated[Literal["case", "journey"], Argument(help="What the schema is of.")],
    under: Under = None,
    name: Named = DEFAULT,
) -> None:
    """Print the JSON Schema of case files or saved journeys, with which an editor offers events and findings."""
    chosen = _chosen(name, under).pathway
    show_data(files.case_schema(chosen) if of == "case" else files.journey_schema(chosen))


def _read(path: Path | None) -> Case:
    """Return the case of a file; without a file, one in which nothing happens."""
    try:
        return Case("", ()) if path is None else files.read_case(path)
    except OSError as error:
        raise unreadable(f"{path}: cannot be read: {error.strerror}") from None
