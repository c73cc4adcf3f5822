"""Criteria by column: what a guard means at many events of many patients at once.

One more reading of a guard beside ``chart`` (which decides at one event), and held equal to it by
tests. Everything stands in one log, sorted by patient and then by step, so that a place in the log
is as good as a step: a value is kept with the place that recorded it, an occasion is the list of
its places, and what is known at an event is the last such place before it of the same patient.
Whatever is earlier counts as accepted, which is so up to the first refusal, where a patient stops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias, assert_never, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from hscpath.chart import lead_of
from hscpath.criteria import (
    AllOf,
    AnyOf,
    Baseline,
    Compare,
    Event,
    Fact,
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
"""Whole numbers: of 32 or 64 bits where these suffice, else Python's own."""

NOWHERE = -1

_SMALL, _LARGE = 2**30, 2**62


class Spots:
    """Places of which every row can be told how many are before it, which is the last, and what was summed there.

    Where few rows ask, the places are searched; where many do, a column is made that holds the counts.
    """

    def __init__(self, places: Places, rows: int, amounts: Sizes | None = None) -> None:
        self.places = places
        self._rows = rows
        self._amounts = amounts
        self._asked = 0
        self._before_each: Sizes | None = None

    def count_before(self, rows: Places) -> Sizes:
        """Return how many of the places are before each row, of whichever patients."""
        if len(self.places) * _FEW < len(rows) and bool((rows[1:] >= rows[:-1]).all()):
            return _steps(np.searchsorted(rows, self.places, side="right"), len(rows))
        self._asked += len(rows)
        if self._asked * _SEARCH > self._rows and len(self.places):
            return self._count[rows]
        return np.searchsorted(self.places, rows)

    def last(self, count: Sizes) -> Places:
        """Return the last of so many of the places, or ``NOWHERE``."""
        return self._led[count]

    def last_before(self, rows: Places) -> Places:
        """Return the last of the places before each row, of whichever patient, or ``NOWHERE``."""
        return self.last(self.count_before(rows))

    def total(self, count: Sizes) -> Sizes:
        """Return how much was summed at the first so many of the places."""
        return count if self._amounts is None else self._total[count]

    def total_before_each(self, first: Places) -> Sizes:
        """Return how much was summed at the places before each patient."""
        if self._before_each is None:
            self._before_each = self.total(self.count_before(first))
        return self._before_each

    @cached_property
    def _led(self) -> Places:
        return np.concatenate(([NOWHERE], self.places))

    @cached_property
    def _total(self) -> Sizes:
        amounts = cast("Sizes", self._amounts)
        wide = _wide(amounts, len(amounts))
        return np.concatenate((np.zeros(1, wide), np.cumsum(amounts, dtype=wide)))

    @cached_property
    def _count(self) -> Sizes:
        return _steps(self.places + 1, self._rows + 1)


_SEARCH = 12
"""How many rows of a column cost as much as one search in a list."""
_FEW = 8
"""How many rows must ask about each place so that it pays to look for the places among the rows."""


def _steps(begins: Places, rows: int) -> Sizes:
    """Return how many of some places in order each of so many rows has reached."""
    return np.repeat(np.arange(len(begins) + 1, dtype=np.int32), np.diff(begins, prepend=0, append=rows))


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


Column: TypeAlias = tuple[Sizes, Whether | None]
"""What was recorded last after so many entries, from none on, and whether it is known, where that is in question."""


class Range(NamedTuple):
    """The sizes that are compatible with the record: not below, and not above, where these are known."""

    size: Sizes
    from_below: Whether
    from_above: Whether


