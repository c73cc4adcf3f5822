"""What is known of a patient at one moment, and what a criterion means over it.

A guard is compiled, once, into a function of *slots*: a flat list that holds just what the
guards of one layout ask about. A step copies the list and changes what it recorded, so every
derived fact costs the same at the thousandth step as at the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from math import inf
from operator import itemgetter
from typing import Any, NamedTuple, Protocol, TypeAlias, assert_never, cast

import attrs

from hscpath.criteria import (
    AllOf,
    AnyOf,
    Baseline,
    Certainty,
    Choice,
    Citation,
    Compare,
    Event,
    EventGroup,
    Fact,
    Finding,
    Flag,
    Guard,
    Happened,
    IsTrue,
    Multiple,
    Not,
    Numeric,
    Occasion,
    OneOf,
    Quantity,
    Relation,
    Snapshot,
    SomeOf,
    Tally,
)
from hscpath.days import SAME_DAY, SameDay, days_between, in_days, moment_of, the_day
from hscpath.errors import Shown
from hscpath.verdict import MET, UNKNOWN, UNMET, Verdict

Slots: TypeAlias = list[Any]
Check: TypeAlias = Callable[[Slots], Verdict]
Recorded: TypeAlias = Callable[[Slots], Any]
Reader: TypeAlias = Callable[[Slots], tuple[float, float]]

NOW = 0
"""The slot of the moment at which a guard is asked."""


# --- What is kept of the past ------------------------------------------------------------------


class Happening(Protocol):
    """An event with its findings and its day: an accepted step, or one that is asked about."""

    @property
    def event(self) -> Event:
        """What happens."""
        ...

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What it records."""
        ...

    @property
    def day(self) -> int | SameDay | None:
        """When it happens."""
        ...


def by_name(findings: Iterable[Finding]) -> dict[str, Finding]:
    """Return findings by the name of their fact."""
    return {finding.fact.name: finding for finding in findings}


class Asked(NamedTuple):
    """An event that is asked about and has not happened (yet)."""

    event: Event
    findings: tuple[Finding, ...] = ()
    day: int | SameDay | None = None
    inferred: str | None = None


@attrs.frozen(eq=False, repr=False)
class _Sum:
    """Where a tally lives: its sum and, in the next slot, how many values were left out of it."""

    slot: int
    gain: int
    recorded: str
    restarts: bool
    keeps_own: bool

    def add_recorded(self, slots: Slots, given: Mapping[str, Finding]) -> None:
        if self.recorded and slots[self.slot] is not None:
            finding = given.get(self.recorded)
            if finding is None:
                slots[self.slot + 1] += 1
            else:
                slots[self.slot] += finding.stored

    def accept(self, slots: Slots, given: Mapping[str, Finding]) -> None:
        if self.restarts:
            slots[self.slot] = slots[self.slot + 1] = 0
            if not self.keeps_own:
                return
            self.add_recorded(slots, given)
        if slots[self.slot] is not None:
            slots[self.slot] += self.gain


@attrs.frozen(eq=False, repr=False)
class Plan:
    """What one event does to the slots: before its guards are asked, and once it is accepted."""

    values: Mapping[str, int]
    musts: tuple[tuple[str, int], ...]
    totals: tuple[_Sum, ...]
    sums: tuple[_Sum, ...]
    occurrences: tuple[int, ...]
    snapshots: tuple[tuple[int, int], ...]

    def enter(self, before: Slots, step: int, given: Mapping[str, Finding], day: int | SameDay | None) -> Slots:
        """Return the slots as the event's guards see them: its day and its own findings entered."""
        slots = before.copy()
        slots[NOW] = moment_of(day, step, slots[NOW])
        for name, must in self.musts:
            if name not in given:  # inferred, or only asked about: what was known before no longer holds
                slots[must] = slots[must + 1] = None
        values = self.values
        for name, finding in given.items():
            slot = values.get(name)
            if slot is not None:
                slots[slot] = finding.stored
                slots[slot + 1] = step
        for total in self.totals:
            total.add_recorded(slots, given)
        return slots

    def accept(self, slots: Slots, given: Mapping[str, Finding], step: int) -> None:
        """Enter that the event happened: counts, occurrences and snapshots."""
        for tally in self.sums:
            tally.accept(slots, given)
        for slot in self.occurrences:
            slots[slot] = step
            slots[slot + 1] = slots[NOW]
        for source, target in self.snapshots:
            slots[target] = slots[source]
            slots[target + 1] = slots[source + 1]


