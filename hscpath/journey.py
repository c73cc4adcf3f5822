"""A patient's journey: a pathway and the steps accepted on it, immutable."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeAlias, TypeGuard, cast

import attrs

from hscpath.criteria import RESERVED, Event, Fact, Finding
from hscpath.days import SAME_DAY, SameDay, the_day
from hscpath.engine import Engine, EventRows, OnDeviation, Override, Row, compiled, decide
from hscpath.errors import (
    HscpathError,
    InvalidFinding,
    InvalidRecord,
    Printed,
    Printer,
    Problem,
    Shown,
    UnknownEvent,
    brief,
    did_you_mean,
    number_of,
    says_something,
)
from hscpath.layout import STATED, Candidate, Slots
from hscpath.pathway import Pathway, State

if TYPE_CHECKING:
    from hscpath.chart import Chart
    from hscpath.decisions import Decision, TransitionNotAllowed
    from hscpath.judgement import Deviation

Day: TypeAlias = int | SameDay | None
"""A number of days from the origin that the case chooses, ``SAME_DAY``, or nothing where it is not recorded."""

Pair: TypeAlias = tuple[str, object]
Given: TypeAlias = tuple[Finding | Pair, ...]


FARTHEST_DAY = 999_999

# --- Records and steps ---------------------------------------------------------------------------


def _as_findings(given: object) -> Given:
    if isinstance(given, Mapping):
        return tuple((name, _fixed(value)) for name, value in cast("Mapping[str, object]", given).items())
    return tuple(cast("Iterable[Finding | Pair]", given))


def _fixed(value: object) -> object:
    if isinstance(value, set | frozenset):
        return tuple(sorted(map(str, cast("set[object]", value))))
    return tuple(cast("list[object]", value)) if isinstance(value, list) else value


def _as_override(given: Override) -> Override:
    return dict(given) if isinstance(given, Mapping) else given


def _state_name(to: State | str | None) -> str | None:
    return to.name if isinstance(to, State) else to


def _when(day: Day) -> str:
    if day is None:
        return "day not recorded"
    return str(day.value) if isinstance(day, SameDay) else the_day(day)


class Call(NamedTuple):
    """What one call of ``advance`` or ``consider`` gives, as a record would hold it."""

    event: Event | str
    findings: Given
    day: Day
    on: date | None
    override: Override
    to: str | None
    inferred: str | None


@attrs.frozen(repr=False)
class Record(Shown):
    """An event as logged, not yet accepted: what case files, logs and saved journeys consist of.

    Findings are given as made (``UPCR(3.4)``) or by name (``{"upcr": "3400 mg/g"}``); one given
    as ``None`` is not recorded.

    >>> from hscpath.lupus import PATHWAY
    >>> log = [Record("nephritis_diagnosed", {"upcr": "3400 mg/g"}, day=0), Record("died", day=9)]
    >>> Journey.replay(PATHWAY, log)
    <Journey: dead, 2 steps>
    """

    event: Event | str
    findings: Given = attrs.field(default=(), converter=_as_findings)
    day: Day = attrs.field(default=None, kw_only=True)
    on: date | None = attrs.field(default=None, kw_only=True)
    override: Override = attrs.field(default=None, kw_only=True, hash=False, converter=_as_override)
    to: str | None = attrs.field(default=None, kw_only=True, converter=_state_name)
    inferred: str | None = attrs.field(default=None, kw_only=True)

    def __str__(self) -> str:
        event = self.event.name if isinstance(self.event, Event) else self.event
        return f"{event}, {self.on or _when(self.day)}"


@attrs.frozen(repr=False)
class Step(Shown):
    """A record that was accepted, with the state after it and what was let through.

    ``inferred`` says why the step must have happened although the source does not state it.

    >>> from hscpath.lupus import PATHWAY
    >>> (step,) = Journey(PATHWAY).advance("nephritis_diagnosed", day=0, egfr=60).steps
    >>> print(step.event, step.day, *step.findings, step.state)
    nephritis diagnosed 0 eGFR 60 mL/min/1.73 m² lupus nephritis diagnosed
    """

    event: Event
    findings: tuple[Finding, ...]
    day: Day
    state: State
    deviations: tuple[Deviation, ...] = ()
    to: str | None = None
    inferred: str | None = None
    on: ClassVar[None] = None

    def __str__(self) -> str:
        return f"{self.event.label}, {_when(self.day)}: {self.state.label}"

    @property
    def override(self) -> Mapping[str, str] | None:
        """The reason for each criterion that was let through, as it would be given again."""
        if not self.deviations:
            return None
        return {deviation.criterion.key: deviation.reason for deviation in self.deviations}


_new_call: Callable[..., Call] = cast("Any", tuple).__new__
"""Makes a call in half the time of ``Call(...)``."""


class ReplayStopped(HscpathError):
    """A log could not be replayed to its end.

    ``index`` is the record that could not be taken (from 0), ``journey`` the journey before it,
    ``reason`` the refusal (``TransitionNotAllowed``) or the misuse (``InvalidRecord``).
    """

    def __init__(self, index: int, journey: Journey, reason: TransitionNotAllowed | InvalidRecord) -> None:
        super().__init__(index, journey, reason)
        self.index = index
        self.journey = journey
        self.reason = reason

    def __str__(self) -> str:
        return f"event {self.index + 1} of the log: {self.reason}"


class PathwayChanged(HscpathError):
    """A saved journey was made under another version of the pathway.

    ``records`` holds everything that was saved, so that nothing is lost:
    ``Journey.replay(pathway, error.records, began=error.began)`` audits the journey anew.
    """

    def __init__(self, message: str, records: tuple[Record, ...], began: date | None) -> None:
        super().__init__(message, records, began)
        self.records = records
        self.began = began

    def __str__(self) -> str:
        return str(self.args[0])


# --- Journeys ------------------------------------------------------------------------------------


@attrs.frozen(repr=False)
class Journey(Printed):
    """A pathway and the steps accepted on it; immutable: ``advance`` returns a new journey.

    *began* is the date of day 0, and is needed only where steps are given dates.

    >>> from hscpath import Journey
    >>> from hscpath.lupus import EGFR, PATHWAY, UPCR
    >>> ana = Journey(PATHWAY).advance("nephritis_diagnosed", UPCR("3400 mg/g"), EGFR(78), day=0)
    >>> ana.state.label
    'lupus nephritis diagnosed'
    """

    pathway: Pathway
    began: date | None = attrs.field(default=None, kw_only=True)
    steps: tuple[Step, ...] = attrs.field(default=(), init=False)
    _engine: Engine = attrs.field(init=False, eq=False)
    _slots: Slots = attrs.field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        if not isinstance(cast("object", self.pathway), Pathway):
            raise TypeError(f"a journey needs a pathway, and {brief(self.pathway)} is none")
        if self.began is not None and not _is_date(self.began):
            raise InvalidRecord(Problem(f"began: {brief(self.began)} is no date", "began"))
        engine = compiled(self.pathway)
        object.__setattr__(self, "_engine", engine)
        object.__setattr__(self, "_slots", engine.layout.initial)

    # What is known.

    @property
    def state(self) -> State:
        """Where the course of the disease stands."""
        return self.steps[-1].state if self.steps else self.pathway.initial

    @property
    def last_stated_day(self) -> int | None:
        """The last day that a step states, before which nothing can follow."""
        last: int | None = self._slots[STATED]
        return last

    @property
    def chart(self) -> Chart:
        """Everything known after the last step."""
        from hscpath.chart import Chart

        return Chart(self.steps, layout=self._engine.layout, slots=self._slots.copy())

    @property
    def day(self) -> int | None:
        """The day of the last step, if it is recorded."""
        return self.chart.day

    @property
    def deviations(self) -> tuple[Deviation, ...]:
        """Everything that was let through with a reason, in order."""
        return tuple(deviation for step in self.steps for deviation in step.deviations)

    def day_from_zero(self, step: int) -> int | None:
        """Return the day of a step counted from the pathway's day zero, such as a reinfusion.

        The latest day zero up to the step counts, or the first to come. ``None`` where there is
        none or a day is not recorded.
        """
        zeros = [i for i, other in enumerate(self.steps) if other.event == self.pathway.day_zero]
        if not zeros:
            return None
        zero = max((i for i in zeros if i <= step), default=zeros[0])
        day, origin = self.chart.day_of(step), self.chart.day_of(zero)
        if step == zero:
            return 0
        return None if day is None or origin is None else day - origin

    def __repr__(self) -> str:
        return f"<Journey: {self.state.label}, {number_of(len(self.steps), 'step')}>"

    def _repr_pretty_(self, printer: Printer, _cycle: bool) -> None:
        """Print every step with what it recorded, so that a failing example is a story."""
        printer.text(f"{self!r}{':' if self.steps else ''}")
        for number, step in enumerate(self.steps):
            told = "; ".join(map(str, (*step.findings, *step.deviations)))
            printer.text(f"\n  {number + 1:2}. {step}" + (f" [{told}]" if told else ""))

    # What may happen.

    def advance(
        self,
        event: Event | str,
        *findings: Finding,
        day: Day = None,
        on: date | None = None,
        override: Override = None,
        to: State | str | None = None,
        inferred: str | None = None,
        **findings_by_name: object,
    ) -> Journey:
        """Return the journey with this event accepted.

        *day* is a whole number (never decreasing), ``SAME_DAY``, or left out where it is not
        recorded; *on* is a date instead. *override* gives a reason for each criterion that needs
        one; *to* says where an event led that what is recorded leaves open; *inferred* says why
        the step must have happened although the source does not state it.

        Raises ``TransitionNotAllowed`` where the pathway refuses, and ``InvalidRecord`` (with its
        kinds ``UnknownEvent`` and ``InvalidFinding``), listing every problem of the call, where
        what is given cannot be recorded. This journey is as it was in any case.
        """
        given: Given = (*findings, *findings_by_name.items()) if findings_by_name else findings
        name = to if to is None else _state_name(to)
        call = _new_call(Call, (event, given, day, on, override, name, inferred))
        return self._taken(call, "stop")

    def take(self, record: Record | Step, on_deviation: OnDeviation = "stop") -> Journey:
        """Return the journey with a record accepted; raise as ``advance`` does.

        With ``on_deviation="record"``, what only needs a reason is noted as a deviation.
        """
        check_on_deviation(on_deviation)
        return self._taken(_call_of(record), on_deviation)

    def consider(
        self,
        event: Event | str,
        *findings: Finding,
        day: Day = None,
        on: date | None = None,
        override: Override = None,
        to: State | str | None = None,
        inferred: str | None = None,
        **findings_by_name: object,
    ) -> Decision:
        """Return whether the event may happen now, and why; raise only for misuse.

        Findings that the event must record may be left out: they count as not recorded.
        """
        given: Given = (*findings, *findings_by_name.items())
        return self._checked_decision(Call(event, given, day, on, override, _state_name(to), inferred))

    def ask(self, record: Record | Step) -> Decision:
        """Return whether a record may be taken now, and why; raise as ``consider`` does."""
        return self._checked_decision(_call_of(record))

    def misuse(self, record: Record | Step) -> tuple[Problem, ...]:
        """Return what is wrong with a record as such, whatever the pathway would decide."""
        try:
            self._understood(_call_of(record))
        except InvalidRecord as error:
            return error.problems
        return ()

    def options(self, *, day: Day = None, on: date | None = None) -> tuple[Decision, ...]:
        """Return one decision for every event that means something in this state."""
        return tuple(
            self.consider(known.event, day=day, on=on)
            for known in self._engine.events.values()
            if self.state.name in known.rows
        )

    def decisions(self) -> tuple[Decision, ...]:
        """Return the decision behind every step, as it was when the step was taken."""
        decided_on: list[Decision] = []
        journey = Journey(self.pathway, began=self.began)
        for step in self.steps:
            decided_on.append(journey._considered(_call_of(step)))
            journey = journey.take(step)
        return tuple(decided_on)

    @classmethod
    def replay(
        cls,
        pathway: Pathway,
        records: Iterable[Record | Step],
        *,
        began: date | None = None,
        on_deviation: OnDeviation = "stop",
    ) -> Journey:
        """Return the journey that a log tells.

        With ``on_deviation="stop"`` the first refusal ends it; with ``"record"`` only one that no
        reason could open, and softer ones are noted as deviations. Misuse ends both. Raises
        ``ReplayStopped``, which carries the index and the journey so far.
        """
        check_on_deviation(on_deviation)
        journey = cls(pathway, began=began)
        for index, record in enumerate(records):
            try:
                journey = journey.take(record, on_deviation)
            except HscpathError as reason:
                refusal = cast("TransitionNotAllowed | InvalidRecord", reason)
                raise ReplayStopped(index, journey, refusal) from reason
        return journey

    def __reduce__(self) -> tuple[Any, ...]:
        return _replayed, (self.pathway, self.steps, self.began)

    # How a record is read.

    def _taken(self, call: Call, on_deviation: OnDeviation) -> Journey:
        known, given, day = self._understood(call)
        _, _, _, _, override, to, inferred = call
        state, steps, engine = self.state, self.steps, self._engine
        slots = known.effects.enter(self._slots, len(steps), given, day)
        plain = override is None and to is None
        row = decide(known.rows.get(state.name, ()), slots) if plain else None
        findings = tuple(given.values())
        deviations: tuple[Deviation, ...] = ()
        if row is None:
            decided, refuse = _answers()
            candidate = Candidate(known.event, findings, day, inferred)
            decision = partial(decided, engine, state, steps, candidate, slots, override, to, on_deviation)
            if plain and on_deviation == "stop":
                raise refuse(decision)
            row, deviations = _let_through(decision())
        known.effects.accept(slots, given, len(steps))
        step = Step(known.event, findings, day, row.leads_to(state), deviations, to, inferred)
        journey, put = object.__new__(Journey), object.__setattr__
        put(journey, "pathway", self.pathway)
        put(journey, "began", self.began)
        put(journey, "steps", (*steps, step))
        put(journey, "_engine", engine)
        put(journey, "_slots", slots)
        return journey

    def _checked_decision(self, call: Call) -> Decision:
        """Return the decision on a call; raise where its reasons or its target do not fit."""
        decision = self._considered(call)
        decision.check()
        return decision

    def _considered(self, call: Call) -> Decision:
        known, given, day = self._understood(call, asking=True)
        slots = known.effects.enter(self._slots, len(self.steps), given, day)
        candidate = Candidate(known.event, tuple(given.values()), day, call.inferred)
        return _answers()[0](self._engine, self.state, self.steps, candidate, slots, call.override, call.to)

    def _understood(self, call: Call, *, asking: bool = False) -> tuple[EventRows, dict[str, Finding], Day]:
        """Return the event, its findings by name and its day, or raise all that is wrong at once."""
        event, findings, day, on, override, to, inferred = call
        problems: list[Problem] = []
        known = self._known_event(event, problems)
        facts = self._engine.facts if known is None else known.facts
        given: dict[str, Finding] = {}
        for entry in findings:
            if type(entry) is Finding:
                fact = facts.get(entry.fact.name)
                if fact is entry.fact and entry.day is None:
                    finding = entry
                elif fact is not None and fact == entry.fact:
                    finding = Finding(fact, entry.stored)
                else:
                    problems.append(self._not_recordable(entry.fact.name, known, facts))
                    continue
            else:
                named = self._named_finding(entry, known, facts, problems)
                if named is None:
                    continue
                finding = named
            name = finding.fact.name
            if name in given:
                problems.append(Problem(f"{name} is given twice: leave one out", name))
            given[name] = finding
        if day is not None or on is not None:
            day = self._understood_day(day, on, problems)
        if known is not None and known.must and inferred is None and not asking:
            problems += [
                Problem(f"{known.event.name} must record {name}: give {name}=...", name)
                for name in known.must
                if name not in given and not any(problem.where == name for problem in problems)
            ]
        if not (override is None and to is None and inferred is None):
            self._check_words(known, call, problems)
        if problems or known is None:
            raise _misuse(known, problems)
        return known, given, day

    def _known_event(self, event: object, problems: list[Problem]) -> EventRows | None:
        name = event.name if isinstance(event, Event) else event
        known = self._engine.events.get(name) if isinstance(name, str) else None
        if known is None:
            hint = did_you_mean(name, self._engine.events)
            problems.append(Problem(f"{brief(name)} is no event of this pathway; {hint}", "event"))
        elif isinstance(event, Event) and event is not known.event and event != known.event:
            text = f"{name!r} is defined differently in this pathway: use its event, or the name"
            problems.append(Problem(text, "event"))
        return known

    def _not_recordable(self, name: str, known: EventRows | None, facts: Mapping[str, Fact]) -> Problem:
        if name in facts:
            text = f"{name} is defined differently in this pathway: use its fact, or the name"
        elif known is None:
            text = f"{name!r} is no fact of this pathway; {did_you_mean(name, facts)}"
        else:
            text = f"{known.event.name} does not record {name!r}; {did_you_mean(name, facts)}"
        return Problem(text, name)

    def _named_finding(
        self,
        entry: object,
        known: EventRows | None,
        facts: Mapping[str, Fact],
        problems: list[Problem],
    ) -> Finding | None:
        """Return the finding of a name and a value, or note what is wrong with it."""
        if not _is_pair(entry):
            problems.append(Problem(f"{brief(entry)} is no finding: write FACT(value), or name=value"))
            return None
        name, value = entry
        fact = facts.get(name)
        if fact is None:
            problems.append(self._not_recordable(name, known, facts))
            return None
        if value is None:
            return None
        try:
            return Finding(fact, fact.store(value))
        except InvalidFinding as error:
            problems += error.problems
            return None

    def _understood_day(self, day: object, on: object, problems: list[Problem]) -> Day:
        """Return the day that is stated, or note what is wrong with it."""
        wrong = ""
        if on is not None:
            if day is not None:
                wrong = "give a day or a date (on=), not both"
            elif not _is_date(on):
                wrong = f"on={brief(on)} is no date: give a datetime.date"
            elif self.began is None:
                wrong = "a date needs the date of day 0: say when the journey began"
            else:
                day = (cast("date", on) - self.began).days
        if not wrong:
            if day is SAME_DAY:
                if self.steps:
                    return self._same_day()
                wrong = "there is no earlier step on the same day"
            elif not isinstance(day, int) or isinstance(day, bool) or abs(day) > FARTHEST_DAY:
                wrong = f"{brief(day)} is no day: write a whole number of at most six digits, or leave it out"
            elif (last := self._slots[STATED]) is not None and day < last:
                wrong = f"{the_day(day)} is before {the_day(last)}, which came first: days never go back"
            else:
                return day
        problems.append(Problem(f"day: {wrong}", "day"))
        return None

    def _same_day(self) -> Day:
        """Return the day of the last step, which stays unrecorded if it is."""
        day = self.steps[-1].day
        return SAME_DAY if day is None else day

    def _check_words(self, known: EventRows | None, call: Call, problems: list[Problem]) -> None:
        """Note what is wrong with the reasons given and with where a step is said to lead."""
        override, to, inferred = cast("tuple[object, object, object]", (call.override, call.to, call.inferred))
        if inferred is not None and not says_something(inferred):
            problems.append(Problem("inferred: say in words why it must have happened", "inferred"))
        if override is not None:
            mapping = isinstance(override, Mapping)
            reasons = tuple(cast("Mapping[str, object]", override).values()) if mapping else (override,)
            if not reasons or not all(map(says_something, reasons)):
                text = "override: give a reason in words, or each criterion's name with its reason"
                problems.append(Problem(text, "override"))
        if to is not None and known is not None:
            rows = known.rows.get(self.state.name, ())
            ends = [row.leads_to(self.state).name for row in rows]
            if ends and (not isinstance(to, str) or to not in ends):
                text = f"to: {known.event.name} does not lead to {brief(to)}; {did_you_mean(to, ends)}"
                problems.append(Problem(text, "to"))


def _call_of(record: Record | Step) -> Call:
    """Return a record as a call, or raise ``InvalidRecord`` for what is none."""
    if not isinstance(cast("object", record), Record | Step):
        raise InvalidRecord(f"{brief(record)} is no record: write Record(event, findings, day=...)")
    return Call(record.event, record.findings, record.day, record.on, record.override, record.to, record.inferred)


@cache
def _answers() -> tuple[Callable[..., Decision], Callable[..., TransitionNotAllowed]]:
    """Return what decides and what refuses: loaded when it is first needed, and not to take a step."""
    from hscpath.decisions import TransitionNotAllowed, decided

    return decided, TransitionNotAllowed


def _let_through(decision: Decision) -> tuple[Row, tuple[Deviation, ...]]:
    """Return the row that decides, with what the reasons given let through; raise where that is not enough."""
    decision.check()
    if decision.row is None or not decision.allowed:
        raise _answers()[1](decision)
    return decision.row, decision.deviations


def check_on_deviation(on_deviation: object) -> None:
    """Raise ``InvalidRecord`` for what is no way to treat deviations."""
    if on_deviation not in ("stop", "record"):
        raise InvalidRecord(Problem(f"on_deviation: write 'stop' or 'record', not {on_deviation!r}", "on_deviation"))


def _is_pair(entry: Any) -> TypeGuard[Pair]:
    return type(entry) is tuple and len(cast("Pair", entry)) == 2 and isinstance(entry[0], str)


def _is_date(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _misuse(known: EventRows | None, problems: list[Problem]) -> InvalidRecord:
    if known is None:
        return UnknownEvent(*problems)
    about_findings = any(problem.where not in RESERVED for problem in problems)
    return (InvalidFinding if about_findings else InvalidRecord)(*problems)


def _replayed(pathway: Pathway, steps: tuple[Step, ...], began: date | None) -> Journey:
    return Journey.replay(pathway, steps, began=began)
