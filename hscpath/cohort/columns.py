"""Criteria by column: what a guard means at many events of many patients at once.

One more reading of a guard beside ``chart`` (which decides at one event), and held equal to it by
tests. Everything stands in one log, sorted by patient and then by step, so that a place in the log
is as good as a step: a value is kept with the place that recorded it, an occasion is the list of
its places, and what is known at an event is the last such place before it of the same patient.
Whatever is earlier counts as accepted, which is so up to the first refusal, where a patient stops.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias, assert_never

import attrs
import numpy as np
from numpy.typing import NDArray

from hscpath.chart import lead_of
from hscpath.criteria import (
    AllOf,
    AnyOf,
    Baseline,
    Choice,
    Compare,
    Event,
    Fact,
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
from hscpath.verdict import MET, UNKNOWN, UNMET

Places: TypeAlias = NDArray[np.intp]
"""Where something stands in the log, in ascending order."""
Whether: TypeAlias = NDArray[np.bool_]
Verdicts: TypeAlias = NDArray[np.int8]
"""The values of verdicts: "and" is the least of them, "or" the greatest, "not" what is left to two."""
Sizes: TypeAlias = NDArray[Any]
"""Whole numbers: of 64 bits where these suffice, else Python's own."""

NOWHERE = -1

_SMALL = 2**62


class Recorded(NamedTuple):
    """What a log holds of one fact: where, what, and what of it is known.

    An option is kept by its number, several by the bits of theirs. What an inferred event must
    record and does not is not known from there on.
    """

    places: Places
    stored: Sizes
    known: Whether | None = None

    @property
    def given(self) -> tuple[Places, Sizes]:
        """Where a value was recorded, and the values."""
        if self.known is None:
            return self.places, self.stored
        return self.places[self.known], self.stored[self.known]


class Range(NamedTuple):
    """The sizes that are compatible with the record: not below, and not above, where these are known."""

    size: Sizes
    from_below: Whether
    from_above: Whether


@attrs.frozen(eq=False, slots=False)
class Table:
    """A piece of a log in order of patient and step, as arrays.

    *first* is the place at which each patient begins, *patient* the number of each row's patient.
    *event* is the number of each row's event, or -1; *day* its day where it is *dated*. *moment* is
    the place of the row whose day it shares, which is its own but where it is "the same day".
    """

    first: Places
    patient: Places
    event: NDArray[np.integer[Any]]
    day: NDArray[np.int64]
    dated: Whether
    moment: Places | None
    events: tuple[Event, ...]
    recorded: Mapping[Fact, Recorded]
    _places: dict[tuple[Event, ...], Places] = attrs.field(factory=dict[tuple[Event, ...], Places], init=False)
    _totals: dict[object, tuple[Places, Sizes]] = attrs.field(
        factory=dict[object, tuple[Places, Sizes]], init=False
    )

    @cached_property
    def _by_event(self) -> tuple[Places, NDArray[np.intp]]:
        """The places sorted by event, and where each event begins among them."""
        places = np.argsort(self.event, kind="stable")
        return places, np.searchsorted(self.event[places], np.arange(len(self.events) + 1))

    @cached_property
    def _numbers(self) -> Mapping[Event, int]:
        return {event: number for number, event in enumerate(self.events)}

    @cached_property
    def begun(self) -> Places:
        """The place at which the patient of each row begins."""
        return self.first[self.patient]

    def rows_of(self, event: Event) -> Places:
        """Return the places of one event."""
        number = self._numbers.get(event)
        if number is None:
            return np.empty(0, np.intp)
        places, starts = self._by_event
        return places[starts[number] : starts[number + 1]]

    def places_of(self, events: tuple[Event, ...]) -> Places:
        """Return the places at which any of these events happened."""
        places = self._places.get(events)
        if places is None:
            rows = [self.rows_of(event) for event in dict.fromkeys(events)]
            places = self._places[events] = rows[0] if len(rows) == 1 else np.sort(np.concatenate(rows))
        return places

    def values_of(self, fact: Fact) -> Recorded:
        """Return what is recorded of a fact."""
        recorded = self.recorded.get(fact)
        return Recorded(np.empty(0, np.intp), np.empty(0, np.int64)) if recorded is None else recorded

    def left_out(self, fact: Fact) -> Places:
        """Return where an event could have recorded a fact and did not."""
        could = tuple(event for event in self.events if fact in event.facts)
        if not could:
            return np.empty(0, np.intp)
        return np.setdiff1d(self.places_of(could), self.values_of(fact).given[0], assume_unique=True)

    def occurrences(self, tally: Tally) -> tuple[Places, Sizes]:
        """Return where a tally's events happened, and how often they had by then, before each and after the last."""
        return self._summed((tally.gains, tally.losses), self._weighed, tally)

    def amounts(self, fact: Quantity) -> tuple[Places, Sizes]:
        """Return where a quantity was recorded, and its total before each and after the last."""
        return self._summed(fact, lambda of: self.values_of(of).given, fact)

    def omissions(self, fact: Quantity) -> tuple[Places, Sizes]:
        """Return where a quantity was left out, and how often it had been before each and after the last."""
        return self._summed(("left out", fact), self._unrecorded, fact)

    def _weighed(self, tally: Tally) -> tuple[Places, Sizes]:
        changed = dict.fromkeys((*tally.gains, *tally.losses))
        weights = {event: tally.gains.count(event) - tally.losses.count(event) for event in changed}
        counted = [(self.rows_of(event), weight) for event, weight in weights.items() if weight]
        if not counted:
            return np.empty(0, np.intp), np.empty(0, np.int64)
        places = np.concatenate([rows for rows, _ in counted])
        weighed = np.concatenate([np.full(len(rows), weight, np.int64) for rows, weight in counted])
        order = np.argsort(places, kind="stable")
        return places[order], weighed[order]

    def _unrecorded(self, fact: Quantity) -> tuple[Places, Sizes]:
        places = self.left_out(fact)
        return places, np.ones(len(places), np.int64)

    def _summed(self, key: object, find: Any, what: object) -> tuple[Places, Sizes]:
        known = self._totals.get(key)
        if known is None:
            places, amounts = find(what)
            before = np.zeros(len(amounts) + 1, _wide(amounts, len(amounts)))
            np.cumsum(amounts, out=before[1:])
            known = self._totals[key] = places, before
        return known


