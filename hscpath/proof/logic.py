"""Requirements as formulas: what a guard means of a chart of which not everything is known to the prover.

The third reading of a guard beside ``chart`` (which decides) and its text (which tells). It follows the
chart slot by slot: a value has the step that recorded it, an event its latest step, a tally its sum.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias, assert_never, cast

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
    Flag,
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
from hscpath.days import SAME_DAY
from hscpath.errors import HscpathError
from hscpath.layout import Happening
from hscpath.pathway import Pathway

try:
    z3: Any = import_module("z3")
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError('hscpath.proof needs z3: pip install "hscpath[verify]"', name=missing.name) from None

Term: TypeAlias = Any
"""A term or formula of z3, which has no types of its own."""

Kept: TypeAlias = Fact | Baseline | Snapshot
"""What a chart keeps a value of."""

NEVER = -1
"""The step of what has not happened."""


class Reading(NamedTuple):
    """When a criterion is met and when it is unmet; it is unknown where neither holds."""

    met: Term
    unmet: Term

    @property
    def known(self) -> Term:
        """Whether it is one or the other."""
        return z3.Or(self.met, self.unmet)


class Held(NamedTuple):
    """A recorded value: whether there is one, the value itself, and the step that recorded it.

    A quantity is a whole number, a flag true or false, an option its number, and several options one
    truth value each.
    """

    known: Term
    value: Term
    step: Term

    def same_as(self, other: Held) -> Term:
        """Return that both are unknown, or known and alike."""
        return z3.And(self.known == other.known, z3.Implies(self.known, _equal(self.value, other.value)))


class Size(NamedTuple):
    """A size known from below, from above, or both."""

    least: Term
    greatest: Term
    has_least: Term
    has_greatest: Term


class Ago(NamedTuple):
    """How many days ago an event was, where that is known."""

    known: Term
    days: Term


def _equal(value: Term, other: Term) -> Term:
    if isinstance(value, tuple):
        return z3.And(*(one == another for one, another in zip(cast("Any", value), other, strict=True)))
    return value == other


def fact_of(thing: Kept) -> Fact:
    """Return the fact of which a value is kept."""
    return thing.fact if isinstance(thing, Baseline | Snapshot) else thing


def plausible(fact: Fact, value: Term) -> Term:
    """Return that a value is one which can be recorded."""
    match fact:
        case Quantity():
            return z3.And(value >= fact.lowest, value <= fact.highest)
        case Flag():
            return z3.BoolVal(True)
        case Choice(several=True):
            return z3.Or(*value)
        case Choice():
            return z3.And(value >= 0, value < len(fact.options))
        case _:
            assert_never(fact)


def unknown_value(fact: Fact) -> Term:
    """Return a value of a fact of which nothing is known, not even that it is plausible: a new one at each call."""
    match fact:
        case Flag():
            return z3.FreshBool(fact.name)
        case Choice(several=True):
            return tuple(z3.FreshBool(option) for option in fact.options)
        case _:
            return z3.FreshInt(fact.name)


def stored_value(finding: Finding) -> Term:
    """Return the value of a finding as a term."""
    match finding.fact:
        case Choice(several=True) as fact:
            return tuple(z3.BoolVal(option in cast("frozenset[str]", finding.stored)) for option in fact.options)
        case Choice() as fact:
            return z3.IntVal(fact.options.index(cast("str", finding.stored)))
        case Flag():
            return z3.BoolVal(finding.stored)
        case _:
            return z3.IntVal(finding.stored)


class Terms(ABC):
    """What the prover knows of a chart at the moment a guard is asked."""

    def __init__(self) -> None:
        self._readings: dict[Criterion, Reading] = {}

    @abstractmethod
    def held(self, thing: Kept) -> Held:
        """Return the latest value of a fact, or a baseline."""

    @abstractmethod
    def last(self, event: Event) -> Term:
        """Return the step at which an event last happened, before this moment."""

    @abstractmethod
    def ago(self, event: Event) -> Ago:
        """Return how many days ago it last happened."""

    @abstractmethod
    def total(self, tally: Tally, since: Occasion | None) -> tuple[Term, Term]:
        """Return the sum of a tally, and whether a value was left out of it."""

    @abstractmethod
    def own(self, fact: Fact) -> tuple[list[tuple[Term, Term]], Term]:
        """Return what to put where for a fact to be recorded now, and its value."""

    def whatever(self, event: Event, formula: Term) -> Term:
        """Return that a formula holds whatever an event records, if it records all it may."""
        recorded: list[tuple[Term, Term]] = []
        bounds: list[Term] = []
        values: list[Term] = []
        for fact in event.facts:
            now_recorded, value = self.own(fact)
            recorded += now_recorded
            bounds.append(plausible(fact, value))
            values += value if isinstance(value, tuple) else [value]
        formula = z3.substitute(formula, *recorded)
        return z3.ForAll(values, z3.Implies(z3.And(*bounds), formula)) if values else formula

    def leaf(self, guard: Criterion) -> Reading:
        """Return the reading of a criterion that has no parts."""
        return self._leaf(guard)

    def read(self, guard: Criterion) -> Reading:
        """Return when a guard is met and when it is unmet."""
        reading = self._readings.get(guard)
        if reading is None:
            reading = self._readings[guard] = self._read(guard)
        return reading

    def _read(self, guard: Criterion) -> Reading:
        match guard:
            case AllOf():
                parts = [self.read(part) for part in guard.parts]
                return Reading(z3.And(*(part.met for part in parts)), z3.Or(*(part.unmet for part in parts)))
            case AnyOf():
                parts = [self.read(part) for part in guard.parts]
                return Reading(z3.Or(*(part.met for part in parts)), z3.And(*(part.unmet for part in parts)))
            case SomeOf():
                parts = [self.read(part) for part in guard.parts]
                met, unmet = ([(part[which], 1) for part in parts] for which in (0, 1))
                return Reading(z3.PbGe(met, guard.least), z3.PbGe(unmet, len(parts) - guard.least + 1))
            case Not():
                part = self.read(guard.part)
                return Reading(part.unmet, part.met)
            case _:
                return self.leaf(guard)

    def _leaf(self, guard: Criterion) -> Reading:
        match guard:
            case Compare():
                return self._compare(guard)
            case OneOf():
                held = self.held(guard.fact)
                return _decided(self._visible(held, guard.since), self._is_one_of(guard, held.value))
            case IsTrue():
                held = self.held(guard.fact)
                return _decided(self._visible(held, guard.since), held.value)
            case Happened():
                return self._happened(guard)
            case _:
                raise TypeError(guard)

    # Since when.

    def begun(self, since: Occasion) -> Term:
        """Return that what counting begins with has happened."""
        return z3.Or(*(self.last(event) >= 0 for event in since.events))

    def counts(self, step: Term, since: Occasion | None) -> Term:
        """Return that a step is one that counts: none does before *since* has happened."""
        if since is None:
            return z3.BoolVal(True)
        return z3.And(self.begun(since), *(step >= self.last(event) + since.lead for event in since.events))

    def happened(self, events: tuple[Event, ...], since: Occasion | None) -> Term:
        """Return that one of these events has happened, at a step that counts."""
        self.keep_apart((*events, *(since.events if since is not None else ())))
        return z3.Or(*(z3.And(self.last(e) >= 0, self.counts(self.last(e), since)) for e in events))

    @abstractmethod
    def keep_apart(self, events: Sequence[Event]) -> None:
        """Note that no two of these events are one step."""

    def _visible(self, held: Held, since: Occasion | None) -> Term:
        return z3.And(held.known, self.counts(held.step, since))

    # Sizes.

    def _compare(self, guard: Compare) -> Reading:
        more = 1 if guard.relation in (Relation.ABOVE, Relation.AT_MOST) else 0
        size = self._size(guard.fact, guard.since)
        if isinstance(guard.limit, Multiple):
            over, under = guard.limit.factor.denominator, guard.limit.factor.numerator
            plus = guard.limit.plus * over + more
            limit = self._size(guard.limit.fact, None)
        else:
            over, under, plus = 1, 0, guard.limit + more
            limit = _NO_SIZE
        reading = Reading(
            z3.And(size.has_least, limit.has_greatest, size.least * over >= limit.greatest * under + plus),
            z3.And(size.has_greatest, limit.has_least, size.greatest * over < limit.least * under + plus),
        )
        opposite = guard.relation in (Relation.BELOW, Relation.AT_MOST)
        return Reading(reading.unmet, reading.met) if opposite else reading

    def _size(self, fact: Numeric, since: Occasion | None) -> Size:
        if isinstance(fact, Tally):
            total, left_out = self.total(fact, since)
            return Size(total, total, z3.BoolVal(True), z3.Not(left_out))
        held = self.held(fact)
        visible = self._visible(held, since)
        return Size(held.value, held.value, visible, visible)

    def _is_one_of(self, guard: OneOf, value: Term) -> Term:
        numbered = [number for number, option in enumerate(guard.choice.options) if option in guard.options]
        if guard.choice.several:
            return z3.Or(*(value[number] for number in numbered))
        return z3.Or(*(value == number for number in numbered))

    # Occasions.

    def _happened(self, guard: Happened) -> Reading:
        events, since = guard.occasion.events, guard.since
        happened = self.happened(events, since)
        if guard.at_least_ago is None and guard.at_most_ago is None:
            return Reading(happened, z3.Not(happened))
        latest = [(z3.And(*(self.last(e) >= self.last(other) for other in events)), self.ago(e)) for e in events]
        known = z3.Or(*(z3.And(is_latest, ago.known) for is_latest, ago in latest))
        within = z3.Or(*(z3.And(is_latest, self._within(guard, ago.days)) for is_latest, ago in latest))
        return Reading(
            z3.And(happened, known, within),
            z3.Or(z3.Not(happened), z3.And(known, z3.Not(within))),
        )

    def _within(self, guard: Happened, days: Term) -> Term:
        least, most = guard.at_least_ago, guard.at_most_ago
        return z3.And(days >= int(least or 0), *([days <= int(most)] if most is not None else []))


_NO_SIZE = Size(0, 0, True, True)


def _decided(known: Term, true: Term) -> Reading:
    return Reading(z3.And(known, true), z3.And(known, z3.Not(true)))


class AnyMoment(Terms):
    """A chart of which nothing is known but what holds of every chart, as an event is asked about.

    ``laws`` holds that: values are plausible, what was recorded was recorded by an event, and so on. ``asked``
    gathers the facts and events that were asked about.
    """

    def __init__(self, recorders: Mapping[Fact, tuple[Event, ...]], event: Event | None = None) -> None:
        super().__init__()
        self.recorders = recorders
        self.event = event
        self.now: Term = z3.FreshInt("now")
        self.laws: list[Term] = [self.now >= 0]
        self.asked: set[Fact | Event] = set()
        self._held: dict[Kept, Held] = {}
        self._last: dict[Event, Term] = {}
        self._ago: dict[Event, Ago] = {}
        self._apart: set[tuple[Event, ...]] = set()
        self._totals: dict[tuple[Tally, Occasion | None], tuple[Term, Term]] = {}

    def read(self, guard: Criterion) -> Reading:
        """Return when a guard is met and when it is unmet, and note what it asks about."""
        for thing in guard.mentions:
            self.asked.update((thing,) if isinstance(thing, Event) else (thing, *self.recorders.get(thing, ())))
        return super().read(guard)

    def held(self, thing: Kept) -> Held:
        """Return the latest value of a fact, or a baseline: any that is plausible."""
        held = self._held.get(thing)
        if held is None:
            fact = fact_of(thing)
            held = Held(z3.FreshBool("known"), unknown_value(fact), z3.FreshInt("step"))
            self._held[thing] = held
            self.laws.append(z3.Implies(held.known, z3.And(plausible(fact, held.value), held.step >= 0)))
            self.laws.append(z3.And(held.step >= NEVER, held.step <= self.now))
            self.laws += self._laws_of(thing, held)
        return held

    def _laws_of(self, thing: Kept, held: Held) -> Iterable[Term]:
        if isinstance(thing, Baseline | Snapshot):
            noted = z3.Or(*(self.last(event) >= held.step for event in thing.occasion.events))
            yield z3.Implies(held.known, z3.And(self.begun(thing.occasion), noted))
            now = self.held(thing.fact)
            unchanged = z3.Or(*(self.last(event) >= now.step for event in thing.occasion.events))
            yield z3.Implies(z3.And(now.known, self.begun(thing.occasion), unchanged), held.same_as(now))
            return
        if self.event is None or thing not in self.event.facts:
            yield held.step < self.now
        if self.event is not None and thing in self.event.must:
            yield z3.Implies(held.known, held.step == self.now)
        recorders = self.recorders.get(thing, ())
        if recorders:
            at = [self.last(event) >= held.step for event in recorders]
            yield z3.Implies(held.known, z3.Or(held.step == self.now, *at))
            for event in recorders:
                if thing in event.must:
                    yield z3.Implies(held.known, self.last(event) <= held.step)

    def own(self, fact: Fact) -> tuple[list[tuple[Term, Term]], Term]:
        """Return that a fact is recorded now, and its value."""
        held = self.held(fact)
        return [(held.known, z3.BoolVal(True)), (held.step, self.now)], held.value

    def last(self, event: Event) -> Term:
        """Return any step before this one, or none."""
        last = self._last.get(event)
        if last is None:
            last = z3.FreshInt(event.name)
            self.laws.append(z3.And(last >= NEVER, last < self.now))
            self._last[event] = last
        return last

    def keep_apart(self, events: Sequence[Event]) -> None:
        """Add the law that no two of these events are one step."""
        together = tuple(dict.fromkeys(events))
        if len(together) > 1 and together not in self._apart:
            self._apart.add(together)
            steps = [z3.If(self.last(e) == NEVER, -number - 1, self.last(e)) for number, e in enumerate(together)]
            self.laws.append(z3.Distinct(*steps))

    def ago(self, event: Event) -> Ago:
        """Return any number of days, in the order in which events happened."""
        ago = self._ago.get(event)
        if ago is None:
            ago = Ago(z3.FreshBool("known"), z3.FreshInt(event.name))
            self.laws.append(ago.days >= 0)
            self.laws += [
                z3.Implies(z3.And(self.last(event) >= 0, self.last(event) < self.last(other)), ago.days >= later.days)
                for other, later in self._ago.items()
            ]
            self.laws += [
                z3.Implies(z3.And(self.last(other) >= 0, self.last(other) < self.last(event)), earlier.days >= ago.days)
                for other, earlier in self._ago.items()
            ]
            self._ago[event] = ago
        return ago

    def total(self, tally: Tally, since: Occasion | None) -> tuple[Term, Term]:
        """Return any sum that the events before allow."""
        found = self._totals.get((tally, since))
        if found is None:
            total, left_out = z3.FreshInt("total"), z3.FreshBool("and more")
            found = self._totals[tally, since] = (total, left_out)
            if tally.recorded is None:
                self.laws.append(z3.Not(left_out))
            if not tally.losses:
                self.laws.append(total >= 0)
            if since is not None:
                self.laws.append(z3.Implies(z3.Not(self.begun(since)), z3.And(total == 0, z3.Not(left_out))))
            elif not tally.losses and tally.gains:
                gained = z3.Or(*(self.last(event) >= 0 for event in tally.gains))
                self.laws.append(z3.Implies(gained, total >= 1))
                if tally.recorded is None:
                    self.laws.append(z3.Implies(total >= 1, gained))
        return found


_FEW = 3
"""If no more events than these record a fact, a value says something of them."""


def rarely_recorded(pathway: Pathway) -> dict[Fact, tuple[Event, ...]]:
    """Return the facts that few events record, with these events."""
    recorders = {fact: tuple(event for event in pathway.events if fact in event.facts) for fact in pathway.facts}
    return {fact: events for fact, events in recorders.items() if len(events) <= _FEW}


class Given(NamedTuple):
    """A finding that a step may have: whether it is recorded, and its value."""

    recorded: Term
    value: Term


class When(NamedTuple):
    """When a step is: whether it has a day, the day, and a number that steps of one day share."""

    dated: Term
    day: Term
    moment: int


class KnownEvents:
    """A journey of known events of which the findings and the days may be open."""

    def __init__(
        self,
        events: Sequence[Event],
        given: Mapping[tuple[int, Fact], Given] | None = None,
        when: Mapping[int, When] | None = None,
    ) -> None:
        self.events = tuple(events)
        self.laws: list[Term] = []
        self.findings = dict(given or {})
        self.days = dict(when or {})

    @classmethod
    def of(cls, happenings: Sequence[Happening]) -> KnownEvents:
        """Return a journey of which everything is known."""
        given: dict[tuple[int, Fact], Given] = {}
        days: dict[int, When] = {}
        when = When(z3.BoolVal(False), z3.IntVal(0), 0)
        for step, happening in enumerate(happenings):
            findings = {finding.fact: finding for finding in happening.findings}
            for fact in happening.event.facts:
                finding = findings.get(fact)
                value = unknown_value(fact) if finding is None else stored_value(finding)
                given[step, fact] = Given(z3.BoolVal(finding is not None), value)
            if happening.day is not SAME_DAY or not step:
                day = happening.day if isinstance(happening.day, int) else None
                when = When(z3.BoolVal(day is not None), z3.IntVal(int(day or 0)), step)
            days[step] = when
        return cls([happening.event for happening in happenings], given, days)

    def given(self, step: int, fact: Fact) -> Given:
        """Return what a step records of a fact."""
        given = self.findings.get((step, fact))
        if given is None:
            given = Given(z3.FreshBool("recorded"), unknown_value(fact))
            self.laws.append(plausible(fact, given.value))
            self.findings[step, fact] = given
        return given

    def when(self, step: int) -> When:
        """Return when a step is."""
        if not self.days:
            days = [z3.FreshInt("day") for _ in self.events]
            self.laws += [before <= after for before, after in pairwise(days)]
            self.laws.append(z3.And(days[0] == 0, days[-1] <= _LONGEST))
            self.days = {n: When(z3.FreshBool("dated"), day, n) for n, day in enumerate(days)}
        return self.days[step]


_LONGEST = 100 * 366
"""No journey is longer: a hundred years, in days."""


class KnownMoment(Terms):
    """The moment of one step of a journey of known events, or after the last of them."""

    def __init__(self, known: KnownEvents, step: int) -> None:
        super().__init__()
        self.known = known
        self.step = step
        self.latest = min(step, len(known.events) - 1)

    def own(self, fact: Fact) -> tuple[list[tuple[Term, Term]], Term]:
        """Return that a fact is recorded at this step, and its value."""
        given = self.known.given(self.step, fact)
        return [(given.recorded, z3.BoolVal(True))], given.value

    def keep_apart(self, events: Sequence[Event]) -> None:
        """Note nothing: events that are known are known to be apart."""

    def last(self, event: Event) -> Term:
        """Return the last step that was this event."""
        return z3.IntVal(self._latest(event.events))

    def _latest(self, events: tuple[Event, ...]) -> int:
        return max((n for n in range(self.step) if self.known.events[n] in events), default=NEVER)

    def ago(self, event: Event) -> Ago:
        """Return how many days lie between that step and this."""
        last = self._latest(event.events)
        if last == NEVER:
            return Ago(z3.BoolVal(False), z3.IntVal(0))
        then, now = self.known.when(last), self.known.when(self.latest)
        if then.moment == now.moment:
            return Ago(z3.BoolVal(True), z3.IntVal(0))
        return Ago(z3.And(then.dated, now.dated), now.day - then.day)

    def held(self, thing: Kept) -> Held:
        """Return the latest value of a fact, or of its baseline, as the steps before recorded it."""
        if isinstance(thing, Baseline | Snapshot):
            noted = self._latest(thing.occasion.events)
            return self._held(thing.fact, noted) if noted != NEVER else self._nothing(thing.fact)
        return self._held(thing, self.latest)

    def _nothing(self, fact: Fact) -> Held:
        return Held(z3.BoolVal(False), unknown_value(fact), z3.IntVal(NEVER))

    def _held(self, fact: Fact, upto: int) -> Held:
        """Return the latest value up to and including a step."""
        held = self._nothing(fact)
        for step in range(upto + 1):
            event = self.known.events[step]
            if fact in event.facts:
                given = self.known.given(step, fact)
                older = self._nothing(fact) if fact in event.must else held
                held = _if_recorded(given, step, older)
        return held

    def total(self, tally: Tally, since: Occasion | None) -> tuple[Term, Term]:
        """Return the sum of what the steps before gained, lost and recorded."""
        first = 0
        if since is not None:
            begun = self._latest(since.events)
            if begun == NEVER:
                return z3.IntVal(0), z3.BoolVal(False)
            first = begun + since.lead
        total, left_out = z3.IntVal(0), z3.BoolVal(False)
        for step in range(first, self.latest + 1):
            event = self.known.events[step]
            if step < self.step:
                total = total + (tally.gains.count(event) - tally.losses.count(event))
            if tally.recorded is not None and tally.recorded in event.facts:
                given = self.known.given(step, tally.recorded)
                total = total + z3.If(given.recorded, given.value, 0)
                left_out = z3.Or(left_out, z3.Not(given.recorded))
        return total, left_out


def _if_recorded(given: Given, step: int, older: Held) -> Held:
    def either(new: Term, old: Term) -> Term:
        return z3.If(given.recorded, new, old)

    several = isinstance(given.value, tuple)
    value = tuple(map(either, given.value, older.value)) if several else either(given.value, older.value)
    return Held(z3.Or(given.recorded, older.known), value, either(step, older.step))


# --- Asking -----------------------------------------------------------------------------------------

_MILLISECONDS = 10_000
"""How long a single question may take."""


class Undecided(HscpathError):
    """A question that could not be answered; the text says why."""


def solver() -> Term:
    """Return a solver that gives up in time."""
    made = z3.Solver()
    made.set("timeout", _MILLISECONDS)
    return made


def holds(asked: Term, *assumed: Term) -> bool:
    """Return whether what a solver was told can be so; raise ``Undecided`` where it gives up."""
    answer = asked.check(*assumed)
    if answer == z3.unknown:
        raise Undecided(f"the solver gave up ({asked.reason_unknown()})")
    return bool(answer == z3.sat)