@attrs.frozen(eq=False, slots=False)
class Table:
    """A piece of a log in order of patient and step, as arrays.

    *first* is the place at which each patient begins, *patient* the number of each row's patient.
    *event* is the number of each row's event, or -1; *day* its day where it is *dated*, as all are if
    that is not said. *moment* is the place of the row whose day it shares: its own, but where it is
    "the same day".
    """

    first: Places
    patient: Places
    event: NDArray[np.integer[Any]]
    day: NDArray[np.int32]
    dated: Whether | None
    moment: Places | None
    events: tuple[Event, ...]
    recorded: Mapping[str, Recorded]
    _spots: dict[object, Spots] = attrs.field(factory=dict[object, Spots], init=False)
    _columns: dict[str, Column] = attrs.field(factory=dict[str, "Column"], init=False)

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
        number = self._numbers[event]
        places, starts = self._by_event
        return places[starts[number] : starts[number + 1]]

    def places_of(self, events: tuple[Event, ...]) -> Spots:
        """Return the places at which any of these events happened."""
        return self._found(
            events, lambda: (self._together([self.rows_of(event) for event in dict.fromkeys(events)]), None)
        )

    def values_of(self, fact: Fact) -> Recorded:
        """Return what is recorded of a fact."""
        recorded = self.recorded.get(fact.name)
        return Recorded(_NO_PLACES, np.empty(0, np.int64)) if recorded is None else recorded

    def entries_of(self, fact: Fact) -> Spots:
        """Return the places at which a fact was recorded, or is not known from there on."""
        return self._found(fact.name, lambda: self.values_of(fact)[:2])

    def column_of(self, fact: Fact) -> Column:
        """Return what is held of a fact after so many entries, from none on, and whether it is known then."""
        column = self._columns.get(fact.name)
        if column is None:
            _, stored, known = self.values_of(fact)
            still = None if known is None else np.concatenate(([False], known))
            column = self._columns[fact.name] = np.concatenate((np.zeros(1, stored.dtype), stored)), still
        return column

    def occurrences(self, tally: Tally) -> Spots:
        """Return the places at which a tally's events happened, with what each adds."""
        if not tally.losses and len(set(tally.gains)) == len(tally.gains):
            return self.places_of(tally.gains)
        return self._found((tally.gains, tally.losses), lambda: self._weighed(tally))

    def amounts(self, fact: Quantity) -> Spots:
        """Return the places at which a quantity was recorded, with how much it was."""
        recorded = self.values_of(fact)
        if recorded.known is None:
            return self.entries_of(fact)
        return self._found(("amounts", fact.name), lambda: recorded.given)

    def omissions(self, fact: Quantity) -> Spots:
        """Return the places at which an event could have recorded a quantity and did not."""
        return self._found(("omissions", fact.name), lambda: (self._left_out(fact), None))

    def _found(self, key: object, find: Callable[[], tuple[Places, Sizes | None]]) -> Spots:
        spots = self._spots.get(key)
        if spots is None:
            places, amounts = find()
            spots = self._spots[key] = Spots(places, len(self.event), amounts)
        return spots

    def _together(self, rows: list[Places]) -> Places:
        return rows[0] if len(rows) == 1 else np.sort(np.concatenate([_NO_PLACES, *rows]))

    def _left_out(self, fact: Quantity) -> Places:
        given, _ = self.values_of(fact).given
        left_out = np.array([*(fact in event.facts for event in self.events), False])[self.event]
        left_out[given] = False
        return np.flatnonzero(left_out)

    def _weighed(self, tally: Tally) -> tuple[Places, Sizes]:
        changed = dict.fromkeys((*tally.gains, *tally.losses))
        places = self._together([self.rows_of(event) for event in changed])
        weights = np.array([tally.gains.count(event) - tally.losses.count(event) for event in self.events], np.int64)
        return places, weights[self.event[places]]


_NO_PLACES: Places = np.empty(0, np.intp)


