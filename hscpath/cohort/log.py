"""Event logs as tables: which column says what, and a piece of one read into arrays."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, NamedTuple, assert_never, cast

import attrs
import numpy as np
import polars as pl
from numpy.typing import NDArray

from hscpath.cohort.table import NOWHERE, Counts, Places, Recorded, Sizes, Table, Whether
from hscpath.criteria import Choice, Event, Fact, Flag, Quantity
from hscpath.days import SAME_DAY
from hscpath.errors import InvalidFile, InvalidFinding, did_you_mean, says_something
from hscpath.files.records import read_day
from hscpath.journey import FARTHEST_DAY, Record
from hscpath.pathway import Pathway

PARTS = ("override", "to", "inferred")
"""The columns that are read as the parts of a record of that name, where a log has them."""

_EXACT = 2**53
_WHOLE = re.compile(r"[-+]?\d{1,18}(\.0*)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?")
_TEXTS = (pl.String, pl.Categorical, pl.Enum)
_DATES = (pl.Date, pl.Datetime)


@attrs.frozen
class Shape:
    """Which columns of a log say who, when and what; every other one is a fact by its own name.

    *order* is a column that says what comes first of several events a day. With *in_order* the rows of
    each patient are taken as they stand.
    """

    patient: str = "patient"
    day: str = "day"
    event: str = "event"
    order: str | None = None
    in_order: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that a log must have."""
        return (self.patient, self.day, self.event, *((self.order,) if self.order else ()))

    def problems(self, schema: Mapping[str, pl.DataType], pathway: Pathway) -> list[str]:
        """Return what keeps a table with these columns from being read as a log."""
        missing = [name for name in dict.fromkeys(self.keys) if name not in schema]
        problems = [f"there is no column {name!r}; {did_you_mean(name, list(schema))}" for name in missing]
        facts = {fact.name for fact in pathway.facts}
        keys = [*self.keys, *(name for name in PARTS if name in schema)]
        problems += [
            f"{name!r} is the name of a fact: say which other column is meant" for name in keys if name in facts
        ]
        twice = sorted({name for name in self.keys if self.keys.count(name) > 1})
        problems += [f"the column {name!r} cannot be two things at once" for name in twice]
        text = {self.event: "events are text", **{name: f"{name!r} is text" for name in PARTS if name in schema}}
        for name, said in text.items():
            kind = schema.get(name, pl.String())
            if not isinstance(kind, (*_TEXTS, pl.Null)):
                problems.append(f"the column {name!r} holds {kind}: {said}")
        day = schema.get(self.day, pl.Int64())
        if not (day.is_numeric() or isinstance(day, (*_TEXTS, *_DATES, pl.Null))):
            problems.append(
                f"the column {self.day!r} holds {day}: days are whole numbers, dates, or texts such as '36 months'"
            )
        patient = schema.get(self.patient, pl.String())
        if patient.is_nested() or isinstance(patient, pl.Object | pl.Null):
            problems.append(
                f"the column {self.patient!r} holds {patient}: patients are told apart by a number or a text"
            )
        facts_read = facts & schema.keys()
        problems += [
            f"the column {name!r} holds objects of Python: give numbers, text, booleans or lists"
            for name in schema
            if name in facts_read and isinstance(schema[name], pl.Object)
        ]
        return problems

    def check(self, schema: Mapping[str, pl.DataType], pathway: Pathway) -> None:
        """Raise ``InvalidFile`` with everything that keeps a table from being read."""
        problems = self.problems(schema, pathway)
        if problems:
            raise InvalidFile(*problems)

    def unread(self, schema: Iterable[str], pathway: Pathway) -> list[str]:
        """Return the columns of which the pathway knows nothing."""
        read = {*self.keys, *PARTS, *(fact.name for fact in pathway.facts)}
        return [name for name in schema if name not in read]


# --- What is wrong with rows ---------------------------------------------------------------------


class Wrong(NamedTuple):
    """What cannot be recorded, and where: the kind of problem, the part at fault, and the rows."""

    kind: str
    where: str
    rows: Places


def words(kind: str, where: str) -> str:
    """Return a kind of problem in words, without anything of the patient."""
    return _WORDS[kind].format(where=where)


