"""What people type: events by any words that mean one of them, findings as ``name=value``."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from contextlib import suppress
from typing import TypeVar, assert_never

from hscpath.criteria import Choice, Event, Fact, Flag, Quantity
from hscpath.decisions import Decision
from hscpath.errors import InvalidFinding, InvalidRecord, Problem, brief, did_you_mean, some_of
from hscpath.files import read_record
from hscpath.files.documents import Fields
from hscpath.journey import Journey
from hscpath.pathway import Pathway, State

Thing = TypeVar("Thing", Event, State, Fact)

_YES, _NO = ("yes", "y", "true"), ("no", "n", "false")


def thing_typed(words: str, things: Iterable[Thing], kind: str) -> Thing:
    """Return the one of several things that is meant: by its name, its label, or a part of one that no other has.

    >>> from hscpath.lupus import PATHWAY
    >>> thing_typed("biopsy", PATHWAY.events, "event").name
    'kidney_biopsy_reported'
    """
    known = tuple(things)
    wanted = words.replace("_", " ").strip().casefold()
    for fits in (str.__eq__, str.startswith, str.__contains__):
        found = [
            thing
            for thing in known
            if wanted and any(fits(name.casefold(), wanted) for name in (thing.label, thing.name.replace("_", " ")))
        ]
        if len(found) == 1:
            return found[0]
        if found:
            meant = some_of([thing.label for thing in found])
            raise InvalidRecord(Problem(f"{brief(words)} may mean more than one {kind}: {meant}", kind))
    hint = did_you_mean(wanted, [thing.label for thing in known])
    raise InvalidRecord(Problem(f"{brief(words)} is no {kind} here; {hint}", kind))


def event_and_findings(words: Iterable[str]) -> tuple[str, list[str]]:
    """Return the words that name an event, and what is given of it: ``name=value``, where a value may have blanks.

    >>> event_and_findings(["response", "assessed", "day=200", "upcr=400", "mg/g"])
    ('response assessed', ['day=200', 'upcr=400 mg/g'])
    """
    name: list[str] = []
    given: list[str] = []
    for word in words:
        if "=" in word:
            given.append(word)
        elif given:
            given[-1] += f" {word}"
        else:
            name.append(word)
    return " ".join(name), given


def words_on(line: str) -> list[str]:
    """Return the words of a line, those in quotation marks kept together."""
    try:
        return shlex.split(line)
    except ValueError:
        raise InvalidRecord("a quotation mark is left open") from None


def value_typed(fact: Fact, text: str) -> object:
    """Return what someone types as a value: a flag's yes or no, options set apart by commas, a number with its unit.

    The beginning of an option will do where it is that of one option alone.

    >>> from hscpath.lupus import AGENT, PREGNANT
    >>> value_typed(PREGNANT, "no"), value_typed(AGENT, "MMF, beli")
    (False, ['mycophenolate', 'belimumab'])
    """
    match fact:
        case Flag():
            answers = dict.fromkeys((*_YES, fact.label), True) | dict.fromkeys((*_NO, fact.absent), False)
            return {words.casefold(): answer for words, answer in answers.items()}.get(text.strip().casefold(), text)
        case Choice(several=True):
            return [_option(fact, part) for part in text.split(",")]
        case Choice():
            return _option(fact, text)
        case Quantity():
            return text
        case _:
            assert_never(fact)


def _option(choice: Choice, text: str) -> str:
    begins = text.strip().casefold()
    with suppress(InvalidFinding):
        return "".join(choice.ordered(choice.store(text)))
    options = [option for option in choice.options if option.casefold().startswith(begins)]
    return options[0] if begins and len(options) == 1 else text


def fields_typed(pathway: Pathway, event: Event, words: Iterable[str]) -> Fields:
    """Return an event as a file would hold it, from its parts and findings, each typed as ``name=value``.

    Raises ``InvalidRecord`` listing everything that is wrong with their form.

    >>> from hscpath.lupus import KIDNEY_BIOPSY_REPORTED, PATHWAY
    >>> fields_typed(PATHWAY, KIDNEY_BIOPSY_REPORTED, ["day=9", "ln_class=IV-G(A)"])
    {'event': 'kidney_biopsy_reported', 'day': 9, 'ln_class': 'IV-G(A)'}
    """
    problems: list[Problem] = []
    fields = _parts_typed(pathway, event, words, problems)
    if problems:
        raise InvalidRecord(*problems)
    return fields


def decision_typed(journey: Journey, event: Event, words: Iterable[str]) -> Decision:
    """Return whether an event may happen now, from its parts and findings, each typed as ``name=value``.

    Raises ``InvalidRecord`` listing everything that is wrong: with their form, with their values, and what
    cannot be recorded.
    """
    problems: list[Problem] = []
    fields = _parts_typed(journey.pathway, event, words, problems)
    try:
        read_record(fields)
    except InvalidRecord as error:
        problems += error.problems
        wrong = {problem.where for problem in error.problems}
        fields = {name: value for name, value in fields.items() if name not in wrong}
    if problems:  # which reasons fit can only be judged of what is right as a whole
        fields = {name: value for name, value in fields.items() if name not in ("override", "to")}
    try:
        decision = journey.ask(read_record(fields))
    except InvalidRecord as error:
        problems += [problem for problem in error.problems if problem not in problems]
    else:
        if not problems:
            return decision
    raise InvalidRecord(*problems)


def _parts_typed(pathway: Pathway, event: Event, words: Iterable[str], problems: list[Problem]) -> Fields:
    """Return what can be read of the words, and note what is wrong with the rest."""
    fields: Fields = {"event": event.name}
    for word in words:
        name, equals, text = word.partition("=")
        name = name.strip()
        if not equals or not name:
            problems.append(Problem(f"{brief(word)}: write name=value, as in day=9"))
        elif name in fields:
            problems.append(Problem(f"{name} is given twice: leave one out", name))
        else:
            try:
                fields[name] = _part_typed(pathway, event, name, text.strip())
            except InvalidRecord as error:
                problems += error.problems
    return fields


def _part_typed(pathway: Pathway, event: Event, name: str, text: str) -> object:
    if name == "day":
        return day_typed(text)
    if name == "to":
        return thing_typed(text, pathway.states, "state").name
    fact = next((fact for fact in event.facts if fact.name == name), None)
    return text if fact is None else value_typed(fact, text)


def day_typed(text: str) -> int | str:
    """Return a day as a file would hold it: a whole number where it is one."""
    with suppress(ValueError):
        return int(text)
    return text
