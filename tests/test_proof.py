"""What is proven holds of every journey; what is refuted is shown by a real one; the rest is called undecided."""

import re
import runpy
import sys

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hscpath import (
    Event,
    Journey,
    Pathway,
    PathwayError,
    State,
    StateGroup,
    Verdict,
    lupus,
    testing,
)
from hscpath.criteria import after
from hscpath.invariants import (
    Breach,
    Invariant,
    Rule,
    Standing,
    absence,
    alternate_precedence,
    chain_response,
    exclusive_choice,
    never_closed,
    not_succession,
    precedence,
    response,
    throughout,
    whenever,
)
from hscpath.lupus import INVARIANTS, PATHWAY
from hscpath.proof import ClaimStatus, Evidence, logic, prove
from hscpath.proof.claims import Prover, Satisfies
from hscpath.proof.search import Search, TransitionSystem
from hscpath.proof.stories import LET_THROUGH, NOT_STATED
from tests.profiles import MANY, examples
from tests.toy import (
    A_GRAFT,
    ABLATED,
    APLASIA,
    DEAD,
    DIED,
    DRUG,
    FEVER,
    GIVEN,
    ILL,
    LIVING,
    READY,
    RULES,
    SCORE,
    SEEN,
    SOURCE,
    STORED,
    WELL,
    toy,
)

# --- A pathway of five states, with nothing written for its proof -----------------------------------


def story(claim):
    """Return the counterexample as a person would tell it, and what is refused after it."""
    steps = claim.counterexample.steps if claim.counterexample else ()
    accepted = [", ".join((step.event.name, *map(str, step.findings))) for step in steps]
    refused = claim.record and ", ".join((claim.record.event.name, *map(str, claim.record.findings)))
    return accepted, refused


def test_a_small_pathway_proves_with_no_code_of_its_own():
    """Rows, states, events, ends, choices and every rule: all hold, and the proof prints as a table."""
    proof = prove(toy(), RULES)
    assert proof.holds
    assert proof.failed == ()
    assert proof.summary == "14 claims: 14 proven"
    lines = str(proof).splitlines()
    assert lines[0] == "toy: 14 claims: 14 proven"
    assert lines[2] == "structure"
    assert re.fullmatch(r" +\d+\.\d s  ✓ each of 8 rows decides in some journey: proven", lines[3])
    assert proof.seconds == sum(claim.seconds for claim in proof.claims)


ILL_AND_STORED = ["seen, score 5", "cells_stored"]
ABLATED_WITHOUT_FEVER = [*ILL_AND_STORED, "ablated, no fever"]
FAULTS = {
    "fever is not asked about": (
        toy(ablates=READY.on(ABLATED, to=APLASIA, when=A_GRAFT)),
        {"no ablation in fever": ([*ILL_AND_STORED, "ablated, fever"], None)},
    ),
    "cells are stored of the well": (
        toy(stores=StateGroup("anyone", (WELL, ILL)).on(STORED, to=READY)),
        {"illness first": (["cells_stored"], None), "a score of three": (["seen, score 0", "cells_stored"], None)},
    ),
    "the cells are used up in aplasia": (
        toy(rescues=APLASIA.on(GIVEN, when=A_GRAFT), recovers_=APLASIA.on(SEEN, to=WELL)),
        {
            "a rescue at hand": ([*ABLATED_WITHOUT_FEVER, "cells_given"], None),
            "cells can be given": ([*ABLATED_WITHOUT_FEVER, "cells_given"], "cells_given"),
        },
    ),
    "the graft can be lost": (
        toy(loses=READY.on(GIVEN), ablates=READY.on(ABLATED, to=APLASIA, when=FEVER.is_false())),
        {
            "a rescue at hand": ([*ILL_AND_STORED, "cells_given", "ablated, no fever"], None),
            "cells can be given": ([*ILL_AND_STORED, "cells_given", "ablated, no fever"], "cells_given"),
        },
    ),
    "the cells ask for more than a graft": (
        toy(rescues=APLASIA.on(GIVEN, to=WELL, when=A_GRAFT & SCORE.below(9))),
        {"cells can be given": (["seen, score 9", "cells_stored", "ablated, no fever"], "cells_given")},
    ),
    "nobody dies in aplasia": (
        toy(dies=StateGroup("some", (WELL, ILL, READY)).on(DIED, to=DEAD), rescues=APLASIA.on(GIVEN, when=A_GRAFT)),
        {
            "living states": (ABLATED_WITHOUT_FEVER, None),
            "a rescue at hand": ([*ABLATED_WITHOUT_FEVER, "cells_given"], None),
            "cells can be given": ([*ABLATED_WITHOUT_FEVER, "cells_given"], "cells_given"),
        },
    ),
    "death is not the only end": (
        toy(leaves=WELL.on(Event("left", "left"), to=State("gone", "gone", final=True))),
        {"each ends in death": (["left"], None)},
    ),
    "a score of four is forgotten": (
        toy(
            **{"stays well": WELL.on(SEEN, when=SCORE.below(4))},
            dies=LIVING.on(DIED, to=DEAD),
        ),
        {"seen (well)": ([], "seen, score 4")},
    ),
}


