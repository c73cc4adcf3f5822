"""Guidelines: which criteria decide a point, and where they come from."""

import pytest

from hscpath import ALWAYS, Citation, Flag, Guideline, PathwayError, Requirements
from hscpath.pathway import combined

FEVER, RASH = Flag("fever", "fever"), Flag("rash", "rash")
OLD, NEW, OTHER = (Citation(name, name) for name in ("old", "new", "other"))
FIRST = Guideline("First", "1", OLD, {"remission": Requirements(when=FEVER.is_false()), "relapse": Requirements()})
SECOND = Guideline("Second", "2", NEW, {"remission": Requirements(when=RASH.is_false())})


def test_of_two_guidelines_the_later_decides():
    """A point that both decide is decided by the later, any other by the one that does."""
    points = combined(("remission", "relapse"), (FIRST, SECOND))
    assert points["remission"].when == RASH.is_false()
    assert points["relapse"] == Requirements(ALWAYS, ALWAYS)


def test_criteria_without_a_source_bear_that_of_their_guideline():
    """Every criterion of a guideline is cited, by itself or by the guideline."""
    mixed = Guideline(
        "Mixed", "1", NEW, {"x": Requirements(FEVER.is_true() & RASH.is_true().cited(OTHER), FEVER.is_true())}
    )
    assert [part.cite for part in mixed.points["x"].when.parts] == [NEW, OTHER]
    assert mixed.points["x"].expects.cite == NEW
    assert str(mixed) == "Mixed 1"
    whole = Guideline("Whole", "1", NEW, {"x": Requirements((FEVER.is_true() & RASH.is_true()).cited(OTHER))})
    assert [part.cite for part in whole.points["x"].when.parts] == [OTHER, OTHER]


def test_a_guideline_must_decide_something():
    """A guideline without criteria is a mistake."""
    with pytest.raises(PathwayError, match="Empty 1 decides nothing"):
        Guideline("Empty", "1", OLD, {})
    with pytest.raises(PathwayError, match=r"Bare 1: write 'remission': Requirements\(when="):
        Guideline("Bare", "1", OLD, {"remission": FEVER.is_true()})
    with pytest.raises(TypeError, match="cite"):
        Guideline("Text", "1", "Rome 2020", {"remission": Requirements()})


def test_what_no_one_asks_and_what_no_one_decides_are_told_together():
    """A misspelt point and one left open are both named."""
    with pytest.raises(PathwayError) as error:
        combined(("remision", "relapse"), (SECOND,))
    assert [str(problem) for problem in error.value.problems] == [
        "Second 2 decides 'remission', which this pathway does not ask; did you mean 'remision'?",
        "no guideline given decides 'remision'",
        "no guideline given decides 'relapse'",
    ]