_WORDS = {
    "unknown event": "the event is none of this pathway",
    "invalid value": "{where}: the value cannot be recorded",
    "misplaced": "{where}: this event does not record it",
    "missing": "{where}: this event must record it",
    "invalid day": "day: no whole number of at most six digits",
    "no earlier step": "day: there is no earlier step on the same day",
    "goes back": "day: before that of an earlier event",
    "no reason": "{where}: says nothing",
    "not in order": "day: the rows of a patient did not stand in order of day, and were put in order",
    "twice": "the row is the same as the one before it",
}
SHOWN = frozenset({"unknown event", "invalid value", "invalid day", "goes back", "no reason"})
"""The problems that are told with what was given there; the others with the event."""


# --- Values --------------------------------------------------------------------------------------


class Values(NamedTuple):
    """The values of a column as a fact stores them, and which of them it can store, unless it can store all."""

    stored: Sizes
    valid: Whether | None


def values(fact: Fact, series: pl.Series) -> Values:
    """Return what a fact makes of the values of a column, none of them null.

    >>> from hscpath.lupus import UPCR
    >>> values(UPCR, pl.Series([3.4, 1e9]))
    Values(stored=array([3400,    0], dtype=int32), valid=array([ True, False]))
    >>> values(UPCR, pl.Series(["3400 mg/g", "3.4"])).stored.tolist()
    [3400, 3400]
    """
    kind = series.dtype
    match fact:
        case Quantity() if _is_number(kind) and max(abs(fact.lowest), abs(fact.highest)) < _EXACT:
            return _sizes(fact, series)
        case Flag() if kind == pl.Boolean:
            return Values(series.to_numpy(), None)
        case Choice(several=True) if isinstance(kind, pl.List) and isinstance(kind.inner, _TEXTS):
            return _sets(fact, series)
        case Quantity() if kind == pl.String and max(abs(fact.lowest), abs(fact.highest)) < _EXACT:
            return _written(fact, series)
        case Quantity() | Flag() | Choice():
            return _each(fact, series)
        case _:
            assert_never(fact)


def _written(fact: Quantity, series: pl.Series) -> Values:
    """Return numbers that are written as text: bare ones all at once, and others value by value."""
    numbers = series.cast(pl.Float64, strict=False)
    other = numbers.is_null().to_numpy()
    if not other.any():
        return _sizes(fact, numbers)
    stored, valid = np.zeros(len(series), np.int64), np.zeros(len(series), np.bool_)
    for which, made in ((~other, _sizes(fact, numbers.drop_nulls())), (other, _each(fact, series.filter(other)))):
        stored[which], valid[which] = made.stored, True if made.valid is None else made.valid
    return Values(stored, _unless_all(valid))


def _sizes(fact: Quantity, series: pl.Series) -> Values:
    """Return numbers as whole numbers of the resolution, by the operation that the fact itself uses."""
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = series.cast(pl.Float64).to_numpy() * float(1 / fact.resolution)
        np.rint(scaled, out=scaled)
        valid = None
        if not (scaled.min(initial=fact.lowest) >= fact.lowest and scaled.max(initial=fact.lowest) <= fact.highest):
            valid = (scaled >= fact.lowest) & (scaled <= fact.highest)
            scaled[~valid] = 0
    small = max(-fact.lowest, fact.highest) < 2**31
    return Values(scaled.astype(np.int32 if small else np.int64), valid)


def _each(fact: Fact, series: pl.Series) -> Values:
    """Return what the fact stores for each value that differs from the others."""
    number, distinct = _distinct(series)
    made = [_stored(fact, value) for value in distinct]
    valid = np.array([value is not None for value in made], np.bool_)
    plain = [_plain(fact, value) for value in made]
    stored = np.array(plain, np.int64 if all(abs(value) < _EXACT for value in plain) else object)
    return Values(stored[number], _unless_all(valid[number]))


def _unless_all(valid: Whether) -> Whether | None:
    return None if valid.all() else valid


