"""An explanation says why: the verdict, what is recorded and when, and where the criterion comes from."""

from hscpath import Chart, after, at_least
from hscpath.layout import Candidate
from tests.charted import EGFR, FEVER, SEEN, STAGE, STARTED, UPCR, chart


def explained(guard, *happenings, **asked):
    """Return an explanation as text."""
    return str(chart(*happenings, **asked).explain(guard))


def test_what_comes_after_an_event_leaves_out_the_event_itself():
    """Counted after each visit, the visit is none; counted since it, it is one."""
    once = ((SEEN, (UPCR(1),), 0),)
    since, strictly = SEEN.count.at_least(1, since=SEEN), SEEN.count.at_least(1, since=after(SEEN))
    assert explained(since, *once).startswith("✓")
    assert explained(strictly, *once).startswith("✗")
    assert explained(UPCR.below("2", since=SEEN), *once).startswith("✓")
    assert explained(UPCR.below("2", since=after(SEEN)), *once).startswith("? ")


def test_an_explanation_says_what_is_recorded_and_when():
    """Each criterion shows its verdict, its words, the value recorded, and the day if it is an earlier one."""
    seen = (SEEN, (UPCR("0.4"), STAGE("I"), FEVER(False)), 3)
    assert explained(UPCR.below("0.5"), seen) == "✓ UPCR below 0.5 g/g: 0.4 g/g (day 3)"
    assert explained(UPCR.below("0.5"), (SEEN, (UPCR(1),), None)) == "✗ UPCR below 0.5 g/g: 1 g/g"
    assert explained(UPCR.below("0.5"), findings=(UPCR(1),)) == "✗ UPCR below 0.5 g/g: 1 g/g"
    assert explained(EGFR.at_least(30), seen) == "? eGFR at least 30 mL/min: not recorded"
    assert explained(STAGE.one_of("II"), seen) == "✗ stage is II: I (day 3)"
    assert explained(FEVER.is_false(), seen) == "✓ no fever: no fever (day 3)"


def test_an_explanation_says_since_when_nothing_is_recorded():
    """A value that is too old, and an event that never was, are told apart."""
    fresh = UPCR.below(1, since=STARTED)
    assert explained(fresh) == "? UPCR below 1 g/g: therapy started: not on record"
    assert explained(fresh, (STARTED, (), 5)) == "? UPCR below 1 g/g: not recorded since therapy started (day 5)"
    assert explained(SEEN.happened(since=STARTED)) == "✗ seen on record: not on record"
    assert (
        explained(SEEN.happened(since=STARTED), (SEEN, (), 1))
        == "✗ seen on record: not on record since therapy started"
    )
    assert (
        explained(SEEN.happened(since=STARTED), (SEEN, (), 1), (STARTED, (), 2))
        == "✗ seen on record: not on record since therapy started"
    )
    assert explained(SEEN.happened(since=STARTED), (STARTED, (), 2), (SEEN, (), 3)) == "✓ seen on record: day 3"


def test_an_explanation_counts_the_days():
    """How long ago something was is told with its day, or why it cannot be."""
    recent = STARTED.happened(at_most_ago=10)
    assert explained(recent) == "✗ therapy started at most 10 days ago: not on record"
    assert explained(recent, (STARTED, (), 5), day=6) == "✓ therapy started at most 10 days ago: 1 day ago (day 5)"
    unknown = chart((STARTED, (), None), day=6).explain(recent)
    assert unknown.missing == (STARTED,)
    assert str(unknown).endswith("on record, how long ago is not recorded")
    assert chart((STARTED, (), 3)).explain(recent).missing == (SEEN,)
    assert Chart((Candidate(STARTED, (), 1), Candidate(SEEN, (), None))).explain(recent).missing == (SEEN,)


def test_an_explanation_of_a_baseline_shows_both_values():
    """A comparison with a baseline shows the value, the baseline, and what is missing of the two."""
    stable = EGFR.at_least(EGFR.at(STARTED).times("17/20"))
    both = explained(stable, (STARTED, (EGFR(80),), 0), findings=(EGFR(70),))
    assert (
        both
        == "✓ eGFR at least 85 % of eGFR when therapy started: 70 mL/min; eGFR when therapy started 80 mL/min (day 0)"
    )
    none = chart().explain(stable)
    assert none.found == "not recorded; eGFR when therapy started not recorded, therapy started: not on record"
    assert none.missing == (EGFR, STARTED)
    assert chart((STARTED, (), 0), findings=(EGFR(70),)).explain(stable).missing == ()


def test_an_explanation_is_a_tree_shaped_like_the_criterion():
    """Every part is told, those too that no longer matter, and names and sources stand where they belong."""
    guard = (FEVER.is_true() & ~(STAGE.one_of("I") | UPCR.at_least(1))).named("ill")
    told = chart(findings=(STAGE("I"), FEVER(False))).explain(guard)
    assert told.lines() == [
        "✗ ill",
        "  ✗ fever: no fever",
        "  ✗ not",
        "    ✓ any of",
        "      ✓ stage is I: I",
        "      ? UPCR at least 1 g/g: not recorded",
    ]
    assert told.missing == ()
    assert repr(told) == "<Explanation: ✗ ill>"
    two = chart().explain(at_least(1, FEVER.is_true(), FEVER.is_true().named("hot") & UPCR.below(2)))
    assert two.lines(values=False) == [
        "? at least 1 of",
        "  ? fever",
        "  ? all of",
        "    ? hot (fever)",
        "    ? UPCR below 2 g/g",
    ]
    assert two.missing == (FEVER, UPCR)


def test_without_values_an_explanation_says_nothing_of_the_patient():
    """The form without values holds the criteria and verdicts and nothing that was recorded."""
    told = chart((SEEN, (UPCR("0.123"),), 3)).explain(UPCR.below("0.5"))
    assert told.lines(values=False) == ["✓ UPCR below 0.5 g/g"]
    assert told.cite is None