class Layout:
    """Where each thing that some guards ask about is kept, and the guards compiled to ask it.

    Every entry takes two slots: a value or baseline with the step that recorded it, an occasion's
    latest step with its moment, a tally's sum with the number of values left out of it.
    """

    def __init__(self, guards: Iterable[Guard]) -> None:
        self.initial: Slots = [None]
        self._values: dict[Quantity | Fact, int] = {}
        self._occasions: dict[tuple[Event, ...], int] = {}
        self._tallies: dict[tuple[Tally, Occasion | None], int] = {}
        self._baselines: dict[Baseline | Snapshot, int] = {}
        self._checks: dict[Guard, Check] = {}
        self._plans: dict[Event, Plan] = {}
        for guard in guards:
            self._compiled(guard)

    def knows(self, guard: Guard) -> bool:
        """Return whether this layout was made for a guard."""
        return guard in self._checks

    def check(self, guard: Guard) -> Check:
        """Return a guard that the layout was made for, compiled."""
        return self._checks[guard]

    # Slots.

    def _slot(self, table: dict[Any, int], key: Any, start: tuple[Any, Any]) -> int:
        slot = table.get(key)
        if slot is None:
            slot = table[key] = len(self.initial)
            self.initial.extend(start)
        return slot

    def value_slot(self, fact: Fact) -> int:
        """Return where a fact is kept."""
        return self._slot(self._values, fact, (None, None))

    def occasion_slot(self, occasion: Occasion) -> int:
        """Return where the latest occurrence is kept."""
        return self._slot(self._occasions, occasion.events, (None, None))

    def choice_slot(self, fact: Choice | Snapshot) -> int:
        """Return where an option is kept."""
        return self._baseline_slot(fact) if isinstance(fact, Snapshot) else self.value_slot(fact)

    def _baseline_slot(self, thing: Baseline | Snapshot) -> int:
        self.value_slot(thing.fact)
        self.occasion_slot(thing.occasion)
        return self._slot(self._baselines, thing, (None, None))

    def numeric_slot(self, fact: Numeric, since: Occasion | None) -> int:
        """Return where a size is kept."""
        match fact:
            case Quantity():
                return self.value_slot(fact)
            case Baseline():
                return self._baseline_slot(fact)
            case Tally():
                if since is not None:
                    self.occasion_slot(since)
                return self._slot(self._tallies, (fact, since), (0 if since is None else None, 0))
            case _:
                assert_never(fact)

    # What an event changes.

    def plan(self, event: Event) -> Plan:
        """Return what an event does to the slots of this layout."""
        plan = self._plans.get(event)
        if plan is None:
            plan = self._plans[event] = self._planned(event)
        return plan

    def _planned(self, event: Event) -> Plan:
        totals: list[_Sum] = []
        sums: list[_Sum] = []
        for (tally, since), slot in self._tallies.items():
            entry = _Sum(
                slot,
                tally.gains.count(event) - tally.losses.count(event),
                tally.recorded.name if tally.recorded in event.facts and tally.recorded else "",
                since is not None and event in since.events,
                since is None or not excluded(since),
            )
            if entry.recorded:
                totals.append(entry)
            if entry.gain or entry.restarts:
                sums.append(entry)
        return Plan(
            {fact.name: slot for fact, slot in self._values.items() if fact in event.facts},
            tuple((fact.name, self._values[fact]) for fact in event.must if fact in self._values),
            tuple(totals),
            tuple(sums),
            tuple(slot for events, slot in self._occasions.items() if event in events),
            tuple(
                (self._values[baseline.fact], slot)
                for baseline, slot in self._baselines.items()
                if event in baseline.occasion.events
            ),
        )

    def fold(self, past: Sequence[Happening], asked: Happening | None) -> Slots:
        """Return the slots after *past*, with the findings of what is asked about entered."""
        slots = self.initial
        for step, happening in enumerate(past):
            plan, given = self.plan(happening.event), by_name(happening.findings)
            slots = plan.enter(slots, step, given, happening.day)
            plan.accept(slots, given, step)
        if asked is None:
            return slots
        return self.plan(asked.event).enter(slots, len(past), by_name(asked.findings), asked.day)

    # What a guard means.

    def _compiled(self, guard: Guard) -> Check:
        check = self._checks.get(guard)
        if check is None:
            check = self._checks[guard] = self._meaning(guard)
        return check

    def _meaning(self, guard: Guard) -> Check:
        match guard:
            case Compare():
                return self._compare(guard)
            case OneOf():
                return self._one_of(guard)
            case IsTrue():
                return self._is_true(guard)
            case Happened():
                return self._happened(guard)
            case AllOf():
                return _all_of(tuple(map(self._compiled, guard.parts)))
            case AnyOf():
                return _some_of(1, tuple(map(self._compiled, guard.parts)))
            case SomeOf():
                return _some_of(guard.least, tuple(map(self._compiled, guard.parts)))
            case Not():
                return _not(self._compiled(guard.part))
            case _:
                assert_never(guard)

    def _compare(self, guard: Compare) -> Check:
        # Sizes are whole numbers: above n is at least n + 1, and the other two are opposites.
        more = 1 if guard.relation in (Relation.ABOVE, Relation.AT_MOST) else 0
        opposite = guard.relation in (Relation.BELOW, Relation.AT_MOST)
        met, unmet = (UNMET, MET) if opposite else (MET, UNMET)
        read = self.reader(guard.fact, guard.since)
        if isinstance(guard.limit, Multiple):
            return _at_least_multiple(read, self.reader(guard.limit.fact), guard.limit, more, met, unmet)
        limit = guard.limit + more
        if isinstance(guard.fact, Tally):
            return _at_least(read, limit, met, unmet)
        recorded = self._recorded(self.numeric_slot(guard.fact, None), guard.since)
        return _value_at_least(recorded, limit, met, unmet)

    def reader(self, fact: Numeric, since: Occasion | None = None) -> Reader:
        """Return a function giving the least and greatest size that is compatible with the record."""
        slot = self.numeric_slot(fact, since)
        if isinstance(fact, Tally):

            def tally(slots: Slots) -> tuple[float, float]:
                total = slots[slot] or 0
                return total, (inf if slots[slot + 1] else total)

            return tally
        recorded = self._recorded(slot, since)

        def value(slots: Slots) -> tuple[float, float]:
            size = recorded(slots)
            return (-inf, inf) if size is None else (size, size)

        return value

    def _recorded(self, slot: int, since: Occasion | None) -> Recorded:
        """Return a function giving a recorded value, or ``None`` if there is none since then."""
        return self._since(slot, slot + 1, since)

    def _since(self, slot: int, step_slot: int, since: Occasion | None) -> Recorded:
        """Return a function giving what is in a slot, or ``None`` if its step was before *since*."""
        if since is None:
            return itemgetter(slot)
        start, lead = self.occasion_slot(since), lead_of(since)

        def recorded(slots: Slots) -> Any:
            begun, step = slots[start], slots[step_slot]
            return None if begun is None or step is None or step < begun + lead else slots[slot]

        return recorded

    def _one_of(self, guard: OneOf) -> Check:
        recorded = self._recorded(self.choice_slot(guard.fact), guard.since)
        options = guard.options

        def one_of(slots: Slots) -> Verdict:
            held = recorded(slots)
            if held is None:
                return UNKNOWN
            return MET if held in options else UNMET

        def any_of(slots: Slots) -> Verdict:
            held = recorded(slots)
            if held is None:
                return UNKNOWN
            return UNMET if options.isdisjoint(held) else MET

        return any_of if guard.choice.several else one_of

    def _is_true(self, guard: IsTrue) -> Check:
        recorded = self._recorded(self.value_slot(guard.fact), guard.since)

        def is_true(slots: Slots) -> Verdict:
            held = recorded(slots)
            if held is None:
                return UNKNOWN
            return MET if held else UNMET

        return is_true

    def _happened(self, guard: Happened) -> Check:
        slot = self.occasion_slot(guard.occasion)
        latest = self._since(slot, slot, guard.since)
        if guard.at_least_ago is None and guard.at_most_ago is None:
            return lambda slots: UNMET if latest(slots) is None else MET
        least = guard.at_least_ago or 0
        most = inf if guard.at_most_ago is None else guard.at_most_ago

        def happened(slots: Slots) -> Verdict:
            if latest(slots) is None:
                return UNMET
            days = days_between(slots[slot + 1], slots[NOW])
            if days is None:
                return UNKNOWN
            return MET if least <= days <= most else UNMET

        return happened


