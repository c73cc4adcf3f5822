"""Invariants over whole cohorts: each rule's automaton, walked by all patients together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

import numpy as np
import polars as pl
from numpy.typing import NDArray

from hscpath.cohort.columns import ColumnVerdicts, VerdictColumn
from hscpath.cohort.table import MISSING, PatientRows, Places, Whether
from hscpath.cohort.walk import Alphabet, Cells, States
from hscpath.criteria import Event
from hscpath.errors import PathwayError
from hscpath.invariants import Breach, Closed, Data, Invariant, Lack, Letter, Rule, Standing, is_letter
from hscpath.journey import Journey
from hscpath.pathway import Pathway
from hscpath.verdict import UNMET

BEFORE_FIRST_STEP = -2
"""The step at which a rule is broken that no journey on the pathway can begin to keep."""


def facts_in(invariants: Iterable[Invariant]) -> frozenset[str]:
    """Return the names of the facts that invariants ask about."""
    guards = (letter.guard for each in invariants for letter in each.rule.letters if isinstance(letter, Breach | Lack))
    return frozenset(thing.name for guard in guards for thing in guard.mentions if not isinstance(thing, Event))


def check_known(invariants: Iterable[Invariant], pathway: Pathway) -> None:
    """Raise ``PathwayError`` for invariants that speak of what a pathway does not have."""
    strange = [
        f"{each.name}: the pathway does not have {name!r}" for each in invariants for name in each.unknown_to(pathway)
    ]
    if strange:
        raise PathwayError(*strange)


class Ruling:
    """The steps of a piece, as rules read them."""

    def __init__(self, alphabet: Alphabet, table: PatientRows, cells: Cells, after: States) -> None:
        self.alphabet = alphabet
        self.table = table
        self.after = after
        self.taken = np.flatnonzero(after != alphabet.stopped)
        self._distinct, self._which = np.unique(cells[self.taken], return_inverse=True)

    def broken(self, invariant: Invariant) -> NDArray[np.intp]:
        """Return the step at which each patient broke a rule: ``MISSING`` if at none, or ``BEFORE_FIRST_STEP``."""
        patients = len(self.table.first)
        if invariant.check(Journey(self.alphabet.pathway)).standing is Standing.VIOLATED:
            return np.full(patients, BEFORE_FIRST_STEP)
        rule = invariant.rule
        kind = np.zeros(len(self.after), np.int8)
        for place, letter in enumerate(rule.letters):
            # A step may be several letters at once: a bit for each, which together number a column of the automaton.
            kind[self.taken[self._is(letter)]] += 1 << place
        return self._walked(rule, kind)

    # What each step is.

    def _is(self, letter: Letter) -> Whether:
        """Return which steps are such an activity."""
        pathway = self.alphabet.pathway
        matching: list[bool] = []
        for cell in self._distinct:
            outcome, (read, before) = self.alphabet.outcome_of(int(cell)), self.alphabet.parts_of(int(cell))
            assert outcome.after is not None  # noqa: S101 - every step that was taken led somewhere
            matching.append(is_letter(letter, before, pathway.events[read.event], outcome.after))
        could_be = np.array(matching, np.bool_)[self._which]
        if isinstance(letter, Data):
            places = np.flatnonzero(could_be)
            could_be[places] = self._is_so(letter, self.taken[places])
        return could_be

    def _is_so(self, letter: Breach | Lack | Closed, rows: Places) -> Whether:
        """Return which of some steps, that could be it by their order, break what is asked of what was recorded."""
        match letter:
            case Breach():
                return _unmet(ColumnVerdicts(self.table, rows).verdicts(letter.guard))
            case Lack():
                return _unmet(ColumnVerdicts(self.table, rows, after=True).verdicts(letter.guard))
            case Closed():
                return self._is_closed(letter.event, rows)
            case _:
                assert_never(letter)

    def _is_closed(self, event: Event, rows: Places) -> Whether:
        """Return after which steps no reason would open an event: every row for it is unmet."""
        closed = np.ones(len(rows), np.bool_)
        known = self.alphabet.engine.events[event.name]
        for number, state in enumerate(self.alphabet.states):
            here = np.flatnonzero(self.after[rows] == number)
            column = ColumnVerdicts(self.table, rows[here], after=True, imagined=event)
            for row in known.rows.get(state.name, ()):
                closed[here] &= _unmet(column.verdicts(row.transition.when))
        return closed

    # Where that leads.

    def _walked(self, rule: Rule, kind: NDArray[np.int8]) -> NDArray[np.intp]:
        template, table = rule.template, self.table
        moves = np.array(template.table, np.intp)
        violated = np.array([standing is Standing.VIOLATED for standing in template.standings])
        length = np.diff(table.first, append=len(self.after))
        if len(length):
            length = np.add.reduceat(self.after != self.alphabet.stopped, table.first, dtype=np.intp)
        state = np.zeros(len(length), np.intp)
        broken = np.full(len(length), MISSING)
        clock = None if rule.days is None else _Clocks(rule, rule.days, table)
        for step in range(int(length.max(initial=0))):
            going = np.flatnonzero((length > step) & (broken == MISSING))
            rows = table.first[going] + step
            now = kind[rows]
            state[going] = moves[state[going], now]
            over = violated[state[going]]
            if clock is not None:
                over |= clock(going, rows, now)
            broken[going[over]] = step
        final = np.array([each.final for each in self.alphabet.states])
        ended = np.flatnonzero((length > 0) & (broken == MISSING))
        last = self.after[table.first[ended] + length[ended] - 1]
        accepting = np.isin(state[ended], sorted(template.accepting))
        late = ended[final[last] & ~accepting]
        broken[late] = length[late] - 1
        return broken


def _unmet(verdict: VerdictColumn) -> Whether:
    return np.equal(verdict, UNMET.value)


class _Clocks:
    """What is too late, of all patients: an answer that has not come in time, or comes too long after what it needs."""

    def __init__(self, rule: Rule, days: int, table: PatientRows) -> None:
        self.days = days
        self.answers = rule.template.name == "response"
        self.day = table.day
        self.dated = np.ones(len(table.day), np.bool_) if table.dated is None else table.dated
        self.since = np.zeros(len(table.first), np.int64)
        self.running = np.zeros(len(table.first), np.bool_)

    def __call__(self, patients: Places, rows: Places, kind: NDArray[np.int8]) -> Whether:
        """Return for which of these patients something is too late at a step of this kind."""
        first, second = (kind & 1) != 0, (kind & 2) != 0
        today, dated = self.day[rows], self.dated[rows]
        over: Whether = self.running[patients] & dated & np.greater(today - self.since[patients], self.days)
        starts = first & ~second & ~self.running[patients] if self.answers else first
        self.since[patients[starts]] = today[starts]
        self.running[patients[starts]] = dated[starts]
        if self.answers:
            self.running[patients[second]] = False
            return over
        over &= second & ~first
        return over


def violations(ruling: Ruling, invariants: Iterable[Invariant], patients: pl.Series) -> pl.DataFrame:
    """Return one row for each patient and invariant that was broken, with the step, which is null from the start."""
    schema = {"patient": patients.dtype, "invariant": pl.String(), "step": pl.UInt32()}
    found = [pl.DataFrame(schema=schema)]
    for invariant in invariants:
        broken = ruling.broken(invariant)
        those = np.flatnonzero(broken != MISSING)
        step = pl.when(pl.col("step") >= 0).then("step").cast(pl.UInt32)
        broke = pl.DataFrame({"patient": patients.gather(those), "step": broken[those]})
        found.append(broke.select("patient", pl.lit(invariant.name).alias("invariant"), step))
    return pl.concat(found)
