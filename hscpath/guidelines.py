"""Guidelines: named, cited sets of criteria for the points at which a pathway decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

import attrs

from hscpath.criteria import AllOf, Citation, Guard, conjuncts
from hscpath.errors import PathwayError, Shown, did_you_mean
from hscpath.pathway import Criteria


@attrs.frozen(repr=False)
class Guideline(Shown):
    """A named, versioned set of criteria for the points at which a pathway decides.

    It knows its own source, which stands in for the criteria that name none.

    >>> from hscpath import Citation, Criteria, Guideline, Quantity
    >>> UPCR = Quantity("upcr", "UPCR", "g/g", low=0, high=50, resolution="0.001")
    >>> points = {"complete_response": Criteria(when=UPCR.below("0.3"))}
    >>> LOCAL = Guideline("Local protocol", "2026", Citation("Local 2026", "Ward handbook, 2026"), points)
    >>> print(LOCAL, "decides", *LOCAL.points)
    Local protocol 2026 decides complete_response
    >>> print(LOCAL.points["complete_response"].when.cite)
    Local 2026
    """

    name: str
    version: str
    cite: Citation = attrs.field(validator=attrs.validators.instance_of(Citation))
    points: Mapping[str, Criteria] = attrs.field(hash=False)

    def __attrs_post_init__(self) -> None:
        if not self.points:
            raise PathwayError(f"{self} decides nothing: give criteria for a decision point")
        wrong = [point for point, asked in self.points.items() if not isinstance(cast("object", asked), Criteria)]
        if wrong:
            raise PathwayError(*(f"{self}: write {point!r}: Criteria(when=..., expects=...)" for point in wrong))
        cited = {
            point: Criteria(_cited(asked.when, self.cite), _cited(asked.expects, self.cite))
            for point, asked in self.points.items()
        }
        object.__setattr__(self, "points", cited)

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def _cited(guard: Guard, cite: Citation) -> Guard:
    """Return a guard whose criteria all have a source: their own, or this one."""
    cite = guard.cite or cite
    parts = tuple(part if part.cite else part.cited(cite) for part in conjuncts(guard))
    return parts[0] if len(parts) == 1 else AllOf(parts)


def combined(points: Iterable[str], guidelines: Iterable[Guideline]) -> dict[str, Criteria]:
    """Return the criteria for each decision point; of two guidelines that decide it, the later.

    Raises ``PathwayError`` for a guideline that decides something else, and for a point that
    none decides.
    """
    known, chosen, problems = tuple(points), dict[str, Criteria](), list[str]()
    for guideline in guidelines:
        problems += [
            f"{guideline} decides {point!r}, which this pathway does not ask; {did_you_mean(point, known)}"
            for point in guideline.points
            if point not in known
        ]
        chosen.update(guideline.points)
    problems += [f"no guideline given decides {point!r}" for point in known if point not in chosen]
    if problems:
        raise PathwayError(*problems)
    return {point: chosen[point] for point in known}
