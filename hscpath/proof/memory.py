"""What a search remembers of a journey: no more than some criteria need, and the same for many journeys.

This is predicate abstraction (Graf and Saïdi, CAV 1997): the criteria, and what they are made of, are the predicates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import chain, combinations, product
from typing import Any, NamedTuple, TypeAlias, assert_never, cast

import attrs

from hscpath.criteria import (
    Baseline,
    Compare,
    Event,
    Fact,
    Happened,
    IsTrue,
    Leaf,
    Multiple,
    Occasion,
    OneOf,
    Relation,
    Snapshot,
    Tally,
)
from hscpath.proof.logic import (
    AnyMoment,
    Kept,
    SymbolicVerdict,
    Term,
    Terms,
    fact_of,
    new_solver,
    once,
    satisfiable,
    z3,
)
from hscpath.verdict import Verdict


class Mark(NamedTuple):
    """Whether something happened, or was recorded, since an occasion.

    Remembered as 0 (the occasion never was), 1 (not since), or 2 (since).
    """

    what: tuple[Event, ...] | Kept
    since: Occasion | None


class Counter(NamedTuple):
    """A tally, counted up to its limits; with values to be recorded, known only from below."""

    tally: Tally
    since: Occasion | None
    low: int = 0
    high: int = 0


Valued: TypeAlias = Compare | OneOf | IsTrue
"""A criterion about values."""

_NOT_BEGUN, _EXACT, _AT_LEAST = -1, 0, 1
"""How a count is known."""

Place: TypeAlias = Mark | Counter | Valued
"""A thing that is remembered."""

Verdicts: TypeAlias = tuple[int, ...]
Remembered: TypeAlias = tuple[tuple[int, ...], tuple[tuple[int, int], ...], Verdicts]
"""The marks, the counters (a count, and how it is known), and the verdicts."""


def _plain(leaf: Valued) -> Valued:
    """Return a criterion without a name and without the time it is limited to."""
    return cast("Valued", leaf.without_since.named(""))


def _kept(leaf: Valued) -> tuple[Kept, ...]:
    """Return the values that a criterion asks about, if it asks about nothing else."""
    things = leaf.looks_at
    return cast("tuple[Kept, ...]", things if all(isinstance(thing, Kept) for thing in things) else ())


def _beside(leaf: Valued) -> Iterator[Valued]:
    """Yield what has to be remembered beside a criterion: of what its values are made, and whether they are there."""
    match leaf:
        case Compare(fact=fact, limit=Multiple(fact=other)):
            for size in (fact, other, fact.measure, other.measure):  # recorded is what is as much as is plausible
                yield Compare(size, Relation.AT_LEAST, size.measure.lowest)
        case Compare(fact=Baseline() as baseline):
            yield attrs.evolve(leaf, fact=baseline.fact)
        case OneOf(fact=Snapshot() as snapshot):
            yield attrs.evolve(leaf, fact=snapshot.fact)
        case Compare() | OneOf() | IsTrue():
            return
        case _:
            assert_never(leaf)


class Memory:
    """What is remembered of a journey, made for some criteria."""

    def __init__(self, leaves: Iterable[Leaf]) -> None:
        self.leaves = frozenset(leaves)
        marks: dict[Mark, None] = {}
        limits: dict[tuple[Tally, Occasion | None], list[int]] = {}
        verdicts: dict[Valued, None] = {}
        for leaf in sorted(self.leaves, key=lambda leaf: leaf.key):
            match leaf:
                case Happened(occasion=occasion, since=since):
                    marks[Mark(occasion.events, since)] = None
                case Compare(fact=Tally() as tally, limit=int() as limit, since=since):
                    limits.setdefault((tally, since), []).append(limit)
                case Compare() | OneOf() | IsTrue():
                    verdicts |= dict.fromkeys((_plain(leaf), *_beside(_plain(leaf))) if _kept(leaf) else ())
                    for thing in _kept(leaf)[:1] if leaf.since is not None else ():
                        marks |= dict.fromkeys((Mark(fact_of(thing), leaf.since), Mark(thing, leaf.since)))
                case _:
                    assert_never(leaf)
        counters = (Counter(*tally, min(found) - 2, max(found) + 2) for tally, found in limits.items())
        self.marks, self.counters, self.verdicts = tuple(marks), tuple(counters), tuple(verdicts)
        self.things = dict.fromkeys(thing for leaf in verdicts for thing in _kept(leaf))
        marked = (mark.what for mark in marks if not isinstance(mark.what, tuple))
        self.facts = frozenset(map(fact_of, (*self.things, *marked)))

    def knows(self, leaf: Leaf) -> bool:
        """Return whether everything that can be remembered for a criterion is."""
        return set(Memory((*self.leaves, leaf)).places) == set(self.places)

    @property
    def initial(self) -> Remembered:
        """What is remembered before the first step."""
        return (
            tuple(1 if mark.since is None else 0 for mark in self.marks),
            tuple((0, _EXACT if counter.since is None else _NOT_BEGUN) for counter in self.counters),
            tuple(Verdict.UNKNOWN.value for _ in self.verdicts),
        )

    # What is remembered as an event is asked about, and after it.

    @once
    def successors(self, remembered: Remembered, event: Event | None) -> list[tuple[Remembered, list[Remembered]]]:
        """Return what is remembered once an event's findings are entered, whichever it records, and after each."""
        if event is None:
            return [(remembered, list[Remembered]())]
        return [
            (entered, list(dict.fromkeys(self._accept(entered, event, given))))
            for given, entered in self._enter(remembered, event)
        ]

    def _enter(self, remembered: Remembered, event: Event) -> Iterator[tuple[frozenset[Fact], Remembered]]:
        recordable = [fact for fact in event.facts if fact in self.facts]
        marks, counters, verdicts = remembered
        entered = tuple(
            (number, _AT_LEAST if known == _EXACT and counter.tally.recorded in event.facts else known)
            for counter, (number, known) in zip(self.counters, counters, strict=True)
        )
        for chosen in chain.from_iterable(combinations(recordable, count) for count in range(len(recordable) + 1)):
            given = frozenset(chosen)
            lost = frozenset(fact for fact in event.must if fact in self.facts and fact not in given)
            marked = tuple(
                0 if not now else 2 if mark.what in given else 1 if mark.what in lost else now
                for mark, now in zip(self.marks, marks, strict=True)
            )
            for shifted in self._shift(verdicts, given, lost, frozenset()):
                yield given, (marked, entered, shifted)

    def _accept(self, remembered: Remembered, event: Event, given: frozenset[Fact]) -> Iterator[Remembered]:
        marks, counters, verdicts = remembered
        marked = self._marks_after(marks, event, given)
        noted = frozenset(
            thing for thing in self.things if isinstance(thing, Baseline | Snapshot) and event in thing.occasion.events
        )
        counts = [tuple(_counted(counter, now, event)) for counter, now in zip(self.counters, counters, strict=True)]
        for shifted in self._shift(verdicts, frozenset(), frozenset(), noted):
            for counted in product(*counts):
                yield marked, counted, shifted

    def _marks_after(self, marks: tuple[int, ...], event: Event, given: frozenset[Fact]) -> tuple[int, ...]:
        after: dict[Mark, int] = {}
        for mark, now in zip(self.marks, marks, strict=True):
            what, since = mark
            noted = isinstance(what, Baseline | Snapshot) and event in what.occasion.events
            own = event in what if isinstance(what, tuple) else what in given
            if noted:  # a baseline is as old as the value that it notes
                after[mark] = after[Mark(fact_of(cast("Kept", what)), since)]
            elif since is not None and event in since.events:
                after[mark] = 2 if own and not since.excluded else 1
            else:
                after[mark] = 2 if own and now else now
        return tuple(after.values())

    @once
    def _shift(
        self, verdicts: Verdicts, given: frozenset[Fact], lost: frozenset[Fact], noted: frozenset[Kept]
    ) -> tuple[Verdicts, ...]:
        """Return the verdicts there may be after values were recorded, lost, or noted as baselines."""
        if not (given | lost | noted) & self.things.keys():
            return (verdicts,)
        return tuple(sorted(self._shifts(verdicts, given, lost, noted)))

    @cached_property
    def _before_and_after(self) -> tuple[AnyMoment, AnyMoment, list[SymbolicVerdict], list[SymbolicVerdict]]:
        before, after = AnyMoment({}), AnyMoment({})
        was, will = ([moment.read(leaf) for leaf in self.verdicts] for moment in (before, after))
        return before, after, was, will

    def _shifts(
        self, verdicts: Verdicts, given: frozenset[Fact], lost: frozenset[Fact], noted: frozenset[Kept]
    ) -> Iterator[Verdicts]:
        before, after, was, will = self._before_and_after
        solver = new_solver()
        for thing in self.things:
            old, new = before.held(thing), after.held(thing)
            if thing in given:
                solver.add(new.known)
            elif thing in lost:
                solver.add(z3.Not(new.known))
            elif thing in noted:
                solver.add(new.same_as(before.held(fact_of(thing))))
            else:
                solver.add(new.same_as(old))
        solver.add(*before.laws, *after.laws)
        solver.add(*(_is(reading, verdict) for reading, verdict in zip(was, verdicts, strict=True)))
        touched = [
            n for n, leaf in enumerate(self.verdicts) if any(thing in given | lost | noted for thing in _kept(leaf))
        ]
        while satisfiable(solver):
            model = solver.model()
            found = list(verdicts)
            for n in touched:
                found[n] = _verdict(model, will[n])
            yield tuple(found)
            solver.add(z3.Not(z3.And(*(_is(will[n], found[n]) for n in touched))))

    # What that says of the chart.

    @cached_property
    def places(self) -> tuple[tuple[Place, frozenset[Fact | Event]], ...]:
        """What is remembered, with the facts and events that it is about: marks, counters, verdicts."""
        return (
            *((mark, frozenset(_about_mark(mark))) for mark in self.marks),
            *((counter, frozenset(_about_counter(counter))) for counter in self.counters),
            *((leaf, frozenset(leaf.mentions)) for leaf in self.verdicts),
        )


