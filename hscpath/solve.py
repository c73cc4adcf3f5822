"""What an event has to record, and when, for a row to decide: solved criterion by criterion.

A verdict is asked of the compiled guards, never read a second time here: a fact that is still open counts
as not recorded, so a verdict that is known stays what it is whatever the open facts turn out to be. What
can be told apart in a fact is found the same way: a size by halving, an option by trying it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, combinations, islice
from typing import Any, TypeAlias, TypeVar, assert_never, cast

import attrs

from hscpath.chart import Chart
from hscpath.criteria import (
    Choice,
    Compare,
    Criterion,
    Event,
    Fact,
    Finding,
    Flag,
    Happened,
    IsTrue,
    Leaf,
    OneOf,
    Quantity,
    Stored,
    Tally,
    conjuncts,
    leaves,
)
from hscpath.days import SAME_DAY, SameDay
from hscpath.engine import EventRows, Row, compiled
from hscpath.journey import Journey, Record
from hscpath.layout import Check, Layout, Slots
from hscpath.pathway import Transition
from hscpath.verdict import MET, UNKNOWN, UNMET, Verdict

T = TypeVar("T")

Choose: TypeAlias = Callable[[int], int]
"""Picks one of so many, counted from 0: always the first, or drawn."""

MAX_ASKED = 400
"""How often the guards are asked before a search is given up."""
Day: TypeAlias = int | SameDay | None
Span: TypeAlias = Sequence[Stored]
"""Values of a fact that no criterion tells apart."""


def the_first(_of: int) -> int:
    """Choose what comes first: as little as possible recorded, and the lowest value of it."""
    return 0


def solve(
    journey: Journey, row: Transition, *, choose: Choose = the_first, clear: bool = True, effort: int = MAX_ASKED
) -> Record | None:
    """Return a record of the row's event by which the row decides next, or ``None`` if none was found.

    With *clear*, all that the row expects is met too, and nothing needs a reason. *choose* picks among what
    no criterion tells apart, and which of two ways is tried first. *effort* is how often the guards are asked
    before giving up. Raises ``LookupError`` for a row that does not start where the journey stands.

    >>> from hscpath import Journey
    >>> from hscpath.lupus import PATHWAY
    >>> ana = Journey(PATHWAY).advance("nephritis_diagnosed", day=0)
    >>> biopsied = next(row for row in PATHWAY.transitions if row.event.name == "kidney_biopsy_reported")
    >>> record = solve(ana, biopsied)
    >>> print(record, "/", *(finding.text for finding in record.findings))
    kidney_biopsy_reported, day not recorded / I
    """
    found = Attempt(wanted(journey, row, clear=clear), choose, effort).solve(Draft.after(journey, row.event))
    return None if found is None else found.record(choose)


def rotated(things: Sequence[T], choose: Choose) -> list[T]:
    """Return several things, beginning with one that is chosen."""
    start = choose(len(things)) if things else 0
    return [*things[start:], *things[:start]]


def _slots(draft: Draft) -> Slots:
    effects = draft.known.effects
    slots = effects.enter(draft.before, draft.step, draft.findings, draft.day)
    for name, slot in effects.values.items():
        if name in draft.open:
            slots[slot] = slots[slot + 1] = None
    return slots


@attrs.frozen(eq=False)
class Draft:
    """An event with what it records, and when, as far as that is decided; what is *open* is not yet.

    *before* is what was known until then, and *last* the last day stated. *earlier* is the draft of the event before,
    where what that records may be open too.
    """

    known: EventRows
    before: Slots
    step: int
    open: Mapping[str, Fact]
    findings: Mapping[str, Finding] = attrs.field(factory=dict[str, Finding])
    day: Day = None
    dated: bool = False
    last: int | None = None
    earlier: Draft | None = None
    slots: Slots = attrs.field(init=False, default=attrs.Factory(_slots, takes_self=True))
    """What is known as the event's guards see it, with what is open not recorded."""

    @classmethod
    def after(cls, journey: Journey, event: Event) -> Draft:
        """Return an event that comes after a journey, with all of it open."""
        known = compiled(journey.pathway).events[event.name]
        before = cast("Slots", journey.chart.slots)
        return cls(known, before, len(journey.steps), known.facts, last=journey.last_stated_day)

    @classmethod
    def of(cls, journey: Journey, record: Record) -> Draft:
        """Return what is recorded after a journey as a draft with nothing open."""
        findings = {finding.fact.name: finding for finding in cast("tuple[Finding, ...]", record.findings)}
        draft = cls.after(journey, cast("Event", record.event)).on_day(record.day)
        return attrs.evolve(draft, open={}, findings=findings)

    def with_value(self, fact: Fact, stored: Stored | None, at: Draft | None = None) -> Draft:
        """Return the same with a fact decided, here or *at* an earlier event: a value, or left out."""
        findings, still_open, before, earlier = self.findings, dict(self.open), self.before, self.earlier
        if at is None or at is self:
            still_open.pop(fact.name, None)
            findings = findings if stored is None else {**findings, fact.name: Finding(fact, stored)}
        else:
            earlier = cast("Draft", earlier).with_value(fact, stored, at)
            before = earlier.accepted()
        return Draft(self.known, before, self.step, still_open, findings, self.day, self.dated, self.last, earlier)

    def with_any_value(self, fact: Fact, choose: Choose, spans: Sequence[Span] | None = None) -> Draft:
        """Return the same with a value of a fact that nothing depends on: one of some spans, if these are given."""
        spans = spans or spans_by(fact, lambda _: None)
        return self.with_value(fact, one_of(one_of(spans, choose), choose))

    def on_day(self, day: Day) -> Draft:
        """Return the same with its day decided."""
        return attrs.evolve(self, day=day, dated=True)

    def accepted(self) -> Slots:
        """Return the slots once the event has happened."""
        slots = self.slots.copy()
        self.known.effects.accept(slots, self.findings, self.step)
        return slots

    def drafts(self) -> Iterator[Draft]:
        """Yield this event and those before it that may be open, the latest first."""
        draft: Draft | None = self
        while draft is not None:
            yield draft
            draft = draft.earlier

    def undecided(self, each: Wanted) -> Iterator[tuple[Draft, Fact | None]]:
        """Yield what is not decided yet and may matter, and at which event: facts, and ``None`` for the day."""
        yield from ((self, fact) for name, fact in self.open.items() if name in each.facts)
        if each.dated and not self.dated:
            yield self, None
        for draft in islice(self.drafts(), 1, None):
            yield from ((draft, fact) for name, fact in draft.open.items() if name in each.mentioned)

    def spans(self, fact: Fact, leaves: Iterable[CompiledLeaf], at: Draft | None = None) -> list[Span]:
        """Return the values of a fact, grouped by what some criteria make of them."""
        asked = [leaf.check for leaf in leaves if at not in (None, self) or fact.name in leaf.facts]

        def verdicts(stored: Stored) -> tuple[Verdict, ...]:
            slots = self.with_value(fact, stored, at).slots
            return tuple(check(slots) for check in asked)

        return spans_by(fact, verdicts)

    def days(self, leaves: Iterable[CompiledLeaf] = ()) -> list[Sequence[Day]]:
        """Return the days that the event may have, grouped by what some criteria make of them."""
        first = self.last or 0
        asked = [leaf for leaf in leaves if leaf.turns]
        turns = {first}
        for leaf in asked:
            moment = self.before[leaf.slot + 1]
            turns |= {moment + days for days in leaf.turns if isinstance(moment, int)}
        starts = sorted(turn for turn in turns if turn >= first)
        ends = [*starts[1:], starts[-1] + _A_MONTH]
        undated: tuple[Day, ...] = (None, SAME_DAY) if self.step else (None,)
        apart = [(day,) for day in undated] if asked else [undated]
        return [*apart, *(range(start, end) for start, end in zip(starts, ends, strict=True))]

    def filled(self, choose: Choose) -> Draft:
        """Return the same with all that the event must record: any value, where nothing depends on it."""
        draft = self
        for fact in self.known.event.must:
            if fact.name not in self.findings:
                draft = draft.with_any_value(fact, choose)
        return draft

    def record(self, choose: Choose = the_first) -> Record:
        """Return this as a record: what it must have and nobody asked for is chosen freely."""
        draft = self.filled(choose)
        day = self.day if self.dated else one_of(one_of(self.days(), choose), choose)
        return Record(self.known.event, tuple(draft.findings.values()), day=day)


