"""The peers, each as its users write it; where they have several ways, the fastest.

All keep their facts in a dictionary and ask two-valued guards of it, and none keeps a history but
the table written by hand.
"""

from typing import Protocol

import attrs

from tests.benchmarks.stepping import EVENTS, KNOWN, PLACES, RIVALS, Refused, Walker


def _rows():
    for n, event in enumerate(EVENTS):
        first, second = (fact.name for fact in event.may)
        here, onward = PLACES[n].name, PLACES[n + 1].name
        if n < RIVALS:
            yield here, event.name, here, (first, 900, None)
        yield here, event.name, onward, (first, 10, second)


ROWS = list(_rows())
"""State, event, next state, and what is asked: a first fact, how much it is at least, and a second below 500."""


def _guard(first, least, second):
    """Return one function of the facts (and of an event, where there is one)."""
    if second is None:
        return lambda facts, _=None: facts[first] >= least
    return lambda facts, _=None: facts[first] >= least and facts[second] < 500


class Model:
    """What a user attaches to a machine: facts, and the state that the machine puts there."""

    def __init__(self):
        self.facts = KNOWN.copy()
        self.state = None


class Transitions(Walker):
    """Models attached to one shared machine."""

    package = "transitions"

    def build(self):
        """Make the machine, without models."""
        from transitions import Machine

        def conditions(first, least, second):
            yield lambda event: event.model.facts[first] >= least
            if second:
                yield lambda event: event.model.facts[second] < 500

        self.machine = Machine(
            model=None,
            states=[state.name for state in PLACES],
            initial=PLACES[0].name,
            transitions=[
                {"trigger": event, "source": here, "dest": to, "conditions": list(conditions(*asked))}
                for here, event, to, asked in ROWS
            ],
            auto_transitions=False,
            send_event=True,
        )

    def begin(self):
        """Attach a model; it works on when it is let go, and the next is attached as fast as the first."""
        patient = Model()
        self.machine.add_model(patient)
        self.machine.remove_model(patient)
        return patient

    def step(self, patient, event, given):
        """Call the trigger, which returns whether the model moved."""
        patient.facts.update(given)
        getattr(patient, event)()
        return patient

    def state(self, patient):
        """Return the model's state."""
        return patient.state


class PythonStateMachine(Walker):
    """One machine for every model: the package shares only the class."""

    package = "python-statemachine"

    def build(self):
        """Make the class."""
        from statemachine import State, StateMachine
        from statemachine.exceptions import TransitionNotAllowed

        def conditions(first, least, second):
            yield lambda model: model.facts[first] >= least
            if second:
                yield lambda model: model.facts[second] < 500

        body = {place.name: State(initial=place is PLACES[0], final=place.final) for place in PLACES}
        for here, event, to, asked in ROWS:
            row = body[here].to(body[to], cond=list(conditions(*asked)))
            body[event] = body[event] | row if event in body else row
        self.machine = type("Patient", (StateMachine,), body)
        self.refusal = TransitionNotAllowed

    def begin(self):
        """Make a machine for a model."""
        return self.machine(Model())

    def step(self, patient, event, given):
        """Call the event, which raises where no row fits."""
        patient.model.facts.update(given)
        getattr(patient, event)()
        return patient

    def state(self, patient):
        """Return the model's state."""
        return patient.model.state


class Sismic(Walker):
    """One interpreter for every patient, which compiles a guard when it first meets it; no contracts."""

    package = "sismic"

    def build(self):
        """Make the statechart."""
        from sismic.interpreter import Interpreter
        from sismic.model import BasicState, CompoundState, FinalState, Statechart, Transition

        self.interpreter = Interpreter
        self.chart = Statechart("benchmark")
        self.chart.add_state(CompoundState("pathway", initial=PLACES[0].name), None)
        for place in PLACES:
            self.chart.add_state((FinalState if place.final else BasicState)(place.name), "pathway")
        for here, event, to, (first, least, second) in ROWS:
            guard = f"facts[{first!r}] >= {least}" + (f" and facts[{second!r}] < 500" if second else "")
            priority = Transition.DEFAULT_PRIORITY if second else Transition.HIGH_PRIORITY
            self.chart.add_transition(Transition(here, to, event=event, guard=guard, priority=priority))

    def begin(self):
        """Make an interpreter and have it enter the first state."""
        patient = self.interpreter(self.chart, initial_context={"facts": KNOWN.copy()}, ignore_contract=True)
        patient.execute_once()
        return patient

    def step(self, patient, event, given):
        """Queue the event and execute it; without a row that fits it is consumed."""
        patient.context["facts"].update(given)
        patient.queue(event).execute_once()
        return patient

    def state(self, patient):
        """Return the innermost state."""
        return patient.configuration[-1]


