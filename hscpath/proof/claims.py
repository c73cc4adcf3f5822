"""What is claimed of a pathway, and whether it is so for every journey."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import partial
from itertools import chain, combinations, groupby
from math import inf
from operator import attrgetter
from time import monotonic
from typing import Any, TypeAlias, cast

import attrs

from hscpath.criteria import ALWAYS, Criterion, Event, leaves
from hscpath.errors import Shown, brief
from hscpath.invariants import Breach, Closed, Data, Invariant, Lack, Rule, Standing, is_letter
from hscpath.journey import Journey, Record
from hscpath.pathway import Pathway, State, Transition
from hscpath.proof.logic import Term, Terms, Undecided, z3
from hscpath.proof.search import Condition, Edge, Evidence, Goal, TransitionSystem
from hscpath.proof.stories import Story, find_again
from hscpath.verdict import Verdict

# --- What is found ------------------------------------------------------------------------------


class ClaimStatus(Enum):
    """What became of a claim."""

    PROVEN = "proven"
    REFUTED = "refuted"
    UNDECIDED = "undecided"

    @property
    def mark(self) -> str:
        """One character for a person: ✓ proven, ✗ refuted, ? undecided."""
        return {"proven": "✓", "refuted": "✗"}.get(self.value, "?")


@attrs.frozen(repr=False)
class Overlap(Shown):
    """Two rows that are both met by one chart: a real journey, with the record after it that meets both."""

    first: Transition
    second: Transition
    example: Story

    def __str__(self) -> str:
        first, second = (
            (row.target.label if row.target else "no change of state") for row in (self.first, self.second)
        )
        return f"{first!r} and {second!r}"


@attrs.frozen(repr=False)
class Claim(Shown):
    """Something said of every journey on a pathway, and whether it is so.

    *why* says what was found, or why nothing could be. *counterexample* is a real journey that shows a
    refuted claim to be wrong, *record* the one that is refused after it, if it takes one. *overlaps* are
    the rows that one chart meets together.
    """

    kind: str
    text: str
    status: ClaimStatus
    seconds: float
    why: str = ""
    counterexample: Journey | None = None
    record: Record | None = None
    overlaps: tuple[Overlap, ...] = ()

    @property
    def sentence(self) -> str:
        """The claim with what was found."""
        why = f" ({self.why})" if self.why else ""
        return f"{self.text}: {self.status.value}{why}"

    def __str__(self) -> str:
        return f"{self.status.mark} {self.sentence}"


@attrs.frozen(repr=False)
class Proof(Shown):
    """What was proven of a pathway, refuted, or left undecided, claim by claim."""

    pathway: Pathway
    claims: tuple[Claim, ...]

    @property
    def holds(self) -> bool:
        """Whether every claim is proven."""
        return all(claim.status is ClaimStatus.PROVEN for claim in self.claims)

    @property
    def failed(self) -> tuple[Claim, ...]:
        """The claims that are not proven."""
        return tuple(claim for claim in self.claims if claim.status is not ClaimStatus.PROVEN)

    @property
    def seconds(self) -> float:
        """How long it took."""
        return sum(claim.seconds for claim in self.claims)

    def __str__(self) -> str:
        lines = [f"{self.pathway.name}: {self.summary}"]
        kind = ""
        for claim in self.claims:
            if claim.kind != kind:
                kind = claim.kind
                lines += ["", kind]
            lines.append(f"  {claim.seconds:5.1f} s  {claim}")
        return "\n".join(lines)

    @property
    def summary(self) -> str:
        """How many claims there are, and what became of them."""
        counts = {status: sum(claim.status is status for claim in self.claims) for status in ClaimStatus}
        found = ", ".join(f"{count} {status.value}" for status, count in counts.items() if count)
        return f"{len(self.claims)} claims: {found}"


def prove(
    pathway: Pathway,
    invariants: Iterable[Invariant] = (),
    *,
    limit: float = 60.0,
    evidence: Evidence | None = None,
) -> Proof:
    """Return what holds of every journey on a pathway, of any length, whatever is recorded.

    Of the pathway itself: that every state can be reached and left for an end, that every event can happen
    and every row decide, which rows of one event overlap, and that no patient is stuck where they part. Of
    each invariant: that no journey breaks it, or the shortest journey that does. *limit* is how many seconds
    each claim may take (looked at between questions to the solver, so that it may become a little more); what
    takes longer is undecided, never proven. Proofs of several pathways are faster if they share their *evidence*.
    Raises ``TypeError`` or ``ValueError`` for what is no invariant, no pathway or no limit, and for two invariants
    of one name.
    """
    return Proof(pathway, tuple(claims(pathway, invariants, limit=limit, evidence=evidence)))


def claims(
    pathway: Pathway,
    invariants: Iterable[Invariant] = (),
    *,
    limit: float = 60.0,
    evidence: Evidence | None = None,
) -> Iterator[Claim]:
    """Yield the claims of ``prove`` one by one, as each is decided."""
    stated = _checked(pathway, invariants, limit)
    prover = Prover(pathway, limit, evidence)
    return chain(prover.structure(), prover.choices(), map(prover.invariant, stated))


def check_arguments(pathway: object, limit: object) -> None:
    """Raise ``TypeError`` or ``ValueError`` for what is no pathway, and for what is no number of seconds."""
    if not isinstance(pathway, Pathway):
        raise TypeError(f"{brief(pathway)} is no pathway")
    if not isinstance(limit, int | float) or isinstance(limit, bool):
        raise TypeError(f"limit: {brief(limit)} is no number of seconds")
    if not limit >= 0:
        raise ValueError(f"limit: {limit} is no number of seconds: write 0 or more")


def _checked(pathway: object, invariants: object, limit: object) -> tuple[Invariant, ...]:
    check_arguments(pathway, limit)
    if not isinstance(invariants, Iterable):
        raise TypeError(f"invariants: give a list of them, not {brief(invariants)}")
    stated = tuple(cast("Iterable[object]", invariants))
    for invariant in stated:
        if not isinstance(invariant, Invariant):
            raise TypeError(f"{brief(invariant)} is no invariant: write Invariant(name, rule, reason, cite)")
    names = [invariant.name for invariant in cast("tuple[Invariant, ...]", stated)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two invariants are called {' and '.join(map(repr, twice))}: give each a name of its own")
    return cast("tuple[Invariant, ...]", stated)


# --- Goals ----------------------------------------------------------------------------------------


@attrs.frozen(cache_hash=True)
class Breaks(Goal):
    """A journey that breaks a rule; *standing* is what must not be so of a patient who stands in a state."""

    rule: Rule
    standing: tuple[tuple[State, Event | None, Condition], ...]

    @classmethod
    def of(cls, rule: Rule, system: TransitionSystem) -> Breaks:
        """Return the goal of breaking a rule by the rows of a pathway."""
        standing: list[tuple[State, Event | None, Condition]] = []
        for letter in rule.letters:
            if isinstance(letter, Lack):
                unmet = Condition(_all_unmet, ((letter.guard,),))
                standing += [(state, None, unmet) for state in letter.states.states]
            elif isinstance(letter, Closed):
                for state in letter.states.states:
                    rows = system.rows[state].get(letter.event, ())
                    standing.append((state, letter.event, Condition(_all_unmet, (tuple(row.when for row in rows),))))
        return cls(rule, tuple(standing))

    def steps(self, now: int, edge: Edge) -> Iterable[tuple[int, Condition | None]]:
        """Return how the rule stands after a step, whether or not it is a breach."""
        kinds: list[tuple[int, Condition | None]] = [(0, None)]
        for place, letter in enumerate(self.rule.letters):
            if not is_letter(letter, edge.state, edge.event, edge.target):
                continue
            if isinstance(letter, Breach):
                breached, kept = (Condition(_breached, (letter.guard, so)) for so in (True, False))
                kinds = [*((kind | 1 << place, breached) for kind, _ in kinds), *((kind, kept) for kind, _ in kinds)]
            elif not isinstance(letter, Data):
                kinds = [(kind | 1 << place, condition) for kind, condition in kinds]
        return [(self.rule.template.table[now][kind], condition) for kind, condition in kinds]

    def ends(self, _now: int, state: State) -> Iterable[tuple[Event | None, Condition]]:
        """Return what must not be so of a patient who stands in a state."""
        return [(event, condition) for at, event, condition in self.standing if at == state]

    def reached(self, now: int, state: State) -> bool:
        """Return whether the rule is broken, or the journey has ended with something still due."""
        template = self.rule.template
        return template.standings[now] is Standing.VIOLATED or (state.final and now not in template.accepting)


@attrs.frozen(cache_hash=True)
class Decides(Goal):
    """A journey in which one of a row's edges is taken with all that it asks for met, or if *let_through* by leave."""

    edges: tuple[Edge, ...]
    let_through: bool = attrs.field(default=False, kw_only=True)

    def steps(self, now: int, edge: Edge) -> Iterable[tuple[int, Condition | None]]:
        """Return that the row has decided, or not yet."""
        return [(1, None if self.let_through else edge.met), (now, None)] if edge in self.edges else [(now, None)]

    def reached(self, now: int, _state: State) -> bool:
        """Return whether the row has decided."""
        return now == 1


