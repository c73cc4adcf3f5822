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
from hscpath.cli.terminal import NARROWEST, STYLES, show, styled, terminal
from hscpath.tell import Comparison

if TYPE_CHECKING:
    from hscpath.proof import Proof


def show_comparison(told: Comparison, heading: Iterable[str]) -> None:
    """Show courses side by side, or one below the other where the terminal is narrow."""
    out = terminal()
    for line in heading:
        show(out, line)
    unexplained = [f"{course.name} {course.unexplained}" for course in told.courses if course.unexplained]
    if unexplained:
        show(out, f"Noted here without a reason, for want of which `hscpath run` refuses: {', '.join(unexplained)}")
    names = [course.name for course in told.courses]
    if out.width < NARROWEST * len(names) or not told.partings:
        show(out, f"\n{told}")
        return
    summary = Table("", *(Column(name, overflow="fold") for name in names), box=SIMPLE_HEAD)
    summary.add_row("ends as", *(course.outcome for course in told.courses))
    for kind in ("departs", "not documented"):
        summary.add_row(kind, *(str(course.noted(kind)) for course in told.courses))
    out.print(summary)
    for parting in told.partings:
        out.print(Text(parting.event, style="bold"))
        columns = (Column(name, overflow="fold", ratio=1) for name in parting.cells)
        side_by_side = Table(*columns, box=SIMPLE_HEAD, expand=True)
        side_by_side.add_row(*(styled(cell) for cell in parting.cells.values()))
        out.print(side_by_side)


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
            mark = claim.outcome.mark
            table.add_row(Text(mark, style=STYLES[mark]), Text(claim.told), f"{claim.seconds:.1f}")
    out.print(table)
    for claim in proof.failed:
        show(out, f"{claim}")
        if claim.counterexample is not None:
            show(out, f"\n{tell.story(claim.counterexample)}")
        if claim.counterexample is not None and claim.asked is not None:
            show(out, f"\n{claim.counterexample.ask(claim.asked)}")
        show(out, "")
