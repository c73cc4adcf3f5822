"""Where a cohort stands day by day: the share of patients in each state, and how many come to an outcome.

Both are the Aalen-Johansen estimate: the product, over the days on which anybody moved, of the share
of those under observation in a state who moved from it that day. It takes any table of moves between
states, whether an audit made it or not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, TypeAlias, cast

import attrs
import numpy as np
import numpy.typing as npt
import polars as pl

from hscpath.cohort.audits import Audit
from hscpath.cohort.sources import as_polars
from hscpath.cohort.walk import KINDS, MISUSE, REFUSED
from hscpath.criteria import Event, EventGroup
from hscpath.errors import InvalidRecord, Problem, Shown, brief, did_you_mean, number_of, some_of
from hscpath.pathway import Pathway, State

Integers: TypeAlias = npt.NDArray[np.int64]
Reals: TypeAlias = npt.NDArray[np.float64]
Booleans: TypeAlias = npt.NDArray[np.bool_]

Labels: TypeAlias = Pathway | Mapping[str, str]
"""What to call each state: a pathway's labels, or a label by name. States of one label count as one."""

Events: TypeAlias = Event | EventGroup | str | Iterable[Event | EventGroup | str]

NO_OUTCOME = "none of these yet"
"""What a patient is called who has come to no outcome."""


def _left_out(words: str) -> Any:
    return attrs.field(default=0, metadata={"words": words})


@attrs.frozen
class Exclusions:
    """What an estimate could not use, and had to leave out rather than guess."""

    undated: int = _left_out("{moves} without a day")
    """Moves (and losses of contact) whose day is not recorded, and does not follow from the days around."""
    unseen: int = _left_out("{moves} found only when the patient was seen again")
    """Moves found only when a patient was seen again, after contact was lost or a day was missing."""
    patients: int = _left_out("{patients} with no day to count from")
    """Patients with no day from which their days could be counted."""
    without: int = _left_out("{patients} without the event to count from")
    """Patients who never had the event from which days are counted."""
    refused: int = _left_out("{patients} refused before there was a day to count from")
    """Patients of an audit who were refused before there was a day to count from."""
    unrecorded: int = _left_out("{patients} with a row that cannot be recorded before there was a day to count from")
    """Patients of an audit with a row that cannot be recorded before there was a day to count from."""
    after_refusal: int = _left_out("all that follows a refusal of {patients}")
    """Patients of an audit who were observed only until they were refused."""
    after_unrecorded: int = _left_out("all that follows a row that cannot be recorded of {patients}")
    """Patients of an audit who were observed only until a row that cannot be recorded."""

    @property
    def absent(self) -> int:
        """How many patients take no part at all."""
        return self.patients + self.without + self.refused + self.unrecorded

    def __str__(self) -> str:
        counted = ((getattr(self, each.name), each.metadata["words"]) for each in attrs.fields(Exclusions))
        told = [
            words.format(moves=number_of(count, "move"), patients=number_of(count, "patient"))
            for count, words in counted
            if count
        ]
        return ", ".join(told) or "nothing"


