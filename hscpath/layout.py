"""What is known of a patient at one moment, and what a criterion means over it.

A guard is compiled, once, into a function of *slots*: a flat list that holds just what the
guards of one layout ask about. A step copies the list and changes what it recorded, so every
derived fact costs the same at the thousandth step as at the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf
from operator import itemgetter
from typing import Any, NamedTuple, Protocol, TypeAlias, assert_never

import attrs

from hscpath.criteria import (
    AllOf,
    AnyOf,
    Baseline,
    Choice,
    Compare,
    Criterion,
    Event,
    Fact,
    Finding,
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
from hscpath.days import SAME_DAY, SameDay, days_between, moment_of
from hscpath.verdict import MET, UNKNOWN, UNMET, Verdict, at_least

Slots: TypeAlias = list[Any]
Check: TypeAlias = Callable[[Slots], Verdict]
Recorded: TypeAlias = Callable[[Slots], Any]
Reader: TypeAlias = Callable[[Slots], tuple[float, float]]

NOW, STATED = 0, 1
"""The slots of the moment at which a guard is asked, and of the last day that was stated."""


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


def day_of(happenings: Sequence[Happening], step: int) -> int | None:
    """Return the day of a step, counted from 0, if it is recorded."""
    day = happenings[step].day
    while day is SAME_DAY and step > 0:
        step -= 1
        day = happenings[step].day
    return None if day is SAME_DAY else day


def by_name(findings: Iterable[Finding]) -> dict[str, Finding]:
    """Return findings by the name of their fact."""
    return {finding.fact.name: finding for finding in findings}


class Candidate(NamedTuple):
    """An event that is asked about and has not happened (yet)."""

    event: Event
    findings: tuple[Finding, ...] = ()
    day: int | SameDay | None = None
    inferred: str | None = None


@attrs.frozen(eq=False, repr=False)
class RunningSum:
    """Where a tally lives: its sum and, in the next slot, how many values were left out of it."""

    slot: int
    gain: int
    recorded: str
    restarts: bool
    keeps_own: bool

    def add_recorded(self, slots: Slots, given: Mapping[str, Finding]) -> None:
        """Add the value that an event recorded, or count it as left out."""
        if self.recorded and slots[self.slot] is not None:
            finding = given.get(self.recorded)
            if finding is None:
                slots[self.slot + 1] += 1
            else:
                slots[self.slot] += finding.stored

    def accept(self, slots: Slots, given: Mapping[str, Finding]) -> None:
        """Count that the event happened, or begin again from it."""
        if self.restarts:
            slots[self.slot] = slots[self.slot + 1] = 0
            if not self.keeps_own:
                return
            self.add_recorded(slots, given)
        if slots[self.slot] is not None:
            slots[self.slot] += self.gain


@attrs.frozen(eq=False, repr=False)
class EventEffects:
    """What one event does to the slots: before its guards are asked, and once it is accepted."""

    values: Mapping[str, int]
    musts: tuple[tuple[str, int], ...]
    totals: tuple[RunningSum, ...]
    sums: tuple[RunningSum, ...]
    occurrences: tuple[int, ...]
    snapshots: tuple[tuple[int, int], ...]

    def enter(self, before: Slots, step: int, given: Mapping[str, Finding], day: int | SameDay | None) -> Slots:
        """Return the slots as the event's guards see them: its day and its own findings entered."""
        slots = before.copy()
        if isinstance(day, int):
            slots[NOW] = slots[STATED] = day
        else:
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

    def __init__(self, guards: Iterable[Criterion]) -> None:
        self.initial: Slots = [None, None]
        self._values: dict[Quantity | Fact, int] = {}
        self._occasions: dict[tuple[Event, ...], int] = {}
        self._tallies: dict[tuple[Tally, Occasion | None], int] = {}
        self._baselines: dict[Baseline | Snapshot, int] = {}
        self._checks: dict[Criterion, Check] = {}
        self._effects: dict[Event, EventEffects] = {}
        for guard in guards:
            self._compiled(guard)

    def knows(self, guard: Criterion) -> bool:
        """Return whether this layout was made for a guard."""
        return guard in self._checks

    def check(self, guard: Criterion) -> Check:
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

    def effects(self, event: Event) -> EventEffects:
        """Return what an event does to the slots of this layout."""
        effects = self._effects.get(event)
        if effects is None:
            effects = self._effects[event] = self._made(event)
        return effects

    def _made(self, event: Event) -> EventEffects:
        totals: list[RunningSum] = []
        sums: list[RunningSum] = []
        for (tally, since), slot in self._tallies.items():
            entry = RunningSum(
                slot,
                tally.gains.count(event) - tally.losses.count(event),
                tally.recorded.name if tally.recorded in event.facts and tally.recorded else "",
                since is not None and event in since.events,
                since is None or not since.excluded,
            )
            if entry.recorded:
                totals.append(entry)
            if entry.gain or entry.restarts:
                sums.append(entry)
        return EventEffects(
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
            effects, given = self.effects(happening.event), by_name(happening.findings)
            slots = effects.enter(slots, step, given, happening.day)
            effects.accept(slots, given, step)
        if asked is None:
            return slots
        return self.effects(asked.event).enter(slots, len(past), by_name(asked.findings), asked.day)

    # What a guard means.

    def _compiled(self, guard: Criterion) -> Check:
        check = self._checks.get(guard)
        if check is None:
            check = self._checks[guard] = self._meaning(guard)
        return check

    def _meaning(self, guard: Criterion) -> Check:
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
        start, lead = self.occasion_slot(since), since.lead

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


class Verdicts(dict[Criterion, Verdict]):
    """The verdicts of criteria over some slots; each leaf is asked once, however often it is looked up."""

    __slots__ = ("layout", "slots")

    def __init__(self, layout: Layout, slots: Slots) -> None:
        self.layout, self.slots = layout, slots

    def __missing__(self, guard: Criterion) -> Verdict:
        match guard:
            case AllOf():
                verdict = at_least(len(guard.parts), map(self.__getitem__, guard.parts))
            case AnyOf():
                verdict = at_least(1, map(self.__getitem__, guard.parts))
            case SomeOf():
                verdict = at_least(guard.least, map(self.__getitem__, guard.parts))
            case Not():
                verdict = ~self[guard.part]
            case Compare() | OneOf() | IsTrue() | Happened():
                verdict = self.layout.check(guard)(self.slots)
            case _:
                assert_never(guard)
        self[guard] = verdict
        return verdict
