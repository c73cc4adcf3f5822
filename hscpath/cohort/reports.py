"""What an audit found, told: in a few lines to people, as plain data to programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import polars as pl

from hscpath.cohort.audits import Audit
from hscpath.cohort.walk import REFUSED
from hscpath.errors import number_of
from hscpath.outline import BLANK, Line, Outline, line, value

MAX_LISTED = 20
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


def outline(audit: Audit, row: Callable[[int], str] = "row {}".format) -> Outline:
    """Return what an audit found in words: the outcomes, why patients stopped, and what is wrong with the log.

    *row* says where in the log a row stands, by its number from 0. Rendered without values, it names no patient.
    """
    patients = audit.patients
    problems = audit.problems
    told = [line(str(audit)), *_wrong("Of the log itself:", problems.filter(pl.col("row").is_null()), row)]
    departs, undocumented = int(patients["departs"].sum()), int(patients["undocumented"].sum())
    if departs or undocumented:
        criteria = number_of(departs, "criterion", "criteria")
        told.append(line(f"Let through: {criteria} departed from, {undocumented:,} not documented"))
    labels = {state.name: state.label for state in audit.pathway.states}
    states = [f"{count:,} {labels[name]}" for name, count in patients["state"].value_counts(sort=True).rows()]
    told += _listed("Patients stand in:", states)
    refusals = [f"{each['patients']:,} {_why(**each)}" for each in audit.refusals.iter_rows(named=True)]
    told += _listed("Patients stopped because of:", refusals) if refusals else []
    return Outline((*told, *_wrong("In its rows:", problems.filter(pl.col("row").is_not_null()), row)))


def _listed(title: str, texts: Sequence[str]) -> Iterator[Line]:
    yield from (BLANK, line(title))
    yield from (line(text, depth=1) for text in texts[:MAX_LISTED])
    yield from _more(len(texts))


def _wrong(title: str, problems: pl.DataFrame, row: Callable[[int], str]) -> Iterator[Line]:
    if not len(problems):
        return
    yield from (BLANK, line(title))
    for problem in problems.head(MAX_LISTED).iter_rows(named=True):
        rows = problem["rows"] and f"{number_of(problem['rows'], 'row')}: "
        yield line(f"{rows or ''}{problem['text']}", depth=1)
        if problem["row"] is not None:
            why = problem["reason"] and f": {problem['reason']}"
            yield line(f"first in {row(problem['row'])}", value(f", patient {problem['patient']}{why}"), depth=2)
    yield from _more(len(problems))


def _why(outcome: str, event: str | None, reason: str, **_: object) -> str:
    return reason if outcome == REFUSED else f"{event or 'no event'}: {reason}"


def _more(many: int) -> Iterator[Line]:
    if many > MAX_LISTED:
        yield line(f"and {many - MAX_LISTED:,} more", depth=1)
