"""Documents: parsed strictly, structured by cattrs, and what is wrong in them told with its place."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import date, datetime
from enum import Enum
from functools import cached_property
from itertools import islice
from types import GenericAlias
from typing import Any, TypeAlias, TypeVar, cast, get_args, get_origin, get_type_hints

import attrs
from cattrs import (
    BaseValidationError,
    ClassValidationError,
    Converter,
    ForbiddenExtraKeysError,
    IterableValidationError,
)
from cattrs.errors import AttributeValidationNote

from hscpath.errors import InvalidFile, InvalidRecord, PathwayError, Problem, brief, did_you_mean, says_something

Fields: TypeAlias = dict[str, Any]
Document = TypeVar("Document")


# --- Where something is --------------------------------------------------------------------------


@attrs.frozen
class Origin:
    """A document by its name, to say where in it something is wrong.

    A place in a document is written as a path from its top: ``"events[3].upcr"``.
    """

    name: str

    def problem(self, what: str, where: str = "") -> Problem:
        """Return a problem with its line, or its place in words where lines mean nothing."""
        line = self.line_of(where) if where else None
        if line is not None:
            return Problem(f"{self.name}, line {line}: {what}", where)
        return Problem(f"{self.name}: {what}" + (f" @ $.{where}" if where else ""), where)

    def line_of(self, where: str) -> int | None:  # noqa: ARG002 - a text knows its lines, a document does not
        """Return the line of a place, from 1; ``None`` where lines mean nothing."""
        return None


_EVENT = re.compile(r"events\[(\d+)\]\.?(.*)", re.DOTALL)
_TOML_TEXTS = re.compile(r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*', re.DOTALL)


@attrs.frozen(slots=False)
class Toml(Origin):
    """A TOML text that could be parsed, to find the line of what is wrong in it."""

    text: str = attrs.field(repr=False)

    def line_of(self, where: str) -> int | None:
        """Return the line of an entry at the top, of an event's table, or of an entry in that."""
        event = _EVENT.fullmatch(where)
        if event is None:
            top = re.split(r"[.\[]", where, maxsplit=1)[0]
            return self._entry(rf"\[?\s*[\"']?{re.escape(top)}[\"']?\s*[=\].]", range(len(self._lines)))
        tables, number = self._tables, int(event[1])
        if number >= len(tables):
            return None
        start, entry = tables[number], re.escape(event[2])
        body = range(start + 1, (*tables, len(self._lines))[number + 1])
        line = self._entry(rf"(\[\s*events\s*\.\s*)?[\"']?{entry}[\"']?\s*[=.\]]", body) if entry else None
        return line or start + 1

    def _entry(self, pattern: str, among: Iterable[int]) -> int | None:
        entry = re.compile(r"\s*" + pattern)
        return next((at + 1 for at in among if entry.match(self._lines[at])), None)

    @cached_property
    def _lines(self) -> list[str]:
        """The lines, those inside a text of several lines left empty."""
        return _TOML_TEXTS.sub(lambda text: "\n" * text[0].count("\n") or text[0], self.text).split("\n")

    @cached_property
    def _tables(self) -> list[int]:
        table = re.compile(r"\s*\[\[\s*[\"']?events[\"']?\s*\]\]")
        return [at for at, line in enumerate(self._lines) if table.match(line)]


@attrs.frozen
class Lines(Origin):
    """A text of JSON Lines: a first line about the whole, then one line for each event."""

    numbers: tuple[int, ...]
    """The number of each line that is not blank."""

    def line_of(self, where: str) -> int | None:
        """Return the line of an event, or the first for what is about the whole."""
        event = _EVENT.fullmatch(where)
        return next(iter(self.numbers[int(event[1]) + 1 if event else 0 :]), None)


# --- Parsing -------------------------------------------------------------------------------------


def as_text(text: str | bytes, name: str) -> str:
    """Return a text, also from the bytes of a file or request; raise ``InvalidFile`` where they are none."""
    try:
        decoded = text.decode("utf-8") if isinstance(text, bytes) else text
    except UnicodeDecodeError as error:
        raise InvalidFile(f"{name}: not text in UTF-8 ({error.reason} at byte {error.start})") from None
    return decoded.removeprefix("\ufeff").replace("\r\n", "\n")


def parsed_json(text: str | bytes, name: str) -> object:
    """Return what a JSON text holds; raise ``InvalidFile`` where it is none, doubled or too deep."""
    return _parsed(as_text(text, name), name, _read_json, "a JSON document", str)


def parsed_toml(text: str, name: str) -> Fields:
    """Return what a TOML text holds; raise ``InvalidFile`` where it is none, doubled or too deep."""
    return cast("Fields", _parsed(text, name, tomllib.loads, "TOML", _toml_hint))


def _parsed(text: str, name: str, parse: Callable[[str], object], kind: str, hint: Callable[[str], str]) -> object:
    try:
        return parse(text)
    except RecursionError:
        problem = "nested too deeply"
    except ValueError as error:
        problem = hint(str(error))
    raise InvalidFile(f"{name}: this is not {kind}: {problem}")


def _read_json(text: str) -> object:
    document: object = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    if "\\u" in text:
        json.dumps(document, ensure_ascii=False).encode()  # raises for half a character
    return document


def _toml_hint(problem: str) -> str:
    if "twice" in problem or "overwrite" in problem:
        return f"{problem}; an entry stands once in a table, and an event has one [events.override] for all its reasons"
    return f"{problem}; text needs straight quotation marks"


