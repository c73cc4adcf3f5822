"""A piece of a log as arrays: what happened and was recorded, and which of it a row comes after.

Everything stands in one log, sorted by patient and then by step, so that a place in the log is as good as a step.
What is known of a patient changes only at a few rows: where a value is recorded, where an event happens. So a thing
is kept once for each of its changes, and a row looks up how many changes came before it: the last of them, if it was
one of the same patient, is what holds there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, wraps
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeAlias, TypeVar, assert_never, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from hscpath.criteria import Baseline, Choice, Event, Fact, Flag, Quantity, Snapshot, Tally

Places: TypeAlias = NDArray[np.intp]
"""Where something stands in the log, in ascending order."""
Counts: TypeAlias = NDArray[np.int32]
Whether: TypeAlias = NDArray[np.bool_]
Sizes: TypeAlias = NDArray[Any]
"""Whole numbers: of 32 or 64 bits where these suffice, else Python's own."""

P = ParamSpec("P")
Made = TypeVar("Made")

MISSING = -1

_SMALL, _LARGE = 2**30, 2**62


class Spots(NamedTuple):
    """Rows of which it is asked how many changes come before them: each is a bit of a word, told by all bits below it.

    >>> Spots.of(np.array([0, 66]))
    Spots(word=array([0, 1]), below=array([0, 3], dtype=uint64))
    """

    word: Places
    below: NDArray[np.uint64]

    @classmethod
    def of(cls, rows: Places) -> Spots:
        """Return rows as bits of words."""
        return cls(rows >> 6, (np.uint64(1) << (rows & 63).astype(np.uint64)) - np.uint64(1))


