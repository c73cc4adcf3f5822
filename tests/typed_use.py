"""How the library is used, as type checkers see it: checked by mypy and pyright, run as a test."""

from datetime import date
from typing import assert_type

from hscpath import (
    Chart,
    Day,
    Decision,
    Event,
    Explanation,
    Fact,
    Finding,
    Journey,
    OnDeviation,
    Override,
    PathwayChanged,
    Problem,
    Quantity,
    Record,
    State,
    Transition,
    UnknownEvent,
    Verdict,
)
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
    on_deviation: OnDeviation = "record"
    assert_type(audited_anew(PathwayChanged("changed", (), None), on_deviation), Journey)
    day: Day = 1
    reason: Override = None
    assert_type(journey.pathway.facts, tuple[Fact, ...])
    assert_type(journey.advance("results_recorded", UPCR(3), day=day, override=reason), Journey)
    assert_type(UnknownEvent("unknown").problems, tuple[Problem, ...])


def audited_anew(error: PathwayChanged, on_deviation: OnDeviation) -> Journey:
    """Return a journey that was saved under another pathway, as README audits it."""
    assert_type(error.records, tuple[Record, ...])
    assert_type(error.began, date | None)
    return Journey.replay(PATHWAY, error.records, began=error.began, on_deviation=on_deviation)
