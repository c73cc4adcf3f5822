"""The search for a journey to a goal, among all journeys there are.

A node of the search is an abstract state: a state of the pathway, a state of the goal's automaton, and what is
remembered. What is not remembered may be anything, so the search misses no real journey, and may find some that
are none. One that is none names the criteria that make it impossible, and is searched for again with them
remembered: counterexample-guided abstraction refinement (Clarke, Grumberg, Jha, Lu and Veith, CAV 2000, and in full
J. ACM 50, 2003). Where nothing is found, the nodes seen are the certificate: no journey ever leaves them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from math import inf
from time import monotonic
from typing import TypeAlias

import attrs

from hscpath.criteria import Criterion, Event, Fact, Leaf
from hscpath.journey import Record
from hscpath.pathway import Pathway, State, Transition
from hscpath.proof.logic import AnyMoment, Term, Terms, Undecided, new_solver, once, rarely_recorded, satisfiable, z3
from hscpath.proof.memory import Memory, Remembered, says


@attrs.frozen(cache_hash=True)
class Condition:
    """What has to hold of the chart at a step: a formula of some parts; of equal parts it is the same condition."""

    formula: Callable[..., Term]
    parts: tuple[object, ...] = ()

    def __call__(self, terms: Terms) -> Term:
        """Return the formula."""
        return self.formula(terms, *self.parts)


@attrs.frozen(cache_hash=True)
class Edge:
    """What an event does in a state: the hard criteria of the rows tried there, where each leads, and the last decides.

    Rows of two pathways that ask for the same and lead to the same state make one edge.
    """

    state: State
    event: Event
    guards: tuple[Criterion, ...]
    targets: tuple[State, ...]

    @property
    def target(self) -> State:
        """Where it leads."""
        return self.targets[-1]

    def fires(self, terms: Terms) -> Term:
        """Return that the row decides: it is open, none before it is met, and none leads the same way sooner."""
        conditions = [z3.Not(terms.read(self.guards[-1]).unmet)]
        for guard, target in zip(self.guards[:-1], self.targets, strict=False):
            reading = terms.read(guard)
            conditions.append(reading.unmet if target == self.target else z3.Not(reading.met))
        return z3.And(*conditions)

    @property
    def met(self) -> Condition:
        """That the row decides and nothing that a row asks for is unknown; what it expects may be amiss."""
        return Condition(_met, (self.guards,))

    def clear(self, expects: Criterion) -> Condition:
        """Return that the row decides and also what it expects is met."""
        return Condition(_met, (self.guards, expects))


def _met(terms: Terms, guards: Sequence[Criterion], *expects: Criterion) -> Term:
    earlier = (terms.read(guard).unmet for guard in guards[:-1])
    return z3.And(*earlier, *(terms.read(guard).met for guard in (guards[-1], *expects)))


@attrs.frozen(cache_hash=True)
class AbstractStep:
    """One step of a trace: the event, the edge taken, and what has to hold of the chart at it.

    Without an edge the event is only asked about, and without an event no more than the state is.
    """

    event: Event | None
    edge: Edge | None = None
    condition: Condition | None = None

    def __call__(self, terms: Terms) -> Term:
        """Return that the step may be taken."""
        fires = [] if self.edge is None else [self.edge.fires(terms)]
        return z3.And(*fires, *([] if self.condition is None else [self.condition(terms)]))


class Goal:
    """What a journey is searched for: an automaton over edges, of which any part may be left out.

    Equal goals share what was found.
    """

    start = 0
    """The automaton's first state."""

    def steps(self, now: int, _edge: Edge, /) -> Iterable[tuple[int, Condition | None]]:
        """Return the automaton's next states, each with what has to hold of the chart for it."""
        return ((now, None),)

    def ends(self, _now: int, _state: State, /) -> Iterable[tuple[Event | None, Condition]]:
        """Return what is only looked at in a state, at an event or none; where it holds, the goal is reached."""
        return ()

    def reached(self, _now: int, _state: State, /) -> bool:
        """Return whether the goal is reached."""
        return False


Node: TypeAlias = tuple[State, int, Remembered]
Stepping: TypeAlias = Callable[[State, int], list[tuple[AbstractStep, State | None, int]]]
"""The steps from a state of the pathway and one of the automaton, with where each leads; to the goal if nowhere."""