class Asking:
    """Criteria asked at some rows of a table.

    A guard is asked before its event counts as having happened; *after* asks what is known once it has,
    and, if something is *imagined*, what another event would ask that came next, with nothing recorded at it.
    """

    def __init__(self, table: Table, rows: Places, *, after: bool = False, imagined: Event | None = None) -> None:
        self.table = table
        self.rows = rows
        self._imagined = imagined
        self._recordable = frozenset(() if imagined is None else imagined.facts)
        self.patient = table.patient[rows]
        self.first = table.first[self.patient]
        self._now = rows + 1
        self._past = self._now if after else rows
        self._verdicts: dict[int, Verdicts] = {}
        self._latest: dict[tuple[Event, ...], Places] = {}
        self._counts: dict[int, Sizes] = {}
        self._found: dict[tuple[int, int], Any] = {}

    def verdicts(self, guard: Guard) -> Verdicts:
        """Return whether a criterion is met, unmet or unknown at each row."""
        found = self._verdicts.get(id(guard))
        if found is None:
            found = self._verdicts[id(guard)] = self._meaning(guard)
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
                return _opposite(self.verdicts(guard.part))
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

    def _occurred(self, occasion: Occasion) -> Places:
        """Return the place at which an occasion last happened before each row, or ``NOWHERE``."""
        found = self._latest.get(occasion.events)
        if found is None:
            found = self.table.places_of(occasion.events).last_before(self._past)
            found = self._latest[occasion.events] = np.where(found < self.first, NOWHERE, found)
        return found

    def _by_now(self, spots: Spots) -> Sizes:
        """Return how many of some places are before each row or there: an event asks what it records itself."""
        found = self._counts.get(id(spots))
        if found is None:
            found = self._counts[id(spots)] = spots.count_before(self._now)
        return found

    def _kept(self, thing: Fact | Baseline | Snapshot, since: Occasion | None) -> tuple[Sizes, Whether]:
        """Return the value of something at each row, and whether it is known (and recorded since then)."""
        key = id(thing), id(since)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._looked_up(thing, since)
        return found

    def _looked_up(self, thing: Fact | Baseline | Snapshot, since: Occasion | None) -> tuple[Sizes, Whether]:
        if isinstance(thing, Baseline | Snapshot):
            fact: Fact = thing.fact
            spots = self.table.entries_of(fact)
            count = spots.count_before(self._occurred(thing.occasion) + 1)
        else:
            fact = thing
            if self._imagined is not None and fact in self._imagined.must:
                return np.zeros(len(self.rows), np.int64), np.zeros(len(self.rows), np.bool_)
            spots = self.table.entries_of(fact)
            count = self._by_now(spots)
        place = spots.last(count)
        known = place >= self.first
        if since is not None:
            begun = self._occurred(since)
            known &= (begun != NOWHERE) & (place >= begun + lead_of(since))
        stored, still = self.table.column_of(fact)
        if still is not None:
            known &= still[count]
        return stored[count], known

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
            if one.from_below is one.from_above:
                verdict = _verdicts(one.from_below, reached)
                return _opposite(verdict) if opposite else verdict
            met, unmet = one.from_below & reached, one.from_above & ~reached
        verdict = UNKNOWN.value + met.astype(np.int8) - unmet
        return _opposite(verdict) if opposite else verdict

    def _range(self, fact: Numeric, since: Occasion | None) -> Range:
        if isinstance(fact, Tally):
            return self._total(fact, since)
        size, known = self._kept(fact, since)
        return Range(size, known, known)

    def _total(self, tally: Tally, since: Occasion | None) -> Range:
        key = id(tally), id(since)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._summed(tally, since)
        return found

    def _summed(self, tally: Tally, since: Occasion | None) -> Range:
        start = None
        if since is not None:
            begun = self._occurred(since)
            start = np.where(begun == NOWHERE, len(self.table.event), begun + lead_of(since))
        if tally.recorded is None:
            occurrences = self.table.occurrences(tally)
            return Range(self._since(start, occurrences, occurrences.count_before(self._past)), _ALL, _ALL)
        amounts, omissions = self.table.amounts(tally.recorded), self.table.omissions(tally.recorded)
        total = self._since(start, amounts, self._by_now(amounts))
        if tally.gains or tally.losses:
            occurrences = self.table.occurrences(tally)
            total = total + self._since(start, occurrences, occurrences.count_before(self._past))
        exact = omissions.last(self._by_now(omissions)) < (self.first if start is None else start)
        if tally.recorded in self._recordable:
            exact = np.zeros(len(self.rows), np.bool_) if since is None else self._occurred(since) == NOWHERE
        return Range(total, _ALL, exact)

    def _since(self, start: Places | None, spots: Spots, count: Sizes) -> Sizes:
        """Return how much was summed at so many places, from the patient's first row or a later start."""
        total = spots.total(count)
        if start is None:
            return total - spots.total_before_each(self.table.first)[self.patient]
        return total - spots.total(np.minimum(spots.count_before(start), count))

    # Time.

    def _happened(self, guard: Happened) -> Verdicts:
        latest = self._occurred(guard.occasion)
        happened: Whether = latest != NOWHERE
        if guard.since is not None:
            begun = self._occurred(guard.since)
            happened &= (begun != NOWHERE) & (latest >= begun + lead_of(guard.since))
        if guard.at_least_ago is None and guard.at_most_ago is None:
            return happened.astype(np.int8) * np.int8(MET.value)
        if self._imagined is not None:
            return happened.astype(np.int8)  # known to have happened, and not how long ago
        table, then, now = self.table, latest, self.rows
        if table.moment is not None:
            then, now = table.moment[then], table.moment[now]
        days = table.day[now] - table.day[then]
        known = _ALL if table.dated is None else table.dated[then] & table.dated[now] | (then == now)
        inside = days >= (guard.at_least_ago or 0)
        if guard.at_most_ago is not None:
            inside &= days <= guard.at_most_ago
        verdict = _verdicts(known, inside)
        if not happened.all():
            verdict[~happened] = UNMET.value
        return verdict


_ALL: Whether = np.ones((), np.bool_)
"""What is known, where everything is."""


def _verdicts(known: Whether, so: Whether) -> Verdicts:
    """Return met where something is known to be so, unmet where it is known not to be, else unknown."""
    verdict = so.astype(np.int8)
    verdict += verdict
    if known is not _ALL and not known.all():
        verdict[~known] = UNKNOWN.value
    return verdict


def _opposite(verdict: Verdicts) -> Verdicts:
    return np.subtract(MET.value, verdict, dtype=np.int8)


def _wide(sizes: Sizes, times: int, plus: int = 0) -> Any:
    """Return the type that holds so many times the greatest of some whole numbers."""
    greatest = max(1, *(abs(int(end)) for end in (sizes.max(initial=0), sizes.min(initial=0))))
    most = greatest * max(times, 1) + abs(plus)
    return np.dtype(np.int32 if most < _SMALL else np.int64 if most < _LARGE else object)


def _times(sizes: Sizes, factor: int, plus: int = 0) -> Sizes:
    """Return sizes times a factor, plus an amount."""
    return sizes.astype(_wide(sizes, factor, plus), copy=False) * factor + plus
