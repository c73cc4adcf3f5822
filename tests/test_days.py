"""Days count from an origin; months and years are days that remember their words."""

import pickle

import pytest

from hscpath import (
    months,
    years,
)
from hscpath.days import Approximate, in_days, the_day


@pytest.mark.parametrize(
    ("words", "days"),
    [("36 months", 1096), ("84 months", 2557), ("18 years", 6574), ("-2 years", -730), ("1 year", 365)],
)
def test_months_and_years_are_days_that_remember_their_words(words, days):
    """A time in months or years becomes a whole day and stays marked as approximate."""
    day = Approximate(words)
    assert day == days
    assert str(day) == words
    assert the_day(day) == f"about {words}"
    assert repr(day) == f"Approximate({words!r})"
    assert pickle.loads(pickle.dumps(day)).words == words


def test_months_and_years_can_be_written_as_numbers():
    """Half a year and six months are the same day."""
    assert years(0.5) == months(6) == 183
    assert in_days(months(6)) == "6 months"
    assert [in_days(1), in_days(2), the_day(3)] == ["1 day", "2 days", "day 3"]


@pytest.mark.parametrize(
    "words", ["", "3", "3 fortnights", "three months", "1/0 months", "nan months", "1e9 years", "1234567 months"]
)
def test_other_times_are_no_days(words):
    """A time that is not a number of weeks, months or years is refused."""
    with pytest.raises(ValueError, match="is not a number of weeks, months or years"):
        Approximate(words)
