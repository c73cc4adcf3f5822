"""Stories and tables: every word from the pathway's labels, every number with its source."""

import re
from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from hscpath import (
    SAME_DAY,
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
from hscpath.errors import on_one_line
from hscpath.lupus import CELLS_REINFUSED, PATHWAY, SLEDAI, UPCR
from hscpath.outline import _size, columns
from hscpath.pathway import Requirements
from tests.patients import transplanted
from tests.profiles import examples
from tests.toy import REVIEW

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
    assert tell.story(journey, title="A fever", citation=Citation("Case", "Doe J. A fever. 2021")).lines() == [
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
    assert tell.story(journey).text(values=False).splitlines() == [
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
    assert str(tell.story(Journey(TOY))) == ""
    assert str(tell.story(Journey(TOY), title="Nobody")) == "Nobody"


def test_negative_evidence_is_told_from_all_parts():
    """Where a criterion is met because another is not, what is recorded is told."""
    neither = Pathway(
        "neither", "1", SICK, (SICK.on(SEEN, to=WELL, when=~(FEVER.is_true() | RASH.is_true()).named("ill")),)
    )
    story = str(tell.story(Journey(neither).advance("was_seen", fever=False, rash=False)))
    assert "✓ not (ill): no fever; not rash" in story


@given(st.data())
def test_no_name_of_code_appears_in_a_story(data):
    """Whatever happens, people read labels and never identifiers."""
    journey = data.draw(testing.journeys(PATHWAY))
    story = str(tell.story(journey))
    for thing in (*PATHWAY.states, *PATHWAY.events, *PATHWAY.facts):
        if "_" in thing.name:
            assert thing.name not in story
    assert not re.search(r"[a-z]_[a-z]", story)


@given(st.data())
def test_any_journey_can_be_told(data):
    """Every step of every journey on any pathway has its line, and every source its reference."""
    journey = data.draw(testing.journeys(data.draw(testing.pathways())))
    story = str(tell.story(journey))
    assert len(re.findall(r"^(Day|About)", story, re.MULTILINE)) == len(journey.steps)
    assert story.count("; reason: ") == len(journey.deviations)


@pytest.mark.parametrize("told", [tell.table, tell.rows])
@pytest.mark.parametrize("form", ["text", "md", "html"])
def test_the_table_has_every_row_with_its_criteria_and_sources(form, told):
    """A clinician finds each state, event, target, criterion and source in the table, and row by row."""
    table = told(TOY).text(form, width=300)
    table = re.sub("<.*?>", "", table) if form == "html" else table
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
    table = tell.table(Pathway("p", "1", SICK, (SICK.on(odd), SICK.on(LEFT, to=WELL)))).text("md")
    rows = [line for line in table.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in rows} == {7}
    assert table.startswith("# p, version 1\n\n| state | event |")
    assert "(no change)" in table


def test_one_new_line_in_a_guideline_shows_in_refusal_story_and_table():
    """A criterion added to a guideline is told wherever the pathway is, with the guideline's source."""
    strict = Guideline(
        "Ward rule",
        "1",
        Citation("Ward 2026", "Ward handbook, 2026"),
        {"remission": Requirements(when=SLEDAI.below(1, since=CELLS_REINFUSED), expects=UPCR.below("0.2"))},
    )
    pathway = lupus.pathway(strict)
    assert "SLEDAI below 1, since stem cells reinfused [Ward 2026]" in str(tell.rows(pathway))
    patient = transplanted(day=0).advance("neutrophils_recovered", day=10, days_of_neutrophils=3)
    patient = Journey.replay(pathway, patient.steps)
    assert "✗ SLEDAI below 1: 2 [Ward 2026]" in str(patient.consider("response_assessed", day=100, sledai=2))
    well = patient.advance("response_assessed", day=100, sledai=0, upcr=0.1)
    assert "✓ SLEDAI below 1: 0 [Ward 2026]" in str(tell.story(well))
    assert "Ward 2026: Ward handbook, 2026" in str(tell.story(well))


def test_a_story_says_why_a_patient_did_not_do_better(ana):
    """An assessment without response shows which criterion of which response was missed."""
    story = str(tell.story(ana.advance("response_assessed", day=200, upcr=2.9, egfr=80)))
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
    told = str(tell.story(Journey(toy).advance("seen", score=5, fever=False)))
    assert told.splitlines() == ["Day not recorded: seen. Score 5, no fever.", "  ✓ ill: score 5"]


def test_a_day_beyond_the_calendar_is_told_as_a_day():
    """A day before the first year of the calendar has no date, and is told all the same."""
    journey = Journey(TOY, began=date(2020, 1, 1)).advance("was_seen", day=-999_999).advance("was_seen", day=3)
    assert "Day -999999, hospital day 0: seen." in str(tell.story(journey))
    assert "2020-01-04 (day 3), hospital day 0: seen." in str(tell.story(journey))


# Markdown.


def read(markdown):
    """Return the texts of a Markdown document as a reader sees them, and the kinds of its blocks."""
    parsed = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(markdown)
    texts, kinds = [], Counter()
    for token in parsed:
        kinds[token.type] += 1
        for part in token.children or ():
            kinds[part.type] += 1
            texts.append(part.content if part.type in ("text", "text_special") else "")
    return "".join(texts), kinds


def letters(text):
    """Return a text without blanks."""
    return "".join(text.split())


@given(st.text().filter(on_one_line), st.text().filter(on_one_line))
@examples(0.6)
def test_any_words_come_out_of_markdown_as_they_went_in(event, state):
    """Stars, brackets, markup, tables, numbers: a reader sees what was written, and no structure that was not meant."""
    odd = State("odd", state, final=True)
    seen = Event("seen", event)
    journey = Journey(Pathway("p", "1", SICK, (SICK.on(seen, to=odd),))).advance(seen, inferred="* a\n# b" + event)
    plain, markdown = str(tell.story(journey, title=state)), tell.story(journey, title=state).text("md")
    text, kinds = read(markdown)
    assert letters(text) == letters(plain)
    assert (kinds["bullet_list_open"], kinds["list_item_open"], kinds["ordered_list_open"]) == (1, 2, 0)
    assert kinds["heading_open"] == 1
    assert not kinds.keys() & {"html_inline", "html_block", "link_open", "image", "em_open", "code_inline", "fence"}
    table, kinds = read(tell.table(journey).text("md"))
    assert (kinds["tr_open"], kinds["td_open"]) == (2, 4)
    assert letters(on_one_line(event)) in letters(table)


def test_a_story_in_markdown_has_headings_lists_and_references():
    """Title and references are headings, each step a paragraph, and what decided it a list."""
    journey = Journey(TOY).advance("was_seen", day=3, rash=False, inferred="she was in hospital")
    journey = journey.advance("has_left", day=4, fever=False)
    told = tell.story(journey, title="A fever", citation=Citation("Case", "Doe J. A fever. 2021")).text("md")
    assert told.splitlines() == [
        "# A fever",
        "Source: Doe J. A fever. 2021",
        "",
        "**Day 3, hospital day 0: seen.** Not rash.",
        "",
        "- (not stated, inferred: she was in hospital)",
        "",
        "**Day 4, hospital day +1: sent home.** No fever.",
        "",
        "- ✓ looked at: seen, day 3 [Rome 2020, Table 1]",
        "- ✓ no fever: no fever",
        "- ✓ not (spotty): not rash (day 3)",
        "- → well",
        "",
        "## References",
        "- Paris 1999: Paris B. On leaving. 1999",
        "- Rome 2020: Rome A, et al. On remission. 2020",
    ]


def test_what_is_no_form_and_no_table_is_said():
    """A form that there is not, or a thing that has no table, is named together with what would do."""
    with pytest.raises(ValueError, match="'markdown' is not a form of text: write 'text' or 'md' or 'html'"):
        tell.story(ill_and_well()).text("markdown")
    with pytest.raises(TypeError, match="'toy' is no table: give a pathway or a journey"):
        tell.table("toy")


# Journeys as tables.


def ill_and_well():
    """Return the journey of a patient with an inferred step, a deviation and unrecorded days."""
    journey = Journey(TOY).advance("was_seen", inferred="a rash was seen later", rash=True)
    return journey.advance("has_left", day=30, fever=False, override="rash fading")


def test_a_journey_as_a_table_has_a_row_for_each_step():
    """Day, what happened and was found, the state after it, and what decided, with the number of its source."""
    assert tell.table(ill_and_well()).text("md").splitlines() == [
        "| day | hospital day | event and findings | state after | decided by |",
        "|---|---|---|---|---|",
        "| ? | 0 | seen<br>rash |  | (not stated, inferred: a rash was seen later) |",
        "| 30 |  | sent home<br>no fever | well | ✓ looked at [2, Table 1]<br>✓ no fever"
        "<br>✗ departs: not (spotty); reason: rash fading |",
        "",
        "## References",
        "- \\[1] Paris 1999: Paris B. On leaving. 1999",
        "- \\[2] Rome 2020: Rome A, et al. On remission. 2020",
    ]
    assert tell.table(ill_and_well()).text(width=60).splitlines() == [
        "day  hospital   event and  state   decided by",
        "      day        findings   after",
        "?    0          seen               (not stated, inferred: a",
        "                rash                rash was seen later)",
        "30              sent home  well    ✓ looked at [2, Table 1]",
        "                no fever           ✓ no fever",
        "                                   ✗ departs: not (spotty);",
        "                                    reason: rash fading",
        "",
        "References",
        "  [1] Paris 1999: Paris B. On leaving. 1999",
        "  [2] Rome 2020: Rome A, et al. On remission. 2020",
    ]


def test_every_source_in_a_table_has_its_number():
    """Also what kept the patient from a better response, and what was waived and follows from the words alone."""
    eva = Journey(PATHWAY).advance("enrolled", status_at_entry="no response after transplant")
    eva = eva.advance("response_assessed", sledai=3, upcr=3)
    table = str(tell.table(eva).text(width=300))
    assert "not partial response after transplant: ✗ proteinuria of nephritis halved [2]" in table
    assert "[2] KDIGO 2024" in table


@given(st.data())
@examples(0.1)
def test_what_is_told_without_values_holds_no_finding(data):
    """Whatever happens, no number that was found in the patient is in the words."""
    journey = data.draw(testing.journeys(PATHWAY))
    found = {finding.text for step in journey.steps for finding in step.findings if "." in finding.text}
    bare = [tell.story(journey), tell.table(journey), tell.ways(journey), *journey.decisions()]
    words = " ".join(told.text(values=False) for told in bare)
    assert not [text for text in found if text in words and text not in str(tell.rows(PATHWAY))]


def test_a_table_without_values_holds_no_finding():
    """Neither findings nor reasons, which might hold them, are in it."""
    table = tell.table(ill_and_well()).text(values=False)
    assert "rash" not in table
    assert "✗ departs: not (spotty)" in table


def test_a_table_with_dates_and_without_day_zero():
    """Days have their dates, and where nothing is counted from there is no column for it."""
    toy = Pathway("p", "1", SICK, (SICK.on(SEEN), SICK.on(LEFT, to=WELL)))
    table = str(tell.table(Journey(toy, began=date(2020, 2, 28)).advance("was_seen", on=date(2020, 3, 1))))
    assert table.splitlines() == [
        "day             event and findings  state after  decided by",
        "2020-03-01 (2)  seen",
    ]
    assert tell.table(Journey(toy)).lines() == ["day  event and findings  state after  decided by"]


def test_a_table_that_is_too_narrow_breaks_words_and_grows_no_narrower_than_they_allow():
    """Words of up to twenty signs stay whole; longer ones are broken; wide signs count twice."""
    rows = [("day", "what happened"), ("1", "pneumonoultramicroscopicsilicosis"), ("2", "骨髄移植" * 3)]
    assert list(columns(rows, 10)) == [
        "day  what happened",
        "1    pneumonoultramicrosc",
        "      opicsilicosis",
        "2    骨髄移植骨髄移植骨髄",
        "      移植",
    ]


@given(st.data(), st.integers(20, 120))
def test_a_table_is_as_wide_as_it_may_be(data, width):
    """Whatever the words, wide signs and signs without width among them, the columns stand below each other."""
    words = st.text(min_size=1)
    rows = data.draw(st.lists(st.tuples(words, words, words), min_size=1, max_size=5))
    lines = list(columns([tuple(map(on_one_line, row)) for row in rows], width))
    assert max(map(_size, lines)) <= max(width, 3 * 20 + 4)
    shown = letters("".join(lines))
    assert Counter(shown) == Counter(letters("".join("".join(map(on_one_line, row)) for row in rows)))


# Where a patient stands.


def test_you_are_here_says_what_is_open_and_what_is_closed_and_why():
    """The ways from here in words: open, open on a condition with what is missing, closed with what closes them."""
    journey = Journey(TOY).advance("was_seen", day=3, rash=True)
    here = tell.ways(journey)
    assert str(here).splitlines() == [
        "You are here: sick, day 3.",
        "",
        "Open",
        "  without a change of state: seen",
        "",
        "Open once more is known, or with a reason",
        "  sent home → well",
        "    ? no fever: not recorded",
        "    ✗ not (spotty): rash (day 3)",
    ]
    assert here.text(values=False, form="md").splitlines() == [
        "You are here: sick.",
        "",
        "## Open",
        "- without a change of state: seen",
        "",
        "## Open once more is known, or with a reason",
        "- sent home → well",
        "    - ? no fever",
        "    - ✗ not (spotty)",
    ]
    assert repr(here) == "<Ways: from sick, 2 events>"


def test_closed_ways_say_what_closes_them():
    """What no reason could open is told with the criteria that are unmet, and where it would have led."""
    home = SICK.on(Event("has_left", "sent home", may=(RASH,)), to=WELL, when=FEVER.is_false())
    feverish = Journey(Pathway("toy", "1", SICK, (SICK.on(SEEN), home))).advance("was_seen", day=3, fever=True)
    assert str(tell.ways(feverish, day=9)).splitlines()[-3:] == [
        "Closed",
        "  sent home → well",
        "    ✗ no fever: fever (day 3)",
    ]
    assert tell.ways(feverish, on=None, day=9).day == 9


def test_an_old_value_does_not_close_what_a_new_one_may_open():
    """An old CRP keeps nobody from intensive care, nor who was not fit from going home: it is told as what it is."""
    tested = Journey(REVIEW).advance("tested", day=2, crp=12, fit=False)
    here = tell.ways(tested, day=9)
    assert str(here).splitlines()[-7:] == [
        "Open once more is known, or with a reason",
        "  reviewed → intensive care or no change of state",
        "    ? CRP above 200 mg/L",
        "    with CRP (day 2) as last recorded: no change of state",
        "  sent home → well",
        "    ? fit",
        "    with fit (day 2) as last recorded: closed",
    ]
    assert "    with CRP as last recorded: no change of state" in here.text(values=False).splitlines()
    rests = "  this rests on what was last recorded, and may be recorded anew: CRP"
    assert rests in tested.consider("reviewed", day=9).lines(values=False)
    assert not tested.consider("reviewed", day=9, crp=15).resting
    undated = tell.ways(Journey(REVIEW).advance("tested", crp=12))
    assert "    with CRP as last recorded: no change of state" in str(undated).splitlines()


@given(st.data())
@examples(0.6)
def test_nothing_that_an_event_records_leads_where_the_ways_do_not(data):
    """Whatever is found on the day, the patient comes to no state which was not told as a way from here."""
    whole = data.draw(testing.journeys(data.draw(st.just(REVIEW) | testing.pathways())))
    journey = Journey.replay(whole.pathway, whole.steps[: data.draw(st.integers(0, len(whole.steps)))])
    for decision in tell.ways(journey).decisions:
        facts = data.draw(st.lists(st.sampled_from(decision.event.facts), unique=True)) if decision.event.facts else []
        found = [fact(data.draw(testing.stored_values(fact))) for fact in facts]
        day = SAME_DAY if journey.steps else None
        assert {*journey.consider(decision.event, *found, day=day).possible} <= {*decision.possible}


def test_what_must_be_recorded_is_told():
    """An event that may happen once a finding is given says which."""
    here = tell.ways(Journey(PATHWAY).advance("nephritis_diagnosed", day=0), day=10)
    assert "  infection reported → no change of state\n    ? uncontrolled infection: to be recorded" in str(here)
    (biopsy,) = (decision for decision in here.conditional if decision.event.name == "kidney_biopsy_reported")
    assert "kidney biopsy reported → lupus nephritis biopsied and classed or no change of state" in str(here)
    assert [state.name for state in here.leads_to(biopsy)] == ["biopsied", "nephritis_diagnosed"]


def test_after_the_end_nothing_follows():
    """Of a patient who has left, or died, there is nothing more to tell."""
    gone = Journey(TOY).advance("was_seen", day=0).advance("has_left", day=3, fever=False, rash=False)
    assert str(tell.ways(gone)) == "You are here: well, day 3.\n\nNothing follows."


@given(st.data())
@examples(0.3)
def test_every_event_that_means_something_is_open_conditional_or_closed(data):
    """Every event of a state is told once, as what it is, and in labels."""
    journey = data.draw(testing.journeys(data.draw(testing.pathways())))
    here = tell.ways(journey)
    assert Counter((*here.open, *here.conditional, *here.closed)) == Counter(here.decisions)
    for decision in here.decisions:
        assert decision.event.label in str(here)
    assert not re.search("state_[0-9]", str(here))


def test_an_answer_in_markdown_is_a_list():
    """The rows that were tried and their criteria are a list in a list; without values it holds none."""
    decision = Journey(TOY).advance("was_seen", day=3).consider("has_left", day=4, fever=True)
    assert decision.text("md", values=False).splitlines()[:5] == [
        "sent home: may not happen (sick)",
        "",
        "- to well:",
        "    - ✓ looked at [Rome 2020, Table 1]",
        "    - ✗ no fever",
    ]


# Tables and sources.


def test_the_table_explains_its_groups_and_words():
    """Below the rows stand the states of each group, and what each named part of a criterion means."""
    group = StateGroup("anyone seen", (SICK,))
    ill = (FEVER.is_true() | RASH.is_true()).named("ill", ROME)
    table = tell.rows(Pathway("p", "1", SICK, (group.on(SEEN), group.on(LEFT, to=WELL, when=~(ill & ~RASH.is_true())))))
    assert table.lines()[2:] == [
        "anyone seen",
        "  seen",
        "  sent home → well",
        "    must: not ('ill' and not rash)",
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
    assert tell.sources(TOY, pathway).lines() == [
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


def words(cell):
    """Return the lines of a cell as texts."""
    return tuple(map(str, cell))


def test_a_comparison_says_where_guidelines_part_and_why():
    """The same patient has a relapse by one guideline and no flare by the other: criterion, value and source."""
    told = tell.compare(LOG, {"default": PATHWAY, "KDIGO 2012": lupus.pathway(lupus.KDIGO_2012_FLARES)})
    assert [course.outcome for course in told.courses] == ["immunosuppression under way"] * 2
    assert [course.noted("departs") for course in told.courses] == [0, 1]
    (parting,) = told.partings
    assert parting.event == "Day 60: relapse diagnosed"
    assert words(parting.cells["default"]) == (
        "✓ proteinuria has returned (UPCR above 0.5 g/g): 0.7 g/g [relapse after response, Table 2]",
        "→ relapsed",
    )
    assert words(parting.cells["KDIGO 2012"]) == (
        "✗ a mild, moderate or severe flare: urine red cells 3 per field (day 50); acanthocytes 0 per field (day 50); "
        "no new casts (day 50); creatinine 0.8 mg/dL; creatinine at response 0.8 mg/dL (day 0); UPCR 0.7 g/g; "
        "UPCR at response 0.2 g/g (day 0) [KDIGO 2012, Table 29]",
        "→ relapsed (departs 1)",
    )
    assert "Day 60: relapse diagnosed\n  default\n    ✓ proteinuria has returned" in str(told)


def test_a_comparison_shows_what_only_one_guideline_refuses():
    """Under one guideline the course ends where under the other it goes on."""
    strict = ward(relapse_after_complete_response=Requirements(when=UPCR.above(1, since=lupus.RESPONSE)))
    told = tell.compare(LOG, {"default": PATHWAY, "ward": strict})
    assert told.courses[1].outcome == "complete response, stopped at event 3"
    assert isinstance(told.courses[1].stopped, TransitionNotAllowed)
    assert words(told.partings[0].cells["ward"]) == (
        "not relapsed: ✗ UPCR above 1 g/g: 0.7 g/g [Rome 2020, Table 1]",
        "→ refused",
    )
    assert set(told.partings[0].cells) == {"default", "ward"}
    assert len(told.partings) == 1


def test_a_comparison_shows_the_criterion_that_sent_the_patient_elsewhere():
    """Where one guideline calls a response complete and the other partial, the stricter threshold is named."""
    strict = ward(complete_response=Requirements(when=UPCR.below("0.3", since=lupus.guidelines.THIS_COURSE)))
    log = (
        Record("kidney_biopsy_reported", {"ln_class": "IV", "upcr": 3, "egfr": 80}, day=0),
        Record("immunosuppression_started", day=1),
        Record("response_assessed", {"upcr": 0.35, "egfr": 80}, day=200),
        Record("refractory_declared", {"upcr": 3, "adherent": True}, day=400),
    )
    told = tell.compare(log, {"default": PATHWAY, "ward": strict})
    response, refractory = told.partings
    assert str(response.cells["default"][-1]) == "→ complete response"
    assert (
        str(response.cells["ward"][0]) == "not complete response: ✗ UPCR below 0.3 g/g: 0.35 g/g [Rome 2020, Table 1]"
    )
    assert str(response.cells["ward"][-1]) == "→ partial response"
    assert words(refractory.cells["default"]) == ("cannot happen in this state (complete response)", "→ refused")
    assert str(refractory.cells["ward"][-1]) == "→ refractory disease"


def test_a_comparison_says_where_a_step_is_left_open():
    """What is not recorded may decide for one guideline and not for another, where the step then stays open."""
    log = (
        Record("kidney_biopsy_reported", {"ln_class": "IV", "upcr": 3, "egfr": 80}, day=0),
        Record("immunosuppression_started", day=1),
        Record("response_assessed", {"upcr": 0.35, "egfr": 80}, day=200),
    )
    open_ = ward(complete_response=Requirements(when=SLEDAI.below(3)))
    (parting,) = tell.compare(log, {"default": PATHWAY, "ward": open_}).partings
    assert str(parting.cells["ward"][-1]) == "→ open: complete response or partial response"


def test_a_comparison_says_what_cannot_be_recorded():
    """A statement of where a step led that one guideline contradicts is told as what it is."""
    strict = ward(complete_response=Requirements(when=UPCR.below("0.3", since=lupus.guidelines.THIS_COURSE)))
    log = (
        Record("kidney_biopsy_reported", {"ln_class": "IV", "upcr": 3, "egfr": 80}, day=0),
        Record("immunosuppression_started", day=1),
        Record("response_assessed", {"upcr": 0.2, "egfr": 80}, day=200, to="partial_response"),
    )
    (parting,) = tell.compare(
        log, {"ward": strict, "open": ward(complete_response=Requirements(when=SLEDAI.below(3)))}
    ).partings
    assert words(parting.cells["ward"]) == (
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
    told = str(tell.story(journey))
    assert "(not stated, inferred: seen Day 31: died. [31m)" in told
    assert "\nDay 31" not in told
