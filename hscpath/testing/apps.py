"""An app of one's own and a pathway, side by side: where they part, and the shortest story that shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Protocol, TypeAlias, TypeVar, assert_never, cast

import attrs

from hscpath.criteria import Event, Finding
from hscpath.decisions import TransitionNotAllowed
from hscpath.errors import InvalidRecord, brief, did_you_mean, on_one_line
from hscpath.journey import Journey, Pair, Record, Step
from hscpath.pathway import Pathway

T = TypeVar("T")
Refusal: TypeAlias = TransitionNotAllowed | InvalidRecord
Story: TypeAlias = tuple[Record, ...]
Failure: TypeAlias = tuple[Exception, Story]
"""How an app and a pathway part, or what the app raises, and the records up to there."""

# --- Side by side ----------------------------------------------------------------------------------


class App(Protocol):
    """What is asked of an app, or of an adapter to it: to take a record, and to say where the patient stands.

    If it has a method ``close()`` too, that is called when its story is over.
    """

    def apply(self, record: Record, /) -> bool:
        """Give the app a record; say whether it accepts it.

        An adapter raises ``NotForThisApp`` where the app has no such thing, an event perhaps, or a reason.
        """
        ...

    def state(self) -> str:
        """Return the name of the state in which the app holds the patient to be."""
        ...


class NotForThisApp(Exception):
    """Raised by an adapter: the app has no such thing as this record tells, which is then passed over."""


class AppDisagrees(AssertionError):
    """An app and the pathway have parted.

    The text says *how*, tells the story, and what each of the two says; ``records`` are what both were given.
    """

    def __init__(self, how: str, told: tuple[str, ...], records: Story) -> None:
        super().__init__(how, told, records)
        self.how = how
        self.story = told
        self.records = records

    def __str__(self) -> str:
        return "\n".join((self.how, *self.story))


def assert_agrees(pathway: Pathway, app: App, records: Journey | Iterable[Record | Step]) -> None:
    """Assert that an app, in which nothing has happened yet, agrees with a pathway over some records.

    They agree if each record is accepted by both, or refused by both, and the state is the same after it. Raises
    ``AppDisagrees`` where it is not, and ``TypeError`` or ``ValueError`` for what is no adapter to an app and no
    record. What the app itself raises goes on, with the story as a note.

    >>> from hscpath import Event, Journey, Pathway, Record, State
    >>> WELL, DEAD, DIED = State("well", "well"), State("dead", "dead", final=True), Event("died", "died")
    >>> class Immortal:
    ...     def apply(self, record):
    ...         return False
    ...     def state(self):
    ...         return "well"
    >>> assert_agrees(Pathway("toy", "1", WELL, [WELL.on(DIED, to=DEAD)]), Immortal(), [Record("died", day=9)])
    Traceback (most recent call last):
    hscpath.testing.apps.AppDisagrees: the app refuses what the pathway accepts
       0. well
    >  1. died, day 9
    the pathway: accepted; dead
    the app: refused; well
    """
    __tracebackhide__ = True
    trial = Trial(pathway, app)
    for record in records.steps if isinstance(records, Journey) else records:
        trial.give(as_record(record))


def as_record(record: Record | Step) -> Record:
    """Return what was recorded at a step, as it would be given again."""
    if isinstance(record, Record):
        return record
    if not isinstance(cast("object", record), Step):
        raise TypeError(f"{brief(record)} is no record: write Record(event, findings, day=...)")
    return Record(
        record.event, record.findings, day=record.day, override=record.override, to=record.to, inferred=record.inferred
    )


def taken(journey: Journey, record: Record) -> Journey | Refusal:
    """Return a journey with a record taken, or why it is not."""
    try:
        return journey.take(record)
    except (TransitionNotAllowed, InvalidRecord) as refusal:
        return refusal


class Trial:
    """An app and a journey that are given the same records, until they part."""

    def __init__(self, pathway: Pathway, app: App) -> None:
        __tracebackhide__ = True
        _check_app(app)
        self.app = app
        self.journey = Journey(pathway)
        self.records: Story = ()
        self._story = [f"   0. {pathway.initial.label}"]
        state = self._answer(self._state)
        if state != pathway.initial.name:
            how = "the app does not begin where the pathway does: each new one has to be one in which nothing happened"
            raise AppDisagrees(how, (*self._lines(), f"the app: {pathway.state(state).label}"), ())

    def give(self, record: Record) -> None:
        """Give a record to both; raise ``AppDisagrees`` where they part, or what the app raises."""
        __tracebackhide__ = True
        before, after = self.journey, taken(self.journey, record)
        self.journey, refusal = (after, None) if isinstance(after, Journey) else (before, after)
        self.records += (record,)
        self._story.append(f"{len(self.records):4}. {_in_words(record, before.pathway)}")
        try:
            accepted = self._answer(partial(self._accepts, record))
        except NotForThisApp:
            self.journey, self.records = before, self.records[:-1]
            del self._story[-1]
            return
        state = self._answer(self._state)
        if accepted is (refusal is None) and state == self.journey.state.name:
            self._story[-1] += f": {self.journey.state.label}" if accepted else ": refused by both"
            return
        match accepted, refusal:
            case True, TransitionNotAllowed() | InvalidRecord():
                how = "the app accepts what the pathway refuses"
            case False, None:
                how = "the app refuses what the pathway accepts"
            case _:
                both = "accept" if accepted else "refuse"
                how = f"the app is in another state than the pathway, after what both {both}"
        said = f"the app: {'accepted' if accepted else 'refused'}; {before.pathway.state(state).label}"
        raise AppDisagrees(how, (*self._lines(), f"the pathway: {_why(refusal, record, before)}", said), self.records)

    def failure(self, record: Record) -> Failure | None:
        """Return how the app fails over a record that both are given, and after which records; ``None`` if not."""
        __tracebackhide__ = True
        try:
            self.give(record)
        except Exception as error:  # noqa: BLE001 - whatever an app raises is what the story is about
            return error, self.records
        return None

    def _answer(self, question: Callable[[], T]) -> T:
        """Return what the app says; what it raises instead gets the story so far."""
        __tracebackhide__ = True
        try:
            return question()
        except NotForThisApp:
            raise
        except Exception as error:
            error.add_note("\n".join(("what led to it:", *self._lines())))
            raise

    def _accepts(self, record: Record) -> bool:
        __tracebackhide__ = True
        answer = self.app.apply(record)
        if not isinstance(cast("object", answer), bool):
            said = f"{type(self.app).__name__}.apply() returned {brief(answer)}"
            raise TypeError(f"{said}: return True where the app accepts the record, and False where it refuses it")
        return answer

    def _state(self) -> str:
        __tracebackhide__ = True
        answer = self.app.state()
        said = f"{type(self.app).__name__}.state() returned {brief(answer)}"
        if not isinstance(cast("object", answer), str):
            raise TypeError(f"{said}: return the name of a state, as a str")
        names = [state.name for state in self.journey.pathway.states]
        if answer not in names:
            raise ValueError(f"{said}, which is the name of no state; {did_you_mean(answer, names)}")
        return answer

    def _lines(self) -> list[str]:
        """Return the story so far, with a mark at its last step."""
        *before, last = self._story
        return [*before, f">{last[1:]}"]


def _check_app(app: object) -> None:
    """Raise ``TypeError`` for what is no adapter to an app."""
    lacking = [name for name in ("apply", "state") if not callable(getattr(app, name, None))]
    wrong = f"has no method {' and no '.join(lacking)}" if lacking else ""
    wrong = "is a class, and not an object of it" if isinstance(app, type) else wrong
    if wrong:
        raise TypeError(
            f"{brief(app)} {wrong}: an adapter to an app has apply(record), which returns whether the app accepts "
            "the record, and state(), which returns the name of the state that it is in"
        )


# --- In words --------------------------------------------------------------------------------------


def _why(refusal: Refusal | None, record: Record, before: Journey) -> str:
    """Return what the pathway says of a record, and why."""
    match refusal:
        case None:
            decision = before.ask(record)
            criteria = (str(part.line()) for tried in decision.tried if tried.decides for part in tried.criteria)
            return "\n  ".join((f"accepted; {before.take(record).state.label}", *criteria))
        case InvalidRecord():
            return f"this cannot be recorded: {refusal}"
        case TransitionNotAllowed():
            return str(refusal)
        case _:
            assert_never(refusal)


def _in_words(record: Record, pathway: Pathway) -> str:
    """Return a record in one line, whether or not it can be recorded."""
    events = {event.name: event.label for event in pathway.events}
    states = {state.name: state.label for state in pathway.states}
    event = record.event.label if isinstance(record.event, Event) else _label(record.event, events)
    parts = [str(Record(event, day=record.day, on=record.on))]
    parts += [f"({', '.join(map(_finding_in_words, record.findings))})"] if record.findings else []
    parts += [f"(inferred: {on_one_line(str(record.inferred))})"] if record.inferred else []
    if record.override:
        named = ", ".join(map(str, record.override)) if isinstance(record.override, Mapping) else ""
        parts.append(f"(with a reason{named and f' for: {on_one_line(named)}'})")
    parts += [f"(leading to: {_label(record.to, states)})"] if record.to else []
    return " ".join(parts)


def _label(name: object, labels: Mapping[str, str]) -> str:
    return labels.get(name, brief(name)) if isinstance(name, str) else brief(name)


def _finding_in_words(finding: Finding | Pair) -> str:
    match finding:
        case Finding():
            return str(finding)
        case (str(name), value):
            return f"{name}: {brief(value)}"
        case _:  # a log of one's own may hold anything
            return brief(finding)


# --- The shortest story ------------------------------------------------------------------------------


def failure_of(pathway: Pathway, make: Callable[[], App], story: Story) -> Failure | None:
    """Return how a new app fails over a story, and after which of its records; ``None`` where it does not."""
    __tracebackhide__ = True
    app = make()
    try:
        return next(filter(None, map(Trial(pathway, app).failure, story)), None)
    except Exception as error:  # noqa: BLE001 - whatever an app raises is what the story is about
        return error, ()
    finally:
        close(app)


def close(app: object) -> None:
    """Close an app, if that is to be done."""
    method = getattr(app, "close", None)
    if callable(method):
        method()


def shortest(pathway: Pathway, make: Callable[[], App], failure: Failure) -> Exception:
    """Return a failure with the shortest story found: no step of it, finding or reason can be left out.

    It is shortened in clinical terms, and each shorter story tried on a new app. A failure that does not come
    again is returned as it is, with a note.
    """
    again = failure_of(pathway, make, failure[1])
    if again is None or _kind(again) != _kind(failure):
        failure[0].add_note(NOT_AGAIN)
        return failure[0]
    failure, place, in_vain = again, 0, 0
    while in_vain < len(simpler := tuple(_simpler(pathway, failure[1]))):
        found = failure_of(pathway, make, simpler[place % len(simpler)])
        if found is not None and _kind(found) == _kind(failure):
            failure, in_vain = found, 0
        else:
            place, in_vain = place + 1, in_vain + 1
    return failure[0]


NOT_AGAIN = "a new app that is given the same records does not fail: is something left by one app to the next?"


def _kind(failure: Failure) -> object:
    """Return what makes one failure the same as another."""
    error = failure[0]
    return error.how if isinstance(error, AppDisagrees) else type(error)


def _simpler(pathway: Pathway, story: Story) -> Iterator[Story]:
    """Yield stories in which less happens, and then those in which less is recorded."""
    accepted = tuple(_accepted(pathway, story[:-1])) + story[-1:]
    if accepted != story:
        yield accepted
    size = len(story)
    while size := size // 2:
        for start in range(0, len(story), size):
            yield story[:start] + story[start + size :]
    for place, record in enumerate(story):
        for less in less_of(record):
            yield (*story[:place], less, *story[place + 1 :])


def _accepted(pathway: Pathway, story: Story) -> Iterator[Record]:
    """Yield the records that the pathway accepts, one after the other."""
    journey = Journey(pathway)
    for record in story:
        after = taken(journey, record)
        if isinstance(after, Journey):
            journey = after
            yield record


def less_of(record: Record) -> Iterator[Record]:
    """Yield a record with one thing in it left out: the reasons, the day, or a finding."""
    if record.override or record.to:
        yield attrs.evolve(record, override=None, to=None)
    if record.inferred:
        yield attrs.evolve(record, inferred=None)
    if record.day is not None or record.on is not None:
        yield attrs.evolve(record, day=None, on=None)
    for place in range(len(record.findings)):
        yield attrs.evolve(record, findings=record.findings[:place] + record.findings[place + 1 :])