@attrs.frozen(eq=False, repr=False, slots=False)
class Occupancy(Shown):
    """The share of patients in each state by day, with its standard error and how many it rests on.

    A row of *shares* holds from its day to the next one; *days* are those on which anybody moved.
    *seen* is how many patients were under observation in each state just before that day.

    It is printed for the last day on which at least a tenth of the patients were still under observation:
    later ones rest on few.

    >>> moves = pl.DataFrame({
    ...     "patient": [1, 1, 2, 2, 3, 3],
    ...     "day": [0, 10, 0, 20, 0, 15],
    ...     "before": ["ill", "ill", "ill", "ill", "ill", "ill"],
    ...     "after": ["ill", "well", "ill", "well", "ill", "ill"],
    ... })
    >>> course = occupancy(moves)
    >>> course.at(10)
    {'ill': 0.6666666666666667, 'well': 0.3333333333333333}
    >>> print(course)
    3 patients, day 0 to 20; left out: nothing
    on day 20, with 1 of them still under observation:
      well: 100.0 %
    """

    states: tuple[str, ...]
    days: Integers
    shares: Reals
    errors: Reals
    seen: Integers
    patients: int
    last: int
    """The last day on which anybody was under observation."""
    left_out: Exclusions
    entered: Integers
    """The days on which stays under observation began, in order."""
    ended: Integers
    """The days on which they ended, by a move or out of sight, in order."""

    def observed(self, day: int) -> int:
        """Return how many patients were under observation up to this day: those whom its shares rest on."""
        if day <= self.days[0]:
            return int(self.seen[0].sum())
        return int(np.searchsorted(self.entered, day) - np.searchsorted(self.ended, day))

    @property
    def well_observed_until(self) -> int:
        """The last day on which at least a tenth of the patients were still under observation."""
        enough = (day for day in np.unique(self.ended)[::-1].tolist() if 10 * self.observed(day) >= self.patients)
        return next(enough, int(self.days[0]))

    def at(self, day: int) -> dict[str, float]:
        """Return the share of patients in each state at the end of this day."""
        if not self.days[0] <= day <= self.last:
            raise LookupError(f"day {day}: patients were under observation from day {self.days[0]} to {self.last}")
        row = self.shares[np.searchsorted(self.days, day, side="right") - 1]
        return dict(zip(self.states, row.tolist(), strict=True))

    @cached_property
    def frame(self) -> pl.DataFrame:
        """The same as a table: one row for each day and state."""
        size = len(self.states)
        return pl.DataFrame(
            {
                "day": np.repeat(self.days, size),
                "state": pl.Series(list(self.states) * len(self.days), dtype=pl.Enum(self.states)),
                "share": self.shares.ravel(),
                "error": self.errors.ravel(),
                "seen": self.seen.ravel(),
            }
        )

    def __str__(self) -> str:
        day = self.well_observed_until
        ranked = sorted(self.at(day).items(), key=lambda one: -one[1])
        which = "" if day == self.last else "the last on which at least a tenth was, "
        absent = self.left_out.absent
        some = f"{self.patients:,} of " if absent else ""
        patients = number_of(self.patients + absent, "patient")
        lines = [f"{some}{patients}, day {self.days[0]} to {self.last}; left out: {self.left_out}"]
        lines.append(f"on day {day}, {which}with {self.observed(day):,} of them still under observation:")
        return "\n".join([*lines, *(f"  {state}: {100 * share:.1f} %" for state, share in ranked if share > 0)])


def occupancy(
    moves: object,
    *,
    labels: Labels | None = None,
    lost: Events = (),
    since: Events = (),
    until: int | None = None,
    as_recorded: bool = False,
) -> Occupancy:
    """Return the share of patients in each state by day.

    *moves* is an audit, or any table with one row for each event of a patient, and the columns
    ``patient``, ``day``, ``before`` and ``after`` (the state before it and after it), and ``event``
    where *lost* or *since* names events. Rows are taken in order of day, and of the table within a day.

    A patient is under observation from the first row to the last, or to the day *until*, as days are
    counted here. In an audit, who is refused (or has a row that cannot be recorded) is under observation
    up to the last row before; ``left_out`` says of how many that is so, and who takes no part and why.
    After an event of *lost* (contact lost) nothing is known until the next row: what happened meanwhile
    is left out, and counted. So it is where a move has no day: the patient is out of sight from the last
    day that is known to the next.

    Days count from each patient's first one, or from the first event of *since*, of those who had one.
    With *as_recorded* they are taken as they stand: a patient whose first row comes late is at risk only
    from there on (left truncation), and the shares begin with whoever was there first.

    It holds where losing sight of a patient has nothing to do with what comes next. Raises
    ``InvalidRecord`` for a table that does not say what it should, with everything that is wrong.
    """
    table = _table(moves, lost, since)
    read = _read(table, _called(table, _labels(moves, labels)), absent=_absent(moves))
    return _estimate(read.counted(from_event=since != (), as_recorded=as_recorded), until)