def excluded(occasion: Occasion) -> bool:
    """Return whether counting begins only after an occasion, without what it recorded itself."""
    return isinstance(occasion, EventGroup) and occasion.excluded


def lead_of(occasion: Occasion) -> int:
    """Return how many steps after an occasion the counting begins."""
    return 1 if excluded(occasion) else 0


def _value_at_least(recorded: Recorded, limit: int, met: Verdict, unmet: Verdict) -> Check:
    def check(slots: Slots) -> Verdict:
        value = recorded(slots)
        if value is None:
            return UNKNOWN
        return met if value >= limit else unmet

    return check


def _at_least(read: Reader, limit: int, met: Verdict, unmet: Verdict) -> Check:
    def check(slots: Slots) -> Verdict:
        least, greatest = read(slots)
        return met if least >= limit else unmet if greatest < limit else UNKNOWN

    return check


def _at_least_multiple(
    read: Reader, read_limit: Reader, limit: Multiple, more: int, met: Verdict, unmet: Verdict
) -> Check:
    over, under = limit.factor.denominator, limit.factor.numerator
    plus = limit.plus * over + more

    def check(slots: Slots) -> Verdict:
        least, greatest = read(slots)
        lowest, highest = read_limit(slots)
        if least * over >= highest * under + plus:
            return met
        return unmet if greatest * over < lowest * under + plus else UNKNOWN

    return check


