"""When rows were, and in which order they are replayed, is a matter of each patient alone."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hscpath import Event, Pathway, State
from hscpath.cohort import audit, audits

HERE, THERE = State("here", "here"), State("there", "there")
A, B, C = (Event(name, name) for name in "abc")
PATHWAY = Pathway("p", "1", HERE, [HERE.on(A), HERE.on(B, to=THERE), THERE.on(A), HERE.on(C), THERE.on(C, to=HERE)])
DAYS = ["2020-01-01", "2020-01-01 10:00", "2020-01-05 08:00", "2020-01-05", None, "same day", "soon: maybe", "3", "7"]
ORDERS = ["9", "10", "z", None, "1e1", "09"]
ROWS = st.lists(
    st.tuples(st.sampled_from("xyz"), st.sampled_from(DAYS), st.sampled_from("abc"), st.sampled_from(ORDERS)),
    min_size=1,
    max_size=9,
)


@given(ROWS, st.sampled_from([None, "order"]), st.sampled_from([1, 10]))
def test_what_becomes_of_a_patient_has_nothing_to_do_with_others(rows, order, piece):
    """Alone or among others, in pieces or whole, the rows of a patient are taken in one order, and so replayed."""
    frame = pl.DataFrame(rows, schema=["patient", "day", "event", "order"], orient="row")
    frame = frame.cast({"day": pl.String, "order": pl.String})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audits, "PIECE", piece)
        told = audit(frame, PATHWAY, order=order)
    for patient in frame["patient"].unique():
        mine = told.steps.filter(patient=patient)
        alone = audit(frame.filter(patient=patient), PATHWAY, order=order)
        assert mine.equals(alone.steps)
        assert [step.event.name for step in told.journey(patient).steps] == mine["event"].cast(pl.String).to_list()


@pytest.mark.parametrize("other", ["2020-01-01 10:00", "soon: maybe"])
@pytest.mark.parametrize("undated", [None, "same day"])
def test_a_row_without_a_day_stays_behind_the_row_before_it(undated, other):
    """So it does where times of the day are told, of the same patient or of another."""
    days = ["2020-01-01 09:00", undated, "2020-01-05 08:00"]
    frame = pl.DataFrame({"patient": ["x"] * 3 + ["y"], "day": [*days, other], "event": [*"abc", "a"]})
    steps = audit(frame, PATHWAY).steps.filter(patient="x")
    assert steps["event"].to_list() == ["a", "b", "c"]
    assert steps["day"].to_list() == [0, None if undated is None else 0, 4]


def test_the_tenth_comes_after_the_ninth_where_all_of_a_patient_are_numbered():
    """Numbers that are written as text count as numbers, whatever the rows of another patient say."""
    frame = pl.DataFrame({"patient": [*"xxy"], "day": [0] * 3, "event": [*"aba"], "order": ["9", "10", "z"]})
    steps = audit(frame, PATHWAY, order="order").steps.filter(patient="x")
    assert steps["event"].to_list() == ["a", "b"]


@pytest.mark.parametrize("kind", [pl.Date, pl.Datetime("ms"), pl.Datetime("us"), pl.Datetime("us", "Europe/Vienna")])
def test_dates_beyond_the_calendar_are_no_days(kind):
    """A date before year 1 or after year 9999 is told, with whose it is, and the journey up to there can be had."""
    size = {"ms": 86_400_000, "us": 86_400_000_000}.get(getattr(kind, "time_unit", ""), 1)
    day = pl.Series(np.array([0, 3, -999_999, 3_000_000]) * size).cast(kind)
    told = audit(pl.DataFrame({"patient": [1, 1, 1, 2], "day": day, "event": [*"abca"]}), PATHWAY)
    assert told.patients["outcome"].to_list() == ["misuse", "misuse"]
    assert told.problems.select("kind", "rows").rows() == [("invalid day", 2)]
    assert [step.day for step in told.journey(1).steps] == [0, 3]
    assert "'beyond the calendar'" in str(told.refusal(1))
    assert told.refusal(2) is not None


def test_the_ends_of_the_calendar_are_days():
    """Any date that can be written as one is read."""
    day = pl.Series([dt.date(1, 1, 1), dt.date(2020, 1, 1), dt.date(9999, 12, 31)])
    told = audit(pl.DataFrame({"patient": [1, 2, 3], "day": day, "event": [*"aaa"]}), PATHWAY)
    assert told.patients["outcome"].to_list() == ["complete"] * 3