def incidence(
    moves: object,
    outcomes: Iterable[State | str] | State | str,
    *,
    labels: Labels | None = None,
    lost: Events = (),
    since: Events = (),
    until: int | None = None,
    as_recorded: bool = False,
) -> Occupancy:
    """Return the cumulative incidence of each outcome: which of these states patients come to first.

    An outcome is a state, its name, or its label, which stands for all states so called. Outcomes
    compete: after the first of them a patient is followed no further. Everything else is as in
    ``occupancy``; whoever is in one of these states from the start counts from the first day.
    """
    table = _table(moves, lost, since)
    called = _called(table, _labels(moves, labels))
    wanted = [outcomes] if isinstance(outcomes, State | str) else outcomes
    labelled: dict[str, list[str]] = {}
    for name, label in called.items():
        labelled.setdefault(label, []).append(name)
    given = dict.fromkeys(state.name if isinstance(state, State) else state for state in wanted)
    names = list(dict.fromkeys(each for n in given for each in ([n] if n in called else labelled.get(n, [n]))))
    problems = [
        Problem(f"outcomes: {n!r} is no state here; {did_you_mean(n, [*called, *labelled])}")
        for n in names
        if n not in called
    ]
    if any(called.get(name) == NO_OUTCOME for name in names):
        problems.append(
            Problem(f"outcomes: none can be called {NO_OUTCOME!r}, as those who came to none are", "outcomes")
        )
    if problems or not names:
        raise InvalidRecord(*(problems or [Problem("outcomes: name at least one state", "outcomes")]))
    one_of_these = {name: called[name] if name in names else NO_OUTCOME for name in called}
    ordered = dict.fromkeys([NO_OUTCOME, *(called[name] for name in names)])
    read = _read(table, one_of_these, ordered, _absent(moves))
    read = read.counted(from_event=since != (), as_recorded=as_recorded)
    return _estimate(read.up_to_an_outcome(), until, _last(read))


def paths(moves: object, *, labels: Labels | None = None) -> pl.DataFrame:
    """Return the paths that patients took through the states, the most frequent first.

    A path goes as far as its patient was followed, in an audit up to a refusal; who was stopped at once
    took none. Columns: ``path`` (the states in order), ``patients`` (how many took it) and ``share``.
    States that are called the same count as one; what only adds to the record is no part of a path.

    >>> moves = pl.DataFrame({
    ...     "patient": [1, 1, 2], "day": [0, 5, 0],
    ...     "before": ["ill", "well", "ill"], "after": ["well", "ill", "well"],
    ... })
    >>> paths(moves).rows()
    [(['ill', 'well'], 1, 0.5), (['ill', 'well', 'ill'], 1, 0.5)]
    """
    table = _table(moves, (), ())
    read = _read(table, _called(table, _labels(moves, labels)))
    came = np.stack(
        [np.where(read.first, read.before, -1), np.where(read.before == read.after, -1, read.after)], axis=1
    )
    steps = pl.DataFrame({"patient": np.repeat(read.patient, 2), "state": came.ravel()}).filter(pl.col("state") >= 0)
    taken = steps.group_by("patient", maintain_order=True).agg(path="state")
    counted = taken.group_by("path").agg(patients=pl.len())
    named = pl.element().replace_strict(range(len(read.states)), read.states, return_dtype=pl.Enum(read.states))
    return counted.sort("patients", "path", descending=[True, False]).select(
        pl.col("path").list.eval(named), "patients", share=pl.col("patients") / pl.col("patients").sum()
    )


# --- What is read ---------------------------------------------------------------------------------

_COLUMN_MEANINGS = {"patient": "who", "day": "on which day", "before": "in which state before", "after": "and after"}