def as_given(fact: Fact, value: object) -> object:
    """Return a value of a table as the fact takes it: where a table has only text, it may hold flags and lists.

    >>> from hscpath.lupus import AGENT, PREGNANT
    >>> as_given(PREGNANT, "true"), as_given(AGENT, '["mycophenolate", "belimumab"]')
    (True, ['mycophenolate', 'belimumab'])
    """
    match fact, value:
        case Flag(), str(text):
            return _FLAGS.get(text.strip().lower(), text)
        case Choice(several=True), str(text) if text.lstrip().startswith("["):
            try:
                return cast("object", json.loads(text))
            except (ValueError, RecursionError):
                return text
        case _:
            return value


_FLAGS = {"true": True, "false": False}


def _stored(fact: Fact, value: object) -> object:
    given = as_given(fact, value)
    if isinstance(fact, Choice):
        return fact.read(given)
    try:
        return fact.store(given)
    except InvalidFinding:
        return None


def why_not(fact: Fact, value: object) -> str:
    """Return why a fact cannot store a value of a table, in the fact's own words; nothing if it can.

    >>> from hscpath.lupus import UPCR
    >>> why_not(UPCR, "3400"), why_not(UPCR, "3400 mg/g")
    ('3400 g/g is outside 0 to 50 g/g; is it in mg/g?', '')
    """
    try:
        fact.store(as_given(fact, value))
    except InvalidFinding as error:
        return str(error).removeprefix(f"{fact.name}: ")
    return ""


def _plain(fact: Fact, stored: Any) -> int:
    """Return a stored value as a number: of an option its place, of several the bits of their places."""
    if stored is None:
        return 0
    if not isinstance(fact, Choice):
        return int(stored)
    if not fact.several:
        return fact.options.index(stored)
    return sum(1 << fact.options.index(option) for option in stored)


def _sets(fact: Choice, series: pl.Series) -> Values:
    """Return lists of options as bits; a list is valid if it is not empty and everything in it is."""
    length = series.list.len().to_numpy().astype(np.intp)
    each = series.list.explode(empty_as_null=False, keep_nulls=True)
    single = attrs.evolve(fact, several=False)
    made = _each(single, each)
    filled = np.flatnonzero(length)
    valid, stored = length > 0, np.zeros(len(series), np.int64 if len(fact.options) < 62 else object)
    if len(filled):
        starts = (np.cumsum(length) - length)[filled]
        bits = np.array([1 << n for n in range(len(fact.options))], stored.dtype)[made.stored]
        stored[filled] = np.bitwise_or.reduceat(bits, starts)
        if made.valid is not None:
            valid[filled] = np.logical_and.reduceat(made.valid, starts)
    return Values(stored, _unless_all(valid))


def _distinct(series: pl.Series) -> tuple[NDArray[np.intp], list[object]]:
    """Return the number of each value, and the values so numbered."""
    kind = series.dtype
    if isinstance(kind, pl.Enum):
        number = series.to_physical().cast(pl.Int64).fill_null(len(kind.categories))
        return number.to_numpy(), [*kind.categories, None]
    if isinstance(kind, pl.String | pl.Categorical):
        text = series.cast(pl.String)
        known = text.drop_nulls().unique()
        number = text.cast(pl.Enum(known)).to_physical().cast(pl.Int64).fill_null(len(known))
        return number.to_numpy(), [*known.to_list(), None]
    numbers: dict[tuple[type, object], int] = {}
    distinct: list[object] = []
    places = np.empty(len(series), np.int64)
    for place, value in enumerate(cast("list[object]", series.to_list())):
        key = (type(value), value if _can_be_a_key(value) else repr(value))
        if key not in numbers:
            numbers[key] = len(numbers)
            distinct.append(value)
        places[place] = numbers[key]
    return places, distinct


def _can_be_a_key(value: object) -> bool:
    return not isinstance(value, list | dict)


# --- Pieces --------------------------------------------------------------------------------------


class Piece(NamedTuple):
    """Some whole patients of a log, in order.

    *frame* holds their rows, *row* the number of each in the log as it was given. *wrong* is what stops
    a patient, *notes* what does not.
    """

    frame: pl.DataFrame
    row: Places
    table: Table
    wrong: list[Wrong]
    notes: list[Wrong]
    days: Days
    to: Texts | None
    override: Texts | None