def _no_duplicates(pairs: list[tuple[str, object]]) -> Fields:
    table = dict(pairs)
    if len(table) < len(pairs):
        names: list[str] = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"{', '.join(map(brief, twice))} is given more than once")
    return table


def _no_constant(constant: str) -> None:
    raise ValueError(f"{constant} is no value; leave out what is not known")


# --- Plain values --------------------------------------------------------------------------------


def read_text(text: object) -> str:
    """Return a text that says something, in characters that can be written again."""
    if says_something(text):
        return cast("str", text)
    if isinstance(text, str) and text.strip():
        raise ValueError(f"{brief(text)} holds half a character: write it in UTF-8")
    raise ValueError(f"{brief(text)} is no text: write some words in quotation marks")


def read_date(on: object) -> date:
    """Return a date, as TOML or an ISO text has it."""
    if isinstance(on, str):
        with suppress(ValueError):
            if date.fromisoformat(on).isoformat() == on:
                return date.fromisoformat(on)
    elif isinstance(on, date) and not isinstance(on, datetime):
        return on
    raise ValueError(f"{brief(on)} is no date: write year-month-day, as in 2026-11-22")


class Follows(ValueError):
    """A mistake that only follows from another one, which is told."""


# --- Structuring, by cattrs ----------------------------------------------------------------------


def strict_converter() -> Converter:
    """Return a converter that takes nothing for what it is not, and tells what could stand for an enumeration."""
    converter = Converter(forbid_extra_keys=True)
    converter.register_structure_hook(str, lambda value, _: read_text(value))
    converter.register_structure_hook(date, lambda value, _: read_date(value))

    def is_series(annotation: Any) -> bool:
        return get_origin(annotation) in (tuple, frozenset)

    def listed(value: Any, annotation: Any) -> Any:
        if not isinstance(value, list):
            raise ValueError(f"{brief(value)} is no list: write one in square brackets")
        several: Any = GenericAlias(list, get_args(annotation)[:1])
        return get_origin(annotation)(converter.structure(value, several))

    def chosen(value: object, kind: type[Enum]) -> Enum:
        known = [member.value for member in kind]
        if value not in known:
            raise ValueError(f"{brief(value)} is not known here; {did_you_mean(value, known)}")
        return kind(value)

    converter.register_structure_hook_func(is_series, listed)
    converter.register_structure_hook_func(lambda kind: isinstance(kind, type) and issubclass(kind, Enum), chosen)
    return converter


_LONGEST_STEP = 200


def check_format(document: object, kind: type, origin: Origin) -> Fields:
    """Return a document that says it is of this format and version; raise ``InvalidFile`` if not."""
    hints = get_type_hints(kind)
    (known_format,), (known_version,) = get_args(hints["format"]), get_args(hints["version"])
    fields = cast("Fields", document) if isinstance(document, dict) else {}
    if fields.get("format") != known_format:
        raise InvalidFile(origin.problem(f"this was not saved as {known_format!r}: 'format' should say so", "format"))
    version = fields.get("version")
    if version != known_version or isinstance(version, bool):
        what = f"version {brief(version)} of the format is not known here, only {known_version}: "
        what += "read it with the hscpath that wrote it, or a newer one"
        raise InvalidFile(origin.problem(what, "version"))
    return fields


def saved_document(table: object, kind: type[Document], converter: Converter, origin: Origin) -> Document:
    """Return a document that says it is of this format and version as an object; raise ``InvalidFile`` if not."""
    return structured(check_format(table, kind, origin), kind, converter, origin)


def structured(table: object, kind: type[Document], converter: Converter, origin: Origin) -> Document:
    """Return a document as an object; raise one ``InvalidFile`` with everything that is wrong in it."""
    try:
        return converter.structure(table, kind)
    except (BaseValidationError, ValueError, RecursionError) as error:
        raise InvalidFile(*problems_from(error, origin)) from None


def problems_from(error: BaseException, origin: Origin, where: str = "") -> list[Problem]:
    """Return every problem that an error of cattrs holds, each with its place."""
    try:
        return [origin.problem(what, place) for what, place in islice(_leaves(error, where), MOST_PROBLEMS)]
    except RecursionError:
        return [origin.problem("nested too deeply", where)]


MOST_PROBLEMS = 200
"""How many problems of one document are worth telling: who has mended these will ask again."""


def _leaves(error: BaseException, where: str) -> Iterator[tuple[str, str]]:
    """Yield what is wrong and its path, down to the last part of what is nested."""
    match error:
        case ClassValidationError() | IterableValidationError():
            noted, others = error.group_exceptions()
            for part, note in noted:
                step = note.name if isinstance(note, AttributeValidationNote) else f"[{note.index!r}]"
                yield from _leaves(part, _joined(where, step))
            for part in others:
                yield from _leaves(part, where)
        case RecursionError():
            raise error
        case Follows():
            return
        case InvalidRecord() | PathwayError():
            yield from ((problem.text, _joined(where, problem.where)) for problem in error.problems)
        case KeyError():
            yield f"{error.args[0]!r} is missing", where
        case ForbiddenExtraKeysError():
            known = [field.name for field in attrs.fields(error.cl) if not field.name.startswith("_")]
            for key in sorted(error.extra_fields):
                yield f"{brief(key)} is not known here; {did_you_mean(key, known)}", _joined(where, key)
        case ValueError():
            yield str(error), where
        case _:
            yield "this has the wrong shape", where


def _joined(where: str, step: str) -> str:
    if not step.isprintable() or len(step) > _LONGEST_STEP:
        step = brief(step)
    return f"{where}.{step}" if where and step and not step.startswith("[") else where + step
