"""A patient who is assessed, and so gets better, gets worse, or dies."""

import pytest

from hscpath import (
    Event,
    Flag,
    Journey,
    Pathway,
    Quantity,
    State,
    StateGroup,
    TransitionNotAllowed,
)

SCORE = Quantity("score", "score", "1", low=0, high=10)
FEVER = Flag("fever", "fever", negative="no fever")
RASH = Flag("rash", "rash", negative="no rash")
SICK, BETTER, WORSE, DEAD = (
    State("sick", "sick"),
    State("better", "better"),
    State("worse", "worse"),
    State("dead", "dead", final=True),
)
ASSESSED = Event("assessed", "assessed", may=(SCORE, FEVER, RASH))
DIED = Event("died", "died")
LIVING = StateGroup("any living patient", (SICK, BETTER, WORSE))
TOY = Pathway(
    "toy",
    "1",
    SICK,
    (
        SICK.on(ASSESSED, to=BETTER, when=SCORE.below(3), expects=FEVER.is_false() & RASH.is_false()),
        SICK.on(ASSESSED, to=WORSE, when=SCORE.at_least(3), expects=FEVER.is_true()),
        BETTER.on(ASSESSED),
        LIVING.on(DIED, to=DEAD),
    ),
)
START = Journey(TOY)


def refusal(*args, journey=START, **kwargs):
    """Return the decision of a refused step."""
    with pytest.raises(TransitionNotAllowed) as error:
        journey.advance(*args, **kwargs)
    return error.value.decision
