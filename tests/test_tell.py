"""Stories and tables: every word from the pathway's labels, every number with its source."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hscpath import (
    Citation,
    Event,
    Flag,
    Guideline,
    Journey,
    Pathway,
    Quantity,
    Record,
    State,
    StateGroup,
    TransitionNotAllowed,
    lupus,
    months,
    tell,
    testing,
)
from hscpath.lupus import CELLS_REINFUSED, PATHWAY, SLEDAI, UPCR
from hscpath.pathway import Criteria

ROME = Citation("Rome 2020", "Rome A, et al. On remission. 2020", where="Table 1")
FEVER, RASH = Flag("fever", "fever", negative="no fever"), Flag("rash", "rash")
SICK, WELL = State("sick_state", "sick"), State("well_state", "well", final=True)
SEEN = Event("was_seen", "seen", may=(FEVER, RASH))
LEFT = Event("has_left", "sent home", may=(FEVER, RASH))
TOY = Pathway(
    "toy",
    "1",
    SICK,
    (
        SICK.on(SEEN),
        SICK.on(
            LEFT,
            to=WELL,
            when=(SEEN.happened() | RASH.is_true()).named("looked at", ROME) & FEVER.is_false(),
            expects=~RASH.is_true().named("spotty"),
            cite=Citation("Paris 1999", "Paris B. On leaving. 1999"),
        ),
    ),
    day_zero=SEEN,
    day_counted="hospital day",
)


def test_a_story_tells_what_decided_each_step_and_from_which_source():
    """Days, findings, criteria, deviations, inferences and references, in words."""
    journey = Journey(TOY).advance("was_seen", day=3, inferred="she was in hospital")
    journey = journey.advance("has_left", day=months(1), fever=False, override="not looked for")
    assert tell.story(journey, title="A fever", citation=Citation("Case", "Doe J. A fever. 2021")).splitlines() == [
        "A fever",
        "Source: Doe J. A fever. 2021",
        "",
        "Day 3, hospital day 0: seen.",
        "  (not stated, inferred: she was in hospital)",
        "",
        "About 1 months (day 30), hospital day +27: sent home. No fever.",
        "  ✓ looked at: seen, day 3 [Rome 2020, Table 1]",
        "  ✓ no fever: no fever",
        "  ? not documented: not (spotty); reason: not looked for",
        "  → well",
        "",
        "References",
        "  Paris 1999: Paris B. On leaving. 1999",
        "  Rome 2020: Rome A, et al. On remission. 2020",
    ]


def test_a_story_without_values_says_nothing_that_was_found():
    """Events and verdicts are told; findings, evidence and reasons, which may hold findings, are not."""
    journey = Journey(TOY).advance("was_seen", rash=True, inferred="a rash was seen later")
    journey = journey.advance("has_left", fever=False, override="rash fading")
    assert tell.story(journey, values=False).splitlines() == [
        "Day not recorded (hospital day 0): seen.",
        "  (not stated, inferred)",
        "",
        "Day not recorded: sent home.",
        "  ✓ looked at [Rome 2020, Table 1]",
        "  ✓ no fever",
        "  ✗ departs: not (spotty)",
        "  → well",
        "",
        "References",
        "  Paris 1999: Paris B. On leaving. 1999",
        "  Rome 2020: Rome A, et al. On remission. 2020",
    ]


def test_a_journey_of_no_steps_has_a_short_story():
    """There is nothing to tell of a patient to whom nothing has happened."""
    assert tell.story(Journey(TOY)) == ""
    assert tell.story(Journey(TOY), title="Nobody") == "Nobody"


def test_negative_evidence_is_told_from_all_parts():
    """Where a criterion is met because another is not, what is recorded is told."""
    neither = Pathway(
        "neither", "1", SICK, (SICK.on(SEEN, to=WELL, when=~(FEVER.is_true() | RASH.is_true()).named("ill")),)
    )
    story = tell.story(Journey(neither).advance("was_seen", fever=False, rash=False))
    assert "✓ not (ill): no fever; not rash" in story


@given(st.data())
def test_no_name_of_code_appears_in_a_story(data):
    """Whatever happens, people read labels and never identifiers."""
    journey = data.draw(testing.journeys(PATHWAY))
    story = tell.story(journey)
    for thing in (*PATHWAY.states, *PATHWAY.events, *PATHWAY.facts):
        if "_" in thing.name:
            assert thing.name not in story
    assert not re.search(r"[a-z]_[a-z]", story)


@given(st.data())
def test_any_journey_can_be_told(data):
    """Every step of every journey on any pathway has its line, and every source its reference."""
    journey = data.draw(testing.journeys(data.draw(testing.pathways())))
    story = tell.story(journey)
    assert len(re.findall(r"^(Day|About)", story, re.MULTILINE)) == len(journey.steps)
    assert story.count("; reason: ") == len(journey.deviations)


@pytest.mark.parametrize("form", ["text", "md"])
def test_the_table_has_every_row_with_its_criteria_and_sources(form):
    """A clinician finds each state, event, target, criterion and source in the table."""
    table = tell.table(TOY, form)
    for words in (
        "sick",
        "sent home",
        "well",
        "looked at (seen on record or rash) [Rome 2020, Table 1]",
        "not (spotty)",
    ):
        assert words in table
    assert "Paris 1999" in table


def test_the_markdown_table_is_one():
    """Each row of the table has as many cells as its head, whatever its words hold."""
    odd = Event("odd", "odd | even")
    table = tell.table(Pathway("p", "1", SICK, (SICK.on(odd), SICK.on(LEFT, to=WELL))), "md")
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()} == {7}
    assert "(no change)" in table


def test_one_new_line_in_a_guideline_shows_in_refusal_story_and_table():
    """A criterion added to a guideline is told wherever the pathway is, with the guideline's source."""
    strict = Guideline(
        "Ward rule",
        "1",
        Citation("Ward 2026", "Ward handbook, 2026"),
        {"remission": Criteria(when=SLEDAI.below(1, since=CELLS_REINFUSED), expects=UPCR.below("0.2"))},
    )
    pathway = lupus.pathway(strict)
    assert "SLEDAI below 1, since stem cells reinfused [Ward 2026]" in tell.table(pathway)
    from tests.test_journey import transplanted

    patient = transplanted(day=0).advance("neutrophils_recovered", day=10, days_of_neutrophils=3)
    patient = Journey.replay(pathway, patient.steps)
    assert "✗ SLEDAI below 1: 2 [Ward 2026]" in str(patient.consider("response_assessed", day=100, sledai=2))
    well = patient.advance("response_assessed", day=100, sledai=0, upcr=0.1)
    assert "✓ SLEDAI below 1: 0 [Ward 2026]" in tell.story(well)
    assert "Ward 2026: Ward handbook, 2026" in tell.story(well)


