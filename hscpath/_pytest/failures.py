"""What pytest shows where a journey fails a test: the test's own lines, and what differs in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TypeGuard, cast

from hscpath.decisions import Decision
from hscpath.errors import HscpathError
from hscpath.journey import Journey, ReplayStopped, Step

if TYPE_CHECKING:
    import pytest

_PACKAGE = Path(__file__).parent.parent


# --- Errors --------------------------------------------------------------------------------------


def explain(failure: pytest.ExceptionInfo[BaseException], *, full: bool) -> None:
    """Leave out of a failure what happened inside this package, and add what a decision said."""
    error = failure.value
    if isinstance(error, AssertionError):
        for decision in _refused(failure):
            error.add_note(f"\n{decision}")
    elif isinstance(error, HscpathError) and not full:
        outside = _outside(failure.tb)
        if outside is not None:
            failure.traceback = type(failure.traceback)(outside)
        if isinstance(error, ReplayStopped):
            error.__cause__ = None  # the error tells the refusal itself, and keeps it as its reason


def _outside(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback without the frames inside this package; the one that is given stays, for debuggers."""
    if trace is None:
        return None
    rest = _outside(trace.tb_next)
    if _PACKAGE in Path(trace.tb_frame.f_code.co_filename).parents:
        return rest
    return TracebackType(rest, trace.tb_frame, trace.tb_lasti, trace.tb_lineno)


def _refused(failure: pytest.ExceptionInfo[BaseException]) -> list[Decision]:
    """Return the decisions that a failed assertion names, of those at hand where it failed."""
    values = failure.traceback[-1].locals.values()
    decisions = [value for value in values if isinstance(value, Decision) and not value.allowed]
    return [decision for decision in decisions if repr(decision) in str(failure.value)]


# --- Comparisons ---------------------------------------------------------------------------------


def differences(left: object, right: object) -> list[str] | None:
    """Return how two journeys differ, or two steps, or the steps of two journeys; ``None`` for anything else."""
    if isinstance(left, Journey) and isinstance(right, Journey):
        return [f"{left!r} == {right!r}", "", *_pathways(left, right), *_steps(left.steps, right.steps)]
    if isinstance(left, Step) and isinstance(right, Step):
        return [f"{left!r} == {right!r}", "", *_parts(left, right)]
    if _are_steps(left) and _are_steps(right):
        return [f"{len(left)} steps == {len(right)} steps", "", *_steps(left, right)]
    return None


def _are_steps(value: object) -> TypeGuard[Sequence[Step]]:
    if not isinstance(value, tuple | list) or not value:
        return False
    return all(isinstance(each, Step) for each in cast("Sequence[object]", value))


def _pathways(left: Journey, right: Journey) -> Iterator[str]:
    """Yield how the pathways and the beginnings of two journeys differ."""
    if left.pathway != right.pathway:
        names = [f"{each.pathway.name} {each.pathway.version} ({each.pathway.digest})" for each in (left, right)]
        yield f"on different pathways: {names[0]} and {names[1]}"
    if left.began != right.began:
        yield f"begun on different dates: {left.began} and {right.began}"


def _steps(left: Sequence[Step], right: Sequence[Step]) -> Iterator[str]:
    """Yield the first step at which two journeys part, and how."""
    for number, (one, other) in enumerate(zip(left, right, strict=False), start=1):
        if one != other:
            yield f"step {number} is the first that differs:"
            yield from (f"  {line}" for line in _parts(one, other))
            return
    if len(left) != len(right):
        side, more = ("left", left) if len(left) > len(right) else ("right", right)
        shorter = min(len(left), len(right))
        yield f"only the {side} goes on after step {shorter}, with step {shorter + 1}: {more[shorter]}"


def _parts(left: Step, right: Step) -> Iterator[str]:
    """Yield what differs between two steps, part by part."""
    for (what, said), (_, answered) in zip(_parts_of(left), _parts_of(right), strict=True):
        if said != answered:
            yield f"{what}: {said} != {answered}"


def _parts_of(step: Step) -> Iterator[tuple[str, str]]:
    """Yield the parts of a step in words."""
    yield "event", step.event.label
    yield "day", "not recorded" if step.day is None else str(step.day)
    yield "findings", ", ".join(map(str, step.findings)) or "none"
    yield "state", step.state.label
    yield "let through", ", ".join(map(str, step.deviations)) or "nothing"
    yield "to", step.to or "not stated"
    yield "inferred", step.inferred or "no"
