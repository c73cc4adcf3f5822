"""Cases, comparisons and proofs: laid out for the terminal, and as plain data for a program to read."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Column, Table
from rich.text import Text

from hscpath import tell
from hscpath.cli.terminal import NARROWEST, coloured, show, terminal
from hscpath.decisions import TransitionNotAllowed
from hscpath.files import Case, write_decision, write_record
from hscpath.files.documents import Fields
from hscpath.outline import BLANK, line, sign
from hscpath.tell import Comparison, Replay

if TYPE_CHECKING:
    from hscpath.proof import Claim, Proof


def show_comparison(told: Comparison, heading: Iterable[str]) -> None:
    """Show courses side by side, or one below the other where the terminal is narrow."""
    out = terminal()
    show(out, *heading)
    unexplained = [f"{course.name} {course.unexplained}" for course in told.courses if course.unexplained]
    if unexplained:
        show(out, f"Noted here without a reason, for want of which `hscpath run` refuses: {', '.join(unexplained)}")
    narrow = out.width < NARROWEST * len(told.courses) or not told.partings
    show(out, *((BLANK, told) if narrow else (told.side_by_side,)))


def show_proof(proof: Proof, fitting: str) -> None:
    """Show every claim in a table by kind, and each that is not proven with the journey that breaks it."""
    out, chosen = terminal(), proof.pathway
    show(out, f"{chosen.name}\n{len(chosen.states)} states, {len(chosen.transitions)} rows, {proof.summary}")
    show(out, fitting)
    table = Table("", Column("claim", overflow="fold"), Column("seconds", justify="right"), box=SIMPLE_HEAD)
    for kind, group in groupby(proof.claims, attrgetter("kind")):
        table.add_section()
        table.add_row("", Text(kind, style="bold"))
        for claim in group:
            table.add_row(coloured((line(sign(claim.status.mark)),)), Text(claim.sentence), f"{claim.seconds:.1f}")
    out.print(table)
    show_failed(proof)


def show_failed(proof: Proof) -> None:
    """Show each claim that is not proven with the journey that breaks it."""
    out = terminal()
    for claim in proof.failed:
        show(out, line(sign(claim.status.mark), claim.sentence))
        if claim.counterexample is not None:
            show(out, BLANK, tell.story(claim.counterexample))
        if claim.counterexample is not None and claim.record is not None:
            show(out, BLANK, claim.counterexample.ask(claim.record))


# --- As plain data -------------------------------------------------------------------------------


def course_data(case: Case, made: Replay) -> Fields:
    """Return a case as it ran: each step with the decision behind it, and what stopped it, if anything did."""
    journey = made.journey
    steps = [
        {"record": write_record(step), "state": step.state.name, "decision": write_decision(decision)}
        for step, decision in zip(journey.steps, journey.decisions(), strict=True)
    ]
    return {
        "title": case.title,
        "outcome": case.outcome,
        "holds": made.stopped is None and case.outcome in (None, journey.state.name),
        "state": journey.state.name,
        "steps": steps,
        "stopped": _stopped(made),
    }


def _stopped(made: Replay) -> Fields | None:
    stopped, event = made.stopped, len(made.journey.steps)
    if stopped is None:
        return None
    if isinstance(stopped, TransitionNotAllowed):
        return {"event": event, "decision": write_decision(stopped.decision)}
    problems = [{"where": problem.where, "problem": problem.text} for problem in stopped.problems]
    return {"event": event, "problems": problems}


def comparison_data(told: Comparison) -> Fields:
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


def proof_data(made: Proof) -> Fields:
    """Return every claim with its outcome, and the journey that breaks what is refuted."""
    return {
        "pathway": made.pathway.name,
        "digest": made.pathway.digest,
        "holds": made.holds,
        "claims": list(map(_claim_data, made.claims)),
    }


def _claim_data(claim: Claim) -> Fields:
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
