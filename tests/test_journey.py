"""Steps, days, misuse, and what a journey remembers."""

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from threading import Barrier

import attrs
import pytest

from hscpath import (
    SAME_DAY,
    Event,
    Flag,
    InvalidFinding,
    InvalidRecord,
    Journey,
    Quantity,
    Record,
    ReplayStopped,
    TransitionNotAllowed,
    UnknownEvent,
    lupus,
    months,
)
from hscpath.engine import compiled
from hscpath.lupus import CELLS_REINFUSED, EGFR, NEPHRITIS_DIAGNOSED, PATHWAY, REFRACTORY, UPCR
from tests.patients import EVA, transplanted

START = Journey(PATHWAY)


def problems(call, *args, kind=InvalidRecord, **kwargs):
    """Return the problems of a misused call, as text."""
    with pytest.raises(kind) as error:
        call(*args, **kwargs)
    assert type(error.value) is kind
    return [str(problem) for problem in error.value.problems]


# Steps.


def test_a_step_leaves_the_journey_before_it_as_it_was(ana):
    """Advancing gives a new journey; the old one still stands where it stood."""
    after = ana.advance("results_recorded", day=20, upcr=1)
    assert len(ana.steps) == 3
    assert len(after.steps) == 4
    assert after.chart[UPCR].value == 1
    assert ana.chart[UPCR].value == 3.4
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        ana.steps = ()


def test_events_are_values_and_may_go_by_their_names():
    """The event itself and its name say the same."""
    assert START.advance(NEPHRITIS_DIAGNOSED, UPCR(3)) == START.advance("nephritis_diagnosed", upcr=3)


def test_a_finding_given_as_none_is_not_recorded():
    """An empty field of a form is no finding."""
    journey = START.advance("nephritis_diagnosed", upcr=None, egfr=60)
    assert journey.chart[UPCR] is None
    assert [finding.fact for finding in journey.steps[0].findings] == [EGFR]


def test_a_finding_read_from_a_chart_can_be_given_again(ana):
    """What a chart shows, day included, may be recorded at another step, whose day it takes."""
    again = ana.advance("results_recorded", ana.chart[UPCR], day=30)
    assert again.chart[UPCR].day == 30
    assert again.steps[-1].findings == (UPCR("3.4"),)


def test_an_inferred_step_needs_not_record_what_the_source_left_out():
    """What a stated entry must say, an inferred one may leave unknown, with a reason."""
    with pytest.raises(InvalidFinding, match="must record status_at_entry"):
        START.advance("enrolled")
    with pytest.raises(TransitionNotAllowed):
        START.advance("enrolled", inferred="the report begins in mid-course")
    decision = START.consider("enrolled", inferred="the report begins in mid-course", to="refractory")
    why = {decision.name_of(guard): "the report does not say" for guard in decision.open}
    inferred = START.advance("enrolled", inferred="the report begins in mid-course", override=why, to="refractory")
    assert inferred.steps[-1].inferred == "the report begins in mid-course"
    assert inferred.state.name == "refractory"


def test_asking_may_leave_out_what_recording_must_hold():
    """To ask whether a report of infection may be recorded one need not know what it says."""
    decision = START.consider("enrolled")
    assert [fact.name for fact in decision.missing] == ["status_at_entry"]
    assert {state.name for state in decision.possible} >= {"refractory", "relapsed", "kidney_failure"}
    infected = START.advance("infection_reported", uncontrolled_infection=True).consider("infection_reported")
    assert not infected.allowed
    assert infected.lacking == infected.missing
    assert "may happen once what it must record is given" in str(infected)


def test_options_are_one_decision_for_every_event_that_means_something(ana):
    """A patient under therapy may be assessed, biopsied, declared refractory, or die, and more."""
    options = {decision.event.name: decision for decision in ana.options(day=20)}
    assert set(options) >= {"response_assessed", "refractory_declared", "kidney_biopsy_reported", "died"}
    assert "cells_reinfused" not in options
    assert options["died"].allowed
    assert not options["response_assessed"].allowed
    dated = Journey(PATHWAY, began=date(2020, 1, 1)).options(on=date(2020, 1, 3))
    assert {decision.chart.day for decision in dated} == {2}


def test_a_journey_says_what_it_is():
    """A journey is shown by where the patient stands and how many steps led there."""
    assert repr(START) == "<Journey: suspected lupus, 0 steps>"
    assert START.day is None
    assert START.advance("nephritis_diagnosed", day=3).day == 3


# Days.


