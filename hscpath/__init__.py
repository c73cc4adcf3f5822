"""A patient's journey to stem-cell transplantation, as states and guarded transitions."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hscpath.chart import Chart
    from hscpath.citations import BY_DEFINITION, Certainty, Citation
    from hscpath.criteria import (
        ALWAYS,
        Choice,
        Criterion,
        Event,
        EventGroup,
        Fact,
        Finding,
        Flag,
        Quantity,
        after,
        at_least,
    )
    from hscpath.days import SAME_DAY, months, years
    from hscpath.decisions import Decision, TransitionNotAllowed
    from hscpath.engine import OnDeviation, Override
    from hscpath.errors import (
        HscpathError,
        InvalidFile,
        InvalidFinding,
        InvalidRates,
        InvalidRecord,
        PathwayError,
        Problem,
        UnknownEvent,
        UnknownPathway,
    )
    from hscpath.explanation import Explanation
    from hscpath.journey import Day, Journey, PathwayChanged, Record, ReplayStopped, Step
    from hscpath.judgement import Deviation
    from hscpath.live import machine
    from hscpath.pathway import Guideline, Pathway, Requirements, State, StateGroup, Transition, combined
    from hscpath.verdict import Verdict

__version__ = "0.1.0"

__all__ = [
    "ALWAYS", "BY_DEFINITION", "SAME_DAY", "Certainty", "Chart", "Choice", "Citation", "Criterion", "Day",
    "Decision", "Deviation", "Event", "EventGroup", "Explanation", "Fact", "Finding", "Flag", "Guideline",
    "HscpathError", "InvalidFile", "InvalidFinding", "InvalidRates", "InvalidRecord", "Journey", "OnDeviation",
    "Override", "Pathway", "PathwayChanged", "PathwayError", "Problem", "Quantity", "Record", "ReplayStopped",
    "Requirements", "State", "StateGroup", "Step", "Transition", "TransitionNotAllowed", "UnknownEvent",
    "UnknownPathway", "Verdict", "after", "at_least", "combined", "machine", "months", "years",
]  # fmt: skip

_HOMES = {
    "chart": "Chart",
    "citations": "BY_DEFINITION Certainty Citation",
    "criteria": "ALWAYS Choice Criterion Event EventGroup Fact Finding Flag Quantity after at_least",
    "days": "SAME_DAY months years",
    "decisions": "Decision TransitionNotAllowed",
    "errors": "HscpathError InvalidFile InvalidFinding InvalidRates InvalidRecord PathwayError Problem UnknownEvent "
    "UnknownPathway",
    "explanation": "Explanation",
    "journey": "Day Journey PathwayChanged Record ReplayStopped Step",
    "engine": "OnDeviation Override",
    "judgement": "Deviation",
    "live": "machine",
    "pathway": "Guideline Pathway Requirements State StateGroup Transition combined",
    "verdict": "Verdict",
}
"""The public names of each module, which is loaded when the first of them is asked for."""


def __getattr__(name: str) -> object:
    """Load a public name when it is first asked for: a test run that never speaks of a pathway pays for none."""
    for module, names in _HOMES.items():
        if name in names.split():
            from importlib import import_module

            value = globals()[name] = getattr(import_module(f"hscpath.{module}"), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name, obj=sys.modules[__name__])


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
