"""Text for people, in the pathway's own words: a journey as a story, a pathway as a table, several side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Literal, assert_never

import attrs

from hscpath.chart import Explanation
from hscpath.criteria import (
    BY_DEFINITION,
    Choice,
    Citation,
    Fact,
    Flag,
    Guard,
    Quantity,
    conjuncts,
    nested,
)
from hscpath.days import Approximate, the_day
from hscpath.engine import Decision, TransitionNotAllowed, Tried
from hscpath.errors import InvalidRecord, on_one_line
from hscpath.journey import Journey, Record, ReplayStopped, Step
from hscpath.pathway import Pathway, StateGroup, Transition
from hscpath.verdict import MET, UNMET, Verdict


def story(
    journey: Journey,
    *,
    title: str = "",
    citation: Citation | None = None,
    values: bool = True,
) -> str:
    """Return a journey as text, step by step, with what decided each step and its source.

    Without *values*, neither findings nor reasons are in the text, which might hold them; days,
    the title and the source are.

    >>> from hscpath import Journey
    >>> from hscpath.lupus import PATHWAY
    >>> ana = Journey(PATHWAY).advance("nephritis_diagnosed", day=0, upcr="3400 mg/g")
    >>> print(story(ana, title="Ana"))
    Ana
    <BLANKLINE>
    Day 0: nephritis diagnosed. UPCR 3.4 g/g.
      → lupus nephritis diagnosed
    """
    lines = [title] if title else []
    lines += [f"Source: {citation.reference}"] if citation else []
    sources: list[Citation] = []
    before = journey.pathway.initial
    for number, (step, decision) in enumerate(zip(journey.steps, journey.decisions(), strict=True)):
        lines += ["", *_step(journey, number, step, decision, values)]
        lines += [f"  → {step.state.label}"] if step.state != before else []
        before = step.state
        sources += [part.cite for part in _deciding(decision) if part.cite]
        sources += [row.cite for row in _rows(decision) if row.cite]
    if sources:
        lines += ["", "References", *references(sources)]
    return "\n".join(lines).removeprefix("\n")


def _step(journey: Journey, number: int, step: Step, decision: Decision, values: bool) -> Iterator[str]:
    findings = ", ".join(map(str, step.findings)) if values else ""
    yield f"{when(journey, number)}: {step.event.label}." + (f" {_capital(findings)}." if findings else "")
    if step.inferred:
        yield f"  (not stated, inferred: {on_one_line(step.inferred)})" if values else "  (not stated, inferred)"
    for tried in decision.tried:
        if not tried.decides:
            yield from _rejected(tried, step, values)
    waived = {deviation.criterion for deviation in step.deviations}
    for part in _deciding(decision):
        if part.guard not in waived:
            yield f"  {told(part, values=values)}"
    for deviation in step.deviations:
        departed = decision.chart.explain(deviation.criterion)
        mark, text = told(departed, values=values and departed.verdict is UNMET).split(" ", 1)
        yield f"  {mark} {deviation.kind}: {text}" + (f"; reason: {on_one_line(deviation.reason)}" if values else "")


def _rejected(tried: Tried, step: Step, values: bool) -> Iterator[str]:
    """Yield why the patient did not go where an earlier row would have led."""
    target = tried.transition.target
    if target is not None and target != step.state:
        for part in tried.criteria:
            if part.verdict is UNMET and part.guard.cite != BY_DEFINITION:
                yield f"  not {target.label}: {told(part, values=values)}"


def _rows(decision: Decision) -> Iterator[Transition]:
    yield from (tried.transition for tried in decision.tried if tried.decides)


def _deciding(decision: Decision) -> Iterator[Explanation]:
    """Yield what decided and is worth telling: criteria that only keep the record straight are not."""
    for tried in decision.tried:
        if tried.decides:
            yield from (part for part in tried.criteria if part.guard.cite != BY_DEFINITION)


def told(part: Explanation, *, values: bool = True) -> str:
    """Return one criterion on one line; that its source is known at second hand is told among the references."""
    return part.line(values=values, certainty=False)


def when(journey: Journey, step: int) -> str:
    """Return the day of a step in words, also as counted from the pathway's day zero."""
    day, counted = journey.chart.day_of(step), journey.day_from_zero(step)
    if day is None:
        text = "Day not recorded"
        return f"{text} ({journey.pathway.day_counted} 0)" if counted == 0 else text
    text = _capital(the_day(day)) + (f" (day {int(day)})" if isinstance(day, Approximate) else "")
    if journey.began is not None and 0 < journey.began.toordinal() + day <= date.max.toordinal():
        text = f"{journey.began + timedelta(days=day)} ({text[0].lower()}{text[1:]})"
    if counted is None or counted == day:
        return text
    return f"{text}, {journey.pathway.day_counted} {_signed(counted)}"


