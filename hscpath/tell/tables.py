"""A pathway, or a journey on it, as a table; its sources, and what one needs to write a case."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import assert_never

from hscpath.citations import BY_DEFINITION, Citation
from hscpath.criteria import Choice, Criterion, Fact, Flag, Quantity, conjuncts, nested
from hscpath.errors import brief
from hscpath.explanation import Explanation
from hscpath.journey import Journey
from hscpath.outline import BLANK, Cell, Line, Outline, Span, TextTable, cell, heading, line, sign, source, value
from hscpath.pathway import Pathway, StateGroup
from hscpath.tell.stories import cited, date_of, references, signed, steps_in_words


def table(subject: Pathway | Journey) -> Outline:
    """Return a pathway, or a journey, as a table that a clinician can review.

    Of a pathway: every row with what it asks for and its source. Of a journey: every step with its
    findings, the state after it, and the criteria that decided, each with the number of its source.

    >>> from hscpath import Event, Pathway, State
    >>> WELL, ILL = State("well", "well"), State("ill", "ill", final=True)
    >>> print(table(Pathway("toy", "1", WELL, [WELL.on(Event("fell_ill", "fell ill"), to=ILL)])))
    toy, version 1
    <BLANKLINE>
    state  event     goes to  when (hard)  expects (soft)  source
    well   fell ill  ill
    """
    match subject:
        case Journey():
            return _of_steps(subject)
        case Pathway():
            return Outline((_title(subject), BLANK, _of_rows(subject), *_notes(subject)))
        case _:
            raise TypeError(f"{brief(subject)} is no table: give a pathway or a journey")


def _of_steps(journey: Journey) -> Outline:
    decisions = journey.decisions()
    cites = cited(journey, decisions)
    numbers = {cite: str(number) for number, cite in enumerate(cites, 1)} | {BY_DEFINITION: BY_DEFINITION.short}

    def criterion(part: Explanation) -> tuple[Span, ...]:
        place = part.cite and ", ".join(filter(None, (numbers[part.cite.at("")], part.cite.where)))
        return sign(part.verdict.mark), Span(part.guard.brief), source(f" [{place}]" if place else "")

    counts = any(step.event == journey.pathway.day_zero for step in journey.steps)
    head = ("day", *[journey.pathway.day_counted] * counts, "event and findings", "state after", "decided by")
    rows: list[tuple[Cell, ...]] = []
    for number, step in enumerate(steps_in_words(journey, decisions, partial(_day, journey), criterion)):
        counted = journey.day_from_zero(number)
        zero = [cell(signed(counted) if counted is not None else "")] * counts
        happened = cell(step.event, value(step.findings))
        rows.append((cell(step.when), *zero, happened, cell(step.state), step.notes))
    listed = (f"[{numbers[cite]}] {cite}: {cite.reference}" for cite in cites)
    return Outline((TextTable(head, tuple(rows)), *references(tuple(listed))))


def _day(journey: Journey, step: int) -> str:
    day = journey.chart.day_of(step)
    if day is None:
        return "?"
    on = date_of(journey, day)
    return f"{on} ({day})" if on else str(day)


def _of_rows(pathway: Pathway) -> TextTable:
    head = ("state", "event", "goes to", "when (hard)", "expects (soft)", "source")
    rows = (
        (
            cell(row.source.label),
            cell(row.event.label),
            cell(row.target.label if row.target else "(no change)"),
            tuple(line(*_criterion(part)) for part in conjuncts(row.when)),
            tuple(line(*_criterion(part)) for part in conjuncts(row.expects)),
            cell(str(row.cite or "")),
        )
        for row in pathway.transitions
    )
    return TextTable(head, tuple(rows))


def rows(pathway: Pathway) -> Outline:
    """Return the rows of a pathway, those of one state below each other: what may happen, and what it asks for.

    >>> from hscpath import Event, Pathway, State
    >>> WELL, ILL = State("well", "well"), State("ill", "ill", final=True)
    >>> print(rows(Pathway("toy", "1", WELL, [WELL.on(Event("fell_ill", "fell ill"), to=ILL)])))
    toy, version 1
    <BLANKLINE>
    well
      fell ill → ill
    """
    lines = [_title(pathway)]
    before = ""
    for row in pathway.transitions:
        if row.source.label != before:
            before = row.source.label
            lines += [BLANK, line(before)]
        to = f" → {row.target.label}" if row.target else ""
        lines.append(line(f"{row.event.label}{to}", _source(row.cite), depth=1))
        lines += [line("must: ", *_criterion(part), depth=2) for part in conjuncts(row.when)]
        lines += [line("should: ", *_criterion(part), depth=2) for part in conjuncts(row.expects)]
    return Outline((*lines, *_notes(pathway)))


def _title(pathway: Pathway) -> Line:
    return heading(f"{pathway.name}, version {pathway.version}", 1)


def _notes(pathway: Pathway) -> Iterator[Line]:
    """Yield which states a group holds, and what a named criterion within another means."""
    groups = dict.fromkeys(row.source for row in pathway.transitions if isinstance(row.source, StateGroup))
    named = {part.name: part for whole in _conjuncts(pathway) for part in nested(whole) if part.name}
    if groups:
        yield from (BLANK, heading("Groups of states"))
        for group in groups:
            yield line(f"{group}: {'; '.join(state.label for state in group.states)}", depth=1)
    if named:
        yield from (BLANK, heading("Words in quotation marks"))
        yield from (line(*_criterion(part), depth=1) for part in named.values())


def sources(*pathways: Pathway) -> Outline:
    """Return every source that the pathways cite, with how certain it is and which criteria rest on it.

    >>> from hscpath.lupus import PATHWAY
    >>> print(sources(PATHWAY).lines()[0])
    AGIHO/DGHO 2018 (confirmed)
    """
    rests: dict[Citation, dict[str, None]] = {}
    for pathway in pathways:
        cited: list[tuple[Citation | None, str]] = [(row.cite, str(row)) for row in pathway.transitions]
        cited += [(part.cite, part.phrase) for whole in _conjuncts(pathway) for part in (whole, *nested(whole))]
        for cite, what in cited:
            if cite:
                rests.setdefault(cite.at(""), {})[what] = None
    lines: list[Line] = []
    for cite in sorted(rests.keys() - {BY_DEFINITION}, key=lambda cite: (cite.short.casefold(), cite.certainty.value)):
        lines.append(line(f"{cite.short} ({cite.certainty.value})"))
        lines += [line(cite.reference, depth=1), line(f"for: {'; '.join(rests[cite])}", depth=1)]
    return Outline(lines)


def _conjuncts(pathway: Pathway) -> Iterator[Criterion]:
    """Return every criterion that is judged by itself."""
    return (part for guard in pathway.guards for part in conjuncts(guard))


def _criterion(guard: Criterion) -> tuple[Span, Span]:
    return Span(guard.phrase + (f" ({guard.text})" if guard.name else "")), _source(guard.cite)


def _source(cite: Citation | None) -> Span:
    return source(f" [{cite}]" if cite else "")


def events(pathway: Pathway) -> Outline:
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
    lines = [heading("Events"), BLANK]
    for event in pathway.events:
        lines.append(line(f"{event.name}: {event.label}"))
        for kind, facts in (("must", event.must), ("may", event.may)):
            if facts:
                lines.append(line(f"{kind} record: {', '.join(fact.name for fact in facts)}", depth=1))
    lines += [BLANK, heading("Findings"), BLANK, *map(line, map(described, pathway.facts))]
    lines += [BLANK, heading("States"), BLANK, *(line(f"{state.name}: {state.label}") for state in pathway.states)]
    return Outline(lines)


def described(fact: Fact) -> str:
    """Return a fact on one line: its name, what it is, and what may be recorded of it."""
    return f"{fact.name}: {fact.about or fact.label} ({values_of(fact)})"


def values_of(fact: Fact) -> str:
    """Return what may be recorded of a fact: its range and units, its options, true or false.

    >>> values_of(Flag("fever", "fever"))
    'true or false'
    """
    match fact:
        case Quantity():
            others = ", ".join(dict.fromkeys(fact.units))
            return fact.show_range() + (f"; also in {others}" if others else "")
        case Flag():
            return "true or false"
        case Choice():
            several = "one or several of " if fact.several else ""
            return several + ", ".join(fact.options)
        case _:
            assert_never(fact)
