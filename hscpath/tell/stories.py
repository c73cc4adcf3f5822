"""A journey as a story: what happened on which day, what decided it, and from which source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import partial

import attrs

from hscpath.citations import BY_DEFINITION, Citation
from hscpath.days import Approximate, the_day
from hscpath.decisions import Decision
from hscpath.errors import on_one_line
from hscpath.explanation import Explanation
from hscpath.journey import Journey, Step
from hscpath.outline import BLANK, Line, Outline, Span, heading, line, sign, strong, value
from hscpath.verdict import UNMET


def story(journey: Journey, *, title: str = "", citation: Citation | None = None) -> Outline:
    """Return a journey step by step, with what decided each step and its source.

    Rendered without values, neither findings nor reasons are in it, which might hold them; days, the
    title and the source are.

    >>> from hscpath import Journey
    >>> from hscpath.lupus import PATHWAY
    >>> ana = Journey(PATHWAY).advance("nephritis_diagnosed", day=0, upcr="3400 mg/g")
    >>> print(story(ana, title="Ana"))
    Ana
    <BLANKLINE>
    Day 0: nephritis diagnosed. UPCR 3.4 g/g.
      → lupus nephritis diagnosed
    """
    lines = [heading(title, 1)] if title else []
    lines += [line(f"Source: {citation.reference}")] if citation else []
    decisions = journey.decisions()
    for step in steps_in_words(journey, decisions, partial(when, journey), criterion_spans):
        findings = f" {capital(step.findings)}." if step.findings else ""
        lines += [BLANK, line(strong(f"{step.when}: {step.event}."), value(findings)), *step.notes]
        lines += [line(sign("→"), step.state, depth=1)] if step.state else []
    lines += references([f"{cite}: {cite.reference}" for cite in cited(journey, decisions)])
    return Outline(lines[1:] if lines[:1] == [BLANK] else lines)


@attrs.frozen
class StepInWords:
    """A step in words: when, what, with which findings, why it led where it did, and where."""

    when: str
    event: str
    findings: str
    notes: tuple[Line, ...]
    state: str
    """The state after it, if that is another."""


def steps_in_words(
    journey: Journey,
    decisions: Iterable[Decision],
    day: Callable[[int], str],
    criterion: Callable[[Explanation], Sequence[Span]],
) -> Iterator[StepInWords]:
    """Yield every step in words."""
    before = journey.pathway.initial
    for number, (step, decision) in enumerate(zip(journey.steps, decisions, strict=True)):
        findings = ", ".join(map(str, step.findings))
        state = step.state.label if step.state != before else ""
        notes = tuple(line(*spans, depth=1) for spans in _notes(step, decision, criterion))
        yield StepInWords(day(number), step.event.label, findings, notes, state)
        before = step.state


def _notes(
    step: Step, decision: Decision, criterion: Callable[[Explanation], Sequence[Span]]
) -> Iterator[Sequence[Span | str]]:
    if step.inferred:
        yield "(not stated, inferred", value(f": {on_one_line(step.inferred)}"), ")"
    for label, part in _rejected(decision, step):
        yield f"not {label}: ", *criterion(part)
    waived = {deviation.criterion for deviation in step.deviations}
    for part in _deciding(decision):
        if part.guard not in waived:
            yield criterion(part)
    for deviation in step.deviations:
        departed = decision.chart.explain(deviation.criterion)
        mark, *rest = criterion(departed)
        rest = [span for span in rest if departed.verdict is UNMET or span.role != "value"]
        yield mark, f"{deviation.kind}: ", *rest, value(f"; reason: {on_one_line(deviation.reason)}")


def _rejected(decision: Decision, step: Step) -> Iterator[tuple[str, Explanation]]:
    """Yield why the patient did not go where an earlier row would have led."""
    for tried in decision.tried:
        target = tried.transition.target
        if not tried.decides and target is not None and target != step.state:
            for part in tried.criteria:
                if part.verdict is UNMET and part.guard.cite != BY_DEFINITION:
                    yield target.label, part


def _deciding(decision: Decision) -> Iterator[Explanation]:
    """Return what decided and is worth telling: criteria that only keep the record straight are not."""
    parts = (part for tried in decision.tried if tried.decides for part in tried.criteria)
    return (part for part in parts if part.guard.cite != BY_DEFINITION)


def criterion_spans(part: Explanation) -> tuple[Span, ...]:
    """Return one criterion on one line; that its source is known at second hand is told among the references."""
    return part.line(certainty=False).spans


def when(journey: Journey, step: int) -> str:
    """Return the day of a step in words, also as counted from the pathway's day zero."""
    day, counted = journey.chart.day_of(step), journey.day_from_zero(step)
    if day is None:
        text = "Day not recorded"
        return f"{text} ({journey.pathway.day_counted} 0)" if counted == 0 else text
    text = capital(the_day(day)) + (f" (day {int(day)})" if isinstance(day, Approximate) else "")
    on = date_of(journey, day)
    if on:
        text = f"{on} ({text[0].lower()}{text[1:]})"
    if counted is None or counted == day:
        return text
    return f"{text}, {journey.pathway.day_counted} {signed(counted)}"


def date_of(journey: Journey, day: int) -> str:
    """Return the date of a day, where the journey has dates and the calendar reaches as far."""
    began = journey.began
    if began is None or not 0 < began.toordinal() + day <= date.max.toordinal():
        return ""
    return str(began + timedelta(days=day))


def signed(day: int) -> str:
    """Return a day as counted from a day zero: ``"+27"``, ``"-5"``."""
    return f"+{day}" if day > 0 else str(day)


def capital(text: str) -> str:
    """Return text with a capital at its start, unless its first word is written as an abbreviation is."""
    first = text.split(" ", 1)[0]
    return text if first != first.lower() else text[:1].upper() + text[1:]


def cited(journey: Journey, decisions: Sequence[Decision]) -> list[Citation]:
    """Return the sources that decided something, or kept the patient from another state, each once."""
    places = [part.cite for decision in decisions for part in _deciding(decision)]
    steps = zip(journey.steps, decisions, strict=True)
    places += [part.cite for step, decision in steps for _, part in _rejected(decision, step)]
    places += [tried.transition.cite for decision in decisions for tried in decision.tried if tried.decides]
    return sorted({place.at("") for place in places if place}, key=str)


def references(texts: Sequence[str]) -> Iterator[Line]:
    """Yield the references at the end, if there are any."""
    if texts:
        yield from (BLANK, heading("References"))
        yield from (line(text, depth=1) for text in texts)