_A_MONTH = 30


def one_of(things: Sequence[T], choose: Choose) -> T:
    """Return one of several things."""
    return things[choose(len(things))]


class Attempt:
    """The search for what gives some criteria the verdicts that they have to have.

    With *sparing*, every fact is left out first: what was recorded before may do, and two values of one thing might
    contradict each other. The *trail* tells what was decided in the end: at which event which fact or, if ``None``,
    the day, and by which span.
    """

    def __init__(
        self, wanted: Sequence[Wanted], choose: Choose, effort: int = MAX_ASKED, *, sparing: bool = False
    ) -> None:
        self.wanted, self.choose, self.effort, self.sparing = wanted, choose, effort, sparing
        self.trail: list[tuple[Event, Fact | None, Sequence[Any]]] = []

    def solve(self, draft: Draft) -> Draft | None:
        """Return the draft with what had to be decided, or ``None`` where nothing does it."""
        self.effort -= 1
        slots = draft.slots
        unsettled: list[list[tuple[Draft, Fact | None]]] = []
        for each in self.wanted:
            verdict = each.check(slots)
            if verdict is each.verdict:
                continue
            if verdict is not UNKNOWN or self.effort < 0:
                return None
            unsettled.append(list(draft.undecided(each)))
        if not unsettled:
            return draft
        hardest = min(unsettled, key=len)
        return self._decided(draft, *hardest[0]) if hardest else None

    def _decided(self, draft: Draft, at: Draft, fact: Fact | None) -> Draft | None:
        """Return the same with a fact, or the day, decided in the first way that leads on."""
        leaves = chain.from_iterable(each.leaves for each in self.wanted)
        ways: list[Sequence[Any]] = [] if fact is None or fact in at.known.event.must else [(None,)]
        kept = len(ways) if self.sparing else 0
        ways += draft.days(leaves) if fact is None else draft.spans(fact, leaves, at)
        for way in [*ways[:kept], *rotated(ways[kept:], self.choose)]:
            value = one_of(way, self.choose)
            self.trail.append((at.known.event, fact, way))
            found = self.solve(draft.on_day(value) if fact is None else draft.with_value(fact, value, at))
            if found is not None:
                return found
            del self.trail[-1]
        return None


