"""Why a criterion is met, unmet or unknown: the tree of verdicts with values and sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, assert_never, cast

import attrs

from hscpath.citations import Certainty, Citation
from hscpath.criteria import (
    AllOf,
    AnyOf,
    Baseline,
    Compare,
    Criterion,
    Event,
    Fact,
    Happened,
    IsTrue,
    Multiple,
    Not,
    Numeric,
    Occasion,
    OneOf,
    Quantity,
    Snapshot,
    SomeOf,
)
from hscpath.days import days_between, in_days, the_day
from hscpath.layout import NOW, Happening, Layout, Slots, Verdicts, day_of
from hscpath.outline import Line, Outline, Outlined, line, sign, source, value
from hscpath.verdict import UNKNOWN, Verdict


@attrs.frozen(repr=False)
class Explanation(Outlined):
    """Why a criterion is met, unmet or unknown: a tree shaped like the criterion itself.

    *found* says what is recorded, with the patient's values; everything else is free of them.
    *missing* holds what would settle an unknown: facts to record, and events whose day is not
    recorded.
    """

    guard: Criterion
    verdict: Verdict
    found: str = ""
    missing: tuple[Fact | Event, ...] = ()
    parts: tuple[Explanation, ...] = ()

    @property
    def cite(self) -> Citation | None:
        """Where the criterion comes from."""
        return self.guard.cite

    @property
    def evidence(self) -> str:
        """What the verdict rests on, in one line: of several parts, those that agree with it."""
        match self.guard:
            case Not() if self.parts:
                return _with_subject(self.parts[0])
            case AllOf() | AnyOf() | SomeOf() if self.verdict is UNKNOWN and self.missing:
                return "not recorded: " + ", ".join(dict.fromkeys(thing.label for thing in self.missing))
            case AllOf() | AnyOf() | SomeOf():
                agree = (_with_subject(part) for part in self.parts if part.verdict is self.verdict)
                return "; ".join(dict.fromkeys("; ".join(agree).split("; ")))
            case _:
                return self.found

    def line(self, *, certainty: bool = True, depth: int = 0) -> Line:
        """Return the criterion on one line: its verdict, what it rests on, and its source.

        Without *certainty*, a source that is known at second hand does not say so.
        """
        guard = self.guard
        own = "" if self.parts or not guard.name else attrs.evolve(guard, name="").brief
        meant = f" ({own})" if own and own != guard.name else ""
        sure = not certainty and guard.cite and guard.cite.certainty is not Certainty.RECALLED
        return self._line(
            guard.brief + meant, self.evidence, guard.cite.place if guard.cite and sure else guard.cite, depth
        )

    def _line(self, text: str, found: str, cite: Citation | str | None, depth: int) -> Line:
        found, place = f": {found}" if found else "", f" [{cite}]" if cite else ""
        return line(sign(self.verdict.mark), text, value(found), source(place), depth=depth)

    def tree(self, depth: int = 0) -> Iterator[Line]:
        """Yield the criterion and, below it, its parts."""
        guard = self.guard
        text = guard.brief
        if guard.name and not self.parts:
            text = f"{guard.name} ({attrs.evolve(guard, name='').brief})"
        elif self.parts and not guard.name:
            text = _HEADINGS[type(guard)].format(least=getattr(guard, "least", ""))
        yield self._line(text, self.found, guard.cite, depth)
        for part in self.parts:
            yield from part.tree(depth + 1)

    @property
    def outline(self) -> Outline:
        """The tree in words; without values, nothing of the patient is in it."""
        return Outline(self.tree())

    def __repr__(self) -> str:
        return f"<Explanation: {self.verdict.mark} {self.guard.brief}>"


def _with_subject(part: Explanation) -> str:
    """Return the evidence of a part, with what it is known of."""
    found = part.evidence
    match part.guard.part if isinstance(part.guard, Not) else part.guard:
        case Happened(occasion=occasion):
            return f"{occasion.label}{' ' if found.endswith('on record') else ', '}{found}"
        case OneOf(fact=fact):
            return f"{fact}: {found}"
        case Compare(fact=fact):
            return f"{fact} {found}"
        case _:
            return found


_HEADINGS: Mapping[type, str] = {
    AllOf: "all of",
    AnyOf: "any of",
    SomeOf: "at least {least} of",
    Not: "not",
}


class Explainer(NamedTuple):
    """Explains criteria over the slots of one moment: what is past, and what is considered."""

    verdicts: Verdicts
    past: tuple[Happening, ...]
    candidate: Happening | None

    @property
    def layout(self) -> Layout:
        """Where the slots keep what is known."""
        return self.verdicts.layout

    @property
    def slots(self) -> Slots:
        """What is known."""
        return self.verdicts.slots

    @property
    def happenings(self) -> tuple[Happening, ...]:
        """What is accepted, and what is considered."""
        return self.past if self.candidate is None else (*self.past, self.candidate)

    def explain(self, guard: Criterion) -> Explanation:
        """Return why a criterion is met, unmet or unknown."""
        verdict = self.verdicts[guard]
        match guard:
            case Compare():
                found, missing = self._size(guard.fact, guard.since)
                if isinstance(guard.limit, Multiple):
                    limit, limit_missing = self._size(guard.limit.fact, None)
                    found = f"{found}; {guard.limit.fact} {limit}"
                    missing = tuple(dict.fromkeys(missing + limit_missing))
            case OneOf():
                found, missing = self._option(guard)
            case IsTrue():
                found, missing = self._value(guard.fact, self.layout.value_slot(guard.fact), guard.since)
            case Happened():
                found, missing = self._occurrence(guard)
            case AllOf() | AnyOf() | SomeOf():
                return self._joined(guard, verdict, guard.parts)
            case Not() if guard.part.name or isinstance(guard.part, AllOf | AnyOf | SomeOf | Not):
                return self._joined(guard, verdict, (guard.part,))
            case Not():
                inner = self.explain(guard.part)
                found, missing = inner.found, inner.missing
            case _:
                assert_never(guard)
        return Explanation(guard, verdict, found, missing if verdict is UNKNOWN else ())

    def _joined(self, guard: Criterion, verdict: Verdict, parts: tuple[Criterion, ...]) -> Explanation:
        told = tuple(map(self.explain, parts))
        missing = tuple(dict.fromkeys(thing for part in told for thing in part.missing))
        return Explanation(guard, verdict, "", missing if verdict is UNKNOWN else (), told)

    def _size(self, fact: Numeric, since: Occasion | None) -> tuple[str, tuple[Fact | Event, ...]]:
        slot = self.layout.numeric_slot(fact, since)
        if isinstance(fact, Baseline):
            return self._as_it_stood(fact, slot, since)
        if isinstance(fact, Quantity):
            return self._value(fact, slot, since)
        left_out = self.slots[slot + 1]
        total = fact.measure.show(self.slots[slot] or 0)
        if not left_out or fact.recorded is None:
            return total, ()
        return f"at least {total} ({left_out} not recorded)", self._left_out_now(fact.recorded)

    def _option(self, guard: OneOf) -> tuple[str, tuple[Fact | Event, ...]]:
        slot = self.layout.choice_slot(guard.fact)
        if isinstance(guard.fact, Snapshot):
            return self._as_it_stood(guard.fact, slot, guard.since)
        return self._value(guard.fact, slot, guard.since)

    def _as_it_stood(
        self, thing: Baseline | Snapshot, slot: int, since: Occasion | None
    ) -> tuple[str, tuple[Fact | Event, ...]]:
        if self.slots[self.layout.occasion_slot(thing.occasion)] is None:
            return f"not recorded, {thing.occasion.label}: not on record", thing.occasion.events
        return self._value(thing.fact, slot, since)[0], ()

    def _left_out_now(self, fact: Fact) -> tuple[Fact, ...]:
        """Return the fact if the event asked about could record it and does not."""
        candidate = self.candidate
        if candidate is None or fact not in candidate.event.facts:
            return ()
        return () if any(finding.fact == fact for finding in candidate.findings) else (fact,)

    def _value(self, fact: Fact, slot: int, since: Occasion | None) -> tuple[str, tuple[Fact | Event, ...]]:
        stored, step = self.slots[slot], self.slots[slot + 1]
        if since is not None:
            begun = self.slots[self.layout.occasion_slot(since)]
            if begun is None:
                return f"{since.label}: not on record", since.events
            if step is None or step < begun + since.lead:
                latest = self.happenings[cast("int", begun)]
                return f"not recorded since {latest.event.label}{self._on(begun)}", (fact,)
        if stored is None:
            return "not recorded", (fact,)
        return f"{fact.show(stored)}{self._on(step)}", ()

    def _occurrence(self, guard: Happened) -> tuple[str, tuple[Fact | Event, ...]]:
        slot = self.layout.occasion_slot(guard.occasion)
        step, moment = self.slots[slot], self.slots[slot + 1]
        if step is None:
            return "not on record", ()
        since = guard.since
        if since is not None:
            begun = self.slots[self.layout.occasion_slot(since)]
            if begun is None or step < begun + since.lead:
                return f"not on record since {since.label}", ()
        if guard.at_least_ago is None and guard.at_most_ago is None:
            return self._on(step).strip(" ()") or "on record", ()
        days = days_between(moment, self.slots[NOW])
        if days is None:
            undated = [
                self.happenings[at].event
                for at in (step, len(self.happenings) - 1)
                if day_of(self.happenings, at) is None
            ]
            return f"on record{self._on(step)}, how long ago is not recorded", tuple(undated)
        return f"{in_days(days)} ago{self._on(step)}", ()

    def _on(self, step: int) -> str:
        """Return the day of an earlier step, if recorded; that of the event asked about goes without saying."""
        if step == len(self.past):
            return ""
        day = day_of(self.happenings, step)
        return "" if day is None else f" ({the_day(day)})"
