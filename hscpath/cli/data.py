"""What a program reads: a case as it ran, a comparison and proofs, as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hscpath.decisions import TransitionNotAllowed
from hscpath.files import Case, write_decision, write_record
from hscpath.files.documents import Fields
from hscpath.journey import Journey
from hscpath.tell import Comparison, Replay

if TYPE_CHECKING:
    from hscpath.proof import Claim, Proof


def course(case: Case, made: Replay) -> Fields:
    """Return a case as it ran: each step with the decision behind it, and what stopped it, if anything did."""
    journey = made.journey
    return {
        "title": case.title,
        "outcome": case.outcome,
        "holds": made.stopped is None and case.outcome in (None, journey.state.name),
        "state": journey.state.name,
        "steps": steps(journey),
        "stopped": _stopped(made),
    }


def steps(journey: Journey) -> list[Fields]:
    """Return every step as it was recorded, with where it led and the decision behind it."""
    return [
        {"record": write_record(step), "state": step.state.name, "decision": write_decision(decision)}
        for step, decision in zip(journey.steps, journey.decisions(), strict=True)
    ]


def _stopped(made: Replay) -> Fields | None:
    stopped, event = made.stopped, len(made.journey.steps)
    if stopped is None:
        return None
    if isinstance(stopped, TransitionNotAllowed):
        return {"event": event, "decision": write_decision(stopped.decision)}
    problems = [{"where": problem.where, "problem": problem.text} for problem in stopped.problems]
    return {"event": event, "problems": problems}


def comparison(told: Comparison) -> Fields:
    """Return how a case went under each pathway, and every event on which they part."""
    return {
        "courses": [
            {
                "name": made.name,
                "state": made.journey.state.name,
                "departs": made.noted("departs"),
                "not_documented": made.noted("not documented"),
                "without_a_reason": made.unexplained,
                "stopped": _stopped(made),
            }
            for made in told.courses
        ],
        "partings": [
            {"event": parting.event, "cells": {name: list(map(str, cell)) for name, cell in parting.cells.items()}}
            for parting in told.partings
        ],
    }


def proof(made: Proof) -> Fields:
    """Return every claim with its outcome, and the journey that breaks what is refuted."""
    return {
        "pathway": made.pathway.name,
        "digest": made.pathway.digest,
        "holds": made.holds,
        "claims": list(map(_claim, made.claims)),
    }


def _claim(claim: Claim) -> Fields:
    broken = claim.counterexample
    return {
        "kind": claim.kind,
        "claim": claim.text,
        "outcome": claim.status.value,
        "seconds": round(claim.seconds, 3),
        "told": claim.sentence,
        "counterexample": None if broken is None else list(map(write_record, broken.steps)),
        "refused": None if claim.record is None else write_record(claim.record),
    }
