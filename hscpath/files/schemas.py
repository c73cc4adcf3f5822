"""JSON Schemas of cases and saved journeys, made from the classes that read them.

An editor that knows the schema of a case offers events, findings, units and options while one
types. Whatever can be read fits its schema; what fits may still be refused by the pathway.
"""

from __future__ import annotations

import re
from datetime import date
from enum import Enum
from math import inf, nextafter
from types import NoneType, UnionType
from typing import Any, Literal, Union, assert_never, get_args, get_origin

import attrs

from hscpath.criteria import RESERVED, Choice, Event, Fact, Flag, Quantity
from hscpath.errors import some_of
from hscpath.files.cases import Case
from hscpath.files.documents import Fields
from hscpath.files.journeys import SavedJourney
from hscpath.journey import Record
from hscpath.pathway import Pathway

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_TEXT: Fields = {"type": "string", "pattern": r"\S"}
_DATE: Fields = {"type": "string", "format": "date"}
_REASONS: Fields = {"anyOf": [_TEXT, {"type": "object", "additionalProperties": _TEXT, "minProperties": 1}]}


def _or_nothing(value: Fields, about: str) -> Fields:
    return {"anyOf": [*value.get("anyOf", [value]), {"type": "null"}], "description": about}


_PARTS: Fields = {
    "event": {**_TEXT, "description": "What happened."},
    "day": {
        "type": ["integer", "string", "null"],
        "minimum": -999_999,
        "maximum": 999_999,
        "pattern": r"^\s*([-+]?\d{1,6}(\.\d{1,6})? \s*(weeks?|months?|years?)|same day)\s*$",
        "description": "A day counted from an origin of your choice, '36 months', or 'same day'.",
    },
    "on": _or_nothing(_DATE, "A date, where 'began' gives that of day 0."),
    "override": _or_nothing(_REASONS, "The reason for what is let through, or each criterion with its reason."),
    "to": _or_nothing(_TEXT, "The state it led to, where what is recorded leaves it open."),
    "inferred": _or_nothing(_TEXT, "Why it must have happened although the source does not say so."),
}
_SAID: Fields = {"not": {"type": "null"}}
_OPTION: Fields = {"type": ["string", "integer", "boolean"]}
_VALUE: Fields = {"anyOf": [{"not": {"type": ["object", "array"]}}, {"type": "array", "items": _OPTION}]}


def case_schema(pathway: Pathway | None = None) -> Fields:
    """Return the JSON Schema of a case; with a *pathway*, of one about its events and findings.

    >>> case_schema()["required"]
    ['title', 'events']
    """
    return _document(Case, pathway, "A case: a patient's course as events in order")


def journey_schema(pathway: Pathway | None = None) -> Fields:
    """Return the JSON Schema of a saved journey; with a *pathway*, of one on it."""
    return _document(SavedJourney, pathway, "A journey saved by hscpath")


def _document(kind: type, pathway: Pathway | None, title: str) -> Fields:
    facts = {} if pathway is None else {fact.name: _fact(fact) for fact in pathway.facts}
    defined = {"event": _record(pathway), **facts}
    made = _object(kind)
    if pathway is not None and "outcome" in made["properties"]:
        made["properties"]["outcome"] = {"enum": [*(state.name for state in pathway.states), None]}
    return {"$schema": DIALECT, "title": title, **made, "$defs": defined}


def _object(kind: type) -> Fields:
    """Return the schema of a class that cattrs reads: its fields, and nothing else."""
    attrs.resolve_types(kind)
    fields = [field for field in attrs.fields(kind) if not field.name.startswith("_")]
    return {
        "type": "object",
        "properties": {field.name: _schema(field.type) for field in fields},
        "required": [field.name for field in fields if field.default is attrs.NOTHING],
        "additionalProperties": False,
    }


def _schema(annotation: Any) -> Fields:
    members = get_args(annotation)
    if annotation is NoneType:
        return {"type": "null"}
    if get_origin(annotation) in (Union, UnionType):
        return {"anyOf": [_schema(member) for member in members]}
    if get_origin(annotation) is Literal:
        return {"const": members[0]}
    if get_origin(annotation) is tuple:
        return {"type": "array", "items": _schema(members[0])}
    if annotation is Record:
        return {"$ref": "#/$defs/event"}
    if attrs.has(annotation):
        return _object(annotation)
    if issubclass(annotation, Enum):
        return {"enum": [member.value for member in annotation]}
    return _DATE if annotation is date else _TEXT


def _record(pathway: Pathway | None) -> Fields:
    dated_twice = {"required": ["day", "on"], "properties": {"day": _SAID, "on": _SAID}}
    table: Fields = {
        "type": "object",
        "properties": _PARTS | dict.fromkeys(sorted(RESERVED - _PARTS.keys()), False),
        "required": ["event"],
        "not": dated_twice,
    }
    if pathway is None:
        return {**table, "additionalProperties": _VALUE}
    events = [{"const": event.name, "description": event.label} for event in pathway.events]
    states = [{"const": state.name, "description": state.label} for state in pathway.states]
    table["properties"] |= {"event": {"oneOf": events}, "to": {"anyOf": [{"oneOf": states}, {"type": "null"}]}}
    return {**table, "allOf": list(map(_event, pathway.events)), "unevaluatedProperties": False}


def _event(event: Event) -> Fields:
    """Return what is asked of a record of this event: the findings that it may have, and those it must."""
    findings = {fact.name: {"anyOf": [{"$ref": f"#/$defs/{fact.name}"}, {"type": "null"}]} for fact in event.facts}
    then: Fields = {"properties": findings}
    if event.must:
        stated = {"required": [fact.name for fact in event.must], "properties": {f.name: _SAID for f in event.must}}
        then["anyOf"] = [stated, {"required": ["inferred"], "properties": {"inferred": _SAID}}]
    return {"if": {"required": ["event"], "properties": {"event": {"const": event.name}}}, "then": then}


def _fact(fact: Fact) -> Fields:
    value: Fields
    match fact:
        case Quantity():
            value = {"anyOf": [_number(fact), {"type": "string", "pattern": _amount(fact)}]}
            about = f"{fact.label}, {fact.show_range()}; other units: {some_of(list(fact.units)) or 'none'}"
        case Flag():
            value, about = {"type": "boolean"}, f"true: {fact.label}; false: {fact.absent}"
        case Choice():
            value = {"type": ["string", "integer"], "examples": list(fact.options)}
            if fact.several:
                value = {"anyOf": [value, {"type": "array", "items": value, "minItems": 1}]}
            about = f"{fact.label}: {some_of(fact.options)}"
        case _:
            assert_never(fact)
    return {**value, "description": " ".join(filter(None, (about, fact.about)))}


def _amount(fact: Quantity) -> str:
    """Return the pattern of a number with one of the units that the quantity knows, or none."""
    known = ("".join(unit.split()) for unit in (fact.unit, fact.unit_shown, *fact.units))
    units = "|".join(r"\s*".join(map(re.escape, unit)) for unit in dict.fromkeys(known))
    return rf"^\s*[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{{1,4}})?\s*({units})?\s*$"


def _number(fact: Quantity) -> Fields:
    """Return the schema of a bare number: what rounds to a plausible value is one."""
    reach = fact.resolution / 2
    low, high = float(fact.low - reach), float(fact.high + reach)
    return {"type": "number", "minimum": nextafter(low, -inf), "maximum": nextafter(high, inf)}