def _signed(day: int) -> str:
    return f"+{day}" if day > 0 else str(day)


def _capital(text: str) -> str:
    first = text.split(" ", 1)[0]
    return text if first != first.lower() else text[:1].upper() + text[1:]


def references(sources: Iterable[Citation]) -> Iterator[str]:
    """Yield one line for every source, however often it is cited, with how certain it is."""
    unplaced = {source.at("") for source in sources}
    for source in sorted(unplaced, key=str):
        yield f"  {source}: {source.reference}"


# --- Comparisons ---------------------------------------------------------------------------------


@attrs.frozen(eq=False)
class Course:
    """A log replayed under one pathway: how far it came, and the refusal or misuse that ended it."""

    name: str
    journey: Journey
    stopped: TransitionNotAllowed | InvalidRecord | None = None

    @property
    def outcome(self) -> str:
        """Where it ended, in words."""
        state = self.journey.state.label
        return state if self.stopped is None else f"{state}, stopped at event {len(self.journey.steps) + 1}"

    def noted(self, kind: str) -> int:
        """Return how many criteria were departed from, or not documented."""
        return sum(deviation.kind == kind for deviation in self.journey.deviations)

    def decisions(self) -> tuple[Decision, ...]:
        """Return the decision behind every step, and that behind the refusal."""
        refusal = (self.stopped.decision,) if isinstance(self.stopped, TransitionNotAllowed) else ()
        return (*self.journey.decisions(), *refusal)

    def follows(self, step: int) -> str:
        """Return what a step leads to in words: a state, with what was let through, or why it stops."""
        if step < len(self.journey.steps):
            taken = self.journey.steps[step]
            kinds = [deviation.kind for deviation in taken.deviations]
            noted = ", ".join(f"{kind} {kinds.count(kind)}" for kind in dict.fromkeys(kinds))
            return f"→ {taken.state.label}" + (f" ({noted})" if noted else "")
        if isinstance(self.stopped, InvalidRecord):
            return f"→ cannot be recorded: {self.stopped}"
        if self.stopped is not None and self.stopped.decision.ambiguous:
            return f"→ open: {' or '.join(state.label for state in self.stopped.decision.possible)}"
        return "→ refused"


@attrs.frozen
class Parting:
    """An event on which pathways part: for each of them, what it asks that another does not, and what follows."""

    event: str
    cells: Mapping[str, tuple[str, ...]]


@attrs.frozen
class Comparison:
    """One log under several pathways: how each course ended, and every event on which they part."""

    courses: tuple[Course, ...]
    partings: tuple[Parting, ...]

    def __str__(self) -> str:
        lines = [
            f"{course.name}: {course.outcome}; departs {course.noted('departs')}, "
            f"not documented {course.noted('not documented')}"
            for course in self.courses
        ]
        lines += [] if self.partings else ["No event on which they part."]
        for parting in self.partings:
            lines += ["", parting.event]
            for name, cell in parting.cells.items():
                lines += [f"  {name}", *(f"    {line}" for line in cell)]
        return "\n".join(lines)