def test_days_never_go_back():
    """A stated day may not precede the last stated one, whatever lies between."""
    journey = START.advance("nephritis_diagnosed", day=5).advance("results_recorded")
    assert journey.advance("results_recorded", day=5).day == 5
    assert problems(journey.advance, "results_recorded", day=4) == [
        "day: day 4 is before day 5, which came first: days never go back"
    ]


def test_the_same_day_is_that_of_the_step_before():
    """SAME_DAY takes the day of the last step, and stays unrecorded where that is."""
    stated = START.advance("nephritis_diagnosed", day=5).advance("results_recorded", day=SAME_DAY)
    assert stated.day == 5
    unstated = START.advance("nephritis_diagnosed").advance("results_recorded", day=SAME_DAY)
    assert unstated.day is None
    assert unstated.steps[-1].day is SAME_DAY
    assert unstated.advance("results_recorded", day=SAME_DAY).steps[-1].day is SAME_DAY
    assert problems(START.advance, "nephritis_diagnosed", day=SAME_DAY) == [
        "day: there is no earlier step on the same day"
    ]


@pytest.mark.parametrize("day", [2.5, "3", True, float("nan"), [1], 10**6, pytest.param(10**5000, id="huge")])
def test_a_day_is_a_whole_number(day):
    """Half a day, a text or a truth value is no day."""
    (problem,) = problems(START.advance, "nephritis_diagnosed", day=day)
    assert "write a whole number" in problem


def test_dates_count_from_the_date_of_day_zero():
    """With a beginning, dates are days; the wrong kind of date says what to give."""
    journey = Journey(PATHWAY, began=date(2020, 1, 1))
    assert journey.advance("nephritis_diagnosed", on=date(2020, 3, 1)).day == 60
    assert journey.advance("nephritis_diagnosed", on=date(2019, 12, 31)).day == -1
    assert problems(START.advance, "nephritis_diagnosed", on=date(2020, 1, 1)) == [
        "day: a date needs the date of day 0: say when the journey began"
    ]
    assert problems(journey.advance, "nephritis_diagnosed", on=date(2020, 1, 1), day=0) == [
        "day: give a day or a date (on=), not both"
    ]
    (wrong,) = problems(journey.advance, "nephritis_diagnosed", on=datetime(2020, 1, 1))  # noqa: DTZ001 - the mistake itself
    assert "is no date: give a datetime.date" in wrong
    assert problems(Journey, PATHWAY, began="2020-01-01") == ["began: '2020-01-01' is no date"]


def test_the_transplant_day_counts_from_the_latest_reinfusion():
    """Steps before the first reinfusion count back from it, later ones count on."""
    journey = transplanted(day=7).advance("neutrophils_recovered", day=17, days_of_neutrophils=3)
    counted = [journey.day_from_zero(step) for step in range(len(journey.steps))]
    assert counted == [-47, None, None, None, -37, -26, None, None, None, 0, 10]
    assert transplanted(day=None).day_from_zero(9) == 0
    assert transplanted(day=None).day_from_zero(0) is None
    assert START.advance("nephritis_diagnosed", day=1).day_from_zero(0) is None


# Misuse.


def test_all_that_is_wrong_with_a_call_is_said_at_once(ana):
    """Seven mistakes in one call are seven problems of one error."""
    told = problems(
        ana.advance,
        "response_assessed",
        kind=InvalidFinding,
        day=2.5,
        upcr=3400,
        egfr="x",
        sledaii=3,
        to="cured",
        override="",
        inferred=" ",
    )
    assert len(told) == 7
    assert told[0] == "upcr: 3400 g/g is outside 0 to 50 g/g; is it in mg/g?"
    assert told[2] == "response_assessed does not record 'sledaii'; did you mean 'sledai'?"
    assert any("does not lead to 'cured'" in problem for problem in told)


def test_an_unknown_event_is_told_with_whatever_else_is_wrong(ana):
    """A misspelt event gets a hint, and the rest of the call is looked at all the same."""
    told = problems(ana.advance, "response_assesed", UPCR(3), kind=UnknownEvent, day=1, upr=4, egfr=1e9)
    assert told[0] == "'response_assesed' is no event of this pathway; did you mean 'response_assessed'?"
    assert told[1] == "'upr' is no fact of this pathway; did you mean 'upcr'?"
    assert len(told) == 4


@pytest.mark.parametrize("event", [None, 3, b"died", ""])
def test_what_is_no_event_is_told_so(event):
    """Whatever is given in place of an event is named as what it is not."""
    (problem,) = problems(START.advance, event, kind=UnknownEvent)
    assert "is no event of this pathway" in problem


