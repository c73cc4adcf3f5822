"""Shares and times: what they say, and everything that keeps them from fitting a pathway."""

import math
from fractions import Fraction

import pytest

from hscpath import Choice, Citation, Event, Flag, InvalidRates, Pathway, Quantity, State, StateGroup, lupus, months
from hscpath.citations import Certainty
from hscpath.lupus import PATHWAY, RATES
from hscpath.rates import Even, Mix, OneIn, Rates, Spread, Way, read, then

FEVER = Flag("fever", "fever", negative="no fever")
TEMPERATURE = Quantity("temperature", "temperature", "Cel", low=30, high=45, resolution="0.1")
DRUGS = Choice("drugs", "drugs", ("A", "B", "C"), several=True)
WELL, ILL, DEAD = State("well", "well"), State("ill", "ill"), State("dead", "dead", final=True)
SEEN = Event("seen", "seen", may=(FEVER, TEMPERATURE))
TREATED = Event("treated", "treated", must=(DRUGS,))
DIED, CALLED = Event("died", "died"), Event("called", "called")
TOY = Pathway("toy", "1", WELL, [
    WELL.on(SEEN, to=ILL, when=FEVER.is_true() & TEMPERATURE.above(38)),
    WELL.on(SEEN),
    ILL.on(TREATED, to=WELL),
    ILL.on(DIED, to=DEAD),
    StateGroup("living", (WELL, ILL)).on(CALLED),
])  # fmt: skip


def test_rates_are_read_as_the_pathway_understands_them():
    """Units and aliases are understood, shares add up, and each event knows where it comes from and leads to."""
    given = Rates({
        "well": [Way(1, [then("seen", Spread(1, 9), to=ILL, fever=True, temperature=Spread("38.1 Cel", 39, 41.5))])],
        ILL: [
            Way("1/3", [then(TREATED, months(1), drugs=["b", "A"])]),
            Way("2/3", [then(TREATED, drugs=Mix({"C": 0.25, ("A", "C"): "3/4"}), to="well"), then(SEEN, to="well")]),
        ],
    }, ends=[Way(1, [then(CALLED, 90)])])  # fmt: skip
    ways, ends = read(given, TOY)
    ((ill,),) = ways["well"].ways
    assert (ill.event, ill.before, ill.after, ill.days) == (SEEN, WELL, ILL, Even((1, 9)))
    assert ill.findings == ((FEVER, OneIn((True,), (1.0,))), (TEMPERATURE, Even((381, 390, 415))))
    (first,), (second, seen) = ways["ill"].ways
    assert ways["ill"].upto == (float(Fraction(1, 3)), 1.0)
    assert first.days == Even((30,))
    assert first.findings == ((DRUGS, OneIn((frozenset("AB"),), (1.0,))),)
    assert second.findings == ((DRUGS, OneIn((frozenset("C"), frozenset("AC")), (0.25, 1.0))),)
    assert (seen.before, seen.after) == (WELL, WELL)
    (end,) = ends.ways[0]
    assert (end.event, end.before, end.after) == (CALLED, None, None)


def test_rates_read_as_people_write_them():
    """Each part says in a few words what it is."""
    way = Way("0.3", [then(SEEN, Spread(1, 5, 9)), then("died")])
    assert [str(part) for part in (way, Way(1), Rates({WELL: [way], ILL: [Way(1)]}))] == [
        "0.3: seen, then died",
        "1: nothing more",
        "2 ways from 2 states",
    ]
    assert [str(Spread(*some)) for some in ((3,), (3, 3), (1, 4), (1, 2, 3, 4), ())] == [
        "3",
        "3",
        "1 to 4",
        "1 to 4",
        "",
    ]
    assert repr(Mix({"a": 1})) == "<Mix: a 1>"


def test_rates_are_told_in_the_words_of_the_pathway():
    """From each state: which share goes which way, after how long, where it leads, and the source."""
    ward = Citation("Ward", "Handbook of our ward, 2026").recalled
    told = Rates({
        WELL: [
            Way("1/3", [then(SEEN, Spread(3, 7, months(1)), to=ILL), then(TREATED, 1, drugs="A")], cite=ward),
            Way("2/3", [then(CALLED, Spread(2, 9)), then(SEEN, to=ILL)]),
        ],
        ILL: [Way(1)],
    }, ends=[Way(1, [then(CALLED, 365)])]).table(TOY)  # fmt: skip
    assert told.splitlines() == [
        "well",
        "  33.33 %  seen after 3 days to 1 months, median 7 days, then treated after 1 day: well [Ward (recalled)]",
        "  66.67 %  called after 2 to 9 days, then seen: ill",
        "",
        "ill",
        "  100 %  nothing more",
        "",
        "end of observation, from the first day on",
        "  100 %  called after 365 days",
    ]
    assert Rates({WELL: [Way(1)]}).table(TOY) == "well\n  100 %  nothing more"


def problems_of(ways, **ends):
    """Return everything that is said to be wrong with these rates of the toy pathway."""
    with pytest.raises(InvalidRates) as caught:
        Rates(ways, **ends).check(TOY)
    return [problem.text for problem in caught.value.problems]


STAYS = [Way(1)]


