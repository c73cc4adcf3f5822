"""The three answers, and Kleene's laws for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hscpath import Verdict

verdicts = st.sampled_from(Verdict)


@given(verdicts, verdicts, verdicts)
def test_verdicts_follow_kleenes_laws(a, b, c):
    """And, or and not of met, unmet and unknown form Kleene's logic."""
    assert ~~a is a
    assert a & b is b & a
    assert a | b is b | a
    assert (a & b) & c is a & (b & c)
    assert (a | b) | c is a | (b | c)
    assert ~(a & b) is ~a | ~b
    assert a & (a | b) is a
    assert a & (b | c) is (a & b) | (a & c)


def test_unknown_decides_nothing_by_itself():
    """Unknown and met is unknown, unknown and unmet is unmet, and its opposite is unknown too."""
    assert Verdict.UNKNOWN & Verdict.MET is Verdict.UNKNOWN
    assert Verdict.UNKNOWN & Verdict.UNMET is Verdict.UNMET
    assert Verdict.UNKNOWN | Verdict.MET is Verdict.MET
    assert Verdict.UNKNOWN | Verdict.UNMET is Verdict.UNKNOWN
    assert ~Verdict.UNKNOWN is Verdict.UNKNOWN


def test_a_verdict_cannot_be_taken_for_true_or_false():
    """Asking a verdict as if it were yes or no is an error that says what to write."""
    with pytest.raises(TypeError, match=r"verdict is Verdict\.MET"):
        bool(Verdict.UNKNOWN)


def test_every_verdict_has_its_mark():
    """Met, unknown and unmet are told apart by one character each."""
    assert [verdict.mark for verdict in (Verdict.MET, Verdict.UNKNOWN, Verdict.UNMET)] == ["✓", "?", "✗"]
