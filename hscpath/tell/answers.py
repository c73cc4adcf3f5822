"""What may happen now, in words: where a patient stands, with every way from there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import attrs

from hscpath.criteria import Event
from hscpath.days import SAME_DAY, the_day
from hscpath.decisions import Decision
from hscpath.explanation import Explanation
from hscpath.journey import Day, Journey
from hscpath.outline import BLANK, Line, Outline, Outlined, Span, heading, line, sign, value
from hscpath.pathway import State
from hscpath.tell.stories import criterion_spans
from hscpath.verdict import UNKNOWN, UNMET


@attrs.frozen(eq=False, repr=False)
class Ways(Outlined):
    """Where a patient stands, and every event that means something there: open, on a condition, or closed.

    >>> from hscpath import Journey
    >>> from hscpath.lupus import PATHWAY
    >>> ana = Journey(PATHWAY).advance("enrolled", status_at_entry="refractory", age=70)
    >>> here = ways(ana.advance("hsct_evaluation_started", indication="other organ", ecog=1))
    >>> [decision.event.label for decision in here.open if here.moves(decision)]
    ['declined for transplant', 'died']
    """

    journey: Journey
    decisions: tuple[Decision, ...]
    """One for each event; what it may record anew counts as unknown where an old value would decide where it leads."""
    day: int | None = None
    resting: Mapping[str, Decision] = attrs.field(factory=dict[str, Decision])
    """By the name of such an event, the decision on what was last recorded."""

    @property
    def state(self) -> State:
        """Where the patient stands."""
        return self.journey.state

    @property
    def open(self) -> tuple[Decision, ...]:
        """What may happen as things stand."""
        return tuple(decision for decision in self.decisions if decision.allowed)

    @property
    def conditional(self) -> tuple[Decision, ...]:
        """What may happen once more is known, or with a reason."""
        return tuple(decision for decision in self.decisions if not decision.allowed and not decision.closed)

    @property
    def closed(self) -> tuple[Decision, ...]:
        """What no reason could open."""
        return tuple(decision for decision in self.decisions if decision.closed)

    def leads_to(self, decision: Decision) -> tuple[State, ...]:
        """Return the states that an event may lead to, or would if it were not closed."""
        tried = (row.transition.target_from(self.state) for row in decision.tried)
        return decision.possible or tuple(dict.fromkeys(tried))

    def moves(self, decision: Decision) -> bool:
        """Return whether an event may change the state."""
        return self.leads_to(decision) != (self.state,)

    @property
    def outline(self) -> Outline:
        """It all in words; without values, nothing but the state is of the patient."""
        day = f", {the_day(self.day)}" if self.day is not None else ""
        lines = [line(f"You are here: {self.state.label}", value(day), ".")]
        lines += [] if self.decisions else [BLANK, line("Nothing follows.")]
        for words, decisions in (
            ("Open", self.open),
            ("Open once more is known, or with a reason", self.conditional),
            ("Closed", self.closed),
        ):
            lines += [BLANK, heading(words)] if decisions else []
            for decision in sorted(decisions, key=self.moves, reverse=True):
                if self.moves(decision) or not decision.allowed:
                    lines += self._in_full(decision)
            staying = [decision.event.label for decision in decisions if decision.allowed and not self.moves(decision)]
            lines += [line(f"without a change of state: {', '.join(staying)}", depth=1)] if staying else []
        return Outline(lines)

    def _in_full(self, decision: Decision) -> Iterator[Line]:
        """Yield where an event leads, what stands in its way, and what it leads to without a new finding."""
        yield line(f"{decision.event.label} → {self._targets(decision)}", depth=1)
        for fact in decision.lacking:
            yield line(sign(UNKNOWN.mark), f"{fact.label}: to be recorded", depth=2)
        rests = decision.event.name in self.resting
        for part in bars(decision):
            yield line(*(span for span in criterion_spans(part) if not (rests and span.role == "value")), depth=2)
        if rests:
            yield self._as_last_recorded(decision.event)

    def _targets(self, decision: Decision) -> str:
        states = self.leads_to(decision)
        *first, last = (state.label if state != self.state else "no change of state" for state in states)
        return f"{', '.join(first)} or {last}" if first else last

    def _as_last_recorded(self, event: Event) -> Line:
        """Return what an event leads to if it does not record anew what decides."""
        decision = self.resting[event.name]
        facts: list[Span | str] = []
        for fact in decision.resting:
            last = self.journey.chart[fact]
            day = f" ({the_day(last.day)})" if last is not None and last.day is not None else ""
            facts += [", " if facts else "", fact.label, value(day)]
        leads = "closed" if decision.closed else self._targets(decision)
        return line("with ", *facts, f" as last recorded: {leads}", depth=2)

    def __repr__(self) -> str:
        return f"<Ways: from {self.state.label}, {len(self.decisions)} events>"


def bars(decision: Decision) -> Iterator[Explanation]:
    """Yield what stands in the way: the criteria that need a reason, or those that close every row."""
    if decision.closed:
        parts = [part for tried in decision.tried for part in tried.criteria if part.verdict is UNMET]
    else:
        parts = [decision.chart.explain(guard) for guard in decision.open]
    yield from {part.guard: part for part in parts}.values()


def ways(journey: Journey, *, day: Day = SAME_DAY, on: date | None = None) -> Ways:
    """Return the ways from where a journey stands: on a day, or as things are on the day of its last step."""
    now = day if on is None and (journey.steps or day is not SAME_DAY) else None
    decisions = journey.options(day=now, on=on)
    resting = {decision.event.name: decision for decision in decisions if decision.resting}
    today = decisions[0].chart.day if decisions else journey.day
    seen = (decision.afresh if decision.event.name in resting else decision for decision in decisions)
    return Ways(journey, tuple(seen), today, resting)
