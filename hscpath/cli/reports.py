"""Comparisons and proofs, laid out for the terminal."""

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
from hscpath.outline import BLANK, line, sign
from hscpath.tell import Comparison

if TYPE_CHECKING:
    from hscpath.proof import Proof


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