def _table(moves: object, lost: Events, since: Events) -> pl.DataFrame:
    """Return the rows in order of day, as they may be trusted; raise for all that is wrong with them."""
    table = _steps(moves) if isinstance(moves, Audit) else as_polars(moves).lazy().collect()
    stopped = pl.col(_STOP_COLUMN) if isinstance(moves, Audit) else pl.lit(0)
    occasions = {"lost": _names(lost), "since": _names(since)}
    needed = [*_COLUMN_MEANINGS, *(["event"] if any(occasions.values()) else [])]
    problems = [
        Problem(
            f"no column {name!r} ({_COLUMN_MEANINGS.get(name, 'what happened')}); {did_you_mean(name, table.columns)}",
            name,
        )
        for name in needed
        if name not in table.columns
    ]
    if problems:
        raise InvalidRecord(*problems)
    day = _whole_days(table["day"])
    if day is None:
        kind = table["day"].dtype
        problems.append(Problem(f"day: whole numbers of at most nine digits, or dates, are needed, not {kind}", "day"))
    problems += [
        Problem(f"{name}: not given in {empty} row{'s' if empty > 1 else ''}", name)
        for name in ("patient", "before", "after")
        if (empty := table[name].null_count())
    ]
    for what, names in occasions.items():
        happened = set(table["event"].unique().drop_nulls().cast(pl.String)) if names else set[str]()
        hints = [(name, did_you_mean(name, happened)) for name in names if name not in happened]
        # That nobody was lost is no mistake, but a slip of the pen must not make it so.
        wrong = what == "since" and len(hints) == len(names)
        problems += [
            Problem(f"{what}: no row has the event {name!r}; {hint}", what)
            for name, hint in hints
            if wrong or hint.startswith("did you mean")
        ]
    if problems or day is None:
        raise InvalidRecord(*problems)
    event = pl.col("event").cast(pl.String) if "event" in needed else pl.lit("")
    ordered = (
        table.with_columns(day)
        .lazy()
        .select(
            "patient",
            "day",
            pl.col("before").cast(_as_it_is(table["before"])),
            pl.col("after").cast(_as_it_is(table["after"])),
            lost=event.is_in(occasions["lost"]).fill_null(value=False),
            since=event.is_in(occasions["since"]).fill_null(value=False),
            stopped=stopped,
            earlier=pl.col("day").forward_fill().over("patient"),
        )
        .sort("patient", "earlier", maintain_order=True, nulls_last=False)
        .with_columns(later=pl.col("day").backward_fill().over("patient"))
        .collect()
    )
    broken = ordered.filter(
        pl.col("before").cast(pl.String) != pl.col("after").cast(pl.String).shift(1).over("patient")
    )
    if broken.height:
        who = some_of([str(patient) for patient in broken["patient"].unique(maintain_order=True).head(_MAX_LISTED)])
        raise InvalidRecord(
            Problem(
                f"before: {broken.height} rows do not go on from the state that the row before led to: patient {who}"
            )
        )
    return ordered


_MAX_LISTED = 5
_STOP_COLUMN = "why the patient was stopped"


def _steps(audit: Audit) -> pl.DataFrame:
    """Return the steps of an audit, each with how its patient ended: the number among the outcomes of audits."""
    ended = audit.patients["outcome"].to_physical().to_numpy()
    stopped = np.repeat(ended, audit.patients["accepted"].to_numpy())
    return audit.steps.with_columns(pl.Series(_STOP_COLUMN, stopped, dtype=pl.Int64))


def _absent(moves: object) -> Exclusions:
    """Return how many patients of an audit were stopped before anything of them was accepted."""
    if not isinstance(moves, Audit):
        return Exclusions()
    counted = Counter(moves.patients.filter(accepted=0)["outcome"].to_list())
    return Exclusions(refused=counted[REFUSED], unrecorded=counted[MISUSE])