# --- What is shared -----------------------------------------------------------------------------------


class EventSolver:
    """One event, asked about in any chart."""

    def __init__(self, moment: AnyMoment) -> None:
        self.moment = moment
        self.solver = new_solver()
        self._stated = 0

    @once
    def literal(self, formula: Condition | AbstractStep) -> tuple[Term, frozenset[Fact | Event]]:
        """Return a name for a formula, by which it can be assumed or not, and what the formula mentions."""
        self.moment.mentioned.clear()
        literal = z3.FreshBool("assumption")
        self.solver.add(z3.Implies(literal, formula(self.moment)))
        self.solver.add(*self.moment.laws[self._stated :])
        self._stated = len(self.moment.laws)
        return literal, frozenset(self.moment.mentioned)

    @once
    def together(self, *formulas: Condition | AbstractStep) -> bool:
        """Return whether formulas can hold together in some chart."""
        return satisfiable(self.solver, *(self.literal(formula)[0] for formula in formulas))


class Abstraction:
    """What may happen next to a patient of whom no more is known than is remembered."""

    def __init__(self, knowledge: Knowledge, memory: Memory) -> None:
        self.knowledge, self.memory = knowledge, memory

    def possible(self, step: AbstractStep, remembered: Remembered) -> bool:
        """Return whether a step may be taken in some chart that fits what is remembered."""
        marks, counts, verdicts = remembered
        every = (*marks, *counts, *verdicts)
        return self._possible(step, tuple(every[n] for n in self._relevant(step)))

    @once
    def _relevant(self, step: AbstractStep) -> list[int]:
        """Return the places of what is remembered that a step is about."""
        _, mentioned = self.knowledge.solver(step.event).literal(step)
        return [n for n, (_, about) in enumerate(self.memory.places) if not about.isdisjoint(mentioned)]

    @once
    def _possible(self, step: AbstractStep, values: tuple[object, ...]) -> bool:
        places = (self.memory.places[n][0] for n in self._relevant(step))
        known = (Condition(says, place) for place in zip(places, values, strict=True))
        return self.knowledge.solver(step.event).together(step, *known)


class Knowledge:
    """What was found out about pathways of the same events and facts that begin in the same state."""

    def __init__(self, pathway: Pathway) -> None:
        self.edges: dict[Edge, Edge] = {}
        self.searches: dict[Goal, Search] = {}
        self._recorders = rarely_recorded(pathway)

    @once
    def solver(self, event: Event | None) -> EventSolver:
        """Return the solver of an event, or of none."""
        return EventSolver(AnyMoment(self._recorders, event))

    @once
    def abstraction(self, predicates: frozenset[Leaf]) -> Abstraction:
        """Return the abstraction by which what some criteria need is remembered."""
        return Abstraction(self, Memory(predicates))


class Evidence:
    """What proofs found out, for the next: the solver's answers, predicates, certificates and journeys.

    A certificate is checked against the rows of the pathway at hand: where they differ from those for which it
    was found, and where that matters, the search is made again. So every claim is as sure as without evidence.
    """

    def __init__(self) -> None:
        self._knowledge: dict[object, Knowledge] = {}

    def of(self, pathway: Pathway) -> Knowledge:
        """Return what was found out about pathways that begin as this one and have its events and facts."""
        key = (pathway.initial, frozenset(pathway.events), frozenset(pathway.facts))
        return self._knowledge.setdefault(key, Knowledge(pathway))


class TransitionSystem:
    """The rows of a pathway by state and event, and the edges that they make."""

    def __init__(self, pathway: Pathway, evidence: Evidence | None = None) -> None:
        self.pathway = pathway
        self.knowledge = (evidence or Evidence()).of(pathway)
        self.rows: dict[State, dict[Event, tuple[Transition, ...]]] = {state: {} for state in pathway.states}
        for row in pathway.transitions:
            for state in row.source.states:
                by_event = self.rows[state]
                by_event[row.event] = (*by_event.get(row.event, ()), row)
        self.edges: dict[State, list[Edge]] = {state: [] for state in pathway.states}
        self.edges_of: dict[int, list[Edge]] = {id(row): [] for row in pathway.transitions}
        self.row: dict[Edge, Transition] = {}
        known = self.knowledge.edges
        for state, by_event in self.rows.items():
            for event, rows in by_event.items():
                guards, targets = tuple(row.when for row in rows), tuple(row.target_from(state) for row in rows)
                for upto, row in enumerate(rows, start=1):
                    edge = Edge(state, event, guards[:upto], targets[:upto])
                    edge = known.setdefault(edge, edge)
                    self.edges[state].append(edge)
                    self.edges_of[id(row)].append(edge)
                    self.row[edge] = row


