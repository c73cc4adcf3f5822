"""What holds of every journey on every pathway, whatever is thrown at it."""

import copy
import pickle
from datetime import date

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hscpath import (
    InvalidRecord,
    Journey,
    Record,
    ReplayStopped,
    TransitionNotAllowed,
    Verdict,
    files,
    testing,
)
from hscpath.chart import Chart
from hscpath.criteria import conjuncts
from hscpath.layout import Candidate
from hscpath.lupus import PATHWAY
from hscpath.testing import criteria, findings, logs, pathways, records, stored_values


@st.composite
def journeys(draw, pathway=None):
    """Draw a journey on a random pathway, with deviations and unrecorded days in it."""
    return draw(testing.journeys(pathway or draw(pathways())))


@st.composite
def asked(draw):
    """Draw a journey and one more record, that may or may not be accepted."""
    journey = draw(journeys())
    after, first = journey.last_stated_day or 0, not journey.steps
    return journey, draw(records(journey.pathway, state=journey.state, after=after, first=first))


ODD_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["I", "3 mg/g", "A"]),
)


@st.composite
def thrown(draw, pathway):
    """Draw the arguments of a call as a careless caller might give them."""
    names = [event.name for event in pathway.events]
    facts = [fact.name for fact in pathway.facts]
    arguments = {
        "event": draw(st.sampled_from(names) | st.text(max_size=5)),
        "day": draw(st.none() | st.integers(-5, 60) | st.floats() | st.text(max_size=3)),
        "override": draw(st.none() | st.text(max_size=3) | st.dictionaries(st.text(max_size=3), st.text(max_size=3))),
        "to": draw(st.none() | st.sampled_from([state.name for state in pathway.states]) | st.text(max_size=3)),
        "inferred": draw(st.none() | st.text(max_size=3)),
        "on": draw(st.none() | st.dates()),
    }
    named = draw(st.dictionaries(st.sampled_from([*facts, "unheard_of"]), ODD_VALUES, max_size=3))
    return {**arguments, **named}


@given(st.data())
def test_a_step_is_accepted_refused_with_a_reason_or_called_misuse_and_nothing_else(data):
    """Whatever is thrown at a journey, it moves, refuses with a criterion, or names the misuse."""
    pathway = data.draw(pathways())
    journey = data.draw(journeys(pathway))
    before = (journey.state, journey.steps, hash(journey), list(journey._slots))
    try:
        after = journey.advance(**data.draw(thrown(pathway)))
    except TransitionNotAllowed as refusal:
        decision = refusal.decision
        verdicts = {part.verdict for tried in decision.tried for part in tried.criteria}
        assert decision.meaningless or verdicts & {Verdict.UNMET, Verdict.UNKNOWN}
        assert not decision.allowed
        assert str(refusal)
        assert refusal.decision.lines(values=False)
    except InvalidRecord as misuse:
        assert misuse.problems
        assert all(problem.text for problem in misuse.problems)
    else:
        assert len(after.steps) == len(journey.steps) + 1
    assert (journey.state, journey.steps, hash(journey), list(journey._slots)) == before


def _resolved(record):
    return Candidate(record.event, record.findings, record.day)


@given(asked())
def test_a_waived_step_is_accepted_and_says_what_it_departs_from(drawn):
    """A step that is not closed is accepted once every open criterion has a reason."""
    journey, record = drawn
    decision = journey.consider(record.event, *record.findings, day=record.day)
    for target in decision.possible:
        chosen = journey.consider(record.event, *record.findings, day=record.day, to=target)
        reasons = {guard.key: "as the report says" for guard in chosen.open}
        after = journey.advance(record.event, *record.findings, day=record.day, to=target, override=reasons or None)
        assert after.state == target
        assert {deviation.criterion for deviation in after.steps[-1].deviations} == set(chosen.open)
    assert decision.closed == (not decision.possible)


@given(asked(), st.data())
def test_one_more_finding_never_turns_met_into_unmet(drawn, data):
    """On the same day, recording one more thing decides the unknown and contradicts nothing."""
    journey, record = drawn
    more = [fact for fact in record.event.facts if fact not in {f.fact for f in record.findings}]
    more = [fact for fact in more if journey.chart[fact] is None]
    if not more:
        return
    fact = data.draw(st.sampled_from(more))
    finding = fact(data.draw(stored_values(fact)))
    less = journey.consider(record.event, *record.findings, day=record.day).chart
    full = journey.consider(record.event, *record.findings, finding, day=record.day).chart
    for guard in journey.pathway.guards:
        known = less.check(guard)
        assert known is Verdict.UNKNOWN or full.check(guard) is known


@given(asked(), st.data())
def test_removing_a_finding_never_allows_what_was_refused(drawn, data):
    """What was refused with a finding is refused without it."""
    journey, record = drawn
    loose = [f for f in record.findings if journey.chart[f.fact] is None]
    if not loose:
        return
    removed = data.draw(st.sampled_from(loose))
    kept = [finding for finding in record.findings if finding is not removed]
    if not journey.consider(record.event, *record.findings, day=record.day).allowed:
        assert not journey.consider(record.event, *kept, day=record.day).allowed


