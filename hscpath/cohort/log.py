"""Event logs as tables: which column says what, and a piece of one read into arrays."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import NamedTuple, cast

import attrs
import numpy as np
import polars as pl
from numpy.typing import NDArray

from hscpath.cohort.days import DATES, Days, order_of, within_calendar
from hscpath.cohort.problems import Wrong, wrong_at
from hscpath.cohort.table import MISSING, Counts, PatientRows, Places, RecordedValues, Whether
from hscpath.cohort.values import EXACT, TEXTS, as_given, distinct, is_number, values
from hscpath.criteria import Event, Fact, Flag, Quantity
from hscpath.errors import InvalidFile, did_you_mean, says_something
from hscpath.journey import Record
from hscpath.pathway import Pathway

PARTS = ("override", "to", "inferred")
"""The columns that are read as the parts of a record of that name, where a log has them."""


def _is_text(kind: pl.DataType) -> bool:
    return isinstance(kind, (*TEXTS, pl.Null))


def _tells_days(kind: pl.DataType) -> bool:
    return kind.is_numeric() or isinstance(kind, (*TEXTS, *DATES, pl.Null))


def _puts_in_order(kind: pl.DataType) -> bool:
    return not (kind.is_nested() or isinstance(kind, pl.Object))


def _tells_apart(kind: pl.DataType) -> bool:
    return _puts_in_order(kind) and not isinstance(kind, pl.Null)


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

    def check(self, schema: Mapping[str, pl.DataType], pathway: Pathway) -> None:
        """Raise ``InvalidFile`` with everything that keeps a table with these columns from being read as a log."""
        missing = [name for name in dict.fromkeys(self.keys) if name not in schema]
        problems = [f"there is no column {name!r}; {did_you_mean(name, list(schema))}" for name in missing]
        facts = {fact.name for fact in pathway.facts}
        keys = [*self.keys, *(name for name in PARTS if name in schema)]
        problems += [
            f"{name!r} is the name of a fact: say which other column is meant" for name in keys if name in facts
        ]
        twice = sorted({name for name in self.keys if self.keys.count(name) > 1})
        problems += [f"the column {name!r} cannot be two things at once" for name in twice]
        wants = [(self.event, _is_text, "events are text"), *((name, _is_text, f"{name!r} is text") for name in PARTS)]
        wants += [
            (self.day, _tells_days, "days are whole numbers, dates, or texts such as '36 months'"),
            (self.patient, _tells_apart, "patients are told apart by a number or a text"),
            (self.order or "", _puts_in_order, "rows are put in order by numbers, texts or times"),
        ]
        problems += [
            f"the column {name!r} holds {schema[name]}: {expected}"
            for name, fits, expected in wants
            if name in schema and not fits(schema[name])
        ]
        problems += [
            f"the column {name!r} holds objects of Python: give numbers, text, booleans or lists"
            for name, kind in schema.items()
            if name in facts and isinstance(kind, pl.Object)
        ]
        if problems:
            raise InvalidFile(*problems)

    def unread(self, schema: Iterable[str], pathway: Pathway) -> list[str]:
        """Return the columns of which the pathway knows nothing."""
        read = {*self.keys, *PARTS, *(fact.name for fact in pathway.facts)}
        return [name for name in schema if name not in read]


class Piece(NamedTuple):
    """Some whole patients of a log, in order.

    *frame* holds their rows, *row* the number of each in the log as it was given. *wrong* is what stops
    a patient, *notes* what does not.
    """

    frame: pl.DataFrame
    row: Places
    table: PatientRows
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
        return None if number == MISSING else self.texts[number]


@attrs.frozen(eq=False, slots=False)
class PieceReader:
    """What reads pieces of logs of one shape on one pathway."""

    shape: Shape
    pathway: Pathway
    also: frozenset[str] = frozenset()

    @cached_property
    def needed(self) -> frozenset[str]:
        """The facts whose values matter: those that rows (or others) ask about, and those that events must record."""
        mentioned = {thing.name for thing in self.pathway.mentions if not isinstance(thing, Event)}
        return self.also.union(mentioned, {fact.name for event in self.pathway.events for fact in event.must})

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
            if max(abs(fact.lowest), abs(fact.highest)) < EXACT // 4
        }

    def read(self, frame: pl.DataFrame, row: Places) -> Piece:
        """Return whole patients, whose rows stand together, as arrays in the order in which they are replayed.

        The columns must fit the shape.
        """
        shape = self.shape
        frame = frame.with_columns(within_calendar(frame[shape.day]))
        first, patient = _runs(frame[shape.patient])
        days = Days.read(frame[shape.day], first, patient)
        notes: list[Wrong] = []
        if not shape.in_order:
            order = order_of(
                frame[shape.day], None if shape.order is None else frame[shape.order], first, patient, days
            )
            if order is not None:
                frame, row, days = frame[order], row[order], days.at(order)
                moved = (np.diff(row) < 0) & (np.diff(patient) == 0)
                notes += wrong_at("not in order", "day", np.flatnonzero(moved) + 1)
        event = _numbered(frame[shape.event], self._events)
        wrong = wrong_at("unknown event", "event", np.flatnonzero(event == MISSING))
        recorded = self._recorded(frame, event, wrong)
        day, dated, moment = days.resolved(first, patient, wrong)
        table = PatientRows(first, patient, event, day, dated, moment, self.pathway.events, recorded)
        to, override, inferred = (_texts(frame, name) for name in ("to", "override", "inferred"))
        _musts(table, None if inferred is None else inferred.number != MISSING, recorded, wrong)
        for name, texts, speaks in (("override", override, _reasons), ("inferred", inferred, says_something)):
            if texts is not None:
                silent = np.array([*(not speaks(text) for text in texts.texts), False])
                wrong += wrong_at("no reason", name, np.flatnonzero(silent[texts.number]))
        notes += wrong_at("twice", "row", _twice(frame, table))
        return Piece(frame, row, table, wrong, notes, days, to, override)

    def _recorded(self, frame: pl.DataFrame, event: NDArray[np.int16], wrong: list[Wrong]) -> dict[str, RecordedValues]:
        """Return what is recorded of each fact that is asked about; note what no event or no fact can hold."""
        facts = [fact for fact in self.pathway.facts if fact.name in frame.columns]
        facts = [fact for fact in facts if frame[fact.name].null_count() < len(frame)]
        given = frame.select(fact.name for fact in facts)
        holds = given.select(pl.all().is_not_null())
        misplaced = self._misplaced(holds, event)
        unread = self._all_valid([fact for fact in facts if fact.name not in self.needed | misplaced], given)
        recorded: dict[str, RecordedValues] = {}
        for fact in facts:
            if fact.name in unread:
                continue
            here, series = holds[fact.name].to_numpy(), given[fact.name].drop_nulls()
            if fact.name in misplaced:
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
            recorded[fact.name] = RecordedValues(here, stored)
        return recorded

    def _misplaced(self, holds: pl.DataFrame, event: NDArray[np.int16]) -> frozenset[str]:
        """Return the facts that are recorded at an event which does not record them."""
        number = event.astype(np.intp)
        # Many facts are recorded at the same events: the rows at which they may not be are found once for all of these.
        others: dict[bytes, pl.Series] = {}
        misplaced: list[str] = []
        for series in holds:
            may = self._may[series.name]
            other = others.get(may.tobytes())
            if other is None:
                other = others[may.tobytes()] = pl.Series(~may.take(number))
            if (series & other).any():
                misplaced.append(series.name)
        return frozenset(misplaced)

    def _all_valid(self, facts: list[Fact], frame: pl.DataFrame) -> frozenset[str]:
        """Return those of which a glance tells that they can store every value: of numbers, the ends do."""
        kinds = frame.schema
        numbers = [fact.name for fact in facts if fact.name in self._ends and is_number(kinds[fact.name])]
        given = frame.select(pl.col(numbers).drop_nulls().implode())
        valid = {fact.name for fact in facts if isinstance(fact, Flag) and kinds[fact.name] == pl.Boolean}
        for name in numbers:
            numbers_given, (low, high) = given[name][0].to_numpy(), self._ends[name]
            if low <= numbers_given.min() and numbers_given.max() <= high:
                valid.add(name)
        return frozenset(valid)


def _twice(frame: pl.DataFrame, table: PatientRows) -> Places:
    """Return the rows that say the same as the row before them."""
    alike = (np.diff(table.event) == 0) & (np.diff(table.day) == 0) & (np.diff(table.patient) == 0)
    later = np.flatnonzero(alike) + 1
    for name in frame.columns if len(later) else ():
        if not frame.schema[name].is_object():
            same = frame[name].gather(later).eq_missing(frame[name].gather(later - 1))
            later = later[same.to_numpy()]
    return later


def _runs(patient: pl.Series) -> tuple[Places, Counts]:
    """Return the place at which each patient begins, and the number of each row's patient."""
    first = begins(patient)
    return first, np.repeat(np.arange(len(first), dtype=np.int32), np.diff(first, append=len(patient)))


