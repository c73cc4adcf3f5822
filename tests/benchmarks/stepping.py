"""One pathway for ``hscpath`` and for ``transitions``: 23 states, 35 guarded rows, journeys of 14 events.

The peer keeps its facts in a dictionary and its guards in two-valued lambdas, as its users do. Ours
knows thirty facts, keeps derived facts and the whole history, and knows met from unknown.
"""

from transitions import Machine

from hscpath import Event, Journey, Pathway, Quantity, State, TransitionNotAllowed

STATES, STEPS, RIVALS = 23, 14, 12

FACTS = [Quantity(f"fact_{n}", f"fact {n}", "1", low=0, high=1000, resolution="0.1") for n in range(30)]
SCREENED = Event("screened", "screened", may=FACTS)
EVENTS = [Event(f"event_{n}", f"event {n}", may=(FACTS[2 * n % 6], FACTS[(2 * n + 1) % 6])) for n in range(STATES - 1)]
PLACES = [State(f"state_{n}", f"state {n}", final=n == STATES - 1) for n in range(STATES)]


def _rows():
    yield PLACES[0].on(SCREENED)
    for n, event in enumerate(EVENTS):
        first, second = event.may
        if n < RIVALS:
            yield PLACES[n].on(event, to=PLACES[n], when=first.at_least(900) & SCREENED.count.at_least(1))
        yield PLACES[n].on(
            event,
            to=PLACES[n + 1],
            when=first.at_least(10) & second.below(500),
            expects=SCREENED.happened(at_most_ago=1000) & first.total.at_least(1),
        )


PATHWAY = Pathway("benchmark", "1", PLACES[0], _rows())
BEGUN = Journey(PATHWAY).advance(SCREENED, *(fact(50) for fact in FACTS), day=0)
FINDINGS = [(event.may[0](20 + n), event.may[1](30 + n)) for n, event in enumerate(EVENTS[:STEPS])]
TOO_LOW = tuple(fact(5) for fact in EVENTS[0].may)


class Model:
    """What a user of ``transitions`` attaches to the shared machine: facts, and no history."""

    def __init__(self):
        self.facts = {fact.name: 50.0 for fact in FACTS}


def _conditions(first, second):
    return [
        lambda event, name=first.name: event.model.facts[name] >= 10,
        lambda event, name=second.name: event.model.facts[name] < 500,
    ]


def _peer_rows():
    for n, event in enumerate(EVENTS):
        first, second = event.may
        here, onward = PLACES[n].name, PLACES[n + 1].name
        if n < RIVALS:
            high = [lambda event, name=first.name: event.model.facts[name] >= 900]
            yield {"trigger": event.name, "source": here, "dest": here, "conditions": high}
        yield {"trigger": event.name, "source": here, "dest": onward, "conditions": _conditions(first, second)}


def shared_machine():
    """Return the peer's machine, without models."""
    return Machine(
        model=None,
        states=[state.name for state in PLACES],
        initial=PLACES[0].name,
        transitions=list(_peer_rows()),
        auto_transitions=False,
        send_event=True,
    )


MACHINE = shared_machine()
MODEL = Model()
MACHINE.add_model(MODEL)
TRIGGERS = [getattr(MODEL, event.name) for event in EVENTS[:STEPS]]
VALUES = [{finding.fact.name: finding.value for finding in given} for given in FINDINGS]


def walk():
    """Step a journey through its events, findings made beforehand."""
    journey = BEGUN
    for day, given in enumerate(FINDINGS):
        journey = journey.advance(EVENTS[day], *given, day=day)
    return journey


def walk_by_name():
    """Step a journey through its events, by names and bare values."""
    journey = BEGUN
    for day, given in enumerate(VALUES):
        journey = journey.advance(EVENTS[day].name, day=day, **given)
    return journey


def walk_peer():
    """Step the peer's model through the same events."""
    MODEL.state = PLACES[0].name
    facts = MODEL.facts
    for trigger, given in zip(TRIGGERS, VALUES, strict=True):
        facts.update(given)
        trigger()
    return MODEL


def refuse():
    """Have as many steps refused as ``walk`` takes; the text is not asked for."""
    for _ in range(STEPS):
        try:
            BEGUN.advance(EVENTS[0], *TOO_LOW, day=0)
        except TransitionNotAllowed:
            pass
        else:
            raise AssertionError


def accept():
    """Take the first step as often as ``refuse`` is refused it."""
    for _ in range(STEPS):
        BEGUN.advance(EVENTS[0], *FINDINGS[0], day=0)


def begin():
    """Begin a journey."""
    return Journey(PATHWAY)


def attach():
    """Attach a new model to a shared machine of the peer, and let it go."""
    model = Model()
    MACHINE.add_model(model)
    MACHINE.remove_model(model)
