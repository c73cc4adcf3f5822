"""A pathway: states, and the rows that lead from one to another, validated whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import ClassVar, TypeAlias, TypeVar, cast

import attrs
from attrs.validators import instance_of, optional

from hscpath.citations import Citation
from hscpath.criteria import (
    ALWAYS,
    AllOf,
    Criterion,
    Event,
    Fact,
    conjuncts,
    nested,
)
from hscpath.errors import PathwayError, Printed, Shown, did_you_mean
from hscpath.identity import PHASE_WORDS, WORDS, digest, reworded, words_of


def _states(given: Iterable[State]) -> tuple[State, ...]:
    return tuple(given)


def _rows(given: Iterable[Transition]) -> tuple[Transition, ...]:
    return tuple(given)


@attrs.frozen(repr=False)
class Requirements(Shown):
    """What one decision asks for: hard in *when*, soft in *expects*.

    >>> from hscpath.lupus import SLEDAI, UPCR
    >>> print(Requirements(when=SLEDAI.below(3), expects=UPCR.below("0.5")))
    when SLEDAI below 3; expects UPCR below 0.5 g/g
    """

    when: Criterion = ALWAYS
    expects: Criterion = ALWAYS

    def __str__(self) -> str:
        return f"when {self.when.phrase}; expects {self.expects.phrase}"


_NOTHING_MORE = Requirements()


class _Source(Shown):
    """The verb of a state and of a group of states: a row of the pathway."""

    __slots__ = ()

    def __str__(self) -> str:
        return cast("Source", self).label

    def on(
        self,
        event: Event,
        *,
        to: State | None = None,
        when: Criterion = ALWAYS,
        expects: Criterion = ALWAYS,
        under: Requirements = _NOTHING_MORE,
        cite: Citation | None = None,
    ) -> Transition:
        """Return the row: from here, on this event, to that state (or staying where one is).

        *when* is hard: unmet, it closes the row whatever the reason. *expects* is soft: what is
        unmet there may be departed from with a reason. *under* adds what a guideline asks, of
        both kinds.
        """
        return Transition(
            cast("Source", self), event, to, ALWAYS & when & under.when, ALWAYS & expects & under.expects, cite
        )


def _phase_of(state: State) -> str:
    """Return how a phase is called that has no other words."""
    return state.phase


@attrs.frozen(repr=False)
class State(_Source):
    """Where the disease course stands. Nothing follows a *final* state.

    >>> ILL, DEAD = State("ill", "ill"), State("dead", "dead", final=True)
    >>> print(ILL.on(Event("died", "died"), to=DEAD))
    ill, died: dead
    """

    shelf: ClassVar = "state"

    name: str
    label: str = attrs.field(eq=False, metadata=WORDS)
    phase: str = attrs.field(default="", eq=False)
    phase_label: str = attrs.field(
        default=attrs.Factory(_phase_of, takes_self=True), eq=False, kw_only=True, metadata=PHASE_WORDS
    )
    final: bool = attrs.field(default=False, kw_only=True)

    @property
    def key(self) -> str:
        """What programs call it."""
        return self.name

    @property
    def states(self) -> tuple[State, ...]:
        """The state itself, as a group of one."""
        return (self,)


@attrs.frozen(repr=False)
class StateGroup(_Source):
    """Several states from which the same row starts.

    >>> WELL, ILL, DEAD = State("well", "well"), State("ill", "ill"), State("dead", "dead", final=True)
    >>> print(StateGroup("any living patient", (WELL, ILL)).on(Event("died", "died"), to=DEAD))
    any living patient, died: dead
    """

    shelf: ClassVar = "states"

    label: str = attrs.field(eq=False, metadata=WORDS)
    states: tuple[State, ...] = attrs.field(converter=_states)

    @property
    def key(self) -> str:
        """What programs call it: the names of its states."""
        return "+".join(state.name for state in self.states)


Source: TypeAlias = State | StateGroup


@attrs.frozen(repr=False)
class Transition(Shown):
    """One row: from a state or a group of states, on an event, to a state, under these criteria."""

    source: Source
    event: Event = attrs.field(validator=instance_of(Event))
    target: State | None = attrs.field(default=None, validator=optional(instance_of(State)))
    when: Criterion = ALWAYS
    expects: Criterion = ALWAYS
    cite: Citation | None = attrs.field(default=None, eq=False)

    def target_from(self, state: State) -> State:
        """Return the state this row leads to, which is *state* itself if it stays."""
        return self.target or state

    def __str__(self) -> str:
        to = self.target.label if self.target else "no change of state"
        return f"{self.source.label}, {self.event.label}: {to}"


@attrs.frozen(eq=False, repr=False, slots=False)
class Pathway(Printed):
    """A named, versioned table of transitions, validated whole when it is built.

    Rows for one state and event are tried in the order given. *day_zero* is the event from which
    clinicians count days, *day_counted* what they call such a day ("transplant day"). Raises one
    ``PathwayError`` that lists every problem. Two pathways are equal if they decide alike: labels
    and sources do not count.

    >>> from hscpath import Event, Pathway, State
    >>> WELL, ILL = State("well", "well"), State("ill", "ill", final=True)
    >>> Pathway("toy", "1", WELL, [WELL.on(Event("fell_ill", "fell ill"), to=ILL)])
    Pathway('toy', '1': 2 states, 1 events, 1 rows)
    """

    shelf: ClassVar = "pathway"

    name: str = attrs.field(metadata=WORDS)
    version: str
    initial: State
    transitions: tuple[Transition, ...] = attrs.field(converter=_rows)
    day_zero: Event | None = attrs.field(default=None, kw_only=True)
    day_counted: str = attrs.field(default="day", kw_only=True, metadata=WORDS)
    compiled: list[object] = attrs.field(factory=list[object], init=False)
    """Where the engine keeps the compiled table; it is made once, when it is first needed."""

    def __attrs_post_init__(self) -> None:
        problems = list(_problems(self))
        if problems:
            raise PathwayError(*problems)

    key: ClassVar = "name"
    """What its name is filed under among its words."""

    @cached_property
    def states(self) -> tuple[State, ...]:
        """Every state, in order of first mention."""
        mentioned = [self.initial]
        for row in self.transitions:
            mentioned += row.source.states
            mentioned += [row.target] if row.target else []
        return tuple({state.name: state for state in mentioned}.values())

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """Every event, in order of first mention."""
        return tuple({row.event.name: row.event for row in self.transitions}.values())

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """Every fact that an event may record, in order of first mention."""
        return tuple({fact.name: fact for event in self.events for fact in event.facts}.values())

    @cached_property
    def guards(self) -> tuple[Criterion, ...]:
        """Every guard of a row: what it asks for and what it expects."""
        return tuple(guard for row in self.transitions for guard in (row.when, row.expects))

    @cached_property
    def mentions(self) -> tuple[Fact | Event, ...]:
        """Every fact and event that a criterion asks about; what is defined twice is there twice."""
        things: dict[int, Fact | Event] = {}
        seen: set[int] = set()
        pending = list(reversed(self.guards))
        while pending:
            guard = pending.pop()
            if id(guard) not in seen:
                seen.add(id(guard))
                pending += reversed(guard.parts)
                subjects = () if guard.parts else guard.subjects
                things |= {id(thing): thing for subject in subjects for thing in subject.mentions}
        return tuple(things.values())

    @cached_property
    def digest(self) -> str:
        """A short name, of 128 bits, of everything that decides, and of nothing else (see ``hscpath.identity``)."""
        return digest(*self.facts, *self.events, *self.states, self.initial.name, *self.transitions)

    @cached_property
    def words(self) -> Mapping[str, str]:
        """Every text that people can be shown of the pathway, by its key: what a translation replaces."""
        return words_of(self)

    def relabelled(self, words: Mapping[str, str]) -> Pathway:
        """Return the same pathway, with the same digest, in other words.

        *words* gives some of ``words`` anew, by their keys. Raises one ``PathwayError`` for keys that
        there are none of, and for what is no text.

        >>> from hscpath.lupus import PATHWAY
        >>> german = PATHWAY.relabelled({"state.dead": "verstorben", "event.died": "gestorben"})
        >>> german.state("dead").label, german == PATHWAY
        ('verstorben', True)
        """
        return reworded(self, words)

    def state(self, name: str) -> State:
        """Return a state by its name; raise ``LookupError`` with a hint if there is none."""
        return _named(name, self.states, "state", self.name)

    def event(self, name: str) -> Event:
        """Return an event by its name; raise ``LookupError`` with a hint if there is none."""
        return _named(name, self.events, "event", self.name)

    def fact(self, name: str) -> Fact:
        """Return a fact by its name; raise ``LookupError`` with a hint if there is none."""
        return _named(name, self.facts, "fact", self.name)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Pathway):
            return NotImplemented
        return self is other or self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return (
            f"Pathway({self.name!r}, {self.version!r}: {len(self.states)} states, "
            f"{len(self.events)} events, {len(self.transitions)} rows)"
        )

    def __deepcopy__(self, _: object) -> Pathway:
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuilt, (self.name, self.version, self.initial, self.transitions, self.day_zero, self.day_counted)


def _rebuilt(
    name: str, version: str, initial: State, rows: Iterable[Transition], day_zero: Event | None, day_counted: str
) -> Pathway:
    return Pathway(name, version, initial, rows, day_zero=day_zero, day_counted=day_counted)


_Named = TypeVar("_Named", State, Event, Fact)


def _named(name: str, things: Iterable[_Named], kind: str, pathway: str) -> _Named:
    by_name = {thing.name: thing for thing in things}
    if name not in by_name:
        raise LookupError(f"{pathway!r} has no {kind} {name!r}; {did_you_mean(name, by_name)}")
    return by_name[name]


# --- Guidelines ----------------------------------------------------------------------------------


@attrs.frozen(repr=False)
class Guideline(Shown):
    """A named, versioned set of criteria for the points at which a pathway decides.

    It knows its own source, which stands in for the criteria that name none.

    >>> from hscpath import Citation, Requirements, Guideline, Quantity
    >>> UPCR = Quantity("upcr", "UPCR", "g/g", low=0, high=50, resolution="0.001")
    >>> points = {"complete_response": Requirements(when=UPCR.below("0.3"))}
    >>> LOCAL = Guideline("Local protocol", "2026", Citation("Local 2026", "Ward handbook, 2026"), points)
    >>> print(LOCAL, "decides", *LOCAL.points)
    Local protocol 2026 decides complete_response
    >>> print(LOCAL.points["complete_response"].when.cite)
    Local 2026
    """

    name: str
    version: str
    cite: Citation = attrs.field(validator=attrs.validators.instance_of(Citation))
    points: Mapping[str, Requirements] = attrs.field(hash=False)

    def __attrs_post_init__(self) -> None:
        if not self.points:
            raise PathwayError(f"{self} decides nothing: give criteria for a decision point")
        wrong = [point for point, asked in self.points.items() if not isinstance(cast("object", asked), Requirements)]
        if wrong:
            raise PathwayError(*(f"{self}: write {point!r}: Requirements(when=..., expects=...)" for point in wrong))
        cited = {
            point: Requirements(_cited(asked.when, self.cite), _cited(asked.expects, self.cite))
            for point, asked in self.points.items()
        }
        object.__setattr__(self, "points", cited)

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def _cited(guard: Criterion, cite: Citation) -> Criterion:
    """Return a guard whose criteria all have a source: their own, or this one."""
    cite = guard.cite or cite
    parts = tuple(part if part.cite else part.cited(cite) for part in conjuncts(guard))
    return parts[0] if len(parts) == 1 else AllOf(parts)


def combined(points: Iterable[str], guidelines: Iterable[Guideline]) -> dict[str, Requirements]:
    """Return the criteria for each decision point; of two guidelines that decide it, the later.

    Raises ``PathwayError`` for a guideline that decides something else, and for a point that
    none decides.
    """
    known, chosen, problems = tuple(points), dict[str, Requirements](), list[str]()
    for guideline in guidelines:
        problems += [
            f"{guideline} decides {point!r}, which this pathway does not ask; {did_you_mean(point, known)}"
            for point in guideline.points
            if point not in known
        ]
        chosen.update(guideline.points)
    problems += [f"no guideline given decides {point!r}" for point in known if point not in chosen]
    if problems:
        raise PathwayError(*problems)
    return {point: chosen[point] for point in known}


# --- What is wrong with a pathway ---------------------------------------------------------------


def _problems(pathway: Pathway) -> Iterator[str]:
    if not pathway.transitions:
        yield f"{pathway.name}: give at least one row"
        return
    yield from _doubly_defined(pathway)
    yield from _dead_ends(pathway)
    yield from _unreachable(pathway)
    yield from _never_recorded(pathway)
    yield from _shadowed(pathway)
    yield from _ambiguous_names(pathway)
    if pathway.day_zero and pathway.day_zero not in pathway.events:
        yield f"day zero is {pathway.day_zero.name!r}, which no row mentions"


def _doubly_defined(pathway: Pathway) -> Iterator[str]:
    """Yield what is defined in two ways under one name, or has a name nothing may have."""
    states = [pathway.initial]
    for row in pathway.transitions:
        states += row.source.states
        states += [row.target] if row.target else []
        if not row.source.states:
            yield f"{row.source.label}: a group of states must name at least one"
    asked = pathway.mentions
    events = [*(row.event for row in pathway.transitions), *(thing for thing in asked if isinstance(thing, Event))]
    facts = [fact for event in {id(event): event for event in events}.values() for fact in event.facts]
    facts += [thing for thing in asked if not isinstance(thing, Event)]
    for kind, things in (("state", states), ("event", events), ("fact", facts)):
        first: dict[str, object] = {}
        twice: set[str] = set()
        for thing in things:
            name = thing.name
            known = first.setdefault(name, thing)
            if known is not thing and known != thing and name not in twice:
                twice.add(name)
                yield f"the {kind} {name!r} is defined in two ways that differ"
    labels = {fact.label: fact.name for fact in facts}
    for label in sorted(labels.keys() & {fact.name for fact in facts}):
        if labels[label] != label:
            yield f"the fact {labels[label]!r} is labelled {label!r}, which is the name of another fact"
    for name in sorted({event.name for event in events} & {"state", "trigger"}):
        yield f"no event can be called {name!r}: objects on the pathway have an attribute of that name"
    if not pathway.name or not pathway.version:
        yield "a pathway needs a name and a version"
    for name in sorted({state.name for state in states}):
        if not name.isidentifier():
            yield f"the state name {name!r} is no identifier: use letters, digits and underscores"


def _dead_ends(pathway: Pathway) -> Iterator[str]:
    left = {state.name for row in pathway.transitions for state in row.source.states}
    for state in pathway.states:
        if state.final and state.name in left:
            yield f"the state {state.name!r} is final, yet a row starts from it"
        if not state.final and state.name not in left:
            yield f"no row starts from the state {state.name!r}: say final=True if it is an end"


def _unreachable(pathway: Pathway) -> Iterator[str]:
    onward: dict[str, set[str]] = {}
    for row in pathway.transitions:
        for state in row.source.states:
            onward.setdefault(state.name, set()).add(row.target_from(state).name)
    reached, frontier = {pathway.initial.name}, [pathway.initial.name]
    while frontier:
        new = onward.get(frontier.pop(), set()) - reached
        reached |= new
        frontier += new
    for state in pathway.states:
        if state.name not in reached:
            yield f"no sequence of rows leads to the state {state.name!r}"


def _never_recorded(pathway: Pathway) -> Iterator[str]:
    known = {(type(thing) is Event, thing.name) for thing in (*pathway.events, *pathway.facts)}
    missing = {(type(thing) is Event, thing.name) for thing in pathway.mentions} - known
    for row in pathway.transitions if missing else ():
        for thing in (*row.when.mentions, *row.expects.mentions):
            what = type(thing) is Event, thing.name
            if what in missing:
                missing.remove(what)
                why = "no row has that event" if what[0] else "no event records it"
                yield f"{row}: asks about {thing.name!r}, but {why}"


def _shadowed(pathway: Pathway) -> Iterator[str]:
    decided: dict[tuple[str, str], Transition] = {}
    for row in pathway.transitions:
        keys = [(state.name, row.event.name) for state in row.source.states]
        if keys and all(key in decided for key in keys):
            yield f"{row}: can never be taken, because {decided[keys[0]]} always decides first"
        if row.when == ALWAYS:
            for key in keys:
                decided.setdefault(key, row)


def _ambiguous_names(pathway: Pathway) -> Iterator[str]:
    """Yield where a reason given for a criterion by its name could mean another."""
    known: dict[str, Criterion] = {}
    seen: set[int] = set()
    asked = [guard for whole in pathway.guards for guard in conjuncts(whole)]
    phrases = {guard.phrase: guard for guard in asked if not guard.name}
    for row in pathway.transitions:
        guards = (*conjuncts(row.when), *conjuncts(row.expects))
        keys = [guard.key for guard in guards]
        for key in sorted({key for key in keys if keys.count(key) > 1}):
            yield f"{row}: asks for {key!r} twice; a reason given for it could mean either"
        for guard in guards:
            if id(guard) in seen:
                continue
            seen.add(id(guard))
            for part in (guard, *(part for part in nested(guard) if part.name)):
                other = phrases.get(part.key, part) if part.name else part
                if known.setdefault(part.key, part) != part or other != part:
                    yield f"{row}: {part.key!r} is the name of another criterion too"