@pytest.mark.parametrize(("pathway", "expected"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_refuted_by_the_story_a_person_would_tell(pathway, expected):
    """The shortest journey that breaks the rule, with what is recorded on the way, and nothing more."""
    proof = prove(pathway, RULES)
    assert not proof.holds
    assert {claim.status for claim in proof.failed} == {ClaimStatus.REFUTED}
    found = {claim.text: claim for claim in proof.failed}
    assert len(found) == len(expected)
    for name, told in expected.items():
        (claim,) = (claim for text, claim in found.items() if name in text)
        assert story(claim) == told
        assert not claim.counterexample.deviations
        if claim.record:
            assert claim.counterexample.ask(claim.record).closed
        for rule in RULES:
            if rule.name == name and not claim.record:
                checked = rule.check(claim.counterexample)
                assert (checked.standing, checked.step) == (
                    Standing.VIOLATED, len(claim.counterexample.steps) - 1,
                )  # fmt: skip
                assert claim.why == f"broken at step {checked.step + 1}, {checked.journey.steps[-1].event}"


# --- The table itself ---------------------------------------------------------------------------------


def failed(pathway, *rules):
    """Return what is said of the claims that are not proven."""
    return [str(claim) for claim in prove(pathway, rules).failed]


def test_a_row_that_asks_for_the_impossible_is_found():
    """Nobody scores below three and at least four: the row is never met, nor reached what only a count leads to."""
    lost = State("lost", "lost")
    pathway = toy(
        **{"stays ill": None},
        recovers_soon=ILL.on(SEEN, to=READY, when=SCORE.at_least(4) & SCORE.below(3)),
        gets_lost=ILL.on(SEEN, to=lost, when=STORED.count.minus(GIVEN).below(0)),
        still_ill=ILL.on(SEEN),
        returns=lost.on(Event("returned", "returned"), to=WELL),
    )
    assert failed(pathway) == [
        "✗ ill, seen: ready: decides in some journey: refuted (nobody meets it; it can be let through)",
        "✗ ill, seen: lost: decides in some journey: refuted (nobody meets it)",
        "✗ lost, returned: well: decides in some journey: refuted (nobody meets it)",
        "✗ each of 6 states is reached in some journey: refuted (not lost)",
        "✗ each of 6 events happens in some journey: refuted (not returned)",
    ]


def test_a_row_that_another_leaves_nothing_is_found():
    """Where every patient of a row is one of an earlier row, which leads the same way, the later is never taken."""
    pathway = toy(
        **{"stays ill": None},
        recovers_late=ILL.on(SEEN, to=WELL, when=SCORE.below(2)),
        still_ill=ILL.on(SEEN),
    )
    assert failed(pathway) == ["✗ ill, seen: well: decides in some journey: refuted (nobody meets it)"]


def test_what_only_a_reason_opens_is_reached_nevertheless():
    """Nobody has a score to compare with, so the row is never met; with a reason its state is reached all the same."""
    gone = State("gone", "gone", final=True)
    pathway = Pathway("toy", "1", WELL, [WELL.on(SEEN, to=gone, when=SCORE.below(SCORE.at(SEEN)))])
    assert failed(pathway, Invariant("nobody goes", absence(gone), "a test", SOURCE)) == [
        "✗ well, seen: gone: decides in some journey: refuted (nobody meets it; it can be let through)",
        "✗ nobody goes: never gone entered: refuted (broken at step 1, seen)",
    ]


def test_a_rule_may_be_broken_before_anything_has_happened():
    """What has to be so as long as a patient stands in a state has to be so of who begins there."""
    pathway = Pathway("toy", "1", WELL, [WELL.on(SEEN), WELL.on(STORED, when=SEEN.happened()), WELL.on(DIED, to=DEAD)])
    for rule in (throughout(WELL, SEEN.happened()), never_closed(WELL, STORED)):
        told = Prover(pathway).invariant(Invariant("it", rule, "a test", SOURCE))
        assert (told.status, told.why, told.counterexample) == (
            ClaimStatus.REFUTED, "broken from the start", Journey(pathway),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("toy",), "'toy' is no pathway"),
        ((toy(), 3), "invariants: give a list of them, not 3"),
        ((toy(), [absence(DIED)]), "is no invariant: write"),
        ((toy(), [RULES[0], RULES[0]]), "two invariants are called"),
    ],
)
def test_what_is_nothing_to_prove_is_told_at_once(arguments, says):
    """A rule without a name and a reason, a single invariant, two of one name: told before anything is proven."""
    with pytest.raises((TypeError, ValueError), match=re.escape(says)):
        prove(*arguments)


