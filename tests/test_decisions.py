"""What a decision says."""

import pickle

import pytest

from hscpath import (
    Event,
    Flag,
    InvalidRecord,
    Journey,
    Pathway,
    PathwayError,
    Quantity,
    Record,
    ReplayStopped,
    TransitionNotAllowed,
    Verdict,
)
from hscpath.judgement import NO_REASON
from tests.assessed import ASSESSED, BETTER, DEAD, DIED, FEVER, LIVING, RASH, SCORE, SICK, START, TOY, WORSE, refusal

# What a decision says.


def test_a_refusal_tells_every_row_and_what_else_may_happen():
    """Rows, criteria, values, what is missing and what is possible instead: all in one text."""
    assert str(refusal("assessed", score=1, fever=True, day=4)).splitlines() == [
        "assessed: may not happen without a reason (sick, day 4)",
        "  to better:",
        "    ✓ score below 3: 1",
        "    ✗ no fever: fever (a reason may be given)",
        "    ? no rash: not recorded (a reason may be given)",
        "  not recorded: rash",
        "  to go on nevertheless, give a reason for: no fever; no rash",
        "  possible here instead: died",
    ]


def test_a_refusal_without_values_says_nothing_of_the_patient():
    """The form for logs and screens that others see holds no finding and no day."""
    text = "\n".join(refusal("assessed", score=1, fever=True, day=4).lines(values=False))
    assert "day 4" not in text
    assert ": 1" not in text
    assert "✗ no fever (a reason may be given)" in text


def test_what_means_nothing_here_says_where_it_does():
    """An event out of place says in which states it may happen."""
    worse = START.advance("assessed", score=9, fever=True)
    assert str(refusal("assessed", journey=worse)).splitlines() == [
        "assessed: cannot happen in this state (worse)",
        "  it may happen in: sick, better",
        "  possible here instead: died",
    ]
    dead = START.advance("died")
    assert "possible here instead: nothing" in str(refusal("died", journey=dead))


def test_a_decision_that_allows_says_so_too():
    """What may happen is told like a refusal, without a list of alternatives."""
    decision = START.consider("assessed", score=1, fever=False, rash=False)
    assert decision.allowed
    assert str(decision).startswith("assessed: may happen (sick)\n  to better:\n    ✓ score below 3: 1")
    assert "possible here" not in str(decision)
    stays = START.advance("assessed", score=1, fever=False, rash=False).consider("assessed")
    assert "without a change of state" in str(stays)
    assert repr(decision) == "<Decision: assessed: may happen (sick)>"


def test_the_day_of_an_event_can_be_what_is_missing():
    """Where only a day would settle it, the day is what is asked for."""
    toy = Pathway(
        "days",
        "1",
        SICK,
        (SICK.on(ASSESSED), SICK.on(DIED, to=DEAD, when=ASSESSED.happened(at_least_ago=3))),
    )
    decision = Journey(toy).advance("assessed").consider("died", day=4)
    assert decision.missing == (ASSESSED,)
    assert "not recorded: the day of assessed" in str(decision)
    assert "cannot be decided without more information or a reason" in str(decision)


def test_a_decision_is_neither_true_nor_false():
    """A decision taken for a yes or no is an error that says what to ask."""
    with pytest.raises(TypeError, match=r"decision\.allowed"):
        bool(START.consider("died"))


def test_what_was_given_a_reason_says_so_in_the_decision():
    """A question with reasons shows which criterion was let through, and which still needs one."""
    told = str(START.consider("assessed", score=1, fever=True, override={"no fever": "a cold"}))
    assert "✗ no fever: fever (let through: a cold)" in told
    assert "? no rash: not recorded (a reason may be given)" in told
    assert "to go on nevertheless, give a reason for: no rash" in told


def test_a_reason_may_name_a_criterion_as_the_refusal_shows_it():
    """The words of the refusal, those of the table and those of files all name the criterion."""
    fresh = SCORE.below(3, since=ASSESSED)
    toy = Pathway("fresh", "1", SICK, (SICK.on(ASSESSED), SICK.on(DIED, to=DEAD, expects=fresh)))
    assessed = Journey(toy).advance("assessed")
    for name in ("score below 3", "score below 3, since assessed", fresh.key):
        assert assessed.advance("died", override={name: "x"}).deviations[0].criterion == fresh


def test_a_named_group_of_criteria_is_counted_once():
    """A guard with one name is one criterion, however many parts it has."""
    named = Pathway(
        "named",
        "1",
        SICK,
        (SICK.on(ASSESSED, to=DEAD, expects=(FEVER.is_true() & RASH.is_true()).named("ill")),),
    )
    assert [guard.phrase for guard in Journey(named).consider("assessed").open] == ["ill"]
    assert Journey(named).advance("assessed", override="said so").deviations[0].criterion.name == "ill"


# The compiled table.


def test_a_refusal_survives_a_journey_between_processes():
    """A refusal, a stopped replay and a misuse can be pickled, as test runners and task queues do."""
    decision = refusal("assessed", score=1, fever=True, day=4)
    again = pickle.loads(pickle.dumps(TransitionNotAllowed(decision)))
    assert str(again) == str(decision)
    assert pickle.loads(pickle.dumps(decision.chart)).check(SCORE.below(3)) is Verdict.MET
    with pytest.raises(ReplayStopped) as stopped:
        Journey.replay(TOY, [Record("assessed", {"score": -1})])
    assert str(pickle.loads(pickle.dumps(stopped.value))) == str(stopped.value)


