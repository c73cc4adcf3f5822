"""A conversation about one event: its day, the findings that decide, and reasons where it needs them."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, timedelta
from textwrap import shorten

from rich.console import Console

from hscpath import tell
from hscpath.cli.entries import day_typed, event_and_findings, fields_typed, thing_typed, value_typed, words_on
from hscpath.cli.terminal import show
from hscpath.criteria import Event, Fact
from hscpath.decisions import Decision
from hscpath.errors import InvalidRecord, on_one_line, says_something, some_of
from hscpath.files import read_record
from hscpath.files.documents import Fields
from hscpath.journey import Journey, Record
from hscpath.pathway import State

_MAX_ANSWER_WIDTH = 70
"""How many characters of what may be answered a question shows."""
_MAX_FACTS_NAMED = 6
_WORDS_THAT_LEAVE = {"cancel": "", "undo": "", "help": "help", "quit": "quit"}
"""What is never an answer to a question about an event, but leaves the event; and what is to be done then."""


class Cancelled(Exception):
    """Someone leaves an event without recording it, and may ask for something else in the same word."""

    def __init__(self, then: str = "") -> None:
        super().__init__(then)
        self.then = then


class Talk:
    """Questions put to whoever sits at the terminal, or to the file that answers in their place."""

    def __init__(self, out: Console) -> None:
        self.out = out

    def say(self, *told: object) -> None:
        """Say something."""
        show(self.out, *told)

    def ask(self, question: str) -> str:
        """Return the answer; one from a file is shown, so that the conversation can be read."""
        self.say(question)
        typed = sys.stdin.isatty()
        try:
            answer = input("> " if typed else "").strip()
        except EOFError:
            self.out.print()
            raise
        if not typed:
            self.say(f"> {on_one_line(answer)}")
        return answer

    def ask_within(self, question: str) -> str:
        """Return the answer to a question that can be left; raise ``Cancelled`` where it is."""
        answer = self.ask(question)
        if answer.casefold() in _WORDS_THAT_LEAVE:
            raise Cancelled(_WORDS_THAT_LEAVE[answer.casefold()])
        return answer


class EventAsked:
    """One event as it is asked for, held as a file would hold it."""

    def __init__(self, talk: Talk, journey: Journey, event: Event, given: Iterable[str]) -> None:
        self.talk = talk
        self.journey = journey
        self.event = event
        self.fields = fields_typed(journey.pathway, event, given)
        self.brief = len(self.fields) > 1
        """Whether something was given beforehand, so that only what decides is asked for."""

    @property
    def record(self) -> Record:
        """The event as it stands."""
        return read_record(self.fields)

    @property
    def decision(self) -> Decision:
        """Whether the event may happen as it stands; raises ``InvalidRecord`` for misuse."""
        return self.journey.ask(self.record)

    def complete(self) -> Record:
        """Return the event, complete and allowed; raise ``Cancelled`` where it cannot happen or is left."""
        if self.decision.meaningless:
            self.talk.say(self.decision)
            raise Cancelled
        if not self.fields.keys() & {"day", "on"}:
            self._ask_day()
        asked: set[Fact] = set()
        while wanting := [fact for fact in self._wanting() if fact not in asked]:
            asked.add(wanting[0])
            self._ask_finding(wanting[0])
        if not self.brief:
            self._ask_anything_else()
        decision = self.decision
        if not decision.allowed:
            self.talk.say(decision)
            if decision.closed or decision.lacking:
                raise Cancelled
            self._ask_reasons(decision)
        elif any(tried.criteria for tried in decision.tried):
            self.talk.say(*decision.outline.blocks[1:])
        return self.record

    def _tried(self, more: Fields, *places: str) -> bool:
        """Take more into the event if it can be recorded; else say what is wrong in these places."""
        try:
            wrong = self.journey.misuse(read_record(self.fields | more))
        except InvalidRecord as error:
            wrong = error.problems
        wrong = tuple(problem for problem in wrong if problem.where in places)
        self.talk.say("\n".join(problem.text.removeprefix(f"{problem.where}: ") for problem in wrong))
        if not wrong:
            self.fields |= more
        return not wrong

    def _ask_day(self) -> None:
        last, began = self.journey.day, self.journey.began
        forms = ["a number", "'36 months'", *(["a date"] if began else [])]
        forms += ["'same day'", "+7 for a week later"] if self.journey.steps else []
        question = f"On which day? ({', '.join(forms)}; Enter: not recorded; cancel: leave it)"
        while answer := self.talk.ask_within(question):
            if answer.startswith("+") and last is not None:
                answer = str(last + int(answer)) if answer[1:].isdecimal() else answer
            with suppress(ValueError):
                if began is not None:
                    answer = str((date.fromisoformat(answer) - began) // timedelta(days=1))
            if self._tried({"day": day_typed(answer)}, "day"):
                return

    def _wanting(self) -> list[Fact]:
        """Return what the event may record, is not given, and would help to decide."""
        facts = {fact.name: fact for fact in self.event.facts if fact.name not in self.fields}
        decision = self.decision.afresh if self.decision.resting else self.decision
        return [facts[thing.name] for thing in decision.missing if facts.get(thing.name) == thing]

    def _ask_finding(self, fact: Fact) -> None:
        about = f", {fact.about}" if fact.about else ""
        allowed = tell.values_of(fact)
        short = shorten(allowed, _MAX_ANSWER_WIDTH, placeholder=" and more: ? lists them")
        question = f"{fact.label}{about}? ({short}; Enter: not recorded; cancel: leave it)"
        while answer := self.talk.ask_within(question):
            if answer == "?":
                self.talk.say(allowed)
            elif self._tried({fact.name: value_typed(fact, answer)}, fact.name):
                return

    def _ask_anything_else(self) -> None:
        while others := [fact for fact in self.event.facts if fact.name not in self.fields]:
            names = some_of([fact.label for fact in others], _MAX_FACTS_NAMED)
            names += ": ? lists them" if len(others) > _MAX_FACTS_NAMED else ""
            answer = self.talk.ask_within(f"Anything else? ({names}; Enter: no; cancel: leave it)")
            if not answer:
                return
            try:
                if answer == "?":
                    self.talk.say(*map(tell.described, others))
                elif "=" in answer:
                    _, given = event_and_findings(words_on(answer))
                    more_fields = fields_typed(self.journey.pathway, self.event, given)
                    self._tried(more_fields, *more_fields)
                else:
                    self._ask_finding(thing_typed(answer, others, "finding"))
            except InvalidRecord as error:
                self.talk.say(error)

    def _ask_reasons(self, decision: Decision) -> None:
        if decision.ambiguous:
            self.fields["to"] = self._ask_where(decision.possible).name
            decision = self.decision
        names = [decision.name_of(guard) for guard in decision.open]
        if names:
            asked = "The reason for going on in spite of: {}? (Enter or cancel: leave it)"
            self.fields["override"] = {name: self._needed(asked.format(name)) for name in names}

    def _ask_where(self, states: tuple[State, ...]) -> State:
        question = f"Where did it lead: {' or '.join(state.label for state in states)}? (Enter or cancel: leave it)"
        while True:
            try:
                return thing_typed(self._needed(question), states, "state")
            except InvalidRecord as error:
                self.talk.say(error)

    def _needed(self, question: str) -> str:
        answer = self.talk.ask_within(question)
        if not says_something(answer):
            raise Cancelled
        return answer
