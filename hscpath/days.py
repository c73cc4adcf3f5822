"""Days: counted from an origin that the case chooses, approximate, on the same day, or unrecorded."""

from __future__ import annotations

import re
from enum import Enum
from fractions import Fraction
from typing import Literal, NamedTuple, TypeAlias


class SameDay(Enum):
    """The type of ``SAME_DAY``: the day of the previous step, even where that is not recorded."""

    SAME_DAY = "same day"


SAME_DAY: Literal[SameDay.SAME_DAY] = SameDay.SAME_DAY
"""The day of the previous step, even where that is not recorded."""


class Undated(NamedTuple):
    """The unrecorded day of a step: equal to itself alone."""

    step: int


Moment: TypeAlias = int | Undated


def moment_of(day: SameDay | None, step: int, previous: Moment | None) -> Moment:
    """Return when a step is that states no day: at the moment of the step before, or at one of its own."""
    return Undated(step) if day is None or previous is None else previous


def days_between(earlier: Moment, later: Moment) -> int | None:
    """Return how many days lie between two moments; ``None`` where that is not known."""
    if isinstance(earlier, int) and isinstance(later, int):
        return later - earlier
    return 0 if earlier == later else None


class Approximate(int):
    """A day that a source gives in weeks, months or years: a whole number that remembers its words.

    >>> months(36), years(18)
    (Approximate('36 months'), Approximate('18 years'))
    >>> months(36) == 1096
    True
    """

    words: str

    def __new__(cls, words: str) -> Approximate:
        """Return the day that ``"36 months"`` or ``"-2 years"`` comes to, rounded."""
        number, _, unit = words.strip().partition(" ")
        days = _DAYS_IN.get(unit.strip())
        try:
            if days is None or re.fullmatch(r"[-+]?\d{1,6}(\.\d{1,6})?", number) is None:
                raise ValueError(words)
            day = int.__new__(cls, round(Fraction(number) * days))
        except ValueError:
            raise ValueError(f"{words!r} is not a number of weeks, months or years") from None
        day.words = words.strip()
        return day

    def __str__(self) -> str:
        return self.words

    def __repr__(self) -> str:
        return f"Approximate({self.words!r})"

    def __reduce__(self) -> tuple[type[Approximate], tuple[str]]:
        return Approximate, (self.words,)


_WEEK, _MONTH, _YEAR = Fraction(7), Fraction("30.4375"), Fraction("365.25")
_DAYS_IN = {"week": _WEEK, "weeks": _WEEK, "month": _MONTH, "months": _MONTH, "year": _YEAR, "years": _YEAR}


def months(number: float) -> Approximate:
    """Return the day so many months from the origin, marked approximate."""
    return Approximate(f"{number} months")


def years(number: float) -> Approximate:
    """Return the day so many years from the origin, marked approximate."""
    return Approximate(f"{number} years")


def in_days(number: int | None) -> str:
    """Return a number of days as people read it: ``"21 days"``, ``"3 months"``."""
    if isinstance(number, Approximate):
        return str(number)
    return "1 day" if number == 1 else f"{number} days"


def the_day(day: int) -> str:
    """Return a day as people read it: ``"day 14"``, ``"about 36 months"``."""
    return f"about {day}" if isinstance(day, Approximate) else f"day {day}"
