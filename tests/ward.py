"""A small ward whose event logs are audited: admitted, treated, discharged."""

from hscpath import Choice, Event, Flag, Pathway, Quantity, State

PAIN = Quantity("pain", "pain", "1", low=0, high=10, resolution="0.5")
WEIGHT = Quantity("weight", "weight", "kg", low=1, high=300, resolution="0.1", units={"g": "1/1000"})
STARS = Quantity("stars", "stars counted", "1", low=0, high=10**20)
ALONE = Flag("alone", "lives alone")
WARD = Choice("ward", "ward", ("A", "B", "7"), aliases={"first": "A"})
DRUGS = Choice("drugs", "drugs", ("aspirin", "morphine", "[old]"), several=True)
ADMITTED = Event("admitted", "admitted", may=(PAIN, WEIGHT, ALONE, STARS), must=(WARD,))
TREATED = Event("treated", "treated", may=(DRUGS, PAIN))
BLED = Quantity("bled", "blood lost", "mL", low=0, high=9000)
OPERATED = Event("operated", "operated", must=(BLED,))
DISCHARGED = Event("discharged", "discharged", may=(PAIN,))
HOME, BED = State("home", "at home"), State("bed", "in a bed")
PATHWAY = Pathway(
    "ward",
    "1",
    HOME,
    [
        HOME.on(ADMITTED, to=BED, when=WEIGHT.below(200).named("no heavy lifting")),
        BED.on(TREATED, expects=DRUGS.one_of("aspirin", "morphine") & ALONE.is_true().named("alone")),
        BED.on(DISCHARGED, to=HOME, when=PAIN.below(3) & TREATED.happened(at_least_ago=1)),
        BED.on(DISCHARGED, to=HOME, when=STARS.at_least(10**19)),
        BED.on(OPERATED, expects=BLED.total.at_most(2000)),
    ],
)
