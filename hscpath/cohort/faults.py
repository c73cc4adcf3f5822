"""What is wrong with a log itself, added up over its pieces: how many rows and patients, with examples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

import numpy as np
import polars as pl

from hscpath.cohort.log import PARTS, Piece, Shape
from hscpath.cohort.problems import SHOWN, words
from hscpath.cohort.values import why_not
from hscpath.errors import brief, did_you_mean
from hscpath.pathway import Pathway

_MAX_SAMPLED = 1000
_MAX_EXAMPLES = 3


class Fault(NamedTuple):
    """One kind of problem: how many rows and patients have it, and a few examples of what was given there.

    *first* is the number of the first such row, its patient, and why its value cannot be recorded.
    """

    rows: int
    patients: int
    examples: list[object]
    first: tuple[int, str, str]

    def plus(self, other: Fault) -> Fault:
        """Return both taken together."""
        more = [example for example in other.examples if example not in self.examples]
        examples = [*self.examples, *more][:_MAX_EXAMPLES]
        return Fault(self.rows + other.rows, self.patients + other.patients, examples, min(self.first, other.first))


Faults: TypeAlias = Mapping[tuple[str, str], Fault]
"""The faults of a log, by kind and by the part that is wrong."""


def added_up(faults: Iterable[tuple[tuple[str, str], Fault]]) -> Faults:
    """Return faults with those of one kind and part taken together."""
    found: dict[tuple[str, str], Fault] = {}
    for key, fault in faults:
        found[key] = found[key].plus(fault) if key in found else fault
    return found


def faults_of(piece: Piece, shape: Shape, pathway: Pathway) -> Iterator[tuple[tuple[str, str], Fault]]:
    """Yield what is wrong with the rows of a piece."""
    columns = {"event": shape.event, "day": shape.day}
    facts = {fact.name: fact for fact in pathway.facts}
    for kind, where, rows in (*piece.wrong, *piece.notes):
        column = piece.frame[columns.get(where, where) if kind in SHOWN else shape.event]
        some = column.gather(rows[:_MAX_SAMPLED]).drop_nulls().to_list()
        place = int(rows[np.argmin(piece.row[rows])])
        reason = why_not(facts[where], column[place]) if kind == "invalid value" else ""
        first = int(piece.row[place]), str(piece.frame[shape.patient][place]), reason
        examples = list({repr(example): example for example in some}.values())[:_MAX_EXAMPLES]
        yield (kind, where), Fault(len(rows), len(np.unique(piece.table.patient[rows])), examples, first)


def problem_table(faults: Faults, unread: list[str], nobody: int, pathway: Pathway) -> pl.DataFrame:
    """Return one row for each kind of problem, with what may be meant: of the log itself, then the commonest first.

    *unread* are columns of which the pathway knows nothing, *nobody* is the number of rows without a patient.
    """
    known = [*(fact.name for fact in pathway.facts), *PARTS]
    hints = {name: f"{name!r} is no fact of this pathway; {did_you_mean(name, known)}" for name in unread}
    rows: list[tuple[object, ...]] = [("unknown column", name, hint, 0, 0, *_NO_ROW) for name, hint in hints.items()]
    if nobody:
        text = "the row names no patient, and belongs to no journey"
        rows.append(("no patient", "patient", text, nobody, 0, *_NO_ROW))
    for (kind, where), fault in faults.items():
        text = words(kind, where)
        if fault.examples:
            such = ", ".join(map(brief, fault.examples))
            text += f", such as {such}" if kind in SHOWN else f" ({such})"
        if fault.examples and kind == "unknown event":
            hint = did_you_mean(fault.examples[0], [event.name for event in pathway.events])
            text += f"; {hint}" if hint.startswith("did") else ""
        rows.append((kind, where, text, fault.rows, fault.patients, *fault.first))
    found = pl.DataFrame(rows, schema=_SCHEMA, orient="row")
    return found.sort(pl.col("row").is_not_null(), -pl.col("rows").cast(pl.Int64), "kind", "where")


_NO_ROW = (None, None, "")
_SCHEMA = {
    **dict.fromkeys(("kind", "where", "text"), pl.String),
    **dict.fromkeys(("rows", "patients"), pl.UInt64),
    "row": pl.UInt32,
    "patient": pl.String,
    "reason": pl.String,
}
