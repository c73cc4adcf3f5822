"""What an event has to record, and when, for a row to decide: solved criterion by criterion.

A verdict is asked of the compiled guards, never read a second time here: a fact that is still open counts
as not recorded, so a verdict that is known stays what it is whatever the open facts turn out to be. What
can be told apart in a fact is found the same way: a size by halving, an option by trying it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, combinations
from typing import Any, TypeAlias, TypeGuard, assert_never, cast

import attrs

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
    Multiple,
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
from hscpath.layout import Candidate, Check, Layout, Slots
from hscpath.pathway import Transition
from hscpath.verdict import MET, UNKNOWN, UNMET, Verdict

Choose: TypeAlias = Callable[[int], int]
"""Picks one of so many, counted from 0: always the first, or drawn."""

Day: TypeAlias = int | SameDay | None
Span: TypeAlias = Sequence[Stored]
"""Values of a fact that no criterion tells apart."""


def the_first(_of: int) -> int:
    """Choose what comes first: as little as possible recorded, and the lowest value of it."""
    return 0


def solve(
    journey: Journey, row: Transition, *, choose: Choose = the_first, clear: bool = True, effort: int = 400
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
    question = Question(journey, row.event)
    found = question.solve(row, choose=choose, clear=clear, effort=effort)
    return None if found is None else question.record(found, choose)


@attrs.frozen(eq=False)
class Given:
    """What an event is said to record, and when, as far as it is decided; what is *open* is not yet."""

    findings: Mapping[str, Finding]
    open: Mapping[str, Fact]
    day: Day = None
    dated: bool = False

    def with_value(self, fact: Fact, stored: Stored | None) -> Given:
        """Return the same with a fact decided: a value, or left out."""
        findings = self.findings if stored is None else {**self.findings, fact.name: Finding(fact, stored)}
        return Given(findings, {n: f for n, f in self.open.items() if n != fact.name}, self.day, self.dated)

    def on_day(self, day: Day) -> Given:
        """Return the same with its day decided."""
        return Given(self.findings, self.open, day, dated=True)


class Question:
    """One event asked about after a journey: what it might record, and what its rows would make of that."""

    def __init__(self, journey: Journey, event: Event) -> None:
        engine, chart = compiled(journey.pathway), journey.chart
        self.known: EventRows = engine.events[event.name]
        self.event = event
        self.rows = self.known.rows.get(journey.state.name, ())
        self.layout, self.before = engine.layout, cast("Slots", chart.slots)
        self.step = len(journey.steps)
        self.last = journey.last_stated_day

    def solve(
        self, row: Transition, *, choose: Choose = the_first, clear: bool = True, effort: int = 400
    ) -> Given | None:
        """Return what the event has to record for a row to decide; what is left open does not matter for it."""
        return _Attempt(self, self.wanted(row, clear=clear), choose, effort).solve(Given({}, self.known.facts))

    def wanted(self, row: Transition, *, clear: bool = True) -> tuple[Wanted, ...]:
        """Return what has to be so for a row to decide; raise ``LookupError`` for one that does not start here."""
        place = next((n for n, each in enumerate(self.rows) if each.transition is row), None)
        if place is None:
            raise LookupError(f"the row {str(row)!r} does not start where the journey stands")
        return wanted_by(self.layout, self.rows[: place + 1], clear)

    def slots(self, given: Given) -> Slots:
        """Return the slots as the guards see them, with what is open not recorded."""
        effects = self.known.effects
        slots = effects.enter(self.before, self.step, given.findings, given.day)
        for name, slot in effects.values.items():
            if name in given.open:
                slots[slot] = slots[slot + 1] = None
        return slots

    def spans(self, fact: Fact, given: Given, leaves: Iterable[CompiledLeaf]) -> list[Span]:
        """Return the values of a fact, grouped by what some criteria make of them."""
        asked = [leaf.check for leaf in leaves if fact.name in leaf.facts]

        def verdicts(stored: Stored) -> tuple[Verdict, ...]:
            slots = self.slots(given.with_value(fact, stored))
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

    def record(self, found: Given, choose: Choose = the_first) -> Record:
        """Return what was found as a record: what it must record and nobody asked for is chosen freely."""
        for fact in self.event.must:
            if fact.name not in found.findings:
                found = self.with_any_value(found, fact, choose)
        if not found.dated:
            spans = self.days()
            span = spans[choose(len(spans))]
            found = found.on_day(span[choose(len(span))])
        return Record(self.event, tuple(found.findings.values()), day=found.day)

    def with_any_value(self, given: Given, fact: Fact, choose: Choose, spans: Sequence[Span] | None = None) -> Given:
        """Return the same with a value of a fact that nothing depends on: one of some spans, if these are given."""
        spans = spans or spans_by(fact, lambda _: None)
        span = spans[choose(len(spans))]
        return given.with_value(fact, span[choose(len(span))])


_A_MONTH = 30


class _Attempt:
    """The search for what gives some criteria the verdicts that they have to have."""

    def __init__(self, question: Question, wanted: Sequence[Wanted], choose: Choose, effort: int) -> None:
        self.question, self.wanted, self.choose, self.effort = question, wanted, choose, effort

    def solve(self, given: Given) -> Given | None:
        """Return what had to be decided, or ``None`` where nothing does it."""
        self.effort -= 1
        slots = self.question.slots(given)
        unsettled: list[list[Fact | None]] = []
        for each in self.wanted:
            verdict = each.check(slots)
            if verdict is each.verdict:
                continue
            if verdict is not UNKNOWN or self.effort < 0:
                return None
            unsettled.append(list(each.undecided(given)))
        if not unsettled:
            return given
        hardest = min(unsettled, key=len)
        return self._decided(given, hardest[0]) if hardest else None

    def _decided(self, given: Given, fact: Fact | None) -> Given | None:
        """Return the same with a fact, or the day, decided in the first way that leads on."""
        ways: list[Sequence[Any]] = []
        leaves = chain.from_iterable(each.leaves for each in self.wanted)
        if fact is None:
            ways += self.question.days(leaves)
        else:
            ways += [] if fact in self.question.event.must else [(None,)]
            ways += self.question.spans(fact, given, leaves)
        start = self.choose(len(ways))
        for way in ways[start:] + ways[:start]:
            value = way[self.choose(len(way))]
            found = self.solve(given.on_day(value) if fact is None else given.with_value(fact, value))
            if found is not None:
                return found
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
    """A criterion, and the verdict that it has to have."""

    guard: Criterion
    check: Check
    verdict: Verdict
    leaves: tuple[CompiledLeaf, ...]
    facts: frozenset[str]
    dated: bool

    def fits(self, slots: Slots) -> bool:
        """Return whether it has that verdict."""
        return self.check(slots) is self.verdict

    def undecided(self, given: Given) -> Iterator[Fact | None]:
        """Yield what is not decided yet and may matter: facts, and ``None`` for the day."""
        yield from (fact for name, fact in given.open.items() if name in self.facts)
        if self.dated and not given.dated:
            yield None


@lru_cache(maxsize=2048)
def wanted_by(layout: Layout, rows: tuple[Row, ...], clear: bool) -> tuple[Wanted, ...]:
    """Return what has to be so for the last of some rows to decide."""
    row = rows[-1].transition
    asked = [(rival.transition.when, UNMET) for rival in rows[:-1]]
    asked += [(guard, MET) for guard in (*conjuncts(row.when), *(conjuncts(row.expects) if clear else ()))]
    wanted: list[Wanted] = []
    for guard, verdict in asked:
        made_of = tuple(_leaf(layout, leaf) for leaf in leaves(guard))
        facts = frozenset(name for leaf in made_of for name in leaf.facts)
        dated = any(leaf.turns for leaf in made_of)
        wanted.append(Wanted(guard, layout.check(guard), verdict, made_of, facts, dated))
    return tuple(wanted)


def _leaf(layout: Layout, guard: Leaf) -> CompiledLeaf:
    check = layout.check(guard)
    match guard:
        case Compare():
            limit = (guard.limit.fact,) if isinstance(guard.limit, Multiple) else ()
            sizes = (size.recorded if isinstance(size, Tally) else size for size in (guard.fact, *limit))
            return CompiledLeaf(check, frozenset(size.name for size in sizes if isinstance(size, Quantity)))
        case OneOf() | IsTrue():
            fact = guard.fact
            return CompiledLeaf(check, frozenset({fact.name} if isinstance(fact, Choice | Flag) else ()))
        case Happened():
            ends = (guard.at_least_ago, None if guard.at_most_ago is None else guard.at_most_ago + 1)
            turns = tuple(int(days) for days in ends if days is not None)
            return CompiledLeaf(check, frozenset(), layout.occasion_slot(guard.occasion), turns)
        case _:
            assert_never(guard)


# --- What no criterion tells apart ------------------------------------------------------------------


def told_apart(fact: Fact, leaves: Iterable[Criterion]) -> list[Span]:
    """Return the values of a fact, grouped by what criteria of it alone make of them, whenever it is recorded.

    >>> from hscpath.lupus import UPCR
    >>> [(span[0], span[-1]) for span in told_apart(UPCR, (UPCR.below("0.5"), UPCR.at_least(3)))]
    [(0, 499), (500, 2999), (3000, 50000)]
    """
    own = [attrs.evolve(leaf, since=None) for leaf in leaves if _is_about(leaf, fact)]
    layout = Layout(own)
    event = Event("recorded", "recorded", may=(fact,))

    def verdicts(stored: Stored) -> tuple[Verdict, ...]:
        slots = layout.fold((), Candidate(event, (Finding(fact, stored),)))
        return tuple(layout.check(leaf)(slots) for leaf in own)

    return spans_by(fact, verdicts)


def _is_about(leaf: Criterion, fact: Fact) -> TypeGuard[Compare | OneOf | IsTrue]:
    return isinstance(leaf, Compare | OneOf | IsTrue) and leaf.fact == fact


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