def test_a_finding_may_be_given_once(ana):
    """The same fact given twice in one call is misuse, even with the same value."""
    told = problems(ana.advance, "results_recorded", UPCR(1), UPCR(1), kind=InvalidFinding)
    assert told == ["upcr is given twice: leave one out"]
    assert problems(ana.advance, "results_recorded", UPCR(1), kind=InvalidFinding, upcr=2) == told


def test_a_finding_the_event_does_not_record_is_refused(ana):
    """A number of cells has no place in an assessment of response."""
    told = problems(ana.advance, "response_assessed", kind=InvalidFinding, cd34_infused=4)
    assert told[0].startswith("response_assessed does not record 'cd34_infused'; known: ")


def test_facts_and_events_of_the_same_name_must_be_the_same(ana):
    """A fact or event defined otherwise under a known name is not taken for it."""
    upcr = Quantity("upcr", "UPCR", "mg/g", low=0, high=50_000)
    assert problems(ana.advance, "results_recorded", upcr(1000), kind=InvalidFinding) == [
        "upcr is defined differently in this pathway: use its fact, or the name"
    ]
    died = Event("died", "died", may=(upcr,))
    assert problems(ana.advance, died) == ["'died' is defined differently in this pathway: use its event, or the name"]
    alike = Event("died", "passed away", may=PATHWAY.event("died").may)
    assert ana.advance(alike).state.final


def test_what_is_no_finding_is_told_so(ana):
    """A bare number in place of a finding says how to write one."""
    told = problems(ana.advance, "results_recorded", 3.4, ("upcr",), kind=InvalidFinding)
    assert told == [
        "3.4 is no finding: write FACT(value), or name=value",
        "('upcr',) is no finding: write FACT(value), or name=value",
    ]


@pytest.mark.parametrize("override", ["", " ", {}, {"x": ""}, {"x": None}, 3])
def test_a_reason_is_given_in_words(override):
    """An empty reason is no reason."""
    (problem,) = problems(START.advance, "nephritis_diagnosed", override=override)
    assert "give a reason in words" in problem


@pytest.mark.parametrize("to", [3, ["dead"], "cured"])
def test_where_a_step_led_is_a_state_or_its_name(to):
    """Whatever is given in place of a state is named as what it is not."""
    (problem,) = problems(START.advance, "nephritis_diagnosed", to=to)
    assert "does not lead to" in problem


def test_a_record_keeps_what_it_was_given():
    """Lists and mappings changed afterwards change no record, and records can be hashed."""
    agents, reasons = ["mycophenolate"], {"a": "b"}
    record = Record("immunosuppression_started", {"agent": agents}, override=reasons)
    agents.append("nonsense")
    reasons.clear()
    assert record == Record("immunosuppression_started", {"agent": ["mycophenolate"]}, override={"a": "b"})
    assert len({record, record}) == 1


def test_a_flag_of_the_wrong_kind_is_misuse(ana):
    """A yes in words is not taken for a truth value."""
    fever = Flag("fever", "fever")
    assert problems(ana.advance, "results_recorded", fever(True), kind=InvalidFinding)
    assert problems(ana.advance, "results_recorded", kind=InvalidFinding, pregnant="no")


def test_asking_is_checked_like_recording(ana):
    """Misuse in a question raises as it does in a record."""
    assert problems(ana.consider, "results_recorded", kind=InvalidFinding, upcr=-1)
    assert problems(ana.consider, "died", day=1)


# Logs.


def test_a_log_that_cannot_be_replayed_says_where_it_stopped():
    """The error carries the index, the journey so far and the reason."""
    log = [
        Record("nephritis_diagnosed", [UPCR(3)], day=0),
        Record("kidney_biopsy_reported", {"ln_class": "V"}, day=3),
        Record("cells_reinfused", day=4),
    ]
    with pytest.raises(ReplayStopped) as stopped:
        Journey.replay(PATHWAY, log)
    assert stopped.value.index == 2
    assert stopped.value.journey == Journey.replay(PATHWAY, log[:2])
    assert stopped.value.reason.decision.event is CELLS_REINFUSED
    assert str(stopped.value).startswith("event 3 of the log: stem cells reinfused: cannot happen")
    with pytest.raises(ReplayStopped, match="event 1 of the log: {'event': 'x'} is no record: write Record"):
        Journey.replay(PATHWAY, [{"event": "x"}])
    with pytest.raises(ReplayStopped, match="event 1 of the log: 'x' is no event"):
        Journey.replay(PATHWAY, [Record("x")], on_deviation="record")