def compare(
    records: Iterable[Record | Step], pathways: Mapping[str, Pathway], *, began: date | None = None
) -> Comparison:
    """Replay a log under each pathway, and say where they part: on which criterion, value and source.

    What needs a reason is noted as a deviation; what no reason could open, or what leaves open
    where it leads, ends a course.

    >>> from hscpath import Record
    >>> from hscpath.lupus import GRAFT_FAILURE_DAY_28, PATHWAY, pathway
    >>> log = [Record("enrolled", {"status_at_entry": "complete response", "upcr": 0.2}),
    ...        Record("relapse_diagnosed", {"upcr": 0.5})]
    >>> print(compare(log, {"default": PATHWAY, "older": pathway(GRAFT_FAILURE_DAY_28)}))
    default: relapsed; departs 1, not documented 0
    older: relapsed; departs 1, not documented 0
    No event on which they part.
    """
    log = tuple(records)
    courses = tuple(_course(name, pathway, log, began) for name, pathway in pathways.items())
    decided = {course: course.decisions() for course in courses}
    partings: list[Parting] = []
    for step in range(len(log)):
        here = [course for course in courses if step < len(course.journey.steps) + (course.stopped is not None)]
        asked = {course: decided[course][step] for course in here if step < len(decided[course])}
        if len({_answer(asked.get(course)) | {course.follows(step)} for course in here}) > 1:
            partings.append(_parting(step, here, asked))
    return Comparison(courses, tuple(partings))


def _course(name: str, pathway: Pathway, log: Iterable[Record | Step], began: date | None) -> Course:
    try:
        return Course(name, Journey.replay(pathway, log, began=began, on_deviation="record"))
    except ReplayStopped as stopped:
        return Course(name, stopped.journey, stopped.reason)


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


def _parting(step: int, courses: Iterable[Course], asked: Mapping[Course, Decision]) -> Parting:
    """Return what each pathway asks that not all of them ask, or answers otherwise than another."""
    everyone = [{(where, part.guard, part.verdict) for where, part in _asks(decision)} for decision in asked.values()]
    common = set[tuple[str, Guard, Verdict]](everyone[0] if everyone else ()).intersection(*everyone)
    cells: dict[str, tuple[str, ...]] = {}
    for course in courses:
        lines: list[str] = []
        decision = asked.get(course)
        if decision is not None:
            own = ((w, part) for w, part in _asks(decision) if (w, part.guard, part.verdict) not in common)
            lines += [where + told(part) for where, part in own]
            lines += [f"cannot happen in this state ({decision.state.label})"] * decision.meaningless
        cells[course.name] = (*lines, course.follows(step))
    heading = f"Event {step + 1}"
    for decision in asked.values():
        day = decision.chart.day
        heading = f"{'Day not recorded' if day is None else _capital(the_day(day))}: {decision.event.label}"
    return Parting(heading, cells)


# --- Tables --------------------------------------------------------------------------------------


def table(pathway: Pathway, form: Literal["text", "md"] = "text") -> str:
    """Return a pathway as a table that a clinician can review: text, or Markdown.

    >>> from hscpath import Event, Pathway, State
    >>> WELL, ILL = State("well", "well"), State("ill", "ill", final=True)
    >>> print(table(Pathway("toy", "1", WELL, [WELL.on(Event("fell_ill", "fell ill"), to=ILL)])))
    toy, version 1
    <BLANKLINE>
    well
      fell ill → ill
    """
    return _markdown(pathway) if form == "md" else _text(pathway)


def _text(pathway: Pathway) -> str:
    lines = [f"{pathway.name}, version {pathway.version}"]
    source = ""
    for row in pathway.transitions:
        if row.source.label != source:
            source = row.source.label
            lines += ["", source]
        to = f" → {row.target.label}" if row.target else ""
        cite = f" [{row.cite}]" if row.cite else ""
        lines.append(f"  {row.event.label}{to}{cite}")
        lines += [f"      must: {_criterion(guard)}" for guard in conjuncts(row.when)]
        lines += [f"      should: {_criterion(guard)}" for guard in conjuncts(row.expects)]
    groups = dict.fromkeys(row.source for row in pathway.transitions if isinstance(row.source, StateGroup))
    if groups:
        lines += ["", "Groups of states"]
        lines += [f"  {group}: {'; '.join(state.label for state in group.states)}" for group in groups]
    named = {part.name: part for asked in _asked(pathway) for part in nested(asked) if part.name}
    if named:
        lines += ["", "Words in quotation marks", *(f"  {_criterion(part)}" for part in named.values())]
    return "\n".join(lines)


