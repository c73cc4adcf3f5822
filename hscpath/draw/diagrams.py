"""What a picture shows: states, the ways between them, and where a patient has been, stands and may go.

A diagram is plain data, the same for every language that it is then written in. No finding is in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import TypeAlias

import attrs

from hscpath.criteria import Event
from hscpath.decisions import Decision, Tried
from hscpath.errors import Shown, brief, number_of, some_of
from hscpath.explanation import Explanation
from hscpath.journey import Journey
from hscpath.pathway import Pathway, Source, State, StateGroup
from hscpath.tell.answers import Ways, bars, ways
from hscpath.verdict import UNKNOWN, UNMET

Subject: TypeAlias = Pathway | Journey | Ways | Decision
"""What can be drawn: the map, the map with a patient on it, the ways from where one stands, one answer."""

MAX_SEPARATE_ARROWS = 4
"""From how many states, or to how many, an event is drawn way by way; of more there is one arrow for all."""

_MAX_REASONS, _MAX_STEPS = 3, 4


class Look(Enum):
    """How something looks. What it means is also said in words or by a sign, so that nothing rests on colour alone."""

    GONE = "gone"
    HERE = "here"
    SEVERAL = "several"
    OPEN = "open"
    CONDITIONAL = "conditional"
    CLOSED = "closed"

    @property
    def sign(self) -> str:
        """What stands before an event: ✓ open, ? open on a condition, ✗ closed."""
        return {Look.OPEN: "✓", Look.CONDITIONAL: "?", Look.CLOSED: "✗"}.get(self, "")


@attrs.frozen(repr=False)
class Node(Shown):
    """A box: a state, several states that one arrow starts from or leads to, or an event with what it waits for."""

    key: str
    lines: tuple[str, ...]
    phase: str = ""
    looks: tuple[Look, ...] = ()
    kind: type[State | StateGroup | Event] = State
    final: bool = attrs.field(default=False, kw_only=True)

    def __str__(self) -> str:
        return "; ".join(self.lines)


@attrs.frozen(repr=False)
class Arrow(Shown):
    """A way from box to box, and what leads there, line by line."""

    source: str
    target: str
    lines: tuple[str, ...] = ()
    look: Look | None = None

    def __str__(self) -> str:
        return "; ".join(self.lines)


@attrs.frozen(repr=False)
class Diagram(Shown):
    """A picture as data: its boxes, the arrows between them, and where journeys begin, if that is shown.

    >>> from hscpath.lupus import PATHWAY
    >>> picture = diagram(PATHWAY)
    >>> picture.phases
    ('work-up', 'standard therapy', 'transplant', 'outcome')
    >>> print(*(arrow for arrow in picture.arrows if arrow.target == "conditioned"))
    conditioning completed
    """

    title: str
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    start: str = ""

    def __str__(self) -> str:
        return f"{self.title}, {len(self.nodes)} boxes, {len(self.arrows)} arrows"

    @property
    def phases(self) -> tuple[str, ...]:
        """The phases, in order of first mention."""
        return tuple(dict.fromkeys(node.phase for node in self.nodes if node.phase))


def diagram(subject: Subject) -> Diagram:
    """Return what is to be drawn of a pathway, a journey on it, the ways from where one stands, or an answer."""
    match subject:
        case Pathway():
            return _StateDiagram(subject).drawn(subject.name)
        case Journey():
            return _followed(subject)
        case Ways():
            return _around(subject.state, f"You are here: {subject.state.label}", _ways(subject))
        case Decision():
            title = f"{subject.event.label}: {subject.summary} ({subject.state.label})"
            return _around(subject.state, title, _answer(subject))
        case _:
            what = "a pathway, a journey, tell.ways(journey) or a decision"
            raise TypeError(f"{brief(subject)} cannot be drawn: give {what}")


# --- The map -------------------------------------------------------------------------------------


class _StateDiagram:
    """Every state, and one arrow for all events that lead from one to another.

    Rows that change no state are left out.
    """

    def __init__(self, pathway: Pathway) -> None:
        self.pathway = pathway
        self.nodes = {state.name: _state(state, state.phase_label) for state in pathway.states}
        self.bundles: dict[str, Arrow] = {}
        self.lines: dict[tuple[str, str, Look | None], list[str]] = {}
        for (source, event), targets in _moves(pathway).items():
            if isinstance(source, StateGroup):
                for target in targets:
                    box = self._box(f"{event.name} to {target.name}", event, f"({source.label})", target)
                    self.bundles[box] = Arrow(box, target.name)
            elif len(targets) > MAX_SEPARATE_ARROWS:
                box = self._box(_fan(event, source), event, f"({_one_of(targets)})", source)
                self.bundles[box] = Arrow(source.name, box)
            else:
                for target in targets:
                    self.arrow(source.name, target.name, event.label)

    def _box(self, key: str, event: Event, words: str, beside: State) -> str:
        """Return the box, beside a state, of an event that leads there from many states, or from there to many."""
        known = self.nodes.get(key, Node(key, (event.label,), beside.phase_label, (Look.SEVERAL,), StateGroup))
        self.nodes[key] = attrs.evolve(known, lines=(*known.lines, words))
        return key

    def arrow(self, source: str, target: str, line: str, look: Look | None = None) -> None:
        """Draw one more event on the arrow from box to box."""
        self.lines.setdefault((source, target, look), []).append(line)

    def gone(self, source: State, event: Event, target: State, steps: Sequence[int]) -> None:
        """Mark a way as gone, on the arrow that is there or on one of its own."""
        known = self.lines.get((source.name, target.name, None), [])
        if event.label in known:
            known.remove(event.label)
        self.arrow(source.name, target.name, f"{some_of(list(map(str, steps)), _MAX_STEPS)}: {event.label}", Look.GONE)

    def mark(self, key: str, look: Look, *lines: str) -> None:
        """Give a box one more look, and say why."""
        node = self.nodes[key]
        looks = node.looks if look in node.looks else (*node.looks, look)
        self.nodes[key] = attrs.evolve(node, looks=looks, lines=(*node.lines, *lines))

    def drawn(self, title: str) -> Diagram:
        """Return the map as it is now."""
        own = (Arrow(source, target, tuple(told), look) for (source, target, look), told in self.lines.items() if told)
        nodes, arrows = tuple(self.nodes.values()), (*self.bundles.values(), *own)
        return Diagram(title, nodes, arrows, self.pathway.initial.name)


def _state(state: State, phase: str = "") -> Node:
    return Node(state.name, (state.label,), phase, final=state.final)


def _fan(event: Event, source: State) -> str:
    """Return the key of the box of an event that leads from a state to many."""
    return f"{event.name} from {source.name}"


def _one_of(targets: Sequence[State]) -> str:
    return f"one of {len(targets)} states"


def _moves(pathway: Pathway) -> Mapping[tuple[Source, Event], Sequence[State]]:
    """Return where each event leads from each state, or at once from a group of more than a few."""
    moves: dict[tuple[Source, Event], list[State]] = {}
    for row in pathway.transitions:
        if row.target is not None:
            for source in row.source.states if len(row.source.states) <= MAX_SEPARATE_ARROWS else (row.source,):
                if source != row.target and row.target not in moves.setdefault((source, row.event), []):
                    moves[source, row.event].append(row.target)
    return {move: targets for move, targets in moves.items() if targets}


def _followed(journey: Journey) -> Diagram:
    """Return the map with the way that a patient has gone, where the patient stands, and what is open from there."""
    drawn = _StateDiagram(journey.pathway)
    steps: dict[tuple[State, Event, State], list[int]] = {}
    before = journey.pathway.initial
    for number, step in enumerate(journey.steps, 1):
        if step.state != before:
            steps.setdefault((before, step.event, step.state), []).append(number)
        before = step.state
    for way, numbers in steps.items():
        drawn.gone(*way, numbers)
    for state in dict.fromkeys((journey.pathway.initial, *(step.state for step in journey.steps))):
        drawn.mark(state.name, Look.GONE)
    drawn.mark(journey.state.name, Look.HERE, _YOU_ARE_HERE)
    here = ways(journey)
    for decision in here.decisions:
        look, fan = _look(decision), _fan(decision.event, here.state)
        if fan in drawn.nodes:
            drawn.mark(fan, look, f"{look.sign} from here")
            continue
        for state in here.leads_to(decision):
            if state != here.state:
                drawn.mark(state.name, look, f"{look.sign} {decision.event.label}")
    return drawn.drawn(f"{journey.pathway.name}: {journey.state.label}")


_YOU_ARE_HERE = "(you are here)"


def _look(decision: Decision) -> Look:
    return Look.OPEN if decision.allowed else Look.CLOSED if decision.closed else Look.CONDITIONAL


# --- Where one stands ----------------------------------------------------------------------------


def _around(state: State, title: str, events: Iterable[tuple[Node, Sequence[Node]]]) -> Diagram:
    """Return one state, the events that may follow, and where each of them leads."""
    here = attrs.evolve(_state(state), lines=(state.label, _YOU_ARE_HERE), looks=(Look.HERE,))
    nodes = {here.key: here}
    arrows: list[Arrow] = []
    for event, targets in events:
        look = event.looks[0]
        nodes[event.key] = event
        arrows.append(Arrow(here.key, event.key, look=look))
        for target in targets:
            nodes.setdefault(target.key, target)
            arrows.append(Arrow(event.key, target.key, look=look))
    return Diagram(title, tuple(nodes.values()), tuple(arrows))


def _event(key: str, words: str, told: Sequence[str], look: Look) -> Node:
    return Node(f"event {key}", (f"{look.sign} {words}", *told), looks=(look,), kind=Event)


def _ways(here: Ways) -> Iterator[tuple[Node, Sequence[Node]]]:
    """Yield every event that leads elsewhere with what it waits for, and all that change no state together."""
    for decision in filter(here.moves, here.decisions):
        event, look = decision.event, _look(decision)
        targets = [state for state in here.leads_to(decision) if state != here.state]
        lacking = (f"{UNKNOWN.mark} {fact.label}" for fact in decision.lacking)
        told = _first((*lacking, *map(_criterion, bars(decision))))
        many = Node(f"after {event.name}", (_one_of(targets),), looks=(Look.SEVERAL,), kind=StateGroup)
        ends = [many] if len(targets) > MAX_SEPARATE_ARROWS else list(map(_state, targets))
        yield _event(event.name, event.label, told, look), ends
    staying = Counter(_look(decision) for decision in here.decisions if not here.moves(decision))
    for look, number in staying.items():
        words = number_of(number, "event that changes no state", "events that change no state")
        yield _event(f"that stays {look.value}", words, (), look), ()


def _first(told: Sequence[str]) -> Sequence[str]:
    more = len(told) - _MAX_REASONS
    return told if more <= 0 else (*told[:_MAX_REASONS], f"and {more} more")


def _criterion(part: Explanation) -> str:
    return f"{part.verdict.mark} {part.guard.brief}"


def _answer(decision: Decision) -> Iterator[tuple[Node, Sequence[Node]]]:
    """Yield every row that was tried, with the verdict of each of its criteria."""
    for number, tried in enumerate(decision.tried):
        target = tried.transition.target_from(decision.state)
        told = list(map(_criterion, tried.criteria))
        end = _NO_CHANGE if target == decision.state else _state(target)
        yield _event(str(number), decision.event.label, told, _look_of(decision, tried)), [end]


_NO_CHANGE = Node("no change", ("no change of state",), looks=(Look.SEVERAL,), kind=StateGroup)


def _look_of(decision: Decision, tried: Tried) -> Look:
    if tried.when.verdict is UNMET:
        return Look.CLOSED
    return Look.OPEN if decision.allowed and tried.decides else Look.CONDITIONAL
