"""Real journeys for the paths that a search finds, or the criteria that make a path impossible."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import cast

import attrs

from hscpath.criteria import Criterion, Event, Finding, Leaf
from hscpath.journey import Journey, Record
from hscpath.proof.logic import (
    KnownEvents,
    KnownMoment,
    SymbolicVerdict,
    Term,
    Undecided,
    new_solver,
    satisfiable,
    z3,
)
from hscpath.proof.search import AbstractStep, Goal, Search, TransitionSystem

LET_THROUGH = "let through, to show where this leads"
NOT_STATED = "needed for what follows; the source does not state what it recorded"


@attrs.frozen
class Story:
    """A real journey, and the record that is only asked about after it, if any."""

    journey: Journey
    record: Record | None = None


def find(system: TransitionSystem, goal: Goal, deadline: float = inf) -> Story | None:
    """Return the shortest journey to a goal, or nothing where there is none.

    Raises ``Undecided`` after the *deadline* (of ``time.monotonic``), or where nothing that can be remembered
    tells a trace from a real journey.
    """
    return story(system, _refined(system, goal, frozenset(), deadline))


def find_again(system: TransitionSystem, goal: Goal, deadline: float = inf) -> Story | None:
    """Return what ``find`` does, by an earlier search if that answers for the system; keep the search for the next."""
    searches = system.knowledge.searches
    search = searches.get(goal)
    if search is None or not search.answers_for(system):
        search = _refined(system, goal, frozenset() if search is None else search.predicates, deadline)
        searches.setdefault(goal, search)
    return story(system, search)


def _refined(system: TransitionSystem, goal: Goal, predicates: frozenset[Leaf], deadline: float) -> Search:
    """Return the search that ends with a trace which is a journey, or with none."""
    while True:
        search = Search(system, goal, predicates)
        search.run(system.edges, deadline)
        if search.trace is None:
            return search
        search.expects = _expects(system, search.trace)
        found = _concretised(search.trace, search.expects)
        if isinstance(found, tuple):
            search.records = found
            return search
        new = frozenset(leaf for leaf in found if not search.abstraction.memory.knows(leaf))
        if not new:
            beyond = "; ".join(sorted(leaf.phrase for leaf in found))
            raise Undecided(f"the prover does not follow over time: {beyond}")
        predicates |= new


class _LabelledMoment(KnownMoment):
    """A step of a journey that notes which criteria its readings rest on."""

    def __init__(self, known: KnownEvents, step: int, solver: Term, labels: dict[Term, Leaf]) -> None:
        super().__init__(known, step)
        self.solver, self.labels = solver, labels

    def leaf(self, leaf: Leaf) -> SymbolicVerdict:
        number = len(self.labels)
        label, met, unmet = z3.Bools(f"label_{number} met_{number} unmet_{number}")
        meant = super().leaf(leaf)
        self.solver.add(z3.Implies(label, z3.And(met == meant.met, unmet == meant.unmet)))
        self.labels[label] = leaf
        return SymbolicVerdict(met, unmet)


def _expects(system: TransitionSystem, trace: Sequence[AbstractStep]) -> tuple[Criterion, ...]:
    return tuple(system.row[step.edge].expects for step in trace if step.edge is not None)


def _concretised(trace: Sequence[AbstractStep], expects: Sequence[Criterion]) -> tuple[Record, ...] | frozenset[Leaf]:
    """Return records that take a trace, with as little in them as possible, or the criteria that make it impossible."""
    known = KnownEvents([step.event for step in trace if step.event is not None])
    for number, event in enumerate(known.events):
        for fact in event.must:
            known.given(number, fact)
    solver = new_solver()
    solver.set("core.minimize", True)
    labels: dict[Term, Leaf] = {}
    moments = [_LabelledMoment(known, number, solver, labels) for number in range(len(trace))]
    solver.add(*(step(moment) for step, moment in zip(trace, moments, strict=True)))
    solver.add(*known.laws)
    if not satisfiable(solver, *labels):
        core = {term.decl().name() for term in solver.unsat_core()}
        return frozenset(leaf for label, leaf in labels.items() if label.decl().name() in core)
    clear = [
        condition(moment)
        for step, moment, expected in zip(trace, moments, expects, strict=False)
        if step.edge is not None
        if (condition := step.edge.clear(expected)) != step.condition  # which is clear as it stands
    ]
    solver.add(*labels, *known.laws)
    model = _plainest(solver, clear, known)
    return tuple(_record(known, number, event, model) for number, event in enumerate(known.events))


def _plainest(solver: Term, clear: list[Term], known: KnownEvents) -> Term:
    """Return a model with no more let through than has to be, and no more recorded than that takes."""
    _assert_most(solver, clear)
    must = {(step, fact): fact in known.events[step].must for step, fact in known.findings}
    wanted = [given.recorded for place, given in known.findings.items() if must[place]]
    wanted += [z3.Not(given.recorded) for place, given in reversed(known.findings.items()) if not must[place]]
    wanted += [z3.Not(day.dated) for day in reversed(known.days.values())]
    _assert_most(solver, wanted)
    satisfiable(solver)
    return solver.model()


def _assert_most(solver: Term, wanted: list[Term]) -> None:
    """Assert as many wishes as can be had together, halving where not all can."""
    if not wanted:
        return
    if satisfiable(solver, *wanted):
        solver.add(*wanted)
    elif len(wanted) > 1:
        half = len(wanted) // 2
        _assert_most(solver, wanted[:half])
        _assert_most(solver, wanted[half:])


def story(system: TransitionSystem, search: Search) -> Story | None:
    """Return the journey that a search found, on the pathway of a system for which it answers."""
    if search.trace is None:
        return None
    expects, records = _expects(system, search.trace), search.records
    if expects != search.expects:  # then something else may have to be let through
        records = cast("tuple[Record, ...]", _concretised(search.trace, expects))
    journey = Journey(system.pathway)
    for step, record in zip(search.trace, records, strict=False):
        if step.edge is None:
            return Story(journey, record)
        decision, taken = journey.ask(record), record
        if len(decision.possible) > 1:
            taken = attrs.evolve(taken, to=step.edge.target)
            decision = journey.ask(taken)
        if decision.open:
            taken = attrs.evolve(taken, override=dict.fromkeys((guard.key for guard in decision.open), LET_THROUGH))
        journey = journey.take(taken)
        if journey.state != step.edge.target:  # pragma: no cover - that would be an error of the prover
            raise Undecided(f"{record.event} leads to {journey.state}, where the prover expects {step.edge.target}")
    return Story(journey)


def _record(known: KnownEvents, step: int, event: Event, model: Term) -> Record:
    findings = {
        fact: Finding(fact, fact.decode(_code(model, given.value)))
        for (at, fact), given in known.findings.items()
        if at == step and _true(model, given.recorded)
    }
    when = known.days.get(step)
    day = _code(model, when.day) if when and _true(model, when.dated) else None
    stated = all(fact in findings for fact in event.must)
    return Record(event, tuple(findings.values()), day=day, inferred=None if stated else NOT_STATED)


def _true(model: Term, term: Term) -> bool:
    return bool(z3.is_true(model.eval(term, model_completion=True)))


def _code(model: Term, value: Term) -> int:
    """Return a value as facts code it."""
    if isinstance(value, tuple):
        return sum(_true(model, each) << place for place, each in enumerate(cast("Sequence[Term]", value)))
    if z3.is_bool(value):
        return int(_true(model, value))
    return int(model.eval(value, model_completion=True).as_long())