@pytest.mark.parametrize(
    ("ways", "told"),
    [
        ({}, ["nothing ever happens: give the ways on from 'well', where everybody starts"]),
        ({WELL: []}, ["well: the shares come to 0, not to 1"]),
        ({WELL: STAYS, "il": STAYS}, ["'il' is no state of this pathway; did you mean 'ill'?"]),
        ({WELL: STAYS, DEAD: STAYS}, ["dead: nothing follows a final state, so leave its ways out"]),
        ({WELL: [Way(0.3), Way("0.3")]}, ["well: the shares come to 3/5, not to 1"]),
        ({WELL: [Way("0.123456"), Way("0.5")]}, ["well: the shares come to 0.623456, not to 1"]),
        (
            {WELL: [Way(share) for share in (math.nan, math.inf, -0.5, 1.5, "half", True)]},
            [f"well: {it} is no share: write a number from 0 to 1" for it in ("nan", "inf", -0.5, 1.5, "'half'", True)],
        ),
        ({WELL: [Way(1, [then("sen")])]}, ["well: 'sen' is no event of this pathway; did you mean 'seen'?"]),
        ({WELL: [Way(1, [then(DIED)])]}, ["well, died: this event cannot happen in this state"]),
        ({WELL: [Way(1, [then(SEEN)])]}, ["well, seen: say where it leads, with to=: 'ill' or 'well'"]),
        ({WELL: [Way(1, [then(SEEN, to=DEAD)])]}, ["well, seen: it does not lead to 'dead'; known: ill, well"]),
        (
            {WELL: [Way(1, [then(CALLED, Spread(-1, 0.5, math.nan, math.inf, "3", True, 10**7))])]},
            ["well, called: after -1 days: no event comes before the one before it"]
            + [f"well, called: {it} is no whole number of days" for it in (0.5, "nan", "inf", "'3'", True, 10**7)],
        ),
        (
            {WELL: [Way(1, [then(CALLED, Spread(9, 1))])]},
            ["well, called, days: 9 to 1: write a spread from the least to the greatest"],
        ),
        ({WELL: [Way(1, [then(CALLED, Spread())])]}, ["well, called, days: a spread needs at least one number"]),
        (
            {WELL: [Way(1, [then(SEEN, to=WELL, fevr=True, temperature=Spread(50, "3 F"), fever=Spread(1, 2))])]},
            [
                "well, seen: it does not record 'fevr'; did you mean 'fever'?",
                "well, seen: temperature: 50 Cel is outside 30 to 45 Cel",
                "well, seen: temperature: the unit 'F' is not known; known: Cel",
                "well, seen: fever has no sizes, so no spread: give a value, or a Mix of values",
            ],
        ),
        (
            {WELL: [Way(1, [then(SEEN, to=WELL, fever=Mix({True: "0.5", "maybe": "0.2"}), temperature="hot")])]},
            [
                "well, seen, fever: the shares come to 7/10, not to 1",
                "well, seen: fever: 'maybe' is neither true nor false; write one of these",
                "well, seen: temperature: 'hot' is no value: write a number with a decimal point, and its unit if "
                "that is not Cel",
            ],
        ),
        (
            {WELL: [Way(1, [then(SEEN, to=ILL, temperature=Spread(40, 39))])], ILL: [Way(1, [then(TREATED)])]},
            ["well, seen, temperature: 40 to 39: write a spread from the least to the greatest"],
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_all_at_once(ways, told):
    """Unknown names, shares that are none, times that go back or end nowhere: each with the way that is at fault."""
    assert problems_of(ways) == told


def test_observation_ends_with_one_event_that_can_happen_anywhere():
    """How observation ends must be possible wherever a patient may be."""
    told = problems_of({WELL: STAYS}, ends=[Way("0.5", [then(DIED, -1)]), Way(0.5), Way("0.1", [then("calle")])])
    assert told == [
        "ends: the shares come to 11/10, not to 1",
        "ends, died: it cannot happen in every state, such as 'well'",
        "ends, died: after -1 days: no event comes before the one before it",
        "ends: give just one event for each way in which observation ends",
        "ends: 'calle' is no event of this pathway; did you mean 'called'?",
    ]


def test_parts_of_the_wrong_kind_are_refused_as_they_are_given():
    """What is no event, no way and no state is refused where it is written; one event needs no list."""
    for wrong in (
        lambda: Way(1, ["seen"]),
        lambda: then(3),
        lambda: then(SEEN, to=1),
        lambda: Rates({WELL: [then(SEEN)]}),
        lambda: Rates({1: [Way(1)]}),
        lambda: Rates({WELL: Way(1)}, ends=[then(SEEN)]),
    ):
        with pytest.raises(TypeError, match="must be"):
            wrong()
    assert Rates({WELL: Way(1, then(CALLED))}) == Rates({"well": [Way(1, [then(CALLED)])]})


def test_shares_that_were_computed_need_not_be_exact():
    """Three times a third, in decimals, is near enough to one; every patient goes one of the ways."""
    ways, _ = read(Rates({WELL: [Way(1 / 3), Way(1 / 3), Way(1 / 3)]}), TOY)
    assert ways["well"].upto[-1] == 1.0


def test_the_illustrative_rates_fit_the_reference_pathway_and_say_where_each_figure_is_from():
    """Every way bears its source with how certain that is; what no source gives is marked as recalled at best."""
    RATES.check(PATHWAY)
    ways = [way for some in RATES.ways.values() for way in some]
    assert all(isinstance(way.cite, Citation) for way in (*ways, *RATES.ends))
    chosen = [cite for cite in RATES.cited if cite.short == "chosen"]
    assert [cite.certainty for cite in chosen] == [Certainty.RECALLED]
    assert {cite.certainty for cite in RATES.cited} >= {Certainty.CONFIRMED, Certainty.RECALLED}
    assert lupus.RATES is RATES
    mentioned = {
        move.after.name for choices in read(RATES, PATHWAY)[0].values() for way in choices.ways for move in way
    }
    assert mentioned >= {"post_hsct_remission", "post_hsct_relapse", "kidney_transplanted", "graft_failure", "dead"}