class XState(Walker):
    """One synchronous interpreter for every patient, whose context holds the facts."""

    package = "xstate-statemachine"
    form = ", interpreter"

    def build(self):
        """Make the machine."""
        from xstate_statemachine import MachineLogic, SyncInterpreter, create_machine, get_initial_snapshot
        from xstate_statemachine import get_next_snapshot as following

        states = {place.name: {"type": "final"} if place.final else {"on": {}} for place in PLACES}
        guards = {}
        for number, (here, event, to, asked) in enumerate(ROWS):
            guards[f"guard_{number}"] = _guard(*asked)
            states[here]["on"].setdefault(event, []).append({"target": to, "guard": f"guard_{number}"})
        config = {"id": "benchmark", "initial": PLACES[0].name, "context": KNOWN, "states": states}
        self.machine = create_machine(config, logic=MachineLogic(guards=guards))
        self.interpreter, self.snapshot, self.following = SyncInterpreter, get_initial_snapshot, following

    def begin(self):
        """Start an interpreter."""
        return self.interpreter(self.machine).start()

    def step(self, patient, event, given):
        """Send the event; without a row that fits it is ignored."""
        patient.context.update(given)
        patient.send(event)
        return patient

    def state(self, patient):
        """Return the state that is active."""
        (active,) = patient.current_state_ids
        return active.removeprefix("benchmark.")


class XStatePure(XState):
    """Its pure functions from snapshot to snapshot, the closest to a journey."""

    form = ", pure"

    def begin(self):
        """Return the first snapshot."""
        return self.snapshot(self.machine)

    def step(self, patient, event, given):
        """Return the next snapshot, whose context is a copy."""
        patient.context.update(given)
        return self.following(self.machine, patient, event)

    def state(self, patient):
        """Return the state that is active."""
        (active,) = patient.state_ids
        return active.removeprefix("benchmark.")


class Automat(Walker):
    """No guards: as its users do, a plain method asks, and calls one input for each answer."""

    package = "automat"

    def build(self):
        """Make the machine, with an input for every row, and one that says where a patient is."""
        from automat import TypeMachineBuilder

        def input_named(name):
            def call(self) -> None: ...

            call.__name__ = call.__qualname__ = name
            return call

        self.rows = {}
        for number, (_, event, _, asked) in enumerate(ROWS):
            self.rows.setdefault(event, []).append((_guard(*asked), f"row_{number}"))
        names = ["place", *(f"row_{number}" for number in range(len(ROWS)))]
        inputs = type("Inputs", (Protocol,), {name: input_named(name) for name in names})
        builder = TypeMachineBuilder(inputs, dict)
        states = {place.name: builder.state(place.name) for place in PLACES}
        for name, state in states.items():
            state.upon(inputs.place).loop().returns(name)
        for number, (here, _, to, _) in enumerate(ROWS):
            states[here].upon(getattr(inputs, f"row_{number}")).to(states[to]).returns(None)
        self.machine = builder.build()

    def begin(self):
        """Return the facts, and a machine over them."""
        facts = KNOWN.copy()
        return facts, self.machine(facts)

    def step(self, patient, event, given):
        """Call the input of the first row that fits."""
        facts, machine = patient
        facts.update(given)
        for guard, name in self.rows[event]:
            if guard(facts):
                getattr(machine, name)()
                return patient
        raise Refused

    def state(self, patient):
        """Return what the machine says."""
        return patient[1].place()


@attrs.frozen
class Patient:
    """All that a table written by hand needs to know."""

    state: str
    facts: dict
    history: tuple = ()


class FrozenAttrs(Walker):
    """A table written by hand: a dictionary of rows by state and event, and a frozen patient with a history."""

    package = "attrs"
    form = ", by hand"

    def build(self):
        """Make the table."""
        self.table = {}
        for here, event, to, asked in ROWS:
            self.table.setdefault((here, event), []).append((_guard(*asked), to))

    def begin(self):
        """Return a patient."""
        return Patient(PLACES[0].name, KNOWN)

    def step(self, patient, event, given):
        """Return the patient in the state of the first row that fits."""
        facts = patient.facts | given
        for guard, to in self.table[patient.state, event]:
            if guard(facts):
                return Patient(to, facts, (*patient.history, (event, given)))
        raise Refused

    def state(self, patient):
        """Return the patient's state."""
        return patient.state


PEERS = (Transitions, XStatePure, XState, Sismic, PythonStateMachine, Automat, FrozenAttrs)