class Changes:
    """The rows from which on something is otherwise: a bit for each row of the log, counted word by word.

    So it costs the same few operations to tell of any row how many changes come before it, be they many or few.
    *first* are the rows before which no change is of the patient: *before_each* is how many there are.

    >>> changes = Changes(np.array([False, True, False, True]), first=Spots.of(np.array([0, 2])))
    >>> changes.before(Spots.of(np.array([1, 2, 4]))).tolist(), changes.before_each.tolist()
    ([0, 1, 2], [0, 1])
    """

    def __init__(self, here: Whether, first: Spots) -> None:
        # A rank structure: the count before each word is stored, and the rest is the number of bits set below
        # a place in its word. That is one and a half bits a row, where a count for every row takes 32.
        bits = np.zeros(len(here) // 64 * 8 + 8, np.uint8)
        packed = np.packbits(here, bitorder="little")
        bits[: len(packed)] = packed
        self._words = bits.view("<u8")
        many = np.bitwise_count(self._words)
        self._before: Counts = np.cumsum(many, dtype=np.int32) - many
        self.before_each = self.before(first)

    def before(self, spots: Spots) -> Counts:
        """Return how many changes come before each of some rows, of whichever patients."""
        count = self._before.take(spots.word)
        count += np.bitwise_count(self._words.take(spots.word) & spots.below)
        return count


@attrs.frozen(eq=False, slots=False)
class RecordedValues:
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
class LatestValue:
    """What is held of something after each change: the value, and whether it is known, if not always."""

    changes: Changes
    stored: Sizes
    known: Whether | None
    _places: Callable[[], Places]

    @cached_property
    def after(self) -> tuple[Sizes, Whether]:
        """The value after so many changes, from none on, and whether it is known."""
        known = np.ones(len(self.stored), np.bool_) if self.known is None else self.known
        return after_none(0, self.stored), after_none(False, known)

    @cached_property
    def place(self) -> Places:
        """Where it was recorded, after so many changes."""
        return after_none(0, self._places())


class Seen(NamedTuple):
    """Where something happened last after so many changes, from none on."""

    changes: Changes
    place: Places


class CumulativeSum(NamedTuple):
    """How much was summed after so many changes, from none on, of whichever patients: 1 each, if it is not said."""

    changes: Changes
    size: Sizes | None
    lead: int


def once(make: Callable[Concatenate[Any, P], Made]) -> Callable[Concatenate[Any, P], Made]:
    """Return a method that makes the same only once for each object, which keeps it as ``made``."""

    @wraps(make)
    def kept(keeper: Any, /, *args: P.args, **kwargs: P.kwargs) -> Made:
        key = (make.__name__, *args)
        if key not in keeper.made:
            keeper.made[key] = make(keeper, *args, **kwargs)
        return cast("Made", keeper.made[key])

    return kept


@attrs.frozen(eq=False, slots=False)
class PatientRows:
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
    recorded: Mapping[str, RecordedValues]
    made: dict[object, Any] = attrs.field(factory=dict[object, Any], init=False)

    @cached_property
    def _by_event(self) -> tuple[Places, NDArray[np.intp]]:
        """The places sorted by event, and where each event begins among them."""
        bits = len(self.event).bit_length()
        kind = np.dtype(np.int32 if len(self.events) << bits < _SMALL else np.int64)
        # Event and place in one number: sorted, the high bits group the events and the low bits are the places.
        key: Sizes = (self.event.astype(kind) << bits) + np.arange(len(self.event), dtype=kind)
        key.sort()  # which is quicker than sorting the places by their events
        begins: Sizes = np.arange(len(self.events) + 1, dtype=kind) << bits
        return (key & ((1 << bits) - 1)).astype(np.intp), np.searchsorted(key, begins)

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

    def values_of(self, fact: Fact) -> RecordedValues:
        """Return what is recorded of a fact."""
        recorded = self.recorded.get(fact.name)
        return (
            RecordedValues(np.zeros(len(self.event), np.bool_), np.empty(0, np.int64)) if recorded is None else recorded
        )

    # What an event records holds at its own row; that it happened, *lead* rows later.

    @once
    def held(self, thing: Fact | Baseline | Snapshot, lead: int) -> LatestValue:
        """Return what is held of a fact, or was when an event last happened."""
        match thing:
            case Baseline() | Snapshot():
                return self._noted(self.held(thing.fact, 0), self.seen(thing.occasion.events, lead))
            case Quantity() | Flag() | Choice():
                recorded = self.values_of(thing)
                changes = self._changes(recorded.here, 0)
                return LatestValue(changes, recorded.stored, recorded.known, lambda: recorded.places)
            case _:
                assert_never(thing)

    @once
    def seen(self, events: tuple[Event, ...], lead: int) -> Seen:
        """Return where any of some events last happened."""
        rows = [self.rows_of(event) for event in dict.fromkeys(events)]
        return self._last(rows[0] if len(rows) == 1 else np.sort(np.concatenate([_NO_PLACES, *rows])), lead)

    @once
    def days_of(self, events: tuple[Event, ...], lead: int) -> NDArray[np.int32]:
        """Return the day on which any of some events last happened, after so many changes."""
        places = self.seen(events, lead).place
        then = places if self.moment is None else self.moment.take(places)
        return self.day.take(then) if len(self.day) else np.zeros(len(places), np.int32)

    @once
    def omitted(self, fact: Quantity) -> Seen:
        """Return where an event could last have recorded a quantity and did not."""
        could = np.zeros(len(self.event), np.bool_)
        for event in self.events:
            if fact in event.facts:
                could[self.rows_of(event)] = True
        return self._last(np.flatnonzero(could & ~self.values_of(fact).given), 0)

    @once
    def count(self, tally: Tally, lead: int) -> CumulativeSum:
        """Return how often a tally's events happened."""
        changes, place = self.seen(tuple(dict.fromkeys((*tally.gains, *tally.losses))), lead)
        if not tally.losses and len(set(tally.gains)) == len(tally.gains):
            return CumulativeSum(changes, None, lead)
        weights = np.array([tally.gains.count(event) - tally.losses.count(event) for event in self.events], np.int64)
        return CumulativeSum(changes, _summed(weights.take(self.event.take(place[1:]))), lead)

    @once
    def total(self, fact: Quantity) -> CumulativeSum:
        """Return how much of a quantity was recorded."""
        held = self.held(fact, 0)
        return CumulativeSum(held.changes, _summed(held.stored if held.known is None else held.stored * held.known), 0)

    def _changes(self, here: Whether, lead: int) -> Changes:
        return Changes(here, self._firsts(lead))

    @once
    def _firsts(self, lead: int) -> Spots:
        return Spots.of(self.first + lead)

    def _noted(self, then: LatestValue, seen: Seen) -> LatestValue:
        places = seen.place[1:]
        count = then.changes.before(Spots.of(places + 1))
        stored, known = (each.take(count) for each in then.after)
        known &= count > then.changes.before_each.take(self.patient.take(places))
        return LatestValue(seen.changes, stored, known, lambda: then.place.take(count))

    def _last(self, places: Places, lead: int) -> Seen:
        here = np.zeros(len(self.event) + lead, np.bool_)
        here[places + lead] = True
        return Seen(self._changes(here, lead), after_none(0, places))


def _summed(amounts: Sizes) -> Sizes:
    return after_none(0, np.cumsum(amounts, dtype=wide(amounts, len(amounts))))


def after_none(none: int, each: NDArray[Any]) -> NDArray[Any]:
    """Return what holds after each change, with what holds before the first."""
    return np.concatenate((np.array([none], each.dtype), each))


_NO_PLACES: Places = np.empty(0, np.intp)


def wide(sizes: Sizes, times: int, plus: int = 0) -> Any:
    """Return the type that holds so many times the greatest of some whole numbers."""
    greatest = max(1, *(abs(int(end)) for end in (sizes.max(initial=0), sizes.min(initial=0))))
    most = greatest * max(times, 1) + abs(plus)
    return np.dtype(np.int32 if most < _SMALL else np.int64 if most < _LARGE else object)
