"""Cohorts made from rates: event logs that hold on their pathway, and come out the same everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias, assert_never, cast

import attrs
import numpy as np
import numpy.typing as npt
import polars as pl

from hscpath.cohort.audits import Auditor, audit
from hscpath.cohort.log import Shape
from hscpath.cohort.plans import Chance, Numbers, Plan, each, planned
from hscpath.cohort.sources import Whole
from hscpath.criteria import Choice, Fact, Flag, Quantity
from hscpath.errors import InvalidRates, Problem, brief
from hscpath.pathway import Pathway
from hscpath.rates import Rates

Truth: TypeAlias = npt.NDArray[np.bool_]

PIECE = 10_000
"""How many patients are made together; each piece depends on the seed and its number alone."""

_PILOT, _PILOT_SIZE = 2**32 - 1, 200
_PATIENCE = 200
"""After how many rounds in which no patient comes farther the rates are given up as impossible."""
_FROM_THE_START = 3
"""After how many rounds at one event all that a patient's events record is drawn anew, what is left open too."""
_CURIOSITY = 0.25
"""Of how many events something new is tried although something has served before."""
_MOST_EVENTS, _MOST_KNOWN, _FEW = 1_000, 100, 5
_NOTHING = np.iinfo(np.int64).min


def simulate(pathway: Pathway, n: int, seed: int, rates: Rates) -> pl.DataFrame:
    """Return the log of *n* made-up patients, as ``audit`` takes it: one row for each event.

    Columns: ``patient`` (from 1), ``day`` (from 0), ``event``, and one for each fact that may be recorded.
    A patient to whom nothing happens has no row.
    Which way a patient goes and how long it takes come from *rates* alone. What an event records is
    drawn from them too, and drawn again until the audit finds that every event is accepted, leads
    where it should, and departs from nothing. A fact that the rates do not mention is recorded
    where the pathway asks for it, with a value near what is asked.

    The same seed gives the same cohort on every machine, and of two cohorts of one seed the pieces
    of 10,000 patients which both fill are equal. Raises ``InvalidRates`` for rates that do not fit the
    pathway or can never be followed on it.

    >>> from hscpath.lupus import ILLUSTRATIVE_RATES, PATHWAY
    >>> cohort = simulate(PATHWAY, 100, 7, ILLUSTRATIVE_RATES)
    >>> cohort.select("patient", "day", "event").head(2).rows()
    [(1, 0, 'enrolled'), (1, 16, 'immunosuppression_started')]
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
        plan = planned(pathway, rates)
    except InvalidRates as error:
        raise InvalidRates(*problems, *error.problems) from None
    if problems:
        raise InvalidRates(*problems)
    return _pieces(plan, n, seed)


def _pieces(plan: Plan, n: int, seed: int) -> Iterator[pl.DataFrame]:
    auditor = Auditor(plan.pathway, Shape(in_order=True), "stop")
    known = _Known([{} for _ in plan.moves])
    if n:
        _Draft(plan, auditor, known, Chance(seed, _PILOT), _PILOT_SIZE).finish()
    for number in range(max(1, -(-n // PIECE))):
        size = min(PIECE, n - number * PIECE)
        made = _Draft(plan, auditor, known.copy(), Chance(seed, number), size).finish()
        yield made.with_columns(patient=(pl.col("patient") + number * PIECE + 1).cast(pl.UInt32))


# --- What happens, and when ---------------------------------------------------------------------------


@attrs.frozen(eq=False)
class _Rows:
    """Events that come to pass, in order of patient: all arrays of one length, but *first* and *size* by patient."""

    patient: Numbers
    day: Numbers
    move: Numbers
    first: Numbers
    size: Numbers

    def of(self, patients: Numbers) -> Numbers:
        """Return the rows of these patients."""
        size = self.size[patients]
        skipped = np.repeat(self.first[patients] - (np.cumsum(size) - size), size)
        return skipped + np.arange(len(skipped))


def _walk(plan: Plan, n: int, chance: Chance) -> _Rows:
    """Return what happens to so many patients, and when: each goes from state to state by the shares."""
    states = plan.pathway.states
    final = np.array([state.final for state in states])
    state = np.full(n, states.index(plan.pathway.initial))
    day, going, followed = np.zeros(n, dtype=np.int64), np.ones(n, dtype=np.bool_), np.full(n, _NOTHING)
    ending = np.full(n, -1)
    if plan.ends is not None:
        upto, moves = plan.ends
        ending = np.array(moves)[chance.which(n, upto)]
        for move in moves:
            here = np.flatnonzero(ending == move)
            followed[here] = chance.even(len(here), plan.days[move])
    happened: list[tuple[Numbers, Numbers, Numbers]] = []
    while going.any():
        if len(happened) > _MOST_EVENTS * len(plan.moves):
            raise InvalidRates("patients go on without end: let observation end, with ends=[...]")
        for source in each(state[going]):
            here = np.flatnonzero(going & (state == source))
            if source not in plan.ways:
                going[here] = False
                continue
            upto, ways = plan.ways[source]
            chosen = chance.which(len(here), upto)
            for index, way in enumerate(ways):
                some = here[chosen == index]
                for move in way:
                    day[some] += chance.even(len(some), plan.days[move])
                    happened.append((some, day[some], np.full(len(some), move)))
                if way:
                    state[some] = plan.after[way[-1]]
                else:
                    going[some] = False
        going &= ~final[state]
        if plan.ends is not None:
            going &= day <= followed
    return _in_order(plan, happened, ending, followed, final)


def _in_order(
    plan: Plan, happened: list[tuple[Numbers, Numbers, Numbers]], ending: Numbers, followed: Numbers, final: Truth
) -> _Rows:
    """Return the events as rows: those up to the end of observation, and that end where a patient lives to see it."""
    n = len(ending)
    empty = np.zeros(0, dtype=np.int64)
    patient, day, move = (
        (np.concatenate([empty, *parts]) for parts in zip(*happened, strict=True)) if happened else (empty,) * 3
    )
    if plan.ends is not None:
        kept = day <= followed[patient]
        patient, day, move = patient[kept], day[kept], move[kept]
        over = np.zeros(n, dtype=np.bool_)
        over[patient[final[plan.after[move]]]] = True
        living = np.flatnonzero(~over)
        patient, day, move = (
            np.concatenate(pair) for pair in ((patient, living), (day, followed[living]), (move, ending[living]))
        )
    order = np.argsort(patient, kind="stable")
    size = np.bincount(patient, minlength=n)
    return _Rows(patient[order], day[order], move[order], np.cumsum(size) - size, size)


# --- What is recorded ---------------------------------------------------------------------------------


class _Known:
    """For each move, from which ranges what the rates leave open was drawn (-1: not recorded), and how that ended.

    Each is tried the more often, the more of the patients who had it came to their end.
    """

    def __init__(self, ended: list[dict[tuple[int, ...], tuple[int, int]]]) -> None:
        self.ended = ended

    def copy(self) -> _Known:
        """Return the same, to learn more by itself."""
        return _Known([dict(some) for some in self.ended])

    def learn(self, move: int, ranges: Numbers, *, well: bool) -> None:
        """Note how often what was tried of a move ended well, or did not."""
        some, counts = np.unique(ranges, axis=0, return_counts=True)
        ended = self.ended[move]
        for one, count in zip(map(tuple, cast("list[list[int]]", some.tolist())), counts.tolist(), strict=True):
            if one in ended or (well and len(ended) < _MOST_KNOWN):
                good, bad = ended.get(one, (0, 0))
                ended[one] = (good + count, bad) if well else (good, bad + count)

    def draw(self, move: int, chance: Chance, size: int) -> Numbers | None:
        """Return ranges that ended well before, for so many events; ``None`` where none is known."""
        ended = self.ended[move]
        if not ended:
            return None
        odds = np.cumsum([((good + 1) / (good + bad + 2)) ** 2 for good, bad in ended.values()])
        return np.array(list(ended))[chance.which(size, odds / odds[-1])]


class _Draft:
    """A piece of a cohort whose events and days stand, while what they record is drawn until nothing is refused."""

    def __init__(self, plan: Plan, auditor: Auditor, known: _Known, chance: Chance, n: int) -> None:
        self.plan, self.auditor, self.known, self.chance = plan, auditor, known, chance
        self.patients = np.arange(n)
        self.rows = _walk(plan, n, chance)
        number = len(self.rows.patient)
        self.codes = np.full((len(plan.facts), number), _NOTHING)
        self.tried = np.full((number, max(map(len, plan.left_open), default=0)), -1)

    def finish(self) -> pl.DataFrame:
        """Return the log, once the audit accepts all of it; raise ``InvalidRates`` where it never will."""
        rows, waiting = self.rows, self.patients
        stops = farthest = stuck = np.zeros_like(waiting)
        idle = 0
        while len(waiting):
            size = rows.size[waiting]
            again = rows.of(waiting)[_places(size) >= np.repeat(stops, size)]
            anew = np.zeros(len(rows.patient), dtype=np.bool_)
            urgent = stuck > _FROM_THE_START
            anew[rows.first[waiting[urgent]] + stops[urgent]] = True
            anew[rows.of(waiting[urgent & (stops == 0)])] = True
            self.record(again, anew)
            came = self.stops(waiting)
            left = came >= 0
            self.learn(waiting[~left], well=True)
            on = came > farthest
            stuck, idle = np.where(on, 1, stuck + 1), 0 if on.any() or not left.all() else idle + 1
            waiting, came, stuck, farthest = waiting[left], came[left], stuck[left], np.maximum(farthest, came)[left]
            if idle > _PATIENCE:
                raise InvalidRates(*self.why(waiting, came))
            stops = np.where(stuck % _FROM_THE_START == 0, 0, came)
            self.learn(waiting[stops == 0], well=False)
        return self.frame(rows.of(self.patients))

    def record(self, which: Numbers, anew: Truth) -> None:
        """Draw what these events record: what the rates say, and what they leave open as it ended well before.

        Of what they leave open, some of those *anew* try something else.
        """
        chance, codes = self.chance, self.codes
        codes[:, which] = _NOTHING
        for move, here in self._by_move(which):
            for found in self.plan.found[move]:
                codes[found.fact, here] = found.draw(chance, len(here))
            before = self.known.draw(move, chance, len(here))
            new = anew[here] if before is None else anew[here] & (chance(len(here)) < _CURIOSITY)
            for place, open_fact in enumerate(self.plan.left_open[move]):
                ranges = open_fact.choose(chance, len(here), 0) if before is None else before[:, place]
                ranges = np.where(new, open_fact.choose(chance, len(here), 0.5), ranges)
                self.tried[here, place] = ranges
                given = ranges >= 0
                low, high = open_fact.ranges[ranges[given]].T
                codes[open_fact.fact, here[given]] = chance.whole(int(given.sum()), low, high)

    def learn(self, patients: Numbers, *, well: bool) -> None:
        """Note how it ended for these patients with what was tried for their events."""
        for move, here in self._by_move(self.rows.of(patients)):
            size = len(self.plan.left_open[move])
            if size:
                self.known.learn(move, self.tried[here, :size], well=well)

    def stops(self, patients: Numbers) -> Numbers:
        """Return which event of each patient is refused, needs a reason or leads elsewhere; -1 where none does."""
        which, size = self.rows.of(patients), self.rows.size[patients]
        if not len(which):
            return np.full(len(patients), -1)
        after = self.auditor.walk(Whole(self.frame(which), np.arange(len(which)))).after
        place = _places(size)
        before = np.where(place == 0, self.auditor.alphabet.initial, np.roll(after, 1))
        meant = self.plan.after[self.rows.move[which]]
        wrong = after != np.where(meant < 0, before, meant)
        first = size.copy()
        np.minimum.at(first, np.repeat(np.arange(len(patients)), size)[wrong], place[wrong])
        return np.where(first < size, first, -1)

    def why(self, patients: Numbers, stops: Numbers) -> Iterator[Problem]:
        """Yield why patients cannot go on, each event with one patient's refusal."""
        moves = self.rows.move[self.rows.first[patients] + stops]
        for move in each(moves)[:_FEW]:
            some, stop = patients[moves == move], int(stops[moves == move][0])
            judged = audit(self.frame(self.rows.of(some[:1])), self.plan.pathway, in_order=True, on_deviation="stop")
            meant = self.plan.moves[move]
            where = f"{meant.before.label if meant.before else 'at the end'}, {meant.event.label}"
            refusal, steps = judged.refusal(int(some[0])), judged.journey(int(some[0])).steps
            why = f"\n{refusal}" if len(steps) == stop else f" it leads to {steps[stop].state.label!r}"
            number = f"{len(some)} of {len(self.patients)} patients"
            yield Problem(f"{where}: refused whatever is recorded, for {number}:{why}")

    def frame(self, which: Numbers) -> pl.DataFrame:
        """Return events as the table that an audit takes."""
        plan, rows = self.plan, self.rows
        events = [event.name for event in plan.pathway.events]
        event = np.array([events.index(move.event.name) for move in plan.moves] or [0])[rows.move[which]]
        columns = [
            pl.Series("patient", rows.patient[which]),
            pl.Series("day", rows.day[which].astype(np.int32)),
            pl.Series("event", events, dtype=pl.Enum(events)).gather(event),
        ]
        columns += [
            _column(fact, self.codes[place, which], plan.sets.get(place, ())) for place, fact in enumerate(plan.facts)
        ]
        return pl.DataFrame(columns)

    def _by_move(self, which: Numbers) -> Iterator[tuple[int, Numbers]]:
        moves = self.rows.move[which]
        for move in each(moves):
            yield move, which[moves == move]


def _places(size: Numbers) -> Numbers:
    """Return the place of each event among those of its patient, patient by patient."""
    begins = np.repeat(np.cumsum(size) - size, size)
    return np.arange(len(begins)) - begins


def _column(fact: Fact, codes: Numbers, sets: tuple[frozenset[str], ...]) -> pl.Series:
    """Return the values that codes stand for, as a column."""
    given = codes != _NOTHING
    known = np.where(given, codes, 0)
    match fact:
        case Quantity(resolution=size):
            # One division of whole numbers, rounded once: just as the value of a finding is made.
            scaled = known * size.numerator
            values = pl.Series(scaled if size.denominator == 1 else scaled / size.denominator)
        case Flag():
            values = pl.Series(known.astype(np.bool_))
        case Choice(several=True):
            held = [fact.ordered(options) for options in sets]
            values = pl.Series(held, dtype=pl.List(pl.String)).gather(known)
        case Choice():
            values = pl.Series(fact.options, dtype=pl.Enum(fact.options)).gather(known)
        case _:
            assert_never(fact)
    return pl.select(pl.when(pl.Series(given)).then(values).alias(fact.name)).to_series()
