"""How the library is used, as type checkers see it: checked by mypy and pyright, run as a test."""

from typing import assert_type

from hscpath import Chart, Decision, Event, Explanation, Finding, Journey, Quantity, State, Transition, Verdict
from hscpath.criteria import AllOf, Compare, Criterion, Tally
from hscpath.lupus import PATHWAY, UPCR

SEEN = Event("seen", "seen", may=[UPCR])


def use() -> None:
    """Use each part of the interface once, and say what comes back."""
    assert_type(UPCR, Quantity)
    assert_type(UPCR("3400 mg/g"), Finding)
    assert_type(UPCR.below("0.5"), Compare)
    assert_type(UPCR.below("0.5") & SEEN.happened(), AllOf)
    assert_type(UPCR.below("0.5").named("low"), Criterion)
    assert_type(SEEN.count, Tally)
    chart = Chart.of(UPCR(0.4))
    assert_type(chart.check(UPCR.below("0.5")), Verdict)
    assert_type(chart.explain(UPCR.below("0.5")), Explanation)
    assert_type(State("well", "well").on(SEEN), Transition)
    journey = Journey(PATHWAY).advance("nephritis_diagnosed", UPCR(3), day=0, egfr=60)
    assert_type(journey, Journey)
    assert_type(journey.consider("died"), Decision)
    assert_type(journey.options(), tuple[Decision, ...])