def _all_of(checks: tuple[Check, ...]) -> Check:
    if len(checks) == 1:
        return checks[0]

    def check(slots: Slots) -> Verdict:
        verdict = MET
        for part in checks:
            answer = part(slots)
            if answer is UNMET:
                return UNMET
            if answer is UNKNOWN:
                verdict = UNKNOWN
        return verdict

    return check


def _some_of(least: int, checks: tuple[Check, ...]) -> Check:
    def check(slots: Slots) -> Verdict:
        met = possible = 0
        for part in checks:
            answer = part(slots)
            if answer is not UNMET:
                possible += 1
                met += answer is MET
        return MET if met >= least else UNKNOWN if possible >= least else UNMET

    return check


def _not(part: Check) -> Check:
    def check(slots: Slots) -> Verdict:
        answer = part(slots)
        return MET if answer is UNMET else UNMET if answer is MET else UNKNOWN

    return check


# --- Why -----------------------------------------------------------------------------------------


@attrs.frozen(repr=False)
class Explanation:
    """Why a criterion is met, unmet or unknown: a tree shaped like the criterion itself.

    *found* says what is recorded, with the patient's values; everything else is free of them.
    *missing* holds what would settle an unknown: facts to record, and events whose day is not
    recorded.
    """

    guard: Guard
    verdict: Verdict
    found: str = ""
    missing: tuple[Fact | Event, ...] = ()
    parts: tuple[Explanation, ...] = ()

    @property
    def cite(self) -> Citation | None:
        """Where the criterion comes from."""
        return self.guard.cite

    @property
    def evidence(self) -> str:
        """What the verdict rests on, in one line: of several parts, those that agree with it."""
        match self.guard:
            case Not() if self.parts:
                return _with_subject(self.parts[0])
            case AllOf() | AnyOf() | SomeOf() if self.verdict is UNKNOWN and self.missing:
                return "not recorded: " + ", ".join(dict.fromkeys(thing.label for thing in self.missing))
            case AllOf() | AnyOf() | SomeOf():
                agree = (_with_subject(part) for part in self.parts if part.verdict is self.verdict)
                return "; ".join(dict.fromkeys("; ".join(agree).split("; ")))
            case _:
                return self.found

    def line(self, *, values: bool = True, certainty: bool = True) -> str:
        """Return the criterion on one line: its verdict, what it rests on, and its source.

        Without *certainty*, a source that is known at second hand does not say so.
        """
        guard = self.guard
        found = f": {self.evidence}" if values and self.evidence else ""
        own = "" if self.parts or not guard.name else attrs.evolve(guard, name="").brief
        meant = f" ({own})" if own and own != guard.name else ""
        source = ""
        if guard.cite:
            whole = certainty or guard.cite.certainty is Certainty.RECALLED
            source = f" [{guard.cite if whole else guard.cite.place}]"
        return f"{self.verdict.mark} {guard.brief}{meant}{found}{source}"

    def lines(self, *, values: bool = True, indent: str = "") -> list[str]:
        """Return the tree as lines of text; without *values*, nothing of the patient is in it."""
        guard = self.guard
        text = guard.brief
        if guard.name and not self.parts:
            text = f"{guard.name} ({attrs.evolve(guard, name='').brief})"
        elif self.parts and not guard.name:
            text = _HEADINGS[type(guard)].format(least=getattr(guard, "least", ""))
        found = f": {self.found}" if values and self.found else ""
        source = f" [{guard.cite}]" if guard.cite else ""
        lines = [f"{indent}{self.verdict.mark} {text}{found}{source}"]
        for part in self.parts:
            lines += part.lines(values=values, indent=indent + "  ")
        return lines

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def __repr__(self) -> str:
        return f"<Explanation: {self.verdict.mark} {self.guard.brief}>"


