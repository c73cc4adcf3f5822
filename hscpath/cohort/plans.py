"""Rates as a machine follows them: every move by number, what it records, and where chance comes in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TypeAlias, assert_never, cast

import attrs
import numpy as np
import numpy.typing as npt

from hscpath.criteria import (
    AllOf,
    AnyOf,
    Baseline,
    Choice,
    Compare,
    Criterion,
    Fact,
    Flag,
    Happened,
    IsTrue,
    Multiple,
    Not,
    Numeric,
    Occasion,
    OneOf,
    Quantity,
    Snapshot,
    SomeOf,
    Stored,
    Tally,
    nested,
)
from hscpath.pathway import Pathway
from hscpath.rates import Choices, Draw, Even, Move, OneIn, Rates, read

Numbers: TypeAlias = npt.NDArray[np.int64]
Shares: TypeAlias = npt.NDArray[np.float64]


class Chance:
    """Numbers by chance, from the raw bits of a generator whose stream is fixed for good."""

    def __init__(self, seed: int, piece: int) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(piece,)))

    def __call__(self, size: int) -> Shares:
        """Return so many numbers from 0 to just below 1."""
        return (self._bits.random_raw(size) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def whole(self, size: int, low: Numbers | int, high: Numbers | int) -> Numbers:
        """Return so many whole numbers from low to high, both included."""
        room = (np.asarray(high) - np.asarray(low)).astype(np.int64)
        drawn: Numbers = np.minimum((self(size) * (room + 1)).astype(np.int64), room) + low
        return drawn

    def even(self, size: int, quantiles: Numbers) -> Numbers:
        """Return so many whole numbers with these equally spaced quantiles."""
        if len(quantiles) == 1:
            return np.full(size, quantiles[0])
        between = self(size) * (len(quantiles) - 1)
        part = between.astype(np.int64)
        room = quantiles[part + 1] - quantiles[part]
        drawn: Numbers = np.minimum(((between - part) * (room + 1)).astype(np.int64), room) + quantiles[part]
        return drawn

    def which(self, size: int, upto: Shares) -> Numbers:
        """Return which of several it is, by the shares up to each."""
        return np.minimum(np.searchsorted(upto, self(size), side="right"), len(upto) - 1).astype(np.int64)


def each(codes: Numbers) -> list[int]:
    """Return the different numbers, in order."""
    return cast("list[int]", np.unique(codes).tolist())


# --- The plan ---------------------------------------------------------------------------------------


@attrs.frozen(eq=False)
class Found:
    """What a move records of a fact: codes by equally spaced quantiles, or one of several by shares."""

    fact: int
    codes: Numbers
    upto: Shares | None

    def draw(self, chance: Chance, size: int) -> Numbers:
        """Return the codes of so many events."""
        if self.upto is None:
            return chance.even(size, self.codes)
        return self.codes[chance.which(size, self.upto)]


@attrs.frozen(eq=False)
class LeftOpen:
    """A fact of which the rates say nothing, with ranges of codes to draw it from; whether the event must record it."""

    fact: int
    ranges: Numbers
    must: bool

    def choose(self, chance: Chance, size: int, share: float) -> Numbers:
        """Return which range to draw from, for this share of events, and -1 for the others."""
        which = chance.whole(size, 0, len(self.ranges) - 1)
        return which if self.must else np.where(chance(size) < share, which, -1)


@attrs.frozen(eq=False)
class Plan:
    """Rates as arrays: every move by number, and the ways by state."""

    pathway: Pathway
    moves: tuple[Move, ...]
    days: tuple[Numbers, ...]
    after: Numbers
    """The state after each move, by number; -1 where it changes none."""
    found: tuple[tuple[Found, ...], ...]
    left_open: tuple[tuple[LeftOpen, ...], ...]
    ways: Mapping[int, tuple[Shares, tuple[tuple[int, ...], ...]]]
    ends: tuple[Shares, tuple[int, ...]] | None
    facts: tuple[Fact, ...]
    sets: Mapping[int, tuple[frozenset[str], ...]]


def planned(pathway: Pathway, rates: Rates) -> Plan:
    """Return rates as a plan on a pathway; raise ``InvalidRates`` where they do not fit it."""
    by_state, ends = read(rates, pathway)
    number = {state.name: index for index, state in enumerate(pathway.states)}
    moves: list[Move] = []

    def numbered(choices: Choices) -> tuple[Shares, tuple[tuple[int, ...], ...]]:
        ways: list[tuple[int, ...]] = []
        for way in choices.ways:
            ways.append(tuple(range(len(moves), len(moves) + len(way))))
            moves.extend(way)
        return np.array(choices.upto), tuple(ways)

    ways = {number[name]: numbered(choices) for name, choices in by_state.items()}
    last = numbered(ends) if ends else None
    left = _left_open(pathway, moves)
    used = {fact.name for move in moves for fact, _ in move.findings} | {fact.name for some in left for fact in some}
    facts = tuple(fact for fact in pathway.facts if fact.name in used)
    place = {fact.name: index for index, fact in enumerate(facts)}
    sets = {place[fact.name]: _sets(fact, moves) for fact in facts if isinstance(fact, Choice) and fact.several}

    def code(fact: Fact, value: Stored) -> int:
        match fact:
            case Quantity() | Flag():
                return cast("int", value)
            case Choice(several=True):
                return sets[place[fact.name]].index(cast("frozenset[str]", value))
            case Choice():
                return fact.options.index(cast("str", value))
            case _:
                assert_never(fact)

    def found(fact: Fact, draw: Draw) -> Found:
        match draw:
            case Even():
                return Found(place[fact.name], np.array(draw.quantiles), None)
            case OneIn():
                codes = np.array([code(fact, value) for value in draw.values], dtype=np.int64)
                return Found(place[fact.name], codes, np.array(draw.upto))
            case _:
                assert_never(draw)

    return Plan(
        pathway,
        tuple(moves),
        tuple(np.array(move.days.quantiles) for move in moves),
        np.array([-1 if move.after is None else number[move.after.name] for move in moves], dtype=np.int64),
        tuple(tuple(found(*one) for one in move.findings) for move in moves),
        tuple(
            tuple(
                LeftOpen(place[fact.name], _ranges(fact, criteria), fact in move.event.must)
                for fact, criteria in some.items()
            )
            for move, some in zip(moves, left, strict=True)
        ),
        ways,
        None if last is None else (last[0], tuple(way[0] for way in last[1])),
        facts,
        sets,
    )  # fmt: skip


def _sets(fact: Choice, moves: list[Move]) -> tuple[frozenset[str], ...]:
    """Return the sets of options that a fact may be recorded as: each alone, and those that the rates name."""
    alone = [frozenset({option}) for option in fact.options]
    named = [
        value
        for move in moves
        for f, draw in move.findings
        if f == fact and isinstance(draw, OneIn)
        for value in draw.values
    ]
    return tuple(dict.fromkeys([*alone, *cast("list[frozenset[str]]", named)]))


def _left_open(pathway: Pathway, moves: list[Move]) -> list[dict[Fact, list[Criterion]]]:
    """Return, for each move, what its event should record that the rates do not say, with the criteria that ask for it.

    That is what the event must record, what the rows for it ask about, and what rows further on ask
    about that has to be on record by then.
    """
    wanted: dict[str, dict[Fact, list[Criterion]]] = {
        event.name: {fact: [] for fact in event.must} for event in pathway.events
    }
    for move in moves:
        rows = [row for row in pathway.transitions if row.event == move.event]
        rows = [row for row in rows if move.before is None or move.before in row.source.states]
        criteria = (part for row in rows for guard in (row.when, row.expects) for part in (guard, *nested(guard)))
        for guard in criteria:
            for fact, occasion in _asked(guard):
                here = (move.event,) if fact in move.event.facts else pathway.events
                for event in occasion.events if occasion else here:
                    wanted[event.name].setdefault(fact, []).append(guard)
    given = [{fact for fact, _ in move.findings} for move in moves]
    return [
        {fact: some for fact, some in wanted[move.event.name].items() if fact in move.event.facts and fact not in said}
        for move, said in zip(moves, given, strict=True)
    ]


def _asked(guard: Criterion) -> Iterator[tuple[Fact, Occasion | None]]:
    """Yield the facts that a criterion itself asks about, each with when it has to be on record, if not now."""
    match guard:
        case Compare():
            for numeric in (guard.fact, *((guard.limit.fact,) if isinstance(guard.limit, Multiple) else ())):
                quantity = _quantity(numeric)
                if quantity is not None:
                    yield quantity, numeric.occasion if isinstance(numeric, Baseline) else None
        case OneOf():
            yield guard.choice, guard.fact.occasion if isinstance(guard.fact, Snapshot) else None
        case IsTrue():
            yield guard.fact, None
        case Happened() | AllOf() | AnyOf() | SomeOf() | Not():
            pass
        case _:
            assert_never(guard)


def _quantity(numeric: Numeric) -> Quantity | None:
    """Return the quantity that has to be recorded for a size to be known, if any has."""
    match numeric:
        case Quantity():
            return numeric
        case Baseline():
            return numeric.fact
        case Tally():
            return numeric.recorded
        case _:
            assert_never(numeric)


_NEAR = 20
"""Into how many parts a plausible range is cut to say what is near a limit."""


def _ranges(fact: Fact, criteria: list[Criterion]) -> Numbers:
    """Return ranges of a fact's codes within which a value may be what is asked: shape (ranges, 2)."""
    if not isinstance(fact, Quantity):
        options = 2 if isinstance(fact, Flag) else len(fact.options)
        return np.repeat(np.arange(options), 2).reshape(-1, 2)
    low, high = fact.lowest, fact.highest
    compared = [guard for guard in criteria if isinstance(guard, Compare)]
    limits = sorted({guard.limit for guard in compared if isinstance(guard.limit, int) and low <= guard.limit <= high})
    near = max(1, (high - low) // _NEAR)
    edges = [max(low, limits[0] - near), *limits, min(high, limits[-1] + near)] if limits else []
    ranges = [(limit, limit) for limit in limits] + [(a + (a in limits), b - (b in limits)) for a, b in pairwise(edges)]
    if not limits or any(isinstance(guard.limit, Multiple) for guard in compared):
        ranges += [(low, low + (high - low) // 2**part) for part in range(8)]
    return np.array([one for one in dict.fromkeys(ranges) if one[0] <= one[1]], dtype=np.int64)
