"""What a criterion means over what is recorded: at the boundaries, over time, and where nothing is."""

import pytest

from hscpath import SAME_DAY, Chart, Event, EventGroup, Quantity, at_least
from hscpath.days import Undated, days_between, moment_of
from hscpath.layout import Candidate
from tests.charted import DRUGS, EGFR, FEVER, MET, SEEN, STAGE, STARTED, UNKNOWN, UNMET, UPCR, chart

CELLS = Quantity("cells", "cells collected", "10*6/kg", low=0, high=100, resolution="0.1")
PRIOR = Quantity("prior", "earlier courses", "1", low=0, high=20)
ENTERED = Event("entered", "entered", may=(PRIOR,))
COLLECTED = Event("collected", "collected", may=(CELLS,))
STORED = Event("stored", "stored")
REINFUSED = Event("reinfused", "reinfused")


# Numbers at their boundaries.


@pytest.mark.parametrize(
    ("guard", "below", "at", "above"),
    [
        (UPCR.at_least("0.5"), UNMET, MET, MET),
        (UPCR.above("0.5"), UNMET, UNMET, MET),
        (UPCR.at_most("0.5"), MET, MET, UNMET),
        (UPCR.below("0.5"), MET, UNMET, UNMET),
    ],
)
def test_a_threshold_is_exact_to_one_step_of_the_resolution(guard, below, at, above):
    """0.499, 0.500 and 0.501 g/g fall on the sides of 0.5 on which a clinician puts them."""
    assert [Chart.of(UPCR(value)).check(guard) for value in (0.499, 0.5, 0.501)] == [below, at, above]


def test_seventeen_twentieths_of_a_baseline_is_exact():
    """85 % of an eGFR of 80 is 68: 68 is stable and 67 is not."""
    stable = EGFR.at_least(EGFR.at(STARTED).times("17/20"), since=STARTED)
    begun = (STARTED, (EGFR(80),), 0)
    assert chart(begun, findings=(EGFR(68),), day=90).check(stable) is MET
    assert chart(begun, findings=(EGFR(67),), day=90).check(stable) is UNMET
    above = EGFR.above(EGFR.at(STARTED).times("17/20"), since=STARTED)
    assert chart(begun, findings=(EGFR(68),), day=90).check(above) is UNMET
    assert chart(begun, findings=(EGFR(69),), day=90).check(above) is MET


def test_an_absolute_rise_over_a_baseline_is_exact():
    """A rise of 1 g/g over 0.8 is reached at 1.8 and not at 1.799."""
    risen = UPCR.at_least(UPCR.at(STARTED).plus(1))
    begun = (STARTED, (UPCR("0.8"),), 0)
    assert chart(begun, findings=(UPCR("1.8"),)).check(risen) is MET
    assert chart(begun, findings=(UPCR("1.799"),)).check(risen) is UNMET


# Windows of days.


@pytest.mark.parametrize(("day", "verdict"), [(106, UNMET), (107, MET), (465, MET), (466, UNMET)])
def test_the_first_and_the_last_day_of_a_window_are_in_it(day, verdict):
    """Seven to 365 days after day 100 is day 107 to day 465, both included."""
    guard = STARTED.happened(at_least_ago=7, at_most_ago=365)
    assert chart((STARTED, (), 100), day=day).check(guard) is verdict


def test_what_is_not_logged_has_not_happened():
    """An event without a record has not happened; one with a record has, whatever its day."""
    assert chart().check(STARTED.happened()) is UNMET
    assert chart().check(STARTED.happened(at_most_ago=3)) is UNMET
    assert chart((STARTED, (), None)).check(STARTED.happened()) is MET


def test_an_interval_from_or_to_an_unrecorded_day_is_unknown():
    """How long ago is not known where either day is not recorded, even between recorded ones."""
    guard = STARTED.happened(at_most_ago=1000)
    assert chart((STARTED, (), None), day=5).check(guard) is UNKNOWN
    assert chart((STARTED, (), 5)).check(guard) is UNKNOWN
    assert chart((SEEN, (), 0), (STARTED, (), None), day=9).check(guard) is UNKNOWN