def _with_subject(part: Explanation) -> str:
    """Return the evidence of a part, with what it is known of."""
    found = part.evidence
    match part.guard.part if isinstance(part.guard, Not) else part.guard:
        case Happened(occasion=occasion):
            return f"{occasion.label}{' ' if found.endswith('on record') else ', '}{found}"
        case OneOf(fact=fact):
            return f"{fact}: {found}"
        case Compare(fact=fact):
            return f"{fact} {found}"
        case _:
            return found


_HEADINGS: Mapping[type, str] = {
    AllOf: "all of",
    AnyOf: "any of",
    SomeOf: "at least {least} of",
    Not: "not",
}


@attrs.frozen(repr=False)
class Chart(Shown):
    """Everything known at one moment.

    >>> from hscpath import Chart, Quantity
    >>> EGFR = Quantity("egfr", "eGFR", "mL/min/{1.73_m2}", low=0, high=250)
    >>> chart = Chart.of(EGFR(28), day=9)
    >>> chart.check(EGFR.at_least(30))
    <Verdict.UNMET: 0>
    >>> print(chart.explain(EGFR.at_least(30)))
    ✗ eGFR at least 30 mL/min/{1.73_m2}: 28 mL/min/{1.73_m2}
    """

    past: tuple[Happening, ...] = ()
    asked: Happening | None = None
    layout: Layout = attrs.field(factory=lambda: Layout(()), eq=False, repr=False, kw_only=True)
    slots: Slots | None = attrs.field(default=None, eq=False, repr=False, kw_only=True)

    @classmethod
    def of(cls, *findings: Finding, day: int | None = None) -> Chart:
        """Return a chart of just these findings, to try a criterion on."""
        event = Event("chart", "chart", may=tuple(finding.fact for finding in findings))
        return cls((), Asked(event, findings, day))

    def __str__(self) -> str:
        return f"{len(self.findings)} findings from {len(self.happenings)} events"

    def __reduce__(self) -> tuple[type[Chart], tuple[object, ...]]:
        return Chart, (self.past, self.asked)

    def __getitem__(self, fact: Fact) -> Finding | None:
        """Return the latest finding of a fact, with its day, or ``None`` if there is none."""
        if not isinstance(cast("object", fact), Quantity | Flag | Choice):
            raise TypeError(f"ask a chart with the fact itself, as in chart[FACT], not with {fact!r}")
        for step in range(len(self.happenings) - 1, -1, -1):
            happening = self.happenings[step]
            for finding in happening.findings:
                if finding.fact == fact:
                    return attrs.evolve(finding, day=self.day_of(step))
            if fact in happening.event.must:
                return None
        return None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The latest finding of every fact that was ever recorded, in order of first mention."""
        facts = dict.fromkeys(f.fact for happening in self.happenings for f in happening.findings)
        return tuple(finding for fact in facts if (finding := self[fact]) is not None)

    @property
    def day(self) -> int | None:
        """The day of this moment, if it is recorded."""
        return self.day_of(len(self.happenings) - 1) if self.happenings else None

    def day_of(self, step: int) -> int | None:
        """Return the day of a step, counted from 0, if it is recorded."""
        day = self.happenings[step].day
        while day is SAME_DAY and step > 0:
            step -= 1
            day = self.happenings[step].day
        return None if day is SAME_DAY else day

    def check(self, guard: Guard) -> Verdict:
        """Return whether a criterion is met, unmet or unknown."""
        layout, slots = self._known(guard)
        return layout.check(guard)(slots)

    def size(self, fact: Numeric) -> Fraction | None:
        """Return how much of a quantity, tally or baseline is recorded, in its unit; ``None`` if that is not known.

        >>> UPCR = Quantity("upcr", "UPCR", "g/g", low=0, high=50, resolution="0.001")
        >>> float(Chart.of(UPCR(3.4)).size(UPCR))
        3.4
        """
        layout = Layout(())
        read = layout.reader(fact)
        least, greatest = read(layout.fold(self.past, self.asked))
        return Fraction(least) * fact.measure.resolution if least == greatest else None

    def explain(self, guard: Guard) -> Explanation:
        """Return why: every part of the criterion with its verdict and what is recorded."""
        layout, slots = self._known(guard)
        return _Explainer(self, layout, slots).explain(guard)

    @property
    def happenings(self) -> tuple[Happening, ...]:
        """What is accepted, and what is asked about."""
        return self.past if self.asked is None else (*self.past, self.asked)

    def _known(self, guard: Guard) -> tuple[Layout, Slots]:
        """Return a layout made for the guard, and its slots: the pathway's own, or a new one."""
        if self.layout.knows(guard):
            slots = self.slots
            return self.layout, self.layout.fold(self.past, self.asked) if slots is None else slots
        layout = Layout((guard,))
        return layout, layout.fold(self.past, self.asked)


