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
from hscpath.outline import BLANK, HEADING, TITLE, Form, Line, columns, markdown_table, rendered
from hscpath.pathway import Pathway, StateGroup
from hscpath.tell.stories import cited, date_of, references, signed, told_steps


def table(subject: Pathway | Journey, form: Form = "text", *, values: bool = True, width: int = 80) -> str:
    """Return a pathway, or a journey, as a table that a clinician can review: text, or Markdown.

    Of a journey: every step with its findings, the state after it, and the criteria that decided;
    without *values*, neither findings nor reasons. The text of it is at most *width* columns wide.

    >>> from hscpath import Event, Pathway, State
    >>> WELL, ILL = State("well", "well"), State("ill", "ill", final=True)
    >>> print(table(Pathway("toy", "1", WELL, [WELL.on(Event("fell_ill", "fell ill"), to=ILL)])))
    toy, version 1
    <BLANKLINE>
    well
      fell ill → ill
    """
    match subject:
        case Journey():
            return _of_steps(subject, form, values, width)
        case Pathway():
            return _of_rows(subject, form)
        case _:
            raise TypeError(f"{brief(subject)} is no table: give a pathway or a journey")


def _of_steps(journey: Journey, form: Form, values: bool, width: int) -> str:
    """Return a row for every step; sources go by the number that they have among the references."""
    decisions = journey.decisions()
    sources = cited(decisions)
    numbers = {source: str(number) for number, source in enumerate(sources, 1)}

    def criterion(part: Explanation, _: bool) -> str:
        place = f" [{', '.join(filter(None, (numbers[part.cite.at('')], part.cite.where)))}]" if part.cite else ""
        return f"{part.verdict.mark} {part.guard.brief}{place}"

    counts = any(step.event == journey.pathway.day_zero for step in journey.steps)
    rows = [("day", *[journey.pathway.day_counted] * counts, "event and findings", "state after", "decided by")]
    for number, step in enumerate(told_steps(journey, decisions, partial(_day, journey), criterion, values=values)):
        counted = journey.day_from_zero(number)
        zero = [signed(counted) if counted is not None else ""] * counts
        happened = (step.event, step.findings) if step.findings else (step.event,)
        rows.append((step.when, *zero, "\n".join(happened), step.state, "\n".join(step.notes)))
    table = markdown_table(rows) if form == "md" else columns(rows, width)
    listed = [f"[{numbers[source]}] {source}: {source.reference}" for source in sources]
    return rendered((*table, *references(listed)), form)


def _day(journey: Journey, step: int) -> str:
    day = journey.chart.day_of(step)
    if day is None:
        return "?"
    on = date_of(journey, day)
    return f"{on} ({day})" if on else str(day)


def _of_rows(pathway: Pathway, form: Form) -> str:
    title = Line(TITLE, f"{pathway.name}, version {pathway.version}")
    rows = (BLANK, *_cells(pathway)) if form == "md" else _rows(pathway)
    groups = dict.fromkeys(row.source for row in pathway.transitions if isinstance(row.source, StateGroup))
    named = {part.name: part for asked in _asked(pathway) for part in nested(asked) if part.name}
    notes: list[Line] = []
    if groups:
        notes += [BLANK, Line(HEADING, "Groups of states")]
        notes += [Line(1, f"{group}: {'; '.join(state.label for state in group.states)}") for group in groups]
    if named:
        notes += [BLANK, Line(HEADING, "Words in quotation marks")]
        notes += [Line(1, _criterion(part)) for part in named.values()]
    return rendered((title, *rows, *notes), form)


def _cells(pathway: Pathway) -> Iterator[str]:
    head = ("state", "event", "goes to", "when (hard)", "expects (soft)", "source")
    rows = (
        (
            row.source.label,
            row.event.label,
            row.target.label if row.target else "(no change)",
            "\n".join(map(_criterion, conjuncts(row.when))),
            "\n".join(map(_criterion, conjuncts(row.expects))),
            str(row.cite or ""),
        )
        for row in pathway.transitions
    )
    yield from markdown_table((head, *rows))


def _rows(pathway: Pathway) -> Iterator[Line]:
    """Yield the rows of a pathway, those of one source below each other."""
    source = ""
    for row in pathway.transitions:
        if row.source.label != source:
            source = row.source.label
            yield from (BLANK, Line(0, source))
        to = f" → {row.target.label}" if row.target else ""
        cite = f" [{row.cite}]" if row.cite else ""
        yield Line(1, f"{row.event.label}{to}{cite}")
        yield from (Line(3, f"must: {_criterion(guard)}") for guard in conjuncts(row.when))
        yield from (Line(3, f"should: {_criterion(guard)}") for guard in conjuncts(row.expects))


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


def _asked(pathway: Pathway) -> Iterator[Criterion]:
    """Yield every criterion that is asked by itself."""
    for guard in pathway.guards:
        yield from conjuncts(guard)


def _criterion(guard: Criterion) -> str:
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
    lines += ["", "Findings", "", *map(described, pathway.facts), "", "States", ""]
    return "\n".join([*lines, *(f"{state.name}: {state.label}" for state in pathway.states)])


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
