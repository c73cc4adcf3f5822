"""What an audit found, told: in a few lines to people, as plain data to programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from hscpath.cohort.audits import Audit
from hscpath.cohort.walk import REFUSED
from hscpath.errors import number_of, on_one_line

MOST_TOLD = 20
"""How many lines of each kind are told to people."""


def document(audit: Audit) -> dict[str, Any]:
    """Return what an audit found as plain data, without anything of single patients.

    >>> import polars as pl
    >>> from hscpath.cohort import audit
    >>> from hscpath.lupus import PATHWAY
    >>> document(audit(pl.DataFrame({"patient": [1], "day": [0], "event": ["died"]}), PATHWAY))["transitions"]
    [{'before': 'suspected', 'after': 'dead', 'event': 'died', 'count': 1}]
    """
    pathway = audit.pathway
    return {
        "pathway": {"name": pathway.name, "version": pathway.version, "digest": pathway.digest},
        "patients": len(audit.patients),
        "events": int(audit.patients["events"].sum()),
        "accepted": int(audit.patients["accepted"].sum()),
        "rows_without_patient": audit.nobody,
        "outcomes": audit.outcomes,
        "departs": int(audit.patients["departs"].sum()),
        "undocumented": int(audit.patients["undocumented"].sum()),
        "states": dict(audit.patients["state"].value_counts(sort=True).iter_rows()),
        "transitions": audit.transitions.to_dicts(),
        "refusals": audit.refusals.to_dicts(),
        "problems": audit.problems.drop("patient").to_dicts(),
    }


def lines(audit: Audit, row: Callable[[int], str] = "row {}".format) -> list[str]:
    """Return what an audit found in words: the outcomes, why patients stopped, and what is wrong with the log.

    *row* says where in the log a row stands, by its number from 0.
    """
    patients = audit.patients
    told = [str(audit)]
    problems = audit.problems
    told += _wrong("Of the log itself:", problems.filter(pl.col("row").is_null()), row)
    departs, undocumented = int(patients["departs"].sum()), int(patients["undocumented"].sum())
    if departs or undocumented:
        told.append(
            f"Let through: {number_of(departs, 'criterion', 'criteria')} departed from, {undocumented:,} not documented"
        )
    labels = {state.name: state.label for state in audit.pathway.states}
    told += ["", "Patients stand in:"]
    states = patients["state"].value_counts(sort=True).rows()
    told += [f"  {count:,} {labels[name]}" for name, count in states[:MOST_TOLD]]
    told += _more(len(states))
    refusals = audit.refusals
    if len(refusals):
        told += ["", "Patients stopped because of:"]
        told += [f"  {each['patients']:,} {_why(**each)}" for each in refusals.head(MOST_TOLD).iter_rows(named=True)]
        told += _more(len(refusals))
    return told + _wrong("In its rows:", problems.filter(pl.col("row").is_not_null()), row)


def _wrong(title: str, problems: pl.DataFrame, row: Callable[[int], str]) -> list[str]:
    if not len(problems):
        return []
    told = ["", title]
    for problem in problems.head(MOST_TOLD).iter_rows(named=True):
        told.append(f"  {_rows(problem['rows'])}{problem['text']}")
        if problem["row"] is not None:
            why = problem["reason"] and f": {problem['reason']}"
            told.append(f"    first in {row(problem['row'])}, patient {on_one_line(problem['patient'])}{why}")
    return told + _more(len(problems))


def _why(outcome: str, event: str | None, reason: str, **_: object) -> str:
    return reason if outcome == REFUSED else f"{event or 'no event'}: {reason}"


def _rows(rows: int) -> str:
    return "" if not rows else "1 row: " if rows == 1 else f"{rows:,} rows: "


def _more(many: int) -> list[str]:
    return [f"  and {many - MOST_TOLD:,} more"] if many > MOST_TOLD else []
