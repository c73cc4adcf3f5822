"""Cohorts simulated from rates: event logs that hold on their pathway, and come out the same everywhere."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from math import inf
from typing import TypeAlias, TypeVar, assert_never, cast

import numpy as np
import polars as pl

from hscpath.criteria import Choice, Event, Fact, Finding, Flag, Quantity, Stored
from hscpath.decisions import TransitionNotAllowed
from hscpath.engine import compiled
from hscpath.errors import InvalidRates, Problem, brief
from hscpath.journey import Journey, Record
from hscpath.pathway import Pathway, State
from hscpath.rates import Even, Move, OneIn, Rates, ValueDraw, read
from hscpath.solve import Attempt, Draft, Wanted, one_of, rotated, wanted_by

T = TypeVar("T")

MAX_SIMULATED = 10_000
"""How many patients are simulated at most, and how many there are in a piece; further pieces repeat the first."""

_MAX_EVENTS = 10_000
"""How many events a patient may have before the rates are given up as endless."""
_MAX_DRAWS = 200
"""How often what the rates record of one patient is drawn before they are given up as impossible."""
_MAX_TRIALS = 200
"""How often the guards of one row are asked before it is given up."""
_MAX_RECIPES = 8
"""How many recipes of a row are remembered, the latest."""

Recipe: TypeAlias = tuple[tuple[Event, Fact, Sequence[Stored | None]], ...]
"""What made a row decide: at which events which facts were recorded, with one of which values, or left out."""
Planned: TypeAlias = tuple[Move, State, State, int]
"""An event, the state in which it finds a patient, the state that it leads to, and its day."""


def simulate(pathway: Pathway, n: int, seed: int, rates: Rates) -> pl.DataFrame:
    """Return the log of *n* simulated patients, as ``audit`` takes it: one row for each event.

    Columns: ``patient`` (from 1), ``day`` (from 0), ``event``, and one for each fact that these events may
    record. A patient to whom nothing happens has no row.
    Which way a patient goes and how long it takes come from *rates* alone. What an event records is
    drawn from them too, again where it cannot lead on. Of facts that the rates do not mention, those are
    recorded which the solver asks for, so that every event is accepted, leads where it should, and departs
    from nothing. Values that no criterion tells apart are all alike.

    The same seed gives the same cohort on every machine, and a smaller cohort of it is the beginning of a
    larger one. With one seed the same events happen on the same days under every guideline.

    At most 10,000 patients are simulated. A larger log repeats them, each time under the next 10,000
    numbers: patients 1, 10,001 and 20,001 have the same events. So it is soon made, and its shares rest on
    10,000 patients. Raises ``InvalidRates`` for rates that do not fit the pathway or can never be followed
    on it.

    >>> from hscpath.lupus import RATES, PATHWAY
    >>> cohort = simulate(PATHWAY, 100, 7, RATES)
    >>> cohort.select("patient", "day", "event").head(2).rows()
    [(1, 0, 'enrolled'), (1, 8, 'immunosuppression_started')]
    """
    return pl.concat(simulate_in_pieces(pathway, n, seed, rates))


def simulate_in_pieces(pathway: Pathway, n: int, seed: int, rates: Rates) -> Iterator[pl.DataFrame]:
    """Return the same piece by piece, for cohorts larger than memory; at least one, if an empty one."""
    problems = [
        Problem(f"{what}: {brief(number)} is no whole number from 0 on", what)
        for what, number in (("n", n), ("seed", seed))
        if not isinstance(cast("object", number), int) or isinstance(number, bool) or number < 0
    ]
    if any(fact.name == "patient" for fact in pathway.facts):
        problems.append(Problem("a fact is called 'patient', as the column that says who", "patient"))
    try:
        rates.check(pathway)
    except InvalidRates as error:
        raise InvalidRates(*problems, *error.problems) from None
    if problems:
        raise InvalidRates(*problems)
    return _pieces(_Simulation(pathway, rates, seed), n)


def _pieces(simulation: _Simulation, n: int) -> Iterator[pl.DataFrame]:
    first = simulation.log(min(n, MAX_SIMULATED))
    yield first
    for begun in range(MAX_SIMULATED, n, MAX_SIMULATED):
        again = first.filter(pl.col("patient") <= n - begun)
        yield again.with_columns(patient=(pl.col("patient") + begun).cast(pl.UInt32))


class _Simulation:
    """Patients of one pathway, simulated one after the other from the numbers of one seed."""

    def __init__(self, pathway: Pathway, rates: Rates, seed: int) -> None:
        self.pathway = pathway
        self.ways, self.ends = read(rates, pathway)
        # What is recorded has numbers of its own, so that the same happens to patients whatever a guideline asks for.
        self.chance, self.findings = Chance(seed, 0), Chance(seed, 1)
        self.engine, self.choose = compiled(pathway), self.findings.number_below
        self._rows: dict[tuple[str, str, str], list[tuple[tuple[Wanted, ...], list[Recipe]]]] = {}

    def log(self, patients: int) -> pl.DataFrame:
        """Return the log of so many patients."""
        moves = [
            move for choices in (*self.ways.values(), self.ends) if choices for way in choices.ways for move in way
        ]
        facts = [fact for fact in self.pathway.facts if any(fact in move.event.facts for move in moves)]
        rows: list[tuple[int, int, str]] = []
        values: dict[str, dict[int, Finding]] = {fact.name: {} for fact in facts}
        for patient in range(1, patients + 1):
            life = self.life()
            for (move, _, _, day), findings in zip(life, self.recorded(patient, life), strict=True):
                for name, finding in findings.items():
                    values[name][len(rows)] = finding
                rows.append((patient, day, move.event.name))
        events = pl.Enum([event.name for event in self.pathway.events])
        log = pl.DataFrame(rows, {"patient": pl.UInt32, "day": pl.Int32, "event": events}, orient="row")
        return log.hstack([_column(fact, values[fact.name], len(rows)) for fact in facts])

    # What happens, and when.

    def life(self) -> list[Planned]:
        """Return what happens to a patient, up to death or the end of observation."""
        planned, state = list[Planned](), self.pathway.initial
        end = self.chance.one_of(self.ends.ways, self.ends.upto)[0] if self.ends else None
        last = inf if end is None else self.chance.between(end.days)
        for move, day in self._moves():
            if day > last:
                break
            if len(planned) == _MAX_EVENTS:
                raise InvalidRates("patients go on without end: let observation end, with ends=[...]")
            after = cast("State", move.after)
            planned.append((move, state, after, day))
            state = after
        if end is not None and not state.final:
            planned.append((end, state, state, int(last)))
        return planned

    def _moves(self) -> Iterator[tuple[Move, int]]:
        """Yield one move after another, as the shares have it, each with its day."""
        state, day = self.pathway.initial, 0
        while state.name in self.ways:
            choices = self.ways[state.name]
            way = self.chance.one_of(choices.ways, choices.upto)
            if not way:
                return
            for move in way:
                day += self.chance.between(move.days)
                yield move, day
            state = cast("State", way[-1].after)

    # What is recorded.

    def recorded(self, patient: int, life: Sequence[Planned]) -> list[dict[str, Finding]]:
        """Return what each event of a patient records; raise ``InvalidRates`` where one can never lead on."""
        asked: Draft | None = None
        for drawn in range(_MAX_DRAWS):
            draft: Draft | None = None
            for planned in life:
                asked = self._drafted(draft, planned)
                draft = self._led(asked, planned) if drawn == 0 else self._led_anyhow(asked, planned)
                if draft is None:
                    break
            else:
                return self._filled(draft)
        raise InvalidRates(self._why_not(patient, life, self._filled(asked)))

    def _drafted(self, earlier: Draft | None, planned: Planned) -> Draft:
        """Return an event with what the rates say that it records."""
        move, _, _, day = planned
        known = self.engine.events[move.event.name]
        findings = {fact.name: Finding(fact, self.findings.value(draw)) for fact, draw in move.findings}
        left = dict(known.facts)
        for name in findings:
            del left[name]
        step, before = (0, self.engine.layout.initial) if earlier is None else (earlier.step + 1, earlier.accepted())
        return Draft(known, before, step, left, findings, day, dated=True, earlier=earlier)

    def _led(self, asked: Draft, planned: Planned) -> Draft | None:
        """Return an event with what it has to record to lead where it should, as it did before if that will do."""
        ways = self._ways(planned)
        for wanted, recipes in ways:
            for recipe in sorted(rotated(recipes, self.choose), key=_recorded):
                found = self._followed(asked, recipe)
                if found is not None and all(each.fits(found.slots) for each in wanted):
                    return found
        for wanted, recipes in ways:
            attempt = Attempt(wanted, self.choose, _MAX_TRIALS, sparing=True)
            found = attempt.solve(asked)
            if found is not None:
                recipes[:] = [cast("Recipe", tuple(attempt.trail)), *recipes][:_MAX_RECIPES]
                return found
        return None

    def _led_anyhow(self, asked: Draft, planned: Planned) -> Draft | None:
        """Return the same with facts recorded that could be left out: a later event may rest on what one left out."""
        attempts = (Attempt(wanted, self.choose, _MAX_TRIALS).solve(asked) for wanted, _ in self._ways(planned))
        return next((found for found in attempts if found is not None), None)

    def _ways(self, planned: Planned) -> list[tuple[tuple[Wanted, ...], list[Recipe]]]:
        """Return what each row wants by which an event leads from a state to another, and the recipes known of it."""
        event, before, after = planned[0].event, *planned[1:3]
        key = event.name, before.name, after.name
        if key not in self._rows:
            rows = self.engine.events[event.name].rows[before.name]
            self._rows[key] = [
                (wanted_by(self.engine.layout, rows[: place + 1], clear=True), [])
                for place, row in enumerate(rows)
                if row.leads_to(before) == after
            ]
        return self._rows[key]

    def _followed(self, asked: Draft, recipe: Recipe) -> Draft | None:
        """Return an event with what a recipe says, or ``None`` where a fact is open no more."""
        draft = asked
        for event, fact, span in recipe:
            open_at = (each for each in draft.drafts() if each.known.event is event and fact.name in each.open)
            at = next(open_at, None)
            if at is None:
                return None
            draft = draft.with_value(fact, one_of(span, self.choose), at)
        return draft

    def _filled(self, last: Draft | None) -> list[dict[str, Finding]]:
        """Return what the events up to one record; what nothing depends on is drawn from all there is."""
        drafts = [] if last is None else list(last.drafts())
        return [dict(draft.filled(self.choose).findings) for draft in reversed(drafts)]

    def _why_not(self, patient: int, life: Sequence[Planned], simulated: list[dict[str, Finding]]) -> Problem:
        """Return why the last of a patient's events does not lead on, with what was drawn last."""
        *records, last = [
            Record(move.event, tuple(findings.values()), day=day)
            for (move, _, _, day), findings in zip(life, simulated, strict=False)
        ]
        decision = Journey.replay(self.pathway, records).ask(last)
        leads = f" it leads to {decision.target.label!r}" if decision.target and decision.allowed else ""
        where = f"{decision.state.label}, {decision.event.label}"
        why = leads or f"\n{TransitionNotAllowed(decision)}"
        return Problem(f"{where}: refused whatever is recorded, for patient {patient}:{why}")


