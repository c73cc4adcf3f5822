"""Guidelines: named, cited sets of criteria for the points at which a pathway decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from hscpath.criteria import ALWAYS, AllOf, Citation, Guard, conjuncts
from hscpath.errors import PathwayError, did_you_mean


@attrs.frozen
class Criteria:
    """What one decision asks for: hard in *when*, soft in *expects*."""

    when: Guard = ALWAYS
    expects: Guard = ALWAYS

    def cited(self, cite: Citation) -> Criteria:
        """Return the same criteria, those that have no source of their own with this one."""
        return Criteria(_cited(self.when, cite), _cited(self.expects, cite))


def _cited(guard: Guard, cite: Citation) -> Guard:
    parts = tuple(part if part.cite else part.cited(cite) for part in conjuncts(guard))
    return parts[0] if len(parts) == 1 else AllOf(parts)


@attrs.frozen(init=False)
class Guideline:
    """A named, versioned set of criteria that knows its own source.

    >>> from hscpath import Citation, Criteria, Guideline, Quantity
    >>> UPCR = Quantity("upcr", "UPCR", "g/g", low=0, high=50, resolution="0.001")
    >>> LOCAL = Guideline("Local protocol", "2026", Citation("Local 2026", "Ward handbook, 2026"),
    ...                   complete_response=Criteria(when=UPCR.below(0.3)))
    >>> print(LOCAL, "decides", *LOCAL.points)
    Local protocol 2026 decides complete_response
    >>> print(LOCAL.points["complete_response"].when.cite)
    Local 2026
    """

    name: str
    version: str
    cite: Citation
    points: Mapping[str, Criteria]

    def __init__(self, name: str, version: str, cite: Citation, **points: Criteria) -> None:
        if not points:
            raise PathwayError([f"{name} {version} decides nothing: give criteria for a decision point"])
        cited = {point: criteria.cited(cite) for point, criteria in points.items()}
        self.__attrs_init__(name, version, cite, cited)  # type: ignore[attr-defined]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


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
        raise PathwayError(problems)
    return {point: chosen[point] for point in known}
