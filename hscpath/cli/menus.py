"""What may happen now, as a numbered list to choose from."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from hscpath.decisions import Decision
from hscpath.outline import BLANK, Line, line, sign
from hscpath.tell import Ways
from hscpath.tell.answers import bars

_NOTHING_FOLLOWS = line("Nothing more can happen.")
_MAX_STATES_NAMED = 3
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


def brief(here: Ways) -> Iterator[Line]:
    """Yield a line for everything that may lead elsewhere, and what there is beside it.

    >>> from hscpath import Journey
    >>> from hscpath.lupus import PATHWAY
    >>> from hscpath.tell import ways
    >>> for line in brief(ways(Journey(PATHWAY).advance("died"))): print(line)
    Nothing more can happen.
    """
    yield from (_line(here, number, decision) for number, decision in enumerate(leading(here), start=1))
    if here.closed:
        yield line(sign("✗"), f"closed: {', '.join(decision.event.label for decision in here.closed)}")
    if more := len(adding(here)):
        yield line("1 event adds to the record" if more == 1 else f"{more} events add to the record", depth=1)
    yield from [] if here.decisions else [_NOTHING_FOLLOWS]


def in_full(here: Ways) -> Iterator[Line]:
    """Yield a line for every event, by kind, with what is wanting where it is closed."""
    kinds = {
        "May lead on (? once more is known, or with a reason)": leading(here),
        "Adds to the record": adding(here),
        "Closed, for want of": here.closed,
    }
    numbers = count(1)
    for kind, decisions in kinds.items():
        yield from [BLANK, line(f"{kind}:")] if decisions else []
        yield from (_line(here, next(numbers), decision) for decision in decisions)
    yield from [] if here.decisions else [_NOTHING_FOLLOWS]


def _line(here: Ways, number: int, decision: Decision) -> Line:
    mark = "✗" if decision.closed else "✓" if decision.allowed else "?"
    event = f"{number}. {decision.event.label}"
    states = [state.label for state in decision.possible if state != here.state]
    if decision.closed:
        event += f": {'; '.join(part.guard.brief for part in bars(decision))}"
    elif len(states) > _MAX_STATES_NAMED:
        event += f" → one of {len(states)} states"
    elif states:
        states += ["no change of state"] if here.state in decision.possible else []
        event += f" → {' or '.join(states)}"
    return line(sign(mark), event)
