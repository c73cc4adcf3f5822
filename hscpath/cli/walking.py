"""An interactive walk: pick an event, enter its findings, see what is refused and why, undo, save as a case."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from importlib import import_module
from itertools import chain, count
from pathlib import Path

import attrs
from rich.console import Console

from hscpath import tell
from hscpath.cli.asking import Cancelled, EventAsked, Talk
from hscpath.cli.entries import decision_typed, event_and_findings, thing_typed, words_on
from hscpath.criteria import Choice, Event
from hscpath.decisions import Decision
from hscpath.errors import InvalidRecord
from hscpath.files import Case, read_record, write_case, write_record
from hscpath.journey import Journey, Record
from hscpath.outline import BLANK, Line, line, sign
from hscpath.pathway import Pathway, State
from hscpath.tell import Ways
from hscpath.tell.answers import bars
from hscpath.tell.stories import when

HELP = """\
Write the number of an event, or words of its name, and answer what is asked.
With findings on the same line fewer questions are asked:
  EVENT day=200 NAME=VALUE NAME=VALUE
Other words:
  all: list also what only adds to the record, and why other events are closed
  why EVENT: may it happen now, and why not? Nothing is recorded
  story: the course so far, with what decided each step and its source
  undo: take the last event back
  save FILE: save the walk as a case, which `hscpath run FILE` tells
  cancel: in the midst of an event, leave it; undo, help and quit leave it as well
  quit: end the walk"""

_SAVE_QUESTION = "Save the walk? (a file; Enter: no)"


@attrs.frozen
class Stage:
    """A moment of a walk: where the patient stands, and what was recorded in the words in which it was given."""

    journey: Journey
    records: tuple[Record, ...] = ()


def way_to(pathway: Pathway, state: State) -> tuple[Record, ...]:
    """Return how a patient comes to stand here: by entering so, or else by the shortest journey.

    Raises ``InvalidRecord`` if there is none, or none can be looked for.

    >>> from hscpath.lupus import PATHWAY, REFRACTORY
    >>> (entered,) = way_to(PATHWAY, REFRACTORY)
    >>> entered.findings
    (('status_at_entry', 'refractory'),)
    """
    journey = Journey(pathway)
    if state == journey.state:
        return ()
    entered = (record for record in _entries(journey) if journey.take(record).state == state)
    return next(((record,) for record in entered), None) or _shortest(pathway, state)


def _shortest(pathway: Pathway, state: State) -> tuple[Record, ...]:
    try:
        from hscpath.paths import NoJourney, Paths, Undecided
    except ModuleNotFoundError as missing:
        raise InvalidRecord(f"no patient enters as {state.label!r}; to find the way there, {missing}") from None
    try:
        steps = Paths(pathway).to(state).steps
    except (NoJourney, Undecided) as error:
        raise InvalidRecord(str(error)) from None
    return tuple(read_record(write_record(step)) for step in steps)


def _entries(journey: Journey) -> Iterator[Record]:
    """Yield every first event that is accepted with no finding, or with one that it must record."""
    for decision in journey.options():
        event = decision.event
        records = [Record(event)] if not event.must else []
        records += [
            Record(event, {fact.name: option})
            for fact in event.must
            if isinstance(fact, Choice)
            for option in fact.options
        ]
        yield from (record for record in records if journey.ask(record).allowed)


class Session:
    """A walk on a pathway: the stages so far, and a conversation about the next."""

    def __init__(self, out: Console, pathway: Pathway, case: Case) -> None:
        self.talk = Talk(out)
        self.case = case
        self.stages = [Stage(Journey(pathway, began=self.case.began))]
        self.saved = self.stages[-1]

    @property
    def journey(self) -> Journey:
        """The journey so far."""
        return self.stages[-1].journey

    def take(self, record: Record) -> None:
        """Record an event; raise what the pathway says."""
        self.stages.append(Stage(self.journey.take(record), (*self.stages[-1].records, record)))

    def converse(self) -> None:
        """Ask what happens next until someone quits or nobody answers, and offer to save what is new."""
        with suppress(ImportError):  # where there is one, lines can be edited and called back
            import_module("readline")
        self.saved = self.stages[-1]
        with suppress(EOFError, KeyboardInterrupt):
            self._stand()
            then = ""
            while (line := then or self.talk.ask("\nWhat happens next? (all, why, help, quit)")) != "quit":
                then = self._understand(line)
        with suppress(EOFError, KeyboardInterrupt, Cancelled):
            while self.stages[-1] is not self.saved and (file := self.talk.ask_within(_SAVE_QUESTION)) not in (
                "",
                "no",
            ):
                self._understand(f"save {file}")

    def _understand(self, line: str) -> str:
        """Do what a line says, and return what is asked for by leaving it half way, if anything."""
        word, _, rest = line.partition(" ")
        commands: dict[str, Callable[[str], None]] = {
            "": lambda _: self._stand(),
            "help": lambda _: self.talk.say(HELP),
            "all": lambda _: self._stand(all_of_them=True),
            "why": self._why,
            "story": lambda _: self.talk.say(
                tell.story(self.journey, title=self.case.title, citation=self.case.citation)
            ),
            "undo": lambda _: self._undo(),
            "save": lambda file: self._save(file.strip()),
        }
        try:
            if word in commands:
                commands[word](rest)
            else:
                self._record(line)
        except InvalidRecord as error:
            self.talk.say(error)
        except (Cancelled, KeyboardInterrupt) as left:
            self.talk.say("Nothing is recorded.")
            return left.then if isinstance(left, Cancelled) else ""
        return ""

    def _stand(self, *, all_of_them: bool = False) -> None:
        """Say where the patient stands and what may happen now."""
        last = len(self.journey.steps) - 1
        day = f"{when(self.journey, last)}: " if last >= 0 else ""
        here = tell.ways(self.journey)
        lines = list(_in_full(here) if all_of_them else _in_brief(here)) or [line("Nothing more can happen.")]
        self.talk.say(BLANK, line(sign("→"), f"{day}{self.journey.state.label}"), *lines)

    def _undo(self) -> None:
        if len(self.stages) == 1:
            raise InvalidRecord("there is nothing to take back")
        taken = self.stages.pop().journey.steps[-1]
        self.talk.say(f"Taken back: {taken.event.label}.")
        self._stand()

    def _why(self, line: str) -> None:
        event, given = self._typed(line)
        self.talk.say(decision_typed(self.journey, event, given))

    def _record(self, line: str) -> None:
        event, given = self._typed(line)
        decision_typed(self.journey, event, given)  # so that all that is wrong is told before anything is asked
        self.take(EventAsked(self.talk, self.journey, event, given).complete())
        self._stand()

    def _typed(self, line: str) -> tuple[Event, list[str]]:
        """Return the event that a line begins with, by number or by words, and what is given of it."""
        name, given = event_and_findings(words_on(line))
        known = list(chain(*_by_kind(tell.ways(self.journey))))
        if name.isdecimal() and 0 < int(name) <= len(known):
            return known[int(name) - 1].event, given
        return thing_typed(name, self.journey.pathway.events, "event"), given

    def _save(self, file: str) -> None:
        if not file:
            raise InvalidRecord("say in which file to save, as in: save ana.toml")
        path = Path(file)
        title = self.case.title or self.talk.ask_within("What is the title of the case?") or "A walk"
        case = attrs.evolve(self.case, title=title, events=self.stages[-1].records, outcome=self.journey.state.name)
        there = f"{path} is there already. Replace it? (yes; Enter: no)"
        try:
            written = write_case(case).encode()
            if path.exists() and self.talk.ask_within(there) != "yes":
                raise Cancelled
            path.write_bytes(written)
        except (OSError, ValueError) as error:
            raise InvalidRecord(f"{path}: cannot be written: {error}") from None
        self.case, self.saved = case, self.stages[-1]
        self.talk.say(f"Saved: hscpath run {shlex.quote(file)} tells it.")


# --- What may happen now, as a numbered list to choose from ----------------------------------------

_MAX_STATES_NAMED = 3
"""How many states a line names before it only counts them."""


def _by_kind(here: Ways) -> tuple[Sequence[Decision], ...]:
    """Return what may lead elsewhere, now or once more is known; what only adds to the record; and what is closed."""
    possible = [decision for decision in here.decisions if not decision.closed]
    moves = [decision for decision in possible if here.moves(decision)]
    return moves, [decision for decision in possible if not here.moves(decision)], here.closed


def _in_brief(here: Ways) -> Iterator[Line]:
    """Yield a line for everything that may lead elsewhere, and what there is beside it."""
    leading, adding, closed = _by_kind(here)
    yield from (_numbered(here, number, decision) for number, decision in enumerate(leading, start=1))
    if closed:
        yield line(sign("✗"), f"closed: {', '.join(decision.event.label for decision in closed)}")
    if more := len(adding):
        yield line("1 event adds to the record" if more == 1 else f"{more} events add to the record", depth=1)


def _in_full(here: Ways) -> Iterator[Line]:
    """Yield a line for every event, by kind, with what is wanting where it is closed."""
    numbers = count(1)
    kinds = "May lead on (? once more is known, or with a reason)", "Adds to the record", "Closed, for want of"
    for kind, decisions in zip(kinds, _by_kind(here), strict=True):
        yield from [BLANK, line(f"{kind}:")] if decisions else []
        yield from (_numbered(here, next(numbers), decision) for decision in decisions)


def _numbered(here: Ways, number: int, decision: Decision) -> Line:
    mark = "✗" if decision.closed else "✓" if decision.allowed else "?"
    event = f"{number}. {decision.event.label}"
    states = [state.label for state in decision.possible if state != here.state]
    if decision.closed:
        event += f": {'; '.join(part.guard.brief for part in bars(decision))}"
    elif len(states) > _MAX_STATES_NAMED:
        event += f" → one of {len(states)} states"
    elif states:
        states += ["no change of state"] if here.state in decision.possible else []
        event += f" → {' or '.join(states)}"
    return line(sign(mark), event)
