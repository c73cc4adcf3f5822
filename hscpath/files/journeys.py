"""Journeys saved: as one JSON document, as JSON Lines (a log that grows by a line an event), and as TOML."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Literal

import attrs
import tomli_w

from hscpath.errors import InvalidFile, Problem
from hscpath.files.documents import (
    MOST_PROBLEMS,
    Fields,
    Lines,
    Origin,
    Toml,
    as_text,
    check_format,
    parsed_json,
    parsed_toml,
    saved_document,
)
from hscpath.files.records import fields_with_dates, records_converter, replayed, write_record
from hscpath.journey import Journey, PathwayChanged, Record, Step
from hscpath.pathway import Pathway


@attrs.frozen
class Reference:
    """The pathway that a document was written under: its name, its version, and what it decides."""

    name: str
    version: str
    digest: str


@attrs.frozen
class SavedJourney:
    """A journey as a document: the pathway, the date of day 0, and the events in order."""

    format: Literal["hscpath journey"]
    version: Literal[1]
    pathway: Reference
    events: tuple[Record, ...]
    began: date | None = None


_CONVERTER = records_converter()


def _head(journey: Journey) -> Fields:
    pathway = journey.pathway
    head: Fields = {
        "format": "hscpath journey",
        "version": 1,
        "pathway": {"name": pathway.name, "version": pathway.version, "digest": pathway.digest},
    }
    return head if journey.began is None else {**head, "began": journey.began}


def _json(fields: Fields, indent: int | None = None) -> str:
    return json.dumps(fields, indent=indent, ensure_ascii=False, default=date.isoformat)


# --- One document --------------------------------------------------------------------------------


def to_json(journey: Journey, *, indent: int | None = 2) -> str:
    """Return a journey as one JSON document, with the name, version and digest of its pathway."""
    return _json({**_head(journey), "events": list(map(write_record, journey.steps))}, indent)


def from_json(text: str | bytes, pathway: Pathway, *, name: str = "journey") -> Journey:
    """Return the journey that ``to_json`` saved, by replaying it.

    Raises ``InvalidFile`` for what is no such document or cannot be recorded, ``PathwayChanged``
    (which carries every record) if the pathway decides differently now, and ``ReplayStopped`` if
    the journey could never have happened.
    """
    return _loaded(parsed_json(text, name), pathway, Origin(name))


def to_toml(journey: Journey) -> str:
    """Return a journey as TOML, for people to read and edit."""
    return toml_of(_head(journey), journey.steps)


def from_toml(text: str | bytes, pathway: Pathway, *, name: str = "journey") -> Journey:
    """Return the journey that ``to_toml`` saved, by replaying it; raise as ``from_json`` does."""
    text = as_text(text, name)
    return _loaded(parsed_toml(text, name), pathway, Toml(name, text))


def toml_of(head: Fields, events: tuple[Record | Step, ...]) -> str:
    """Return a document with events as TOML, each event a table of its own."""
    top: Fields = head if events else {**head, "events": []}
    return "\n".join([tomli_w.dumps(top), *map(_event_table, events)])


def _event_table(record: Record | Step) -> str:
    return tomli_w.dumps({"events": fields_with_dates(record)}).replace("[events]", "[[events]]", 1)


# --- A line an event -----------------------------------------------------------------------------


def to_json_lines(journey: Journey) -> str:
    """Return a journey as JSON Lines: the first says what it is, and each other is an event.

    The next step adds a line, and changes none: ``json_line(journey.steps[-1])``.
    """
    return "".join([_json(_head(journey)) + "\n", *map(json_line, journey.steps)])


def json_line(record: Record | Step) -> str:
    r"""Return a record as a line of JSON Lines.

    >>> json_line(Record("died", day=9))
    '{"event": "died", "day": 9}\n'
    """
    return _json(write_record(record)) + "\n"


def from_json_lines(text: str | bytes | Iterable[str], pathway: Pathway, *, name: str = "journey") -> Journey:
    """Return the journey that JSON Lines tell, given as a text or line by line; raise as ``from_json`` does."""
    lines = as_text(text, name).split("\n") if isinstance(text, str | bytes) else text
    held = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    read: list[object] = []
    problems: list[Problem] = []
    for number, line in held:
        try:
            read.append(parsed_json(line, f"{name}, line {number}"))
        except InvalidFile as error:
            cure = "; if it was cut short as it was written, leave it out" if number == held[-1][0] else ""
            problems += [Problem(f"{problem}{cure}", problem.where) for problem in error.problems]
        if len(problems) >= MOST_PROBLEMS:
            break
    if problems:
        raise InvalidFile(*problems)
    origin = Lines(name, tuple(number for number, _ in held))
    head = check_format(read[0] if read else None, SavedJourney, origin)
    if "events" in head:
        raise InvalidFile(origin.problem("the events of a log stand on lines of their own", "events"))
    return _loaded({**head, "events": read[1:]}, pathway, origin)


# --- Loading -------------------------------------------------------------------------------------


def _loaded(document: object, pathway: Pathway, origin: Origin) -> Journey:
    saved = saved_document(document, SavedJourney, _CONVERTER, origin)
    if saved.pathway.digest != pathway.digest:
        raise PathwayChanged(
            f"{origin.name} was saved under {saved.pathway.name!r} version {saved.pathway.version} "
            f"({saved.pathway.digest}), which does not decide in all as {pathway.name!r} version "
            f"{pathway.version} ({pathway.digest}) does: replay its records",
            saved.events,
            saved.began,
        )
    return replayed(pathway, saved.events, saved.began, origin)
