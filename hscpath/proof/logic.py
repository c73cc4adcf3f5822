"""Requirements as formulas: what a guard means of a chart of which not everything is known to the prover.

The third reading of a guard beside ``chart`` (which decides) and its text (which tells). It follows the
chart slot by slot: a value has the step that recorded it, an event its latest step, a tally its sum.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from importlib import import_module
from itertools import pairwise
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeAlias, TypeVar, assert_never, cast

from hscpath.criteria import (
    AllOf,
    AnyOf,
    Baseline,
    Choice,
    Compare,
    Criterion,
    Event,
    Fact,
    Flag,
    Happened,
    IsTrue,
    Leaf,
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
from hscpath.errors import HscpathError
from hscpath.pathway import Pathway

try:
    z3: Any = import_module("z3")
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError('hscpath.proof needs z3: pip install "hscpath[verify]"', name=missing.name) from None

_S = TypeVar("_S")
_P = ParamSpec("_P")
_R = TypeVar("_R")


def once(method: Callable[Concatenate[_S, _P], _R]) -> Callable[Concatenate[_S, _P], _R]:
    """Make a method keep what it returns for the same arguments, as long as its object lives."""
    name = f"_once_{method.__name__}"

    @wraps(method)
    def kept(self: _S, /, *arguments: _P.args, **named: _P.kwargs) -> _R:
        results = cast("dict[object, _R]", vars(self).setdefault(name, {}))
        if arguments not in results:
            results[arguments] = method(self, *arguments, **named)
        return results[arguments]

    return kept


Term: TypeAlias = Any
"""A term or formula of z3, which has no types of its own."""

Kept: TypeAlias = Fact | Baseline | Snapshot
"""What a chart keeps a value of."""

NEVER = -1
"""The step of what has not happened."""


class SymbolicVerdict(NamedTuple):
    """When a criterion is met and when it is unmet; it is unknown where neither holds."""

    met: Term
    unmet: Term

    @property
    def known(self) -> Term:
        """Whether it is one or the other."""
        return z3.Or(self.met, self.unmet)


class SymbolicValue(NamedTuple):
    """A recorded value: whether there is one, the value itself, and the step that recorded it.

    A quantity is a whole number, a flag true or false, an option its number, and several options one
    truth value each.
    """

    known: Term
    value: Term
    step: Term

    def same_as(self, other: SymbolicValue) -> Term:
        """Return that both are unknown, or known and alike."""
        return z3.And(self.known == other.known, z3.Implies(self.known, _equal(self.value, other.value)))


class Size(NamedTuple):
    """A size, and whether it is known from below and from above."""

    value: Term
    from_below: Term
    from_above: Term


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
        case Choice() | Quantity():
            return z3.FreshInt(fact.name)
        case _:
            assert_never(fact)


class Terms(ABC):
    """What the prover knows of a chart at the moment a guard is asked."""

    @abstractmethod
    def held(self, thing: Kept) -> SymbolicValue:
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

    def read(self, guard: Criterion) -> SymbolicVerdict:
        """Return when a guard is met and when it is unmet."""
        return self._read(guard)

    @once
    def _read(self, guard: Criterion) -> SymbolicVerdict:
        match guard:
            case AllOf():
                parts = [self.read(part) for part in guard.parts]
                return SymbolicVerdict(z3.And(*(part.met for part in parts)), z3.Or(*(part.unmet for part in parts)))
            case AnyOf():
                parts = [self.read(part) for part in guard.parts]
                return SymbolicVerdict(z3.Or(*(part.met for part in parts)), z3.And(*(part.unmet for part in parts)))
            case SomeOf():
                parts = [self.read(part) for part in guard.parts]
                met, unmet = ([(part[which], 1) for part in parts] for which in (0, 1))
                return SymbolicVerdict(z3.PbGe(met, guard.least), z3.PbGe(unmet, len(parts) - guard.least + 1))
            case Not():
                part = self.read(guard.part)
                return SymbolicVerdict(part.unmet, part.met)
            case _:
                return self.leaf(guard)

    def leaf(self, leaf: Leaf) -> SymbolicVerdict:
        """Return the reading of a criterion that has no parts."""
        match leaf:
            case Compare():
                return self._compare(leaf)
            case OneOf() | IsTrue():
                held = self.held(leaf.fact)
                visible = self._visible(held, leaf.since)
                true = self._is_one_of(leaf, held.value) if isinstance(leaf, OneOf) else held.value
                return SymbolicVerdict(z3.And(visible, true), z3.And(visible, z3.Not(true)))
            case Happened():
                return self._happened(leaf)
            case _:
                assert_never(leaf)

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
        self.keep_apart(tuple(dict.fromkeys((*events, *(since.events if since is not None else ())))))
        return z3.Or(*(z3.And(self.last(e) >= 0, self.counts(self.last(e), since)) for e in events))

    @abstractmethod
    def keep_apart(self, events: tuple[Event, ...]) -> None:
        """Note that no two of these events are one step."""

    def _visible(self, held: SymbolicValue, since: Occasion | None) -> Term:
        return z3.And(held.known, self.counts(held.step, since))

    # Sizes.

    def _compare(self, guard: Compare) -> SymbolicVerdict:
        more = 1 if guard.relation in (Relation.ABOVE, Relation.AT_MOST) else 0
        size = self._size(guard.fact, guard.since)
        if isinstance(guard.limit, Multiple):
            over, under = guard.limit.factor.denominator, guard.limit.factor.numerator
            plus = guard.limit.plus * over + more
            limit = self._size(guard.limit.fact, None)
        else:
            over, under, plus = 1, 0, guard.limit + more
            limit = _NO_SIZE
        reading = SymbolicVerdict(
            z3.And(size.from_below, limit.from_above, size.value * over >= limit.value * under + plus),
            z3.And(size.from_above, limit.from_below, size.value * over < limit.value * under + plus),
        )
        opposite = guard.relation in (Relation.BELOW, Relation.AT_MOST)
        return SymbolicVerdict(reading.unmet, reading.met) if opposite else reading

    def _size(self, fact: Numeric, since: Occasion | None) -> Size:
        if isinstance(fact, Tally):
            total, left_out = self.total(fact, since)
            return Size(total, z3.BoolVal(True), z3.Not(left_out))
        held = self.held(fact)
        visible = self._visible(held, since)
        return Size(held.value, visible, visible)

    def _is_one_of(self, guard: OneOf, value: Term) -> Term:
        numbered = [number for number, option in enumerate(guard.choice.options) if option in guard.options]
        if guard.choice.several:
            return z3.Or(*(value[number] for number in numbered))
        return z3.Or(*(value == number for number in numbered))

    # Occasions.

    def _happened(self, guard: Happened) -> SymbolicVerdict:
        events, since = guard.occasion.events, guard.since
        happened = self.happened(events, since)
        if not guard.timed:
            return SymbolicVerdict(happened, z3.Not(happened))
        latest = [(z3.And(*(self.last(e) >= self.last(other) for other in events)), self.ago(e)) for e in events]
        known = z3.Or(*(z3.And(is_latest, ago.known) for is_latest, ago in latest))
        within = z3.Or(*(z3.And(is_latest, self._within(guard, ago.days)) for is_latest, ago in latest))
        return SymbolicVerdict(
            z3.And(happened, known, within),
            z3.Or(z3.Not(happened), z3.And(known, z3.Not(within))),
        )

    def _within(self, guard: Happened, days: Term) -> Term:
        least, most = guard.at_least_ago, guard.at_most_ago
        return z3.And(days >= int(least or 0), *([days <= int(most)] if most is not None else []))


_NO_SIZE = Size(0, True, True)


class AnyMoment(Terms):
    """A chart of which nothing is known but what holds of every chart, as an event is asked about.

    ``laws`` holds that: values are plausible, what was recorded was recorded by an event, and so on. ``mentioned``
    gathers the facts and events that criteria mention.
    """

    def __init__(self, recorders: Mapping[Fact, tuple[Event, ...]], event: Event | None = None) -> None:
        self.recorders = recorders
        self.event = event
        self.now: Term = z3.FreshInt("now")
        self.laws: list[Term] = [self.now >= 0]
        self.mentioned: set[Fact | Event] = set()
        self._ago: dict[Event, Ago] = {}

    def read(self, guard: Criterion) -> SymbolicVerdict:
        """Return when a guard is met and when it is unmet, and note what it mentions."""
        for thing in guard.mentions:
            self.mentioned.update((thing,) if isinstance(thing, Event) else (thing, *self.recorders.get(thing, ())))
        return super().read(guard)

    @once
    def held(self, thing: Kept) -> SymbolicValue:
        """Return the latest value of a fact, or a baseline: any that is plausible."""
        fact = fact_of(thing)
        held = SymbolicValue(z3.FreshBool("known"), unknown_value(fact), z3.FreshInt("step"))
        self.laws.append(z3.Implies(held.known, z3.And(plausible(fact, held.value), held.step >= 0)))
        self.laws.append(z3.And(held.step >= NEVER, held.step <= self.now))
        self.laws += self._laws_of(thing, held)
        return held

    def _laws_of(self, thing: Kept, held: SymbolicValue) -> Iterable[Term]:
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

    @once
    def last(self, event: Event) -> Term:
        """Return any step before this one, or none."""
        last = z3.FreshInt(event.name)
        self.laws.append(z3.And(last >= NEVER, last < self.now))
        return last

    @once
    def keep_apart(self, events: tuple[Event, ...]) -> None:
        """Add the law that no two of these events are one step."""
        steps = [z3.If(self.last(e) == NEVER, -number - 1, self.last(e)) for number, e in enumerate(events)]
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

    @once
    def total(self, tally: Tally, since: Occasion | None) -> tuple[Term, Term]:
        """Return any sum that the events before allow."""
        total, left_out = z3.FreshInt("total"), z3.FreshBool("and more")
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
        return total, left_out


_FEW = 3
"""If no more events than these record a fact, a value says something of them."""


def rarely_recorded(pathway: Pathway) -> dict[Fact, tuple[Event, ...]]:
    """Return the facts that few events record, with these events."""
    recorders = {fact: tuple(event for event in pathway.events if fact in event.facts) for fact in pathway.facts}
    return {fact: events for fact, events in recorders.items() if len(events) <= _FEW}


class SymbolicFinding(NamedTuple):
    """A finding that a step may have: whether it is recorded, and its value."""

    recorded: Term
    value: Term


class SymbolicDay(NamedTuple):
    """When a step is: whether it has a day, the day, and a number that steps of one day share."""

    dated: Term
    day: Term
    moment: int


class KnownEvents:
    """A journey of known events of which the findings and the days may be open."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = tuple(events)
        self.laws: list[Term] = []
        self.findings: dict[tuple[int, Fact], SymbolicFinding] = {}
        self.days: dict[int, SymbolicDay] = {}

    def given(self, step: int, fact: Fact) -> SymbolicFinding:
        """Return what a step records of a fact."""
        given = self.findings.get((step, fact))
        if given is None:
            given = SymbolicFinding(z3.FreshBool("recorded"), unknown_value(fact))
            self.laws.append(plausible(fact, given.value))
            self.findings[step, fact] = given
        return given

    def when(self, step: int) -> SymbolicDay:
        """Return when a step is."""
        if not self.days:
            days = [z3.FreshInt("day") for _ in self.events]
            self.laws += [before <= after for before, after in pairwise(days)]
            self.laws.append(z3.And(days[0] == 0, days[-1] <= _LONGEST))
            self.days = {n: SymbolicDay(z3.FreshBool("dated"), day, n) for n, day in enumerate(days)}
        return self.days[step]