@given(journeys())
def test_replaying_saving_pickling_and_copying_give_an_equal_journey(journey):
    """A journey survives replay, a file of each kind, a pickle and a copy unchanged."""
    again = [
        Journey.replay(journey.pathway, journey.steps),
        files.from_json(files.to_json(journey), journey.pathway),
        files.from_json_lines(files.to_json_lines(journey), journey.pathway),
        files.from_toml(files.to_toml(journey), journey.pathway),
        pickle.loads(pickle.dumps(journey)),
        copy.copy(journey),
        copy.deepcopy(journey),
    ]
    for other in again:
        assert other == journey
        assert hash(other) == hash(journey)
        assert other.steps == journey.steps
        assert other.state == journey.state
        assert other._slots == journey._slots


@given(journeys())
def test_the_chart_of_a_journey_is_that_of_its_history(journey):
    """The slots that a journey carries are those that folding its steps anew would give."""
    assert journey._engine.layout.fold(journey.steps, None) == journey._slots


@given(journeys())
def test_every_step_has_the_decision_that_it_was_taken_by(journey):
    """The decisions behind a journey lead to the states it went through."""
    assert [decision.target for decision in journey.decisions()] == [step.state for step in journey.steps]


@given(st.data())
def test_recording_a_log_stops_only_where_no_reason_could_open(data):
    """Under "record" a log ends at misuse, at a closed row, or where nobody can say where it led."""
    pathway = data.draw(pathways())
    log = data.draw(logs(pathway))
    try:
        journey = Journey.replay(pathway, log, on_deviation="record")
    except ReplayStopped as stopped:
        assert isinstance(stopped.reason, TransitionNotAllowed)
        assert stopped.reason.decision.closed or stopped.reason.decision.ambiguous
        assert len(stopped.journey.steps) == stopped.index
        assert str(stopped).startswith(f"event {stopped.index + 1} of the log")
    else:
        assert len(journey.steps) == len(log)


@given(st.data())
def test_replay_stops_where_advance_would_refuse(data):
    """Replaying a log and advancing by hand come to the same end."""
    pathway = data.draw(pathways())
    log = data.draw(logs(pathway))
    journey, refused = Journey(pathway), None
    for number, record in enumerate(log):
        try:
            journey = journey.advance(record.event, *record.findings, day=record.day)
        except TransitionNotAllowed:
            refused = number
            break
    if refused is None:
        assert Journey.replay(pathway, log) == journey
    else:
        with pytest.raises(ReplayStopped) as stopped:
            Journey.replay(pathway, log)
        assert stopped.value.index == refused
        assert stopped.value.journey == journey


@given(st.data())
def test_findings_may_be_given_by_name_or_as_made(data):
    """A finding made by its fact and the same value given by name are one and the same."""
    event = data.draw(st.sampled_from(PATHWAY.events))
    made = data.draw(findings(event, complete=True))
    named = tuple((finding.fact.name, finding.value) for finding in made)
    journey = Journey(PATHWAY)
    by_name = journey.consider(event, **dict(named))
    assert by_name.candidate == journey.consider(event, *made).candidate
    assert by_name.candidate.findings == made
    assert journey.misuse(Record(event, named)) == journey.misuse(Record(event, made)) == ()


@given(st.data())
def test_dates_are_days_from_the_beginning(data):
    """A step given a date is the step given the day that date is from the beginning."""
    began = data.draw(st.dates(date(1990, 1, 1), date(2030, 1, 1)))
    days = sorted(data.draw(st.lists(st.integers(-400, 400), min_size=1, max_size=4)))
    by_day = by_date = Journey(PATHWAY, began=began)
    for day in days:
        by_day = by_day.advance("results_recorded", day=day)
        by_date = by_date.advance("results_recorded", on=date.fromordinal(began.toordinal() + day))
    assert by_day == by_date


@given(st.data())
def test_an_unnamed_guard_can_be_waived_by_its_phrase_or_its_key(data):
    """A reason may name a criterion in the words that a refusal shows, or in those that files hold."""
    journey, record = data.draw(asked())
    decision = journey.consider(record.event, *record.findings, day=record.day)
    if decision.closed or decision.ambiguous or not decision.open:
        return
    by_phrase = {guard.phrase: "said" for guard in decision.open}
    by_key = {guard.key: "said" for guard in decision.open}
    one, other = (journey.take(attrs.evolve(record, override=reasons)) for reasons in (by_phrase, by_key))
    assert one == other


@given(st.data())
def test_kleene_laws_hold_for_any_guards_on_any_chart(data):
    """Double negation, De Morgan, absorption and n-of-m hold whatever is known."""
    journey, record = data.draw(asked())
    pool = criteria(journey.pathway.facts, journey.pathway.events)
    a, b = data.draw(pool), data.draw(pool)
    check = Chart(journey.steps, _resolved(record)).check
    assert check(~~a) is check(a)
    assert check(~(a & b)) is check(~a | ~b)
    assert check(~(a | b)) is check(~a & ~b)
    assert check(a & (a | b)) is check(a)
    assert check(a | (a & b)) is check(a)
    assert check(a & b) is check(a) & check(b)
    assert check(a | b) is check(a) | check(b)
    assert check(~a) is ~check(a)
    assert all(part.key for part in conjuncts(a & b))
