"""What of a pathway a test run exercised: its states, rows, criteria and invariants."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from functools import cached_property, wraps
from pathlib import Path
from typing import Any, TypeAlias, assert_never, cast

import attrs
import pytest

from hscpath.criteria import AllOf, AnyOf, Compare, Criterion, Happened, IsTrue, Not, OneOf, SomeOf, Tally, conjuncts
from hscpath.decisions import Decision, TransitionNotAllowed
from hscpath.diseases import invariants_named, load
from hscpath.engine import Row
from hscpath.errors import InvalidFile, UnknownPathway, some_of
from hscpath.invariants import Checked, Invariant
from hscpath.journey import Journey
from hscpath.pathway import Pathway, Transition

Item: TypeAlias = tuple[str, ...]
"""One thing to be seen: its kind, what it is, and for a criterion the verdict."""

_STATE, _ROW, _CRITERION, _INVARIANT = "state", "row", "criterion", "invariant"
_ASKED, _ELSEWHERE = "asked", "elsewhere"
_KINDS = {_STATE: "states", _ROW: "rows", _CRITERION: "verdicts", _INVARIANT: "invariants"}
_SENT = "hscpath_pathway_coverage"


# --- What there is to be seen --------------------------------------------------------------------


@attrs.frozen(eq=False, slots=False)
class Scope:
    """A pathway and its invariants, as things to be seen one by one.

    A criterion is one place in one row, as coverage of code counts a branch where it stands: a
    criterion that two rows share may be right in one of them and missing from the other. It is
    seen three times, once with each verdict; what asks only whether and how often something
    happened is never unknown, and counts twice.
    """

    pathway: Pathway
    invariants: tuple[Invariant, ...]

    @cached_property
    def rows(self) -> Mapping[Transition, str]:
        """Each row, with its number."""
        return {row: str(number) for number, row in enumerate(self.pathway.transitions, start=1)}

    @cached_property
    def rules(self) -> Mapping[Invariant, str]:
        """Each invariant, with its number."""
        return {rule: str(number) for number, rule in enumerate(self.invariants, start=1)}

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Everything there is to be seen."""
        criteria = (
            (_CRITERION, number, guard.key, verdict)
            for row, number in self.rows.items()
            for guard in criteria_of(row)
            for verdict in verdicts_of(guard)
        )
        states = ((_STATE, state.name) for state in self.pathway.states)
        rows = ((_ROW, number) for number in self.rows.values())
        return (*states, *rows, *criteria, *((_INVARIANT, number) for number in self.rules.values()))

    def called(self, row: Transition) -> str:
        """Return a row in words, with its number where others are called the same."""
        target = row.target.label if row.target else "no change of state"
        words = f"{row.source.label}: {row.event.label} -> {target}"
        alike = (row.source.label, row.event, row.target)
        same = sum((other.source.label, other.event, other.target) == alike for other in self.rows)
        return words if same == 1 else f"{words} (row {self.rows[row]})"


def criteria_of(row: Transition) -> tuple[Criterion, ...]:
    """Return what a row asks for and expects, criterion by criterion."""
    return (*conjuncts(row.when), *conjuncts(row.expects))


def verdicts_of(guard: Criterion) -> tuple[str, ...]:
    """Return the verdicts that a criterion can give."""
    return ("met", "unmet", "unknown") if _can_be_unknown(guard) else ("met", "unmet")


def _can_be_unknown(guard: Criterion) -> bool:
    """Return whether a criterion asks for more than which events happened, and how often."""
    match guard:
        case Happened():
            return (guard.at_least_ago, guard.at_most_ago) != (None, None)
        case Compare(fact=Tally(recorded=None), limit=int()):
            return False
        case Compare() | OneOf() | IsTrue():
            return True
        case AllOf() | AnyOf() | SomeOf() | Not():
            return any(map(_can_be_unknown, guard.parts))
        case _:
            assert_never(guard)


# --- What is seen --------------------------------------------------------------------------------

_watching: ContextVar[bool] = ContextVar("_watching", default=True)


