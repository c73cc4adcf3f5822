"""Real journeys for the paths that a search finds, or the criteria that make a path impossible."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import cast

import attrs

from hscpath.criteria import Choice, Criterion, Event, Fact, Finding, Flag, Stored
from hscpath.journey import Journey, Record
from hscpath.pathway import Pathway
from hscpath.proof.logic import Given, KnownEvents, KnownMoment, Reading, Term, Undecided, holds, solver, z3
from hscpath.proof.search import Goal, Leg, Search, Table

LET_THROUGH = "let through, to show where this leads"
NOT_STATED = "needed for what follows; the source does not state what it recorded"


@attrs.frozen
class Impossible:
    """That no journey takes a path, because of what these criteria mean."""

    leaves: frozenset[Criterion]


@attrs.frozen
class Story:
    """A real journey, and the record that is only asked about after it, if any."""

    journey: Journey
    asked: Record | None = None


def find(table: Table, goal: Goal, deadline: float = inf) -> Story | Search:
    """Return the shortest journey to a goal, or the search that shows there is none.

    Raises ``Undecided`` after the *deadline* (of ``time.monotonic``), or where nothing that can be remembered
    tells a path from a real journey.
    """
    leaves: frozenset[Criterion] = frozenset()
    while True:
        search = Search(table, goal, leaves)
        legs = search.path(deadline)
        if legs is None:
            return search
        story = told(table.pathway, legs)
        if isinstance(story, Story):
            return story
        new = frozenset(leaf for leaf in story.leaves if not search.abstraction.memory.knows(leaf))
        if not new:
            untold = "; ".join(sorted(leaf.phrase for leaf in story.leaves))
            raise Undecided(f"the prover does not follow over time: {untold}")
        leaves |= new


class _Labelled(KnownMoment):
    """A step of a journey that notes which criteria its readings rest on."""

    def __init__(self, known: KnownEvents, step: int, asked: Term, labels: dict[Term, Criterion]) -> None:
        super().__init__(known, step)
        self.asked, self.labels = asked, labels

    def leaf(self, guard: Criterion) -> Reading:
        number = len(self.labels)
        label, met, unmet = z3.Bools(f"label_{number} met_{number} unmet_{number}")
        meant = super().leaf(guard)
        self.asked.add(z3.Implies(label, z3.And(met == meant.met, unmet == meant.unmet)))
        self.labels[label] = guard
        return Reading(met, unmet)


def told(pathway: Pathway, legs: Sequence[Leg]) -> Story | Impossible:
    """Return a journey that takes these legs, with as little recorded as possible, or why there is none."""
    known = KnownEvents([leg.event for leg in legs if leg.event is not None])
    for step, event in enumerate(known.events):
        for fact in event.must:
            known.given(step, fact)
    asked = solver()
    asked.set("core.minimize", True)
    labels: dict[Term, Criterion] = {}
    for step, leg in enumerate(legs):
        moment = _Labelled(known, step, asked, labels)
        asked.add(leg.holds(moment))
    asked.add(*known.laws)
    if not holds(asked, *labels):
        core = {term.decl().name() for term in asked.unsat_core()}
        return Impossible(frozenset(guard for label, guard in labels.items() if label.decl().name() in core))
    asked.add(*labels)
    return _written(pathway, legs, known, _plainest(asked, legs, known))


def _plainest(asked: Term, legs: Sequence[Leg], known: KnownEvents) -> Term:
    """Return a model with no more let through than has to be, and no more recorded than that takes."""
    clear = [
        leg.move.is_clear(KnownMoment(known, step))
        for step, leg in enumerate(legs)
        if leg.move is not None and leg.condition != leg.move.is_clear  # which is clear as it stands
    ]
    asked.add(*known.laws)
    _assume(asked, clear)
    must = {(step, fact): fact in known.events[step].must for step, fact in known.findings}
    wanted = [given.recorded for place, given in known.findings.items() if must[place]]
    wanted += [z3.Not(given.recorded) for place, given in reversed(known.findings.items()) if not must[place]]
    wanted += [z3.Not(when.dated) for when in reversed(known.days.values())]
    _assume(asked, wanted)
    holds(asked)
    return asked.model()


def _assume(asked: Term, wanted: list[Term]) -> None:
    """Add as many wishes as can be had together, halving where not all can."""
    if not wanted:
        return
    if holds(asked, *wanted):
        asked.add(*wanted)
    elif len(wanted) > 1:
        half = len(wanted) // 2
        _assume(asked, wanted[:half])
        _assume(asked, wanted[half:])


def _written(pathway: Pathway, legs: Sequence[Leg], known: KnownEvents, model: Term) -> Story:
    journey = Journey(pathway)
    for step, event in enumerate(known.events):
        record, move = _record(known, step, event, model), legs[step].move
        if move is None:
            return Story(journey, record)
        decision = journey.ask(record)
        if len(decision.possible) > 1:
            record = attrs.evolve(record, to=move.target)
            decision = journey.ask(record)
        if decision.open:
            record = attrs.evolve(record, override=dict.fromkeys((guard.key for guard in decision.open), LET_THROUGH))
        journey = journey.take(record)
        if journey.state != move.target:  # pragma: no cover - that would be an error of the prover
            raise Undecided(f"{event} leads to {journey.state}, where the prover expects {move.target}")
    return Story(journey)


def _record(known: KnownEvents, step: int, event: Event, model: Term) -> Record:
    findings = {
        fact: Finding(fact, _stored(model, fact, given))
        for (at, fact), given in known.findings.items()
        if at == step and _true(model, given.recorded)
    }
    when = known.days.get(step)
    day = _whole(model, when.day) if when and _true(model, when.dated) else None
    stated = all(fact in findings for fact in event.must)
    return Record(event, tuple(findings.values()), day=day, inferred=None if stated else NOT_STATED)


def _true(model: Term, term: Term) -> bool:
    return bool(z3.is_true(model.eval(term, model_completion=True)))


def _stored(model: Term, fact: Fact, given: Given) -> Stored:
    match fact:
        case Flag():
            return _true(model, given.value)
        case Choice(several=True):
            held = zip(fact.options, cast("Sequence[Term]", given.value), strict=True)
            return frozenset(option for option, value in held if _true(model, value))
        case Choice():
            return fact.options[_whole(model, given.value)]
        case _:
            return _whole(model, given.value)


def _whole(model: Term, term: Term) -> int:
    return int(model.eval(term, model_completion=True).as_long())