@pytest.mark.parametrize("limit", [-1, float("nan"), "3", None, True])
def test_a_limit_is_a_number_of_seconds(limit):
    """No time to look at anything may be asked for; what is no time at all is refused."""
    with pytest.raises((TypeError, ValueError), match=r"limit: .* is no number of seconds"):
        prove(toy(), limit=limit)


def test_rows_that_overlap_are_shown_on_a_chart():
    """A patient whom two rows would take goes the way of the first; the proof names both, with such a patient."""
    pathway = toy(**{"stays well": WELL.on(SEEN, when=SCORE.at_most(6))})
    (claim,) = (claim for claim in prove(pathway).claims if claim.text.startswith("seen (well)"))
    assert claim.status is ClaimStatus.PROVEN
    assert claim.why == "of 'ill' and 'no change of state', the first decides"
    (overlap,) = claim.overlaps
    chart = overlap.example.journey.ask(overlap.example.record).chart
    assert chart.check(overlap.first.when) is chart.check(overlap.second.when) is Verdict.MET


def test_where_no_row_decides_another_event_may_lead_on():
    """Refused by every row is not stuck, where something else can be done about it."""
    pathway = toy(**{"stays ill": ILL.on(SEEN, when=SCORE.above(4))})
    (claim,) = (claim for claim in prove(pathway).claims if claim.text.startswith("seen (ill)"))
    assert claim.status is ClaimStatus.PROVEN
    assert re.fullmatch(r"refused with score [34]; instead: cells stored, died", claim.why)


def test_a_way_out_that_depends_on_the_record_is_not_taken_for_one():
    """If only some of the patients can leave a state, the prover does not say that each can."""
    pathway = toy(
        dies=StateGroup("some", (WELL, ILL, READY)).on(DIED, to=DEAD),
        rescues=APLASIA.on(GIVEN, to=WELL, when=A_GRAFT & SCORE.below(9)),
    )
    assert "? each of 4 living states can be left for an end, whatever was recorded: undecided " in failed(pathway)[0]
    assert failed(toy(dies=LIVING.on(Event("died", "died", may=(DRUG,)), to=DEAD, when=DRUG.one_of("A")))) == []


# --- What cannot be proven ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (
            response(STORED, ABLATED).within(9),
            "times are checked on journeys, and not proven",
        ),
        (precedence(LIVING, Event("cured", "cured")), "the pathway does not have: cured"),
        (
            Rule(precedence(ILL, STORED).template, (ILL, throughout(ILL, A_GRAFT).letters[0])),
            "cannot follow two criteria",
        ),
        (
            Rule(exclusive_choice(ILL, STORED).template, (Breach(SEEN, A_GRAFT), Breach(STORED, A_GRAFT))),
            "two criteria",
        ),
    ],
    ids=["time", "strange", "standing", "two"],
)
def test_what_the_prover_cannot_express_is_named_and_the_rest_still_proven(rule, why):
    """One rule that is beyond it does not stop the prover, and is not called proven."""
    beyond = Invariant("beyond", rule, "who knows", SOURCE)
    proof = prove(toy(), (beyond, *RULES))
    (claim,) = proof.failed
    assert (claim.status, claim.status.mark) == (ClaimStatus.UNDECIDED, "?")
    assert why in claim.why


