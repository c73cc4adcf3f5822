"""Small pathways that several tests use: a transplant in five states, and a review."""

from hscpath import BY_DEFINITION, Choice, Citation, Event, Flag, Pathway, Quantity, State, StateGroup
from hscpath.invariants import Invariant, existence, never_closed, precedence, throughout, whenever

SCORE = Quantity("score", "score", "1", low=0, high=10)
FEVER = Flag("fever", "fever", negative="no fever")
DRUG = Choice("drug", "drug", ("A", "B"))
SEEN = Event("seen", "seen", may=(SCORE,))
STORED = Event("cells_stored", "cells stored")
ABLATED = Event("ablated", "ablation started", may=(FEVER,))
GIVEN = Event("cells_given", "cells given back")
DIED = Event("died", "died")
WELL, ILL, READY, APLASIA = (
    State("well", "well"),
    State("ill", "ill"),
    State("ready", "ready"),
    State("aplasia", "aplasia"),
)
DEAD = State("dead", "dead", final=True)
LIVING = StateGroup("any living patient", (WELL, ILL, READY, APLASIA))
A_GRAFT = STORED.count.minus(GIVEN).at_least(1).named("a graft is in store")
ROWS = {
    "falls ill": WELL.on(SEEN, to=ILL, when=SCORE.at_least(5)),
    "stays well": WELL.on(SEEN),
    "recovers": ILL.on(SEEN, to=WELL, when=SCORE.below(3)),
    "stays ill": ILL.on(SEEN),
    "stores": ILL.on(STORED, to=READY),
    "ablates": READY.on(ABLATED, to=APLASIA, when=A_GRAFT & FEVER.is_false()),
    "rescues": APLASIA.on(GIVEN, to=WELL, when=A_GRAFT),
    "dies": LIVING.on(DIED, to=DEAD),
}
SOURCE = Citation("Toy 2026", "A toy, 2026")
RULES = (
    Invariant("a rescue at hand", throughout(APLASIA, A_GRAFT), "without it nobody survives", SOURCE),
    Invariant("cells can be given", never_closed(APLASIA, GIVEN), "without them nobody survives", SOURCE),
    Invariant("a graft first", precedence(STORED, ABLATED), "without it nobody survives", SOURCE),
    Invariant("no ablation in fever", whenever(ABLATED, FEVER.is_false()), "it would spread", SOURCE),
    Invariant("illness first", precedence(ILL, STORED), "the well need no cells", SOURCE),
    Invariant("a score of three", whenever(STORED, SCORE.at_least(3)), "the well need no cells", SOURCE),
    Invariant("each ends in death", existence(DIED), "all do", BY_DEFINITION),
)


def toy(**changed):
    """Return the toy, with rows changed, added, or left out."""
    rows = {**ROWS, **{name.replace("_", " "): row for name, row in changed.items()}}
    return Pathway("toy", "1", WELL, [row for row in rows.values() if row])


# A patient whose review looks at a value that may be old.

_SICK, _HOME = State("sick_state", "sick"), State("well_state", "well", final=True)
_CRP, _FIT = Quantity("crp", "CRP", "mg/L", low=0, high=500), Flag("fit", "fit")
_CARED_FOR = State("intensive_care", "intensive care", final=True)
_TESTED, _REVIEWED = Event("tested", "tested", may=(_CRP, _FIT)), Event("reviewed", "reviewed", may=(_CRP,))
REVIEW = Pathway(
    "ward",
    "1",
    _SICK,
    (
        _SICK.on(_TESTED),
        _SICK.on(_REVIEWED, to=_CARED_FOR, when=_CRP.above(200)),
        _SICK.on(_REVIEWED),
        _SICK.on(Event("has_left", "sent home", may=(_FIT,)), to=_HOME, when=_FIT.is_true()),
    ),
)