_LONGEST = 100 * 366
"""No journey is longer: a hundred years, in days."""


class KnownMoment(Terms):
    """The moment of one step of a journey of known events, or after the last of them."""

    def __init__(self, known: KnownEvents, step: int) -> None:
        self.known = known
        self.step = step
        self.latest = min(step, len(known.events) - 1)

    def own(self, fact: Fact) -> tuple[list[tuple[Term, Term]], Term]:
        """Return that a fact is recorded at this step, and its value."""
        given = self.known.given(self.step, fact)
        return [(given.recorded, z3.BoolVal(True))], given.value

    def keep_apart(self, events: tuple[Event, ...]) -> None:
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

    def held(self, thing: Kept) -> SymbolicValue:
        """Return the latest value of a fact, or of its baseline, as the steps before recorded it."""
        if isinstance(thing, Baseline | Snapshot):
            noted = self._latest(thing.occasion.events)
            return self._held(thing.fact, noted) if noted != NEVER else self._nothing(thing.fact)
        return self._held(thing, self.latest)

    def _nothing(self, fact: Fact) -> SymbolicValue:
        return SymbolicValue(z3.BoolVal(False), unknown_value(fact), z3.IntVal(NEVER))

    def _held(self, fact: Fact, upto: int) -> SymbolicValue:
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


def _if_recorded(given: SymbolicFinding, step: int, older: SymbolicValue) -> SymbolicValue:
    def either(new: Term, old: Term) -> Term:
        return z3.If(given.recorded, new, old)

    several = isinstance(given.value, tuple)
    value = tuple(map(either, given.value, older.value)) if several else either(given.value, older.value)
    return SymbolicValue(z3.Or(given.recorded, older.known), value, either(step, older.step))


# --- The solver -------------------------------------------------------------------------------------

_MILLISECONDS = 10_000
"""How long a single check may take."""


class Undecided(HscpathError):
    """A question that could not be answered; the text says why."""


def new_solver() -> Term:
    """Return a solver that gives up in time."""
    made = z3.Solver()
    made.set("timeout", _MILLISECONDS)
    return made


def satisfiable(solver: Term, *assumed: Term) -> bool:
    """Return whether all that was asserted can be so; raise ``Undecided`` where the solver gives up."""
    answer = solver.check(*assumed)
    if answer == z3.unknown:
        raise Undecided(f"the solver gave up ({solver.reason_unknown()})")
    return bool(answer == z3.sat)