# --- What criteria ask of the event itself --------------------------------------------------------


@attrs.frozen(eq=False)
class CompiledLeaf:
    """A criterion that is made of no others: the facts whose present value it asks about, and when it turns.

    *turns* are so many days after what is noted in *slot*.
    """

    check: Check
    facts: frozenset[str]
    slot: int = 0
    turns: tuple[int, ...] = ()


@attrs.frozen(eq=False)
class Wanted:
    """A criterion, and the verdict that it has to have.

    *facts* are those whose value at the event itself matters, *mentioned* those whose earlier value may.
    """

    guard: Criterion
    check: Check
    verdict: Verdict
    leaves: tuple[CompiledLeaf, ...]
    facts: frozenset[str]
    mentioned: frozenset[str]
    dated: bool

    def fits(self, slots: Slots) -> bool:
        """Return whether it has that verdict."""
        return self.check(slots) is self.verdict


def wanted(journey: Journey, row: Transition, *, clear: bool = True) -> tuple[Wanted, ...]:
    """Return what has to be so for a row to decide next; raise ``LookupError`` for one that does not start here."""
    engine = compiled(journey.pathway)
    rows = engine.events[row.event.name].rows.get(journey.state.name, ())
    place = next((n for n, each in enumerate(rows) if each.transition is row), None)
    if place is None:
        raise LookupError(f"the row {str(row)!r} does not start where the journey stands")
    return wanted_by(engine.layout, rows[: place + 1], clear)


