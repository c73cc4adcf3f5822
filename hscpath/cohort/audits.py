"""The door: a whole log in, and what became of every patient out."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property, partial
from typing import Any, NamedTuple, TypeVar, cast

import attrs
import numpy as np
import polars as pl
from numpy.typing import NDArray

from hscpath.cohort.faults import Fault, Faults, added_up, faults_of, problem_table
from hscpath.cohort.log import Piece, PieceReader, Shape, records
from hscpath.cohort.problems import words
from hscpath.cohort.rules import Ruling, check_known, facts_in, violations
from hscpath.cohort.sources import LogSource, WholePatients, as_polars
from hscpath.cohort.table import Places
from hscpath.cohort.walk import COMPLETE, KINDS, MISUSE, Alphabet, Cells, RowOutcome, States, combined
from hscpath.criteria import Event
from hscpath.decisions import TransitionNotAllowed
from hscpath.engine import OnDeviation
from hscpath.errors import InvalidRecord, Shown, brief, number_of
from hscpath.invariants import Invariant
from hscpath.journey import Journey, ReplayStopped, check_on_deviation
from hscpath.judgement import Deviation
from hscpath.pathway import Pathway, State

Made = TypeVar("Made")

PIECE = 400_000
"""About how many rows are read at a time: enough for columns to pay, few enough to stay near the processor."""

# --- One piece -----------------------------------------------------------------------------------


class Walked(NamedTuple):
    """A piece of a log with what became of it: what each row came to in which state, and the steps of each patient."""

    piece: Piece
    cells: Cells
    before: States
    after: States
    accepted: Places


def _alphabet(auditor: Auditor) -> Alphabet:
    check_on_deviation(auditor.on_deviation)
    return Alphabet(auditor.pathway, auditor.on_deviation)


@attrs.frozen(slots=False, repr=False)
class Auditor(Shown):
    """What audits a piece of a log: a pure function of whole patients, to be run wherever they are.

    Called with any table that speaks Arrow it gives one row for each patient, as ``Audit.patients`` has them.

    >>> import polars as pl
    >>> from hscpath.lupus import PATHWAY
    >>> log = pl.DataFrame({"patient": [1, 1], "day": [0, 9], "event": ["nephritis_diagnosed", "died"]})
    >>> Auditor(PATHWAY)(log).select("patient", "outcome", "state", "accepted").row(0)
    (1, 'complete', 'dead', 2)
    """

    pathway: Pathway
    shape: Shape = attrs.field(factory=Shape)
    on_deviation: OnDeviation = attrs.field(default="record")
    alphabet: Alphabet = attrs.field(init=False, eq=False, default=attrs.Factory(_alphabet, takes_self=True))
    """What rows came to so far: made with the auditor, so that all who share it share one."""

    def __str__(self) -> str:
        return f"of logs on {self.pathway.name}"

    def __reduce__(self) -> tuple[Callable[..., Auditor], tuple[object, ...]]:
        return Auditor, (self.pathway, self.shape, self.on_deviation)

    @cached_property
    def reader(self) -> PieceReader:
        """What reads a piece."""
        return PieceReader(self.shape, self.pathway)

    def __call__(self, batch: Any) -> pl.DataFrame:
        """Return what became of each patient in a batch that holds whole patients."""
        return Audit.of(LogSource(as_polars(batch), self.shape), self).patients

    def walk(self, whole: WholePatients, reader: PieceReader | None = None) -> Walked:
        """Return what became of every row of whole patients, whose rows stand together."""
        alphabet = self.alphabet
        piece = (reader or self.reader).read(*whole)
        letters = alphabet.read(piece)
        after, accepted = alphabet.walk(letters, piece.table)
        before = np.empty_like(after)
        before[1:] = after[:-1]
        before[piece.table.first] = alphabet.initial
        return Walked(piece, alphabet.cells(letters, before), before, after, accepted)

    # What a piece comes to.

    def verdicts(self, walked: Walked) -> pl.DataFrame:
        """Return what became of each patient: one row each."""
        alphabet, piece, first = self.alphabet, walked.piece, walked.piece.table.first
        length = np.diff(first, append=len(walked.after))
        state = np.where(walked.accepted > 0, walked.after[first + walked.accepted - 1], np.int16(alphabet.initial))
        stopped = np.flatnonzero(walked.accepted < length)
        rows = first[stopped] + walked.accepted[stopped]
        which, outcomes = self._outcomes(walked, rows)
        kind = np.zeros(len(first), np.int8)
        kind[stopped] = np.array([KINDS.index(outcome.kind) for outcome in outcomes], np.int8)[which]
        deviating = self._deviating(walked)
        whose, cells = piece.table.patient[deviating], walked.cells[deviating]
        # bincount with weights adds up by patient in one pass; its floats are exact for counts as small as these.
        noted = (np.bincount(whose, each.take(cells), len(first)) for each in (alphabet.departs, alphabet.undocumented))
        departs, undocumented = (each.astype(np.uint32) for each in noted)
        known = pl.DataFrame({
            "patient": piece.frame[self.shape.patient].gather(first),
            "outcome": pl.Series(KINDS, dtype=pl.Enum(KINDS)).gather(kind),
            "state": _named(state, self.pathway.states),
            "events": pl.Series(length, dtype=pl.UInt32),
            "accepted": pl.Series(walked.accepted, dtype=pl.UInt32),
            "departs": departs,
            "undocumented": undocumented,
        })  # fmt: skip
        # Whoever did not stop is given the row behind the last of *refused*, which is null.
        place = np.full(len(first), len(stopped), np.intp)
        place[stopped] = np.arange(len(stopped))
        refused = pl.DataFrame({
            "refused": pl.Series(walked.accepted[stopped], dtype=pl.UInt32),
            "row": pl.Series(piece.row[rows], dtype=pl.UInt32),
            "event": piece.frame[self.shape.event].gather(rows).cast(pl.String),
            "reason": self._reasons(piece, rows, which, outcomes),
        })  # fmt: skip
        return known.hstack(refused.select(pl.all().extend_constant(None, 1).gather(place)))

    def steps(self, walked: Walked) -> pl.DataFrame:
        """Return every step that was accepted: one row each."""
        table = walked.piece.table
        rows = self._accepted(walked)
        cells = walked.cells[rows]
        day = pl.Series(table.day[rows], dtype=pl.Int32)
        undated = () if table.dated is None else np.flatnonzero(~table.dated[rows])
        return pl.DataFrame({
            "patient": walked.piece.frame[self.shape.patient].gather(rows),
            "step": pl.Series(rows - table.begun[rows], dtype=pl.UInt32),
            "day": day.scatter(undated, None) if len(undated) else day,
            "event": _named(table.event[rows], self.pathway.events),
            "before": _named(walked.before[rows], self.pathway.states),
            "after": _named(walked.after[rows], self.pathway.states),
            "departs": pl.Series(self.alphabet.departs.take(cells), dtype=pl.UInt16),
            "undocumented": pl.Series(self.alphabet.undocumented.take(cells), dtype=pl.UInt16),
        })  # fmt: skip

    def deviations(self, walked: Walked) -> pl.DataFrame:
        """Return everything that was let through: one row for each criterion of each step."""
        table, override = walked.piece.table, walked.piece.override
        rows = self._deviating(walked)
        cells = walked.cells[rows]
        distinct, which = np.unique(cells, return_inverse=True)
        columns = [(which, len(distinct))]
        columns += [] if override is None else [(override.number[rows] + 1, len(override.texts) + 1)]
        code, examples = combined(columns, len(rows))
        noted: list[tuple[Deviation, ...]] = []
        for row in examples:
            reason = None if override is None else override.at(int(rows[row]))
            noted.append(self.alphabet.decide(*self.alphabet.parts_of(int(cells[row])), reason).deviations)
        # A row becomes as many rows as it has deviations: each repeats its row, and counts within it by what
        # is left of a running number once the number at which its row began is taken off.
        many = np.array([len(each) for each in noted], np.intp)
        begins = np.cumsum(many) - many
        repeated = np.repeat(np.arange(len(rows)), many[code])
        inside = np.arange(len(repeated)) - np.repeat(np.cumsum(many[code]) - many[code], many[code])
        flat = [each for some in noted for each in some]
        criteria = pl.DataFrame({
            "criterion": pl.Series([each.criterion.phrase for each in flat], dtype=pl.String),
            "kind": pl.Series([each.kind for each in flat], dtype=pl.String),
            "reason": pl.Series([each.reason for each in flat], dtype=pl.String),
        })[begins[code[repeated]] + inside]  # fmt: skip
        places = rows[repeated]
        return pl.DataFrame({
            "patient": walked.piece.frame[self.shape.patient].gather(places),
            "step": pl.Series(places - table.begun[places], dtype=pl.UInt32),
            "event": _named(table.event[places], self.pathway.events),
        }).hstack(criteria)  # fmt: skip

    def counted(self, walked: Walked) -> Counter[int]:
        """Return how many rows came to what, by letter and state."""
        counts = np.bincount(walked.cells)
        met = np.flatnonzero(counts)
        return Counter({int(cell): int(counts[cell]) for cell in met[self.alphabet.goes_on(met)]})

    def _accepted(self, walked: Walked) -> Places:
        """Return the rows that were accepted."""
        return np.flatnonzero(walked.after != self.alphabet.stopped)

    def _deviating(self, walked: Walked) -> Places:
        """Return the rows at which anything was let through."""
        alphabet = self.alphabet
        return np.flatnonzero(alphabet.departs.take(walked.cells) + alphabet.undocumented.take(walked.cells))

    def _outcomes(self, walked: Walked, rows: Places) -> tuple[Places, list[RowOutcome]]:
        """Return the outcome of rows: a number for each, and the outcomes so numbered."""
        distinct, which = np.unique(walked.cells[rows], return_inverse=True)
        return which, [self.alphabet.outcome_of(int(cell)) for cell in distinct]

    def _reasons(self, piece: Piece, rows: Places, which: Places, outcomes: list[RowOutcome]) -> pl.Series:
        """Return why each of these rows was not taken: what is wrong with it, or what the engine says."""
        so = [np.isin(rows, problem.rows) for problem in piece.wrong]
        code, examples = combined([(which, len(outcomes)), *((each, 2) for each in so)], len(rows))
        reasons: list[str] = []
        for row in examples:
            parts = [
                words(problem.kind, problem.where) for problem, each in zip(piece.wrong, so, strict=True) if each[row]
            ]
            reason = outcomes[which[row]].reason
            reasons.append("; ".join([*parts, reason] if reason else parts))
        return pl.Series(reasons, dtype=pl.String).gather(code)


def _kind(things: Iterable[State | Event]) -> pl.Enum:
    """Return the type of a column of names of these things."""
    return pl.Enum([thing.name for thing in things])


def _named(numbers: NDArray[Any], things: Iterable[State | Event]) -> pl.Series:
    """Return numbers as the names of the things that they stand for."""
    kind = _kind(things)
    return pl.Series(kind.categories, dtype=kind).gather(numbers)


# --- The whole -----------------------------------------------------------------------------------


@attrs.frozen(eq=False, repr=False, slots=False)
class Audit(Shown):
    """What became of every patient of a log.

    *patients* has one row for each: the outcome (``"complete"``, ``"refused"`` or ``"misuse"``), the state after
    the last step that was accepted, how many events the log has and how many were accepted, and how many criteria
    were departed from or are not documented. Where a patient stopped, *refused* is the number of the event in the
    patient's log (from 0), *row* that in the whole log, and *reason* says why, free of the patient's values.

    >>> import polars as pl
    >>> from hscpath.cohort import audit
    >>> from hscpath.lupus import PATHWAY
    >>> log = pl.DataFrame({
    ...     "patient": ["ana", "ana", "ben"],
    ...     "day": [0, 30, 4],
    ...     "event": ["nephritis_diagnosed", "cells_reinfused", "died"],
    ... })
    >>> audited = audit(log, PATHWAY)
    >>> print(audited)
    2 patients, 3 events: 1 complete, 1 refused, 0 that cannot be recorded
    >>> audited.patients["reason"].to_list()
    ['stem cells reinfused: cannot happen in this state (lupus nephritis diagnosed)', None]
    >>> audited.journey("ana")
    <Journey: lupus nephritis diagnosed, 1 step>
    """

    source: LogSource
    auditor: Auditor
    patients: pl.DataFrame
    counts: Counter[int]
    faults: Faults

    @classmethod
    def of(cls, source: LogSource, auditor: Auditor, on_piece: Callable[[int], None] | None = None) -> Audit:
        """Audit a log; *on_piece* is told how many rows were read."""
        auditor.shape.check(source.schema, auditor.pathway)
        frames: list[pl.DataFrame] = []
        counts: Counter[int] = Counter()
        faults: list[tuple[tuple[str, str], Fault]] = []
        for verdicts, counted, problems, rows in _in_turn(source, lambda whole: _audited(auditor, whole)):
            frames.append(verdicts)
            counts.update(counted)
            faults += problems.items()
            if on_piece is not None:
                on_piece(rows)
        if not frames:
            frames.append(_audited(auditor, WholePatients(source.none, np.empty(0, np.intp)))[0])
        return cls(source, auditor, pl.concat(frames), counts, added_up(faults))

    @property
    def pathway(self) -> Pathway:
        """The pathway that the log was audited on."""
        return self.auditor.pathway

    def __str__(self) -> str:
        counted = self.outcomes
        events = int(self.patients["events"].sum())
        return (
            f"{number_of(len(self.patients), 'patient')}, {number_of(events, 'event')}: "
            f"{counted[COMPLETE]:,} complete, "
            f"{counted['refused']:,} refused, {counted[MISUSE]:,} that cannot be recorded"
            + (f"; {number_of(self.nobody, 'row')} without a patient" if self.nobody else "")
        )

    @property
    def nobody(self) -> int:
        """How many rows of the log name no patient, and were not audited."""
        return self.source.nobody

    @property
    def outcomes(self) -> Counter[str]:
        """How many patients came to which outcome."""
        return Counter(dict(self.patients["outcome"].value_counts().iter_rows()))

    @cached_property
    def transitions(self) -> pl.DataFrame:
        """How often each step was taken: from which state, to which, on which event."""
        alphabet = self.auditor.alphabet
        found: Counter[tuple[str, str, str]] = Counter()
        for cell, count in self.counts.items():
            after = alphabet.outcome_of(cell).after
            if after is not None:
                letter, before = alphabet.parts_of(cell)
                found[before.name, after.name, self.pathway.events[letter.event].name] += count
        states = _kind(self.pathway.states)
        schema = {"before": states, "after": states, "event": _kind(self.pathway.events)}
        rows = [(*key, count) for key, count in found.items()]
        made = pl.DataFrame(rows, schema={**schema, "count": pl.UInt64}, orient="row")
        return made.sort("before", "after", "event")

    @cached_property
    def refusals(self) -> pl.DataFrame:
        """How many patients stopped for which reason, the commonest first."""
        stopped = self.patients.filter(pl.col("outcome") != COMPLETE)
        return (
            stopped.group_by("outcome", "event", "reason")
            .len("patients")
            .sort("patients", "outcome", "event", "reason", descending=[True, False, False, False], nulls_last=True)
        )

    @cached_property
    def problems(self) -> pl.DataFrame:
        """What is wrong with the log itself, by kind: in how many rows, of how many patients.

        Of the first such row in the log there is the number (*row*, from 0), the patient, and where a value cannot
        be recorded the *reason*, with that value.
        It counts the rows behind a patient's first refusal too, which no verdict rests on.
        """
        unread = self.auditor.shape.unread(self.source.schema, self.pathway)
        return problem_table(self.faults, unread, self.nobody, self.pathway)

    @cached_property
    def steps(self) -> pl.DataFrame:
        """Every step that was accepted, with its day and the states before and after it."""
        return self._concat(self.auditor.steps)

    def steps_in_pieces(self) -> Iterator[pl.DataFrame]:
        """Yield the steps of some whole patients at a time, for a log that is larger than memory."""
        return _in_turn(self.source, lambda whole: self.auditor.steps(self.auditor.walk(whole)))

    @cached_property
    def deviations(self) -> pl.DataFrame:
        """Everything that was let through: criterion, kind and reason."""
        return self._concat(self.auditor.deviations)

    def violations(self, invariants: Iterable[Invariant]) -> pl.DataFrame:
        """Return who broke which of these invariants, at which step (from 0; null from the start).

        Judged is what was accepted, as ``invariant.check(audit.journey(patient))`` does. Raises ``PathwayError``
        for an invariant that speaks of what the pathway does not have.
        """
        rules = tuple(invariants)
        check_known(rules, self.pathway)
        shape, alphabet = self.auditor.shape, self.auditor.alphabet

        def broken(walked: Walked) -> pl.DataFrame:
            table = walked.piece.table
            ruling = Ruling(alphabet, table, walked.cells, walked.after)
            return violations(ruling, rules, walked.piece.frame[shape.patient].gather(table.first))

        return self._concat(broken, PieceReader(shape, self.pathway, facts_in(rules)))

    def _concat(self, made_of: Callable[[Walked], pl.DataFrame], reader: PieceReader | None = None) -> pl.DataFrame:
        walk = partial(self.auditor.walk, reader=reader)
        nothing = walk(WholePatients(self.source.none, np.empty(0, np.intp)))
        return pl.concat([made_of(nothing), *_in_turn(self.source, lambda whole: made_of(walk(whole)))])

    # One patient.

    def journey(self, patient: object) -> Journey:
        """Return a patient's journey, up to the refusal if there was one; raise ``LookupError`` for no patient."""
        replayed = self._replayed(patient)
        return replayed.journey if isinstance(replayed, ReplayStopped) else replayed

    def refusal(self, patient: object) -> TransitionNotAllowed | InvalidRecord | None:
        """Return why a patient stopped, in full: the refusal with its decision, or what cannot be recorded."""
        replayed = self._replayed(patient)
        return replayed.reason if isinstance(replayed, ReplayStopped) else None

    def _replayed(self, patient: object) -> Journey | ReplayStopped:
        shape = self.auditor.shape
        log = records(self.auditor.reader.read(*self.source.of(patient)), shape, self.pathway)
        try:
            return Journey.replay(self.pathway, log, on_deviation=self.auditor.on_deviation)
        except ReplayStopped as stopped:
            return stopped