# Names that could be mistaken.


def test_a_name_that_is_the_text_of_another_criterion_is_refused():
    """A criterion may not go by the words of another, in this row or in any."""
    with pytest.raises(PathwayError, match="'fever' is the name of another criterion too"):
        Pathway(
            "names",
            "1",
            SICK,
            (
                SICK.on(ASSESSED, to=BETTER, when=FEVER.is_true()),
                SICK.on(ASSESSED, to=WORSE, when=RASH.is_true().named("fever")),
                LIVING.on(DIED, to=DEAD),
            ),
        )
    ill, other = FEVER.is_true().named("ill"), RASH.is_true().named("ill")
    with pytest.raises(PathwayError, match="'ill' is the name of another criterion too"):
        Pathway("names", "1", SICK, (SICK.on(ASSESSED, when=~ill), SICK.on(DIED, to=DEAD, when=other | ~ill)))


def test_words_that_could_mean_two_criteria_are_refused_or_told_apart():
    """A label that is another fact's name is refused; two criteria that read alike are told by more words."""
    first, second = Flag("infection", "active infection"), Flag("c", "infection")
    seen = Event("seen", "seen", may=(first, second))
    with pytest.raises(PathwayError, match="the fact 'c' is labelled 'infection', which is the name of another"):
        Pathway("alike", "1", SICK, (SICK.on(seen, to=DEAD, expects=first.is_true() & second.is_true()),))
    rash = Flag("exanthem", "rash")
    named = FEVER.is_true().named("rash") & rash.is_true()
    with pytest.raises(PathwayError, match="'rash' is the name of another criterion too"):
        Pathway("alike", "1", SICK, (SICK.on(Event("seen", "seen", may=(FEVER, rash)), to=DEAD, expects=named),))
    glucose = Quantity("glu", "glucose", "mmol/L", low=0, high=50)
    tested = Event("tested", "tested", may=(glucose,))
    both = glucose.above(9, since=ASSESSED) & glucose.above(9)
    toy = Pathway("twice", "1", SICK, (SICK.on(ASSESSED), SICK.on(tested, to=DEAD, expects=both)))
    journey = Journey(toy).advance("assessed")
    with pytest.raises(InvalidRecord, match="write {'glucose above 9 mmol/L, since assessed': ..., 'glu above 9"):
        journey.advance("tested", override="high")
    with pytest.raises(InvalidRecord, match="'glucose above 9 mmol/L' is not in need"):
        journey.advance("tested", override={"glucose above 9 mmol/L": "high"})


def test_a_log_written_under_other_criteria_can_be_audited():
    """Reasons that fit no criterion of this pathway are left out of an audit, and what is open is noted."""
    log = [Record("assessed", {"score": 9}, override={"score below 4": "old rule"})]
    (deviation,) = Journey.replay(TOY, log, on_deviation="record").deviations
    assert deviation.reason == NO_REASON
    bare = [Record("assessed", {"score": 1}, override="old rule")]
    assert {d.reason for d in Journey.replay(TOY, bare, on_deviation="record").deviations} == {NO_REASON}
    with pytest.raises(ReplayStopped):
        Journey.replay(TOY, log)


def test_what_else_is_possible_does_not_hang_on_old_findings():
    """An event that could record something new is possible, whatever was recorded before."""
    toy = Pathway(
        "old",
        "1",
        SICK,
        (
            SICK.on(ASSESSED, to=BETTER, when=SCORE.at_least(0)),
            BETTER.on(Event("again", "again", may=(SCORE,)), to=DEAD, when=SCORE.below(3)),
            BETTER.on(ASSESSED, to=SICK, when=SCORE.below(3)),
        ),
    )
    better = Journey(toy).advance("assessed", score=9)
    assert [event.name for event in refusal("assessed", journey=better).instead] == ["again"]


def test_what_is_missing_would_settle_something():
    """Nothing is asked for in a row that is closed, and an event that never was is told as such."""
    toy = Pathway(
        "missing",
        "1",
        SICK,
        (
            SICK.on(ASSESSED, to=DEAD, when=FEVER.is_true() & SCORE.below(3)),
            SICK.on(DIED, to=DEAD, when=SCORE.below(3, since=ASSESSED)),
        ),
    )
    assert Journey(toy).consider("assessed", fever=False).missing == ()
    never = Journey(toy).consider("died", day=3)
    assert never.missing == (ASSESSED,)
    assert "not recorded: assessed (not on record)" in str(never)


def test_a_refusal_is_represented_by_its_decision_alone(ana):
    """What an app logs of an error by its representation holds no finding of the patient."""
    with pytest.raises(TransitionNotAllowed) as refusal:
        ana.advance("response_assessed", day=200, upcr=0.4)
    assert repr(refusal.value) == f"TransitionNotAllowed({refusal.value.decision!r})"
    assert "0.4" not in repr(refusal.value)
