"""What may happen now, as a list from which people choose."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import attrs

from hscpath.engine import Decision
from hscpath.journey import Journey
from hscpath.verdict import MET

_NOTHING = "Nothing more can happen."
_MOST_STATES = 3
"""How many states a line names before it only counts them."""


@attrs.frozen(eq=False)
class Ways:
    """Every event that means something where a patient stands, by what it would do."""

    leading: tuple[Decision, ...]
    adding: tuple[Decision, ...]
    closed: tuple[Decision, ...]

    @classmethod
    def of(cls, journey: Journey) -> Ways:
        """Return what may lead elsewhere, what only adds to the record, and what no reason could open."""
        options = journey.options()
        closed = tuple(decision for decision in options if decision.closed)
        adding = tuple(decision for decision in options if set(decision.possible) == {journey.state})
        leading = tuple(decision for decision in options if decision not in (*closed, *adding))
        return cls(leading, adding, closed)

    @property
    def numbered(self) -> tuple[Decision, ...]:
        """All of them, in the order of their numbers."""
        return (*self.leading, *self.adding, *self.closed)

    def brief(self) -> Iterator[str]:
        """Yield a line for everything that may lead elsewhere, and what there is beside it.

        >>> from hscpath import Journey
        >>> from hscpath.lupus import PATHWAY
        >>> for line in Ways.of(Journey(PATHWAY).advance("died")).brief(): print(line)
        Nothing more can happen.
        """
        yield from map(_way, range(1, len(self.leading) + 1), self.leading)
        if self.closed:
            yield f"✗ closed: {', '.join(decision.event.label for decision in self.closed)}"
        if self.adding:
            many = len(self.adding)
            yield "  1 event adds to the record" if many == 1 else f"  {many} events add to the record"
        yield from [] if self.numbered else [_NOTHING]

    def lines(self) -> Iterator[str]:
        """Yield a line for every event, by kind, with what is wanting where it is closed."""
        kinds = {
            "May lead on (? once more is known, or with a reason)": self.leading,
            "Adds to the record": self.adding,
            "Closed, for want of": self.closed,
        }
        numbers = count(1)
        for kind, decisions in kinds.items():
            yield from [f"\n{kind}:"] if decisions else []
            yield from (_way(next(numbers), decision) for decision in decisions)
        yield from [] if self.numbered else [_NOTHING]


def _way(number: int, decision: Decision) -> str:
    here = decision.state
    mark = "✗" if decision.closed else "✓" if decision.allowed else "?"
    line = f"{mark} {number}. {decision.event.label}"
    if decision.closed:
        return f"{line}: {'; '.join(dict.fromkeys(_wanting(decision)))}"
    states = [state.label for state in decision.possible if state != here]
    if len(states) > _MOST_STATES:
        return f"{line} → one of {len(states)} states"
    states += ["no change of state"] if states and here in decision.possible else []
    return f"{line} → {' or '.join(states)}" if states else line


def _wanting(decision: Decision) -> Iterator[str]:
    for tried in decision.tried:
        yield from (part.guard.brief for part in tried.criteria if part.verdict is not MET)