def begins(patient: pl.Series) -> Places:
    """Return the place at which each patient begins."""
    number = (
        patient.to_numpy() if is_number(patient.dtype) and not patient.dtype.is_float() else patient.rle_id().to_numpy()
    )
    return np.concatenate((_FIRST_PLACE[: len(number)], np.flatnonzero(number[1:] != number[:-1]) + 1))


_FIRST_PLACE: Places = np.zeros(1, np.intp)


def _numbered(series: pl.Series, names: list[str]) -> NDArray[np.int16]:
    """Return the place of each text among some names, or -1."""
    kind = series.dtype
    if isinstance(kind, pl.Enum):
        known = {name: number for number, name in enumerate(names)}
        number = np.array([known.get(text, MISSING) for text in kind.categories] + [MISSING], np.int16)
        return np.take(number, series.to_physical().cast(pl.Int64).fill_null(MISSING).to_numpy())
    found = series.cast(pl.String).cast(pl.Enum(names), strict=False).to_physical()
    return (found.cast(pl.Int16).fill_null(MISSING) if found.null_count() else found).to_numpy().astype(np.int16)


def _texts(frame: pl.DataFrame, name: str) -> Texts | None:
    """Return a column of texts, if there is one and it says anything."""
    if name not in frame.columns or frame[name].null_count() == len(frame):
        return None
    number, texts = distinct(frame[name].cast(pl.String))
    known = cast("list[str]", texts[:-1])
    return Texts(np.where(number == len(known), MISSING, number), known)


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


