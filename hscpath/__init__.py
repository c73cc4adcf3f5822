"""A patient's journey to stem-cell transplantation, as states and guarded transitions."""

from hscpath.chart import Chart, Explanation
from hscpath.criteria import (
    ALWAYS,
    BY_DEFINITION,
    Certainty,
    Choice,
    Citation,
    Event,
    EventGroup,
    Finding,
    Flag,
    Guard,
    Quantity,
    after,
    at_least,
)
from hscpath.days import SAME_DAY, months, years
from hscpath.engine import Decision, Deviation, TransitionNotAllowed
from hscpath.errors import (
    HscpathError,
    InvalidFile,
    InvalidFinding,
    InvalidRecord,
    PathwayChanged,
    PathwayError,
    UnknownEvent,
)
from hscpath.guidelines import Guideline
from hscpath.journey import Journey, Record, ReplayStopped, Step
from hscpath.live import machine
from hscpath.pathway import Criteria, Pathway, State, StateGroup, Transition
from hscpath.verdict import Verdict

__version__ = "0.1.0"

__all__ = [
    "ALWAYS",
    "BY_DEFINITION",
    "SAME_DAY",
    "Certainty",
    "Chart",
    "Choice",
    "Citation",
    "Criteria",
    "Decision",
    "Deviation",
    "Event",
    "EventGroup",
    "Explanation",
    "Finding",
    "Flag",
    "Guard",
    "Guideline",
    "HscpathError",
    "InvalidFile",
    "InvalidFinding",
    "InvalidRecord",
    "Journey",
    "Pathway",
    "PathwayChanged",
    "PathwayError",
    "Quantity",
    "Record",
    "ReplayStopped",
    "State",
    "StateGroup",
    "Step",
    "Transition",
    "TransitionNotAllowed",
    "UnknownEvent",
    "Verdict",
    "after",
    "at_least",
    "machine",
    "months",
    "years",
]
