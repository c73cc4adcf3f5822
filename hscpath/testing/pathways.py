"""Random criteria, and small random pathways with every kind of them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from typing import Any, TypeAlias, assert_never, cast

from hypothesis import strategies as st

from hscpath.criteria import (
    ALWAYS,
    AllOf,
    AnyOf,
    Choice,
    Criterion,
    Event,
    EventGroup,
    Fact,
    Flag,
    Limit,
    Multiple,
    Not,
    Numeric,
    Occasion,
    OneOf,
    Quantity,
    Relation,
    SomeOf,
    Tally,
    conjuncts,
)
from hscpath.criteria import after as strictly_after
from hscpath.pathway import Pathway, State, StateGroup, Transition

Draw: TypeAlias = st.DrawFn


def criteria(facts: Sequence[Fact], events: Sequence[Event], *, depth: int = 2) -> st.SearchStrategy[Criterion]:
    """Return a strategy for criteria over these facts and events, nested at most *depth* deep.

    Every kind of criterion is among them, with derived facts, windows and ``since``.
    """
    return _criteria(tuple(facts), tuple(events), depth)


@cache
def _criteria(facts: tuple[Fact, ...], events: tuple[Event, ...], depth: int) -> st.SearchStrategy[Criterion]:
    if depth == 0:
        return _leaves(facts, events)
    inner = _criteria(facts, events, depth - 1)
    parts = st.lists(inner, min_size=1, max_size=3).map(_distinct)
    return st.one_of(
        _leaves(facts, events),
        st.builds(AllOf, parts),
        st.builds(AnyOf, parts),
        st.builds(_some_of, st.integers(1, 3), parts),
        st.builds(Not, inner),
    )


def _some_of(least: int, parts: tuple[Criterion, ...]) -> SomeOf:
    return SomeOf(min(least, len(parts)), parts)


def _distinct(parts: Sequence[Criterion]) -> tuple[Criterion, ...]:
    return tuple({part.key: part for part in parts}.values())


def _leaves(facts: tuple[Fact, ...], events: tuple[Event, ...]) -> st.SearchStrategy[Criterion]:
    occasions = _occasions(events)
    since = st.none() | st.none() | occasions | st.builds(strictly_after, occasions)
    kinds: list[st.SearchStrategy[Any]] = [
        st.builds(_happened, occasions, st.none() | st.integers(0, 20), st.none() | st.integers(0, 20), since)
    ]
    counts = st.builds(_count, occasions, st.none() | occasions, st.none())
    for fact in facts:
        match fact:
            case Quantity():
                limits = st.sampled_from(_thresholds(fact))
                baselines = st.builds(fact.at, occasions)
                factors = st.sampled_from((Fraction(1, 2), Fraction(17, 20), Fraction(1), Fraction(13, 10)))
                kinds.append(_compared(st.just(fact), limits | st.builds(Multiple, baselines, factors), since))
                kinds.append(_compared(st.just(fact.total) | baselines, limits, since))
                if fact.resolution == 1:
                    counts |= st.builds(_count, occasions, st.none() | occasions, st.just(fact))
            case Flag():
                kinds.append(st.builds(fact.is_true, since=since) | st.builds(fact.is_false, since=since))
            case Choice():
                options = st.sets(st.sampled_from(fact.options), min_size=1).map(frozenset)
                kinds.append(st.builds(OneOf, st.just(fact) | st.builds(fact.at, occasions), options, since=since))
            case _:
                assert_never(fact)
    kinds.append(_compared(counts, st.integers(0, 3), since))
    return st.one_of(kinds)


def _compared(
    sizes: st.SearchStrategy[Any], limits: st.SearchStrategy[Any], since: st.SearchStrategy[Any]
) -> st.SearchStrategy[Criterion]:
    return st.builds(_compare, sizes, st.sampled_from(Relation), limits, since)


def _compare(size: Numeric, relation: Relation, limit: Limit, since: Occasion | None) -> Criterion:
    return cast("Criterion", getattr(size, relation.name.lower())(limit, since=since))


def _count(occasion: Occasion, lost: Occasion | None, recorded: Quantity | None) -> Tally:
    tally = occasion.count if lost is None else occasion.count.minus(lost)
    return tally if recorded is None else tally.including(recorded)


def _happened(occasion: Occasion, least: int | None, width: int | None, since: Occasion | None) -> Criterion:
    most = None if width is None else (least or 0) + width
    return occasion.happened(at_least_ago=least, at_most_ago=most, since=since)


@cache
def _occasions(events: tuple[Event, ...]) -> st.SearchStrategy[Occasion]:
    pairs = st.permutations(events).map(_pair)
    return st.sampled_from(events) | pairs if len(events) > 1 else st.sampled_from(events)


def _pair(events: Sequence[Event]) -> EventGroup:
    chosen = tuple(events[:2])
    return EventGroup(" or ".join(event.label for event in chosen), chosen)


def _thresholds(fact: Quantity) -> list[Fraction]:
    """Return a few thresholds over the plausible range, its ends among them."""
    low, high = fact.lowest, fact.highest
    return [stored * fact.resolution for stored in sorted({low, low + 1, (low + high) // 2, high})]


FACTS: tuple[Fact, ...] = (
    Quantity("protein", "protein", "g/g", low=0, high=5, resolution="0.1", units={"mg/g": "1/1000"}),
    Quantity("doses", "doses", "1", low=0, high=9),
    Flag("fever", "fever", negative="no fever"),
    Choice("stage", "stage", ("I", "II", "III")),
    Choice("drugs", "drugs", ("A", "B", "C"), several=True),
)


_PROTEIN, _DOSES, _FEVER, _STAGE, _DRUGS = FACTS
EVENTS = (
    Event("seen", "seen", may=(_PROTEIN, _FEVER, _STAGE)),
    Event("treated", "treated", may=(_DOSES, _PROTEIN), must=(_DRUGS,)),
    Event("staged", "staged", may=(_PROTEIN, _STAGE, _DOSES, _FEVER, _DRUGS)),
    Event("rested", "rested"),
)
_DIED = Event("died", "died")


@st.composite
def pathways(draw: Draw) -> Pathway:
    """Draw a small random pathway: valid, every state reachable, with every kind of guard."""
    last = draw(st.integers(1, 3))
    states = [State(f"state_{n}", f"state {n}", final=n == last) for n in range(last + 1)]
    guard = criteria(FACTS, EVENTS)
    rows: list[Transition] = []
    for number, state in enumerate(states[:-1]):
        here = EVENTS if number == 0 else draw(st.lists(st.sampled_from(EVENTS), min_size=1, unique=True))
        for event in here:
            rows += _rows(draw, state, event, states, guard)
        onward = rows.pop()
        rows.append(state.on(onward.event, to=states[number + 1], when=onward.when, expects=onward.expects))
    living = StateGroup("any living patient", tuple(states[:-1]))
    rows.append(living.on(_DIED, to=states[-1]))
    return Pathway("random", "1", states[0], rows, day_zero=draw(st.sampled_from((None, EVENTS[0]))))


def _rows(
    draw: Draw, state: State, event: Event, states: Sequence[State], guard: st.SearchStrategy[Criterion]
) -> list[Transition]:
    """Draw the rows of one state and event; only the last may ask for nothing."""
    rows: list[Transition] = []
    for last in (False,) * draw(st.integers(0, 1)) + (True,):
        when = draw(st.just(ALWAYS) | guard if last else guard)
        expects = draw(st.just(ALWAYS) | guard)
        asked = {part.key for part in conjuncts(when)}
        if any(part.key in asked for part in conjuncts(expects)):
            expects = ALWAYS
        rows.append(state.on(event, to=draw(st.sampled_from((None, *states))), when=when, expects=expects))
    return rows