def audit(
    frame: object,
    pathway: Pathway,
    *,
    patient: str = "patient",
    day: str = "day",
    event: str = "event",
    order: str | None = None,
    in_order: bool = False,
    on_deviation: OnDeviation = "record",
) -> Audit:
    """Return what became of every patient of a log: exactly what ``Journey.replay`` makes of each.

    *frame* is any table (polars, pandas, pyarrow, duckdb) or a polars scan, which is read in pieces: one row for
    each event, with a column for each fact by its name, and ``override``, ``to`` and ``inferred`` where there are
    such. What is null is not recorded. Dates count from each patient's earliest, which is day 0. The rows of a
    patient are taken by day; of several a day, *order* or else the order in which they stand says what comes first,
    and one without a day stays behind the one before it. With *in_order* they are taken as they stand, and a day
    that goes back cannot be recorded.

    Raises ``InvalidFile`` where the columns do not fit, with all that is wrong. What is wrong with single rows is
    reported and stops its patient alone.
    """
    if not isinstance(cast("object", pathway), Pathway):
        raise TypeError(f"audit: {brief(pathway)} is no pathway: give the Pathway on which the patients are")
    shape = Shape(patient, day, event, order, in_order)
    return Audit.of(LogSource(as_polars(frame), shape), Auditor(pathway, shape, on_deviation))


def _audited(auditor: Auditor, whole: WholePatients) -> tuple[pl.DataFrame, Counter[int], Faults, int]:
    walked = auditor.walk(whole)
    return (
        auditor.verdicts(walked),
        auditor.counted(walked),
        added_up(faults_of(walked.piece, auditor.shape, auditor.pathway)),
        len(whole.row),
    )


def _in_turn(source: LogSource, work: Callable[[WholePatients], Made]) -> Iterator[Made]:
    """Yield what work makes of each piece, in order; a few pieces are worked on at a time, and no more are held."""
    workers = os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[Made]] = deque()
        for whole in source.pieces(PIECE):
            waiting.append(pool.submit(work, whole))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
