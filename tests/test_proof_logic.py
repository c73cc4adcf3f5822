"""The third reading of a criterion: as formulas, it says what the chart says and what a file holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hscpath import SAME_DAY, Choice, Event, Flag, Journey, Pathway, Quantity, State, testing
from hscpath.criteria import Multiple
from hscpath.proof.logic import (
    AnyMoment,
    KnownMoment,
    Undecided,
    fact_of,
    new_solver,
    plausible,
    rarely_recorded,
    satisfiable,
    z3,
)
from hscpath.verdict import Verdict
from tests.formulas import known_events, verdict_of


@st.composite
def asked_after(draw):
    """Draw a random pathway, a journey on it, and an event asked about after it, on any kind of day."""
    pathway = draw(testing.pathways())
    journey = draw(testing.journeys(pathway))
    record = draw(testing.records(pathway, first=not journey.steps))
    findings = tuple(finding for finding in record.findings if draw(st.integers(0, 3)))
    last = max((step.day for step in journey.steps if isinstance(step.day, int)), default=0)
    day = draw(st.sampled_from((None, last, last + 7, SAME_DAY) if journey.steps else (None, 0)))
    decision = journey.consider(record.event, *findings, day=day)
    return pathway, [*journey.steps, decision.candidate], decision.chart


@given(asked_after())
def test_what_is_known_of_any_chart_is_so_of_this_one(drawn):
    """The laws by which the prover narrows what may be recorded exclude no journey that there is."""
    pathway, happenings, chart = drawn
    event = happenings[-1].event
    known, some = (
        KnownMoment(known_events(happenings), len(happenings) - 1),
        AnyMoment(rarely_recorded(pathway), event),
    )
    readings = [some.read(guard) for guard in pathway.guards]
    solver = new_solver()
    solver.add(*some.laws, some.now == len(happenings) - 1)
    for (thing,), held in vars(some).get("_once_held", {}).items():
        here = known.held(thing)
        solver.add(held.same_as(here), z3.Implies(here.known, held.step == here.step))
    solver.add(*(last == known.last(each) for (each,), last in vars(some).get("_once_last", {}).items()))
    for each, ago in some._ago.items():
        here = known.ago(each)
        solver.add(ago.known == here.known, z3.Implies(here.known, ago.days == here.days))
    for (tally, since), (total, left_out) in vars(some).get("_once_total", {}).items():
        here = known.total(tally, since)
        solver.add(total == here[0], left_out == here[1])
    assert satisfiable(solver)
    for guard, reading in zip(pathway.guards, readings, strict=True):
        expected = chart.check(guard)
        is_so = {Verdict.MET: reading.met, Verdict.UNMET: reading.unmet, Verdict.UNKNOWN: z3.Not(reading.known)}
        assert not satisfiable(solver, z3.Not(is_so[expected]))


SCORE = Quantity("score", "score", "1", low=0, high=10)
FEVER = Flag("fever", "fever", negative="no fever")
DRUGS = Choice("drugs", "drugs", ("A", "B"), several=True)
SEEN = Event("seen", "seen", may=(SCORE, FEVER), must=(DRUGS,))
WELL, ILL = State("well", "well"), State("ill", "ill", final=True)
TOY = Pathway("toy", "1", WELL, [WELL.on(SEEN), WELL.on(Event("died", "died"), to=ILL)])


def test_a_moment_after_the_last_event_sees_it():
    """What is asked of a patient who stands in a state counts every event that led there."""
    journey = Journey(TOY).advance("seen", day=3, score=4, drugs=["A"]).advance("seen", day=9, drugs=["B"])
    moment = KnownMoment(known_events(journey.steps), 2)
    for guard in (
        SEEN.count.at_least(2),
        SEEN.happened(at_most_ago=0),
        SCORE.above(3),
        DRUGS.one_of("B"),
        FEVER.is_true(),
    ):
        assert verdict_of(moment.read(guard)) is journey.chart.check(guard)


def test_what_an_event_records_is_asked_of_every_value():
    """That a criterion is met whatever is recorded, is so only if no plausible value fails it."""
    moment = AnyMoment(rarely_recorded(TOY), SEEN)
    for guard, always in (
        (SCORE.at_least(0), True),
        (SCORE.at_least(1), False),
        (DRUGS.one_of("A", "B"), True),
        (DRUGS.one_of("A"), False),
        (FEVER.is_true() | FEVER.is_false(), True),
    ):
        solver = new_solver()
        solver.add(moment.whatever(SEEN, moment.read(guard).met))
        assert satisfiable(solver) is always
    nothing = Event("rested", "rested")
    assert z3.is_true(z3.simplify(moment.whatever(nothing, z3.BoolVal(True))))


def test_no_value_is_thought_of_that_could_not_be_recorded():
    """A prover that reasons with implausible values proves nothing of patients."""
    for thing in (SCORE, DRUGS, SCORE.at(SEEN)):
        solver = new_solver()
        moment = AnyMoment(rarely_recorded(TOY))
        held = moment.held(thing)
        solver.add(held.known, z3.Not(plausible(fact_of(thing), held.value)), *moment.laws)
        assert not satisfiable(solver)


def test_what_the_solver_gives_up_is_undecided():
    """A question that takes too long has no answer, and is not taken for a proof."""
    x, y, z = z3.Ints("x y z")
    solver = new_solver()
    solver.set("timeout", 1)
    solver.add(x > 1, y > 1, z > 1, x * x * x + y * y * y == z * z * z)
    with pytest.raises(Undecided, match="the solver gave up"):
        satisfiable(solver)


def test_one_time_itself_as_a_limit_is_the_limit():
    """A criterion is read once at a moment, however it was written."""
    moment = AnyMoment(rarely_recorded(TOY), SEEN)
    assert moment.read(SCORE.at_least(Multiple(SCORE.at(SEEN)))) is moment.read(SCORE.at_least(SCORE.at(SEEN)))
