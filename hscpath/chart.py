"""Everything known of a patient at one moment."""

from __future__ import annotations

from fractions import Fraction
from typing import cast

import attrs

from hscpath.criteria import Choice, Criterion, Event, Fact, Finding, Flag, Numeric, Quantity
from hscpath.errors import Shown
from hscpath.explanation import Explainer, Explanation
from hscpath.layout import Candidate, Happening, Layout, Slots, Verdicts, day_of
from hscpath.verdict import Verdict


@attrs.frozen(repr=False)
class Chart(Shown):
    """Everything known at one moment.

    >>> from hscpath import Chart, Quantity
    >>> EGFR = Quantity("egfr", "eGFR", "mL/min/{1.73_m2}", low=0, high=250)
    >>> chart = Chart.of(EGFR(28), day=9)
    >>> chart.check(EGFR.at_least(30))
    <Verdict.UNMET: 0>
    >>> print(chart.explain(EGFR.at_least(30)))
    ✗ eGFR at least 30 mL/min/{1.73_m2}: 28 mL/min/{1.73_m2}
    """

    past: tuple[Happening, ...] = ()
    candidate: Happening | None = None
    layout: Layout = attrs.field(factory=lambda: Layout(()), eq=False, repr=False, kw_only=True)
    slots: Slots | None = attrs.field(default=None, eq=False, repr=False, kw_only=True)

    @classmethod
    def of(cls, *findings: Finding, day: int | None = None) -> Chart:
        """Return a chart of just these findings, to try a criterion on."""
        event = Event("chart", "chart", may=tuple(finding.fact for finding in findings))
        return cls((), Candidate(event, findings, day))

    def __str__(self) -> str:
        return f"{len(self.findings)} findings from {len(self.happenings)} events"

    def __reduce__(self) -> tuple[type[Chart], tuple[object, ...]]:
        return Chart, (self.past, self.candidate)

    def __getitem__(self, fact: Fact) -> Finding | None:
        """Return the latest finding of a fact, with its day, or ``None`` if there is none."""
        if not isinstance(cast("object", fact), Quantity | Flag | Choice):
            raise TypeError(f"ask a chart with the fact itself, as in chart[FACT], not with {fact!r}")
        for step in range(len(self.happenings) - 1, -1, -1):
            happening = self.happenings[step]
            for finding in happening.findings:
                if finding.fact == fact:
                    return attrs.evolve(finding, day=self.day_of(step))
            if fact in happening.event.must:
                return None
        return None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The latest finding of every fact that was ever recorded, in order of first mention."""
        facts = dict.fromkeys(f.fact for happening in self.happenings for f in happening.findings)
        return tuple(finding for fact in facts if (finding := self[fact]) is not None)

    @property
    def day(self) -> int | None:
        """The day of this moment, if it is recorded."""
        return self.day_of(len(self.happenings) - 1) if self.happenings else None

    def day_of(self, step: int) -> int | None:
        """Return the day of a step, counted from 0, if it is recorded."""
        return day_of(self.happenings, step)

    def check(self, guard: Criterion) -> Verdict:
        """Return whether a criterion is met, unmet or unknown."""
        layout, slots = self._known(guard)
        return layout.check(guard)(slots)

    def size(self, fact: Numeric) -> Fraction | None:
        """Return how much of a quantity, tally or baseline is recorded, in its unit; ``None`` if that is not known.

        >>> UPCR = Quantity("upcr", "UPCR", "g/g", low=0, high=50, resolution="0.001")
        >>> float(Chart.of(UPCR(3.4)).size(UPCR))
        3.4
        """
        layout = Layout(())
        read = layout.reader(fact)
        least, greatest = read(layout.fold(self.past, self.candidate))
        return Fraction(least) * fact.measure.resolution if least == greatest else None

    def explain(self, guard: Criterion) -> Explanation:
        """Return why: every part of the criterion with its verdict and what is recorded."""
        layout, slots = self._known(guard)
        return Explainer(Verdicts(layout, slots), self.past, self.candidate).explain(guard)

    @property
    def happenings(self) -> tuple[Happening, ...]:
        """What is accepted, and what is asked about."""
        return self.past if self.candidate is None else (*self.past, self.candidate)

    def _known(self, guard: Criterion) -> tuple[Layout, Slots]:
        """Return a layout made for the guard, and its slots: the pathway's own, or a new one."""
        if self.layout.knows(guard):
            slots = self.slots
            return self.layout, self.layout.fold(self.past, self.candidate) if slots is None else slots
        layout = Layout((guard,))
        return layout, layout.fold(self.past, self.candidate)
