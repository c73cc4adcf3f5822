"""What a piece of a log holds is told of every row alike, however much or little changes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hscpath.cohort.table import MISSING, Changes, PatientRows, Spots
from hscpath.testing.pathways import EVENTS

MANY = 200
"""Rows of some words of 64 bits each."""


@given(st.lists(st.booleans(), max_size=MANY), st.data())
def test_of_every_row_it_is_told_what_changed_before(here, data):
    """Changes before a row are counted from the first row of the log on, to the row and without it."""
    rows = data.draw(st.lists(st.integers(0, len(here)), max_size=20))
    changes = Changes(np.array(here, np.bool_), first=Spots.of(np.array(rows, np.intp)))
    assert changes.before(Spots.of(np.array(rows, np.intp))).tolist() == [sum(here[:row]) for row in rows]
    assert changes.before_each.tolist() == [sum(here[:row]) for row in rows]


@given(st.lists(st.integers(MISSING, len(EVENTS) - 1), max_size=MANY))
def test_the_rows_of_each_event_are_found_in_order(event):
    """Each event is found where it happened and nowhere else, and what is no event of the pathway is none of them."""
    events, zeros = np.array(event, np.int16), np.zeros(len(event), np.int32)
    table = PatientRows(np.zeros(1, np.intp), zeros, events, zeros, None, None, EVENTS, {})
    for number, each in enumerate(EVENTS):
        assert table.rows_of(each).tolist() == np.flatnonzero(events == number).tolist()
