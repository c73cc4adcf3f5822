"""One flat table, walked by all patients together.

Guards are asked by column first. What they answer at an event, taken together, is one *letter*: few
letters ever occur, and for each letter and state the engine decides once what follows. The walk
itself then only looks up: the first event of every patient, the second of every patient, and so on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from threading import Lock
from typing import Any, NamedTuple, TypeAlias, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from hscpath.cohort.columns import ColumnVerdicts
from hscpath.cohort.log import Piece, Texts, override_of
from hscpath.cohort.table import MISSING, PatientRows, Places, Whether
from hscpath.criteria import Criterion, Event
from hscpath.engine import OnDeviation, compiled
from hscpath.errors import InvalidRecord
from hscpath.judgement import Deviation, Judgement, judge
from hscpath.pathway import Pathway, State
from hscpath.verdict import UNKNOWN, UNMET, Verdict

States: TypeAlias = NDArray[np.int16]
Letters: TypeAlias = NDArray[np.int32]

Cells: TypeAlias = NDArray[np.int32]

_UNDECIDED = -1


# --- What one event comes to ---------------------------------------------------------------------


class RowLetter(NamedTuple):
    """All that decides about a row besides the state: the event, what each criterion answers, and what is said.

    No *verdicts* are those of a row that cannot be recorded; no *event* is one that is not known.
    """

    event: int
    verdicts: tuple[int, ...] | None
    to: str | None = None
    override: str | None = None


@attrs.frozen(eq=False)
class RowOutcome:
    """What a row came to in a state: the state after it, or why it was not taken."""

    after: State | None
    kind: str
    reason: str = ""
    deviations: tuple[Deviation, ...] = ()


COMPLETE, REFUSED, MISUSE = "complete", "refused", "misuse"
KINDS = (COMPLETE, REFUSED, MISUSE)


def reason_of(event: Event, judgement: Judgement) -> str:
    """Return why an event was refused, in one line without anything of the patient but the state."""
    head = f"{event.label}: {judgement.summary} ({judgement.state.label})"
    if judgement.ambiguous:
        ends = " or ".join(state.label for state in judgement.possible)
        unknown = "; ".join(part.brief for part in judgement.of_verdict(UNKNOWN))
        return f"{head}: {ends}; not known: {unknown}"
    parts = judgement.open if judgement.row is not None else judgement.of_verdict(UNMET)
    return f"{head}: {'; '.join(part.brief for part in parts)}" if parts else head


class Alphabet:
    """The letters of a pathway that have occurred, and what each comes to in each state where it has.

    It only remembers: pieces may share it, in any order and from several threads.
    """

    def __init__(self, pathway: Pathway, on_deviation: OnDeviation) -> None:
        self.pathway = pathway
        self.on_deviation: OnDeviation = on_deviation
        self.engine = compiled(pathway)
        self.states = pathway.states
        self.stopped = len(self.states)
        self.initial = self.states.index(pathway.initial)
        self.criteria = tuple(self._criteria_of(event) for event in pathway.events)
        self.letters: list[RowLetter] = []
        self.outcomes: list[RowOutcome] = []
        self._number: dict[RowLetter, int] = {}
        self._state = {state.name: number for number, state in enumerate(self.states)}
        self._lock = Lock()
        self._width = self.stopped + 1
        self.after = np.full(0, _UNDECIDED, np.int16)
        self.outcome = np.full(0, _UNDECIDED, np.int32)
        self.departs, self.undocumented = np.zeros(0, np.int32), np.zeros(0, np.int32)
        self._remembered: dict[int, Letters] = {}
        self._misuse = self.number_of(RowLetter(MISSING, None))

    def _criteria_of(self, event: Event) -> tuple[Criterion, ...]:
        """Return every criterion that the rows of an event ask for one by one."""
        rows = (row for known in self.engine.events[event.name].rows.values() for row in known)
        return tuple(dict.fromkeys(part for row in rows for part in (*row.hard, *row.soft)))

    # Letters.

    def number_of(self, letter: RowLetter) -> int:
        """Return the number of a letter, which is new where it has not occurred before."""
        with self._lock:
            if letter not in self._number:
                self._number[letter] = len(self.letters)
                self.letters.append(letter)
                self._make_room()
            return self._number[letter]

    def _make_room(self) -> None:
        cells = len(self.letters) * self._width
        if cells > len(self.after):
            # Doubling keeps the copying in proportion to what is kept. Other threads look at *after* first and take no
            # lock for that, so it is replaced last.
            more = max(cells, 2 * len(self.after)) - len(self.after)
            after = np.concatenate((self.after, np.full(more, _UNDECIDED, np.int16)))
            self.outcome = np.concatenate((self.outcome, np.full(more, _UNDECIDED, np.int32)))
            self.departs = np.concatenate((self.departs, np.zeros(more, np.int32)))
            self.undocumented = np.concatenate((self.undocumented, np.zeros(more, np.int32)))
            self.after = after

    def read(self, piece: Piece) -> Letters:
        """Return the letter of every row."""
        table = piece.table
        letters = np.full(len(table.event), self._misuse, np.int32)
        wrong = np.zeros(len(table.event), np.bool_) if piece.wrong else None
        for problem in piece.wrong:
            cast("Whether", wrong)[problem.rows] = True
        stop = self.on_deviation == "stop" and piece.override is not None
        texts = piece.to, waived(cast("Texts", piece.override)) if stop else None
        for number, event in enumerate(table.events):
            rows = table.rows_of(event)
            if len(rows):
                letters[rows] = self._read(table, number, rows, texts, wrong)
        return letters

    def _read(self, table: PatientRows, event: int, rows: Places, texts: RowTexts, wrong: Whether | None) -> Letters:
        """Return the letters of the rows of one event."""
        guards = self.criteria[event]
        verdicts = list(map(ColumnVerdicts(table, rows).verdicts, guards))
        columns: list[tuple[NDArray[Any], int]] = [(each, len(Verdict)) for each in verdicts]
        is_wrong = np.zeros(len(rows), np.bool_) if wrong is None else wrong[rows]
        columns += [(each.number[rows] + 1, len(each.texts) + 1) for each in texts if each]
        columns += [(is_wrong, 2)] if is_wrong.any() else []

        def letter_of(row: np.intp) -> int:
            answers = None if is_wrong[row] else tuple(int(each[row]) for each in verdicts)
            to, override = (each and each.at(int(rows[row])) for each in texts)
            return self.number_of(RowLetter(event, answers, to, override))

        code, size = coded(columns, len(rows))
        # Verdicts alone, if few enough, are a number with a fixed meaning: its letter is looked up in a table
        # that serves every piece. All else is numbered anew in each piece.
        if len(columns) > len(guards) or len(Verdict) ** len(guards) > _MAX_CODES:
            code, examples = _numbered(code, size)
            return np.array([letter_of(row) for row in examples], np.int32).take(code)
        known = self._remembered.get(event)
        if known is None:
            known = self._remembered.setdefault(event, np.full(size, MISSING, np.int32))
        letters = known.take(code)
        new = np.flatnonzero(letters == MISSING)
        if len(new):
            codes, examples = np.unique(code[new], return_index=True)
            known[codes] = [letter_of(row) for row in new[examples]]
            letters = known.take(code)
        return letters

    # Outcomes.

    def cells(self, letters: Letters, before: States) -> Cells:
        """Return where what each letter comes to in each state is kept."""
        cells = letters * np.int32(self._width)
        cells += before
        return cells

    def goes_on(self, cells: NDArray[np.integer[Any]]) -> Whether:
        """Return which cells are of a state, and not of patients who had stopped by then."""
        is_state: Whether = cells % self._width != self.stopped
        return is_state

    def fill(self, cells: Cells) -> None:
        """Have the engine decide what has not been met before."""
        for cell in np.unique(cells):
            with self._lock:
                if self.after[cell] == _UNDECIDED:
                    number, state = divmod(int(cell), self._width)
                    outcome = self.decide(self.letters[number], self.states[state])
                    self.outcome[cell] = len(self.outcomes)
                    self.outcomes.append(outcome)
                    departs = sum(each.verdict is UNMET for each in outcome.deviations)
                    self.departs[cell], self.undocumented[cell] = departs, len(outcome.deviations) - departs
                    self.after[cell] = self.stopped if outcome.after is None else self._state[outcome.after.name]

    def outcome_of(self, cell: int) -> RowOutcome:
        """Return what a letter comes to in a state, both as a cell."""
        return self.outcomes[int(self.outcome[cell])]

    def parts_of(self, cell: int) -> tuple[RowLetter, State]:
        """Return the letter and the state of a cell."""
        number, state = divmod(cell, self._width)
        return self.letters[number], self.states[state]

    def decide(self, letter: RowLetter, state: State, override: str | None = None) -> RowOutcome:
        """Return what a letter comes to in a state: as the engine decides, from the answers alone."""
        if letter.event == MISSING:
            return RowOutcome(None, MISUSE)
        event = self.pathway.events[letter.event]
        rows = self.engine.events[event.name].rows.get(state.name, ())
        leads_there = letter.to is None or not rows or any(row.leads_to(state).name == letter.to for row in rows)
        if letter.verdicts is None or not leads_there:
            return RowOutcome(None, MISUSE, "" if leads_there else _WRONG_TARGET)
        answers = dict(zip(self.criteria[letter.event], map(Verdict, letter.verdicts), strict=True))
        given = letter.override if override is None else override
        reasons = None if given is None else override_of(given)
        try:
            judgement = judge(state, rows, answers, reasons, letter.to, self.on_deviation)
        except InvalidRecord as error:
            where = error.problems[0].where
            return RowOutcome(None, MISUSE, f"{where}: {_MISUSE_TEXTS[where]}")
        row = judgement.row
        if row is None or not judgement.allowed:
            return RowOutcome(None, REFUSED, reason_of(event, judgement))
        return RowOutcome(row.leads_to(state), COMPLETE, "", judgement.deviations)

    def walk(self, letters: Letters, table: PatientRows) -> tuple[States, Places]:
        """Return the state after every row, the number of states where a patient has stopped, and the steps of each."""
        after = np.full(len(letters), self.stopped, np.int16)
        taken = np.diff(table.first, append=len(letters))
        who = np.argsort(-taken, kind="stable")
        rows, length = table.first[who], taken[who]
        base = letters * np.int32(self._width)
        state = np.full(len(rows), self.initial, np.int16)
        for step in range(int(length[0]) if len(length) else 0):
            # Patients stand by falling length, so those who go on are always the first ones: a slice, no selection.
            going = len(length) - int(np.searchsorted(length[::-1], step, side="right"))
            if going < len(rows):
                who, rows, length, state = who[:going], rows[:going], length[:going], state[:going]
            now = rows + step
            cells = base.take(now)
            cells += state
            state = self.after.take(cells)
            new = state == _UNDECIDED
            if new.any():
                self.fill(cells[new])
                state = self.after.take(cells)
            after[now] = state
            goes_on = state != self.stopped
            if not goes_on.all():
                taken[who[~goes_on]] = step
                who, rows, length, state = who[goes_on], rows[goes_on], length[goes_on], state[goes_on]
        return after, taken


RowTexts: TypeAlias = tuple[Texts | None, Texts | None]
"""Where rows are said to lead, and what they waive."""


def waived(override: Texts) -> Texts:
    """Return what overrides waive, whatever the reasons say: all that needs one, or single criteria.

    >>> waived(Texts(np.array([0, 1, -1]), ["the board agreed", "a wish"])).number.tolist()
    [0, 0, -1]
    """
    numbers: dict[str, int] = {}
    of_each = [numbers.setdefault(_waives(override_of(text)), len(numbers)) for text in override.texts]
    return Texts(np.array([*of_each, MISSING], np.int64)[override.number], list(numbers))


def _waives(reasons: str | Mapping[str, str]) -> str:
    return _SOME_REASON if isinstance(reasons, str) else json.dumps(dict.fromkeys(reasons, _SOME_REASON))


_SOME_REASON = "a reason"
_WRONG_TARGET = "to: the event does not lead there"
_MISUSE_TEXTS: Mapping[str, str] = {
    "to": "what is recorded decides that this leads elsewhere",
    "override": "the reasons do not fit what needs one",
}


def combined(columns: Iterable[tuple[NDArray[Any], int]], rows: int) -> tuple[Places, Places]:
    """Return the number of each combination of values, and a row that has it for each.

    A column is given with how many values there can be, from 0.

    >>> combined([(np.array([0, 1, 1]), 2), (np.array([2, 0, 0]), 3)], 3)[0]
    array([0, 1, 1])
    """
    return _numbered(*coded(columns, rows))


def coded(columns: Iterable[tuple[NDArray[Any], int]], rows: int) -> tuple[NDArray[Any], int]:
    """Return each combination of values as one number, and below which all of them are."""
    code: NDArray[Any] = np.zeros(rows, np.uint16)
    size = 1
    for values, many in columns:
        if size * many > _MAX_CODES:
            code, examples = _numbered(code, size)
            size = len(examples)
        kind = np.dtype(np.uint16 if size * many <= _MAX_CODES else np.int64)
        # Columns are the digits of one number, each in its own base; 16 bits for it halve what is moved about.
        code = code.astype(kind, copy=False) * kind.type(many) + values.astype(kind)
        size *= many
    return code, size


_MAX_CODES = 2**16 - 1


def _numbered(code: NDArray[Any], size: int) -> tuple[Places, Places]:
    """Return codes without gaps, and a row that has each."""
    if size > len(code) + _MAX_CODES:
        _, examples, number = np.unique(code, return_index=True, return_inverse=True)
        return number, examples
    code = code.astype(np.intp)
    # No sorting: each code writes its row into its own place, and the places that were written occur.
    row = np.full(size, MISSING)
    row[code] = np.arange(len(code))
    occurs = np.flatnonzero(row != MISSING)
    number = np.zeros(size, np.intp)
    number[occurs] = np.arange(len(occurs))
    return number.take(code), row.take(occurs)
