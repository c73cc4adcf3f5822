"""The answer to "may this happen now?", and what was let through with a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple, NoReturn, cast

import attrs

from hscpath.chart import Chart
from hscpath.citations import BY_DEFINITION
from hscpath.criteria import Criterion, Event, Fact, conjuncts
from hscpath.days import the_day
from hscpath.engine import Engine, EventRows, OnDeviation, Override
from hscpath.errors import HscpathError, on_one_line
from hscpath.explanation import Explainer, Explanation
from hscpath.judgement import Judgement
from hscpath.layout import Candidate, Happening, Slots, Verdicts
from hscpath.outline import Line, Outline, Outlined, Span, line, value
from hscpath.pathway import State, Transition
from hscpath.verdict import MET, UNKNOWN, UNMET


class Tried(NamedTuple):
    """A row as it was judged: the transition, and why its guards are met, unmet or unknown."""

    transition: Transition
    when: Explanation
    expects: Explanation
    decides: bool

    @property
    def criteria(self) -> tuple[Explanation, ...]:
        """The explanation of each criterion that is counted, told and waived by itself."""
        hard = self.when.parts if _is_list(self.when) else (self.when,)
        soft = self.expects.parts if _is_list(self.expects) else (self.expects,)
        return (*hard, *soft) if self.decides else hard


def _is_list(explanation: Explanation) -> bool:
    return conjuncts(explanation.guard) != (explanation.guard,)


@attrs.frozen(eq=False, repr=False, slots=False)
class Decision(Judgement, Outlined):
    """The answer to "may this happen now?": a judgement, with the chart that it rests on and its words.

    ``allowed`` says whether the step would be accepted as asked; ``closed`` whether no reason
    could open it. ``open`` holds the criteria that need a reason and have none.

    >>> from hscpath import Journey
    >>> from hscpath.lupus import PATHWAY
    >>> ana = Journey(PATHWAY).advance("enrolled", status_at_entry="refractory", age=25)
    >>> ana = ana.advance("hsct_evaluation_started", indication="other organ")
    >>> decision = ana.consider("accepted_for_hsct")
    >>> decision.allowed, decision.closed, decision.target.label
    (False, False, 'accepted for transplant')
    >>> decision.missing
    (Quantity('ecog'), Quantity('karnofsky'))
    """

    engine: Engine = attrs.field(kw_only=True)
    past: tuple[Happening, ...] = attrs.field(kw_only=True)
    candidate: Candidate = attrs.field(kw_only=True)

    def __reduce__(self) -> tuple[Callable[..., Decision], tuple[object, ...]]:
        moment = (self.engine, self.state, self.past, self.candidate, self.slots)
        return decided, (*moment, self.override, self.to, self.on_deviation)

    def __bool__(self) -> NoReturn:
        raise TypeError("a decision is neither true nor false: ask decision.allowed")

    @property
    def event(self) -> Event:
        """The event that is asked about."""
        return self.candidate.event

    @cached_property
    def chart(self) -> Chart:
        """What the guards saw: the record so far, and the findings of the event itself."""
        return Chart(self.past, self.candidate, layout=self.engine.layout, slots=self.slots)

    @property
    def slots(self) -> Slots:
        """What the guards saw, as the engine keeps it."""
        return cast("Verdicts", self.verdicts).slots

    def explain(self, guard: Criterion) -> Explanation:
        """Return why a criterion of the rows is met, unmet or unknown."""
        return Explainer(cast("Verdicts", self.verdicts), self.past, self.candidate).explain(guard)

    @property
    def allowed(self) -> bool:
        """Whether the step would be accepted as asked."""
        return super().allowed and not self.lacking

    @property
    def lacking(self) -> tuple[Fact, ...]:
        """What the event must record and does not, unless it was inferred."""
        given = {finding.fact for finding in self.candidate.findings}
        return () if self.candidate.inferred else tuple(fact for fact in self.event.must if fact not in given)

    @cached_property
    def tried(self) -> tuple[Tried, ...]:
        """Every row that was tried, with the verdict and the reason of every criterion."""
        open_rows = self.open_rows
        last = self.row or (
            open_rows[-1] if open_rows and self.verdicts[open_rows[-1].transition.when] is MET else None
        )
        upto = self.rows.index(last) + 1 if last else len(self.rows)
        return tuple(
            Tried(
                row.transition, self.explain(row.transition.when), self.explain(row.transition.expects), row is self.row
            )
            for row in self.rows[:upto]
        )

    @property
    def missing(self) -> tuple[Fact | Event, ...]:
        """What would settle the unknowns: facts to record, and events whose day is not recorded."""
        parts = (part for tried in self.tried if tried.when.verdict is not UNMET for part in tried.criteria)
        unknown = (thing for part in parts if part.verdict is UNKNOWN for thing in part.missing)
        return tuple(dict.fromkeys((*self.lacking, *unknown)))

    @cached_property
    def _alternatives(self) -> tuple[Decision, ...]:
        """The decisions about every other event that may happen here, given findings or reasons."""
        before = self.engine.layout.fold(self.past, None)
        others = (known for known in self.engine.events.values() if known.event != self.event)
        return tuple(found for known in others if not (found := self._alternative(known, before)).closed)

    @cached_property
    def afresh(self) -> Decision:
        """The same question while all that the event may record, and has not been given, counts as not known."""
        slots = self.slots.copy()
        given = {finding.fact.name for finding in self.candidate.findings}
        for name, slot in self.engine.events[self.event.name].effects.values.items():
            if name not in given:
                slots[slot] = slots[slot + 1] = None
        return attrs.evolve(self, verdicts=Verdicts(self.engine.layout, slots))

    @property
    def resting(self) -> tuple[Fact, ...]:
        """What decides where this may lead as it was last recorded, although the event may record it anew.

        >>> from hscpath import Journey
        >>> from hscpath.lupus import PATHWAY
        >>> ana = Journey(PATHWAY).advance("enrolled", status_at_entry="kidney failure")
        >>> ana = ana.advance("infection_reported", uncontrolled_infection=True)
        >>> decision = ana.consider("kidney_transplant_performed")
        >>> decision.closed, decision.resting, decision.afresh.closed
        (True, (Flag('uncontrolled_infection'),), False)
        """
        if self.afresh.possible == self.possible:
            return ()
        found: dict[Fact, None] = {}
        for row in self.rows:
            known = self.explain(row.transition.when).missing
            forgotten = self.afresh.explain(row.transition.when).missing
            found |= {fact: None for fact in self.event.facts if fact in forgotten and fact not in known}
        return tuple(found)

    @property
    def instead(self) -> tuple[Event, ...]:
        """The other events that may happen here, or could once more is known or a reason given."""
        return tuple(other.event for other in self._alternatives)

    def _alternative(self, known: EventRows, before: Slots) -> Decision:
        """Return the decision about another event of the same day, of whose findings nothing is known yet."""
        asked = Candidate(known.event, (), self.candidate.day)
        slots = known.effects.enter(before, len(self.past), {}, asked.day)
        for slot in known.effects.values.values():
            slots[slot] = slots[slot + 1] = None
        return decided(self.engine, self.state, self.past, asked, slots)

    @property
    def outline(self) -> Outline:
        """The decision in words; without values, nothing of the patient is in it."""
        day = self.chart.day
        when = f", {the_day(day)}" if day is not None else ""
        lines = [line(f"{self.event.label}: {self.summary} ({self.state.label}", value(when), ")")]
        for tried in self.tried:
            to = tried.transition.target_from(self.state)
            text = f"to {to.label}" if to is not self.state else "without a change of state"
            lines.append(line(text + ":" * bool(tried.criteria), depth=1))
            lines += self._lines_of(tried)
        return Outline((*lines, *(line(text, depth=1) for text in self._remarks())))

    def _lines_of(self, tried: Tried) -> Iterator[Line]:
        """Yield each criterion of a row, in full if it is not met, with the reason that let it through."""
        waived = {deviation.criterion: deviation.reason for deviation in self.deviations}
        needed = self.open
        for part in tried.criteria:
            met, after = part.verdict is MET, list[Span]()
            if met and part.guard.cite == BY_DEFINITION:
                continue
            if part.guard in waived:
                after = [Span(" (let through"), value(f": {on_one_line(waived[part.guard])}"), Span(")")]
            elif part.guard in needed:
                after = [Span(" (a reason may be given)")]
            first, *rest = [part.line(depth=2)] if met else part.tree(depth=2)
            yield first._replace(spans=(*first.spans, *after))
            yield from rest

    def _remarks(self) -> Iterator[str]:
        """Yield what would help: what is missing, what may be recorded anew, where else it may happen, and reasons."""
        if self.missing:
            yield "not recorded: " + ", ".join(map(self._missing_text, self.missing))
        if self.resting:
            labels = ", ".join(fact.label for fact in self.resting)
            yield f"this rests on what was last recorded, and may be recorded anew: {labels}"
        if self.ambiguous:
            states = " or ".join(f"{state.name!r} ({state.label})" for state in self.possible)
            yield f"what is not recorded decides where this leads: with a reason, say also to={states}"
        if self.meaningless:
            rows = self.engine.events[self.event.name].rows
            yield f"it may happen in: {', '.join(self.engine.states[name].label for name in rows)}"
        if self.open:
            yield f"to go on nevertheless, give a reason for: {'; '.join(map(self.name_of, self.open))}"
        if not self.allowed:
            yield f"possible here instead: {self._instead_text()}"

    def _instead_text(self) -> str:
        """Return what leads elsewhere by name, and what only adds to the record by number."""
        told = [other.event.label for other in self._alternatives if set(other.possible) != {self.state}]
        rest = len(self._alternatives) - len(told)
        if rest:
            told.append("1 event that changes no state" if rest == 1 else f"{rest} events that change no state")
        return ", ".join(told) or "nothing"

    def _missing_text(self, thing: Fact | Event) -> str:
        if not isinstance(thing, Event):
            return thing.label
        happened = any(happening.event == thing for happening in self.past)
        happened = happened or (thing == self.event and self.chart.day is None)
        return f"the day of {thing.label}" if happened else f"{thing.label} (not on record)"

    @property
    def summary(self) -> str:
        """The answer in a few words, free of the patient's values."""
        if self.lacking and super().allowed:
            return "may happen once what it must record is given"
        return super().summary

    def __repr__(self) -> str:
        return f"<Decision: {self.event.label}: {self.summary} ({self.state.label})>"


