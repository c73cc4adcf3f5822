"""A pathway as JSON: facts, events, states, sources and named criteria once each, guards as tagged trees.

It may carry invariants. Each is a rule by the name of the function that makes it, of what it speaks of:
``{"name": ..., "rule": {"kind": "precedence", "of": [{"event": ...}, {"state": ...}], "within": 30}, ...}``.
"""

from __future__ import annotations

import json
from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import cache
from os import PathLike
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeAlias, Union, assert_never, cast, get_args, get_origin

import attrs
from cattrs import BaseValidationError, Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from hscpath import criteria
from hscpath import invariants as rules
from hscpath.citations import Citation
from hscpath.criteria import AllOf, AnyOf, Criterion, Event, EventGroup, Happened, IsTrue, Multiple, Not, SomeOf
from hscpath.errors import InvalidFile, PathwayError, Problem, brief, did_you_mean, number_of
from hscpath.files.documents import (
    Fields,
    Follows,
    Origin,
    parsed_json,
    problems_from,
    saved_document,
    strict_converter,
)
from hscpath.files.records import read_day, write_day
from hscpath.invariants import Activity, Breach, Closed, Either, Invariant, Lack, Phase, Rule
from hscpath.numbers import as_ratio
from hscpath.pathway import Pathway, Source, State, StateGroup, Transition

Kinds: TypeAlias = tuple[type, ...]


@attrs.frozen
class Title:
    """A pathway's name and version; the digest, where given, must be that of what follows."""

    name: str
    version: str
    digest: str | None = None


@attrs.frozen
class SavedPathway:
    """A pathway as a document. What has a name is on a shelf once, and elsewhere goes by its name."""

    format: Literal["hscpath pathway"]
    version: Literal[1]
    pathway: Title
    initial: str
    transitions: tuple[Fields, ...]
    day_zero: str | None = None
    day_counted: str = "day"
    sources: dict[str, Fields] = attrs.field(factory=dict[str, Fields])
    facts: dict[str, Fields] = attrs.field(factory=dict[str, Fields])
    events: dict[str, Fields] = attrs.field(factory=dict[str, Fields])
    states: dict[str, Fields] = attrs.field(factory=dict[str, Fields])
    criteria: dict[str, Fields] = attrs.field(factory=dict[str, Fields])
    invariants: tuple[Fields, ...] = ()


@attrs.frozen
class SavedRule:
    """A rule as a document: *kind* is the function that makes it, *of* what that is given."""

    kind: str
    of: list[Any]
    times: int = 1
    within: int | None = None


_SHELVES: Mapping[str, Kinds] = {
    "sources": (Citation,),
    "facts": get_args(criteria.Fact),
    "events": get_args(criteria.Occasion),
    "states": get_args(Source),
    "criteria": get_args(Criterion),
}
"""What is written once under its name, in the order in which one refers to another."""

_SHELF_OF = {kind: shelf for shelf, kinds in _SHELVES.items() for kind in kinds}
_KINDS: Mapping[str, Any] = {
    kind.__name__: kind
    for kind in (*_SHELF_OF, criteria.Tally, criteria.Baseline, criteria.Snapshot, Multiple, Transition, Invariant)
}
_UNTAGGED: Kinds = (Citation, Transition, Invariant)
"""What never stands where another kind might."""


def _name_of(thing: Any) -> str:
    """Return the name under which a thing stands on its shelf; unnamed criteria have none."""
    match thing:
        case Citation():
            return str(thing)
        case EventGroup() if thing.excluded:
            return f"after {thing.label}"
        case EventGroup() | StateGroup():
            return thing.label
        case _:
            return cast("str", thing.own_key if isinstance(thing, Criterion) else thing.name)


# --- Writing -------------------------------------------------------------------------------------