def _markdown(pathway: Pathway) -> str:
    lines = [
        "| state | event | goes to | when (hard) | expects (soft) | source |",
        "|---|---|---|---|---|---|",
    ]
    for row in pathway.transitions:
        cells = [
            row.source.label,
            row.event.label,
            row.target.label if row.target else "(no change)",
            "<br>".join(map(_criterion, conjuncts(row.when))),
            "<br>".join(map(_criterion, conjuncts(row.expects))),
            str(row.cite or ""),
        ]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def sources(*pathways: Pathway) -> str:
    """Return every source that the pathways cite, with how certain it is and which criteria rest on it.

    >>> from hscpath.lupus import PATHWAY
    >>> print(sources(PATHWAY).splitlines()[0])
    AGIHO/DGHO 2018 (confirmed)
    """
    rests: dict[Citation, dict[str, None]] = {}
    for pathway in pathways:
        cited: list[tuple[Citation | None, str]] = [(row.cite, str(row)) for row in pathway.transitions]
        cited += [(part.cite, part.phrase) for asked in _asked(pathway) for part in (asked, *nested(asked))]
        for cite, what in cited:
            if cite:
                rests.setdefault(cite.at(""), {})[what] = None
    lines: list[str] = []
    for cite in sorted(rests.keys() - {BY_DEFINITION}, key=lambda cite: (cite.short.casefold(), cite.certainty.value)):
        lines += [f"{cite.short} ({cite.certainty.value})", f"  {cite.reference}", f"  for: {'; '.join(rests[cite])}"]
    return "\n".join(lines)


def _asked(pathway: Pathway) -> Iterator[Guard]:
    """Yield every criterion that is asked by itself."""
    for guard in pathway.guards:
        yield from conjuncts(guard)


def _criterion(guard: Guard) -> str:
    own = f" ({guard.text})" if guard.name else ""
    source = f" [{guard.cite}]" if guard.cite else ""
    return f"{guard.phrase}{own}{source}"


def events(pathway: Pathway) -> str:
    """Return every event with what it may record, every finding and every state: what one needs to write a case.

    >>> from hscpath import Event, Flag, Pathway, State
    >>> SEEN = Event("seen", "seen by a doctor", may=(Flag("fever", "fever"),))
    >>> ILL, WELL = State("ill", "ill"), State("well", "well", final=True)
    >>> print(events(Pathway("toy", "1", ILL, [ILL.on(SEEN, to=WELL)])))
    Events
    <BLANKLINE>
    seen: seen by a doctor
      may record: fever
    <BLANKLINE>
    Findings
    <BLANKLINE>
    fever: fever (true or false)
    <BLANKLINE>
    States
    <BLANKLINE>
    ill: ill
    well: well
    """
    lines = ["Events", ""]
    for event in pathway.events:
        lines.append(f"{event.name}: {event.label}")
        for kind, facts in (("must", event.must), ("may", event.may)):
            if facts:
                lines.append(f"  {kind} record: {', '.join(fact.name for fact in facts)}")
    lines += ["", "Findings", "", *map(_fact, pathway.facts), "", "States", ""]
    return "\n".join([*lines, *(f"{state.name}: {state.label}" for state in pathway.states)])


def _fact(fact: Fact) -> str:
    about = fact.about or fact.label
    match fact:
        case Quantity():
            others = ", ".join(dict.fromkeys(fact.units))
            return f"{fact.name}: {about} ({fact.show_range()}" + (f"; also in {others})" if others else ")")
        case Flag():
            return f"{fact.name}: {about} (true or false)"
        case Choice():
            several = "one or several of " if fact.several else ""
            return f"{fact.name}: {about} ({several}{', '.join(fact.options)})"
        case _:
            assert_never(fact)