# --- The search ---------------------------------------------------------------------------------------


class Search:
    """The search for a goal by who remembers what some criteria, the predicates, need.

    *trace* is the shortest path to the goal, once searched for; ``None`` if no journey reaches it. *records* are those
    of a journey that takes it, where the rows of the trace expect what is in *expects*.
    """

    def __init__(self, system: TransitionSystem, goal: Goal, predicates: frozenset[Leaf]) -> None:
        self.goal, self.predicates = goal, predicates
        self.edges = frozenset(system.row)
        self.initial = system.pathway.initial
        self.abstraction = system.knowledge.abstraction(predicates)
        self.seen: dict[Node, tuple[Node, AbstractStep] | None] = {}
        self.trace: tuple[AbstractStep, ...] | None = None
        self.expects: tuple[Criterion, ...] = ()
        self.records: tuple[Record, ...] = ()

    def run(self, edges: Mapping[State, Iterable[Edge]], deadline: float = inf) -> None:
        """Search along edges until the goal is reached or nothing new is."""
        start = (self.initial, self.goal.start, self.abstraction.memory.initial)
        self.seen = {start: None}
        frontier = [start]
        steps = self._stepping(edges)
        while frontier:
            onward: list[Node] = []
            for node, step, nodes in self._onward(frontier, steps, deadline):
                if not nodes:
                    self.trace = (*self._trace_to(node), step)
                    return
                for new in nodes:
                    self.seen[new] = (node, step)
                    if self.goal.reached(new[1], new[0]):
                        self.trace = self._trace_to(new)
                        return
                onward += nodes
            frontier = onward

    def answers_for(self, system: TransitionSystem) -> bool:
        """Return whether what was found is so of another system with the same events and facts.

        A trace stays the shortest where nothing is added and all its edges are still there; that there is none
        stays so where no edge that is added leads out of the nodes that were seen.
        """
        added = frozenset(system.row) - self.edges
        if self.trace is not None:
            return not added and all(step.edge in system.row for step in self.trace if step.edge is not None)
        edges = {state: [edge for edge in edges if edge in added] for state, edges in system.edges.items()}
        return not added or not any(True for _ in self._onward(self.seen, self._stepping(edges)))

    def _trace_to(self, node: Node) -> tuple[AbstractStep, ...]:
        steps: list[AbstractStep] = []
        before = self.seen[node]
        while before is not None:
            steps.append(before[1])
            before = self.seen[before[0]]
        return tuple(reversed(steps))

    def _onward(
        self, nodes: Iterable[Node], steps: Stepping, deadline: float = inf
    ) -> Iterator[tuple[Node, AbstractStep, list[Node]]]:
        """Yield each step from some nodes with the nodes it newly leads to; none where the goal is reached."""
        memory, possible, seen = self.abstraction.memory, self.abstraction.possible, self.seen
        for node in nodes:
            if monotonic() > deadline:
                raise Undecided("it took too long")
            state, now, remembered = node
            for step, target, following in steps(state, now):
                for entered, accepted in memory.successors(remembered, step.event):
                    new: list[Node] = []
                    if target is not None:
                        new = [onto for after in accepted if (onto := (target, following, after)) not in seen]
                    if (new or target is None) and possible(step, entered):
                        yield node, step, new

    def _stepping(self, edges: Mapping[State, Iterable[Edge]]) -> Stepping:
        @cache
        def steps(state: State, now: int) -> list[tuple[AbstractStep, State | None, int]]:
            found: list[tuple[AbstractStep, State | None, int]] = [
                (AbstractStep(event, condition=condition), None, now) for event, condition in self.goal.ends(now, state)
            ]
            for edge in edges.get(state, ()):
                for following, needed in self.goal.steps(now, edge):
                    found.append((AbstractStep(edge.event, edge, needed), edge.target, following))
            return found

        return steps