@attrs.frozen(cache_hash=True)
class Satisfies(Goal):
    """A journey to a chart of which, in one of these states and at an event, a condition holds."""

    states: tuple[State, ...]
    event: Event
    condition: Condition

    def ends(self, _now: int, state: State) -> Iterable[tuple[Event | None, Condition]]:
        """Return the event with its condition, in the states where it is looked at."""
        return [(self.event, self.condition)] if state in self.states else ()


# --- Conditions -----------------------------------------------------------------------------------


def _breached(terms: Terms, guard: Criterion, so: bool) -> Term:
    return terms.read(guard).unmet == so


def _all_unmet(terms: Terms, guards: Iterable[Criterion]) -> Term:
    return z3.And(*(terms.read(guard).unmet for guard in guards))


def _both_met(terms: Terms, *guards: Criterion) -> Term:
    return z3.And(*(terms.read(guard).met for guard in guards))


def _gap(terms: Terms, guards: Sequence[Criterion], others: Sequence[Criterion] = ()) -> Term:
    """Return that all that rows ask about is known, and that neither they nor some others are open."""
    known = (terms.read(leaf).known for guard in guards for leaf in leaves(guard))
    return z3.And(*known, _all_unmet(terms, (*guards, *others)))


def _closed_whatever(terms: Terms, edges: Sequence[Edge]) -> Term:
    return terms.whatever(edges[0].event, z3.And(*(z3.Not(edge.fires(terms)) for edge in edges)))


