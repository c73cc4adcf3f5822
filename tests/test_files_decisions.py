"""A decision as data: all that its text says, and nothing of the patient where that is not wanted."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hscpath import Journey, files, testing
from hscpath.lupus import PATHWAY


@pytest.fixture
def refused():
    """A decision about accepting a patient of seventy, of whom little else is known."""
    journey = Journey(PATHWAY).advance("enrolled", status_at_entry="refractory", age=70, day=0)
    journey = journey.advance("hsct_evaluation_started", indication="other organ", day=3)
    return journey.consider("accepted_for_hsct", day=9)


def test_a_refusal_says_what_is_unmet_and_what_is_missing(refused):
    """Each criterion has its verdict, what was found, and its source; the names say how to go on."""
    data = files.write_decision(refused)
    assert (data["event"], data["state"], data["day"]) == ("accepted_for_hsct", "hsct_evaluation", 9)
    assert (data["allowed"], data["closed"], data["leads_to"]) == (False, False, "hsct_accepted")
    (row,) = data["rows"]
    age = next(criterion for criterion in row["criteria"] if criterion["criterion"] == "65 years or younger")
    assert (age["verdict"], age["found"]) == ("unmet", "70 years (day 0)")
    assert age["cite"]["source"].startswith("EBMT 2025")
    assert "65 years or younger" in data["reasons_needed"]
    assert data["missing"] == ["ecog", "karnofsky"]
    assert "declined_for_hsct" in data["instead"]
    assert data["text"] == refused.lines()
    assert (row["to"], row["decides"], data["possible"]) == ("hsct_accepted", True, ["hsct_accepted"])
    known = next(part for part in row["criteria"] if "is known where" in part["criterion"])
    assert [part["verdict"] for part in known["parts"]] == ["met", "unknown"]
    assert known["parts"][1]["missing"] == ["ln_class", "lupus_nephritis"]


def test_where_several_states_are_possible_none_is_claimed():
    """Until it is known which class the biopsy shows, nobody can say where it leads; a reason needs ``to``."""
    data = files.write_decision(Journey(PATHWAY).consider("kidney_biopsy_reported"))
    assert (data["leads_to"], data["possible"]) == (None, ["biopsied", "suspected"])
    chosen = Journey(PATHWAY).consider("kidney_biopsy_reported", to="biopsied")
    assert files.write_decision(chosen)["leads_to"] == "biopsied"


def test_a_reason_that_was_given_is_no_longer_needed(refused):
    """Of two criteria that need a reason, the one that has none is left."""
    first, *rest = files.write_decision(refused)["reasons_needed"]
    journey = Journey(PATHWAY).advance("enrolled", status_at_entry="refractory", age=70, day=0)
    journey = journey.advance("hsct_evaluation_started", indication="other organ", day=3)
    again = journey.consider("accepted_for_hsct", day=9, override={first: "the board decided"})
    assert files.write_decision(again)["reasons_needed"] == rest


def test_the_reasons_that_a_refusal_names_open_it(refused):
    """What stands under ``reasons_needed`` is what ``override`` takes."""
    reasons = dict.fromkeys(files.write_decision(refused)["reasons_needed"], "decided by the board")
    journey = Journey(PATHWAY).advance("enrolled", status_at_entry="refractory", age=70, day=0)
    journey = journey.advance("hsct_evaluation_started", indication="other organ", day=3)
    accepted = journey.consider("accepted_for_hsct", day=9, override=reasons)
    assert files.write_decision(accepted)["allowed"]
    assert files.write_decision(accepted)["instead"] == []


def test_nothing_of_the_patient_is_told_where_values_are_not_wanted(refused):
    """Verdicts and criteria stay, findings and days go."""
    told = json.dumps(files.write_decision(refused, values=False))
    assert "70" not in told
    assert "day 0" not in told
    assert '"verdict": "unmet"' in told


@given(st.data())
def test_any_decision_is_plain_data(data):
    """Whatever is asked of whichever pathway, the answer can be sent as JSON."""
    pathway = data.draw(testing.pathways())
    journey = data.draw(testing.journeys(pathway, max_steps=4))
    for decision in journey.options():
        answer = files.write_decision(decision)
        assert json.loads(json.dumps(answer)) == answer
        assert answer["allowed"] == decision.allowed