def _whole_days(given: pl.Series) -> pl.Series | None:
    """Return days as whole numbers, those of dates from any origin; ``None`` where they are neither."""
    kind = given.dtype
    if isinstance(kind, pl.Date | pl.Datetime):
        return given.cast(pl.Date).cast(pl.Int32).cast(pl.Int64)
    if not (kind.is_numeric() or isinstance(kind, pl.Null)):
        return None
    known = given.cast(pl.Float64).fill_nan(None)
    whole = (known == known.round()) & (known.abs() < _MAX_DAY)
    return known.cast(pl.Int64) if whole.all() else None


_MAX_DAY = 10**9


def _as_it_is(column: pl.Series) -> pl.DataType | type[pl.String]:
    """Return the type that keeps the order of states where the column has one."""
    return column.dtype if isinstance(column.dtype, pl.Enum) else pl.String


def _labels(moves: object, labels: Labels | None) -> Labels | None:
    """Return what states are called: as is asked for, or else as the pathway of an audit calls them."""
    return moves.pathway if labels is None and isinstance(moves, Audit) else labels


def _names(events: Events) -> list[str]:
    match events:
        case Event() | EventGroup():
            return [event.name for event in events.events]
        case str():
            return [events]
        case Iterable():
            return [name for event in events for name in _names(event)]
        case _:
            raise InvalidRecord(f"{brief(events)} is no event: give an event, its name, or several")


def _called(table: pl.DataFrame, labels: Labels | None) -> dict[str, str]:
    """Return what each state is called, in the order in which states are to be given."""
    found: dict[str, None] = {}
    for column in ("before", "after"):
        dtype = table[column].dtype
        found |= dict.fromkeys(dtype.categories if isinstance(dtype, pl.Enum) else ())
    seen = pl.concat([table["before"].cast(pl.String), table["after"].cast(pl.String)]).unique(maintain_order=True)
    found |= dict.fromkeys(seen)
    given = {state.name: state.label for state in labels.states} if isinstance(labels, Pathway) else dict(labels or {})
    wrong = [f"labels: {n!r} has none; {did_you_mean(n, given)}" for n in seen if labels is not None and n not in given]
    wrong += [
        f"labels: {brief(label)} is no text" for label in given.values() if not isinstance(cast("object", label), str)
    ]
    if wrong:
        raise InvalidRecord(*(Problem(text, "labels") for text in wrong))
    return given or {name: name for name in found}


@attrs.frozen(eq=False)
class _Moves:
    """A table of moves as arrays, in order of patient and day."""

    states: tuple[str, ...]
    patient: Integers
    day: Integers
    dated: Booleans
    before: Integers
    after: Integers
    lost: Booleans
    since: Booleans
    stopped: Integers
    """Whether what comes after the patient's last row is known to be left out: the number of an audit's outcome."""
    left_out: Exclusions

    @property
    def first(self) -> Booleans:
        """Which rows are a patient's first."""
        return _changes(self.patient)

    def times(self, happened: Booleans) -> Integers:
        """Return how often something has happened to the patient, up to each row and with it."""
        # One sum over all rows, of which each patient's share is what was added since the patient's first row.
        begin = np.maximum.accumulate(np.where(self.first, np.arange(len(happened)), 0))
        total = np.cumsum(happened)
        return total - (total - happened)[begin]

    def only(self, kept: Booleans, **others: Any) -> _Moves:
        """Return just these rows."""
        names = ("patient", "day", "dated", "before", "after", "lost", "since", "stopped")
        return attrs.evolve(self, **{name: getattr(self, name)[kept] for name in names}, **others)

    def up_to_an_outcome(self) -> _Moves:
        """Return the rows up to each patient's first one that leads to another state than the first of all."""
        came = self.after > 0
        followed = attrs.evolve(self, stopped=np.where(came, 0, self.stopped))
        return followed.only(self.times(came) == came)

    def counted(self, *, from_event: bool, as_recorded: bool) -> _Moves:
        """Return the rows of patients who have a day to count from, counted from it."""
        begun = self.times(self.since) if from_event else np.ones_like(self.day)
        opens = self.dated & (begun == 1) & (self.since | (not from_event))
        origin = np.full(self.patient.max(initial=-1) + 1, _NEVER)
        np.minimum.at(origin, self.patient[opens], self.day[opens])
        reached = begun > 0
        placed = origin[self.patient] < _NEVER
        ends = _ends(self.patient) & ~(reached & placed)
        refused, unrecorded = (int((self.stopped[ends] == KINDS.index(kind)).sum()) for kind in (REFUSED, MISUSE))
        ends &= self.stopped == 0
        left_out = attrs.evolve(
            self.left_out,
            patients=int((ends & reached).sum()),
            without=int((ends & ~reached).sum()),
            refused=self.left_out.refused + refused,
            unrecorded=self.left_out.unrecorded + unrecorded,
        )
        counted = self.day if as_recorded else self.day - origin[self.patient]
        return attrs.evolve(self, day=counted).only(reached & placed, left_out=left_out)


