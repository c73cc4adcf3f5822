"""One pathway for ``hscpath`` and for its peers: 23 states, 35 guarded rows, journeys of 14 events.

Ours knows thirty facts, keeps derived facts and the whole history, and knows met from unknown.
"""

from importlib.metadata import PackageNotFoundError, version

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
KNOWN = {fact.name: 50.0 for fact in FACTS}
FINDINGS = [(event.may[0](20 + n), event.may[1](30 + n)) for n, event in enumerate(EVENTS[:STEPS])]
VALUES = [{finding.fact.name: finding.value for finding in given} for given in FINDINGS]
TOO_LOW = tuple(fact(5) for fact in EVENTS[0].may)


class NotInstalled(Exception):
    """A peer cannot be measured, because its package is not there."""


class Refused(Exception):
    """What a peer raises that has no refusal of its own."""


class Walker:
    """A way to take patients along the pathway: ours, or a peer's."""

    package = "hscpath"
    form = ""
    journey = tuple((event.name, given) for event, given in zip(EVENTS[:STEPS], VALUES, strict=True))
    """Fourteen events, with what is found at each."""
    too_low = (EVENTS[0].name, {finding.fact.name: finding.value for finding in TOO_LOW})
    """The first event, with values that do not allow it."""
    refusal: type[Exception] = Refused

    def __init__(self):
        try:
            self.name = f"{self.package} {version(self.package)}{self.form}"
        except PackageNotFoundError:
            raise NotInstalled(f"{self.package}{self.form} is left out: pip install {self.package}") from None
        self.build()

    def build(self):
        """Import the package and make what all patients share."""

    def begin(self):
        """Return a new patient."""
        raise NotImplementedError

    def ready(self):
        """Return a new patient in the first state, of whom every fact is known."""
        return self.begin()

    def step(self, patient, event, given):
        """Return the patient after an event; where it may not happen, refuse as the package does."""
        raise NotImplementedError

    def state(self, patient):
        """Return the name of the patient's state."""
        raise NotImplementedError

    def walk(self, patient):
        """Return the patient after fourteen steps."""
        step = self.step
        for event, given in self.journey:
            patient = step(patient, event, given)
        return patient

    def refuse(self, patient):
        """Return the patient after as many refusals, of which no text was asked for."""
        step, (event, given) = self.step, self.too_low
        for _ in range(STEPS):
            try:
                patient = step(patient, event, given)
            except self.refusal:
                continue
        return patient

    @property
    def works(self):
        """What can be timed, by name: what prepares its arguments, and the work itself."""
        return {
            "walk": (lambda: (self.ready(),), self.walk),
            "refuse": (lambda: (self.ready(),), self.refuse),
            "begin": (tuple, self.begin),
        }


class Ours(Walker):
    """A journey, given findings that were made beforehand."""

    journey = tuple((EVENTS[day], (day, *given)) for day, given in enumerate(FINDINGS))
    too_low = (EVENTS[0], (0, *TOO_LOW))
    refusal = TransitionNotAllowed

    def begin(self):
        """Return a new journey."""
        return Journey(PATHWAY)

    def ready(self):
        """Return a journey whose first step recorded thirty facts."""
        return self.begin().advance(SCREENED, day=0, **KNOWN)

    def step(self, patient, event, given):
        """Return the journey advanced."""
        day, *findings = given
        return patient.advance(event, *findings, day=day)

    def state(self, patient):
        """Return the name of the journey's state."""
        return patient.state.name

    def accept(self, patient):
        """Take the first step as often as ``refuse`` is refused it."""
        event, given = self.journey[0]
        for _ in range(STEPS):
            self.step(patient, event, given)


class OursByName(Ours):
    """A journey, given names and bare values."""

    form = ", by name"
    journey = tuple((event, {**given, "day": day}) for day, (event, given) in enumerate(Walker.journey))
    too_low = (EVENTS[0].name, {**Walker.too_low[1], "day": 0})

    def step(self, patient, event, given):
        """Return the journey advanced."""
        return patient.advance(event, **given)
