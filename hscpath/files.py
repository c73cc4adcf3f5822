"""Cases in TOML and journeys in JSON: reading them, writing them, and saying what is wrong.

Nothing in a file is ever run: a file names events, facts and criteria, and the caller says which
pathway they belong to.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, cast

import attrs
import tomli_w
from cattrs import BaseValidationError, Converter, ForbiddenExtraKeysError, transform_error
from cattrs.gen import make_dict_structure_fn, override

from hscpath.criteria import RESERVED, Citation, Event, Finding
from hscpath.days import SAME_DAY, Approximate
from hscpath.errors import InvalidFile, InvalidRecord, PathwayChanged, Problem, brief, did_you_mean
from hscpath.journey import Day, Journey, Record, ReplayStopped, Step
from hscpath.pathway import Pathway

JOURNEY_FORMAT, JOURNEY_VERSION = "hscpath journey", 1

Fields: TypeAlias = dict[str, Any]


# --- Records as plain data -----------------------------------------------------------------------


def _read_day(day: object) -> Day:
    if day == SAME_DAY.value:
        return SAME_DAY
    if isinstance(day, str):
        try:
            return Approximate(day)
        except ValueError:
            pass
    if isinstance(day, int) and not isinstance(day, bool):
        return day
    raise ValueError(f"{brief(day)} is no day: write a whole number, a time such as '36 months', or 'same day'")


def _write_day(day: Day) -> int | str | None:
    if day is SAME_DAY:
        return str(SAME_DAY.value)
    return str(day) if isinstance(day, Approximate) else day


def _read_date(on: object) -> date:
    if isinstance(on, str):
        try:
            return date.fromisoformat(on)
        except ValueError:
            pass
    elif isinstance(on, date) and not isinstance(on, datetime):
        return on
    raise ValueError(f"{brief(on)} is no date: write year-month-day, as in 2026-11-22")


def _read_text(text: object) -> str:
    if isinstance(text, str) and text.strip():
        return text
    raise ValueError(f"{brief(text)} is no text: write some words in quotation marks")


def _read_reasons(reasons: object) -> str | dict[str, str]:
    if isinstance(reasons, Mapping):
        table = cast("Mapping[str, object]", reasons)
        return {criterion: _read_text(reason) for criterion, reason in table.items()}
    return _read_text(reasons)


_RECORD_FIELDS = {
    "event": _read_text,
    "day": _read_day,
    "on": _read_date,
    "override": _read_reasons,
    "to": _read_text,
    "inferred": _read_text,
}


def _read_record(fields: object, _: object = None) -> Record:
    """Return the record of one table: its parts by name, and every other entry a finding."""
    if not isinstance(fields, Mapping):
        raise ValueError(f"{brief(fields)} is no event: write a table with the event and its findings")
    table = cast("Mapping[str, object]", fields)
    read: Fields = {}
    wrong = [] if "event" in table else ["event: say which event this is"]
    for name in _RECORD_FIELDS.keys() & table.keys():
        try:
            read[name] = _RECORD_FIELDS[name](table[name])
        except ValueError as error:
            wrong.append(f"{name}: {error}")
    findings = {name: value for name, value in table.items() if name not in RESERVED}
    if "findings" in table:
        wrong.append("findings: write each finding beside the event, under its own name")
    if wrong:
        raise ValueError("\n".join(sorted(wrong)))
    return Record(read.pop("event"), findings, **read)


def write_record(record: Record | Step) -> Fields:
    """Return a record as plain data, as files hold it: what it says and nothing else."""
    event = record.event.name if isinstance(record.event, Event) else record.event
    findings = {name: value for name, value in map(_write_finding, record.findings) if value is not None}
    reasons = record.override
    rest = {
        "override": dict(reasons) if isinstance(reasons, Mapping) else reasons,
        "to": record.to,
        "inferred": record.inferred,
    }
    when = {"day": _write_day(record.day), "on": record.on}
    fields = {"event": event, **when, **findings, **rest}
    return {name: value for name, value in fields.items() if value is not None}


def _write_finding(finding: Finding | tuple[str, object]) -> tuple[str, object]:
    if isinstance(finding, Finding):
        return finding.fact.name, finding.fact.write(finding.stored)
    return finding


# --- Cases ---------------------------------------------------------------------------------------


@attrs.frozen
class Case:
    """A patient's course as an educator writes it down: a title, a source, and events in order.

    *outcome* names the state that the case should end in. *began* is the date of day 0, needed
    only where events have dates.
    """

    title: str
    events: tuple[Record, ...]
    citation: Citation | None = None
    about: str = ""
    began: date | None = None
    outcome: str | None = None
    origin: _Origin | None = attrs.field(default=None, eq=False, repr=False)
    """The file that the case was read from, so that a problem can name its line."""

    def journey(self, pathway: Pathway) -> Journey:
        """Return the case as a journey on a pathway.

        Raises ``InvalidFile`` naming line and cure for everything that cannot be recorded, and
        ``ReplayStopped`` where the pathway refuses an event and all that follows can be recorded.
        """
        states = [state.name for state in pathway.states]
        if self.outcome is not None and self.outcome not in states:
            what = f"outcome: {self.outcome!r} is no state of this pathway; {did_you_mean(self.outcome, states)}"
            raise InvalidFile(Problem(f"{self._place('outcome')}: {what}", "outcome"))
        try:
            return Journey.replay(pathway, self.events, began=self.began)
        except ReplayStopped as stopped:
            wrong = tuple(self._misuse(stopped))
            if not wrong:
                raise
            raise InvalidFile(*wrong) from stopped

    def line_of(self, event: int, where: str = "") -> int | None:
        """Return the line of an event (counted from 0), or of one of its entries."""
        return None if self.origin is None else self.origin.line_of(event, where)

    def place_of(self, event: int, where: str = "") -> str:
        """Return the file and line of an event (counted from 0), or of one of its entries."""
        line = self.line_of(event, where)
        name = self.origin.name if self.origin else "case"
        return f"{name}, line {line}" if line else f"{name}, event {event + 1}"

    def _place(self, entry: str) -> str:
        """Return the file, and the line of an entry at its top."""
        line = self.origin and self.origin.line_of_entry(entry)
        return f"{self.origin.name}, line {line}" if self.origin and line else "case"

    def _misuse(self, stopped: ReplayStopped) -> Iterable[Problem]:
        """Yield what cannot be recorded: at the event that stopped the replay, and after it."""
        if isinstance(stopped.reason, InvalidRecord):
            yield from self._located(stopped.index, stopped.reason.problems)
        for index in range(stopped.index + 1, len(self.events)):
            event = self.events[index]
            day = None if event.day is SAME_DAY else event.day
            event = attrs.evolve(event, override=None, to=None, day=day)
            yield from self._located(index, stopped.journey.misuse(event))

    def _located(self, event: int, problems: Iterable[Problem]) -> Iterable[Problem]:
        for problem in problems:
            place = self.place_of(event, problem.where)
            yield Problem(f"{place}: {problem}", f"events[{event}].{problem.where}".rstrip("."))


@attrs.frozen(eq=False, repr=False)
class _Origin:
    """The text of a file, to find the line of what is wrong in it."""

    name: str
    text: str

    def line_of_entry(self, entry: str) -> int | None:
        """Return the line of an entry at the top of the file; from 1."""
        for at, line in enumerate(self.text.split("\n")):
            if self._starts(rf"\[?\s*[\"']?{re.escape(entry)}[\"']?\s*[=\]]", line, at):
                return at + 1
        return None

    def line_of(self, event: int, where: str) -> int | None:
        """Return the line of the event's table, or of the entry *where* in it; from 1."""
        lines = self.text.split("\n")
        tables = [at for at, line in enumerate(lines) if self._starts(r"\[\[\s*events\s*\]\]", line, at)]
        if event >= len(tables):
            return None
        start = tables[event]
        end = tables[event + 1] if event + 1 < len(tables) else len(lines)
        entry = rf"(\[\s*events\s*\.\s*)?[\"']?{re.escape(where)}[\"']?\s*[=.\]]"
        for at in range(start + 1, end):
            if where and self._starts(entry, lines[at], at):
                return at + 1
        return start + 1

    def _starts(self, pattern: str, line: str, at: int) -> bool:
        """Return whether a line starts so, and is not inside a text of several lines."""
        if re.match(r"\s*" + pattern, line) is None:
            return False
        try:
            tomllib.loads("\n".join(self.text.split("\n")[:at]))
        except tomllib.TOMLDecodeError:
            return False
        return True