class Texts(NamedTuple):
    """A column of texts: the number of each row's text, or -1, and the texts so numbered."""

    number: NDArray[np.int64]
    texts: list[str]

    def at(self, row: int) -> str | None:
        """Return the text of a row, or ``None`` where it has none."""
        number = int(self.number[row])
        return None if number == NOWHERE else self.texts[number]


@attrs.frozen(eq=False, slots=False)
class Reader:
    """What reads pieces of logs of one shape on one pathway."""

    shape: Shape
    pathway: Pathway
    also: frozenset[str] = frozenset()

    @cached_property
    def asked(self) -> frozenset[str]:
        """The facts whose values matter: those that rows (or others) ask about, and those that events must record."""
        asked = {thing.name for things in self.pathway.asked for thing in things if not isinstance(thing, Event)}
        return self.also.union(asked, {fact.name for event in self.pathway.events for fact in event.must})

    @cached_property
    def _events(self) -> list[str]:
        return [event.name for event in self.pathway.events]

    @cached_property
    def _may(self) -> Mapping[str, Whether]:
        """Whether each event may record a fact; of one that is not known, any may be recorded."""
        events = self.pathway.events
        return {fact.name: np.array([*(fact in event.facts for event in events), True]) for fact in self.pathway.facts}

    @cached_property
    def _ends(self) -> Mapping[str, tuple[float, float]]:
        """Between which numbers any can be stored, of quantities whose ends are no matter of a float's last bit."""
        quantities = (fact for fact in self.pathway.facts if isinstance(fact, Quantity))
        return {
            fact.name: (float(fact.low), float(fact.high))
            for fact in quantities
            if max(abs(fact.lowest), abs(fact.highest)) < _EXACT // 4
        }

    def read(self, frame: pl.DataFrame, row: Places) -> Piece:
        """Return whole patients, whose rows stand together, as arrays in the order in which they are replayed.

        The columns must fit the shape.
        """
        shape = self.shape
        first, patient = _runs(frame[shape.patient])
        days = Days.read(frame[shape.day], first, patient)
        notes: list[Wrong] = []
        if not shape.in_order:
            order = _in_order(frame, shape, first, patient, days)
            if order is not None:
                frame, row, days = frame[order], row[order], days.at(order)
                notes += _wrong("not in order", "day", np.flatnonzero(np.diff(row, prepend=-1) < 0))
        event = _numbered(frame[shape.event], self._events)
        wrong = _wrong("unknown event", "event", np.flatnonzero(event == NOWHERE))
        recorded = self._recorded(frame, event, wrong)
        day, dated, moment = days.resolved(first, patient, wrong)
        table = Table(first, patient, event, day, dated, moment, self.pathway.events, recorded)
        to, override, inferred = (_texts(frame, name) for name in ("to", "override", "inferred"))
        _musts(table, None if inferred is None else inferred.number != NOWHERE, recorded, wrong)
        for name, texts, speaks in (("override", override, _reasons), ("inferred", inferred, says_something)):
            if texts is not None:
                silent = np.array([*(not speaks(text) for text in texts.texts), False])
                wrong += _wrong("no reason", name, np.flatnonzero(silent[texts.number]))
        notes += _wrong("twice", "row", _twice(frame, table))
        return Piece(frame, row, table, wrong, notes, days, to, override)

    def _recorded(self, frame: pl.DataFrame, event: NDArray[np.int16], wrong: list[Wrong]) -> dict[str, Recorded]:
        """Return what is recorded of each fact that is asked about; note what no event or no fact can hold."""
        facts = [fact for fact in self.pathway.facts if fact.name in frame.columns]
        facts = [fact for fact in facts if frame[fact.name].null_count() < len(frame)]
        given = frame.select(fact.name for fact in facts)
        holds = given.select(pl.all().is_not_null())
        strays = self._strays(holds, event)
        unread = self._all_valid([fact for fact in facts if fact.name not in self.asked | strays], given)
        recorded: dict[str, Recorded] = {}
        for fact in facts:
            if fact.name in unread:
                continue
            here, series = holds[fact.name].to_numpy(), given[fact.name].drop_nulls()
            if fact.name in strays:
                right = self._may[fact.name].take(event)
                wrong.append(Wrong("misplaced", fact.name, np.flatnonzero(here & ~right)))
                here, series = here & right, series.filter(right[here])
            stored, valid = values(fact, series)
            if valid is not None:
                places = np.flatnonzero(here)[~valid]
                wrong.append(Wrong("invalid value", fact.name, places))
                here = here.copy()
                here[places] = False
                stored = stored[valid]
            recorded[fact.name] = Recorded(here, stored)
        return recorded

    def _strays(self, holds: pl.DataFrame, event: NDArray[np.int16]) -> frozenset[str]:
        """Return the facts that are recorded at an event which does not record them."""
        number = event.astype(np.intp)
        others: dict[bytes, pl.Series] = {}
        strays: list[str] = []
        for series in holds:
            may = self._may[series.name]
            other = others.get(may.tobytes())
            if other is None:
                other = others[may.tobytes()] = pl.Series(~may.take(number))
            if (series & other).any():
                strays.append(series.name)
        return frozenset(strays)

    def _all_valid(self, facts: list[Fact], frame: pl.DataFrame) -> frozenset[str]:
        """Return those of which a glance tells that they can store every value: of numbers, the ends do."""
        kinds = frame.schema
        numbers = [fact.name for fact in facts if fact.name in self._ends and _is_number(kinds[fact.name])]
        given = frame.select(pl.col(numbers).drop_nulls().implode())
        valid = {fact.name for fact in facts if isinstance(fact, Flag) and kinds[fact.name] == pl.Boolean}
        for name in numbers:
            values, (low, high) = given[name][0].to_numpy(), self._ends[name]
            if low <= values.min() and values.max() <= high:
                valid.add(name)
        return frozenset(valid)