_NEVER = np.iinfo(np.int64).max


def _changes(codes: Integers) -> Booleans:
    """Return where another patient begins."""
    return np.concatenate([np.ones(min(1, len(codes)), dtype=np.bool_), codes[1:] != codes[:-1]])


def _ends(codes: Integers) -> Booleans:
    """Return where a patient ends."""
    return np.concatenate([codes[1:] != codes[:-1], np.ones(min(1, len(codes)), dtype=np.bool_)])


def _read(
    table: pl.DataFrame, called: Mapping[str, str], states: Iterable[str] = (), absent: Exclusions | None = None
) -> _Moves:
    """Return the table as arrays."""
    names = tuple(states) or tuple(dict.fromkeys(called.values()))
    code = {name: names.index(label) for name, label in called.items()}

    def coded(column: str) -> Integers:
        return table[column].cast(pl.String).replace_strict(code, return_dtype=pl.Int64).cast(pl.Int64).to_numpy()

    known = table["day"].is_not_null() | (table["earlier"] == table["later"]).fill_null(value=False)
    return _Moves(
        names,
        table["patient"].rle_id().cast(pl.Int64).to_numpy(),
        table["earlier"].fill_null(0).to_numpy(),
        known.to_numpy(),
        coded("before"),
        coded("after"),
        table["lost"].to_numpy(),
        table["since"].to_numpy(),
        table["stopped"].cast(pl.Int64).to_numpy(),
        absent or Exclusions(),
    )


# --- The estimate -----------------------------------------------------------------------------------


@attrs.frozen(eq=False)
class _Stays:
    """Who stayed where under observation: from just after one day to another, and where it led (-1: out of sight)."""

    state: Integers
    start: Integers
    stop: Integers
    led: Integers


def _last(moves: _Moves) -> int:
    """Return the last day that is known."""
    return int(moves.day[moves.dated].max(initial=-_NEVER))


