"""Where a number comes from, and how certain that is."""

from __future__ import annotations

from enum import Enum

import attrs

from hscpath.errors import Shown


class Certainty(Enum):
    """How far a number has been traced to its source."""

    CONFIRMED = "confirmed"
    SECOND_HAND = "confirmed at second hand"
    RECALLED = "recalled"


@attrs.frozen(repr=False)
class Citation(Shown):
    """Where something comes from, and how certain that is.

    >>> kdigo = Citation("KDIGO 2024", "Kidney Int 2024;105(1S):S1-S69")
    >>> str(kdigo.at("10.2.1.1"))
    'KDIGO 2024, 10.2.1.1'
    >>> str(kdigo.recalled)
    'KDIGO 2024 (recalled)'
    """

    short: str
    reference: str
    where: str = attrs.field(default="", kw_only=True)
    certainty: Certainty = attrs.field(default=Certainty.CONFIRMED, kw_only=True)

    def at(self, where: str) -> Citation:
        """Return the same source, at this place in it."""
        return attrs.evolve(self, where=where)

    @property
    def second_hand(self) -> Citation:
        """The same source, known through another that restates it."""
        return attrs.evolve(self, certainty=Certainty.SECOND_HAND)

    @property
    def recalled(self) -> Citation:
        """The same source, quoted from memory: too weak for anything hard."""
        return attrs.evolve(self, certainty=Certainty.RECALLED)

    @property
    def place(self) -> str:
        """The source and the place in it, without the certainty."""
        return f"{self.short}, {self.where}" if self.where else self.short

    def __str__(self) -> str:
        sure = self.certainty is Certainty.CONFIRMED
        return self.place if sure else f"{self.place} ({self.certainty.value})"


BY_DEFINITION = Citation("by definition", "Follows from what the words mean, so that no source decides it")
"""The source of criteria that only keep the record straight: what never began cannot end."""
