"""What may happen now, in words: one answer, and where a patient stands with every way from there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import attrs

from hscpath.criteria import Event
from hscpath.days import SAME_DAY, the_day
from hscpath.decisions import Decision
from hscpath.display import Displayed
from hscpath.explanation import Explanation
from hscpath.journey import Day, Journey
from hscpath.outline import BLANK, HEADING, Form, Line, rendered
from hscpath.pathway import State
from hscpath.tell.stories import told
from hscpath.verdict import UNKNOWN, UNMET


def answer(decision: Decision, *, values: bool = True, form: Form = "text") -> str:
    """Return the answer to "may this happen now?" as text or Markdown; without *values*, nothing of the patient.

    >>> from hscpath import Journey
    >>> from hscpath.lupus import PATHWAY
    >>> print(answer(Journey(PATHWAY).consider("cells_reinfused"), form="md").splitlines()[0])
    stem cells reinfused: cannot happen in this state (suspected lupus)
    """
    lines = decision.lines(values=values)
    return rendered((Line((len(line) - len(line.lstrip(" "))) // 2, line) for line in lines), form)


@attrs.frozen(eq=False, repr=False)
class Ways(Displayed):
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

    def text(self, *, values: bool = True, form: Form = "text") -> str:
        """Return it in words, as text or Markdown; without *values*, nothing but the state is of the patient."""
        day = f", {the_day(self.day)}" if self.day is not None and values else ""
        lines = [Line(0, f"You are here: {self.state.label}{day}.")]
        lines += [] if self.decisions else [BLANK, Line(0, "Nothing follows.")]
        for heading, decisions in (
            ("Open", self.open),
            ("Open once more is known, or with a reason", self.conditional),
            ("Closed", self.closed),
        ):
            lines += [BLANK, Line(HEADING, heading)] if decisions else []
            for decision in sorted(decisions, key=self.moves, reverse=True):
                if self.moves(decision) or not decision.allowed:
                    lines.append(Line(1, f"{decision.event.label} → {self._targets(decision)}"))
                    lines += [Line(2, f"{UNKNOWN.mark} {fact.label}: to be recorded") for fact in decision.lacking]
                    rests = decision.event.name in self.resting
                    lines += [Line(2, told(part, values=values and not rests)) for part in bars(decision)]
                    lines += [Line(2, self._as_last_recorded(decision.event, values))] if rests else []
            staying = [decision.event.label for decision in decisions if decision.allowed and not self.moves(decision)]
            lines += [Line(1, f"without a change of state: {', '.join(staying)}")] if staying else []
        return rendered(lines, form)

    def _targets(self, decision: Decision) -> str:
        states = self.leads_to(decision)
        *first, last = (state.label if state != self.state else "no change of state" for state in states)
        return f"{', '.join(first)} or {last}" if first else last

    def _as_last_recorded(self, event: Event, values: bool) -> str:
        """Return what an event leads to if it does not record anew what decides."""
        decision = self.resting[event.name]
        facts: list[str] = []
        for fact in decision.resting:
            last = self.journey.chart[fact]
            day = f" ({the_day(last.day)})" if values and last is not None and last.day is not None else ""
            facts.append(f"{fact.label}{day}")
        return f"with {', '.join(facts)} as last recorded: {'closed' if decision.closed else self._targets(decision)}"

    def __str__(self) -> str:
        return self.text()

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