def test_what_takes_too_long_is_undecided():
    """Without any time nothing is proven, and nothing refuted."""
    proof = prove(toy(), RULES, limit=0)
    assert {claim.status for claim in proof.claims} == {ClaimStatus.UNDECIDED}
    assert all("it took too long" in claim.why or claim.why.startswith("not ") for claim in proof.claims)


def test_what_is_not_followed_over_time_is_undecided():
    """Totals of what was measured are more than the prover remembers: it says so, and names the criterion."""
    total = SCORE.total.at_least(3)
    pathway = toy(ablates=READY.on(ABLATED, to=APLASIA, when=A_GRAFT & total))
    rule = Invariant("three in all in aplasia", throughout(APLASIA, total), "a test", SOURCE)
    (found,) = prove(pathway, [rule]).failed
    assert found.status is ClaimStatus.UNDECIDED
    assert found.why == "the prover does not follow over time: total score at least 3"
    more = throughout(READY, GIVEN.count.at_most(STORED.count))
    (found,) = prove(toy(), [Invariant("no more given than stored", more, "a test", SOURCE)]).failed
    assert found.why.endswith("number of times cells given back at most number of times cells stored")


# --- What is remembered ------------------------------------------------------------------------------

BASELINE = SCORE.at(STORED).called("score before")
HARD_TO_PROVE = {
    "a score that was high when cells were stored": (
        toy(stores=ILL.on(STORED, to=READY, when=SCORE.at_least(5)), sees=READY.on(SEEN)),
        whenever(ABLATED, BASELINE.at_least(5)),
        ClaimStatus.PROVEN,
    ),
    "a score that was low when cells were stored": (
        toy(sees=READY.on(SEEN)),
        whenever(ABLATED, BASELINE.at_least(5)),
        ClaimStatus.REFUTED,
    ),
    "a score that has fallen since": (
        toy(sees=READY.on(SEEN, to=APLASIA, when=SCORE.below(BASELINE.times("1/2"))), ablates=READY.on(ABLATED)),
        throughout(APLASIA, SCORE.below(BASELINE)),
        ClaimStatus.PROVEN,
    ),
    "a score below three since the cells were stored": (
        toy(ablates=READY.on(ABLATED, to=APLASIA, when=SCORE.below(3, since=STORED)), sees=READY.on(SEEN)),
        throughout(APLASIA, SCORE.below(3, since=STORED)),
        ClaimStatus.PROVEN,
    ),
    "three stored, two given": (
        toy(more=READY.on(STORED), gives=READY.on(GIVEN, when=STORED.count.minus(GIVEN).at_least(2))),
        throughout(READY, A_GRAFT),
        ClaimStatus.PROVEN,
    ),
    "no more than two given after each collection": (
        toy(more=READY.on(STORED), gives=READY.on(GIVEN, when=GIVEN.count.below(2, since=after(STORED)))),
        throughout(READY, GIVEN.count.at_most(2, since=after(STORED))),
        ClaimStatus.PROVEN,
    ),
    "one stored, any number given": (
        toy(more=READY.on(STORED), gives=READY.on(GIVEN, when=STORED.happened())),
        throughout(READY, A_GRAFT),
        ClaimStatus.REFUTED,
    ),
}


@pytest.mark.parametrize(("pathway", "rule", "outcome"), HARD_TO_PROVE.values(), ids=HARD_TO_PROVE)
def test_what_was_recorded_is_followed_as_far_as_a_rule_needs(pathway, rule, outcome):
    """Baselines, ratios, counts and what has happened since: remembered from step to step where that decides."""
    assert Prover(pathway).invariant(Invariant("it", rule, "a test", SOURCE)).status is outcome


