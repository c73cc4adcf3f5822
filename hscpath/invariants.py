"""Rules over whole journeys, in the words of DECLARE: what has to, may and may never follow what.

A rule reads a journey step by step. Each template is a small automaton over the one or two things it
speaks of, so that the same table says how a journey stands, and what a prover has to show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from functools import cached_property
from itertools import product
from types import UnionType
from typing import Any, NoReturn, TypeAlias, assert_never, cast, get_args

import attrs

from hscpath.citations import Citation
from hscpath.criteria import Criterion, Event, EventGroup, Fact
from hscpath.days import in_days
from hscpath.errors import PathwayError, Shown, brief
from hscpath.journey import Journey, Step
from hscpath.pathway import Pathway, State, StateGroup
from hscpath.verdict import MET, UNKNOWN, UNMET, Verdict

__all__ = [
    "Activity", "Breach", "Checked", "Closed", "Data", "Either", "Invariant", "Lack", "Letter", "Phase", "Rule",
    "Standing", "Table", "Template", "absence", "alternate_precedence", "alternate_response", "alternate_succession",
    "chain_precedence", "chain_response", "chain_succession", "check", "choice", "co_existence", "exactly",
    "exclusive_choice", "existence", "init", "is_letter", "last", "never_closed", "not_chain_precedence",
    "not_chain_response", "not_chain_succession", "not_co_existence", "not_precedence", "not_responded_existence",
    "not_response", "not_succession", "precedence", "responded_existence", "response", "succession", "throughout",
    "whenever",
]  # fmt: skip

# --- What a rule speaks of -----------------------------------------------------------------------


def _one_of(said: str, *kinds: type | UnionType) -> Callable[[Any, Any, Any], None]:
    """Return a validator that says in words what a rule cannot be made of."""

    def check(_instance: object, _field: object, value: object) -> None:
        if not isinstance(value, kinds):
            raise PathwayError(f"{brief(value)} is no {said}")

    return check


_AN_EVENT = _one_of("event or group of events", Event, EventGroup)
_STATES = _one_of("state or group of states", State, StateGroup)
_A_CRITERION = _one_of("criterion", Criterion)
_WORDS = _one_of("text", str)


@attrs.frozen(repr=False)
class Phase(Shown):
    """Entering any state of a phase from outside it."""

    name: str = attrs.field(validator=_WORDS)

    def __str__(self) -> str:
        return f"the phase {self.name!r} entered"


@attrs.frozen(repr=False)
class Breach(Shown):
    """An event accepted although a criterion was unmet; what is unknown breaches nothing."""

    event: Event | EventGroup = attrs.field(validator=_AN_EVENT)
    guard: Criterion = attrs.field(validator=_A_CRITERION)

    def __str__(self) -> str:
        return f"{self.event.label} without {self.guard.phrase}"


@attrs.frozen(repr=False)
class Either(Shown):
    """Any of several activities, under a name for them all."""

    label: str = attrs.field(validator=_WORDS)
    activities: tuple[Activity, ...]

    def __attrs_post_init__(self) -> None:
        if not self.activities:
            raise PathwayError(f"{self.label}: name at least one activity")
        _check_activities(self.activities)

    def __str__(self) -> str:
        return self.label


@attrs.frozen(repr=False)
class Lack(Shown):
    """Standing in one of these states with a criterion unmet."""

    states: State | StateGroup = attrs.field(validator=_STATES)
    guard: Criterion = attrs.field(validator=_A_CRITERION)

    def __str__(self) -> str:
        return f"{self.states.label} without {self.guard.phrase}"


@attrs.frozen(repr=False)
class Closed(Shown):
    """Standing in one of these states with an event out of reach: no reason would open it."""

    states: State | StateGroup = attrs.field(validator=_STATES)
    event: Event = attrs.field(validator=_one_of("event", Event))

    def __str__(self) -> str:
        return f"{self.states.label} with {self.event.label} out of reach"


Activity: TypeAlias = Event | EventGroup | State | StateGroup | Phase | Either
"""What a template is filled with: an event (or any of several), or a state or phase that is entered.

