"""Model-based testing: an app of one's own is led along a pathway, and just off it, until the two part."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from random import Random
from typing import ClassVar, assert_never, cast

import attrs
from hypothesis import Phase, Verbosity, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from hscpath.criteria import Choice, Fact, Finding, Flag, Quantity, Stored
from hscpath.decisions import TransitionNotAllowed
from hscpath.errors import brief
from hscpath.journey import Journey, Record
from hscpath.pathway import Pathway, State
from hscpath.solve import Choose, Draft, one_of
from hscpath.testing.apps import App, Story, Trial, as_record, close, less_of, shortest, taken
from hscpath.testing.journeys import MOST_STEPS, Traveller, routes_of

# --- What is tried -----------------------------------------------------------------------------------


def way_on(journey: Journey, choose: Choose) -> Story:
    """Return records by which a journey may go on, towards a row that is drawn; none if nothing leads there."""
    walk = Traveller(choose, routes_of(journey.pathway), len(journey.steps) + MOST_STEPS)
    walk.journey = journey
    walk.towards(one_of(journey.pathway.transitions, choose))
    return tuple(map(as_record, walk.journey.steps[len(journey.steps) :]))


def out_of_order(journey: Journey, choose: Choose) -> Record:
    """Return a record of any event there is, with what it must record, wherever the journey stands."""
    return Draft.after(journey, one_of(journey.pathway.events, choose)).record(choose)


def decided(journey: Journey, record: Record) -> State | None:
    """Return the state that a record leads to, or ``None`` where it is refused."""
    after = taken(journey, record)
    return after.state if isinstance(after, Journey) else None


def changed_in_one_thing(journey: Journey, record: Record) -> Iterator[Record]:
    """Yield what just misses a record: with one thing in it changed, the pathway decides otherwise.

    Something is left out, or chosen differently; a size or a day is on the other side of what it is held against;
    the day is before the last there was; or the step before comes once more. Of sizes and days, the last with which
    nothing changes yet is among them.
    """
    as_it_is, last = decided(journey, record), journey.last_stated_day
    again = (attrs.evolve(as_record(step), day=record.day) for step in journey.steps[-1:])
    before = () if last is None else (_on_day(record, last - 1),)
    findings = [(n, finding) for n, finding in enumerate(record.findings) if isinstance(finding, Finding)]
    chosen = (_with_value(record, n, value) for n, finding in findings for value in _options(finding.fact))
    for other in (*less_of(record), *chosen, *again, *before):
        if decided(journey, other) != as_it_is:
            yield other
    for place, finding in findings:
        if isinstance(finding.fact, Quantity):
            ends = (finding.fact.lowest, finding.fact.highest)
            yield from _edges(journey, partial(_with_value, record, place), cast("int", finding.stored), ends)
    if isinstance(record.day, int):
        yield from _edges(journey, partial(_on_day, record), record.day, (last or 0, record.day + _TEN_YEARS))


_TEN_YEARS = 3653


def _options(fact: Fact) -> Sequence[Stored]:
    """Return the values of a fact that is no size; of several options, each by itself."""
    match fact:
        case Quantity():
            return ()
        case Flag():
            return (False, True)
        case Choice(several=several, options=options):
            return [frozenset({option}) for option in options] if several else options
        case _:
            assert_never(fact)


def _with_value(record: Record, place: int, stored: Stored) -> Record:
    finding = attrs.evolve(cast("Finding", record.findings[place]), stored=stored)
    return attrs.evolve(record, findings=(*record.findings[:place], finding, *record.findings[place + 1 :]))


def _on_day(record: Record, day: int) -> Record:
    return attrs.evolve(record, day=day)


def _edges(journey: Journey, changed: Callable[[int], Record], here: int, ends: Iterable[int]) -> Iterator[Record]:
    """Yield what lies on either side of where the pathway begins to decide otherwise, looking towards each end."""
    as_it_is = decided(journey, changed(here))
    for end in ends:
        near, far = here, end
        if decided(journey, changed(far)) != as_it_is:
            while abs(far - near) > 1:
                middle = (near + far) // 2
                near, far = (middle, far) if decided(journey, changed(middle)) == as_it_is else (near, middle)
            yield changed(far)
            yield changed(near)


# --- The machine ---------------------------------------------------------------------------------------

_MISSES = 5
"""How many near misses are tried before a step, so that there is time for the steps."""


class AppMachine(RuleBasedStateMachine):
    """Leads an app along a pathway, and just off it, until the two part: see ``app_machine``."""

    pathway: ClassVar[Pathway]
    make: ClassVar[staticmethod[[], App]]

    def __init_subclass__(cls) -> None:
        """Leave it to ``shortest`` to shorten a story, and to ``AppDisagrees`` to tell it."""
        phases = (Phase.explicit, Phase.reuse, Phase.generate)
        cls.TestCase.settings = settings(deadline=None, phases=phases, verbosity=Verbosity.quiet, print_blob=False)

    def __init__(self) -> None:
        super().__init__()
        self.app = self.make()
        try:
            self._begin()
        except Exception:
            close(self.app)
            raise

    def _begin(self) -> None:
        """Begin with a patient to whom nothing has happened."""
        self._ahead: Story = ()
        self._next: list[Record] = []
        self._trial = Trial(self.pathway, self.app)

    @property
    def journey(self) -> Journey:
        """The journey that the patient has made, as the pathway sees it."""
        return self._trial.journey

    @rule(record=st.runner().flatmap(lambda machine: st.randoms(use_true_random=True).map(machine.next_record)))
    def give(self, record: Record) -> None:
        """Give a record to both; after the end of a journey, go on with a new patient."""
        __tracebackhide__ = True
        failure = self._trial.failure(record)
        if failure is not None:
            raise shortest(self.pathway, self.make, failure)
        if self.journey.state.final and not self._next:
            before, self.app = self.app, self.make()
            close(before)
            self._begin()

    def next_record(self, random: Random) -> Record:
        """Return what to try next: the next step of a journey, and before it what just misses it.

        To draw it is a single choice for Hypothesis, and cheap.
        """
        if not self._next:
            self._next = list(self._tries(random))
        return self._next.pop(0)

    def _tries(self, random: Random) -> Iterator[Record]:
        """Yield what is tried where the journey stands, up to a step by which it goes on."""
        journey, choose = self.journey, random.randrange
        if not self._ahead or decided(journey, self._ahead[0]) is None:
            self._ahead = way_on(journey, choose) or (out_of_order(journey, choose),)
        step, *ahead = self._ahead
        self._ahead = tuple(ahead)
        accepted, refused, misuse = [step], list[Record](), list[Record]()
        for other in changed_in_one_thing(journey, step):
            match taken(journey, other):
                case Journey():
                    accepted.append(other)
                case TransitionNotAllowed():
                    refused.append(other)
                case _:
                    misuse.append(other)
        yield from random.sample(refused, min(len(refused), _MISSES))
        if choose(2):
            yield random.choice((out_of_order(journey, choose), *misuse))
        step = random.choice((step, random.choice(accepted)))
        yield step
        end = decided(journey, step)
        if end is not None and end.final:
            yield out_of_order(journey, choose)

    def teardown(self) -> None:
        """Close the app, if that is to be done."""
        close(self.app)


def app_machine(pathway: Pathway, make: Callable[[], App]) -> type[AppMachine]:
    """Return a state machine that tests an app against a pathway; *make* returns a new app, or adapter, each time.

    It leads one patient after the other along the pathway, far enough for every part of it. Before each step it
    tries what just misses it: a finding on the other side of a threshold or left out, a day too early, a reason
    missing, the last record once more, or one out of order. The app has to accept and refuse as the pathway does, and
    to be in the same state. Where they part, the test fails with ``AppDisagrees``: the shortest story that shows it,
    each shorter one having been tried on a new app. What the app itself raises is shown with its story too.

    ``app_machine(...).TestCase`` is a test for pytest and unittest. More examples are had by
    ``TestCase.settings = settings(TestCase.settings, max_examples=1000)``; Hypothesis' own shrinking, which these
    settings leave out, has nothing to add. A subclass may have further rules and invariants: ``self.app`` is the app,
    and ``self.journey`` the journey so far. Raises ``TypeError`` for what is no pathway and what makes no app.

    >>> from hscpath import HscpathError, Journey
    >>> from hscpath.lupus import PATHWAY
    >>> class Ward:
    ...     def __init__(self):
    ...         self.journey = Journey(PATHWAY)
    ...     def apply(self, record):
    ...         try:
    ...             self.journey = self.journey.take(record)
    ...         except HscpathError:
    ...             return False
    ...         return True
    ...     def state(self):
    ...         return self.journey.state.name
    >>> TestWard = app_machine(PATHWAY, Ward).TestCase
    """
    if not isinstance(cast("object", pathway), Pathway):
        raise TypeError(f"{brief(pathway)} is no pathway")
    if not callable(make):
        raise TypeError(f"{brief(make)} cannot be called: give what makes a new app each time, such as its class")
    name = f"{getattr(make, '__name__', type(make).__name__)}Machine"
    return cast("type[AppMachine]", type(name, (AppMachine,), {"pathway": pathway, "make": staticmethod(make)}))