def test_the_same_day_is_no_days_ago_even_where_that_day_is_unrecorded():
    """Two steps of one unrecorded day are zero days apart."""
    same = chart((STARTED, (), None), (SEEN, (), SAME_DAY), day=SAME_DAY)
    assert same.check(STARTED.happened(at_most_ago=0)) is MET
    assert same.check(STARTED.happened(at_least_ago=1)) is UNMET
    assert chart((STARTED, (), 4), day=SAME_DAY).check(STARTED.happened(at_most_ago=0)) is MET
    assert same.day is None
    assert chart((STARTED, (), 4), (SEEN, (), SAME_DAY), day=SAME_DAY).day == 4


def test_moments_are_days_or_themselves():
    """An unrecorded day is the same as itself and at an unknown distance from all others."""
    assert moment_of(SAME_DAY, 3, None) == Undated(3)
    assert days_between(Undated(1), Undated(1)) == 0
    assert days_between(Undated(1), Undated(2)) is None
    assert days_between(3, Undated(2)) is None
    assert days_between(3, 5) == 2


# Derived facts.


def test_an_event_sees_its_findings_and_totals_but_not_itself():
    """A guard counts occurrences before its event, and totals with what the event records."""
    this = chart((COLLECTED, (CELLS(1.5),), 0), asked=COLLECTED, findings=(CELLS(0.5),), day=1)
    assert this.check(COLLECTED.count.at_least(1)) is MET
    assert this.check(COLLECTED.count.at_least(2)) is UNMET
    assert this.check(CELLS.total.at_least(2)) is MET
    assert this.check(CELLS.total.above(2)) is UNMET


def test_a_total_with_a_value_left_out_is_known_only_from_below():
    """Two collections, one without its number: at least what was recorded, perhaps more."""
    this = chart((COLLECTED, (CELLS(3),), 0), (COLLECTED, (), 1))
    assert this.check(CELLS.total.at_least(2)) is MET
    assert this.check(CELLS.total.at_least(4)) is UNKNOWN
    assert this.check(CELLS.total.below(3)) is UNMET
    assert this.check(CELLS.total.below(4)) is UNKNOWN
    assert str(this.explain(CELLS.total.at_least(4))) == (
        "? total cells collected at least 4 10*6/kg: at least 3 10*6/kg (1 not recorded)"
    )
    assert this.explain(CELLS.total.at_least(4)).missing == ()
    collecting = chart((COLLECTED, (CELLS(3),), 0), asked=COLLECTED)
    assert collecting.explain(CELLS.total.at_least(4)).missing == (CELLS,)
    assert Chart(collecting.past * 2).explain(CELLS.total.at_least(9)).missing == ()
    told = chart((COLLECTED, (), 0), asked=COLLECTED, findings=(CELLS(3),))
    assert told.explain(CELLS.total.at_least(4)).missing == ()
    assert Chart((Candidate(COLLECTED),)).explain(CELLS.total.at_least(4)).missing == ()


def test_a_count_adds_what_was_recorded_on_entry():
    """Courses before entry and courses since are one number; left out on entry, it is a minimum."""
    courses = STARTED.count.including(PRIOR)
    assert chart((STARTED, (), 0)).check(courses.below(2)) is MET
    assert chart((ENTERED, (PRIOR(2),), None), (STARTED, (), 0)).check(courses.at_least(3)) is MET
    assert chart((ENTERED, (), None), (STARTED, (), 0)).check(courses.at_least(1)) is MET
    assert chart((ENTERED, (), None), (STARTED, (), 0)).check(courses.at_least(2)) is UNKNOWN


def test_a_stock_is_what_was_stored_less_what_was_used():
    """One graft stored and reinfused leaves none; a second one stored leaves one."""
    stock = STORED.count.minus(REINFUSED).called("grafts in store")
    used = ((STORED, (), 0), (REINFUSED, (), 5))
    assert chart(*used[:1]).check(stock.at_least(1)) is MET
    assert chart(*used).check(stock.at_least(1)) is UNMET
    assert chart(*used, (STORED, (), 9)).check(stock.at_least(1)) is MET
    assert str(chart(*used).explain(stock.at_least(1))) == "✗ grafts in store at least 1: 0"


def test_a_baseline_is_the_value_when_the_event_last_happened():
    """A second course takes a new baseline, from the last value recorded by then."""
    baseline = UPCR.at(STARTED)
    first = ((SEEN, (UPCR(3),), 0), (STARTED, (), 5))
    assert chart(*first, findings=(UPCR(1),)).check(baseline.at_least(3)) is MET
    second = (*first, (SEEN, (UPCR(2),), 100), (STARTED, (), 101))
    assert chart(*second).check(baseline.at_most(2)) is MET
    assert chart((STARTED, (), 5), findings=(UPCR(1),)).check(baseline.at_least(1)) is UNKNOWN
    assert chart(findings=(UPCR(1),)).check(baseline.at_least(1)) is UNKNOWN


