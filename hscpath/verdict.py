"""The three answers that a criterion can give."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import NoReturn


class Verdict(Enum):
    """Met, unmet, or unknown: what is not recorded decides nothing (Kleene's logic).

    >>> Verdict.MET & Verdict.UNKNOWN
    <Verdict.UNKNOWN: 1>
    >>> Verdict.UNMET & Verdict.UNKNOWN
    <Verdict.UNMET: 0>
    >>> Verdict.MET | Verdict.UNKNOWN
    <Verdict.MET: 2>
    >>> ~Verdict.UNKNOWN
    <Verdict.UNKNOWN: 1>
    """

    UNMET = 0
    UNKNOWN = 1
    MET = 2

    def __and__(self, other: Verdict) -> Verdict:
        return self if self.value <= other.value else other

    def __or__(self, other: Verdict) -> Verdict:
        return self if self.value >= other.value else other

    def __invert__(self) -> Verdict:
        return Verdict(2 - self.value)

    def __bool__(self) -> NoReturn:
        raise TypeError("a verdict has three values, so it is neither true nor false: write `verdict is Verdict.MET`")

    @property
    def mark(self) -> str:
        """One character for a person: ✓ met, ✗ unmet, ? unknown."""
        return "✗?✓"[self.value]


MET, UNMET, UNKNOWN = Verdict.MET, Verdict.UNMET, Verdict.UNKNOWN


def at_least(least: int, verdicts: Iterable[Verdict]) -> Verdict:
    """Return whether at least so many of some verdicts are met.

    >>> at_least(2, [MET, UNKNOWN, UNMET]), at_least(1, [MET, UNKNOWN]), at_least(0, [])
    (<Verdict.UNKNOWN: 1>, <Verdict.MET: 2>, <Verdict.MET: 2>)
    """
    met = possible = 0
    for verdict in verdicts:
        met += verdict is MET
        possible += verdict is not UNMET
    return MET if met >= least else UNKNOWN if possible >= least else UNMET