def _is_number(kind: pl.DataType) -> bool:
    return kind.is_integer() or kind.is_float()


def _wrong(kind: str, where: str, rows: Places) -> list[Wrong]:
    """Return a problem of some rows, if there are any."""
    return [Wrong(kind, where, rows)] if len(rows) else []


def _twice(frame: pl.DataFrame, table: Table) -> Places:
    """Return the rows that say the same as the row before them."""
    alike = (np.diff(table.event) == 0) & (np.diff(table.day) == 0) & (np.diff(table.patient) == 0)
    later = np.flatnonzero(alike) + 1
    for name in frame.columns if len(later) else ():
        if not frame.schema[name].is_nested():
            same = frame[name].gather(later).eq_missing(frame[name].gather(later - 1))
            later = later[same.to_numpy()]
    return later


def _runs(patient: pl.Series) -> tuple[Places, Counts]:
    """Return the place at which each patient begins, and the number of each row's patient."""
    first = begins(patient)
    return first, np.repeat(np.arange(len(first), dtype=np.int32), np.diff(first, append=len(patient)))


def begins(patient: pl.Series) -> Places:
    """Return the place at which each patient begins."""
    number = patient.to_numpy() if patient.dtype.is_integer() else patient.rle_id().to_numpy()
    return np.concatenate((_START[: len(number)], np.flatnonzero(number[1:] != number[:-1]) + 1))


_START: Places = np.zeros(1, np.intp)


def _numbered(series: pl.Series, names: list[str]) -> NDArray[np.int16]:
    """Return the place of each text among some names, or -1."""
    kind = series.dtype
    if isinstance(kind, pl.Enum):
        known = {name: number for number, name in enumerate(names)}
        number = np.array([known.get(text, NOWHERE) for text in kind.categories] + [NOWHERE], np.int16)
        return np.take(number, series.to_physical().cast(pl.Int64).fill_null(NOWHERE).to_numpy())
    found = series.cast(pl.String).cast(pl.Enum(names), strict=False).to_physical()
    return (found.cast(pl.Int16).fill_null(NOWHERE) if found.null_count() else found).to_numpy().astype(np.int16)


def _texts(frame: pl.DataFrame, name: str) -> Texts | None:
    """Return a column of texts, if there is one and it says anything."""
    if name not in frame.columns or frame[name].null_count() == len(frame):
        return None
    number, texts = _distinct(frame[name].cast(pl.String))
    known = cast("list[str]", texts[:-1])
    return Texts(np.where(number == len(known), NOWHERE, number), known)


