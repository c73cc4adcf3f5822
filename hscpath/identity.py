"""What a thing is, apart from what it is called: one canonical form for digests, one table of words.

Both are read from the fields of attrs classes. A field that decides takes part in equality; a field
of words does not, and says so in its metadata. What a digest covers:

- every fact with its unit, range, resolution, the factor of each other unit, and its options;
- every event with what it must and may record, and every state with whether it is final;
- every row: source, event, target, and its criteria with their keys, limits, windows and ``since``.

It leaves out words (labels, names of criteria, names and labels of groups), sources, phases, and the
pathway's own name and version. A field that has its default is left out too, so a new field with a
default changes no digest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from fractions import Fraction
from typing import Any, TypeVar, cast

import attrs

from hscpath.errors import PathwayError, brief, did_you_mean, says_something

WORDS: Mapping[str, str] = {"words": "a text"}
"""The metadata of a field that holds what people read."""
OPTION_WORDS: Mapping[str, str] = {"words": "a text for each option"}
PHASE_WORDS: Mapping[str, str] = {"words": "a text", "shared": "phase"}
"""The metadata of a field whose words all states of one phase share."""

Thing = TypeVar("Thing")


def digest(*things: object) -> str:
    """Return a short name, of 128 bits, of everything that decides in some things, and of nothing else."""
    from hashlib import sha256

    return sha256(repr([canonical(thing) for thing in things]).encode()).hexdigest()[:32]


def canonical(thing: Any, *, inside: bool = False) -> object:
    """Return nested plain data that two things share if they decide alike; *inside* another, by its name."""
    if _has_fields(thing):
        fields = {field.name: field for field in _fields(thing) if field.eq and field.init}
        if inside and "name" in fields:
            return thing.name
        given = ((name, getattr(thing, name)) for name, field in fields.items() if _differs(thing, field))
        return (type(thing).__name__, *((name, canonical(value, inside=True)) for name, value in given))
    match thing:
        case Mapping():
            return tuple((key, canonical(value)) for key, value in sorted(cast("Mapping[str, object]", thing).items()))
        case tuple():
            return tuple(canonical(part, inside=True) for part in cast("tuple[object, ...]", thing))
        case frozenset():
            return tuple(sorted(cast("frozenset[str]", thing)))
        case Enum():
            return thing.name
        case Fraction():
            return str(thing)
        case bool() | str() | None:
            return thing
        case _:
            return int(thing)


def _fields(thing: object) -> Sequence[attrs.Attribute[Any]]:
    return cast("Sequence[attrs.Attribute[Any]]", attrs.fields(cast("Any", type(thing))))


def _has_fields(thing: object) -> bool:
    return attrs.has(cast("type", type(thing)))


def _differs(thing: object, field: attrs.Attribute[Any]) -> bool:
    """Return whether a field has another value than its default; one that is made of the thing itself always counts."""
    default: Any = field.default
    takes_self = getattr(default, "takes_self", None)  # nothing but a factory has an answer
    if takes_self:
        return True
    if takes_self is not None:
        default = default.factory()
    return bool(getattr(thing, field.name) != default)


# --- Words -----------------------------------------------------------------------------------------


def words_of(thing: object) -> dict[str, str]:
    """Return every text that people can be shown of a thing and of what it is made of, by its key."""
    found: dict[str, str] = {}
    for part in _parts(thing, set()):
        for key, _, _, text in _texts(part):
            found.setdefault(key, text)
    return found


def reworded(thing: Thing, words: Mapping[str, str]) -> Thing:
    """Return the same thing in other words: those that *words* gives by key, and else its own.

    Raises ``PathwayError`` for a key that the thing does not have, and for what is no text.
    """
    known = words_of(thing)
    problems = [f"there are no words {key!r}; {did_you_mean(key, known)}" for key in words if key not in known]
    problems += [f"{key}: {brief(text)} is no text" for key, text in words.items() if not says_something(text)]
    if problems:
        raise PathwayError(*problems)
    return cast("Thing", _reworded(thing, words, {}))


def _reworded(thing: Any, words: Mapping[str, str], done: dict[int, Any]) -> Any:
    if isinstance(thing, tuple):
        return tuple(_reworded(part, words, done) for part in cast("tuple[object, ...]", thing))
    if not _has_fields(thing):
        return thing
    if id(thing) not in done:
        fields = [field for field in _fields(thing) if field.init]
        changes = {field.name: _reworded(getattr(thing, field.name), words, done) for field in fields}
        for key, field, option, text in _texts(thing):
            said = words.get(key, text)
            if option:
                changes[field] = {**changes[field], option: said}
            else:
                changes[field] = said
        done[id(thing)] = type(thing)(**{str(field.alias): changes[field.name] for field in fields})
    return done[id(thing)]


def _parts(thing: Any, seen: set[int]) -> Iterator[Any]:
    """Yield a thing and everything it is made of, each once."""
    if isinstance(thing, tuple):
        for part in cast("tuple[object, ...]", thing):
            yield from _parts(part, seen)
    elif _has_fields(thing) and id(thing) not in seen:
        seen.add(id(thing))
        yield thing
        for field in _fields(thing):
            if field.init:
                yield from _parts(getattr(thing, field.name), seen)


def _texts(thing: Any) -> Iterator[tuple[str, str, str, str]]:
    """Yield the key of each text of a thing, the field and the option it is of, and the text."""
    key = f"{thing.shelf}.{thing.key}" if hasattr(thing, "shelf") else ""
    for field in _fields(thing):
        held, kind, shared = getattr(thing, field.name), field.metadata.get("words"), field.metadata.get("shared")
        if kind == OPTION_WORDS["words"]:
            for option in thing.options:
                yield f"{key}[{option}]", field.name, option, held.get(option, option)
        elif kind and held:
            own = key if field.name in ("label", "name") else f"{key}.{field.name}"
            yield f"{shared}.{getattr(thing, shared)}" if shared else own, field.name, "", held
