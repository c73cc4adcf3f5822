"""Hypothesis strategies for pathways, guards, findings and records."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from typing import Any, TypeAlias

try:
    from hypothesis import strategies as st
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        'hscpath.testing needs hypothesis: pip install "hscpath[testing]"', name=missing.name
    ) from None

from hscpath.chart import SAME_DAY
from hscpath.criteria import (
    ALWAYS,
    AllOf,
    AnyOf,
    Choice,
    Event,
    EventGroup,
    Fact,
    Finding,
    Flag,
    Guard,
    Not,
    Occasion,
    Quantity,
    SomeOf,
    conjuncts,
)
from hscpath.journey import Record
from hscpath.pathway import Pathway, State, StateGroup, Transition

Draw: TypeAlias = st.DrawFn


def stored_values(fact: Fact) -> st.SearchStrategy[Any]:
    """Return a strategy for values of a fact, as it is called with them: ``fact(value)``."""
    match fact:
        case Quantity():
            low, high = int(fact.low / fact.resolution), int(fact.high / fact.resolution)
            return st.integers(low, high).map(fact.value_of)
        case Flag():
            return st.booleans()
        case Choice(several=True):
            return st.sets(st.sampled_from(fact.options), min_size=1).map(frozenset)
        case Choice():
            return st.sampled_from(fact.options)


@st.composite
def findings(draw: Draw, event: Event, *, complete: bool = False) -> tuple[Finding, ...]:
    """Draw findings that an event may record: all it must, and some (or all) that it may."""
    some = st.lists(st.sampled_from(event.may), unique=True) if event.may else st.just([])
    may = event.may if complete else draw(some)
    return tuple(fact(draw(stored_values(fact))) for fact in (*event.must, *may))


def guards(facts: Sequence[Fact], events: Sequence[Event], *, depth: int = 2) -> st.SearchStrategy[Guard]:
    """Return a strategy for guards over these facts and events, nested at most *depth* deep.

    Every kind of criterion is among them, with derived facts, windows and ``since``.
    """
    return _guards(tuple(facts), tuple(events), depth)


@cache
def _guards(facts: tuple[Fact, ...], events: tuple[Event, ...], depth: int) -> st.SearchStrategy[Guard]:
    if depth == 0:
        return _leaves(facts, events)
    inner = _guards(facts, events, depth - 1)
    parts = st.lists(inner, min_size=1, max_size=3, unique_by=_key).map(tuple)
    return st.one_of(
        _leaves(facts, events),
        st.builds(AllOf, parts),
        st.builds(AnyOf, parts),
        st.builds(lambda least, parts: SomeOf(min(least, len(parts)), parts), st.integers(1, 3), parts),
        st.builds(Not, inner),
    )


def _key(guard: Guard) -> str:
    return guard.key


def _leaves(facts: tuple[Fact, ...], events: tuple[Event, ...]) -> st.SearchStrategy[Guard]:
    occasions = _occasions(events)
    since = st.none() | occasions
    kinds: list[st.SearchStrategy[Any]] = [
        st.builds(_happened, occasions, st.none() | st.integers(0, 20), st.none() | st.integers(0, 20), since)
    ]
    counts = st.builds(lambda occasion: occasion.count, occasions)
    counts |= st.builds(lambda tally, lost: tally.minus(lost), counts, occasions)
    for fact in facts:
        match fact:
            case Quantity():
                limits = st.sampled_from(_thresholds(fact))
                baselines = st.builds(fact.at, occasions)
                multiples = st.builds(
                    lambda baseline, factor: baseline.times(factor),
                    baselines,
                    st.sampled_from(("1/2", "17/20", 1, "13/10")),
                )
                kinds.append(_compared(st.just(fact), limits | multiples, since))
                kinds.append(_compared(st.just(fact.total) | baselines, limits, since))
                if fact.resolution == 1:
                    counts |= st.builds(lambda tally, fact=fact: tally.including(fact), counts)
            case Flag():
                kinds.append(st.builds(fact.is_true, since=since) | st.builds(fact.is_false, since=since))
            case Choice():
                options = st.lists(st.sampled_from(fact.options), min_size=1, unique=True)
                kinds.append(
                    st.builds(lambda options, since, fact=fact: fact.one_of(*options, since=since), options, since)
                )
    kinds.append(_compared(counts, st.integers(0, 3), since))
    return st.one_of(kinds)


def _compared(
    sizes: st.SearchStrategy[Any], limits: st.SearchStrategy[Any], since: st.SearchStrategy[Any]
) -> st.SearchStrategy[Guard]:
    verbs = st.sampled_from(("at_least", "at_most", "above", "below"))
    return st.builds(
        lambda size, verb, limit, since: getattr(size, verb)(limit, since=since), sizes, verbs, limits, since
    )


def _happened(occasion: Occasion, least: int | None, width: int | None, since: Occasion | None) -> Guard:
    most = None if width is None else (least or 0) + width
    return occasion.happened(at_least_ago=least, at_most_ago=most, since=since)


@cache
def _occasions(events: tuple[Event, ...]) -> st.SearchStrategy[Occasion]:
    groups = st.lists(st.sampled_from(events), min_size=2, max_size=2, unique=True).map(
        lambda chosen: EventGroup(" or ".join(event.label for event in chosen), tuple(chosen))
    )
    return st.sampled_from(events) | groups if len(events) > 1 else st.sampled_from(events)


def _thresholds(fact: Quantity) -> list[Fraction]:
    """Return a few thresholds over the plausible range, its ends among them."""
    low, high = int(fact.low / fact.resolution), int(fact.high / fact.resolution)
    return [stored * fact.resolution for stored in sorted({low, low + 1, (low + high) // 2, high})]


_FACTS: tuple[Fact, ...] = (
    Quantity("protein", "protein", "g/g", low=0, high=5, resolution="0.1", units={"mg/g": "1/1000"}),
    Quantity("doses", "doses", "1", low=0, high=9, shown=""),
    Flag("fever", "fever", negative="no fever"),
    Choice("stage", "stage", ("I", "II", "III")),
    Choice("drugs", "drugs", ("A", "B", "C"), several=True),
)


_PROTEIN, _DOSES, _FEVER, _STAGE, _DRUGS = _FACTS
_EVENTS = (
    Event("seen", "seen", may=(_PROTEIN, _FEVER)),
    Event("treated", "treated", may=(_DOSES, _PROTEIN), must=(_DRUGS,)),
    Event("staged", "staged", may=(_STAGE, _DOSES, _FEVER)),
    Event("rested", "rested"),
)
_DIED = Event("died", "died")


@st.composite
def pathways(draw: Draw) -> Pathway:
    """Draw a small random pathway: valid, every state reachable, with every kind of guard."""
    last = draw(st.integers(1, 3))
    states = [State(f"state_{n}", f"state {n}", final=n == last) for n in range(last + 1)]
    guard = guards(_FACTS, _EVENTS)
    rows: list[Transition] = []
    for number, state in enumerate(states[:-1]):
        here = _EVENTS if number == 0 else draw(st.lists(st.sampled_from(_EVENTS), min_size=1, unique=True))
        for event in here:
            rows += _rows(draw, state, event, states, guard)
        onward = rows.pop()
        rows.append(state.on(onward.event, to=states[number + 1], when=onward.when, expects=onward.expects))
    living = StateGroup("any living patient", tuple(states[:-1]))
    rows.append(living.on(_DIED, to=states[-1]))
    return Pathway("random", "1", states[0], rows, day_zero=draw(st.sampled_from((None, _EVENTS[0]))))


def _rows(
    draw: Draw, state: State, event: Event, states: Sequence[State], guard: st.SearchStrategy[Guard]
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


@st.composite
def records(draw: Draw, pathway: Pathway, *, after: int = 0) -> Record:
    """Draw a record that is no misuse, whether or not the pathway would accept it.

    *after* is the last stated day: days do not go back behind it.
    """
    event = draw(st.sampled_from(pathway.events))
    day = draw(st.one_of(st.none(), st.integers(after, after + 30)))
    return Record(event, draw(findings(event)), day=day)


@st.composite
def logs(draw: Draw, pathway: Pathway, *, max_size: int = 8) -> list[Record]:
    """Draw a log: records in order of day, none of them misuse, some of them perhaps refused."""
    log: list[Record] = []
    stated = 0
    for _ in range(draw(st.integers(0, max_size))):
        record = draw(records(pathway, after=stated))
        if isinstance(record.day, int):
            stated = record.day
        elif log and draw(st.booleans()):
            record = Record(record.event, record.findings, day=SAME_DAY)
        log.append(record)
    return log
