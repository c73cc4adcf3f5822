"""Logs that are wrong in exactly one thing, and what has to be said about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate, chain, islice, pairwise
from typing import TypeAlias, cast

import attrs
from hypothesis import reject
from hypothesis import strategies as st

from hscpath.criteria import Criterion, Finding, Not, Quantity, conjuncts
from hscpath.decisions import Decision, TransitionNotAllowed
from hscpath.engine import Row
from hscpath.errors import InvalidRecord, Printer, Shown
from hscpath.journey import Journey, Record, ReplayStopped
from hscpath.pathway import Pathway
from hscpath.solve import Choose, CompiledLeaf, Draft, Wanted, rotated, wanted
from hscpath.testing.journeys import MOST_STEPS, Aim, RowStep, chooser, row_steps, walked
from hscpath.verdict import MET

Draw: TypeAlias = st.DrawFn


@attrs.frozen(repr=False)
class NearMiss(Shown):
    """A log that is wrong in exactly one thing.

    *records* up to *at* (counted from 0) are accepted, and the record there is not; *kind* says what was done to
    a log that had been sound. Whoever refuses it has to say each of these *words*: the criterion that is not
    met or not known, the finding that is missing, the state in which the event means nothing.
    """

    kind: str
    records: tuple[Record, ...]
    at: int
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.kind}: {self.records[self.at]}, event {self.at + 1} of {len(self.records)}"

    def _repr_pretty_(self, printer: Printer, _cycle: bool) -> None:
        """Print every record up to the one at fault, so that a failing example is a story."""
        printer.text(f"<NearMiss: {self.kind}>, to be told: {'; '.join(self.words)}")
        for number, record in enumerate(self.records[: self.at + 1]):
            found = "; ".join(map(str, record.findings))
            mark = ">" if number == self.at else " "
            printer.text(f"\n{mark} {number + 1:2}. {record}" + (f" [{found}]" if found else ""))

    def unsaid(self, text: str) -> tuple[str, ...]:
        """Return which of the words a refusal does not say."""
        return tuple(word for word in self.words if word not in text)


def near_misses(pathway: Pathway, *, max_steps: int = MOST_STEPS) -> st.SearchStrategy[NearMiss]:
    """Return a strategy for logs that a pathway refuses, each for one thing that is wrong with it.

    A step dropped, doubled or swapped with the next; a value, or a day, one step across a threshold; a finding
    left out; a day that goes back. Everything else is as in a journey drawn by ``journeys``.

    >>> from hypothesis import find
    >>> from hscpath.lupus import PATHWAY
    >>> miss = find(near_misses(PATHWAY), lambda miss: miss.kind == "a finding left out")
    >>> print(miss)
    a finding left out: kidney_biopsy_reported, day not recorded, event 1 of 2
    >>> miss.words
    ('biopsy class',)
    """
    return _near_misses(Aim(pathway, least=2, most=max_steps))


@st.composite
def _near_misses(draw: Draw, aim: Aim) -> NearMiss:
    choose = chooser(draw)
    sound = sound_steps(walked(choose, aim))
    for kind in rotated(_KINDS, choose):
        for step in rotated(sound, choose):
            miss = next(kind(choose, step), None)
            if miss is not None:
                return miss
    return reject()


def sound_steps(journey: Journey) -> list[Sound]:
    """Return the steps of a journey, each with its log and the journey before it."""
    taken = row_steps(journey)
    before = accumulate(journey.steps[:-1], Journey.take, initial=Journey(journey.pathway))
    return [Sound(taken, each) for each in islice(before, len(taken))]


class Sound:
    """A sound log, and the step of it to which something is done."""

    def __init__(self, taken: Sequence[RowStep], before: Journey) -> None:
        self.before, self.place = before, len(before.steps)
        self.records = tuple(leg.record for leg in taken)
        self.record, self.row = self.records[self.place], taken[self.place].row

    @cached_property
    def wanted(self) -> tuple[Wanted, ...]:
        """What has to be so for the row to decide."""
        return wanted(self.before, self.row)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the step records."""
        return cast("tuple[Finding, ...]", self.record.findings)

    @property
    def leaves(self) -> Iterator[CompiledLeaf]:
        """What the criteria by which the row decided are made of."""
        return chain.from_iterable(each.leaves for each in self.wanted)

    def turned(self, good: Record, bad: Record, decision: Decision) -> Iterator[Criterion]:
        """Yield the criteria that are as they have to be by one record, and are told to be otherwise by another."""
        known, asked = (Draft.of(self.before, record).slots for record in (good, bad))
        told = set(_not_met(decision))
        for each in self.wanted:
            if each.fits(known) and not each.fits(asked):
                yield from (guard for guard in conjuncts(each.guard) if guard in told)

    def with_record(self, record: Record) -> tuple[Record, ...]:
        """Return the log with another record in place of this one."""
        return (*self.records[: self.place], record, *self.records[self.place + 1 :])

    def refusal(self, rest: Iterable[Record]) -> tuple[int, Decision] | None:
        """Return where a log with this *rest* is refused, and how; ``None`` where it is not, or is misuse."""
        journey = self.before
        for record in rest:
            try:
                journey = journey.take(record)
            except TransitionNotAllowed as refusal:
                return len(journey.steps), refusal.decision
            except InvalidRecord:
                return None
        return None

    def decision_on(self, record: Record) -> Decision | None:
        """Return the decision about a record in place of this one; ``None`` where the record is misuse."""
        try:
            return None if self.before.misuse(record) else self.before.ask(record)
        except InvalidRecord:  # a reason for what is in no need of one
            return None

    def takes(self, record: Record) -> bool:
        """Return whether a record is accepted in place of this one, by the same row."""
        decision = self.decision_on(record)
        return decision is not None and decision.allowed and cast("Row", decision.row).transition is self.row


