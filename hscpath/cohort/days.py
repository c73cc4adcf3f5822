"""When the rows of a log were: days, dates and moments, and the order in which they are replayed."""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from hscpath.cohort.problems import Wrong, wrong_at
from hscpath.cohort.table import MISSING, Counts, Places, Whether
from hscpath.cohort.values import TEXTS, distinct
from hscpath.days import SAME_DAY
from hscpath.files.records import read_day
from hscpath.journey import FARTHEST_DAY

DATES = (pl.Date, pl.Datetime)
_WHOLE = re.compile(r"[-+]?\d{1,18}(\.0*)?")
_ZONED = "%Y-%m-%dT%H:%M:%S%.6f%:z"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?")


class Days(NamedTuple):
    """When each row is: its day where it is dated, whether it shares that before it, whether it cannot be read."""

    day: NDArray[np.int32]
    dated: Whether
    same: Whether | None
    bad: Whether | None

    @classmethod
    def read(cls, series: pl.Series, first: Places, patient: Counts) -> Days:
        """Return the days that a column holds; dates count from the first of each patient."""
        kind, rows = series.dtype, len(series)
        if isinstance(kind, pl.Null):
            return cls(np.zeros(rows, np.int32), np.zeros(rows, np.bool_), None, None)
        dated = series.is_not_null().to_numpy() if series.null_count() else np.ones(rows, np.bool_)
        if isinstance(kind, DATES):
            dates = series.dt.date() if isinstance(kind, pl.Datetime) else series
            day = dates.to_physical().cast(pl.Int64).fill_null(_BEYOND_ANY_DAY).to_numpy()
            return cls._checked(_since_first(day, first, patient), dated)
        if isinstance(kind, TEXTS):
            return cls._from_text(series, dated, first, patient)
        if kind.is_integer():
            return cls._checked(series.cast(pl.Int64, strict=False).fill_null(_BEYOND_ANY_DAY).to_numpy(), dated)
        number = series.cast(pl.Float64).fill_null(0.0).to_numpy()
        whole = np.isfinite(number) & (np.rint(number) == number) & (np.abs(number) < _BEYOND_ANY_DAY)
        return cls._checked(np.where(whole, number, _BEYOND_ANY_DAY).astype(np.int64), dated)

    @classmethod
    def _checked(cls, day: NDArray[np.int64], dated: Whether) -> Days:
        if day.min(initial=0) >= -FARTHEST_DAY and day.max(initial=0) <= FARTHEST_DAY:
            return cls(day.astype(np.int32), dated, None, None)
        bad = (day < -FARTHEST_DAY) | (day > FARTHEST_DAY)
        return cls(np.where(bad, 0, day).astype(np.int32), dated & ~bad, None, bad & dated)

    @classmethod
    def _from_text(cls, series: pl.Series, dated: Whether, first: Places, patient: Counts) -> Days:
        number, texts = distinct(series)
        read = [day_of(cast("str | None", text)) for text in texts]
        same = np.array([day is SAME_DAY for day in read], np.bool_)[number]
        day = np.array([day if isinstance(day, int) else _BEYOND_ANY_DAY for day in read], np.int64)[number]
        date = np.array(
            [day.toordinal() if isinstance(day, dt.datetime) else _BEYOND_ANY_DAY for day in read], np.int64
        )[number]
        dates = date < _BEYOND_ANY_DAY
        if dates.any():
            whole = np.array([isinstance(day, int) for day in read], np.bool_)[number]
            counted = np.add.reduceat(whole, first, dtype=np.intp) > 0
            # Of a patient who has numbers too it is not known what day a date is.
            day = np.where(dates & ~counted[patient], _since_first(date, first, patient), day)
        days = cls._checked(np.where(dated & ~same, day, 0), dated & ~same)
        return days._replace(same=same if same.any() else None)

    def as_recorded(self, series: pl.Series) -> list[object]:
        """Return each day as a record holds it; one that cannot be read, as it was given."""
        given: list[object] = [int(day) if dated else None for day, dated in zip(self.day, self.dated, strict=True)]
        for place in () if self.same is None else np.flatnonzero(self.same):
            given[place] = SAME_DAY
        for place in () if self.bad is None else np.flatnonzero(self.bad):
            given[place] = series[int(place)]
        return given

    def at(self, order: Places) -> Days:
        """Return the days in another order."""
        same, bad = (None if part is None else part[order] for part in (self.same, self.bad))
        return Days(self.day[order], self.dated[order], same, bad)

    def latest(self, first: Places, patient: Counts) -> NDArray[np.int32]:
        """Return the last day that was stated up to each row, which is before all days where none was."""
        # The greatest place so far among dated rows is the last dated row: a forward fill without a loop.
        places = np.where(self.dated, np.arange(len(self.day)), MISSING)
        last = np.maximum.accumulate(places)
        return np.where(last < first[patient], np.int32(-_BEYOND_ANY_DAY), self.day[last])

    def resolved(
        self, first: Places, patient: Counts, wrong: list[Wrong]
    ) -> tuple[NDArray[np.int32], Whether | None, Places | None]:
        """Return the days and which of them are known, with the row whose day each shares; note what is wrong."""
        if self.bad is not None:
            wrong += wrong_at("invalid day", "day", np.flatnonzero(self.bad))
        stated = np.flatnonzero(self.dated)
        day, whose = (self.day, patient) if len(stated) == len(self.day) else (self.day[stated], patient[stated])
        back = np.diff(day) < 0
        if back.any():
            wrong += wrong_at("goes back", "day", stated[1:][back & (np.diff(whose) == 0)])
        if self.same is None:
            return self.day, None if len(stated) == len(self.day) else self.dated, None
        wrong += wrong_at("no earlier step", "day", first[self.same[first]])
        # Rows of the same day have no place of their own, so the greatest so far is the row whose day they share.
        own = np.where(self.same, MISSING, np.arange(len(self.day)))
        own[first] = first
        moment = np.maximum.accumulate(own)
        return self.day[moment], self.dated[moment], moment