def test_a_story_says_why_a_patient_did_not_do_better(ana):
    """An assessment without response shows which criterion of which response was missed."""
    story = tell.story(ana.advance("response_assessed", day=200, upcr=2.9, egfr=80))
    assert "  not complete response: ✗ UPCR below 0.5 g/g: 2.9 g/g [KDIGO 2024" in story
    assert "  not partial response: ✗ UPCR at most 50 % of baseline UPCR: 2.9 g/g; baseline UPCR 3.4 g/g" in story


def test_a_story_shows_the_evidence_within_a_group_of_criteria():
    """Of several criteria under one name, those that are met are told with what was found."""
    score = Quantity("score", "score", "1", low=0, high=9)
    seen = Event("seen", "seen", may=(score, FEVER))
    ill = (score.above(3) | FEVER.is_true()).named("ill")
    toy = Pathway(
        "ill", "1", SICK, (SICK.on(seen, to=SICK, when=~ill), SICK.on(seen, to=SICK, when=ill), SICK.on(LEFT, to=WELL))
    )
    told = tell.story(Journey(toy).advance("seen", score=5, fever=False))
    assert told.splitlines() == ["Day not recorded: seen. Score 5, no fever.", "  ✓ ill: score 5"]


def test_a_day_beyond_the_calendar_is_told_as_a_day():
    """A day before the first year of the calendar has no date, and is told all the same."""
    journey = Journey(TOY, began=date(2020, 1, 1)).advance("was_seen", day=-999_999).advance("was_seen", day=3)
    assert "Day -999999, hospital day 0: seen." in tell.story(journey)
    assert "2020-01-04 (day 3), hospital day 0: seen." in tell.story(journey)


# Tables and sources.


