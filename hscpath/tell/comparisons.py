"""A log under several pathways, side by side: where they part, on which criterion, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import partial

import attrs

from hscpath.citations import BY_DEFINITION
from hscpath.criteria import Criterion
from hscpath.days import the_day
from hscpath.decisions import Decision, TransitionNotAllowed
from hscpath.errors import InvalidRecord
from hscpath.explanation import Explanation
from hscpath.journey import Journey, Record, ReplayStopped, Step
from hscpath.judgement import NO_REASON
from hscpath.outline import BLANK, Block, Cell, Line, Outline, Outlined, TextTable, cell, line, sign, strong, value
from hscpath.pathway import Pathway
from hscpath.tell.stories import capital, criterion_spans
from hscpath.verdict import MET, Verdict


@attrs.frozen(eq=False)
class Replay:
    """A log replayed under one pathway: how far it came, and the refusal or misuse that ended it."""

    name: str
    journey: Journey
    stopped: TransitionNotAllowed | InvalidRecord | None = None

    @classmethod
    def of(cls, name: str, replay: Callable[[], Journey]) -> Replay:
        """Return what is replayed: to its end, or to what is refused."""
        try:
            return cls(name, replay())
        except ReplayStopped as stopped:
            return cls(name, stopped.journey, stopped.reason)

    @property
    def outcome(self) -> str:
        """Where it ended, in words."""
        state = self.journey.state.label
        return state if self.stopped is None else f"{state}, stopped at event {len(self.journey.steps) + 1}"

    def noted(self, kind: str) -> int:
        """Return how many criteria were departed from, or not documented."""
        return sum(deviation.kind == kind for deviation in self.journey.deviations)

    @property
    def unexplained(self) -> int:
        """How many criteria were let through although no reason is given."""
        return sum(deviation.reason == NO_REASON for deviation in self.journey.deviations)

    def decisions(self) -> tuple[Decision, ...]:
        """Return the decision behind every step, and that behind the refusal."""
        refusal = (self.stopped.decision,) if isinstance(self.stopped, TransitionNotAllowed) else ()
        return (*self.journey.decisions(), *refusal)

    def follows(self, step: int) -> Line:
        """Return what a step leads to in words: a state, with what was let through, or why it stops."""
        if step < len(self.journey.steps):
            taken = self.journey.steps[step]
            kinds = [deviation.kind for deviation in taken.deviations]
            noted = ", ".join(f"{kind} {kinds.count(kind)}" for kind in dict.fromkeys(kinds))
            return line(sign("→"), taken.state.label, f" ({noted})" if noted else "")
        if isinstance(self.stopped, InvalidRecord):
            return line(sign("→"), "cannot be recorded", value(f": {self.stopped}"))
        if self.stopped is not None and self.stopped.decision.ambiguous:
            return line(sign("→"), f"open: {' or '.join(state.label for state in self.stopped.decision.possible)}")
        return line(sign("→"), "refused")


@attrs.frozen
class Parting:
    """An event on which pathways part: for each of them, what it asks that another does not, and what follows."""

    event: str
    cells: Mapping[str, Cell]


@attrs.frozen
class Comparison(Outlined):
    """One log under several pathways: how each course ended, and every event on which they part."""

    courses: tuple[Replay, ...]
    partings: tuple[Parting, ...]

    @property
    def outline(self) -> Outline:
        """It all, one below the other."""
        lines = [
            line(f"{course.name}: {course.outcome}; {', '.join(f'{kind} {course.noted(kind)}' for kind in _KINDS)}")
            for course in self.courses
        ]
        lines += [] if self.partings else [line("No event on which they part.")]
        for parting in self.partings:
            lines += [BLANK, line(strong(parting.event))]
            for name, answer in parting.cells.items():
                lines += [line(name, depth=1), *(each._replace(depth=2) for each in answer)]
        return Outline(lines)

    @property
    def side_by_side(self) -> Outline:
        """It all, with a column for each course."""
        ends = (cell("ends as"), *(cell(course.outcome) for course in self.courses))
        counts = ((cell(kind), *(cell(str(course.noted(kind))) for course in self.courses)) for kind in _KINDS)
        blocks: list[Block] = [TextTable(("", *(course.name for course in self.courses)), (ends, *counts))]
        for parting in self.partings:
            blocks.append(line(strong(parting.event)))
            blocks.append(TextTable(tuple(parting.cells), (tuple(parting.cells.values()),), even=True))
        return Outline(blocks)


_KINDS = ("departs", "not documented")


def compare(
    records: Iterable[Record | Step], pathways: Mapping[str, Pathway], *, began: date | None = None
) -> Comparison:
    """Replay a log under each pathway, and say where they part: on which criterion, value and source.

    What needs a reason is noted as a deviation; what no reason could open, or what leaves open
    where it leads, ends a course.

    >>> from hscpath import Record
    >>> from hscpath.lupus import BEFORE_ASTCT_2024, PATHWAY, pathway
    >>> log = [Record("enrolled", {"status_at_entry": "complete response", "upcr": 0.2}),
    ...        Record("relapse_diagnosed", {"upcr": 0.5})]
    >>> print(compare(log, {"default": PATHWAY, "older": pathway(BEFORE_ASTCT_2024)}))
    default: relapsed; departs 1, not documented 0
    older: relapsed; departs 1, not documented 0
    No event on which they part.
    """
    log = tuple(records)
    courses = tuple(
        Replay.of(name, partial(Journey.replay, pathway, log, began=began, on_deviation="record"))
        for name, pathway in pathways.items()
    )
    decided = {course: course.decisions() for course in courses}
    partings: list[Parting] = []
    for step in range(len(log)):
        here = [course for course in courses if step < len(course.journey.steps) + (course.stopped is not None)]
        asked = {course: decided[course][step] for course in here if step < len(decided[course])}
        if len({_answer(asked.get(course)) | {course.follows(step)} for course in here}) > 1:
            partings.append(_parting(step, here, asked))
    return Comparison(courses, tuple(partings))


def _asks(decision: Decision) -> Iterator[tuple[str, Explanation]]:
    """Yield what decides, and what kept the patient from where an earlier row would have led."""
    for tried in decision.tried:
        target = tried.transition.target_from(decision.state).label
        for part in tried.criteria:
            if tried.decides:
                yield "", part
            elif part.verdict is not MET and part.guard.cite != BY_DEFINITION:
                yield f"not {target}: ", part


def _answer(decision: Decision | None) -> frozenset[object]:
    """Return what is not met, in a form that two pathways can be compared by."""
    if decision is None:
        return frozenset()
    return frozenset((where, part.guard, part.verdict) for where, part in _asks(decision) if part.verdict is not MET)


def _parting(step: int, courses: Iterable[Replay], asked: Mapping[Replay, Decision]) -> Parting:
    """Return what each pathway asks that not all of them ask, or answers otherwise than another."""
    everyone = [{(where, part.guard, part.verdict) for where, part in _asks(decision)} for decision in asked.values()]
    common = set[tuple[str, Criterion, Verdict]](everyone[0] if everyone else ()).intersection(*everyone)
    cells: dict[str, Cell] = {}
    for course in courses:
        lines: list[Line] = []
        decision = asked.get(course)
        if decision is not None:
            own = ((w, part) for w, part in _asks(decision) if (w, part.guard, part.verdict) not in common)
            lines += [line(where, *criterion_spans(part)) for where, part in own]
            lines += [line(f"cannot happen in this state ({decision.state.label})")] * decision.meaningless
        cells[course.name] = (*lines, course.follows(step))
    heading = f"Event {step + 1}"
    for decision in asked.values():
        day = decision.chart.day
        heading = f"{'Day not recorded' if day is None else capital(the_day(day))}: {decision.event.label}"
    return Parting(heading, cells)
