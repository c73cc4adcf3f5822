"""The answer to "may this happen now?", and what was let through with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Literal, NoReturn, TypeAlias

import attrs

from hscpath.chart import Chart
from hscpath.citations import BY_DEFINITION
from hscpath.criteria import Criterion, Event, Fact, conjuncts
from hscpath.days import the_day
from hscpath.display import Displayed
from hscpath.engine import Engine, EventRows, Row
from hscpath.errors import HscpathError, InvalidRecord, Problem, Shown, did_you_mean, on_one_line
from hscpath.explanation import Explanation
from hscpath.layout import Candidate, Happening, Slots
from hscpath.pathway import State, Transition
from hscpath.verdict import MET, UNKNOWN, UNMET, Verdict

OnDeviation: TypeAlias = Literal["stop", "record"]
"""What to do where a reason is needed and none is given: refuse, or note the deviation."""


NO_REASON = "noted; no reason was recorded"
"""The reason that stands in a deviation which was noted and not argued for."""


@attrs.frozen(repr=False)
class Deviation(Shown):
    """A criterion that was let through with a reason: departed from, or not documented.

    >>> from hscpath import Journey
    >>> from hscpath.lupus import PATHWAY
    >>> ana = Journey(PATHWAY).advance("enrolled", status_at_entry="refractory", age=70)
    >>> ana = ana.advance("hsct_evaluation_started", indication="other organ", ecog=1)
    >>> print(*ana.advance("accepted_for_hsct", override="fit and determined").deviations)
    departs: 65 years or younger (fit and determined)
    """

    criterion: Criterion
    verdict: Verdict
    reason: str

    @property
    def kind(self) -> str:
        """``"departs"`` if the criterion was unmet, ``"not documented"`` if it was unknown."""
        return "departs" if self.verdict is UNMET else "not documented"

    def __str__(self) -> str:
        return f"{self.kind}: {self.criterion.phrase} ({self.reason})"


@attrs.frozen(eq=False, repr=False)
class Tried:
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
class Decision(Displayed):
    """The answer to "may this happen now?", with everything that it rests on.

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

    engine: Engine
    state: State
    past: tuple[Happening, ...]
    candidate: Candidate
    slots: Slots
    override: str | Mapping[str, str] | None = None
    to: str | None = None
    on_deviation: OnDeviation = "stop"

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
    def rows(self) -> tuple[Row, ...]:
        """The rows of this state and event, in the order in which they are tried."""
        return self.engine.events[self.event.name].rows.get(self.state.name, ())

    @cached_property
    def _open_rows(self) -> tuple[tuple[Row, Verdict], ...]:
        """The rows that are not unmet, up to the first that is met."""
        found: list[tuple[Row, Verdict]] = []
        for row in self.rows:
            verdict = row.when(self.slots)
            if verdict is not UNMET:
                found.append((row, verdict))
            if verdict is MET:
                break
        return tuple(found)

    @property
    def possible(self) -> tuple[State, ...]:
        """The states this may lead to: more than one while an unknown leaves rows open."""
        states = (row.leads_to(self.state) for row, _ in self._open_rows)
        return tuple(dict.fromkeys(states))

    @cached_property
    def row(self) -> Row | None:
        """The row that decides: the first not unmet, or the first of these that leads *to* there."""
        for row, _ in self._open_rows:
            if self.to is None or row.leads_to(self.state).name == self.to:
                return row
        return None

    @property
    def target(self) -> State | None:
        """Where the deciding row leads."""
        return None if self.row is None else self.row.leads_to(self.state)

    @cached_property
    def waivable(self) -> tuple[tuple[Criterion, Verdict], ...]:
        """The criteria that need a reason: unknown in ``when``, unknown or unmet in ``expects``."""
        if self.row is None:
            return ()
        rows = [row for row, _ in self._open_rows]
        upto = rows[: rows.index(self.row) + 1]
        asked = [guard for row in upto for guard in conjuncts(row.transition.when)]
        asked += conjuncts(self.row.transition.expects)
        judged = {guard: self.chart.check(guard) for guard in asked}
        return tuple((guard, verdict) for guard, verdict in judged.items() if verdict is not MET)

    @property
    def ambiguous(self) -> bool:
        """Whether an unknown leaves several states possible, and ``to`` does not say which."""
        return self.to is None and bool(self.waivable) and len(self.possible) > 1

    @cached_property
    def deviations(self) -> tuple[Deviation, ...]:
        """What the reasons given would let through."""
        reasons = self._reasons()
        return tuple(Deviation(guard, verdict, reasons[guard]) for guard, verdict in self.waivable if guard in reasons)

    def _reasons(self) -> dict[Criterion, str]:
        """Return the reason for each criterion; raise for one that waives nothing.

        Under "record" a log may have been written under other criteria: reasons that fit none of
        these are left out, and what has none is noted.
        """
        names, override = self._names(), self.override
        recording = self.on_deviation == "record"
        reasons = {guard: NO_REASON for guard, _ in self.waivable} if recording else {}
        if override is None or self.row is None:
            return reasons
        if isinstance(override, str):
            if len(self.waivable) == 1:
                return {self.waivable[0][0]: override}
            if recording:
                return reasons
            raise InvalidRecord(Problem(self._why_not_bare(), "override"))
        strange = [name for name in override if name not in names]
        if strange and not recording:
            raise InvalidRecord(*(
                Problem(f"override: {name!r} is not in need of a reason; {self._waivable_hint(name)}", "override")
                for name in strange
            ))  # fmt: skip
        return reasons | {names[name]: reason for name, reason in override.items() if name in names}

    def _names(self) -> dict[str, Criterion]:
        """Return the criteria that need a reason by whatever names one of them and no other."""
        meant: dict[str, set[Criterion]] = {}
        for guard, _ in self.waivable:
            for words in (guard.brief, guard.phrase):
                meant.setdefault(words, set()).add(guard)
        names = {words: next(iter(guards)) for words, guards in meant.items() if len(guards) == 1}
        return names | {guard.key: guard for guard, _ in self.waivable}

    def name_of(self, guard: Criterion) -> str:
        """Return the shortest words by which a reason can name a criterion here."""
        names = self._names()
        return next(words for words in (guard.brief, guard.phrase, guard.key) if names.get(words) == guard)

    def _why_not_bare(self) -> str:
        if not self.waivable:
            return "override: every criterion is met, so leave the reason out"
        names = ", ".join(f"{self.name_of(guard)!r}: ..." for guard, _ in self.waivable)
        return (
            f"override: {len(self.waivable)} criteria need a reason, and one text does not say "
            f"which is meant: write {{{names}}}"
        )

    def _waivable_hint(self, name: str) -> str:
        if not self.waivable:
            return "every criterion is met, so leave it out"
        return did_you_mean(name, [self.name_of(guard) for guard, _ in self.waivable])

    def check_asked(self) -> None:
        """Raise ``InvalidRecord`` where the reasons or the target given do not fit."""
        _ = self.deviations
        if self.to is None or self.row is not None or not self._open_rows:
            return
        closed = [row.leads_to(self.state).name for row in self.rows if row.when(self.slots) is UNMET]
        if self.to not in closed:
            states = " or ".join(repr(state.name) for state in self.possible)
            text = f"to: what is recorded decides that this leads to {states}, not {self.to!r}"
            raise InvalidRecord(Problem(text, "to"))

    @property
    def open(self) -> tuple[Criterion, ...]:
        """The criteria that need a reason and have none."""
        given = {deviation.criterion for deviation in self.deviations}
        return tuple(guard for guard, _ in self.waivable if guard not in given)

    @property
    def allowed(self) -> bool:
        """Whether the step would be accepted as asked."""
        return self.row is not None and not self.open and not self.ambiguous and not self.lacking

    @property
    def lacking(self) -> tuple[Fact, ...]:
        """What the event must record and does not, unless it was inferred."""
        given = {finding.fact for finding in self.candidate.findings}
        return () if self.candidate.inferred else tuple(fact for fact in self.event.must if fact not in given)

    @property
    def closed(self) -> bool:
        """Whether no reason could open the step."""
        return self.row is None

    @property
    def meaningless(self) -> bool:
        """Whether the event cannot happen in this state, whatever is known."""
        return not self.rows

    @cached_property
    def tried(self) -> tuple[Tried, ...]:
        """Every row that was tried, with the verdict and the reason of every criterion."""
        last = self.row
        if last is None and self._open_rows and self._open_rows[-1][1] is MET:
            last = self._open_rows[-1][0]
        upto = self.rows.index(last) + 1 if last else len(self.rows)
        return tuple(
            Tried(
                row.transition,
                self.chart.explain(row.transition.when),
                self.chart.explain(row.transition.expects),
                row is self.row,
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
        for name, slot in self.engine.events[self.event.name].plan.values.items():
            if name not in given:
                slots[slot] = slots[slot + 1] = None
        return attrs.evolve(self, slots=slots)

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
            known = self.chart.explain(row.transition.when).missing
            forgotten = self.afresh.chart.explain(row.transition.when).missing
            found |= {fact: None for fact in self.event.facts if fact in forgotten and fact not in known}
        return tuple(found)

    @property
    def instead(self) -> tuple[Event, ...]:
        """The other events that may happen here, or could once more is known or a reason given."""
        return tuple(other.event for other in self._alternatives)

    def _alternative(self, known: EventRows, before: Slots) -> Decision:
        """Return the decision about another event of the same day, of whose findings nothing is known yet."""
        asked = Candidate(known.event, (), self.candidate.day)
        slots = known.plan.enter(before, len(self.past), {}, asked.day)
        for slot in known.plan.values.values():
            slots[slot] = slots[slot + 1] = None
        return Decision(self.engine, self.state, self.past, asked, slots)

    def lines(self, *, values: bool = True) -> list[str]:
        """Return the decision in words; without *values*, nothing of the patient is in it."""
        day = self.chart.day
        when = f", {the_day(day)}" if day is not None and values else ""
        lines = [f"{self.event.label}: {self.summary} ({self.state.label}{when})"]
        waived = {deviation.criterion: deviation.reason for deviation in self.deviations}
        needed = set(self.open)
        for tried in self.tried:
            to = tried.transition.target_from(self.state)
            lines.append(f"  to {to.label}" if to is not self.state else "  without a change of state")
            lines[-1] += ":" if tried.criteria else ""
            for part in tried.criteria:
                met = part.verdict is MET
                if met and part.guard.cite == BY_DEFINITION:
                    continue
                told = ["    " + part.line(values=values)] if met else part.lines(values=values, indent="    ")
                if part.guard in waived:
                    told[0] += f" (let through: {on_one_line(waived[part.guard])})" if values else " (let through)"
                elif part.guard in needed:
                    told[0] += " (a reason may be given)"
                lines += told
        if self.missing:
            lines.append("  not recorded: " + ", ".join(map(self._missing_text, self.missing)))
        if self.resting:
            labels = ", ".join(fact.label for fact in self.resting)
            lines.append(f"  this rests on what was last recorded, and may be recorded anew: {labels}")
        if self.ambiguous:
            states = " or ".join(f"{state.name!r} ({state.label})" for state in self.possible)
            lines.append(f"  what is not recorded decides where this leads: with a reason, say also to={states}")
        if self.meaningless:
            rows = self.engine.events[self.event.name].rows
            where = ", ".join(self.engine.states[name].label for name in rows)
            lines.append(f"  it may happen in: {where}")
        if self.open:
            names = "; ".join(map(self.name_of, self.open))
            lines.append(f"  to go on nevertheless, give a reason for: {names}")
        if not self.allowed:
            lines.append("  possible here instead: " + self._instead_text())
        return lines

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
        if self.allowed:
            return "may happen"
        if self.lacking and self.row is not None and not self.open and not self.ambiguous:
            return "may happen once what it must record is given"
        if self.meaningless:
            return "cannot happen in this state"
        if self.closed:
            return "may not happen"
        if not self.open:
            return "may have happened; say where it led"
        if any(self.chart.check(guard) is UNMET for guard in self.open):
            return "may not happen without a reason"
        return "cannot be decided without more information or a reason"

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def __repr__(self) -> str:
        return f"<Decision: {self.event.label}: {self.summary} ({self.state.label})>"


class TransitionNotAllowed(HscpathError):
    r"""An event was refused; ``decision`` says which rows were tried, what failed, and what else may happen.

    The text holds the patient's values; ``decision.lines(values=False)`` does not.

    >>> from hscpath import Journey
    >>> from hscpath.lupus import PATHWAY
    >>> try:
    ...     Journey(PATHWAY).advance("cells_reinfused")
    ... except TransitionNotAllowed as refusal:
    ...     print("\n".join(refusal.decision.lines(values=False)[:2]))
    stem cells reinfused: cannot happen in this state (suspected lupus)
      it may happen in: ablation complete, conditioning under way
    """

    def __init__(self, decision: Decision) -> None:
        self.decision = decision

    def __str__(self) -> str:
        return str(self.decision)