def _estimate(moves: _Moves, until: int | None, last: int | None = None) -> Occupancy:
    """Return the estimate for patients who are all seen *until* a day, or as far as their rows go."""
    undated = ~moves.dated & ((moves.before != moves.after) | moves.lost)
    missed = np.cumsum(undated)
    known = moves.only(moves.dated)
    day = known.day
    if not len(day):
        why = f"; left out: {moves.left_out}" if moves.left_out.refused + moves.left_out.unrecorded else ""
        raise InvalidRecord(f"no patient has a row with a day, so there is nothing to estimate{why}")
    stops = moves.stopped[_ends(moves.patient)]
    if until is not None and (not isinstance(cast("object", until), int) or isinstance(until, bool)):
        raise InvalidRecord(Problem(f"until: {brief(until)} is no whole number of days", "until"))
    if until is not None and until < day.max():
        late = int((day > until).sum())
        raise InvalidRecord(
            Problem(f"until: {late} rows come after day {until}; the last is on day {day.max()}", "until")
        )
    ends = _ends(known.patient) | np.append(day[1:] != day[:-1], True)  # the last row of a patient's day
    known, missed_by = known.only(ends), missed[moves.dated][ends]
    patient, day, after = known.patient, known.day, known.after
    out_of_sight = known.lost | (_ends(patient) & (known.stopped > 0))
    begins = known.first
    goes_on = ~np.concatenate([begins[1:], [True]])
    following = np.minimum(np.arange(len(day)) + 1, len(day) - 1)
    of_patient = np.zeros(moves.patient.max() + 1, dtype=np.int64)
    np.maximum.at(of_patient, moves.patient, missed)
    gap = out_of_sight | (np.where(goes_on, missed_by[following], of_patient[patient]) != missed_by)
    stop = np.where(goes_on, day[following], day if until is None else until)
    led = np.where(goes_on, after[following], -1)
    unseen = int((gap & goes_on & (led != after)).sum())
    seen = ~gap & (stop > day)
    stays = _Stays(after[seen], day[seen], stop[seen], led[seen])
    origin = int(day[begins].min())
    there = after[begins & (day == origin)]
    start = np.bincount(there, minlength=len(moves.states))
    last = until if until is not None else _last(moves) if last is None else last
    days, shares, errors, at_risk = _product(stays, start, origin)
    return Occupancy(
        moves.states, days, shares, errors, at_risk, int(begins.sum()), last,
        attrs.evolve(
            moves.left_out,
            undated=int(undated.sum()),
            unseen=unseen,
            after_refusal=int((stops == KINDS.index(REFUSED)).sum()),
            after_unrecorded=int((stops == KINDS.index(MISUSE)).sum()),
        ),
        np.sort(stays.start),
        np.sort(stays.stop),
    )  # fmt: skip


def _product(stays: _Stays, start: Integers, origin: int) -> tuple[Integers, Reals, Reals, Integers]:
    """Return the Aalen-Johansen estimate: days, shares, their standard errors, and the numbers under observation.

    The errors follow from the same product: those of the day before are carried over, and to them
    come those of the moves of the day, which are multinomial among the patients under observation.
    """
    size = len(start)
    moved = (stays.led >= 0) & (stays.led != stays.state)
    days = np.unique(stays.stop[moved])
    at = np.searchsorted(days, stays.stop[moved])
    # Day, source and target as the digits of one number, so that one sort counts all moves of each kind.
    key, count = np.unique((at * size + stays.state[moved]) * size + stays.led[moved], return_counts=True)
    at, source, target = key // size**2, key // size % size, key % size
    at_risk = np.zeros((len(days), size), dtype=np.int64)
    for state in range(size):
        here = stays.state == state
        entered, left = np.sort(stays.start[here]), np.sort(stays.stop[here])
        # At risk just before a day are those who came before it, less those who had left before it.
        at_risk[:, state] = np.searchsorted(entered, days) - np.searchsorted(left, days)
    share = start / start.sum()
    spread = (np.diag(share) - np.outer(share, share)) / start.sum()
    shares, errors = [share], [_roots(spread)]
    bounds = np.searchsorted(at, np.arange(len(days) + 1))
    for row in range(len(days)):
        some = slice(bounds[row], bounds[row + 1])
        risk = np.maximum(at_risk[row], 1)
        step = np.zeros((size, size))
        step[source[some], target[some]] = count[some] / risk[source[some]]
        step[np.arange(size), np.arange(size)] = 1 - step.sum(axis=1)
        weight = share**2 / risk
        fresh = np.diag(weight @ step) - (step.T * weight) @ step
        spread = step.T @ spread @ step + fresh
        share = share @ step
        shares.append(share)
        errors.append(_roots(spread))
    return np.concatenate([[origin], days]), np.array(shares), np.array(errors), np.vstack([start, at_risk])


def _roots(spread: Reals) -> Reals:
    return np.sqrt(np.maximum(np.diag(spread), 0))