def test_a_log_is_stopped_or_recorded():
    """There are two ways to take a deviation, and no third."""
    assert problems(Journey.replay, PATHWAY, [], on_deviation="ignore") == [
        "on_deviation: write 'stop' or 'record', not 'ignore'"
    ]
    assert Journey.replay(PATHWAY, []) == START


def test_a_record_takes_a_state_or_its_name():
    """Where a step led may be said by the state itself."""
    assert Record("enrolled", to=REFRACTORY).to == "refractory"
    assert Record("enrolled", to=None).to is None


def test_a_replay_keeps_the_words_of_an_approximate_day():
    """Thirty-six months stay thirty-six months."""
    journey = Journey.replay(PATHWAY, [Record("nephritis_diagnosed", day=months(36))])
    again = Journey.replay(PATHWAY, journey.steps)
    assert str(again.steps[0].day) == "36 months"


def test_misuse_of_a_record_can_be_listed_without_taking_it(ana):
    """A form can be checked before it is sent."""
    assert ana.misuse(Record("response_assessed")) == ()
    (problem,) = ana.misuse(Record("response_assessed", {"upcr": -1}))
    assert problem.where == "upcr"


def test_a_journey_is_equal_to_itself_and_to_no_other(ana):
    """Pathway, beginning and steps make a journey; the rest follows from them."""
    assert ana != START
    assert Journey(PATHWAY, began=date(2020, 1, 1)) != START
    assert {START, Journey(PATHWAY)} == {START}


def test_threads_share_a_pathway_and_a_journey():
    """Wards that work on one patient and one pathway at once, not compiled before, agree on every word."""
    ward = [Record("results_recorded", {"upcr": n / 10, "egfr": 60 + n}, day=1600 + n) for n in range(8)]
    alone = Journey.replay(lupus.pathway(lupus.LIST), EVA, on_deviation="record")
    expected = (Journey.replay(alone.pathway, (*alone.steps, *ward)), [str(answer) for answer in alone.options()])

    def work(shared, pathway, ready):
        ready.wait()
        own = Journey.replay(pathway, EVA, on_deviation="record")
        engine = compiled(pathway)
        for record in ward:
            own = own.take(record)
        answers = [str(answer) for answer in shared.options()]
        return own, answers, engine, shared.take(ward[0]).state

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for _ in range(2):
            pathway = lupus.pathway(lupus.LIST)
            shared, ready = Journey.replay(lupus.pathway(lupus.LIST), alone.steps), Barrier(8)
            with ThreadPoolExecutor(8) as wards:
                done = [future.result() for future in [wards.submit(work, shared, pathway, ready) for _ in range(8)]]
            for own, answers, engine, state in done:
                assert (own, answers) == expected
                assert engine is compiled(pathway)
                assert state == alone.state
            assert shared == alone
    finally:
        sys.setswitchinterval(before)


def test_a_record_can_be_asked_about_before_it_is_taken(ana):
    """Asking about a record gives the answer that taking it would, and raises for the same misuse."""
    assert ana.ask(Record("response_assessed", {"upcr": 0.3, "egfr": 80}, day=300)).allowed
    assert str(ana.ask(Record("died", day=20))) == str(ana.consider("died", day=20))
    with pytest.raises(InvalidRecord, match="days never go back"):
        ana.ask(Record("died", day=3))


def test_records_and_steps_show_what_and_when_but_no_values(ana):
    """What a debugger or a log shows names the event and the day, and nothing that was found."""
    step = ana.steps[1]
    assert repr(step) == "<Step: kidney biopsy reported, day 9: lupus nephritis biopsied and classed>"
    assert repr(Record("died", {"upcr": 3}, day=9)) == "<Record: died, day 9>"
    assert repr(Record(CELLS_REINFUSED)) == "<Record: cells_reinfused, day not recorded>"
    assert repr(Record("died", day=SAME_DAY)) == "<Record: died, same day>"
    assert repr(Record("died", on=date(2020, 1, 2))) == "<Record: died, 2020-01-02>"
    assert repr(ana.chart) == "<Chart: 5 findings from 3 events>"


def test_what_is_no_record_or_pathway_is_told_so(ana):
    """A table where a record belongs, or a name where a pathway does, is told in words."""
    for call in (ana.take, ana.ask):
        with pytest.raises(InvalidRecord, match="is no record: write Record"):
            call({"event": "died"})
    with pytest.raises(TypeError, match="a journey needs a pathway, and 'lupus' is none"):
        Journey("lupus")
    with pytest.raises(InvalidRecord, match="inferred: say in words"):
        ana.advance("died", inferred="\ud800")
