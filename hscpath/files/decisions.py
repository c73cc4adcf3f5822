"""A decision as plain data: what an API answers to "may this happen, and why not?"."""

from __future__ import annotations

from hscpath.citations import Citation
from hscpath.decisions import Decision, Tried
from hscpath.explanation import Explanation
from hscpath.files.documents import Fields
from hscpath.files.records import write_day


def write_decision(decision: Decision, *, values: bool = True) -> Fields:
    """Return a decision as plain data, ready for JSON.

    ``allowed`` says whether the step would be accepted as asked, ``closed`` whether no reason
    could open it. ``rows`` holds each row that was tried with the verdict on every criterion;
    ``reasons_needed`` the names that ``override`` takes, to get where ``leads_to`` says (where it
    says nothing, and ``possible`` holds several states, ask again with ``to``); ``missing`` the facts and events
    that would settle an unknown; ``instead`` the other events that may happen; ``text`` all of it
    in words. Without *values*, nothing of the patient is in it: neither findings, nor days, nor reasons.

    >>> from hscpath import Journey
    >>> from hscpath.lupus import PATHWAY
    >>> answer = write_decision(Journey(PATHWAY).consider("kidney_biopsy_reported", ln_class="IV"))
    >>> answer["allowed"], answer["leads_to"]
    (True, 'biopsied')
    """
    day = decision.chart.day if values else None
    target = None if decision.ambiguous else decision.target
    return {
        "event": decision.event.name,
        "state": decision.state.name,
        "day": write_day(day),
        "allowed": decision.allowed,
        "closed": decision.closed,
        "leads_to": target and target.name,
        "possible": [state.name for state in decision.possible],
        "rows": [_row(tried, decision, values) for tried in decision.tried],
        "reasons_needed": [decision.name_of(guard) for guard in decision.open],
        "missing": [thing.name for thing in decision.missing],
        "instead": [] if decision.allowed else [event.name for event in decision.instead],
        "text": decision.lines(values=values),
    }


def _row(tried: Tried, decision: Decision, values: bool) -> Fields:
    return {
        "to": tried.transition.target_from(decision.state).name,
        "decides": tried.decides,
        "criteria": [_criterion(part, values) for part in tried.criteria],
    }


def _criterion(explained: Explanation, values: bool) -> Fields:
    written: Fields = {
        "criterion": explained.guard.phrase,
        "verdict": explained.verdict.name.lower(),
        "found": explained.found if values else "",
        "missing": [thing.name for thing in explained.missing],
        "cite": explained.cite and _citation(explained.cite),
        "parts": [_criterion(part, values) for part in explained.parts],
    }
    return {name: value for name, value in written.items() if value}


def _citation(cite: Citation) -> Fields:
    return {"source": cite.place, "reference": cite.reference, "certainty": cite.certainty.value}
