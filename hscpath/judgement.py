"""What the rows of a state make of an event, from the verdicts of criteria alone.

A judgement knows nothing of charts or slots, so a journey and the columns of a registry are judged
by the same rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import attrs

from hscpath.criteria import Criterion
from hscpath.engine import OnDeviation, Override, Row
from hscpath.errors import InvalidRecord, Problem, Shown, did_you_mean
from hscpath.pathway import State
from hscpath.verdict import MET, UNMET, Verdict

NO_REASON = "noted; no reason was recorded"
"""The reason that stands in a deviation which was noted and not argued for."""


@attrs.frozen(repr=False)
class Deviation(Shown):
    """A criterion that was let through with a reason: departed from, or not documented.

    >>> from hscpath import Journey
    >>> from hscpath.lupus import PATHWAY
    >>> ana = Journey(PATHWAY).advance("enrolled", status_at_entry="refractory", age=70)
    >>> ana = ana.advance("hsct_evaluation_started", indication="other organ", ecog=1)
    >>> print(*ana.advance("accepted_for_hsct", override="fit and determined").deviations)
    departs: 65 years or younger (fit and determined)
    """

    criterion: Criterion
    verdict: Verdict
    reason: str

    @property
    def kind(self) -> str:
        """``"departs"`` if the criterion was unmet, ``"not documented"`` if it was unknown."""
        return "departs" if self.verdict is UNMET else "not documented"

    def __str__(self) -> str:
        return f"{self.kind}: {self.criterion.phrase} ({self.reason})"


@attrs.frozen(eq=False, repr=False, slots=False)
class Judgement:
    """What the rows of a state make of an event; ``judge`` makes one."""

    state: State
    rows: Sequence[Row]
    verdicts: Mapping[Criterion, Verdict]
    override: Override = None
    to: str | None = None
    on_deviation: OnDeviation = "stop"

    @cached_property
    def open_rows(self) -> tuple[Row, ...]:
        """The rows that are not unmet, up to the first that is met."""
        found: list[Row] = []
        for row in self.rows:
            verdict = self._when(row)
            if verdict is not UNMET:
                found.append(row)
            if verdict is MET:
                break
        return tuple(found)

    @property
    def possible(self) -> tuple[State, ...]:
        """The states this may lead to: more than one while an unknown leaves rows open."""
        return tuple(dict.fromkeys(row.leads_to(self.state) for row in self.open_rows))

    @cached_property
    def row(self) -> Row | None:
        """The row that decides: the first not unmet, or the first of these that leads *to* there."""
        leading = (row for row in self.open_rows if self.to in (None, row.leads_to(self.state).name))
        return next(leading, None)

    @property
    def target(self) -> State | None:
        """Where the deciding row leads."""
        return None if self.row is None else self.row.leads_to(self.state)

    @property
    def closed(self) -> bool:
        """Whether no reason could open the step."""
        return self.row is None

    @property
    def meaningless(self) -> bool:
        """Whether the event cannot happen in this state, whatever is known."""
        return not self.rows

    @cached_property
    def waivable(self) -> tuple[tuple[Criterion, Verdict], ...]:
        """The criteria that need a reason: unknown in ``when``, unknown or unmet in ``expects``."""
        if self.row is None:
            return ()
        upto = self.open_rows[: self.open_rows.index(self.row) + 1]
        wanted = dict.fromkeys((*(part for row in upto for part in row.hard), *self.row.soft))
        judged = ((part, self.verdicts[part]) for part in wanted)
        return tuple((part, verdict) for part, verdict in judged if verdict is not MET)

    @cached_property
    def deviations(self) -> tuple[Deviation, ...]:
        """What the reasons given let through."""
        reasons = self._reasons()
        return tuple(Deviation(part, verdict, reasons[part]) for part, verdict in self.waivable if part in reasons)

    @property
    def ambiguous(self) -> bool:
        """Whether an unknown leaves several states possible, and ``to`` does not say which."""
        return self.to is None and bool(self.waivable) and len(self.possible) > 1

    @property
    def open(self) -> tuple[Criterion, ...]:
        """The criteria that need a reason and have none."""
        given = {deviation.criterion for deviation in self.deviations}
        return tuple(part for part, _ in self.waivable if part not in given)

    @property
    def allowed(self) -> bool:
        """Whether the step would be accepted as asked: a row decides, with every criterion met or let through."""
        return self.row is not None and not self.open and not self.ambiguous

    @property
    def summary(self) -> str:
        """The answer in a few words, free of the patient's values."""
        if self.allowed:
            return "may happen"
        if self.meaningless:
            return "cannot happen in this state"
        if self.closed:
            return "may not happen"
        if not self.open:
            return "may have happened; say where it led"
        if any(self.verdicts[part] is UNMET for part in self.open):
            return "may not happen without a reason"
        return "cannot be decided without more information or a reason"

    def of_verdict(self, verdict: Verdict) -> tuple[Criterion, ...]:
        """Return what has a verdict among what was asked for, hard, by the rows that have it as a whole."""
        rows = (row for row in self.rows if self._when(row) is verdict)
        parts = dict.fromkeys(part for row in rows for part in row.hard)
        return tuple(part for part in parts if self.verdicts[part] is verdict)

    def name_of(self, criterion: Criterion) -> str:
        """Return the shortest words by which a reason can name a criterion here."""
        names = self._names()
        ways = (criterion.brief, criterion.phrase, criterion.key)
        return next(words for words in ways if names.get(words) == criterion)

    def _when(self, row: Row) -> Verdict:
        """Return the verdict of all that a row asks for, hard."""
        verdict = MET
        for part in row.hard:
            verdict &= self.verdicts[part]
            if verdict is UNMET:
                break
        return verdict

    def _names(self, *, formerly: bool = False) -> dict[str, Criterion]:
        """Return the criteria that need a reason by whatever names one of them and no other."""
        meant: dict[str, set[Criterion]] = {}
        for part, _ in self.waivable:
            for words in (part.brief, part.phrase, *(part.formerly if formerly else ())):
                meant.setdefault(words, set()).add(part)
        names = {words: next(iter(parts)) for words, parts in meant.items() if len(parts) == 1}
        return names | {part.key: part for part, _ in self.waivable}

    def check(self) -> None:
        """Raise ``InvalidRecord`` where the reasons or the state given do not fit."""
        _ = self.deviations
        if self.to is None or self.row is not None or not self.open_rows:
            return
        if self.to not in (row.leads_to(self.state).name for row in self.rows if self._when(row) is UNMET):
            states = " or ".join(repr(state.name) for state in self.possible)
            text = f"to: what is recorded decides that this leads to {states}, not {self.to!r}"
            raise InvalidRecord(Problem(text, "to"))

    def _reasons(self) -> dict[Criterion, str]:
        """Return the reason for each criterion; raise for one that waives nothing.

        Under "record" a log may have been written under other criteria: reasons are matched by
        former keys too, those that fit none are left out, and what has none is noted.
        """
        recording, override = self.on_deviation == "record", self.override
        reasons = {part: NO_REASON for part, _ in self.waivable} if recording else {}
        if override is None or self.row is None:
            return reasons
        if isinstance(override, str):
            if len(self.waivable) == 1:
                return {self.waivable[0][0]: override}
            if recording:
                return reasons
            raise InvalidRecord(Problem(self._why_not_bare(), "override"))
        names = self._names(formerly=recording)
        strange = [name for name in override if name not in names]
        if strange and not recording:
            raise InvalidRecord(*(
                Problem(f"override: {name!r} is not in need of a reason; {self._waivable_hint(name)}", "override")
                for name in strange
            ))  # fmt: skip
        return reasons | {names[name]: reason for name, reason in override.items() if name in names}

    def _why_not_bare(self) -> str:
        if not self.waivable:
            return "override: every criterion is met, so leave the reason out"
        names = ", ".join(f"{self.name_of(part)!r}: ..." for part, _ in self.waivable)
        return (
            f"override: {len(self.waivable)} criteria need a reason, and one text does not say "
            f"which is meant: write {{{names}}}"
        )

    def _waivable_hint(self, name: str) -> str:
        if not self.waivable:
            return "every criterion is met, so leave it out"
        return did_you_mean(name, [self.name_of(part) for part, _ in self.waivable])


def judge(
    state: State,
    rows: Sequence[Row],
    verdicts: Mapping[Criterion, Verdict],
    override: Override = None,
    to: str | None = None,
    on_deviation: OnDeviation = "stop",
) -> Judgement:
    """Return what the rows of a state make of an event, given the verdict of each criterion.

    *override* and *to* are the reasons and the state that were given; with *on_deviation*
    ``"record"``, what only needs a reason is noted as a deviation. Raises ``InvalidRecord`` where
    a reason or ``to`` does not fit.
    """
    judgement = Judgement(state, rows, verdicts, override, to, on_deviation)
    judgement.check()
    return judgement
