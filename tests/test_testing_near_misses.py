"""Near misses are wrong in exactly one thing, and what is wrong is said."""

from collections import Counter

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hscpath import InvalidRecord, Journey, Quantity, ReplayStopped, TransitionNotAllowed
from hscpath.criteria import Finding
from hscpath.lupus import PATHWAY
from hscpath.testing import near_misses, pathways
from tests.test_testing_journeys import sample

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


@settings(max_examples=60)
@given(st.data())
def test_a_near_miss_on_any_pathway_is_refused_where_it_is_wrong(data):
    """Everything before the one thing that is wrong is accepted; that is refused, and the refusal says why."""
    pathway = data.draw(pathways())
    miss = data.draw(near_misses(pathway, max_steps=8))
    stopped = is_a_near_miss(miss, pathway)
    if miss.kind.endswith("across a threshold"):
        is_moved_back(miss, stopped)


def test_every_kind_of_near_miss_is_drawn_of_lupus_patients():
    """All seven occur, none of them rarely, and one step back is accepted what went one step too far."""
    seen = Counter()

    def near_miss(miss):
        seen[miss.kind] += 1
        stopped = is_a_near_miss(miss, PATHWAY)
        if miss.kind.endswith("across a threshold"):
            is_moved_back(miss, stopped)

    drawn = sample(near_misses(PATHWAY), 300, near_miss)
    assert drawn == 300
    assert set(seen) == KINDS
    assert min(seen.values()) >= drawn / 100, seen
