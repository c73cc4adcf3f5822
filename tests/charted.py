"""A patient on record, event by event, to ask what a criterion makes of it."""

from hscpath import Chart, Choice, Event, Flag, Quantity, Verdict
from hscpath.layout import Candidate

MET, UNMET, UNKNOWN = Verdict.MET, Verdict.UNMET, Verdict.UNKNOWN
UPCR = Quantity("upcr", "UPCR", "g/g", low=0, high=50, resolution="0.001")
EGFR = Quantity("egfr", "eGFR", "mL/min", low=0, high=250)
FEVER = Flag("fever", "fever", negative="no fever")
STAGE = Choice("stage", "stage", ("I", "II"))
DRUGS = Choice("drugs", "drugs", ("A", "B", "C"), several=True)
STARTED = Event("started", "therapy started", may=(UPCR, EGFR))
SEEN = Event("seen", "seen", may=(UPCR, EGFR, FEVER, STAGE, DRUGS))


def chart(*happenings, asked=SEEN, findings=(), day=None):
    """Return the chart of an event asked about after others, each (event, findings, day)."""
    past = tuple(Candidate(event, given, on) for event, given, on in happenings)
    return Chart(past, Candidate(asked, findings, day))