def says(terms: Terms, place: Place, value: Any) -> Term:
    """Return what a value that is remembered says of a chart."""
    match place:
        case Mark():
            return _mark_says(terms, place, value)
        case Counter():
            return _counter_says(terms, place, value)
        case Compare() | OneOf() | IsTrue():
            return _is(terms.read(place), value)
        case _:
            assert_never(place)


def _about_mark(mark: Mark) -> Iterable[Fact | Event]:
    return mark.what if isinstance(mark.what, tuple) else (fact_of(mark.what),)


def _about_counter(counter: Counter) -> tuple[Fact | Event, ...]:
    return Compare(counter.tally, Relation.AT_LEAST, 0, since=counter.since).mentions


def _counted(counter: Counter, now: tuple[int, int], event: Event) -> Iterator[tuple[int, int]]:
    """Yield the counts there may be after an event: beyond a limit, no exact count is remembered."""
    tally, since, low, high = counter
    number, known = now
    if since is not None and event in since.events:
        number, known = 0, _EXACT
        if since.excluded:
            yield number, known
            return
        if tally.recorded in event.facts:
            known = _AT_LEAST
    if known == _NOT_BEGUN:
        yield now
        return
    gain = tally.gains.count(event) - tally.losses.count(event)
    yield max(low, min(high, number + gain)), known
    if gain < 0 and number == high:
        yield from ((n, known) for n in range(high + gain + 1, high + 1))
    if gain > 0 and number == low:
        yield from ((n, known) for n in range(low, low + gain))