# Since.


def test_since_asks_for_values_of_the_present_course():
    """A value from before the course does not count; one recorded as it started does."""
    fresh = UPCR.below(1, since=STARTED)
    before = (SEEN, (UPCR("0.4"),), 0)
    assert chart(before, (STARTED, (), 5)).check(fresh) is UNKNOWN
    assert chart(before, (STARTED, (UPCR("0.4"),), 5)).check(fresh) is MET
    assert chart(before, (STARTED, (), 5), (SEEN, (UPCR(2),), 9)).check(fresh) is UNMET
    assert chart(before, (STARTED, (), 5), (STARTED, (), 9)).check(fresh) is UNKNOWN


def test_since_something_that_never_happened_knows_no_value_and_counts_nothing():
    """Without a course there is no value since it, and nothing has been counted."""
    assert chart(findings=(UPCR(1),)).check(UPCR.at_least(0, since=STARTED)) is UNKNOWN
    assert chart(findings=(FEVER(True),)).check(FEVER.is_true(since=STARTED)) is UNKNOWN
    assert chart((SEEN, (), 0)).check(SEEN.happened(since=STARTED)) is UNMET
    assert chart((SEEN, (), 0)).check(SEEN.count.at_most(0, since=STARTED)) is MET
    collected = chart((COLLECTED, (CELLS(3),), 0))
    assert collected.check(CELLS.total.at_most(0, since=STARTED)) is MET


def test_since_starts_counts_and_totals_anew():
    """A second course, or a second graft, begins from nothing, its own record included."""
    again = ((COLLECTED, (CELLS(3),), 0), (STORED, (), 1), (COLLECTED, (CELLS(1),), 50))
    assert chart(*again).check(CELLS.total.at_least(2, since=STORED)) is UNMET
    assert chart(*again).check(COLLECTED.count.at_least(1, since=STORED)) is MET
    assert chart(*again).check(COLLECTED.count.at_least(2, since=STORED)) is UNMET
    assert chart(*again).check(STORED.count.at_least(1, since=STORED)) is MET
    assert chart(*again[:2]).check(COLLECTED.happened(since=STORED)) is UNMET
    itself = ((COLLECTED, (CELLS(3),), 0), (COLLECTED, (CELLS(1),), 5))
    assert chart(*itself).check(CELLS.total.at_most(1, since=COLLECTED)) is MET


def test_an_event_of_a_group_counts_for_the_group():
    """Any of several events is an occurrence of their group, the latest of them is its last."""
    group = EventGroup("any contact", (SEEN, STARTED))
    both = ((SEEN, (), 0), (STARTED, (), 10))
    assert chart(*both).check(group.count.at_least(2)) is MET
    assert chart(*both, day=12).check(group.happened(at_most_ago=2)) is MET


# Choices and flags.


def test_choices_and_flags_are_met_unmet_or_unknown():
    """An option is among those asked for or not; of several, one in common is enough."""
    assert Chart.of(STAGE("I")).check(STAGE.one_of("I", "II")) is MET
    assert Chart.of(STAGE("I")).check(STAGE.one_of("II")) is UNMET
    assert Chart.of().check(STAGE.one_of("II")) is UNKNOWN
    assert Chart.of(DRUGS(["A", "B"])).check(DRUGS.one_of("B", "C")) is MET
    assert Chart.of(DRUGS(["A"])).check(DRUGS.one_of("B", "C")) is UNMET
    assert Chart.of().check(DRUGS.one_of("B")) is UNKNOWN
    assert Chart.of(FEVER(False)).check(FEVER.is_false()) is MET
    assert Chart.of(FEVER(True)).check(FEVER.is_false()) is UNMET
    assert Chart.of().check(FEVER.is_false()) is UNKNOWN


def test_two_of_three_is_decided_as_soon_as_it_can_be():
    """Two met decide, two unmet decide, and in between the unknown one does."""
    two = at_least(2, FEVER.is_true(), STAGE.one_of("I"), UPCR.at_least(1))
    assert Chart.of(FEVER(True), STAGE("I")).check(two) is MET
    assert Chart.of(FEVER(False), STAGE("II")).check(two) is UNMET
    assert Chart.of(FEVER(True), STAGE("II")).check(two) is UNKNOWN