@lru_cache(maxsize=2048)
def wanted_by(layout: Layout, rows: tuple[Row, ...], clear: bool) -> tuple[Wanted, ...]:
    """Return what has to be so for the last of some rows to decide."""
    row = rows[-1].transition
    asked = [(rival.transition.when, UNMET) for rival in rows[:-1]]
    asked += [(guard, MET) for guard in (*conjuncts(row.when), *(conjuncts(row.expects) if clear else ()))]
    found: list[Wanted] = []
    for guard, verdict in asked:
        made_of = tuple(_leaf(layout, leaf) for leaf in leaves(guard))
        facts = frozenset(name for leaf in made_of for name in leaf.facts)
        mentioned = frozenset(thing.name for thing in guard.mentions)
        dated = any(leaf.turns for leaf in made_of)
        found.append(Wanted(guard, layout.check(guard), verdict, made_of, facts, mentioned, dated))
    return tuple(found)


def _leaf(layout: Layout, guard: Leaf) -> CompiledLeaf:
    check = layout.check(guard)
    match guard:
        case Happened():
            ends = (guard.at_least_ago, None if guard.at_most_ago is None else guard.at_most_ago + 1)
            turns = tuple(int(days) for days in ends if days is not None)
            return CompiledLeaf(check, frozenset(), layout.occasion_slot(guard.occasion), turns)
        case Compare() | OneOf() | IsTrue():
            things = (thing.recorded if isinstance(thing, Tally) else thing for thing in guard.subjects)
            facts = frozenset(thing.name for thing in things if isinstance(thing, Quantity | Choice | Flag))
            return CompiledLeaf(check, facts)
        case _:
            assert_never(guard)


# --- What no criterion tells apart ------------------------------------------------------------------


def spans_by_criteria(fact: Fact, leaves: Iterable[Criterion]) -> list[Span]:
    """Return the values of a fact, grouped by what criteria of it alone make of them, whenever it is recorded.

    >>> from hscpath.lupus import UPCR
    >>> [(span[0], span[-1]) for span in spans_by_criteria(UPCR, (UPCR.below("0.5"), UPCR.at_least(3)))]
    [(0, 499), (500, 2999), (3000, 50000)]
    """
    own = [leaf.without_since for leaf in leaves if isinstance(leaf, Compare | OneOf | IsTrue) and leaf.fact == fact]

    def verdicts(stored: Stored) -> tuple[Verdict, ...]:
        return tuple(map(Chart.of(Finding(fact, stored)).check, own))

    return spans_by(fact, verdicts)


def spans_by(fact: Fact, verdicts: Callable[[Stored], object]) -> list[Span]:
    """Return the values of a fact, grouped by what something makes of each."""
    match fact:
        case Quantity():
            return _ranges(fact.lowest, fact.highest, verdicts)
        case Flag():
            return _alike((False, True), verdicts)
        case Choice(several=True):
            alike = _alike([frozenset({option}) for option in fact.options], verdicts)
            apart = [cast("frozenset[str]", span[0]) for span in alike]
            return alike + [(first | second,) for first, second in combinations(apart, 2)]
        case Choice():
            return _alike(fact.options, verdicts)
        case _:
            assert_never(fact)


def _ranges(lowest: int, highest: int, verdicts: Callable[[Stored], object]) -> list[Span]:
    """Return a range of sizes for each of the verdicts, which change for good wherever they change."""
    found: list[Span] = []
    start, here, last = lowest, verdicts(lowest), verdicts(highest)
    while here != last:
        turn = bisect_left(range(start, highest), True, key=lambda size: verdicts(size) != here) + start
        found.append(range(start, turn))
        start, here = turn, verdicts(turn)
    return [*found, range(start, highest + 1)]


def _alike(values: Iterable[Stored], verdicts: Callable[[Stored], object]) -> list[Span]:
    """Return values with the same verdicts together."""
    groups: dict[object, list[Stored]] = {}
    for value in values:
        groups.setdefault(verdicts(value), []).append(value)
    return [tuple(group) for group in groups.values()]
