"""Near misses are wrong in exactly one thing, and what is wrong is said."""

from collections import Counter

import attrs
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from hypothesis.vendor.pretty import pretty

from hscpath import (
    SAME_DAY,
    Event,
    Flag,
    InvalidRecord,
    Journey,
    Pathway,
    Quantity,
    Record,
    ReplayStopped,
    State,
    TransitionNotAllowed,
)
from hscpath.criteria import Finding
from hscpath.lupus import PATHWAY
from hscpath.solve import the_first
from hscpath.testing import NearMiss, near_misses, pathways
from hscpath.testing.near_misses import _day_back, _left_out, _value_across, _words, sound_steps
from tests.profiles import examples, sample

KINDS = {
    "a value across a threshold",
    "a day across a threshold",
    "a finding left out",
    "a day that goes back",
    "a step dropped",
    "a step doubled",
    "two steps swapped",
}


def is_a_near_miss(miss, pathway):
    """Check that a log is accepted up to one record, which is refused in the words that have to be said."""
    with pytest.raises(ReplayStopped) as stopped:
        Journey.replay(pathway, miss.records)
    assert stopped.value.index == miss.at
    assert miss.words
    assert miss.unsaid(str(stopped.value)) == ()
    assert miss.kind in KINDS
    assert str(miss) == f"{miss.kind}: {miss.records[miss.at]}, event {miss.at + 1} of {len(miss.records)}"
    misuse = isinstance(stopped.value.reason, InvalidRecord)
    assert misuse == (miss.kind == "a day that goes back" or miss.words[0].startswith("must record "))
    return stopped.value


def is_moved_back(miss, stopped):
    """Check that the value that went too far is accepted one step of its resolution, or one day, back."""
    record, before = miss.records[miss.at], stopped.journey
    if miss.kind == "a day across a threshold":
        moved = [attrs.evolve(record, day=record.day + step) for step in (-1, 1)]
    else:
        moved = [
            attrs.evolve(record, findings=(*(f for f in record.findings if f is not each), Finding(each.fact, stored)))
            for each in record.findings
            if isinstance(each.fact, Quantity)
            for stored in (each.stored - 1, each.stored + 1)
            if each.fact.lowest <= stored <= each.fact.highest
        ]
    assert any(is_taken(before, other) for other in moved)


def is_taken(journey, record):
    """Return whether a journey goes on with a record."""
    try:
        return bool(journey.take(record).steps)
    except (TransitionNotAllowed, InvalidRecord):
        return False


@examples(0.6)
@given(st.data())
def test_a_near_miss_on_any_pathway_is_refused_where_it_is_wrong(data):
    """Everything before the one thing that is wrong is accepted; that is refused, and the refusal says why."""
    pathway = data.draw(pathways())
    miss = data.draw(near_misses(pathway, max_steps=8))
    stopped = is_a_near_miss(miss, pathway)
    if miss.kind.endswith("across a threshold"):
        is_moved_back(miss, stopped)


def test_every_kind_of_near_miss_is_drawn_of_lupus_patients():
    """All seven occur, and one step back is accepted what went one step too far."""
    seen = Counter()

    def near_miss(miss):
        seen[miss.kind] += 1
        stopped = is_a_near_miss(miss, PATHWAY)
        if miss.kind.endswith("across a threshold"):
            is_moved_back(miss, stopped)

    sample(near_misses(PATHWAY), 1500, near_miss, until=lambda: set(seen) == KINDS)
    assert set(seen) == KINDS


ILL, OVER = State("ill", "ill"), State("over", "over", final=True)
FEVER = Flag("fever", "fever", negative="no fever")
SEEN, TREATED = Event("seen", "seen", may=(FEVER,)), Event("treated", "treated")


def test_where_nothing_can_happen_nothing_just_misses_it():
    """A pathway on which no step is possible has no near misses."""
    never = Pathway("never", "1", ILL, [ILL.on(SEEN, to=OVER, when=FEVER.is_true() & FEVER.is_false())])
    with pytest.raises(Unsatisfiable):
        find(near_misses(never), lambda _: True, settings=settings(max_examples=5, database=None))


def test_a_finding_that_is_asked_for_is_missed_when_it_is_left_out():
    """Where fever decides, a log without it is refused, and the refusal names it."""
    asked = Pathway("asked", "1", ILL, [ILL.on(SEEN, to=OVER, when=FEVER.is_true())])
    miss = find(near_misses(asked), lambda miss: miss.kind == "a finding left out")
    assert miss.words == ("fever",)
    is_a_near_miss(miss, asked)


def test_a_day_that_would_make_the_log_unsound_is_not_stated():
    """What happened on the same day as something undated cannot be given a day of its own, to go back from it."""
    rows = [ILL.on(SEEN), ILL.on(TREATED, when=SEEN.happened(at_most_ago=0)), ILL.on(Event("died", "died"), to=OVER)]
    same_day = Pathway("same day", "1", ILL, rows)
    journey = Journey(same_day).advance("seen").advance("treated", day=SAME_DAY).advance("died")
    *_, last = sound_steps(journey)
    assert list(_day_back(the_first, last)) == []


def test_a_failing_near_miss_is_told_as_a_story():
    """Every record up to the one at fault is printed with what it records, and what has to be said of it."""
    records = (Record(TREATED, day=3), Record(SEEN, (FEVER(False),), day=2), Record(SEEN))
    miss = NearMiss("a day that goes back", records, 1, ("day 2 is before",))
    assert pretty(miss) == (
        "<NearMiss: a day that goes back>, to be told: day 2 is before\n"
        "   1. treated, day 3\n"
        ">  2. seen, day 2 [no fever]"
    )


def test_a_reason_for_what_needs_none_is_no_near_miss():
    """A record whose reason would waive nothing is misuse, and not asked about."""
    soft = Pathway("soft", "1", ILL, [ILL.on(SEEN, to=OVER, expects=FEVER.is_true().named("fever seen"))])
    journey = Journey(soft).advance("seen", FEVER(False), override={"fever seen": "sent home"})
    (step,) = sound_steps(journey)
    needless = Record(SEEN, (FEVER(True),), override={"fever seen": "sent home"})
    assert step.decision_on(needless) is None
    assert step.refusal([needless]) is None
    assert list(_left_out(the_first, step)) == []


def test_a_finding_that_an_event_must_record_is_missed_when_it_is_left_out():
    """What the event says nothing without is asked for by name."""
    told = Event("told", "told", must=(FEVER,))
    must = Pathway("must", "1", ILL, [ILL.on(told, to=OVER)])
    (step,) = sound_steps(Journey(must).advance("told", FEVER(True)))
    assert [miss.words for miss in _left_out(the_first, step)] == [("must record fever",)]


def test_a_value_that_is_accepted_on_both_sides_is_no_near_miss():
    """Whoever is across a threshold and is taken by another row is not refused."""
    score = Quantity("score", "score", "1", low=0, high=10)
    scored = Event("scored", "scored", must=(score,))
    rows = [
        ILL.on(scored, to=OVER, when=score.at_least(7)),
        ILL.on(scored, when=score.below(3)),
        ILL.on(scored, when=score.at_least(3)),
    ]
    (step,) = sound_steps(Journey(Pathway("scored", "1", ILL, rows)).advance(scored, score(1)))
    assert list(_value_across(the_first, step)) == []


def test_a_criterion_is_told_by_its_name_or_by_what_it_is_made_of():
    """Of a criterion without a name each part has to be in the refusal."""
    seen = SEEN.happened().named("seen before")
    assert _words(FEVER.is_true() & ~seen) == ("fever", "seen before")
    assert _words(seen) == ("seen before",)