def _recorded(recipe: Recipe) -> int:
    """Return how many facts a recipe records."""
    return sum(span[0] is not None for _, _, span in recipe)


class Chance:
    """Numbers by chance, from the raw bits of a generator with a stream that is fixed for good."""

    def __init__(self, seed: int, use: int) -> None:
        bits = np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(use,)))
        blocks = (bits.random_raw(4096).tolist() for _ in count())
        self.share = ((raw >> 11) * 2.0**-53 for block in blocks for raw in block).__next__

    def number_below(self, many: int) -> int:
        """Return one of so many numbers from 0, all alike."""
        return int(self.share() * many)

    def between(self, even: Even) -> int:
        """Return a whole number between two quantiles next to each other, all of these alike."""
        quantiles = even.quantiles
        part = self.number_below(max(1, len(quantiles) - 1))
        low, high = quantiles[part], quantiles[min(part + 1, len(quantiles) - 1)]
        return low + self.number_below(high - low + 1)

    def one_of(self, things: Sequence[T], upto: Sequence[float]) -> T:
        """Return one of several things, by the shares up to each."""
        return things[min(bisect_right(upto, self.share()), len(things) - 1)]

    def value(self, draw: ValueDraw) -> Stored:
        """Return a value that the rates say."""
        match draw:
            case Even():
                return self.between(draw)
            case OneIn():
                return self.one_of(draw.values, draw.upto)
            case _:
                assert_never(draw)


def _column(fact: Fact, given: Mapping[int, Finding], rows: int) -> pl.Series:
    """Return a column of what is recorded of a fact, by row."""
    values: list[object] = [None] * rows
    for row, finding in given.items():
        values[row] = fact.ordered(finding.stored) if isinstance(fact, Choice) and fact.several else finding.value
    return pl.Series(fact.name, values, dtype=_kind(fact))


def _kind(fact: Fact) -> pl.DataType:
    match fact:
        case Quantity():
            return pl.Int64() if fact.resolution.denominator == 1 else pl.Float64()
        case Flag():
            return pl.Boolean()
        case Choice(several=True):
            return pl.List(pl.String)
        case Choice():
            return pl.Enum(fact.options)
        case _:
            assert_never(fact)