def read_case(path: str | PathLike[str]) -> Case:
    """Read a case from a TOML file; raise ``InvalidFile`` with line and cure, or ``OSError``."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidFile(f"{path}: not text in UTF-8 ({error.reason} at byte {error.start})") from None
    return parse_case(text, name=str(path))


def parse_case(text: str, *, name: str = "case") -> Case:
    """Read a case from TOML text.

    >>> case = parse_case('''
    ... title = "A first biopsy"
    ...
    ... [[events]]
    ... event = "nephritis_diagnosed"
    ... day = 0
    ... upcr = "3400 mg/g"
    ... ''')
    >>> case.events[0].findings
    (('upcr', '3400 mg/g'),)
    """
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        problem = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InvalidFile(f"{name}: this is not TOML ({_hint(problem)}): {problem}") from None
    origin = _Origin(name, text.replace("\r\n", "\n"))
    case = _structured(table, Case, name, origin)
    return attrs.evolve(case, origin=origin)


def _hint(problem: str) -> str:
    if "twice" in problem or "overwrite" in problem:
        return "an entry stands once in a table, and an event has one [events.override] for all its reasons"
    return "text needs straight quotation marks"


def write_case(case: Case) -> str:
    """Return a case as TOML text, which ``parse_case`` reads back as the same case."""
    head: Fields = {
        "title": case.title,
        "about": case.about or None,
        "began": case.began,
        "outcome": case.outcome,
        "citation": case.citation and _write_citation(case.citation),
        "events": None if case.events else [],
    }
    tables = [tomli_w.dumps({key: value for key, value in head.items() if value is not None})]
    for record in case.events:
        event = tomli_w.dumps({"events": write_record(record)})
        tables.append(event.replace("[events]", "[[events]]", 1))
    return "\n".join(tables)


def _write_citation(cite: Citation) -> Fields:
    fields = {"short": cite.short, "reference": cite.reference, "where": cite.where}
    certain = {"certainty": cite.certainty.value}
    return {name: value for name, value in {**fields, **certain}.items() if value}


# --- Journeys ------------------------------------------------------------------------------------


@attrs.frozen
class _SavedPathway:
    name: str
    version: str
    digest: str


@attrs.frozen
class _SavedJourney:
    format: str
    version: int
    pathway: _SavedPathway
    events: tuple[Record, ...]
    began: date | None = None


def to_json(journey: Journey, *, indent: int | None = 2) -> str:
    """Return a journey as JSON, with the name, version and digest of its pathway."""
    pathway = journey.pathway
    document: Fields = {
        "format": JOURNEY_FORMAT,
        "version": JOURNEY_VERSION,
        "pathway": {"name": pathway.name, "version": pathway.version, "digest": pathway.digest},
        "began": journey.began.isoformat() if journey.began else None,
        "events": [write_record(step) for step in journey.steps],
    }
    return json.dumps(document, indent=indent, ensure_ascii=False)


def from_json(text: str, pathway: Pathway, *, name: str = "journey") -> Journey:
    """Return the journey that ``to_json`` saved, by replaying it.

    Raises ``InvalidFile`` for what is no such document, ``PathwayChanged`` (which carries every
    record) if the pathway decides differently now, and ``ReplayStopped`` if the journey could
    never have happened.
    """
    try:
        document = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        problem = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InvalidFile(f"{name}: this is not a JSON document: {problem}") from None
    if not isinstance(document, dict) or cast("Fields", document).get("format") != JOURNEY_FORMAT:
        raise InvalidFile(f"{name}: this is not a journey saved by hscpath: 'format' should say so")
    version = cast("Fields", document).get("version")
    if version != JOURNEY_VERSION:
        raise InvalidFile(
            f"{name}: version {brief(version)} of the format is not known here, only "
            f"{JOURNEY_VERSION}: read it with the hscpath that wrote it, or a newer one"
        )
    saved = _structured(cast("Fields", document), _SavedJourney, name)
    if saved.pathway.digest != pathway.digest:
        raise PathwayChanged(
            f"{name} was saved under {saved.pathway.name!r} version {saved.pathway.version} "
            f"({saved.pathway.digest}), which decided differently from {pathway.name!r} version "
            f"{pathway.version} ({pathway.digest}): replay its records",
            saved.events,
            saved.began,
        )
    return Journey.replay(pathway, saved.events, began=saved.began)


def _no_duplicates(pairs: list[tuple[str, object]]) -> Fields:
    table = dict(pairs)
    if len(table) < len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"{', '.join(map(repr, twice))} is given more than once")
    return table


def _no_constant(constant: str) -> None:
    raise ValueError(f"{constant} is no value; leave out what is not known")


# --- Structuring, by cattrs ----------------------------------------------------------------------


def _converter() -> Converter:
    converter = Converter(forbid_extra_keys=True)
    converter.register_structure_hook(Record, _read_record)
    converter.register_structure_hook(str, lambda value, _: _read_text(value))
    converter.register_structure_hook(date, lambda value, _: _read_date(value))
    case = make_dict_structure_fn(Case, converter, origin=override(omit=True))
    converter.register_structure_hook(Case, case)
    return converter


_CONVERTER = _converter()
_Document = TypeVar("_Document", Case, _SavedJourney)


def _structured(table: Fields, kind: type[_Document], name: str, origin: _Origin | None = None) -> _Document:
    try:
        return _CONVERTER.structure(table, kind)
    except BaseValidationError as error:
        told = transform_error(error, format_exception=_in_words)
        raise InvalidFile(*(problem for text in told for problem in _placed(text, name, origin))) from None


def _in_words(error: BaseException, _: type | None) -> str:
    match error:
        case KeyError():
            return f"{error.args[0]!r} is missing"
        case ForbiddenExtraKeysError():
            known = [field.name for field in attrs.fields(error.cl) if field.name != "origin"]
            hints = (f"{key!r} is not known here; {did_you_mean(key, known)}" for key in sorted(error.extra_fields))
            return "; ".join(hints)
        case ValueError():
            return str(error)
        case _:
            return "this has the wrong shape: see the example cases"


def _placed(text: str, name: str, origin: _Origin | None) -> Iterable[Problem]:
    """Yield what is wrong in one place, each with its line in the file or its path in the document."""
    told, _, path = text.rpartition(" @ ")
    where = path.removeprefix("$").removeprefix(".")
    event = re.match(r"events\[(\d+)\]", where)
    for what in told.split("\n"):
        line = None
        if origin is not None:
            entry = what.split(":")[0]
            line = origin.line_of(int(event[1]), entry) if event else origin.line_of_entry(where)
        place = f"{name}, line {line}" if line else f"{name}, at {path}" if where else name
        yield Problem(f"{place}: {what}", where)