class Asking:
    """Criteria asked at some rows of a table, all of them of one event.

    A guard is asked before its event counts as having happened; *after* asks what is known once it has.
    """

    def __init__(self, table: Table, rows: Places, *, after: bool = False) -> None:
        self.table = table
        self.rows = rows
        self.first = table.begun[rows]
        self.until = rows + 1 if after else rows
        self._verdicts: dict[Guard, Verdicts] = {}
        self._latest: dict[object, Places] = {}

    def verdicts(self, guard: Guard) -> Verdicts:
        """Return whether a criterion is met, unmet or unknown at each row."""
        found = self._verdicts.get(guard)
        if found is None:
            found = self._verdicts[guard] = self._meaning(guard)
        return found

    def _meaning(self, guard: Guard) -> Verdicts:
        match guard:
            case Compare():
                return self._compare(guard)
            case OneOf():
                number = {option: n for n, option in enumerate(guard.choice.options)}
                held, known = self._kept(guard.fact, guard.since)
                wanted = sorted(number[option] for option in guard.options)
                if guard.choice.several:
                    return _verdicts(known, (held & sum(1 << n for n in wanted)) != 0)
                is_wanted = np.zeros(len(number), np.bool_)
                is_wanted[wanted] = True
                return _verdicts(known, is_wanted[held])
            case IsTrue():
                held, known = self._kept(guard.fact, guard.since)
                return _verdicts(known, held != 0)
            case Happened():
                return self._happened(guard)
            case AllOf():
                return self._all(guard.parts)
            case AnyOf():
                return self._some(1, guard.parts)
            case SomeOf():
                return self._some(guard.least, guard.parts)
            case Not():
                return MET.value - self.verdicts(guard.part)
            case _:
                assert_never(guard)

    # Joined criteria.

    def _all(self, parts: Iterable[Guard]) -> Verdicts:
        verdict = np.full(len(self.rows), MET.value, np.int8)
        for part in parts:
            np.minimum(verdict, self.verdicts(part), out=verdict)
        return verdict

    def _some(self, least: int, parts: tuple[Guard, ...]) -> Verdicts:
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
        return (met >= least).astype(np.int8) + (possible >= least)

    # What is known at each row.

    def _last(self, key: object, places: Places, until: Places) -> Places:
        """Return which of some places is the last of the same patient before *until*, or ``NOWHERE``."""
        found = self._latest.get(key)
        if found is None:
            found = np.searchsorted(places, until) - 1
            if len(places):
                found[places[found] < self.first] = NOWHERE
            self._latest[key] = found
        return found

    def _occurred(self, occasion: Occasion) -> Places:
        """Return the place at which an occasion last happened before each row, or ``NOWHERE``."""
        places = self.table.places_of(occasion.events)
        found = self._last(occasion.events, places, self.until)
        return np.where(found == NOWHERE, NOWHERE, places[found]) if len(places) else found

    def _value(self, fact: Fact) -> tuple[Recorded, Places]:
        """Return what is recorded of a fact, and which entry of it holds at each row."""
        recorded = self.table.values_of(fact)
        return recorded, self._last(fact, recorded.places, self.rows + 1)

    def _as_it_stood(self, thing: Baseline | Snapshot) -> tuple[Recorded, Places]:
        """Return what is recorded of a fact, and which entry of it held at the latest occurrence."""
        recorded, then = self.table.values_of(thing.fact), self._occurred(thing.occasion)
        found = self._last((thing.fact, thing.occasion.events), recorded.places, then + 1)
        return recorded, np.where(then == NOWHERE, NOWHERE, found)

    def _kept(self, thing: Fact | Baseline | Snapshot, since: Occasion | None) -> tuple[Sizes, Whether]:
        """Return the value of something at each row, and whether it is known (and recorded since then)."""
        recorded, entry = self._as_it_stood(thing) if isinstance(thing, Baseline | Snapshot) else self._value(thing)
        known = entry != NOWHERE
        if not len(recorded.places):
            return np.zeros(len(self.rows), np.int64), known
        if recorded.known is not None:
            known &= recorded.known[entry]
        if since is not None:
            begun = self._occurred(since)
            known &= (begun != NOWHERE) & (recorded.places[entry] >= begun + lead_of(since))
        return recorded.stored[entry], known

    # Sizes.

    def _compare(self, guard: Compare) -> Verdicts:
        # Sizes are whole numbers: above n is at least n + 1, and the other two are opposites.
        more = 1 if guard.relation in (Relation.ABOVE, Relation.AT_MOST) else 0
        opposite = guard.relation in (Relation.BELOW, Relation.AT_MOST)
        one = self._range(guard.fact, guard.since)
        if isinstance(guard.limit, Multiple):
            limit, other = guard.limit, self._range(guard.limit.fact, None)
            over, under = limit.factor.denominator, limit.factor.numerator
            size, least = _times(one.size, over), _times(other.size, under, limit.plus * over + more)
            reached = size >= least
            met, unmet = one.from_below & other.from_above & reached, one.from_above & other.from_below & ~reached
        else:
            reached = one.size >= guard.limit + more
            met, unmet = one.from_below & reached, one.from_above & ~reached
        verdict = UNKNOWN.value + met.astype(np.int8) - unmet
        return MET.value - verdict if opposite else verdict

    def _range(self, fact: Numeric, since: Occasion | None) -> Range:
        if isinstance(fact, Tally):
            return self._total(fact, since)
        size, known = self._kept(fact, since)
        return Range(size, known, known)

    def _total(self, tally: Tally, since: Occasion | None) -> Range:
        start, counting = self.first, None
        if since is not None:
            begun = self._occurred(since)
            counting = begun != NOWHERE
            start = np.where(counting, begun + lead_of(since), self.rows + 1)
        total = _between(self.table.occurrences(tally), start, np.maximum(start, self.until))
        exact = np.ones(len(self.rows), np.bool_)
        if tally.recorded is not None:
            end = np.maximum(start, self.rows + 1)
            total = total + _between(self.table.amounts(tally.recorded), start, end)
            exact = _between(self.table.omissions(tally.recorded), start, end) == 0
        return Range(total, np.ones(len(self.rows), np.bool_), exact)

    # Time.

    def _happened(self, guard: Happened) -> Verdicts:
        latest = self._occurred(guard.occasion)
        happened = latest != NOWHERE
        if guard.since is not None:
            begun = self._occurred(guard.since)
            happened &= (begun != NOWHERE) & (latest >= begun + lead_of(guard.since))
        if guard.at_least_ago is None and guard.at_most_ago is None:
            return np.where(happened, np.int8(MET.value), np.int8(UNMET.value))
        table, then, now = self.table, latest, self.rows
        if table.moment is not None:
            then, now = table.moment[then], table.moment[now]
        days = table.day[now] - table.day[then]
        known = table.dated[then] & table.dated[now] | (then == now)
        inside = days >= (guard.at_least_ago or 0)
        if guard.at_most_ago is not None:
            inside &= days <= guard.at_most_ago
        verdict = _verdicts(known, inside)
        verdict[~happened] = UNMET.value
        return verdict


def _verdicts(known: Whether, so: Whether) -> Verdicts:
    """Return met where something is known to be so, unmet where it is known not to be, else unknown."""
    return np.where(known, np.where(so, np.int8(MET.value), np.int8(UNMET.value)), np.int8(UNKNOWN.value))


def _between(summed: tuple[Places, Sizes], start: Places, end: Places) -> Sizes:
    """Return how much was summed at the places from *start* to before *end*."""
    places, before = summed
    return before[np.searchsorted(places, end)] - before[np.searchsorted(places, start)]


def _wide(sizes: Sizes, times: int, plus: int = 0) -> Any:
    """Return the type that holds so many times the greatest of some whole numbers."""
    greatest = max(1, *(abs(int(end)) for end in (sizes.max(initial=0), sizes.min(initial=0))))
    return np.dtype(np.int64 if greatest * max(times, 1) + abs(plus) < _SMALL else object)


def _times(sizes: Sizes, factor: int, plus: int = 0) -> Sizes:
    """Return sizes times a factor, plus an amount."""
    return sizes.astype(_wide(sizes, factor, plus), copy=False) * factor + plus