@attrs.frozen(eq=False, repr=False)
class _Explainer:
    chart: Chart
    layout: Layout
    slots: Slots

    def explain(self, guard: Guard) -> Explanation:
        verdict = self.layout.check(guard)(self.slots)
        match guard:
            case Compare():
                found, missing = self._size(guard.fact, guard.since)
                if isinstance(guard.limit, Multiple):
                    limit, limit_missing = self._size(guard.limit.fact, None)
                    found = f"{found}; {guard.limit.fact} {limit}"
                    missing = tuple(dict.fromkeys(missing + limit_missing))
            case OneOf():
                found, missing = self._option(guard)
            case IsTrue():
                found, missing = self._value(guard.fact, self.layout.value_slot(guard.fact), guard.since)
            case Happened():
                found, missing = self._occurrence(guard)
            case AllOf() | AnyOf() | SomeOf():
                return self._joined(guard, verdict, guard.parts)
            case Not() if guard.part.name or isinstance(guard.part, AllOf | AnyOf | SomeOf | Not):
                return self._joined(guard, verdict, (guard.part,))
            case Not():
                inner = self.explain(guard.part)
                found, missing = inner.found, inner.missing
            case _:
                assert_never(guard)
        return Explanation(guard, verdict, found, missing if verdict is UNKNOWN else ())

    def _joined(self, guard: Guard, verdict: Verdict, parts: tuple[Guard, ...]) -> Explanation:
        told = tuple(map(self.explain, parts))
        missing = tuple(dict.fromkeys(thing for part in told for thing in part.missing))
        return Explanation(guard, verdict, "", missing if verdict is UNKNOWN else (), told)

    def _size(self, fact: Numeric, since: Occasion | None) -> tuple[str, tuple[Fact | Event, ...]]:
        slot = self.layout.numeric_slot(fact, since)
        if isinstance(fact, Baseline):
            return self._as_it_stood(fact, slot, since)
        if isinstance(fact, Quantity):
            return self._value(fact, slot, since)
        left_out = self.slots[slot + 1]
        total = fact.measure.show(self.slots[slot] or 0)
        if not left_out or fact.recorded is None:
            return total, ()
        return f"at least {total} ({left_out} not recorded)", self._left_out_now(fact.recorded)

    def _option(self, guard: OneOf) -> tuple[str, tuple[Fact | Event, ...]]:
        slot = self.layout.choice_slot(guard.fact)
        if isinstance(guard.fact, Snapshot):
            return self._as_it_stood(guard.fact, slot, guard.since)
        return self._value(guard.fact, slot, guard.since)

    def _as_it_stood(
        self, thing: Baseline | Snapshot, slot: int, since: Occasion | None
    ) -> tuple[str, tuple[Fact | Event, ...]]:
        if self.slots[self.layout.occasion_slot(thing.occasion)] is None:
            return f"not recorded, {thing.occasion.label}: not on record", thing.occasion.events
        return self._value(thing.fact, slot, since)[0], ()

    def _left_out_now(self, fact: Fact) -> tuple[Fact, ...]:
        """Return the fact if the event asked about could record it and does not."""
        asked = self.chart.asked
        if asked is None or fact not in asked.event.facts:
            return ()
        return () if any(finding.fact == fact for finding in asked.findings) else (fact,)

    def _value(self, fact: Fact, slot: int, since: Occasion | None) -> tuple[str, tuple[Fact | Event, ...]]:
        stored, step = self.slots[slot], self.slots[slot + 1]
        if since is not None:
            begun = self.slots[self.layout.occasion_slot(since)]
            if begun is None:
                return f"{since.label}: not on record", since.events
            if step is None or step < begun + lead_of(since):
                latest = self.chart.happenings[cast("int", begun)]
                return f"not recorded since {latest.event.label}{self._on(begun)}", (fact,)
        if stored is None:
            return "not recorded", (fact,)
        return f"{fact.show(stored)}{self._on(step)}", ()

    def _occurrence(self, guard: Happened) -> tuple[str, tuple[Fact | Event, ...]]:
        slot = self.layout.occasion_slot(guard.occasion)
        step, moment = self.slots[slot], self.slots[slot + 1]
        if step is None:
            return "not on record", ()
        since = guard.since
        if since is not None:
            begun = self.slots[self.layout.occasion_slot(since)]
            if begun is None or step < begun + lead_of(since):
                return f"not on record since {since.label}", ()
        if guard.at_least_ago is None and guard.at_most_ago is None:
            return self._on(step).strip(" ()") or "on record", ()
        days = days_between(moment, self.slots[NOW])
        if days is None:
            undated = [
                self.chart.happenings[at].event
                for at in (step, len(self.chart.happenings) - 1)
                if self.chart.day_of(at) is None
            ]
            return f"on record{self._on(step)}, how long ago is not recorded", tuple(undated)
        return f"{in_days(days)} ago{self._on(step)}", ()

    def _on(self, step: int) -> str:
        """Return the day of an earlier step, if recorded; that of the event asked about goes without saying."""
        if step == len(self.chart.past):
            return ""
        day = self.chart.day_of(step)
        return "" if day is None else f" ({the_day(day)})"