def pathway_to_json(pathway: Pathway, *, invariants: Iterable[Invariant] = (), indent: int | None = 2) -> str:
    """Return a pathway as JSON, whole: with labels, units, ranges, criteria and sources, and with its invariants.

    A limit is written with its unit; a reference is the name of what stands on a shelf. Raises
    ``PathwayError`` for a rule of a template that no function of ``hscpath.invariants`` makes.

    >>> from hscpath.lupus import PATHWAY
    >>> text = pathway_to_json(PATHWAY)
    >>> pathway_from_json(text) == PATHWAY
    True
    """
    shelves: dict[str, Fields] = {shelf: {} for shelf in _SHELVES}
    converter = _writer(shelves)
    document: Fields = {
        "format": "hscpath pathway",
        "version": 1,
        "pathway": {"name": pathway.name, "version": pathway.version, "digest": pathway.digest},
        "initial": converter.unstructure(pathway.initial),
        "day_zero": converter.unstructure(pathway.day_zero),
        "day_counted": pathway.day_counted,
        **shelves,
        "transitions": converter.unstructure(pathway.transitions),
    }
    rules_kept = [converter.unstructure(invariant) for invariant in invariants]
    if rules_kept:
        document["invariants"] = rules_kept
    return json.dumps(document, indent=indent, ensure_ascii=False)


def _writer(shelves: dict[str, Fields]) -> Converter:
    converter = Converter()
    converter.register_unstructure_hook(Fraction, str)

    def write(kind: Any) -> Callable[[Any], object]:
        plain: Callable[[Any], Fields] = make_dict_unstructure_fn(
            kind, converter, _cattrs_omit_if_default=True, **_overrides(kind)
        )
        tag = {} if kind in _UNTAGGED else {"kind": kind.__name__}

        def written(thing: Any) -> object:
            form = {**tag, **plain(thing), **(_in_units(thing) if isinstance(thing, Criterion | Multiple) else {})}
            name = _name_of(thing) if kind in _SHELF_OF else ""
            shelved = shelves[_SHELF_OF[kind]].setdefault(name, form) if name else None
            if shelved == form:
                return name
            return form["parts"] if form.keys() == {"kind", "parts"} and kind is AllOf else form

        return written

    converter.register_unstructure_hook_factory(lambda kind: kind in _KINDS.values(), write)
    converter.register_unstructure_hook(Rule, lambda rule: _write_rule(rule, converter))
    return converter


_MADE_BY: Mapping[str, Callable[..., Rule]] = {
    name: getattr(rules, name) for name in rules.__all__ if name.islower() and name not in ("check", "is_letter")
}
_COUNTED = ("existence", "absence", "exactly")
_OF_DATA: Mapping[str, tuple[Kinds, Kinds]] = {
    "whenever": (get_args(criteria.Occasion), get_args(Criterion)),
    "throughout": (get_args(Source), get_args(Criterion)),
    "never_closed": (get_args(Source), (Event,)),
}
"""What rules that need data are made of; the others are made of activities."""


def _write_rule(rule: Rule, converter: Converter) -> Fields:
    kind, times = rule.template.name.translate(_AS_A_NAME), 1
    of: tuple[object, ...] = rule.letters
    match rule.letters:
        case (Breach(event=event, guard=guard),):
            kind, of = "whenever", (event, guard)
        case (Lack(states=states, guard=guard),):
            kind, of = "throughout", (states, guard)
        case (Closed(states=states, event=event),):
            kind, of = "never_closed", (states, event)
        case _ if kind in _COUNTED:
            times = len(rule.template.table) - (2 if kind == "exactly" else 1)
        case _:
            pass
    if _made(kind, of, times, rule.days) != rule:
        raise PathwayError(f"{rule}: this rule has a template of its own, which no file can hold")
    form: Fields = {"kind": kind, "of": list(map(converter.unstructure, of))}
    if kind not in _OF_DATA:
        form["of"] = [_write_activity(cast("Activity", part), converter) for part in of]
    return form | ({"times": times} if times != 1 else {}) | ({"within": rule.days} if rule.days is not None else {})


