"""Requirements by column: what a guard means at many events of many patients at once.

One more reading of a guard beside ``chart`` (which decides at one event), and held equal to it by tests. A criterion
about one thing is answered once for each change of it, and the rows at which it is asked look that up. Whatever is
earlier counts as accepted, which is so up to the first refusal, where a patient stops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeAlias, assert_never, cast

import numpy as np
from numpy.typing import NDArray

from hscpath.cohort.table import (
    Changes,
    Counts,
    CumulativeSum,
    LatestValue,
    PatientRows,
    Places,
    Sizes,
    Spots,
    Whether,
    after_none,
    once,
    wide,
)
from hscpath.criteria import (
    AllOf,
    AnyOf,
    Baseline,
    Compare,
    Criterion,
    Event,
    Fact,
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
from hscpath.verdict import MET, UNKNOWN, UNMET

VerdictColumn: TypeAlias = NDArray[np.int8]
"""The values of verdicts: "and" is the least of them, "or" the greatest, "not" what is left to two."""
IsMet: TypeAlias = Callable[[Sizes], Whether]


class Range(NamedTuple):
    """The sizes that are compatible with the record: not below, and not above, where these are known."""

    size: Sizes
    from_below: Whether
    from_above: Whether


class ColumnVerdicts:
    """Requirements asked at some rows of a table.

    A guard is asked before its event counts as having happened; *after* asks what is known once it has,
    and, if something is *imagined*, what another event would ask that came next, with nothing recorded at it.
    """

    def __init__(self, table: PatientRows, rows: Places, *, after: bool = False, imagined: Event | None = None) -> None:
        self.table = table
        self.rows = rows
        self._patient = table.patient.take(rows)
        self._now = Spots.of(rows + 1)
        self._lead = 0 if after else 1
        self._imagined = imagined
        self.made: dict[object, Any] = {}

    @once
    def verdicts(self, guard: Criterion) -> VerdictColumn:
        """Return whether a criterion is met, unmet or unknown at each row."""
        match guard:
            case Compare():
                return self._compare(guard)
            case OneOf():
                if guard.choice.several:
                    bits = guard.choice.code(guard.options)
                    return self._held(guard, guard.fact, lambda stored: (stored & _within(stored, bits)) != 0)
                is_wanted = np.zeros(len(guard.choice.options), np.bool_)
                is_wanted[[guard.choice.code(option) for option in guard.options]] = True
                return self._held(guard, guard.fact, is_wanted.take)
            case IsTrue():
                return self._held(guard, guard.fact, lambda stored: stored != 0)
            case Happened():
                return self._happened(guard)
            case AllOf():
                return self._all(guard.parts)
            case AnyOf():
                return self._some(1, guard.parts)
            case SomeOf():
                return self._some(guard.least, guard.parts)
            case Not():
                return _opposite(self.verdicts(guard.part))
            case _:
                assert_never(guard)

    # Joined criteria.

    def _all(self, parts: Iterable[Criterion]) -> VerdictColumn:
        verdict = np.full(len(self.rows), MET.value, np.int8)
        for part in parts:
            np.minimum(verdict, self.verdicts(part), out=verdict)
        return verdict

    def _some(self, least: int, parts: tuple[Criterion, ...]) -> VerdictColumn:
        if least == 1:
            verdict = np.full(len(self.rows), UNMET.value, np.int8)
            for part in parts:
                np.maximum(verdict, self.verdicts(part), out=verdict)
            return verdict
        met, possible = (np.zeros(len(self.rows), np.int32) for _ in range(2))
        for part in parts:
            verdict = self.verdicts(part)
            met += verdict == MET.value
            possible += verdict != UNMET.value
        # Both are met (2), only the second is unknown (1), neither is unmet (0): the verdicts' own values.
        return (met >= least).astype(np.int8) + (possible >= least)

    # What holds at each row.

    @once
    def _count(self, changes: Changes) -> Counts:
        """Return how many changes there were by each row, of whichever patients."""
        return changes.before(self._now)

    @once
    def _own(self, changes: Changes) -> Counts:
        """Return how many of these changes were those of the row's patient: if none, nothing is known."""
        return self._count(changes) - changes.before_each.take(self._patient)

    def _occurred(self, occasion: Occasion) -> tuple[Places, Whether]:
        """Return the place at which an occasion last happened before each row, and whether it did."""
        changes, place = self.table.seen(occasion.events, self._lead)
        return place.take(self._count(changes)), self._own(changes) > 0

    @once
    def _start(self, since: Occasion) -> Places:
        """Return the place from which on what is recorded is since an occasion: beyond all, where there is none."""
        begun, has = self._occurred(since)
        return np.where(has, begun + since.lead, len(self.table.event))

    def _kept(self, thing: Fact | Baseline | Snapshot) -> LatestValue | None:
        """Return what is held of something, unless nothing is known of it at an event that is only imagined."""
        if self._imagined is not None and thing in self._imagined.must:
            return None
        return self.table.held(thing, self._lead)

    def _held(self, guard: Compare | OneOf | IsTrue, thing: Fact | Baseline | Snapshot, is_met: IsMet) -> VerdictColumn:
        """Return whether what is held of something, and was recorded since then, is met."""
        held = self._kept(thing)
        if held is None:
            return np.full(len(self.rows), UNKNOWN.value, np.int8)
        count, known = self._count(held.changes), self._own(held.changes) > 0
        answers = self.table.made
        if (guard, self._lead) not in answers:
            answered = _verdicts(_ALL_KNOWN if held.known is None else held.known, is_met(held.stored))
            answers[guard, self._lead] = after_none(UNKNOWN.value, answered)
        verdict = cast("VerdictColumn", answers[guard, self._lead])
        if guard.since is not None:
            known &= held.place.take(count) >= self._start(guard.since)
        return _where(known, verdict.take(count))

    # Sizes.

    def _compare(self, guard: Compare) -> VerdictColumn:
        # Sizes are whole numbers: above n is at least n + 1, and the other two are opposites.
        more = 1 if guard.relation in (Relation.ABOVE, Relation.AT_MOST) else 0
        if isinstance(guard.limit, Multiple) or isinstance(guard.fact, Tally):
            verdict = self._reached(guard.fact, guard.since, guard.limit, more)
        else:
            limit = guard.limit + more
            verdict = self._held(guard, guard.fact, lambda stored: stored >= limit)
        return _opposite(verdict) if guard.relation in (Relation.BELOW, Relation.AT_MOST) else verdict

    def _reached(self, fact: Numeric, since: Occasion | None, limit: int | Multiple, more: int) -> VerdictColumn:
        """Return whether a size has reached a limit, by so much more: if not, what was left out might have made it."""
        one, other = self._range(fact, since), _ANY_SIZE
        if isinstance(limit, Multiple):
            other, over = self._range(limit.fact, None), limit.factor.denominator
            reached = _times(one.size, over) >= _times(other.size, limit.factor.numerator, limit.plus * over + more)
        else:
            reached = one.size >= limit + more
        met, unmet = one.from_below & other.from_above & reached, one.from_above & other.from_below & ~reached
        return UNKNOWN.value + met.astype(np.int8) - unmet

    def _range(self, fact: Numeric, since: Occasion | None) -> Range:
        if isinstance(fact, Tally):
            exact = _ALL_KNOWN if fact.recorded is None else self._exact(fact.recorded, since)
            return Range(self._sum(fact, since), _ALL_KNOWN, exact)
        held = self._kept(fact)
        if held is None:
            return Range(np.zeros(len(self.rows), np.int64), ~_ALL_KNOWN, ~_ALL_KNOWN)
        count = self._count(held.changes)
        stored, known = (each.take(count) for each in held.after)
        known &= self._own(held.changes) > 0
        if since is not None:
            known &= held.place.take(count) >= self._start(since)
        return Range(stored, known, known)

    def _sum(self, tally: Tally, since: Occasion | None) -> Sizes:
        """Return how much was summed by each row, since then."""
        sums: list[Sizes] = []
        if tally.recorded is not None:
            sums.append(self._since(self.table.total(tally.recorded), since))
        if tally.gains or tally.losses:
            sums.append(self._since(self.table.count(tally, self._lead), since))
        return sum(sums[1:], sums[0]) if sums else np.zeros(len(self.rows), np.int64)

    def _since(self, summed: CumulativeSum, since: Occasion | None) -> Sizes:
        changes, size, lead = summed
        if since is None and size is None:
            return self._own(changes)
        count = self._count(changes)
        if since is None:
            before = count - self._own(changes)
        else:
            before = changes.before(Spots.of(np.minimum(self._start(since) + lead, self.rows + 1)))
        return count - before if size is None else size.take(count) - size.take(before)

    def _exact(self, fact: Quantity, since: Occasion | None) -> Whether:
        """Return at which rows nothing was left out of a sum of what was recorded since then."""
        if fact in (() if self._imagined is None else self._imagined.facts):
            return np.zeros(len(self.rows), np.bool_) if since is None else ~self._occurred(since)[1]
        changes, place = self.table.omitted(fact)
        none = self._own(changes) <= 0
        return none if since is None else none | (place.take(self._count(changes)) < self._start(since))

    # Time.

    def _happened(self, guard: Happened) -> VerdictColumn:
        events = guard.occasion.events
        changes, place = self.table.seen(events, self._lead)
        count, happened = self._count(changes), self._own(changes) > 0
        if guard.since is not None:
            happened &= place.take(count) >= self._start(guard.since)
        if guard.at_least_ago is None and guard.at_most_ago is None:
            return _verdicts(_ALL_KNOWN, happened)
        if self._imagined is not None:
            return happened.astype(np.int8)  # known to have happened, and not how long ago
        table, now = self.table, self.rows
        if table.moment is not None:
            now = table.moment.take(now)
        # Days of rows that are not dated are taken along, and their answers are put to unknown below.
        days = table.day.take(now) - table.days_of(events, self._lead).take(count)
        inside = days >= (guard.at_least_ago or 0)
        if guard.at_most_ago is not None:
            inside &= days <= guard.at_most_ago
        if table.dated is None:
            return _verdicts(_ALL_KNOWN, inside & happened)
        then = place.take(count)
        if table.moment is not None:
            then = table.moment.take(then)
        known = table.dated.take(then) & table.dated.take(now) | (then == now) | ~happened
        return _verdicts(known, inside & happened)


