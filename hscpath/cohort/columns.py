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
from typing import Any, NamedTuple, TypeAlias, TypeVar, assert_never, cast

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

Made = TypeVar("Made")

NOWHERE = -1

_SMALL, _LARGE = 2**30, 2**62


class Spots(NamedTuple):
    """Rows of which it can be asked what changed before them: each is a bit of a word, told by all bits below it."""

    word: Places
    below: NDArray[np.uint64]

    @classmethod
    def of(cls, rows: Places) -> Spots:
        """Return rows as bits of words."""
        return cls(rows >> 6, (np.uint64(1) << (rows & 63).astype(np.uint64)) - np.uint64(1))


class Changes:
    """The rows before which something changes: a bit for each row of the log, counted word by word.

    So it costs the same few operations to tell of any row how many changes came before it, be they many or few.
    *first* are those before which nothing has changed of each patient.
    """

    def __init__(self, changes: Whether, first: Spots) -> None:
        bits = np.zeros(len(changes) // 64 * 8 + 8, np.uint8)
        packed = np.packbits(changes, bitorder="little")
        bits[: len(packed)] = packed
        self._words = bits.view("<u8")
        many = np.bitwise_count(self._words)
        self._before = np.cumsum(many, dtype=np.int32) - many
        self.before_each = self.before(first)

    def before(self, spots: Spots) -> Places:
        """Return how many changes come before each of some rows, of whichever patients."""
        count = self._before.take(spots.word)
        count += np.bitwise_count(self._words.take(spots.word) & spots.below)
        return count


@attrs.frozen(eq=False, slots=False)
class Recorded:
    """What a log holds of one fact: whether anything at each row, and in that order what, and what of it is known.

    An option is kept by its number, several by the bits of theirs. What an inferred event must
    record and does not is not known from there on.
    """

    here: Whether
    stored: Sizes
    known: Whether | None = None

    @cached_property
    def places(self) -> Places:
        """Where anything was recorded, or is not known from there on."""
        return np.flatnonzero(self.here)

    @property
    def given(self) -> Whether:
        """Whether a value was recorded at each row."""
        if self.known is None:
            return self.here
        given = np.zeros(len(self.here), np.bool_)
        given[self.places[self.known]] = True
        return given


@attrs.frozen(eq=False, slots=False)
class Held:
    """What is held of something after each change: the value, and whether it is known, if not always."""

    changes: Changes
    stored: Sizes
    known: Whether | None
    _places: Callable[[], Places]

    @cached_property
    def after(self) -> tuple[Sizes, Whether]:
        """The value after so many changes, from none on, and whether it is known."""
        known = np.ones(len(self.stored), np.bool_) if self.known is None else self.known
        return _after_none(0, self.stored), _after_none(False, known)

    @cached_property
    def place(self) -> Places:
        """Where it was recorded, after so many changes."""
        return _after_none(0, self._places())


class Seen(NamedTuple):
    """Where something happened last after so many changes, from none on."""

    changes: Changes
    place: Places


class Sum(NamedTuple):
    """How much was summed after so many changes, from none on, of whichever patients: 1 for each, if nothing is said."""

    changes: Changes
    size: Sizes | None
    lead: int


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
    patient: NDArray[np.int32]
    event: NDArray[np.integer[Any]]
    day: NDArray[np.int32]
    dated: Whether | None
    moment: Places | None
    events: tuple[Event, ...]
    recorded: Mapping[str, Recorded]
    _made: dict[object, Any] = attrs.field(factory=dict[object, Any], init=False)

    @cached_property
    def _by_event(self) -> tuple[Places, NDArray[np.intp]]:
        """The places sorted by event, and where each event begins among them."""
        bits = len(self.event).bit_length()
        key = self.event.astype(np.int32 if len(self.events) << bits < _SMALL else np.int64) << bits
        key += np.arange(len(key), dtype=key.dtype)
        key.sort()
        starts = np.searchsorted(key, np.arange(len(self.events) + 1, dtype=key.dtype) << bits)
        return (key & ((1 << bits) - 1)).astype(np.intp), starts

    @cached_property
    def _numbers(self) -> Mapping[Event, int]:
        return {event: number for number, event in enumerate(self.events)}

    @cached_property
    def begun(self) -> Places:
        """The place at which the patient of each row begins."""
        return self.first.take(self.patient)

    def rows_of(self, event: Event) -> Places:
        """Return the places of one event."""
        number = self._numbers[event]
        places, starts = self._by_event
        return places[starts[number] : starts[number + 1]]

    def values_of(self, fact: Fact) -> Recorded:
        """Return what is recorded of a fact."""
        recorded = self.recorded.get(fact.name)
        return Recorded(np.zeros(len(self.event), np.bool_), np.empty(0, np.int64)) if recorded is None else recorded

    # What changes when: what an event records holds at once, that it happened *lead* rows later.

    def held(self, thing: Fact | Baseline | Snapshot, lead: int) -> Held:
        """Return what is held of a fact, or was when an event last happened."""
        if isinstance(thing, Baseline | Snapshot):
            key = thing.fact.name, _names(thing.occasion.events), lead
            return self._kept(key, lambda: self._noted(thing.fact, self.seen(thing.occasion.events, lead)))
        return self._kept(thing.name, lambda: self._recorded(thing))

    def seen(self, events: tuple[Event, ...], lead: int) -> Seen:
        """Return where any of some events last happened."""
        return self._kept((_names(events), lead), lambda: self._last(self._rows_of(events), lead))

    def days_of(self, events: tuple[Event, ...], lead: int) -> NDArray[np.int32]:
        """Return the day on which any of some events last happened, after so many changes."""
        return self._kept(("day", _names(events), lead), lambda: self._days_at(self.seen(events, lead).place))

    def omitted(self, fact: Quantity) -> Seen:
        """Return where an event could last have recorded a quantity and did not."""
        return self._kept(("omitted", fact.name), lambda: self._last(self._left_out(fact), 0))

    def count(self, tally: Tally, lead: int) -> Sum:
        """Return how often a tally's events happened."""
        return self._kept((_names(tally.gains), _names(tally.losses), lead), lambda: self._counted(tally, lead))

    def total(self, fact: Quantity) -> Sum:
        """Return how much of a quantity was recorded."""
        return self._kept(("total", fact.name), lambda: self._totalled(fact))

    def answers(self, key: object, held: Held, is_met: Callable[[Sizes], Whether]) -> Verdicts:
        """Return whether something that is held is met, unmet or unknown after so many changes."""
        known = _ALL if held.known is None else held.known
        return self._kept(
            ("answers", key), lambda: _after_none(UNKNOWN.value, _verdicts(known, is_met(held.stored)))
        )

    def _kept(self, key: object, make: Callable[[], Made]) -> Made:
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = make()
        return cast("Made", made)

    def _changes(self, here: Whether, lead: int) -> Changes:
        return Changes(here, self._kept(("first", lead), lambda: Spots.of(self.first + lead)))

    def _recorded(self, fact: Fact) -> Held:
        recorded = self.values_of(fact)
        return Held(self._changes(recorded.here, 0), recorded.stored, recorded.known, lambda: recorded.places)

    def _noted(self, fact: Fact, seen: Seen) -> Held:
        then, places = self.held(fact, 0), seen.place[1:]
        count = then.changes.before(Spots.of(places + 1))
        stored, known = (each.take(count) for each in then.after)
        known &= count > then.changes.before_each.take(self.patient.take(places))
        return Held(seen.changes, stored, known, lambda: then.place.take(count))

    def _days_at(self, places: Places) -> NDArray[np.int32]:
        then = places if self.moment is None else self.moment.take(places)
        return self.day.take(then) if len(self.day) else np.zeros(len(places), np.int32)

    def _last(self, places: Places, lead: int) -> Seen:
        here = np.zeros(len(self.event) + lead, np.bool_)
        here[places + lead] = True
        return Seen(self._changes(here, lead), _after_none(0, places))

    def _rows_of(self, events: Iterable[Event]) -> Places:
        rows = [self.rows_of(event) for event in dict.fromkeys(events)]
        return rows[0] if len(rows) == 1 else np.sort(np.concatenate([_NO_PLACES, *rows]))

    def _left_out(self, fact: Quantity) -> Places:
        could = np.zeros(len(self.event), np.bool_)
        for event in self.events:
            if fact in event.facts:
                could[self.rows_of(event)] = True
        return np.flatnonzero(could & ~self.values_of(fact).given)

    def _counted(self, tally: Tally, lead: int) -> Sum:
        changes, place = self.seen(tuple(dict.fromkeys((*tally.gains, *tally.losses))), lead)
        if not tally.losses and len(set(tally.gains)) == len(tally.gains):
            return Sum(changes, None, lead)
        weights = np.array([tally.gains.count(event) - tally.losses.count(event) for event in self.events], np.int64)
        return Sum(changes, _summed(weights.take(self.event.take(place[1:]))), lead)

    def _totalled(self, fact: Quantity) -> Sum:
        held = self.held(fact, 0)
        return Sum(held.changes, _summed(held.stored if held.known is None else held.stored * held.known), 0)


def _names(events: Iterable[Event]) -> tuple[str, ...]:
    return tuple(event.name for event in events)


def _summed(amounts: Sizes) -> Sizes:
    return _after_none(0, np.cumsum(amounts, dtype=_wide(amounts, len(amounts))))


def _after_none(none: int, each: NDArray[Any]) -> NDArray[Any]:
    """Return what holds after each change, with what holds before the first."""
    return np.concatenate((np.array([none], each.dtype), each))


_NO_PLACES: Places = np.empty(0, np.intp)


class Asking:
    """Criteria asked at some rows of a table.

    A guard is asked before its event counts as having happened; *after* asks what is known once it has,
    and, if something is *imagined*, what another event would ask that came next, with nothing recorded at it.
    """

    def __init__(self, table: Table, rows: Places, *, after: bool = False, imagined: Event | None = None) -> None:
        self.table = table
        self.rows = rows
        self._patient = table.patient.take(rows)
        self._now = Spots.of(rows + 1)
        self._lead = 0 if after else 1
        self._imagined = imagined
        self._verdicts: dict[int, Verdicts] = {}
        self._counts: dict[int, Places] = {}
        self._own_counts: dict[int, Places] = {}
        self._starts: dict[object, Places] = {}

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
                wanted = [guard.choice.options.index(option) for option in guard.options]
                if guard.choice.several:
                    bits = sum(1 << number for number in wanted)
                    return self._held(guard, guard.fact, lambda stored: (stored & bits) != 0)
                is_wanted = np.zeros(len(guard.choice.options), np.bool_)
                is_wanted[wanted] = True
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

    # What holds at each row.

    def _count(self, changes: Changes) -> Places:
        """Return how many changes there were by each row, of whichever patients."""
        found = self._counts.get(id(changes))
        if found is None:
            found = self._counts[id(changes)] = changes.before(self._now)
        return found

    def _own(self, changes: Changes) -> Places:
        """Return how many of these changes were those of the row's patient: if none, nothing is known."""
        found = self._own_counts.get(id(changes))
        if found is None:
            found = self._own_counts[id(changes)] = self._count(changes) - changes.before_each.take(self._patient)
        return found

    def _occurred(self, occasion: Occasion) -> tuple[Places, Whether]:
        """Return the place at which an occasion last happened before each row, and whether it did."""
        changes, place = self.table.seen(occasion.events, self._lead)
        return place.take(self._count(changes)), self._own(changes) > 0

    def _start(self, since: Occasion) -> Places:
        """Return the place from which on what is recorded counts as since an occasion: beyond all, where there is none."""
        key = _names(since.events), lead_of(since)
        found = self._starts.get(key)
        if found is None:
            begun, has = self._occurred(since)
            found = self._starts[key] = np.where(has, begun + lead_of(since), len(self.table.event))
        return found

    def _kept(self, thing: Fact | Baseline | Snapshot) -> Held | None:
        """Return what is held of something, unless nothing is known of it at an event that is only imagined."""
        if self._imagined is not None and thing in self._imagined.must:
            return None
        return self.table.held(thing, self._lead)

    def _held(self, guard: Compare | OneOf | IsTrue, thing: Fact | Baseline | Snapshot, is_met: _IsMet) -> Verdicts:
        """Return whether what is held of something, and was recorded since then, is met."""
        held = self._kept(thing)
        if held is None:
            return np.full(len(self.rows), UNKNOWN.value, np.int8)
        count = self._count(held.changes)
        verdict = self.table.answers((id(guard), self._lead), held, is_met).take(count)
        known = self._own(held.changes) > 0
        if guard.since is not None:
            known = known & (held.place.take(count) >= self._start(guard.since))
        return _where(known, verdict)

    # Sizes.

    def _compare(self, guard: Compare) -> Verdicts:
        # Sizes are whole numbers: above n is at least n + 1, and the other two are opposites.
        more = 1 if guard.relation in (Relation.ABOVE, Relation.AT_MOST) else 0
        if isinstance(guard.limit, Multiple):
            verdict = self._times(guard, guard.limit, more)
        elif isinstance(guard.fact, Tally):
            verdict = self._reached(guard.fact, guard.since, guard.limit + more)
        else:
            limit = guard.limit + more
            verdict = self._held(guard, guard.fact, lambda stored: stored >= limit)
        return _opposite(verdict) if guard.relation in (Relation.BELOW, Relation.AT_MOST) else verdict

    def _reached(self, tally: Tally, since: Occasion | None, limit: int) -> Verdicts:
        """Return whether a sum has reached a limit: if not, what was left out might have made it."""
        verdict = _verdicts(_ALL, self._sum(tally, since) >= limit)
        short = np.flatnonzero(verdict == UNMET.value) if tally.recorded is not None else _NO_PLACES
        if len(short):
            verdict[short] = np.where(self._exact(tally.recorded, since, short), UNMET.value, UNKNOWN.value)
        return verdict

    def _times(self, guard: Compare, limit: Multiple, more: int) -> Verdicts:
        one, other = self._range(guard.fact, guard.since), self._range(limit.fact, None)
        over, under = limit.factor.denominator, limit.factor.numerator
        reached = _times(one.size, over) >= _times(other.size, under, limit.plus * over + more)
        met, unmet = one.from_below & other.from_above & reached, one.from_above & other.from_below & ~reached
        return UNKNOWN.value + met.astype(np.int8) - unmet

    def _range(self, fact: Numeric, since: Occasion | None) -> Range:
        if isinstance(fact, Tally):
            exact = _ALL if fact.recorded is None else self._exact(fact.recorded, since, np.arange(len(self.rows)))
            return Range(self._sum(fact, since), _ALL, exact)
        held = self._kept(fact)
        if held is None:
            return Range(np.zeros(len(self.rows), np.int64), ~_ALL, ~_ALL)
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

    def _since(self, summed: Sum, since: Occasion | None) -> Sizes:
        changes, size, lead = summed
        if since is None and size is None:
            return self._own(changes)
        count = self._count(changes)
        if since is None:
            before = count - self._own(changes)
        else:
            before = changes.before(Spots.of(np.minimum(self._start(since) + lead, self.rows + 1)))
        return count - before if size is None else size.take(count) - size.take(before)

    def _exact(self, fact: Quantity, since: Occasion | None, which: Places) -> Whether:
        """Return at which of some rows nothing was left out of a sum of what was recorded since then."""
        if fact in (() if self._imagined is None else self._imagined.facts):
            return np.zeros(len(which), np.bool_) if since is None else ~self._occurred(since)[1][which]
        changes, place = self.table.omitted(fact)
        count = changes.before(Spots.of(self.rows[which] + 1))
        none = count <= changes.before_each.take(self._patient[which])
        return none if since is None else none | (place.take(count) < self._start(since)[which])

    # Time.

    def _happened(self, guard: Happened) -> Verdicts:
        events = guard.occasion.events
        changes, place = self.table.seen(events, self._lead)
        count, happened = self._count(changes), self._own(changes) > 0
        if guard.since is not None:
            happened &= place.take(count) >= self._start(guard.since)
        if guard.at_least_ago is None and guard.at_most_ago is None:
            return _verdicts(_ALL, happened)
        if self._imagined is not None:
            return happened.astype(np.int8)  # known to have happened, and not how long ago
        table, now = self.table, self.rows
        if table.moment is not None:
            now = table.moment.take(now)
        days = table.day.take(now) - table.days_of(events, self._lead).take(count)
        inside = days >= (guard.at_least_ago or 0)
        if guard.at_most_ago is not None:
            inside &= days <= guard.at_most_ago
        if table.dated is None:
            return _verdicts(_ALL, inside & happened)
        then = place.take(count)
        if table.moment is not None:
            then = table.moment.take(then)
        known = table.dated.take(then) & table.dated.take(now) | (then == now) | ~happened
        return _verdicts(known, inside & happened)


_IsMet: TypeAlias = Callable[[Sizes], Whether]

_ALL: Whether = np.ones((), np.bool_)
"""What is known, where everything is."""


def _verdicts(known: Whether, so: Whether) -> Verdicts:
    """Return met where something is known to be so, unmet where it is known not to be, else unknown."""
    verdict = so.astype(np.int8)
    verdict += verdict
    return verdict if known is _ALL else _where(known, verdict)


def _where(known: Whether, verdict: Verdicts) -> Verdicts:
    """Return a verdict where it is known, else unknown."""
    verdict -= UNKNOWN.value
    verdict *= known.view(np.int8)
    verdict += UNKNOWN.value
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