_AS_A_NAME = str.maketrans(" -", "__")


def _made(kind: str, of: Iterable[object], times: int, days: int | None) -> Rule | None:
    """Return the rule that the function of this name makes of these parts; none if it cannot."""
    try:
        rule = _MADE_BY[kind](*of, **({"times": times} if times != 1 else {}))
    except (KeyError, TypeError):
        return None
    return rule if days is None else rule.within(days)


def _write_activity(activity: Activity, converter: Converter) -> Fields:
    match activity:
        case Phase():
            return {"phase": activity.name}
        case Either():
            return {"label": activity.label, "any": [_write_activity(each, converter) for each in activity.activities]}
        case Event() | EventGroup():
            return {"event": converter.unstructure(activity)}
        case State() | StateGroup():
            return {"state": converter.unstructure(activity)}
        case _:
            assert_never(activity)


_SPOKEN_OF: Mapping[str, Kinds] = {"event": get_args(criteria.Occasion), "state": get_args(Source)}


def _overrides(kind: type) -> Fields:
    """Return the parts of a kind that stand in a file otherwise than their types and names say."""
    days = override(struct_hook=lambda days, _: days if days is None else read_day(days), unstruct_hook=write_day)
    key: Fields = {"own_key": override(rename="key")} if issubclass(kind, Criterion | EventGroup) else {}
    as_written: Fields = {"plus": override(struct_hook=lambda amount, _: amount)} if kind is Multiple else {}
    return key | as_written | (dict.fromkeys(("at_least_ago", "at_most_ago"), days) if kind is Happened else {})


def _in_units(thing: Criterion | Multiple) -> Fields:
    """Return what people read otherwise than it is stored: sizes with their units, options in order."""
    match thing:
        case criteria.Compare(fact=fact, limit=int() as limit):
            return {"limit": fact.measure.write(limit)}
        case Multiple(fact=fact, plus=int() as plus) if plus:
            return {"plus": fact.measure.write(plus)}
        case criteria.OneOf():
            return {"options": thing.choice.ordered(thing.options)}
        case criteria.Compare() | Multiple() | IsTrue() | Happened() | AllOf() | AnyOf() | SomeOf() | Not():
            return {}
        case _:
            assert_never(thing)


# --- Reading -------------------------------------------------------------------------------------


def read_pathway(path: str | PathLike[str]) -> Pathway:
    """Read a pathway from a JSON file; raise ``InvalidFile`` with everything that is wrong, or ``OSError``."""
    return pathway_from_json(Path(path).read_bytes(), name=str(path))


def invariants_from_json(text: str | bytes, *, name: str = "pathway") -> tuple[Invariant, ...]:
    """Return the invariants that a pathway carries as JSON; raise ``InvalidFile`` as ``pathway_from_json`` does."""
    return whole_from_json(text, name)[1]


def pathway_from_json(text: str | bytes, *, name: str = "pathway") -> Pathway:
    """Return the pathway that ``pathway_to_json`` wrote, or that people wrote like it.

    Raises one ``InvalidFile`` with the place of everything that is wrong.
    """
    return whole_from_json(text, name)[0]


def whole_from_json(text: str | bytes, name: str) -> tuple[Pathway, tuple[Invariant, ...]]:
    """Return a pathway and the invariants that it carries."""
    origin = Origin(name)
    document = saved_document(parsed_json(text, name), SavedPathway, _converter(), origin)
    return _PathwayReading(document, origin).whole()


_PLAIN = {str: "text", bool: "true or false", int: "whole number"}


