"""A chart holds what is known at one moment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hscpath import SAME_DAY, Chart, Event, Quantity, testing
from hscpath.layout import Candidate, Layout
from tests.charted import EGFR, FEVER, MET, SEEN, STAGE, UNKNOWN, UPCR, chart
from tests.profiles import examples

# What a chart knows.


def test_a_chart_holds_the_latest_finding_of_each_fact_with_its_day():
    """The last value counts, and its day is that of the step that recorded it."""
    this = chart((SEEN, (UPCR(3), EGFR(60)), 2), (SEEN, (UPCR(2),), SAME_DAY), findings=(FEVER(True),), day=9)
    assert (this[UPCR].value, this[UPCR].day) == (2, 2)
    assert this[STAGE] is None
    assert [(f.fact.name, f.day) for f in this.findings] == [("upcr", 2), ("egfr", 2), ("fever", 9)]
    assert Chart().findings == ()
    assert Chart().day is None


def test_a_chart_answers_questions_that_no_pathway_asks():
    """A criterion made on the spot is answered from the whole history, with or without a question asked."""
    past = (Candidate(SEEN, (UPCR(3),), 0),)
    assert Chart(past).check(UPCR.at_least(3)) is MET
    assert Chart(past, layout=Layout([UPCR.at_least(3)])).check(UPCR.at_least(3)) is MET


# Why.


def test_a_chart_is_asked_with_facts_and_not_with_names():
    """A name that might be misspelt is not taken for a fact that is not recorded."""
    with pytest.raises(TypeError, match=r"as in chart\[FACT\], not with 'upcr'"):
        Chart.of(UPCR(1))["upcr"]


def test_a_chart_knows_facts_and_not_only_their_names():
    """A fact of the same name but another resolution is another fact, of which nothing is recorded."""
    coarse = Quantity("upcr", "UPCR", "g/g", low=0, high=50, resolution="0.1")
    assert Chart.of(UPCR(3)).check(coarse.above(1)) is UNKNOWN
    assert Chart.of(UPCR(3))[coarse] is None


def test_what_an_event_must_record_and_does_not_is_unknown_from_then_on():
    """An inferred staging leaves the stage unknown, whatever it was before."""
    staged = Event("staged", "staged", must=(STAGE,))
    twice = ((staged, (STAGE("I"),), 0), (staged, (), 5))
    assert chart(*twice[:1]).check(STAGE.one_of("I")) is MET
    assert chart(*twice).check(STAGE.one_of("I")) is UNKNOWN
    assert chart(*twice)[STAGE] is None


def test_the_chart_of_a_journey_cannot_be_written_to(ana):
    """What a caller does to the slots of a chart reaches no journey."""
    ana.chart.slots[:] = []
    assert ana.advance("results_recorded", day=20).steps


@given(st.data())
@examples(0.4)
def test_a_size_is_what_criteria_compare(data):
    """A quantity, a baseline or a total is known just where a criterion about it is, and is as much as that decides."""
    journey = data.draw(testing.journeys(data.draw(testing.pathways())))
    chart, first = journey.chart, journey.pathway.events[0]
    for fact in journey.pathway.facts:
        if isinstance(fact, Quantity):
            for numeric, most in ((fact, fact.high), (fact.at(first), fact.high), (fact.total, 10**6)):
                size = chart.size(numeric)
                limit = most if size is None else size
                assert chart.check(numeric.at_least(limit)) is (UNKNOWN if size is None else MET)
                assert size is None or chart.check(numeric.at_most(limit)) is MET