Kind: TypeAlias = Callable[[Choose, Sound], Iterator[NearMiss]]


def _value_across(choose: Choose, sound: Sound) -> Iterator[NearMiss]:
    for finding in rotated([each for each in sound.findings if isinstance(each.fact, Quantity)], choose):
        spans = Draft.of(sound.before, sound.record).spans(finding.fact, sound.leaves)

        def with_value(stored: object, old: Finding = finding) -> Record:
            new = Finding(old.fact, cast("int", stored))
            return attrs.evolve(sound.record, findings=tuple(new if each is old else each for each in sound.findings))

        yield from _across("a value across a threshold", choose, sound, spans, finding.stored, with_value)


def _day_across(choose: Choose, sound: Sound) -> Iterator[NearMiss]:
    if isinstance(sound.record.day, int):
        spans = [span for span in Draft.of(sound.before, sound.record).days(sound.leaves) if isinstance(span, range)]
        day = sound.record.day
        yield from _across(
            "a day across a threshold", choose, sound, spans, day,
            lambda other: attrs.evolve(sound.record, day=cast("int", other)),
        )  # fmt: skip


def _across(
    kind: str,
    choose: Choose,
    sound: Sound,
    spans: Sequence[Sequence[object]],
    value: object,
    changed: Callable[[object], Record],
) -> Iterator[NearMiss]:
    """Yield the logs in which a value is moved to the end of its span, and one step further."""
    for lower, upper in rotated(list(pairwise(spans)), choose):
        if value in lower or value in upper:
            here, there = (lower[-1], upper[0]) if value in lower else (upper[0], lower[-1])
            good, bad = changed(here), changed(there)
            decision = sound.decision_on(bad) if sound.takes(good) else None
            if decision is not None and not decision.allowed:
                words = tuple(chain.from_iterable(map(_words, sound.turned(good, bad, decision))))
                yield NearMiss(kind, sound.with_record(bad), sound.place, words or _all_words(decision))


def _left_out(choose: Choose, sound: Sound) -> Iterator[NearMiss]:
    for finding in rotated(sound.findings, choose):
        fact = finding.fact
        bad = attrs.evolve(sound.record, findings=tuple(each for each in sound.findings if each is not finding))
        records = sound.with_record(bad)
        if fact in sound.row.event.must and bad.inferred is None:
            yield NearMiss("a finding left out", records, sound.place, (f"must record {fact.name}",))
            continue
        decision = sound.decision_on(bad)
        if decision is not None and fact in decision.missing and not decision.allowed:
            yield NearMiss("a finding left out", records, sound.place, (fact.label,))


def _day_back(choose: Choose, sound: Sound) -> Iterator[NearMiss]:
    """Yield the log in which a step comes before the last day stated, which is made that of the step before."""
    *earlier, before = sound.records[: sound.place] or (None,)
    if before is None:
        return
    last = sound.before.last_stated_day
    if last is None:
        last = choose(30)
        before = attrs.evolve(before, day=last)
        try:
            Journey.replay(sound.before.pathway, (*earlier, before))
        except ReplayStopped:
            return
    day = last - 1 - choose(30)
    late = attrs.evolve(sound.record, day=day)
    records = (*earlier, before, late, *sound.records[sound.place + 1 :])
    yield NearMiss("a day that goes back", records, sound.place, (f"day {day} is before",))


def _reordered(kind: str, change: Callable[[Record, Sequence[Record]], Sequence[Record]]) -> Kind:
    def changed(_: Choose, sound: Sound) -> Iterator[NearMiss]:
        rest = change(sound.record, sound.records[sound.place + 1 :])
        refusal = sound.refusal(rest)
        if refusal is not None:
            at, decision = refusal
            yield NearMiss(kind, (*sound.records[: sound.place], *rest), at, _all_words(decision))

    return changed


def _dropped(_: Record, rest: Sequence[Record]) -> Sequence[Record]:
    return rest


def _doubled(step: Record, rest: Sequence[Record]) -> Sequence[Record]:
    return (step, step, *rest)


def _swapped(step: Record, rest: Sequence[Record]) -> Sequence[Record]:
    """Return a step and the next in each other's place, on the days as they were, and the rest."""
    if not rest:
        return (step,)
    following, *others = rest
    return (attrs.evolve(following, day=step.day), attrs.evolve(step, day=following.day), *others)


_KINDS: tuple[Kind, ...] = (
    _value_across,
    _day_across,
    _left_out,
    _day_back,
    _reordered("a step dropped", _dropped),
    _reordered("a step doubled", _doubled),
    _reordered("two steps swapped", _swapped),
)


# --- What has to be said --------------------------------------------------------------------------------


def _all_words(decision: Decision) -> tuple[str, ...]:
    """Return what a refusal has to say: the event, where the patient stands, and what is not met there."""
    return (decision.event.label, decision.state.label, *chain.from_iterable(map(_words, _not_met(decision))))


def _not_met(decision: Decision) -> list[Criterion]:
    """Return the criteria that are told as unmet or unknown."""
    return [part.guard for tried in decision.tried for part in tried.criteria if part.verdict is not MET]


def _words(guard: Criterion) -> tuple[str, ...]:
    """Return how a criterion is told: by its name, or by what it is made of."""
    inside = guard.parts
    if guard.name or not inside or (isinstance(guard, Not) and not guard.part.parts and not guard.part.name):
        return (guard.brief,)
    return tuple(chain.from_iterable(map(_words, inside)))
