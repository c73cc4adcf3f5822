"""Findings, records and logs that are no misuse, whether or not a pathway would accept them."""

from __future__ import annotations

from typing import Any, TypeAlias, assert_never

from hypothesis import strategies as st

from hscpath.criteria import Choice, Event, Fact, Finding, Flag, Quantity
from hscpath.days import SAME_DAY
from hscpath.journey import Record
from hscpath.pathway import Pathway, State

Draw: TypeAlias = st.DrawFn


def stored_values(fact: Fact) -> st.SearchStrategy[Any]:
    """Return a strategy for values of a fact, as it is called with them: ``fact(value)``."""
    match fact:
        case Quantity():
            low, high = fact.lowest, fact.highest
            near = sorted({low, low + 1, (low + high) // 2, (low + high) // 2 + 1, high})
            return (st.sampled_from(near) | st.integers(low, high)).map(fact.value_of)
        case Flag():
            return st.booleans()
        case Choice(several=True):
            return st.sets(st.sampled_from(fact.options), min_size=1).map(frozenset)
        case Choice():
            return st.sampled_from(fact.options)
        case _:
            assert_never(fact)


@st.composite
def findings(draw: Draw, event: Event, *, complete: bool = False) -> tuple[Finding, ...]:
    """Draw findings that an event may record: all it must, and some (or all) that it may."""
    some = st.lists(st.sampled_from(event.may), unique=True) if event.may else st.just([])
    may = event.may if complete or draw(st.booleans()) else draw(some)
    return tuple(fact(draw(stored_values(fact))) for fact in (*event.must, *may))


@st.composite
def records(draw: Draw, pathway: Pathway, *, state: State | None = None, after: int = 0, first: bool = True) -> Record:
    """Draw a record that is no misuse, whether or not the pathway would accept it.

    With *state*, most of the events drawn mean something there. *after* is the last stated day;
    ``SAME_DAY`` is drawn unless the record is to be the *first*.
    """
    events = pathway.events
    if state is not None and draw(st.integers(0, 9)):
        events = tuple(dict.fromkeys(row.event for row in pathway.transitions if state in row.source.states))
    event = draw(st.sampled_from(events or pathway.events))
    days = st.integers(after, after + 25)
    day = draw(days | days | st.none() | (st.none() if first else st.just(SAME_DAY)))
    return Record(event, draw(findings(event)), day=day)


@st.composite
def logs(draw: Draw, pathway: Pathway, *, max_size: int = 8) -> list[Record]:
    """Draw a log: records in order of day, none of them misuse, some of them perhaps refused."""
    log: list[Record] = []
    last = 0
    for _ in range(draw(st.integers(0, max_size))):
        log.append(draw(records(pathway, after=last, first=not log)))
        day = log[-1].day
        last = day if isinstance(day, int) else last
    return log