def override_of(text: str) -> str | Mapping[str, str]:
    """Return the reason that a text is, or the reasons by criterion that it holds as a JSON object."""
    if not text.lstrip().startswith("{"):
        return text
    try:
        return cast("Mapping[str, str]", json.loads(text))
    except (ValueError, RecursionError):
        return text


def _reasons(text: str) -> bool:
    """Return whether an override gives reasons."""
    override = override_of(text)
    reasons = tuple(override.values()) if isinstance(override, Mapping) else (override,)
    return bool(reasons) and all(map(says_something, reasons))


def _musts(table: Table, inferred: Whether | None, recorded: dict[str, Recorded], wrong: list[Wrong]) -> None:
    """Find what events must record and do not; where they were inferred, it is not known from there on."""
    invalid = {problem.where: problem.rows for problem in wrong if problem.kind == "invalid value"}
    for event in table.events:
        for fact in event.must:
            given = table.values_of(fact)
            rows = table.rows_of(event)
            lacking = rows[~given.given[rows]]
            missing, reset = lacking, lacking[:0]
            if inferred is not None:
                missing, reset = lacking[~inferred[lacking]], lacking[inferred[lacking]]
            missing = np.setdiff1d(missing, invalid.get(fact.name, ()), assume_unique=True)
            wrong += _wrong("missing", fact.name, missing)
            if len(reset):
                recorded[fact.name] = _without(given, reset)


def _without(given: Recorded, reset: Places) -> Recorded:
    """Return what is recorded, with places from which on nothing is known."""
    known = np.ones(len(given.places), np.bool_) if given.known is None else given.known
    order = np.argsort(np.concatenate((given.places, reset)), kind="stable")
    here = given.here.copy()
    here[reset] = True
    stored = np.concatenate((given.stored, np.zeros(len(reset), given.stored.dtype)))
    return Recorded(here, stored[order], np.concatenate((known, np.zeros(len(reset), np.bool_)))[order])


# --- Days ----------------------------------------------------------------------------------------


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
        if isinstance(kind, _DATES):
            day = series.cast(pl.Date).to_physical().cast(pl.Int64).fill_null(_LATEST).to_numpy()
            return cls._checked(_since_first(day, first, patient), dated)
        if isinstance(kind, _TEXTS):
            return cls._from_text(series, dated, first, patient)
        if kind.is_integer():
            return cls._checked(series.cast(pl.Int64, strict=False).fill_null(_LATEST).to_numpy(), dated)
        number = series.cast(pl.Float64).fill_null(0.0).to_numpy()
        whole = np.isfinite(number) & (np.rint(number) == number) & (np.abs(number) < _LATEST)
        return cls._checked(np.where(whole, number, _LATEST).astype(np.int64), dated)

    @classmethod
    def _checked(cls, day: NDArray[np.int64], dated: Whether) -> Days:
        if day.min(initial=0) >= -FARTHEST_DAY and day.max(initial=0) <= FARTHEST_DAY:
            return cls(day.astype(np.int32), dated, None, None)
        bad = (day < -FARTHEST_DAY) | (day > FARTHEST_DAY)
        return cls(np.where(bad, 0, day).astype(np.int32), dated & ~bad, None, bad & dated)

    @classmethod
    def _from_text(cls, series: pl.Series, dated: Whether, first: Places, patient: Counts) -> Days:
        number, texts = _distinct(series)
        read = [day_of(cast("str | None", text)) for text in texts]
        same = np.array([day is SAME_DAY for day in read], np.bool_)[number]
        day = np.array([day if isinstance(day, int) else _LATEST for day in read], np.int64)[number]
        date = np.array([day.toordinal() if isinstance(day, dt.datetime) else _LATEST for day in read], np.int64)[
            number
        ]
        dates = date < _LATEST
        if dates.any():
            counted = np.add.reduceat(dated & ~same & ~dates, first, dtype=np.intp) > 0
            # Of a patient who has numbers too it is not known what day a date is.
            day = np.where(dates & ~counted[patient], _since_first(date, first, patient), day)
        days = cls._checked(np.where(dated & ~same, day, 0), dated & ~same)
        return days._replace(same=same if same.any() else None)

    def told(self, series: pl.Series) -> list[object]:
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
        places = np.where(self.dated, np.arange(len(self.day)), NOWHERE)
        last = np.maximum.accumulate(places)
        return np.where(last < first[patient], np.int32(-_LATEST), self.day[last])

    def resolved(
        self, first: Places, patient: Counts, wrong: list[Wrong]
    ) -> tuple[NDArray[np.int32], Whether | None, Places | None]:
        """Return the days and which of them are known, with the row whose day each shares; note what is wrong."""
        if self.bad is not None:
            wrong += _wrong("invalid day", "day", np.flatnonzero(self.bad))
        stated = np.flatnonzero(self.dated)
        day, whose = (self.day, patient) if len(stated) == len(self.day) else (self.day[stated], patient[stated])
        back = np.diff(day) < 0
        if back.any():
            wrong += _wrong("goes back", "day", stated[1:][back & (np.diff(whose) == 0)])
        if self.same is None:
            return self.day, None if len(stated) == len(self.day) else self.dated, None
        wrong += _wrong("no earlier step", "day", first[self.same[first]])
        own = np.where(self.same, NOWHERE, np.arange(len(self.day)))
        own[first] = first
        moment = np.maximum.accumulate(own)
        return self.day[moment], self.dated[moment], moment