To begin in a state is not to enter it.
"""

Data: TypeAlias = Breach | Lack | Closed
"""What order alone does not show: it needs what was recorded."""

Letter: TypeAlias = Activity | Data
"""What a rule speaks of."""


def _check_activities(letters: Iterable[object]) -> None:
    """Raise ``PathwayError`` for all that no template can be filled with."""
    strange = [letter for letter in letters if not isinstance(letter, get_args(Activity) + get_args(Data))]
    if strange:
        raise PathwayError(*(f"{brief(letter)} is no event, state or phase (nor any of several)" for letter in strange))


def is_letter(letter: Letter, before: State, event: Event, after: State) -> bool:
    """Return whether a step is such an activity; of one that needs data, whether it could be by its order."""
    match letter:
        case Event() | EventGroup():
            return event in letter.events
        case Breach():
            return event in letter.event.events
        case State() | StateGroup():
            return after in letter.states and after != before
        case Lack() | Closed():
            return after in letter.states.states
        case Phase():
            return after.phase == letter.name != before.phase
        case Either():
            return any(is_letter(each, before, event, after) for each in letter.activities)
        case _:
            assert_never(letter)


def _things(letter: Letter) -> tuple[Event | State | Fact | Phase, ...]:
    """Return every event, state, phase and fact that a letter speaks of."""
    match letter:
        case Event() | EventGroup():
            return letter.events
        case State() | StateGroup():
            return letter.states
        case Breach():
            return (*letter.event.events, *letter.guard.mentions)
        case Lack():
            return (*letter.states.states, *letter.guard.mentions)
        case Closed():
            return (*letter.states.states, letter.event)
        case Phase():
            return (letter,)
        case Either():
            return tuple(thing for activity in letter.activities for thing in _things(activity))
        case _:
            assert_never(letter)


def _called(letter: Letter) -> str:
    return f"{letter} entered" if isinstance(letter, State | StateGroup) else str(letter)


# --- Templates: automata over what a step is -----------------------------------------------------


class Standing(Enum):
    """How a journey stands to a rule; a journey that has ended is met for good or violated."""

    MET = "met for good"
    HOLDS = "holds so far"
    PENDING = "pending"
    VIOLATED = "violated"


Table: TypeAlias = tuple[tuple[int, ...], ...]
"""One line for each state of an automaton, from 0: the next state for each kind of step.