def _mark_says(terms: Terms, mark: Mark, value: int) -> Term:
    begun = z3.BoolVal(True) if mark.since is None else terms.begun(mark.since)
    if isinstance(mark.what, tuple):
        since = terms.happened(mark.what, mark.since)
    else:
        held = terms.held(mark.what)
        since = z3.And(held.known, terms.counts(held.step, mark.since))
    return (z3.Not(begun), z3.And(begun, z3.Not(since)), z3.And(begun, since))[value]


def _counter_says(terms: Terms, counter: Counter, value: tuple[int, int]) -> Term:
    tally, since, low, high = counter
    total, left_out = terms.total(tally, since)
    number, known = value
    if known == _NOT_BEGUN:
        return z3.And(total == 0, z3.Not(left_out))
    least = z3.BoolVal(True) if number == low else total >= number
    if known == _AT_LEAST:
        return least
    return z3.And(least, z3.BoolVal(True) if number == high else total <= number, z3.Not(left_out))


def _is(reading: SymbolicVerdict, verdict: int) -> Term:
    met, unmet = (z3.BoolVal(verdict == each.value) for each in (Verdict.MET, Verdict.UNMET))
    return z3.And(reading.met == met, reading.unmet == unmet)


def _verdict(model: Term, reading: SymbolicVerdict) -> int:
    if z3.is_true(model.eval(reading.met, model_completion=True)):
        return Verdict.MET.value
    unmet = z3.is_true(model.eval(reading.unmet, model_completion=True))
    return Verdict.UNMET.value if unmet else Verdict.UNKNOWN.value