def decided(
    engine: Engine,
    state: State,
    past: tuple[Happening, ...],
    candidate: Candidate,
    slots: Slots,
    override: Override = None,
    to: str | None = None,
    on_deviation: OnDeviation = "stop",
) -> Decision:
    """Return the decision on an event that is considered in a state, after what is past."""
    rows, verdicts = engine.events[candidate.event.name].rows.get(state.name, ()), Verdicts(engine.layout, slots)
    return Decision(state, rows, verdicts, override, to, on_deviation, engine=engine, past=past, candidate=candidate)


class TransitionNotAllowed(Outlined, HscpathError):
    r"""An event was refused; ``decision`` says which rows were tried, what failed, and what else may happen.

    The text holds the patient's values; ``text(values=False)`` does not.

    >>> from hscpath import Journey
    >>> from hscpath.lupus import PATHWAY
    >>> try:
    ...     Journey(PATHWAY).advance("cells_reinfused")
    ... except TransitionNotAllowed as refusal:
    ...     print("\n".join(refusal.lines(values=False)[:2]))
    stem cells reinfused: cannot happen in this state (suspected lupus)
      it may happen in: ablation complete, conditioning under way
    """

    def __init__(self, decision: Decision | Callable[[], Decision]) -> None:
        self._decision = decision

    def __repr__(self) -> str:
        return f"TransitionNotAllowed({self.decision!r})"

    @property
    def decision(self) -> Decision:
        """The answer in full; it is worked out when it is first looked at."""
        if not isinstance(self._decision, Decision):
            self._decision = self._decision()
        return self._decision

    @property
    def outline(self) -> Outline:
        """The decision in words."""
        return self.decision.outline