def test_what_must_be_recorded_may_be_inferred_in_a_counterexample():
    """A step that was inferred leaves unknown what it must record; the story says so."""
    seen = Event("seen", "seen", must=(DRUG, FEVER, SCORE))
    pathway = Pathway(
        "toy", "1", WELL, [WELL.on(seen, to=ILL, when=DRUG.one_of("A")), ILL.on(seen), ILL.on(DIED, to=DEAD)]
    )
    rule = Invariant("drug A", throughout(ILL, DRUG.one_of("A")), "a test", SOURCE)
    refuted = Prover(pathway).invariant(rule)
    assert [step.findings[0].text for step in refuted.counterexample.steps] == ["A", "B"]
    assert [len(step.findings) for step in refuted.counterexample.steps] == [3, 3]
    unknown = Satisfies((ILL,), DIED, lambda terms: logic.z3.Not(terms.read(DRUG.one_of("A")).known))
    found = Prover(pathway).find(unknown).journey
    assert [step.inferred for step in found.steps] == [NOT_STATED]
    assert found.deviations[0].reason == LET_THROUGH


def test_what_is_never_closed_stays_open_whatever_it_records():
    """The checker sees that nothing closes it yet; the prover asks for every value that it might record."""
    rested = Event("rested", "rested")
    pathway = Pathway(
        "toy", "1", WELL, [WELL.on(SEEN, to=ILL, when=SCORE.below(9)), WELL.on(rested), ILL.on(DIED, to=DEAD)]
    )
    refuted = Prover(pathway).invariant(Invariant("seen", never_closed(WELL, SEEN), "a test", SOURCE))
    assert (refuted.status, refuted.why) == (ClaimStatus.REFUTED, "seen is refused")
    assert story(refuted) == ([], "seen, score 9")


def test_a_proof_is_one_of_every_table_that_differs_elsewhere():
    """What was searched need not be searched again for a fault that no journey of the proof can meet."""
    evidence = Evidence()
    Prover(toy(), evidence=evidence).invariant(next(rule for rule in RULES if rule.name == "no ablation in fever"))
    (search,) = evidence.of(toy()).searches.values()
    for other, still in ((toy(stays_ill=ILL.on(SEEN, to=WELL)), True), (FAULTS["fever is not asked about"][0], False)):
        assert search.answers_for(TransitionSystem(other, evidence)) is still


# --- Random pathways ----------------------------------------------------------------------------------


@st.composite
def rules(draw, pathway):
    """Draw a rule about a pathway."""
    events, states = st.sampled_from(pathway.events), st.sampled_from(pathway.states)
    guard = st.sampled_from(pathway.guards) | testing.criteria(pathway.facts, pathway.events)
    pairs = (precedence, alternate_precedence, not_succession, response, chain_response, exclusive_choice)
    return draw(
        st.builds(whenever, events, guard)
        | st.builds(throughout, states, guard)
        | st.builds(never_closed, states, events)
        | st.builds(absence, events | states, st.integers(1, 3))
        | st.one_of(*(st.builds(pair, events | states, events | states) for pair in pairs))
    )


@examples(0.3)
@given(st.data())
def test_no_journey_breaks_what_is_proven_and_none_is_shorter_than_what_refutes(data):
    """On any pathway, of any rule: prover, checker and engine never contradict each other."""
    pathway = data.draw(testing.pathways())
    prover = Prover(pathway, 20)
    claims = [
        (invariant, prover.invariant(invariant))
        for invariant in (Invariant(f"{n}", data.draw(rules(pathway)), "any", SOURCE) for n in range(3))
    ]
    for invariant, claim in claims:
        assert claim.status is not ClaimStatus.UNDECIDED or "does not follow over time" in claim.why
        for _ in range(3):
            checked = invariant.check(data.draw(testing.journeys(pathway)))
            if checked.standing is Standing.VIOLATED:
                assert claim.status is not ClaimStatus.PROVEN
                refuted = claim.status is ClaimStatus.REFUTED
                steps = 0 if checked.step is None else checked.step + 1
                assert not refuted or len(claim.counterexample.steps) <= steps


@examples(0.12)
@given(testing.pathways())
def test_of_any_pathway_every_claim_about_the_table_is_decided(pathway):
    """Rows that never decide and patients who are stuck are found in any pathway, and shown by real journeys."""
    for claim in prove(pathway, limit=20 if MANY else 0.2).claims:
        assert claim.status is not ClaimStatus.UNDECIDED or claim.why
        if claim.record is not None:
            assert claim.counterexample.ask(claim.record).closed


# --- Shared evidence ----------------------------------------------------------------------------------