def _typed(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise ValueError(f"{brief(value)} is no {_PLAIN[kind]}")
    return value


def _converter() -> Converter:
    """Return a converter that takes nothing for what it is not, and any text for a text."""
    converter = strict_converter()
    for kind in _PLAIN:
        converter.register_structure_hook(kind, _typed)
    return converter


class _PathwayReading:
    """One document as it is read: what stands on the shelves so far, and what was wrong."""

    def __init__(self, document: SavedPathway, origin: Origin) -> None:
        self.document = document
        self.origin = origin
        self.problems: list[Problem] = []
        self.things: dict[str, Fields] = {shelf: {} for shelf in _SHELVES}
        self.converter = _converter()
        self.converter.register_structure_hook_func(lambda kind: bool(_kinds_in(kind)), self._read)
        self.converter.register_structure_hook(Fraction, lambda value, _: as_ratio(value))
        self.converter.register_structure_hook(Rule, self._rule)
        self.reader: Callable[[Any], Callable[..., Any]] = cache(self._reader)
        self.sizes: dict[int, int] = {}

    def whole(self) -> tuple[Pathway, tuple[Invariant, ...]]:
        """Return the pathway and its invariants, or raise everything that is wrong with them."""
        document = self.document
        for shelf, kinds in _SHELVES.items():
            for name, form in getattr(document, shelf).items():
                self.things[shelf][name] = self._named(name, form, kinds, f"{shelf}[{name!r}]")
        rows = [self._part(form, (Transition,), f"transitions[{n}]") for n, form in enumerate(document.transitions)]
        initial = self._part(document.initial, (State,), "initial")
        day_zero = None if document.day_zero is None else self._part(document.day_zero, (Event,), "day_zero")
        kept = [self._part(form, (Invariant,), f"invariants[{n}]") for n, form in enumerate(document.invariants)]
        if self.problems:
            raise InvalidFile(*self.problems)
        title = document.pathway
        try:
            pathway = Pathway(
                title.name, title.version, initial, rows, day_zero=day_zero, day_counted=document.day_counted
            )
        except (PathwayError, RecursionError) as error:
            raise InvalidFile(*problems_from(error, self.origin)) from None
        if title.digest not in (None, pathway.digest):
            what = f"it says that it decides as {title.digest}, but it decides as {pathway.digest}: it was changed"
            what += " after it was saved; leave the digest out if that was meant"
            raise InvalidFile(self.origin.problem(what, "pathway.digest"))
        return pathway, tuple(kept)

    def _named(self, name: str, form: object, kinds: Kinds, where: str) -> Any:
        """Return what stands on a shelf under a name, which has to be its own."""
        thing = self._part(form, kinds, where)
        if thing is not None and _name_of(thing) not in (name, ""):
            self.problems.append(self.origin.problem(f"this stands under {name!r}, and is {_name_of(thing)!r}", where))
        return thing

    def _part(self, form: object, kinds: Kinds, where: str) -> Any:
        """Return one part of the document; where it is wrong, note why, and return nothing."""
        try:
            return self._of_kinds(form, kinds)
        except (BaseValidationError, ValueError, RecursionError) as error:
            self.problems += problems_from(error, self.origin, where)
        return None

    def _read(self, form: Any, annotation: Any) -> Any:
        """Return what stands where one of several kinds may: a hook of the converter."""
        members = get_args(annotation)
        if (form is None and NoneType in members) or (int in members and not isinstance(form, dict)):
            return form
        return self._of_kinds(form, _kinds_in(annotation))

    def _of_kinds(self, form: Any, kinds: Kinds) -> Any:
        """Return a thing of one of these kinds: by its name, or written out in full."""
        if isinstance(form, str):
            return self._by_name(form, kinds)
        if isinstance(form, list) and AllOf in kinds:
            return self._of_kinds({"kind": AllOf.__name__, "parts": form}, kinds)
        if not isinstance(form, dict):
            raise ValueError(f"{brief(cast('object', form))} is no {_called(kinds)}: write its name, or a table")
        fields = cast("Fields", form)
        tag = fields.get("kind", kinds[0].__name__ if len(kinds) == 1 else None)
        kind = _KINDS.get(tag) if isinstance(tag, str) else None
        if kind is None or kind not in kinds:
            raise ValueError(f"the kind {brief(tag)} is no {_called(kinds)}")
        thing = self.reader(kind)({name: value for name, value in fields.items() if name != "kind"}, kind)
        return self._of_bearable_size(_in_resolution(thing) if isinstance(thing, Criterion | Multiple) else thing)

    def _of_bearable_size(self, thing: Any) -> Any:
        """Return a thing that is not so large, written out in full, that it could never be worked with."""
        size = self.sizes[id(thing)] = 1 + sum(
            self.sizes[id(part)] for part in (thing.parts if isinstance(thing, Criterion) else ())
        )
        if size > _LARGEST:
            raise ValueError(f"written out in full, this holds more than {_LARGEST} criteria")
        return thing

    def _by_name(self, name: str, kinds: Kinds) -> Any:
        known = ChainMap(*(self.things[shelf] for shelf in {_SHELF_OF[kind] for kind in kinds if kind in _SHELF_OF}))
        if name not in known:
            raise ValueError(f"{brief(name)} is no {_called(kinds)} given before; {did_you_mean(name, known)}")
        thing = known[name]
        if thing is None:
            raise Follows
        if not isinstance(thing, kinds):
            raise ValueError(f"{brief(name)} is a {type(thing).__name__}, and no {_called(kinds)}")
        return thing

    def _rule(self, form: object, _: object) -> Rule:
        saved = self.converter.structure(form, SavedRule)
        if saved.kind not in _MADE_BY:
            raise ValueError(f"{brief(saved.kind)} is no rule; {did_you_mean(saved.kind, _MADE_BY)}")
        data = _OF_DATA.get(saved.kind, ())
        parts = [*map(self._of_kinds, saved.of, data), *saved.of[2:]] if data else list(map(self._activity, saved.of))
        rule = _made(saved.kind, parts, saved.times, saved.within)
        if rule is None:
            also = " and 'times'" if saved.times != 1 else ""
            raise ValueError(f"the rule {saved.kind!r} is not made of {number_of(len(saved.of), 'part')}{also}")
        return rule

    def _activity(self, form: Any) -> Activity:
        match form:
            case {"event": name} | {"state": name} if len(form) == 1:
                return cast("Activity", self._of_kinds(name, _SPOKEN_OF[next(iter(form))]))
            case {"phase": phase} if len(form) == 1:
                return Phase(_typed(phase, str))
            case {"any": [*parts], "label": label} if len(form) == 2:
                return Either(_typed(label, str), tuple(map(self._activity, parts)))
            case _:
                raise ValueError(f"{brief(form)} is no event, state or phase: write {_ACTIVITIES}")

    def _reader(self, kind: Any) -> Callable[..., Any]:
        return make_dict_structure_fn(kind, self.converter, **_overrides(kind))


_LARGEST = 5000
_ACTIVITIES = '{"event": ...}, {"state": ...}, {"phase": ...} or {"label": ..., "any": [...]}'


def _in_resolution(thing: Criterion | Multiple) -> Criterion | Multiple:
    """Return a thing with what was read as people write it turned into what is stored, and checked."""
    match thing:
        case criteria.Compare():
            verb = getattr(thing.fact, thing.relation.name.lower())
            return attrs.evolve(thing, limit=verb(thing.limit).limit)
        case Multiple():
            return attrs.evolve(thing, plus=thing.fact.measure.exactly(thing.plus))
        case criteria.OneOf():
            return attrs.evolve(thing, options=thing.choice.checked(thing.options))
        case IsTrue() | Happened() | AllOf() | AnyOf() | SomeOf() | Not():
            return thing
        case _:
            assert_never(thing)


def _kinds_in(annotation: Any) -> Kinds:
    """Return the kinds that may stand where this annotation is; none if it is about something else."""
    members = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    return tuple(kind for kind in members if kind in _KINDS.values())


def _called(kinds: Kinds) -> str:
    """Return what people call a thing of these kinds."""
    return "criterion" if issubclass(kinds[0], Criterion) else " or ".join(kind.__name__ for kind in kinds)