def test_the_table_explains_its_groups_and_words():
    """Below the rows stand the states of each group, and what each named part of a criterion means."""
    group = StateGroup("anyone seen", (SICK,))
    ill = (FEVER.is_true() | RASH.is_true()).named("ill", ROME)
    table = tell.table(
        Pathway("p", "1", SICK, (group.on(SEEN), group.on(LEFT, to=WELL, when=~(ill & ~RASH.is_true()))))
    )
    assert table.splitlines()[2:] == [
        "anyone seen",
        "  seen",
        "  sent home → well",
        "      must: not ('ill' and not rash)",
        "",
        "Groups of states",
        "  anyone seen: sick",
        "",
        "Words in quotation marks",
        "  ill (fever or rash) [Rome 2020, Table 1]",
    ]


def test_every_source_says_how_certain_it_is_and_what_rests_on_it():
    """References are listed once for each certainty, with the criteria and rows that cite them."""
    recalled = RASH.is_true().named("spotty", ROME.recalled)
    pathway = Pathway(
        "p",
        "1",
        SICK,
        (SICK.on(SEEN, expects=recalled), SICK.on(LEFT, to=WELL, when=~FEVER.is_true().named("ill", ROME), cite=ROME)),
    )
    assert tell.sources(TOY, pathway).splitlines() == [
        "Paris 1999 (confirmed)",
        "  Paris B. On leaving. 1999",
        "  for: sick, sent home: well",
        "Rome 2020 (confirmed)",
        "  Rome A, et al. On remission. 2020",
        "  for: looked at; sick, sent home: well; ill",
        "Rome 2020 (recalled)",
        "  Rome A, et al. On remission. 2020",
        "  for: spotty",
    ]


# Comparisons.

LOG = (
    Record("enrolled", {"status_at_entry": "complete response", "upcr": 0.2, "creatinine": 0.8}, day=0),
    Record("results_recorded", {"urine_red_cells": 3, "acanthocytes": 0, "new_casts": False}, day=50),
    Record("relapse_diagnosed", {"upcr": 0.7, "creatinine": 0.8}, day=60),
    Record("immunosuppression_started", day=61),
)


def ward(**points):
    """Return the reference pathway under a guideline of one's own."""
    return lupus.pathway(Guideline("Ward", "1", ROME, points))


def test_a_comparison_says_where_guidelines_part_and_why():
    """The same patient has a relapse by one guideline and no flare by the other: criterion, value and source."""
    told = tell.compare(LOG, {"default": PATHWAY, "KDIGO 2012": lupus.pathway(lupus.KDIGO_2012_FLARES)})
    assert [course.outcome for course in told.courses] == ["immunosuppression under way"] * 2
    assert [course.noted("departs") for course in told.courses] == [0, 1]
    (parting,) = told.partings
    assert parting.event == "Day 60: relapse diagnosed"
    assert parting.cells["default"] == (
        "✓ proteinuria has returned (UPCR above 0.5 g/g): 0.7 g/g [relapse after response, Table 2]",
        "→ relapsed",
    )
    assert parting.cells["KDIGO 2012"] == (
        "✗ a mild, moderate or severe flare: urine red cells 3 per field (day 50); acanthocytes 0 per field (day 50); "
        "no new casts (day 50); creatinine 0.8 mg/dL; creatinine at response 0.8 mg/dL (day 0); UPCR 0.7 g/g; "
        "UPCR at response 0.2 g/g (day 0) [KDIGO 2012, Table 29]",
        "→ relapsed (departs 1)",
    )
    assert "Day 60: relapse diagnosed\n  default\n    ✓ proteinuria has returned" in str(told)


def test_a_comparison_shows_what_only_one_guideline_refuses():
    """Under one guideline the course ends where under the other it goes on."""
    strict = ward(relapse_after_complete_response=Criteria(when=UPCR.above(1, since=lupus.RESPONSE)))
    told = tell.compare(LOG, {"default": PATHWAY, "ward": strict})
    assert told.courses[1].outcome == "complete response, stopped at event 3"
    assert isinstance(told.courses[1].stopped, TransitionNotAllowed)
    assert told.partings[0].cells["ward"] == (
        "not relapsed: ✗ UPCR above 1 g/g: 0.7 g/g [Rome 2020, Table 1]",
        "→ refused",
    )
    assert set(told.partings[0].cells) == {"default", "ward"}
    assert len(told.partings) == 1