# --- The prover -----------------------------------------------------------------------------------

Answer: TypeAlias = tuple[ClaimStatus, str, dict[str, Any]]
"""What became of a claim, why, and what shows it."""


class Prover:
    """Decides claims about one pathway; what was found out for one serves the next."""

    def __init__(self, pathway: Pathway, limit: float = inf, evidence: Evidence | None = None) -> None:
        self.pathway, self.limit = pathway, limit
        self.system = TransitionSystem(pathway, evidence)
        self._claimed = monotonic()

    def _claim(self, kind: str, text: str, status: ClaimStatus, why: str = "", **shown: Any) -> Claim:
        began, self._claimed = self._claimed, monotonic()
        return Claim(kind, text, status, self._claimed - began, why, **shown)

    def _decided(self, kind: str, text: str, decide: Callable[[], Answer]) -> Claim:
        """Return a claim as it is decided, or that it could not be."""
        try:
            status, why, shown = decide()
        except Undecided as error:
            status, why, shown = ClaimStatus.UNDECIDED, str(error), {}
        return self._claim(kind, text, status, why, **shown)

    def find(self, goal: Goal) -> Story | None:
        """Return the shortest journey to a goal, if there is one."""
        return find_again(self.system, goal, monotonic() + self.limit)

    # Structure.

    def structure(self) -> Iterator[Claim]:
        """Yield that rows, states and events are all of use, and that every patient can reach an end."""
        journeys, doubted = self._journeys_by_row()
        for row, status, why in doubted:
            yield self._claim("structure", f"{row}: decides in some journey", status, why)
        decided = [row for row in self.pathway.transitions if id(row) in journeys]
        if not doubted:
            yield self._claim("structure", f"each of {len(decided)} rows decides in some journey", ClaimStatus.PROVEN)
        reached = {self.pathway.initial, *(row.target for row in decided if row.target)}
        happened = {row.event for row in decided}
        recorded = {fact for event in happened for fact in event.facts}
        looked_at = set(self.pathway.mentions)
        unasked = ", ".join(fact.label for fact in self.pathway.facts if fact not in looked_at)
        undecided = any(status is ClaimStatus.UNDECIDED for _, status, _ in doubted)
        doubt = ClaimStatus.UNDECIDED if undecided else ClaimStatus.REFUTED
        for things, found, text, remark in (
            (self.pathway.states, reached, "each of {} states is reached in some journey", ""),
            (self.pathway.events, happened, "each of {} events happens in some journey", ""),
            (self.pathway.facts, recorded, "each of {} facts is recorded in some journey",
             f"asked for by no criterion: {unasked}" if unasked else ""),
        ):  # fmt: skip
            lost = [thing.label for thing in things if thing not in found]
            status, why = (doubt, f"not {', '.join(lost)}") if lost else (ClaimStatus.PROVEN, remark)
            yield self._claim("structure", text.format(len(things)), status, why)
        living = [state for state in self.pathway.states if not state.final]
        text = f"each of {len(living)} living states can be left for an end, whatever was recorded"
        yield self._decided("structure", text, partial(self._ends, living, journeys))

    def _journeys_by_row(self) -> tuple[dict[int, Journey], list[tuple[Transition, ClaimStatus, str]]]:
        """Return a journey for each row that decides in one, the rows that never do, then those left open, with why."""
        journeys: dict[int, Journey] = {}
        doubted: list[tuple[Transition, ClaimStatus, str]] = []
        for row in reversed(self.pathway.transitions):
            if id(row) in journeys:
                continue
            try:
                edges = tuple(self.system.edges_of[id(row)])
                found = self.find(Decides(edges))
                let_through = found or self.find(Decides(edges, let_through=True))
            except Undecided as error:
                doubted.append((row, ClaimStatus.UNDECIDED, str(error)))
                continue
            if found is None:
                why = "nobody meets it"
                if let_through is not None:
                    journeys[id(row)] = let_through.journey
                    why += "; it can be let through"
                doubted.append((row, ClaimStatus.REFUTED, why))
                continue
            steps = found.journey.steps
            for number, decision in enumerate(found.journey.decisions(), start=1):
                if decision.row is not None and decision.tried[-1].when.verdict is Verdict.MET:
                    first = Journey.replay(self.pathway, steps[:number])
                    journeys.setdefault(id(decision.row.transition), first)
        doubted.reverse()
        return journeys, sorted(doubted, key=lambda doubt: doubt[1] is ClaimStatus.UNDECIDED)

    def _ends(self, living: Sequence[State], journeys: Mapping[int, Journey]) -> Answer:
        """Return whether from every living state an end can be reached, whatever is recorded."""
        left = self._not_surely_left(living)
        for state in left:
            shown = [journey for journey in journeys.values() if journey.state == state]
            if shown and not self._leads_to_an_end(state, journeys):
                why, shortest = f"no row leads on from: {state.label}", min(shown, key=lambda found: len(found.steps))
                return ClaimStatus.REFUTED, why, {"counterexample": shortest}
        if left:
            raise Undecided(f"it depends on what is recorded in: {', '.join(state.label for state in left)}")
        return ClaimStatus.PROVEN, "", {}

    def _not_surely_left(self, living: Sequence[State]) -> list[State]:
        """Return the states from which no event is sure to lead on, whatever was recorded before."""
        sure = {state for state in self.pathway.states if state.final}
        left = list(living)
        while True:
            found = [state for state in left if self._surely_left(state, sure)]
            if not found:
                return left
            sure.update(found)
            left = [state for state in left if state not in sure]

    def _surely_left(self, state: State, sure: Container[State]) -> bool:
        onward = [edge for edge in self.system.edges[state] if edge.target in sure]
        return any(
            self.find(Satisfies((state,), event, Condition(_closed_whatever, (tuple(edges),)))) is None
            for event, edges in groupby(onward, attrgetter("event"))
        )

    def _leads_to_an_end(self, state: State, journeys: Mapping[int, Journey]) -> bool:
        """Return whether rows that decide in some journey lead from a state to an end."""
        reached, frontier = {state}, [state]
        while frontier:
            here = frontier.pop()
            decided = (edge for edge in self.system.edges[here] if id(self.system.row[edge]) in journeys)
            new = {edge.target for edge in decided} - reached
            reached |= new
            frontier += new
        return any(state.final for state in reached)

    # Choice.

    def choices(self, events: Container[Event] | None = None) -> Iterator[Claim]:
        """Yield, where several rows part, which of them overlap and that no patient is stuck between them.

        Of all events, or of some.
        """
        groups: dict[tuple[int, ...], tuple[Event, tuple[Transition, ...], list[State]]] = {}
        for state, by_event in self.system.rows.items():
            for event, rows in by_event.items():
                upto = next((n + 1 for n, row in enumerate(rows) if row.when == ALWAYS), len(rows))
                if upto > 1 and (events is None or event in events):
                    key = tuple(id(row) for row in rows[:upto])
                    groups.setdefault(key, (event, rows[:upto], []))[2].append(state)
        for event, rows, states in groups.values():
            where = ", ".join(state.label for state in states)
            text = f"{event.label} ({where}): no patient is stuck once all that is asked is recorded"
            yield self._decided("choice", text, partial(self._choice, event, rows, tuple(states)))

    def _choice(self, event: Event, rows: tuple[Transition, ...], states: tuple[State, ...]) -> Answer:
        overlaps = tuple(self._overlaps(event, rows, states))
        why = [f"of {overlap}, the first decides" for overlap in overlaps]
        gap = self.find(Satisfies(states, event, Condition(_gap, (_guards(rows),))))
        if gap is not None:
            stuck = self._stuck(event, rows, states)
            if stuck is not None:
                why_not = "no row decides, and no other event leads on"
                return ClaimStatus.REFUTED, why_not, {**_shown(stuck), "overlaps": overlaps}
            why.append(_instead(gap))
        return ClaimStatus.PROVEN, "; ".join(why), {"overlaps": overlaps}

    def _stuck(self, event: Event, rows: tuple[Transition, ...], states: tuple[State, ...]) -> Story | None:
        """Return a journey on which neither these rows nor any that leads to another living state are open."""
        for state in states:
            others = [row for other, more in self.system.rows[state].items() if other != event for row in more]
            onward = [row for row in others if row.target and row.target != state and not row.target.final]
            stuck = self.find(Satisfies((state,), event, Condition(_gap, (_guards(rows), _guards(onward)))))
            if stuck is not None:
                return stuck
        return None

    def _overlaps(self, event: Event, rows: tuple[Transition, ...], states: tuple[State, ...]) -> Iterator[Overlap]:
        guarded = [row for row in rows if row.when != ALWAYS]
        for first, second in combinations(guarded, 2):
            found = self.find(Satisfies(states, event, Condition(_both_met, (first.when, second.when))))
            if found is not None:
                yield Overlap(first, second, found)

    # Invariants.

    def invariant(self, invariant: Invariant) -> Claim:
        """Return whether no journey breaks an invariant, or the shortest journey that does."""
        return self._decided("invariants", str(invariant), partial(self._invariant, invariant))

    def _invariant(self, invariant: Invariant) -> Answer:
        self._check_within_reach(invariant)
        found = self.find(Breaks.of(invariant.rule, self.system))
        if found is None:
            return ClaimStatus.PROVEN, "", {}
        checked = invariant.check(found.journey)
        if checked.standing is Standing.VIOLATED:
            why = "broken from the start"
            if checked.step is not None:
                why = f"broken at step {checked.step + 1}, {found.journey.steps[checked.step].event}"
        elif found.record is not None and found.journey.ask(found.record).closed:
            why = f"{found.record.event} is refused"
        else:
            raise Undecided(f"the checker says of the journey that the prover found: {checked}")
        return ClaimStatus.REFUTED, why, _shown(found)

    def _check_within_reach(self, invariant: Invariant) -> None:
        """Raise ``Undecided`` for an invariant that is beyond the prover."""
        if invariant.rule.days is not None:
            raise Undecided("times are checked on journeys, and not proven")
        letters = invariant.rule.letters
        data = [letter for letter in letters if isinstance(letter, Data)]
        if len(data) > 1 or (len(letters) > 1 and any(isinstance(letter, Lack | Closed) for letter in data)):
            raise Undecided("the prover cannot follow two criteria in one rule")
        strange = invariant.unknown_to(self.pathway)
        if strange:
            raise Undecided(f"the pathway does not have: {', '.join(strange)}")


def _shown(story: Story) -> dict[str, Any]:
    return {"counterexample": story.journey, "record": story.record}


def _guards(rows: Iterable[Transition]) -> tuple[Criterion, ...]:
    return tuple(row.when for row in rows)


def _instead(gap: Story) -> str:
    """Return what is refused by every row, and where one may turn instead."""
    decision = gap.journey.ask(cast("Record", gap.record))
    findings = ", ".join(str(finding) for finding in decision.candidate.findings) or "no finding"
    options = (gap.journey.consider(other) for other in decision.instead)
    onward = [option.event.label for option in options if option.target not in (None, gap.journey.state)]
    return f"refused with {findings}; instead: {', '.join(onward)}"
