"""The strategies draw what they promise, and every kind of it."""

from hypothesis import given
from hypothesis import strategies as st

from hscpath import Event, Flag, Journey, Quantity, TransitionNotAllowed, Verdict, testing
from hscpath.criteria import (
    AllOf,
    AnyOf,
    Baseline,
    Choice,
    Compare,
    Happened,
    IsTrue,
    Multiple,
    Not,
    OneOf,
    Snapshot,
    SomeOf,
    Tally,
)
from hscpath.days import SAME_DAY
from hscpath.lupus import PATHWAY
from hscpath.testing.pathways import EVENTS, FACTS
from tests.profiles import MANY, drawn


@given(st.data())
def test_findings_are_always_recordable(data):
    """Findings drawn for an event hold all that it must record and nothing that it may not."""
    event = data.draw(st.sampled_from(PATHWAY.events))
    names = {finding.fact for finding in data.draw(testing.findings(event))}
    assert set(event.must) <= names <= set(event.facts)
    assert {f.fact for f in data.draw(testing.findings(event, complete=True))} == set(event.facts)


@given(st.data())
def test_records_are_never_misuse(data):
    """A record drawn for a pathway is accepted or refused, and is no misuse of it."""
    pathway = data.draw(testing.pathways())
    journey = Journey(pathway)
    for record in data.draw(testing.logs(pathway)):
        assert journey.misuse(record) == ()
        try:
            journey = journey.take(record, "record")
        except TransitionNotAllowed:
            break


@given(st.data())
def test_journeys_are_accepted_ones(data):
    """A journey drawn on a pathway replays on it."""
    pathway = data.draw(st.sampled_from([PATHWAY]) | testing.pathways())
    journey = data.draw(testing.journeys(pathway))
    assert Journey.replay(pathway, journey.steps) == journey


def nested(guard):
    """Yield a guard and everything in it."""
    yield guard
    for part in (guard.part,) if isinstance(guard, Not) else getattr(guard, "parts", ()):
        yield from nested(part)


def test_every_kind_of_criterion_is_drawn():
    """Comparisons with numbers and with baselines, choices, flags, events, and every way to join them."""
    guards = drawn(testing.criteria(FACTS, EVENTS), 200)
    parts = [part for guard in guards for part in nested(guard)]
    assert {type(part) for part in parts} == {AllOf, AnyOf, SomeOf, Not, OneOf, IsTrue, Happened, Compare}
    compared = [part for part in parts if isinstance(part, Compare)]
    assert {type(part.fact) for part in compared} == {Quantity, Tally, Baseline}
    assert any(isinstance(part.limit, Multiple) for part in compared)
    assert {part.since is None for part in compared} == {True, False}
    assert {getattr(part.since, "excluded", None) for part in compared} == {None, False, True}
    assert {type(part.fact) for part in parts if isinstance(part, OneOf)} == {Choice, Snapshot}
    assert any(part.at_most_ago is not None for part in parts if isinstance(part, Happened))
    alone = drawn(testing.criteria((Flag("fever", "fever"),), (Event("seen", "seen"),), depth=0), 50)
    assert {type(guard) for guard in alone} == {IsTrue, Happened, Compare, Not}


def test_every_kind_of_step_is_drawn():
    """Accepted and departed from, dated, undated and on the same day: journeys have them all."""
    journeys = drawn(testing.pathways().flatmap(testing.journeys), 200 if MANY else 60)
    assert sum(len(journey.steps) >= 3 for journey in journeys) > (20 if MANY else 3)
    assert {d.verdict for j in journeys for d in j.deviations} == {Verdict.UNMET, Verdict.UNKNOWN}
    days = [step.day for journey in journeys for step in journey.steps]
    assert {type(day) for day in days} == {int, type(None), type(SAME_DAY)}
    assert {journey.state.final for journey in journeys} == {True, False}