def test_a_comparison_shows_the_criterion_that_sent_the_patient_elsewhere():
    """Where one guideline calls a response complete and the other partial, the stricter threshold is named."""
    strict = ward(complete_response=Criteria(when=UPCR.below("0.3", since=lupus.THIS_COURSE)))
    log = (
        Record("kidney_biopsy_reported", {"ln_class": "IV", "upcr": 3, "egfr": 80}, day=0),
        Record("immunosuppression_started", day=1),
        Record("response_assessed", {"upcr": 0.35, "egfr": 80}, day=200),
        Record("refractory_declared", {"upcr": 3, "adherent": True}, day=400),
    )
    told = tell.compare(log, {"default": PATHWAY, "ward": strict})
    response, refractory = told.partings
    assert response.cells["default"][-1] == "→ complete response"
    assert response.cells["ward"][0] == "not complete response: ✗ UPCR below 0.3 g/g: 0.35 g/g [Rome 2020, Table 1]"
    assert response.cells["ward"][-1] == "→ partial response"
    assert refractory.cells["default"] == ("cannot happen in this state (complete response)", "→ refused")
    assert refractory.cells["ward"][-1] == "→ refractory disease"


def test_a_comparison_says_where_a_step_is_left_open():
    """What is not recorded may decide for one guideline and not for another, where the step then stays open."""
    log = (
        Record("kidney_biopsy_reported", {"ln_class": "IV", "upcr": 3, "egfr": 80}, day=0),
        Record("immunosuppression_started", day=1),
        Record("response_assessed", {"upcr": 0.35, "egfr": 80}, day=200),
    )
    open_ = ward(complete_response=Criteria(when=SLEDAI.below(3)))
    (parting,) = tell.compare(log, {"default": PATHWAY, "ward": open_}).partings
    assert parting.cells["ward"][-1] == "→ open: complete response or partial response"


def test_a_comparison_says_what_cannot_be_recorded():
    """A statement of where a step led that one guideline contradicts is told as what it is."""
    strict = ward(complete_response=Criteria(when=UPCR.below("0.3", since=lupus.THIS_COURSE)))
    log = (
        Record("kidney_biopsy_reported", {"ln_class": "IV", "upcr": 3, "egfr": 80}, day=0),
        Record("immunosuppression_started", day=1),
        Record("response_assessed", {"upcr": 0.2, "egfr": 80}, day=200, to="partial_response"),
    )
    (parting,) = tell.compare(
        log, {"ward": strict, "open": ward(complete_response=Criteria(when=SLEDAI.below(3)))}
    ).partings
    assert parting.cells["ward"] == (
        "→ cannot be recorded: to: what is recorded decides that this leads to 'complete_response', "
        "not 'partial_response'",
    )
    assert parting.event == "Day 200: response assessed"


def test_a_comparison_of_a_pathway_with_itself_finds_nothing():
    """Where all ask the same, nothing parts, and what cannot be recorded ends every course alike."""
    told = tell.compare([*LOG, Record("no such event")], {"one": PATHWAY, "other": lupus.pathway()})
    assert told.partings == ()
    assert [course.outcome for course in told.courses] == ["immunosuppression under way, stopped at event 5"] * 2
    assert str(told).splitlines()[-1] == "No event on which they part."


@given(st.data())
def test_a_comparison_agrees_with_a_replay(data):
    """Each course is what a replay that records deviations gives, and alone it parts from nothing."""
    pathway = data.draw(testing.pathways())
    log = data.draw(testing.logs(pathway))
    told = tell.compare(log, {"alone": pathway})
    assert told.partings == ()
    (course,) = told.courses
    if course.stopped is None:
        assert course.journey == Journey.replay(pathway, log, on_deviation="record")
    assert len(course.decisions()) == len(course.journey.steps) + isinstance(course.stopped, TransitionNotAllowed)


def test_what_people_wrote_cannot_pass_for_a_line_of_the_story():
    """Reasons with line breaks or control characters stand on one line, as what they are."""
    forged = "seen\n\nDay 31: died.\x1b[31m"
    journey = Journey(PATHWAY).advance("sle_diagnosed", day=0, inferred=forged)
    told = tell.story(journey)
    assert "(not stated, inferred: seen Day 31: died. [31m)" in told
    assert "\nDay 31" not in told
