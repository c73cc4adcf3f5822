"""What may happen now, as a numbered list to choose from."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from hscpath.decisions import Decision
from hscpath.tell import Ways
from hscpath.tell.answers import bars

_NOTHING = "Nothing more can happen."
_MOST_STATES = 3
"""How many states a line names before it only counts them."""


def leading(here: Ways) -> tuple[Decision, ...]:
    """Return what may lead elsewhere, now or once more is known."""
    return tuple(decision for decision in here.decisions if here.moves(decision) and not decision.closed)


def adding(here: Ways) -> tuple[Decision, ...]:
    """Return what only adds to the record."""
    return tuple(decision for decision in here.decisions if not here.moves(decision) and not decision.closed)


def numbered(here: Ways) -> tuple[Decision, ...]:
    """Return every event that means something here, in the order of its number."""
    return (*leading(here), *adding(here), *here.closed)


def brief(here: Ways) -> Iterator[str]:
    """Yield a line for everything that may lead elsewhere, and what there is beside it.

    >>> from hscpath import Journey
    >>> from hscpath.lupus import PATHWAY
    >>> from hscpath.tell import ways
    >>> for line in brief(ways(Journey(PATHWAY).advance("died"))): print(line)
    Nothing more can happen.
    """
    yield from (_line(here, number, decision) for number, decision in enumerate(leading(here), start=1))
    if here.closed:
        yield f"✗ closed: {', '.join(decision.event.label for decision in here.closed)}"
    if more := len(adding(here)):
        yield "  1 event adds to the record" if more == 1 else f"  {more} events add to the record"
    yield from [] if here.decisions else [_NOTHING]


def in_full(here: Ways) -> Iterator[str]:
    """Yield a line for every event, by kind, with what is wanting where it is closed."""
    kinds = {
        "May lead on (? once more is known, or with a reason)": leading(here),
        "Adds to the record": adding(here),
        "Closed, for want of": here.closed,
    }
    numbers = count(1)
    for kind, decisions in kinds.items():
        yield from [f"\n{kind}:"] if decisions else []
        yield from (_line(here, next(numbers), decision) for decision in decisions)
    yield from [] if here.decisions else [_NOTHING]


def _line(here: Ways, number: int, decision: Decision) -> str:
    mark = "✗" if decision.closed else "✓" if decision.allowed else "?"
    line = f"{mark} {number}. {decision.event.label}"
    if decision.closed:
        return f"{line}: {'; '.join(part.guard.brief for part in bars(decision))}"
    states = [state.label for state in decision.possible if state != here.state]
    if len(states) > _MOST_STATES:
        return f"{line} → one of {len(states)} states"
    states += ["no change of state"] if states and here.state in decision.possible else []
    return f"{line} → {' or '.join(states)}" if states else line