_LATEST = 2**30


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
        return dt.datetime.fromisoformat(spelt) if _DATE.fullmatch(spelt) else read_day(text)
    except ValueError:
        return None


def _clock(series: pl.Series) -> pl.Series | None:
    """Return when each row is, where a column of days tells times of the day too."""
    if isinstance(series.dtype, pl.Datetime):
        return series
    if not isinstance(series.dtype, _TEXTS) or not series.cast(pl.String).str.contains(":", literal=True).any():
        return None
    number, texts = _distinct(series)
    read = [day_of(cast("str | None", text)) for text in texts]
    at = [day.replace(tzinfo=None) if isinstance(day, dt.datetime) else None for day in read]
    return pl.Series(at, dtype=pl.Datetime).gather(number)


def _in_order(frame: pl.DataFrame, shape: Shape, first: Places, patient: Counts, days: Days) -> Places | None:
    """Return the rows of each patient in order of day, or ``None`` if they are so already.

    What comes first of several rows a day the order column says, or how they stand; a row without a
    day stays behind the row before it.
    """
    before: Places = np.arange(len(frame))
    by = _clock(frame[shape.day]) if shape.order is None else _numbers_if_so(frame[shape.order])
    if by is not None:
        keys = pl.DataFrame({"patient": patient, "by": by})
        sorted_by = keys.select(pl.arg_sort_by("patient", "by", nulls_last=True, maintain_order=True)).to_series()
        before = sorted_by.to_numpy().astype(np.intp)
        days = days.at(before)
    latest = days.day if days.dated.all() else days.latest(first, patient)
    apart = np.diff(latest) >= 0
    if len(first):
        apart[first[1:] - 1] = True
    if by is None and apart.all():
        return None
    return before[np.lexsort((latest, patient))]


def _numbers_if_so(series: pl.Series) -> pl.Series:
    """Return texts that are all numbers as numbers, so that the tenth comes after the ninth."""
    if series.dtype != pl.String:
        return series
    numbers = series.cast(pl.Float64, strict=False)
    return numbers if numbers.null_count() == series.null_count() else series


# --- Records -------------------------------------------------------------------------------------


def records(piece: Piece, shape: Shape, pathway: Pathway) -> list[Record]:
    """Return the rows of a piece, in order, as records to be replayed."""
    facts = [fact for fact in pathway.facts if fact.name in piece.frame.columns]
    return [
        Record(
            _name(row[shape.event]),
            {fact.name: as_given(fact, row[fact.name]) for fact in facts if row[fact.name] is not None},
            day=cast("int | None", day),
            override=None if row.get("override") is None else override_of(row["override"]),
            to=row.get("to"),
            inferred=row.get("inferred"),
        )
        for row, day in zip(piece.frame.iter_rows(named=True), piece.days.told(piece.frame[shape.day]), strict=True)
    ]


def _name(event: str | None) -> str:
    return cast("str", event)
