"""Records as plain data: what an event looks like in a case, a log, a saved journey or a request."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import cast

import attrs
from cattrs import Converter

from hscpath.criteria import RESERVED, Event, Finding
from hscpath.days import SAME_DAY, Approximate
from hscpath.errors import InvalidFile, InvalidRecord, Problem, brief
from hscpath.files.documents import MOST_PROBLEMS, Fields, Origin, parsed_json, read_date, read_text, strict_converter
from hscpath.journey import Day, Journey, Record, ReplayStopped, Step
from hscpath.pathway import Pathway

# --- Reading -------------------------------------------------------------------------------------


def read_day(day: object) -> Day:
    """Return a day, or a number of days, as files hold it."""
    if day == SAME_DAY.value:
        return SAME_DAY
    if isinstance(day, str):
        with suppress(ValueError):
            return Approximate(day)
    if isinstance(day, int) and not isinstance(day, bool):
        return day
    raise ValueError(f"{brief(day)} is no day: write a whole number, a time such as '36 months', or 'same day'")


def _read_reasons(reasons: object) -> str | dict[str, str]:
    if isinstance(reasons, Mapping):
        table = cast("Mapping[str, object]", reasons)
        return {criterion: read_text(reason) for criterion, reason in table.items()}
    return read_text(reasons)


def _read_value(value: object) -> object:
    if isinstance(value, Mapping):
        raise ValueError(f"{brief(cast('object', value))} is a table: write the value of the finding")
    if isinstance(value, list):
        options = cast("list[object]", value)
        if not all(isinstance(each, str | int) for each in options):
            raise ValueError(f"{brief(options)} is no list of options")
        return options
    return value


_PARTS: Mapping[str, Callable[[object], object]] = {
    "event": read_text,
    "day": read_day,
    "on": read_date,
    "override": _read_reasons,
    "to": read_text,
    "inferred": read_text,
}


def read_record(fields: object) -> Record:
    """Return the record that a table holds: its parts by name, and every other entry a finding.

    Raises ``InvalidRecord`` listing everything that is wrong. Whether a pathway knows the event
    and its findings is asked when the record is taken.

    >>> read_record({"event": "kidney_biopsy_reported", "day": 9, "ln_class": "IV"}).findings
    (('ln_class', 'IV'),)
    """
    if not isinstance(fields, Mapping):
        raise InvalidRecord(f"{brief(fields)} is no event: write a table with the event and its findings")
    table = cast("Mapping[str, object]", fields)
    long = next((name for name in table if len(name) > _LONGEST_NAME), None)
    if long is not None:
        raise InvalidRecord(f"{brief(long)} is no name of a finding")
    read: Fields = {}
    problems = [Problem("event: say which event this is", "event")] if table.get("event") is None else []
    for name, value in table.items():
        if name in RESERVED - _PARTS.keys():
            problems.append(Problem(f"{name}: write each finding beside the event, under its own name", name))
        if value is None:
            continue
        try:
            read[name] = _PARTS.get(name, _read_value)(value)
        except ValueError as error:
            problems.append(Problem(f"{name}: {error}", name))
    if problems:
        raise InvalidRecord(*problems)
    findings = {name: value for name, value in read.items() if name not in RESERVED}
    return Record(findings=findings, **{name: value for name, value in read.items() if name in _PARTS})


_LONGEST_NAME = 200


def parse_record(text: str | bytes, *, name: str = "record") -> Record:
    """Return the record that a JSON text holds, such as the body of a request.

    Raises ``InvalidFile`` for what is no JSON, and ``InvalidRecord`` as ``read_record`` does.

    >>> parse_record('{"event": "died", "day": 9}')
    <Record: died, day 9>
    """
    return read_record(parsed_json(text, name))


def records_converter() -> Converter:
    """Return a converter that reads records."""
    converter = strict_converter()
    converter.register_structure_hook(Record, lambda fields, _: read_record(fields))
    return converter


# --- Writing -------------------------------------------------------------------------------------


def write_record(record: Record | Step) -> Fields:
    """Return a record as plain data, as files and requests hold it: what it says and nothing else.

    Raises ``InvalidRecord`` for what could not be read again.

    >>> write_record(Record("kidney_biopsy_reported", {"ln_class": "IV"}, day=9))
    {'event': 'kidney_biopsy_reported', 'day': 9, 'ln_class': 'IV'}
    """
    fields = fields_with_dates(record)
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in fields.items()}


def fields_with_dates(record: Record | Step) -> Fields:
    """Return a record as plain data, with a date as TOML has it."""
    event = record.event.name if isinstance(record.event, Event) else record.event
    findings: Fields = {}
    for name, value in map(_write_finding, record.findings):
        if name in RESERVED:
            raise InvalidRecord(Problem(f"{name}: this is a part of a record, and no finding", name))
        if name in findings:
            raise InvalidRecord(Problem(f"{name} is given twice: leave one out", name))
        findings[name] = value
    reasons = dict(record.override) if isinstance(record.override, Mapping) else record.override
    rest = {"override": reasons, "to": record.to, "inferred": record.inferred}
    parts = {"event": event, "day": write_day(record.day), "on": record.on, **findings, **rest}
    fields = {name: value for name, value in parts.items() if value is not None}
    if isinstance(record, Record):
        read_record(fields)
    return fields


def write_day(day: Day) -> int | str | None:
    """Return a day, or a number of days, as files hold it."""
    if day is SAME_DAY:
        return str(SAME_DAY.value)
    return str(day) if isinstance(day, Approximate) else day


def _write_finding(finding: Finding | tuple[str, object]) -> tuple[str, object]:
    if isinstance(finding, Finding):
        return finding.fact.name, finding.fact.write(finding.stored)
    name, value = finding
    return name, _plain(name, value)


def _plain(name: str, value: object) -> object:
    """Return a value as given by name, if JSON and TOML can hold it."""
    if isinstance(value, tuple):
        return [_plain(name, each) for each in cast("tuple[object, ...]", value)]
    if isinstance(value, Decimal):
        return str(value)
    if value is None or isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise InvalidRecord(Problem(f"{name}: {brief(value)} cannot be written to a file", name))


# --- Replaying what was read ---------------------------------------------------------------------


def replayed(pathway: Pathway, records: tuple[Record, ...], began: date | None, origin: Origin) -> Journey:
    """Return the journey that a document tells.

    Raises ``InvalidFile`` with the place of everything that cannot be recorded, in the whole
    document; and ``ReplayStopped`` where the pathway refuses an event and all that follows can
    be recorded.
    """
    try:
        return Journey.replay(pathway, records, began=began)
    except ReplayStopped as stopped:
        wrong = tuple(islice(_misuse(stopped, records, origin), MOST_PROBLEMS))
        if not wrong:
            raise
        raise InvalidFile(*wrong) from stopped


def _misuse(stopped: ReplayStopped, records: tuple[Record, ...], origin: Origin) -> Iterable[Problem]:
    """Yield what cannot be recorded: at the event that stopped the replay, and after it."""
    refused = stopped.reason.problems if isinstance(stopped.reason, InvalidRecord) else ()
    for index, record in enumerate(records[stopped.index :], stopped.index):
        day = None if record.day is SAME_DAY else record.day
        later = attrs.evolve(record, override=None, to=None, day=day)
        for problem in refused if index == stopped.index else stopped.journey.misuse(later):
            yield origin.problem(problem.text, f"events[{index}].{problem.where}".rstrip("."))
