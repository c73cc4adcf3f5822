"""How one row of several is chosen, what may be waived, and what a decision says."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transitions import Machine

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
    State,
    StateGroup,
    TransitionNotAllowed,
    Verdict,
    testing,
)
from hscpath.engine import compiled, decide
from hscpath.judgement import NO_REASON
from hscpath.lupus import PATHWAY
from hscpath.testing import pathways

SCORE = Quantity("score", "score", "1", low=0, high=10)
FEVER = Flag("fever", "fever", negative="no fever")
RASH = Flag("rash", "rash", negative="no rash")
SICK, BETTER, WORSE, DEAD = (
    State("sick", "sick"),
    State("better", "better"),
    State("worse", "worse"),
    State("dead", "dead", final=True),
)
ASSESSED = Event("assessed", "assessed", may=(SCORE, FEVER, RASH))
DIED = Event("died", "died")
LIVING = StateGroup("any living patient", (SICK, BETTER, WORSE))
TOY = Pathway(
    "toy",
    "1",
    SICK,
    (
        SICK.on(ASSESSED, to=BETTER, when=SCORE.below(3), expects=FEVER.is_false() & RASH.is_false()),
        SICK.on(ASSESSED, to=WORSE, when=SCORE.at_least(3), expects=FEVER.is_true()),
        BETTER.on(ASSESSED),
        LIVING.on(DIED, to=DEAD),
    ),
)
START = Journey(TOY)


def refusal(*args, journey=START, **kwargs):
    """Return the decision of a refused step."""
    with pytest.raises(TransitionNotAllowed) as error:
        journey.advance(*args, **kwargs)
    return error.value.decision


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


@given(pathways())
def test_transitions_holds_every_row_in_order(pathway):
    """The compiled machine has the pathway's states and rows, and the index is read from it."""
    engine = compiled(pathway)
    assert isinstance(engine.machine, Machine)
    assert list(engine.machine.states) == [state.name for state in pathway.states]
    for event in pathway.events:
        for state in pathway.states:
            rows = [row for row in pathway.transitions if row.event == event and state in row.source.states]
            held = engine.machine.events[event.name].transitions.get(state.name, [])
            assert [each.dest for each in held] == [row.target.name if row.target else None for row in rows]
            indexed = engine.events[event.name].rows.get(state.name, ())
            assert [row.transition for row in indexed] == rows


def test_a_pathway_is_compiled_once():
    """Every journey on a pathway shares its compiled table."""
    assert compiled(PATHWAY) is compiled(PATHWAY)
    assert Journey(PATHWAY)._engine is Journey(PATHWAY)._engine


class Cursor:
    """An object for ``transitions`` to move."""


@given(st.data())
def test_the_compiled_machine_goes_where_journeys_go(data):
    """``transitions`` itself, told which row was decided on, moves as the journey does, or not at all."""
    journey = data.draw(testing.journeys(data.draw(pathways())))
    machine, cursor = compiled(journey.pathway).machine, Cursor()
    machine.add_model(cursor, initial=journey.state.name)
    for event in journey.pathway.events:
        decision = journey.consider(event, *data.draw(testing.findings(event)), day=data.draw(st.integers(200, 300)))
        cursor.state = journey.state.name
        decided = decide(decision.rows, decision.slots)
        moved = not decision.meaningless and cursor.trigger(event.name, decided)
        assert moved == decision.allowed
        assert cursor.state == (decision.target.name if decision.allowed else journey.state.name)
    machine.remove_model(cursor)


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
