"""Assertions about whole journeys, whose failures tell the story."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from hscpath.errors import brief
from hscpath.invariants import Checked, Invariant, Standing
from hscpath.journey import Journey, Record, Step
from hscpath.pathway import Pathway


def assert_follows(
    invariants: Invariant | Iterable[Invariant],
    events: Journey | Iterable[Record | Step],
    *,
    pathway: Pathway | None = None,
) -> None:
    """Assert that a journey, or a log of it on *pathway*, follows an invariant, or each of several.

    To follow is not to violate: what is still pending follows as long as the journey goes on, and
    so does what the journey gave no occasion for (``invariant.concerns(journey)`` tells). A journey
    that has ended has nothing left to wait for. Raises ``AssertionError`` with every rule that is
    violated, why it is one, its source, and the steps; ``ReplayStopped`` where the pathway refuses
    the log; ``TypeError`` for misuse.

    >>> from hscpath.lupus import INVARIANTS, PATHWAY
    >>> assert_follows(INVARIANTS, [Record("nephritis_diagnosed", day=0), Record("died", day=9)], pathway=PATHWAY)
    """
    __tracebackhide__ = True
    rules = _rules(invariants)
    journey = _journey(events, pathway)
    strange = [
        f"{rule.name}: the pathway does not have {name!r}"
        for rule in rules
        for name in rule.unknown_to(journey.pathway)
    ]
    if strange:
        raise TypeError("; ".join(strange) + ": an invariant that speaks of nothing there cannot be violated")
    broken = [told for told in (rule.check(journey) for rule in rules) if told.standing is Standing.VIOLATED]
    if broken:
        raise AssertionError("\n".join((*map(str, broken), *_story(journey, broken))))


def _rules(given: object) -> tuple[Invariant, ...]:
    """Return the invariants, or raise ``TypeError`` for what is none."""
    __tracebackhide__ = True
    rules = tuple(cast("Iterable[object]", given)) if isinstance(given, Iterable) else (given,)
    if not rules:
        raise TypeError("there is no invariant to follow: give one, or several")
    for rule in rules:
        if not isinstance(rule, Invariant):
            raise TypeError(f"{brief(rule)} is no invariant: write Invariant(name, rule, reason, citation)")
    return cast("tuple[Invariant, ...]", rules)


def _journey(events: object, pathway: Pathway | None) -> Journey:
    """Return the journey that is given, or that a log tells; raise ``TypeError`` for what is neither."""
    __tracebackhide__ = True
    if isinstance(events, Journey):
        if pathway is not None:
            raise TypeError("a journey knows its pathway: leave pathway= out")
        return events
    if not isinstance(events, Iterable) or isinstance(events, str):
        raise TypeError(f"{brief(events)} is no journey and no log: give a Journey, or records with pathway=")
    if pathway is None:
        raise TypeError("records alone do not say on which pathway they are: give pathway=")
    log = tuple(cast("Iterable[Record | Step]", events))
    if not log:
        raise TypeError("there are no events to judge: give at least one record, or a Journey as it stands")
    return Journey.replay(pathway, log)


def _story(journey: Journey, broken: list[Checked]) -> list[str]:
    """Return the steps, numbered, with a mark at those that broke a rule."""
    culprits = {told.step for told in broken}
    start = f"{'>' if None in culprits else ' '}  0. {journey.pathway.initial.label}"
    steps = [
        f"{'>' if number in culprits else ' '} {number + 1:2}. {step}" for number, step in enumerate(journey.steps)
    ]
    return [start, *steps]