class Watch:
    """What the journeys of a test run do on one pathway, from ``begin`` to ``end``.

    A step counts if it was accepted; a criterion was seen if a decision was asked for or made, be
    it a refusal. What an invariant asks of a journey on its own account is not the test's doing.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.seen: set[Item] = set()
        self._replaced: list[tuple[type, str, Any]] = []

    def begin(self) -> None:
        """Look on as journeys begin, ask and step, and as invariants are checked."""
        self._replace(Journey, "__attrs_post_init__", self._begun)
        self._replace(Journey, "_taken", self._taken)
        self._replace(Journey, "_considered", self._considered)
        self._replace(Invariant, "check", self._checked)

    def _replace(self, owner: type, name: str, instead: Callable[..., Any]) -> None:
        original = getattr(owner, name)
        self._replaced.append((owner, name, original))
        setattr(owner, name, wraps(original)(lambda *given, **named: instead(original, *given, **named)))

    def end(self) -> None:
        """Leave everything as it was."""
        while self._replaced:
            setattr(*self._replaced.pop())

    def _begun(self, original: Callable[[Journey], None], journey: Journey) -> None:
        original(journey)
        if _watching.get():
            ours = journey.pathway == self.scope.pathway
            other = f"{journey.pathway.name} {journey.pathway.version}"
            self.seen.add((_STATE, journey.state.name) if ours else (_ELSEWHERE, other))

    def _considered(self, original: Callable[..., Decision], *asked: object, **named: object) -> Decision:
        decision = original(*asked, **named)
        self._judged(decision)
        return decision

    def _taken(self, original: Callable[..., Journey], journey: Journey, *record: object) -> Journey:
        try:
            after = original(journey, *record)
        except TransitionNotAllowed as refusal:
            self._judged(refusal.decision)
            raise
        if _watching.get() and journey.pathway == self.scope.pathway:
            row = cast("Row", journey.ask(after.steps[-1]).row)
            self.seen |= {(_ROW, self.scope.rows[row.transition]), (_STATE, after.state.name)}
        return after

    def _checked(self, original: Callable[..., Checked], rule: Invariant, journey: Journey) -> Checked:
        token = _watching.set(False)
        try:
            told = original(rule, journey)
            if rule in self.scope.rules and journey.pathway == self.scope.pathway:
                number = self.scope.rules[rule]
                self.seen.add((_ASKED, number))
                if (_INVARIANT, number) not in self.seen and rule.concerns(journey):
                    self.seen.add((_INVARIANT, number))
        finally:
            _watching.reset(token)
        return told

    def _judged(self, decision: Decision) -> None:
        if not _watching.get() or decision.engine.pathway != self.scope.pathway:
            return
        self.seen.add((_STATE, decision.state.name))
        for tried in decision.tried:
            number = self.scope.rows[tried.transition]
            self.seen.update((_CRITERION, number, part.guard.key, part.verdict.name.lower()) for part in tried.criteria)


# --- The report ----------------------------------------------------------------------------------

_UNEXERCISED = {"only without occasion": "checked only where nothing called for them", "never": "never checked"}


class Report:
    """What was seen of a pathway, in words and as data."""

    def __init__(self, scope: Scope, seen: Iterable[Item]) -> None:
        self.scope = scope
        self.seen = frozenset(seen)

    @cached_property
    def counts(self) -> Mapping[str, tuple[int, int]]:
        """Of each kind of thing, how many were seen, and how many there are."""
        there = Counter(item[0] for item in self.scope.items)
        seen = Counter(item[0] for item in self.scope.items if item in self.seen)
        return {words: (seen[kind], there[kind]) for kind, words in _KINDS.items() if there[kind]}

    @property
    def percent(self) -> float:
        """How much was seen of all there is: each state, row, verdict and invariant counts one."""
        return 100 * sum(seen for seen, _ in self.counts.values()) / sum(there for _, there in self.counts.values())

    @property
    def shown(self) -> str:
        """The percentage in words, never rounded up to what was not reached."""
        return f"{int(self.percent * 10) / 10:.1f} %"

    def _verdicts(self, row: Transition, guard: Criterion, *, seen: bool) -> list[str]:
        key = (_CRITERION, self.scope.rows[row], guard.key)
        return [verdict for verdict in verdicts_of(guard) if ((*key, verdict) in self.seen) is seen]

    def _standing(self, number: str) -> str:
        if (_INVARIANT, number) in self.seen:
            return "yes"
        return "only without occasion" if (_ASKED, number) in self.seen else "never"

    def data(self) -> dict[str, object]:
        """Return everything as plain data."""
        pathway = self.scope.pathway
        return {
            "format": "hscpath pathway coverage",
            "pathway": {"name": pathway.name, "version": pathway.version, "digest": pathway.digest},
            "percent": self.percent,
            "counts": {kind: {"seen": seen, "of": there} for kind, (seen, there) in self.counts.items()},
            "states": [{"state": state.name, "seen": (_STATE, state.name) in self.seen} for state in pathway.states],
            "rows": [
                {
                    "row": int(number),
                    "words": self.scope.called(row),
                    "taken": (_ROW, number) in self.seen,
                    "criteria": [
                        {
                            "criterion": guard.phrase,
                            "seen": self._verdicts(row, guard, seen=True),
                            "missed": self._verdicts(row, guard, seen=False),
                        }
                        for guard in criteria_of(row)
                    ],
                }
                for row, number in self.scope.rows.items()
            ],
            "invariants": [
                {"invariant": rule.name, "exercised": self._standing(number)}
                for rule, number in self.scope.rules.items()
            ],
        }

    def lines(self) -> Iterator[str]:
        """Yield the table, and then what was missed."""
        for kind, (seen, there) in self.counts.items():
            yield f"{kind:<10} {seen:>5} of {there}"
        seen, there = map(sum, zip(*self.counts.values(), strict=True))
        yield f"{'in all':<10} {seen:>5} of {there}: {self.shown}"
        yield from self._missed()
        elsewhere = sorted(item[1] for item in self.seen if item[0] == _ELSEWHERE)
        if elsewhere:
            yield f"not counted, on a pathway that decides otherwise: {some_of(elsewhere)}"

    def _missed(self) -> Iterator[str]:
        scope = self.scope
        states = [state.label for state in scope.pathway.states if (_STATE, state.name) not in self.seen]
        yield from _listed("states never entered", states, len(scope.pathway.states))
        rows = [scope.called(row) for row, number in scope.rows.items() if (_ROW, number) not in self.seen]
        yield from _listed("rows never taken", rows, len(scope.rows))
        unseen = [line for row in scope.rows for line in self._unseen(row)]
        yield from _listed("verdicts never seen", unseen)
        for standing, heading in _UNEXERCISED.items():
            rules = [rule.name for rule, number in scope.rules.items() if self._standing(number) == standing]
            yield from _listed(f"invariants {heading}", rules, len(scope.rules))

    def _unseen(self, row: Transition) -> Iterator[str]:
        """Yield the criteria of a row with the verdicts they never gave; of one never judged, only that."""
        missed = {guard.phrase: self._verdicts(row, guard, seen=False) for guard in criteria_of(row)}
        if missed and not any(self._verdicts(row, guard, seen=True) for guard in criteria_of(row)):
            yield f"{self.scope.called(row)}: none of {len(missed)} criteria was judged"
        elif any(missed.values()):
            yield f"{self.scope.called(row)}:"
            yield from (f"  {phrase}: {', '.join(verdicts)}" for phrase, verdicts in missed.items() if verdicts)


def _listed(heading: str, lines: list[str], there: int | None = None) -> Iterator[str]:
    """Yield what is to be listed under a heading; of several that are all there is, only that it is all."""
    if len(lines) == there and len(lines) > 1:
        yield f"{heading}: all {there}"
    elif lines:
        yield f"{heading}:"
        yield from (f"  {line}" for line in lines)


# --- Within pytest -------------------------------------------------------------------------------


class PathwayCoverage:
    """The plugin of one test run: it watches, gathers what other processes saw, and reports."""

    def __init__(self, watch: Watch, file: str | None, least: float | None) -> None:
        self.watch = watch
        self.file = file
        self.least = least
        self.lost = 0
        self.failures: list[str] = []
        watch.begin()

    @classmethod
    def of(cls, config: pytest.Config) -> PathwayCoverage:
        """Return the plugin that the options ask for, or raise ``UsageError`` for what they cannot mean."""
        rules = cast("str | None", config.getoption("pathway_invariants"))
        option = "--pathway-coverage"
        try:
            disease = load(cast("str", config.getoption("pathway_coverage")))
            option = "--pathway-invariants" if rules else option
            invariants = disease.invariants if rules is None else invariants_named(rules)
        except (UnknownPathway, InvalidFile) as error:
            raise pytest.UsageError(f"{option}: {error}") from error
        return cls(
            Watch(Scope(disease.pathway, invariants)),
            cast("str | None", config.getoption("pathway_coverage_json")),
            cast("float | None", config.getoption("pathway_coverage_fail_under")),
        )

    @property
    def report(self) -> Report:
        """What has been seen so far."""
        return Report(self.watch.scope, self.watch.seen)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what another process saw, if it lived to tell."""
        sent = getattr(node, "workeroutput", {}).get(_SENT)
        if sent is None:
            self.lost += 1
        else:
            self.watch.seen.update(map(tuple, sent))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Send what was seen to the process that reports; there, write it down and judge it."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_SENT] = sorted(map(list, self.watch.seen))
            return
        report = self.report
        if self.file is not None:
            try:
                text = json.dumps(report.data(), indent=2, ensure_ascii=False)
                Path(self.file).write_text(f"{text}\n", encoding="utf-8")
            except OSError as error:
                self.failures.append(f"--pathway-coverage-json: {self.file} cannot be written: {error.strerror}")
        if self.least is not None and report.percent < self.least:
            self.failures.append(f"--pathway-coverage-fail-under: {report.shown} is less than {self.least:g} %")
        if self.failures and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tell what was exercised, what was missed, and why the run fails for it."""
        pathway = self.watch.scope.pathway
        terminalreporter.section(f"pathway coverage: {pathway.name} {pathway.version}")
        for line in self.report.lines():
            terminalreporter.line(line)
        if self.lost:
            crashed = "a test process" if self.lost == 1 else f"{self.lost} test processes"
            terminalreporter.line(f"not counted, as it was lost: what {crashed} saw that crashed", yellow=True)
        for failure in self.failures:
            terminalreporter.line(f"FAILED {failure}", red=True)

    def pytest_unconfigure(self) -> None:
        """Leave journeys and invariants as they were."""
        self.watch.end()
