"""How one row of several is chosen, what may be waived, and where an unknown leaves the way open."""

import pytest

from hscpath import (
    InvalidRecord,
    Journey,
    Pathway,
    Record,
    ReplayStopped,
    Verdict,
)
from hscpath.judgement import NO_REASON
from tests.assessed import ASSESSED, BETTER, DEAD, DIED, FEVER, LIVING, RASH, SCORE, SICK, START, TOY, WORSE, refusal

# Choosing the row.


def test_the_first_row_that_is_not_unmet_decides():
    """A low score leads to better, a high one to worse, and nothing recorded leads nowhere."""
    assert START.advance("assessed", score=1, fever=False, rash=False).state is BETTER
    assert START.advance("assessed", score=9, fever=True).state is WORSE
    unknown = refusal("assessed")
    assert unknown.missing == (SCORE, FEVER, RASH)
    assert unknown.possible == (BETTER, WORSE)
    assert not unknown.closed


def test_a_later_row_never_wins_because_an_earlier_expectation_is_unmet():
    """What is expected is asked of the row that decides, and of no other."""
    decision = refusal("assessed", score=1, fever=True, rash=False)
    assert decision.target is BETTER
    assert decision.open == (FEVER.is_false(),)
    assert [tried.transition.target for tried in decision.tried] == [BETTER]


def test_a_row_that_stays_changes_nothing_but_the_record():
    """An event without a target is recorded and the state is as it was."""
    better = START.advance("assessed", score=1, fever=False, rash=False)
    assert better.advance("assessed", score=2).state is BETTER
    assert better.consider("assessed", score=2).target is BETTER


# Waiving.


def test_one_open_criterion_may_be_waived_by_a_bare_reason():
    """One departure and one reason need no name; the departure stays on record."""
    journey = START.advance("assessed", score=1, fever=True, rash=False, override="a cold")
    (deviation,) = journey.deviations
    assert (deviation.kind, deviation.criterion, deviation.reason) == ("departs", FEVER.is_false(), "a cold")
    assert str(deviation) == "departs: no fever (a cold)"
    assert repr(deviation) == "<Deviation: departs: no fever (a cold)>"


def test_several_open_criteria_are_waived_by_name():
    """Two open criteria need two reasons, each under its criterion's words."""
    reasons = {"no fever": "a cold", "no rash": "not looked for"}
    journey = START.advance("assessed", score=1, fever=True, override=reasons)
    assert [(d.kind, d.reason) for d in journey.deviations] == [
        ("departs", "a cold"),
        ("not documented", "not looked for"),
    ]
    some = refusal("assessed", score=1, fever=True, override={"no fever": "a cold"})
    assert some.open == (RASH.is_false(),)
    assert [deviation.reason for deviation in some.deviations] == ["a cold"]


@pytest.mark.parametrize(
    ("findings", "override", "says"),
    [
        ({"score": 1, "fever": True}, "a cold", "2 criteria need a reason.*write {'no fever': ..., 'no rash': ...}"),
        ({"score": 1, "fever": False, "rash": False}, "a cold", "every criterion is met"),
        (
            {"score": 1, "fever": False, "rash": False},
            {"no fever": "x"},
            "not in need of a reason.*every criterion is met",
        ),
        ({"score": 1, "fever": True, "rash": False}, {"no fevr": "x"}, "did you mean 'no fever'"),
        ({"score": 1, "fever": True, "rash": False}, {"no rash": "x"}, "'no rash' is not in need of a reason"),
    ],
)
def test_waiving_what_is_not_open_is_misuse(findings, override, says):
    """A reason must be for a criterion that needs one, and it must be clear for which."""
    with pytest.raises(InvalidRecord, match=says):
        START.advance("assessed", override=override, **findings)
    with pytest.raises(InvalidRecord, match=says):
        START.consider("assessed", override=override, **findings)


def test_an_unmet_condition_is_never_overridable():
    """A hard criterion stays closed whatever the reason, and so does an event without meaning."""
    worse = START.advance("assessed", score=9, fever=True)
    nothing = refusal("assessed", override="please", journey=worse)
    assert nothing.closed
    assert nothing.meaningless
    only = Pathway("one", "1", SICK, (SICK.on(ASSESSED, to=DEAD, when=SCORE.below(3)),))
    closed = refusal("assessed", score=5, override="please", journey=Journey(only))
    assert closed.closed
    assert not closed.meaningless
    assert closed.open == ()
    assert closed.target is None
    assert str(closed).startswith("assessed: may not happen (sick)")


# Where an unknown leaves the way open.


def test_an_unknown_that_decides_between_states_needs_to_be_told_where_it_led():
    """Without a score the patient got better or worse, and only the caller can say which."""
    reasons = {"score below 3": "not scored", "no fever": "?", "no rash": "?"}
    untold = refusal("assessed", override=reasons)
    assert untold.ambiguous
    assert "assessed: may have happened; say where it led" in str(untold)
    better = START.advance("assessed", override=reasons, to="better")
    assert better.state is BETTER
    assert better.steps[-1].to == "better"
    worse_reasons = {"score below 3": "not scored", "score at least 3": "not scored", "fever": "?"}
    worse = START.advance("assessed", override=worse_reasons, to=WORSE)
    assert worse.state is WORSE
    assert {deviation.kind for deviation in worse.deviations} == {"not documented"}
    assert "with a reason, say also to='better' (better) or 'worse' (worse)" in str(refusal("assessed"))


def test_unmet_rows_stay_closed_wherever_one_says_it_led():
    """A high score cannot have led to better."""
    assert refusal("assessed", score=9, to="better").closed
    assert refusal("assessed", score=9, to="better").tried[0].when.verdict is Verdict.UNMET


def test_where_a_step_led_must_be_possible():
    """A target that no row has, or that what is recorded rules out, is misuse."""
    with pytest.raises(InvalidRecord, match="assessed does not lead to 'dead'"):
        START.advance("assessed", to="dead")
    three = Pathway(
        "three",
        "1",
        SICK,
        (
            SICK.on(ASSESSED, to=BETTER, when=SCORE.below(3)),
            SICK.on(ASSESSED, to=WORSE),
            LIVING.on(DIED, to=DEAD),
        ),
    )
    with pytest.raises(InvalidRecord, match="decides that this leads to 'better', not 'worse'"):
        Journey(three).advance("assessed", score=1, to="worse")
    assert Journey(three).advance("assessed", score=1, to="better").state is BETTER


# Recording.


def test_recording_notes_what_was_departed_from():
    """Under "record" a soft departure is let through, without a reason but not without a trace."""
    journey = Journey.replay(TOY, START.advance("assessed", score=9, override="x").steps)
    assert journey.deviations[0].reason == "x"
    recorded = Journey.replay(TOY, [Record("assessed", {"score": 9})], on_deviation="record")
    assert recorded.deviations[0].reason == NO_REASON
    assert Journey.replay(TOY, recorded.steps) == recorded
    reasoned = Record("assessed", {"score": 9}, override={"fever": "felt cold"})
    assert Journey.replay(TOY, [reasoned], on_deviation="record").deviations[0].reason == "felt cold"
    bare = Record("assessed", {"score": 9}, override="felt cold")
    assert Journey.replay(TOY, [bare], on_deviation="record").deviations[0].reason == "felt cold"
    with pytest.raises(ReplayStopped) as stopped:
        Journey.replay(TOY, [Record("assessed")], on_deviation="record")
    assert stopped.value.reason.decision.ambiguous