_BEYOND_ANY_DAY = 2**30


def _since_first(date: NDArray[np.int64], first: Places, patient: Counts) -> NDArray[np.int64]:
    """Return dates as days from the first one of each patient."""
    return date - (np.minimum.reduceat(date, first) if len(first) else date)[patient]


def day_of(text: str | None) -> object:
    """Return the day that a text in a log tells, the date, or ``None`` if it is neither.

    >>> day_of("12"), day_of("12.0"), day_of("36 months"), day_of("soon")
    (12, 12, Approximate('36 months'), None)
    >>> day_of("2026-03-01")
    datetime.datetime(2026, 3, 1, 0, 0)
    """
    spelt = (text or "").strip()
    try:
        if _WHOLE.fullmatch(spelt):
            return int(spelt.partition(".")[0])
        return dt.datetime.fromisoformat(spelt) if _DATE.fullmatch(spelt) else read_day(spelt or None)
    except ValueError:
        return None


def _clock(series: pl.Series) -> pl.Series | None:
    """Return when each row is, where a column of days tells times of the day too."""
    if isinstance(series.dtype, pl.Datetime):
        return series
    if not isinstance(series.dtype, TEXTS) or not series.cast(pl.String).str.contains(":", literal=True).any():
        return None
    number, texts = distinct(series)
    read = [day_of(cast("str | None", text)) for text in texts]
    at = [_instant(day) if isinstance(day, dt.datetime) else None for day in read]
    return pl.Series(at, dtype=pl.Datetime).gather(number)


def _instant(time: dt.datetime) -> dt.datetime:
    """Return a time without its zone: that of Greenwich, where a difference to it is told."""
    try:
        return time if time.tzinfo is None else time.astimezone(dt.UTC).replace(tzinfo=None)
    except OverflowError:
        return time.replace(tzinfo=None)


def order_of(day: pl.Series, order: pl.Series | None, first: Places, patient: Counts, days: Days) -> Places | None:
    """Return the rows of each patient in order of day, or ``None`` if they are so already.

    What comes first of several rows a day the order column says, or how they stand; a row without a
    day stays behind the row before it.
    """
    before: Places = np.arange(len(day))
    by = _by_clock(day, days, patient) if order is None else _by_order(order, first, patient)
    if by:
        keys = pl.DataFrame([pl.Series("patient", patient), *by])
        later = [False, *(each.name != "clock" for each in by)]  # before the first time of day, rows stay first
        sorted_by = keys.select(pl.arg_sort_by(*keys.columns, nulls_last=later, maintain_order=True)).to_series()
        before = sorted_by.to_numpy().astype(np.intp)
        days = days.at(before)
    latest = days.day if days.dated.all() else days.latest(first, patient)
    apart = np.diff(latest) >= 0
    if len(first):
        apart[first[1:] - 1] = True
    if not by and apart.all():
        return None
    found = before[np.lexsort((latest, patient))]
    return None if bool((np.diff(found) > 0).all()) else found


def _by_clock(day: pl.Series, days: Days, patient: Counts) -> list[pl.Series]:
    """Return the time of each dated row, if any is frame; one without a day has that of the row before it."""
    clock = _clock(day)
    if clock is None:
        return []
    frame = pl.DataFrame({"patient": patient, "clock": clock, "dated": days.dated})
    dated = pl.when("dated").then("clock").alias("clock")
    return [frame.select(dated.forward_fill().over("patient")).to_series()]


def _by_order(order: pl.Series, first: Places, patient: Counts) -> list[pl.Series]:
    """Return what rows are ordered by: as numbers where all texts of a patient are such, so that 10 comes after 9."""
    if order.dtype != pl.String or not len(order):
        return [order.alias("order")]
    number = order.cast(pl.Float64, strict=False)
    other = (number.is_null() & order.is_not_null()).to_numpy()
    spelt = pl.Series(np.logical_or.reduceat(other, first)[patient])
    frame = pl.DataFrame({"number": number, "text": order, "spelt": spelt})
    by_number = pl.when("spelt").then(0.0).otherwise("number").alias("number")
    exactly = pl.when(~pl.col("spelt")).then(pl.col("text").cast(pl.Int64, strict=False)).alias("exactly")
    return frame.select(by_number, exactly, pl.when("spelt").then("text").alias("text")).get_columns()


def within_calendar(series: pl.Series) -> pl.Series:
    """Return a column of dates with those before year 1 or after year 9999 as texts, which are no days."""
    kind = series.dtype
    if isinstance(kind, pl.Date):
        size = 1
    elif isinstance(kind, pl.Datetime) and kind.time_unit != "ns":
        size = 86_400_000 if kind.time_unit == "ms" else 86_400_000_000
    else:
        return series
    epoch = dt.date(1970, 1, 1).toordinal()
    number = series.to_physical()
    beyond = (number < (1 - epoch) * size) | (number >= (dt.date.max.toordinal() + 1 - epoch) * size)
    if not beyond.any():
        return series
    within = pl.when(~pl.col("beyond")).then("day")
    written = within.dt.strftime(_ZONED) if isinstance(kind, pl.Datetime) and kind.time_zone else within.cast(pl.String)
    text = pl.when("beyond").then(pl.lit("beyond the calendar")).otherwise(written)
    return pl.DataFrame({"day": series, "beyond": beyond}).select(text.alias(series.name)).to_series()