The kinds are numbered: 0 is neither activity, 1 the first alone, 2 the second alone, 3 both.
"""


@attrs.frozen(repr=False, slots=False)
class Template(Shown):
    """An automaton, the states in which a journey may end, and what it says in words."""

    name: str
    table: Table
    accepting: frozenset[int]
    words: str

    def __str__(self) -> str:
        return self.name

    @cached_property
    def standings(self) -> tuple[Standing, ...]:
        """How a journey stands in each state of the automaton."""
        return tuple(map(self._standing, range(len(self.table))))

    def _standing(self, state: int) -> Standing:
        reached, frontier = {state}, [state]
        while frontier:
            new = set(self.table[frontier.pop()]) - reached
            reached |= new
            frontier += new
        if state in self.accepting:
            return Standing.MET if reached <= self.accepting else Standing.HOLDS
        return Standing.PENDING if reached & self.accepting else Standing.VIOLATED


def _template(name: str, words: str, table: str, *accepting: int) -> Template:
    """Return a template with its table as text: a word for each state, with the digit of the next one by each kind."""
    return Template(name, tuple(tuple(map(int, line)) for line in table.split()), frozenset(accepting), words)


def _both(name: str, words: str, first: Template, second: Template) -> Template:
    """Return the template that asks for both."""
    states = list(product(range(len(first.table)), range(len(second.table))))
    next_states = (zip(first.table[a], second.table[b], strict=True) for a, b in states)
    accepting = frozenset(n for n, (a, b) in enumerate(states) if a in first.accepting and b in second.accepting)
    return Template(name, tuple(tuple(map(states.index, line)) for line in next_states), accepting, words)


# Unary templates have two columns: the step is not this, or it is.


def _counted(name: str, words: str, most: int, accepting: Iterable[int]) -> Template:
    """Return a template that counts up to a number, and no further."""
    return Template(name, tuple((n, min(n + 1, most)) for n in range(most + 1)), frozenset(accepting), words)


_ONCE_TOO_OFTEN = _counted("absence", "never {0}", 1, [0])
_INIT = _template("init", "the first step is: {0}", "21 11 22", 1)
_LAST = _template("last", "the last step is: {0}", "01 01", 1)
_CHOICE = _template("choice", "{0}, or {1}, or both", "0111 1111", 1)
_EXCLUSIVE_CHOICE = _template("exclusive choice", "{0} or {1}, never both", "0123 1133 2323 3333", 1, 2)
_RESPONDED_EXISTENCE = _template("responded existence", "where {0}, also {1}, before or after", "0122 1122 2222", 0, 2)
_CO_EXISTENCE = _template("co-existence", "{0} and {1}, or neither", "0123 1133 2323 3333", 0, 3)
_RESPONSE = _template("response", "after {0} comes {1}", "0100 1100", 0)
_ALTERNATE_RESPONSE = _template("alternate response", "after each {0} comes {1}, before the next", "0101 1201 2222", 0)
_CHAIN_RESPONSE = _template("chain response", "the step after {0} is {1}", "0101 2201 2222", 0)
_PRECEDENCE = _template("precedence", "{1} only after {0}", "0121 1111 2222", 0, 1)
_ALTERNATE_PRECEDENCE = _template("alternate precedence", "{1} only after {0}, each time anew", "0120 1100 2222", 0, 1)
_CHAIN_PRECEDENCE = _template("chain precedence", "the step before {1} is {0}", "0122 0101 2222", 0, 1)
_SUCCESSION = _both("succession", "after {0} comes {1}, and {1} only after {0}", _RESPONSE, _PRECEDENCE)
_ALTERNATE_SUCCESSION = _both(
    "alternate succession", "{0} and {1} take turns, {0} first", _ALTERNATE_RESPONSE, _ALTERNATE_PRECEDENCE
)
_CHAIN_SUCCESSION = _both(
    "chain succession", "the step after {0} is {1}, and before {1} is {0}", _CHAIN_RESPONSE, _CHAIN_PRECEDENCE
)
_NOT_CO_EXISTENCE = _template("not co-existence", "never both {0} and {1}", "0123 1133 2323 3333", 0, 1, 2)
_NOT_SUCCESSION = _template("not succession", "after {0} never {1}", "0102 1122 2222", 0, 1)
_NOT_CHAIN_SUCCESSION = _template("not chain succession", "the step after {0} is never {1}", "0101 0122 2222", 0, 1)


_BY_THE_FIRST = (_RESPONSE, _ALTERNATE_RESPONSE, _CHAIN_RESPONSE, _RESPONDED_EXISTENCE)
_BY_THE_SECOND = (_PRECEDENCE, _ALTERNATE_PRECEDENCE, _CHAIN_PRECEDENCE)
"""What calls for these rules is one of their activities; for most, it is any."""

# --- Rules ---------------------------------------------------------------------------------------


@attrs.frozen(repr=False)
class Rule(Shown):
    """A template filled in.

    >>> from hscpath.lupus import CELLS_REINFUSED, GRAFT_STORED
    >>> print(precedence(GRAFT_STORED, CELLS_REINFUSED))
    stem cells reinfused only after graft stored
    """

    template: Template
    letters: tuple[Letter, ...]
    days: int | None = None

    def __attrs_post_init__(self) -> None:
        _check_activities(self.letters)

    def __str__(self) -> str:
        text = self.template.words.format(*map(_called, self.letters))
        return text if self.days is None else f"{text}, within {in_days(self.days)}"

    def within(self, days: int) -> Rule:
        """Return the same rule, with the second activity at most so many days after the first.

        Only a response or a precedence has such a time. What is not recorded is not too late: a
        step without a day is never held against the journey.
        """
        if self.template not in (_RESPONSE, _PRECEDENCE):
            raise PathwayError(f"{self}: only a response or a precedence can be asked for within days")
        if not isinstance(cast("object", days), int) or isinstance(days, bool) or days < 0:
            raise PathwayError(f"{self}: {brief(days)} days is no time: write a whole number, 0 or more")
        return attrs.evolve(self, days=days)


def existence(activity: Activity, times: int = 1) -> Rule:
    """Return the rule: it happens, at least so many times."""
    words = "{0}" if times == 1 else f"{{0}}, at least {times} times"
    return Rule(_counted("existence", words, _number(times), [times]), (activity,))


def absence(activity: Activity, times: int = 1) -> Rule:
    """Return the rule: it never happens; with *times*, it happens fewer times than that."""
    words = "never {0}" if times == 1 else f"{{0}}, fewer than {times} times"
    return Rule(_counted("absence", words, _number(times), range(times)), (activity,))


def exactly(activity: Activity, times: int = 1) -> Rule:
    """Return the rule: it happens just so many times."""
    words = f"{{0}}, exactly {'once' if times == 1 else f'{times} times'}"
    return Rule(_counted("exactly", words, _number(times) + 1, [times]), (activity,))


def _number(times: int) -> int:
    if not isinstance(cast("object", times), int) or isinstance(times, bool) or times < 1:
        raise PathwayError(f"{brief(times)} is no number of times: write 1 or more")
    return times


def init(activity: Activity) -> Rule:
    """Return the rule: it is what happens first."""
    return Rule(_INIT, (activity,))


def last(activity: Activity) -> Rule:
    """Return the rule: it is what happens last."""
    return Rule(_LAST, (activity,))


def whenever(event: Event | EventGroup, guard: Criterion) -> Rule:
    """Return the rule: at each such event the criterion is met, or not known.

    The criterion is asked of what the event's own criteria saw: its findings, and what was there
    before it.
    """
    return _never(Breach(event, guard), f"whenever {event.label}: {guard.phrase}")


def throughout(states: State | StateGroup, guard: Criterion) -> Rule:
    """Return the rule: as long as the patient stands in one of these states the criterion is met, or not known."""
    return _never(Lack(states, guard), f"throughout {states.label}: {guard.phrase}")


def never_closed(states: State | StateGroup, event: Event) -> Rule:
    """Return the rule: in these states the event can always be accepted, whatever it records, if need be with a reason.

    A journey shows no more than whether it is closed while nothing is recorded at it; the proof asks for all
    that could be recorded.
    """
    return _never(Closed(states, event), f"throughout {states.label}: {event.label} stays possible")


def _never(letter: Data, words: str) -> Rule:
    return Rule(attrs.evolve(_ONCE_TOO_OFTEN, words=words), (letter,))


def choice(first: Activity, second: Activity) -> Rule:
    """Return the rule: at least one of the two happens."""
    return Rule(_CHOICE, (first, second))


def exclusive_choice(first: Activity, second: Activity) -> Rule:
    """Return the rule: one of the two happens, and not the other."""
    return Rule(_EXCLUSIVE_CHOICE, (first, second))


def responded_existence(first: Activity, second: Activity) -> Rule:
    """Return the rule: where the first happens the second does too, before or after it."""
    return Rule(_RESPONDED_EXISTENCE, (first, second))


def co_existence(first: Activity, second: Activity) -> Rule:
    """Return the rule: both happen, or neither does."""
    return Rule(_CO_EXISTENCE, (first, second))


def response(first: Activity, second: Activity) -> Rule:
    """Return the rule: the first is followed by the second, sooner or later.

    A step that is both answers itself.
    """
    return Rule(_RESPONSE, (first, second))


def alternate_response(first: Activity, second: Activity) -> Rule:
    """Return the rule: each time, the first is followed by the second before it happens again."""
    return Rule(_ALTERNATE_RESPONSE, (first, second))


def chain_response(first: Activity, second: Activity) -> Rule:
    """Return the rule: the first is followed by the second in the next step."""
    return Rule(_CHAIN_RESPONSE, (first, second))


def precedence(first: Activity, second: Activity) -> Rule:
    """Return the rule: the second happens only once the first has."""
    return Rule(_PRECEDENCE, (first, second))


def alternate_precedence(first: Activity, second: Activity) -> Rule:
    """Return the rule: each time, the second happens only once the first has happened anew."""
    return Rule(_ALTERNATE_PRECEDENCE, (first, second))


def chain_precedence(first: Activity, second: Activity) -> Rule:
    """Return the rule: the second happens only in the step after the first."""
    return Rule(_CHAIN_PRECEDENCE, (first, second))


def succession(first: Activity, second: Activity) -> Rule:
    """Return the rule: response and precedence: the one never without the other, in this order."""
    return Rule(_SUCCESSION, (first, second))


def alternate_succession(first: Activity, second: Activity) -> Rule:
    """Return the rule: they take turns, the first before the second."""
    return Rule(_ALTERNATE_SUCCESSION, (first, second))


def chain_succession(first: Activity, second: Activity) -> Rule:
    """Return the rule: the first and the second come together, one step after the other."""
    return Rule(_CHAIN_SUCCESSION, (first, second))


def not_co_existence(first: Activity, second: Activity) -> Rule:
    """Return the rule: the two never happen in one journey."""
    return Rule(_NOT_CO_EXISTENCE, (first, second))


def not_responded_existence(first: Activity, second: Activity) -> Rule:
    """Return the rule: where the first happens the second does not."""
    return Rule(_NOT_CO_EXISTENCE, (first, second))


def not_succession(first: Activity, second: Activity) -> Rule:
    """Return the rule: the second never follows the first."""
    return Rule(_NOT_SUCCESSION, (first, second))


def not_response(first: Activity, second: Activity) -> Rule:
    """Return the rule: the first is never followed by the second."""
    return Rule(_NOT_SUCCESSION, (first, second))


def not_precedence(first: Activity, second: Activity) -> Rule:
    """Return the rule: the second is never preceded by the first."""
    return Rule(_NOT_SUCCESSION, (first, second))


def not_chain_succession(first: Activity, second: Activity) -> Rule:
    """Return the rule: the second never follows the first in the next step."""
    return Rule(_NOT_CHAIN_SUCCESSION, (first, second))


def not_chain_response(first: Activity, second: Activity) -> Rule:
    """Return the rule: the first is never followed by the second in the next step."""
    return Rule(_NOT_CHAIN_SUCCESSION, (first, second))


def not_chain_precedence(first: Activity, second: Activity) -> Rule:
    """Return the rule: the second is never preceded by the first in the step before."""
    return Rule(_NOT_CHAIN_SUCCESSION, (first, second))


# --- Invariants ----------------------------------------------------------------------------------


@attrs.frozen(repr=False)
class Invariant(Shown):
    """A rule that every journey keeps: its name, its clinical reason, and its source.

    >>> from hscpath.lupus import CELLS_REINFUSED, GRAFT_STORED, PATHWAY
    >>> from hscpath.lupus.sources import ALEXANDER_2025
    >>> rule = precedence(GRAFT_STORED, CELLS_REINFUSED)
    >>> rescue = Invariant("no cells without a graft", rule, "there is nothing to give back", ALEXANDER_2025)
    >>> print(rescue.check(Journey(PATHWAY).advance("nephritis_diagnosed")))
    ✓ no cells without a graft: holds so far
    """

    name: str = attrs.field(validator=_WORDS)
    rule: Rule = attrs.field(validator=_one_of("rule", Rule))
    reason: str = attrs.field(validator=_WORDS)
    cite: Citation = attrs.field(validator=_one_of("citation", Citation))

    def __str__(self) -> str:
        return f"{self.name}: {self.rule}"

    def unknown_to(self, pathway: Pathway) -> tuple[str, ...]:
        """Return the names of events, states, phases and facts that the rule speaks of and a pathway does not have."""
        known: set[object] = {*pathway.events, *pathway.states, *pathway.facts}
        known.update(Phase(state.phase) for state in pathway.states)
        spoken = dict.fromkeys(thing for letter in self.rule.letters for thing in _things(letter))
        return tuple(thing.name for thing in spoken if thing not in known)

    def check(self, journey: Journey) -> Checked:
        """Return how a journey stands to the rule, and at which step it broke it if it did.

        Before any step a journey stands as the rule begins: what has to happen is pending, what
        must never happen holds. A journey that has ended has nothing left to wait for.
        """
        template, state = self.rule.template, 0
        if any(_verdict_on(letter, Journey(journey.pathway)) is UNMET for letter in self.rule.letters):
            return Checked(self, journey, Standing.VIOLATED)
        late = _first_late(self.rule, journey)
        for number, kind in enumerate(_kinds(self.rule.letters, journey)):
            state = template.table[state][kind]
            if template.standings[state] is Standing.VIOLATED or number == late:
                return Checked(self, journey, Standing.VIOLATED, number)
        if journey.state.final and state not in template.accepting:
            return Checked(self, journey, Standing.VIOLATED, len(journey.steps) - 1)
        standing = Standing.MET if journey.state.final else template.standings[state]
        may_be_late = standing is Standing.MET and self.rule.days is not None and not journey.state.final
        return Checked(self, journey, Standing.HOLDS if may_be_late else standing)

    def concerns(self, journey: Journey) -> bool:
        """Return whether what calls for the rule came up in a journey; if not, it holds for want of an occasion.

        A response is called for by its first activity, a precedence by its second, most rules by
        any of theirs; that something never happens at all, by every step. A criterion comes up
        where it is known to be met or unmet: of what is not recorded, a rule says nothing.
        """
        template, letters = self.rule.template, self.rule.letters
        if template in _BY_THE_FIRST:
            letters = letters[:1]
        elif template in _BY_THE_SECOND:
            letters = letters[1:]
        before = Journey(journey.pathway, began=journey.began)
        if any(_verdict_on(letter, before) is not UNKNOWN for letter in letters):
            return True
        for step in journey.steps:
            after = before.take(step)
            if any(_is_so(letter, step, before.state, before, after) is not None for letter in letters):
                return True
            before = after
        forbidden = template.standings[template.table[0][1]] is Standing.VIOLATED
        return forbidden and not isinstance(letters[0], Data) and bool(journey.steps)


@attrs.frozen(repr=False)
class Checked(Shown):
    """How a journey stands to an invariant; *step* is the one at which it was broken, from 0.

    It is ``None`` also where the rule was broken before there was any step.
    """

    invariant: Invariant
    journey: Journey
    standing: Standing
    step: int | None = None

    def __bool__(self) -> NoReturn:
        raise TypeError("how a journey stands is neither true nor false: ask .standing")

    def __str__(self) -> str:
        invariant = self.invariant
        if self.standing is Standing.VIOLATED:
            where = "from the start"
            if self.step is not None:
                where = f"at step {self.step + 1} ({self.journey.steps[self.step].event.label})"
            why = f"{invariant.rule}, because {invariant.reason} [{invariant.cite}]"
            return f"✗ {invariant.name}: violated {where}: {why}"
        mark = "?" if self.standing is Standing.PENDING else "✓"
        return f"{mark} {invariant.name}: {self.standing.value}"


def check(journey: Journey, invariants: Iterable[Invariant]) -> tuple[Checked, ...]:
    """Return how a journey stands to each of these invariants."""
    return tuple(invariant.check(journey) for invariant in invariants)


def _kinds(letters: tuple[Letter, ...], journey: Journey) -> Iterator[int]:
    """Yield which of the letters each step is, as templates number the kinds."""
    asks = any(isinstance(letter, Data) for letter in letters)
    state = journey.pathway.initial
    before = after = Journey(journey.pathway, began=journey.began)
    for step in journey.steps:
        if asks:
            before, after = after, after.take(step)
        yield sum(1 << place for place, letter in enumerate(letters) if _is_so(letter, step, state, before, after))
        state = step.state


def _is_so(letter: Letter, step: Step, state: State, before: Journey, after: Journey) -> bool | None:
    """Return whether a step from a state is such a letter: ``None`` if it cannot be, or what it asks is unknown."""
    if not is_letter(letter, state, step.event, step.state):
        return None
    if not isinstance(letter, Data):
        return True
    verdict = before.ask(step).chart.check(letter.guard) if isinstance(letter, Breach) else _verdict_on(letter, after)
    return None if verdict is UNKNOWN else verdict is UNMET


def _verdict_on(letter: Letter, journey: Journey) -> Verdict:
    """Return whether a patient who stands in one of a letter's states has what it asks; unknown if in none of them."""
    if not isinstance(letter, Lack | Closed) or journey.state not in letter.states.states:
        return UNKNOWN
    if isinstance(letter, Lack):
        return journey.chart.check(letter.guard)
    return UNMET if journey.consider(letter.event).closed else MET


def _first_late(rule: Rule, journey: Journey) -> int | None:
    """Return the first step with an answer that has not come in time, or comes too long after what it needs."""
    if rule.days is None:
        return None
    answers = rule.template is _RESPONSE
    since: int | None = None
    for step, kind in enumerate(_kinds(rule.letters, journey)):
        first, second, today = kind & 1, kind & 2, journey.chart.day_of(step)
        over = since is not None and today is not None and today - since > rule.days
        if over and (answers or (second and not first)):
            return step
        if answers and second:
            since = None
        elif first and not (answers and since is not None):
            since = today
    return None