def _musts(
    table: PatientRows, inferred: Whether | None, recorded: dict[str, RecordedValues], wrong: list[Wrong]
) -> None:
    """Find what events must record and do not; where they were inferred, it is not known from there on.

    That is settled in *recorded*, which the table holds, before anything is asked of the table.
    """
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
            wrong += wrong_at("missing", fact.name, missing)
            if len(reset):
                recorded[fact.name] = _without(given, reset)


def _without(given: RecordedValues, reset: Places) -> RecordedValues:
    """Return what is recorded, with places from which on nothing is known."""
    known = np.ones(len(given.places), np.bool_) if given.known is None else given.known
    order = np.argsort(np.concatenate((given.places, reset)), kind="stable")
    here = given.here.copy()
    here[reset] = True
    stored = np.concatenate((given.stored, np.zeros(len(reset), given.stored.dtype)))
    return RecordedValues(here, stored[order], np.concatenate((known, np.zeros(len(reset), np.bool_)))[order])


def records(piece: Piece, shape: Shape, pathway: Pathway) -> list[Record]:
    """Return the rows of a piece, in order, as records to be replayed."""
    facts = [fact for fact in pathway.facts if fact.name in piece.frame.columns]
    return [
        Record(
            row[shape.event],
            {fact.name: as_given(fact, row[fact.name]) for fact in facts if row[fact.name] is not None},
            day=cast("int | None", day),
            override=None if row.get("override") is None else override_of(row["override"]),
            to=row.get("to"),
            inferred=row.get("inferred"),
        )
        for row, day in zip(
            piece.frame.iter_rows(named=True), piece.days.as_recorded(piece.frame[shape.day]), strict=True
        )
    ]