_ALL_KNOWN: Whether = np.ones((), np.bool_)
"""What is known, where everything is."""
_ANY_SIZE = Range(np.zeros((), np.int64), _ALL_KNOWN, _ALL_KNOWN)
"""What stands for a limit that is a number, of which nothing is left out."""


def _within(stored: Sizes, bits: int) -> int:
    """Return those of some bits that any of the values can have."""
    return bits if stored.dtype == object else bits & np.iinfo(np.int64).max


def _verdicts(known: Whether, so: Whether) -> VerdictColumn:
    """Return met where something is known to be so, unmet where it is known not to be, else unknown."""
    verdict = so.astype(np.int8)
    verdict += verdict
    return verdict if known is _ALL_KNOWN else _where(known, verdict)


def _where(known: Whether, verdict: VerdictColumn) -> VerdictColumn:
    """Return a verdict where it is known, else unknown."""
    # Unknown becomes 0, so that multiplying by whether it is known leaves the others as they are.
    verdict -= UNKNOWN.value
    verdict *= known.view(np.int8)
    verdict += UNKNOWN.value
    return verdict


def _opposite(verdict: VerdictColumn) -> VerdictColumn:
    return np.subtract(MET.value, verdict, dtype=np.int8)


def _times(sizes: Sizes, factor: int, plus: int = 0) -> Sizes:
    """Return sizes times a factor, plus an amount."""
    return sizes.astype(wide(sizes, factor, plus), copy=False) * factor + plus
