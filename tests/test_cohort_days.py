"""When rows were, and in which order they are replayed, is a matter of each patient alone."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hscpath import Event, InvalidFile, Pathway, State
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


def test_dates_of_a_zone_are_those_of_its_own_clocks():
    """Half past midnight in Vienna is of the day that has begun there, whatever stands in the rows of others."""
    at = ["2026-03-02 00:30", "2026-03-02 13:00", "2026-03-03 00:10"]
    zoned = pl.Series(at).str.to_datetime(time_unit="us").dt.replace_time_zone("Europe/Vienna")
    beyond = pl.Series([-(10**18)]).cast(pl.Datetime("us", "Europe/Vienna"))
    frame = pl.DataFrame({"patient": ["x"] * 3 + ["y"], "day": zoned.extend(beyond), "event": [*"acba"]})
    for log in (frame, frame.head(3)):
        steps = audit(log, PATHWAY).steps.filter(patient="x")
        assert steps.select("day", "event").rows() == [(0, "a"), (0, "c"), (1, "b")]


def test_times_written_with_their_offset_are_compared_as_moments():
    """Half past ten in London is later than eleven in Vienna; a time that cannot be reckoned so stands as written."""
    days = ["2026-03-01T23:00:00+01:00", "2026-03-01T22:30:00+00:00", "0001-01-01T00:30:00+01:00"]
    frame = pl.DataFrame({"patient": ["x", "x", "y"], "day": days, "event": [*"aca"]})
    told = audit(frame, PATHWAY)
    assert told.steps["event"].to_list() == ["a", "c", "a"]
    assert not len(told.problems)


def test_rows_are_ordered_by_long_numbers_to_their_last_digit():
    """Numbers too long for a float, as text, are told apart."""
    order = ["1700000000000000002", "1700000000000000001"]
    frame = pl.DataFrame({"patient": [1, 1], "day": [0, 0], "event": [*"ba"], "order": order})
    assert audit(frame, PATHWAY, order="order").steps["event"].to_list() == ["a", "b"]


def test_only_rows_that_were_moved_are_told():
    """Patients whose rows stand apart, each in order, are not said to be out of order."""
    frame = pl.DataFrame({"patient": [*"baba"], "day": [0, 0, 1, 1], "event": [*"aaaa"], "order": [0, 0, 1, 1]})
    assert not len(audit(frame, PATHWAY, order="order").problems)


@pytest.mark.parametrize("order", [pl.Series([[1], [2]]), pl.Series([object(), object()], dtype=pl.Object)])
def test_an_order_is_of_numbers_texts_or_times(order):
    """A column that cannot put rows in order is told before anything is read."""
    frame = pl.DataFrame({"patient": [1, 1], "day": [0, 0], "event": [*"aa"]}).with_columns(order=order)
    with pytest.raises(InvalidFile, match="the column 'order' holds"):
        audit(frame, PATHWAY, order="order")