def found(proof):
    """Return what a proof found, without how long it took and which of several values were recorded."""
    return [
        (
            claim.text,
            claim.status,
            claim.counterexample and [step.event for step in claim.counterexample.steps],
            claim.record and claim.record.event,
            [(overlap.first, overlap.second) for overlap in claim.overlaps],
        )
        for claim in proof.claims
    ]


def test_with_the_evidence_of_others_the_same_is_found():
    """Each faulty pathway is proven after all the others and before them, and as if there were no others."""
    pathways = [toy(), *(pathway for pathway, _ in FAULTS.values())]
    for order in (pathways, pathways[::-1]):
        evidence = Evidence()
        for pathway in order:
            assert found(prove(pathway, RULES, evidence=evidence)) == found(prove(pathway, RULES))


@examples(0.3)
@given(st.data())
def test_evidence_of_a_pathway_misleads_nobody_about_one_with_another_row(data):
    """Whatever one row asks for on one pathway and not on the other, what is found of the other is the same."""
    pathway = data.draw(testing.pathways())
    rows = list(pathway.transitions)
    place = data.draw(st.integers(0, len(rows) - 1))
    rows[place] = attrs.evolve(rows[place], when=data.draw(st.sampled_from(pathway.guards)))
    try:
        other = attrs.evolve(pathway, transitions=rows)
    except PathwayError:
        assume(False)
    invariant = Invariant("it", data.draw(rules(pathway)), "any", SOURCE)
    for first, second in ((pathway, other), (other, pathway)):
        evidence = Evidence()
        Prover(first, 5, evidence).invariant(invariant)
        again, alone = (Prover(second, 5, given).invariant(invariant) for given in (evidence, None))
        if ClaimStatus.UNDECIDED not in (again.status, alone.status):
            assert again.status is alone.status
            assert len(story(again)[0]) == len(story(alone)[0])


def test_where_only_what_needs_a_reason_differs_nothing_is_searched_for_again(monkeypatch):
    """Soft criteria close no way: the same journeys lead there, with other reasons for what they go on in spite of."""
    soft = toy(stores=ILL.on(STORED, to=READY, expects=FEVER.is_true() & SCORE.above(9)))
    never_ready = Invariant("nobody is ready", absence(READY), "a test", SOURCE)
    evidence = Evidence()
    plain = prove(toy(), [never_ready], evidence=evidence)
    expected = prove(soft, [never_ready])
    monkeypatch.setattr(Search, "run", None)
    again = prove(soft, [never_ready], evidence=evidence)
    assert found(again) == found(expected) == found(plain)
    (before,), (after_) = plain.failed, again.failed[0]
    assert before.counterexample.deviations == ()
    assert [deviation.reason for deviation in after_.counterexample.deviations] == [LET_THROUGH]


# --- The reference pathway ------------------------------------------------------------------------------


@pytest.mark.slow
def test_everything_is_proven_of_the_reference_pathway():
    """Nothing undecided, nothing refuted, for journeys of any length; ``.ci/run`` proves it under every guideline."""
    evidence = Evidence()
    for pathway in (PATHWAY, lupus.pathway(lupus.LIST)):
        proof = prove(pathway, INVARIANTS, evidence=evidence)
        assert [str(claim) for claim in proof.failed] == []
        assert len(proof.claims) > len(INVARIANTS) + 10


def test_without_the_solver_the_extra_is_named(monkeypatch):
    """Whoever asks for a proof without z3 is told what to install."""
    monkeypatch.setitem(sys.modules, "z3", None)
    with pytest.raises(ModuleNotFoundError, match=re.escape('hscpath.proof needs z3: pip install "hscpath[verify]"')):
        runpy.run_path(logic.__file__)


def test_a_prover_that_errs_is_not_believed():
    """If the journey found does not break the rule, as the checker sees it, nothing is said to be refuted."""
    prover = Prover(toy())
    rule = attrs.evolve(RULES[2], rule=absence(DIED))
    told = prover.invariant(rule)
    assert story(told)[0] == ["died"]
    prover.find = lambda _: attrs.evolve(Prover(toy()).find(Satisfies((WELL,), SEEN, lambda _: True)), record=None)
    assert prover.invariant(rule).status is ClaimStatus.UNDECIDED
    assert "the checker says" in prover.invariant(rule).why
