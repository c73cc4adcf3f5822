"""What may be wrong with the rows of a log, in words that tell nothing of a patient."""

from __future__ import annotations

from typing import NamedTuple

from hscpath.cohort.table import Places


class Wrong(NamedTuple):
    """What cannot be recorded, and where: the kind of problem, the part at fault, and the rows."""

    kind: str
    where: str
    rows: Places


def words(kind: str, where: str) -> str:
    """Return a kind of problem in words, without anything of the patient."""
    return _WORDS[kind].format(where=where)


_WORDS = {
    "unknown event": "the event is none of this pathway",
    "invalid value": "{where}: the value cannot be recorded",
    "misplaced": "{where}: this event does not record it",
    "missing": "{where}: this event must record it",
    "invalid day": "day: neither a whole number of at most six digits nor a date such as 2026-03-01, or too far off",
    "no earlier step": "day: there is no earlier step on the same day",
    "goes back": "day: before that of an earlier event",
    "no reason": "{where}: says nothing",
    "not in order": "day: the rows of a patient did not stand in order of day, and were put in order",
    "twice": "the row is the same as the one before it",
}
SHOWN = frozenset({"unknown event", "invalid value", "invalid day", "goes back", "no reason"})
"""The problems that are told with what was given there; the others with the event."""


def wrong_at(kind: str, where: str, rows: Places) -> list[Wrong]:
    """Return a problem of some rows, if there are any."""
    return [Wrong(kind, where, rows)] if len(rows) else []
