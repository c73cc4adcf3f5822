"""The published schemas: whatever can be read fits, and what an editor should mark does not."""

import json
import tomllib
from datetime import date
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from hscpath import Choice, Flag, InvalidRecord, Journey, Quantity, files, testing
from hscpath.lupus import PATHWAY
from tests.patients import through
from tests.profiles import examples

EXAMPLES = Path(__file__).parent.parent / "examples"
CASES = sorted(EXAMPLES.glob("cases/*.toml"))
CASE, JOURNEY = Draft202012Validator(files.case_schema(PATHWAY)), Draft202012Validator(files.journey_schema(PATHWAY))
ANY_CASE, ANY_JOURNEY = Draft202012Validator(files.case_schema()), Draft202012Validator(files.journey_schema())


def plain(text):
    """Return a TOML text as JSON would hold it."""
    return json.loads(json.dumps(tomllib.loads(text), default=str))


@pytest.mark.parametrize("schema", [CASE, JOURNEY, ANY_CASE, ANY_JOURNEY])
def test_a_schema_is_one(schema):
    """Every schema follows the rules of JSON Schema itself."""
    Draft202012Validator.check_schema(schema.schema)


@pytest.mark.parametrize(("name", "schema"), [("case", CASE), ("journey", JOURNEY)])
def test_the_published_schemas_are_those_of_the_code(name, schema):
    """The file that editors read says what the classes say: ``hscpath schema case`` writes it."""
    assert json.loads((EXAMPLES / f"{name}.schema.json").read_text(encoding="utf-8")) == schema.schema


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_published_case_fits(path):
    """Every example case fits the schema of its pathway, as it does the general one."""
    case = plain(path.read_text(encoding="utf-8"))
    CASE.validate(case)
    ANY_CASE.validate(case)


@given(st.data())
def test_any_journey_that_can_be_read_fits(data):
    """Saved journeys of any pathway fit its schema, whichever way they are written."""
    pathway = data.draw(testing.pathways())
    journey = data.draw(testing.journeys(pathway))
    schema = Draft202012Validator(files.journey_schema(pathway))
    for saved in (json.loads(files.to_json(journey)), plain(files.to_toml(journey))):
        schema.validate(saved)
        ANY_JOURNEY.validate(saved)


@given(st.data())
def test_any_record_that_can_be_taken_fits(data):
    """What the pathway would take, with the findings given in any way it knows, the schema lets pass."""
    pathway = data.draw(testing.pathways())
    journey = data.draw(testing.journeys(pathway, max_steps=3))
    schema = Draft202012Validator(files.case_schema(pathway))
    for record in data.draw(testing.logs(pathway)):
        written = files.write_record(record)
        if not journey.misuse(files.read_record(written)):
            schema.validate({"title": "Any", "events": [json.loads(files.json_line(record))]})


def spelt(draw, fact):
    """Draw one of the ways in which people write a value of a fact, right or wrong."""
    match fact:
        case Quantity():
            low, high = float(fact.low), float(fact.high)
            number = draw(st.one_of(st.integers(int(low) - 1, int(high) + 1), st.floats(low - 1, high + 1)))
            unit = draw(st.sampled_from(["", fact.unit, fact.unit_shown, *fact.units, "furlong"]))
            blank = draw(st.sampled_from(["", " ", "\t "]))
            return draw(st.sampled_from([number, f"{blank}{number}{blank}{unit}{blank}"]))
        case Flag():
            return draw(st.sampled_from([True, False, "yes", 1]))
        case Choice():
            option = draw(st.sampled_from([*fact.options, *fact.aliases, "nonsense"]))
            option = draw(
                st.sampled_from([option, option.upper(), f" {option} ", *([int(option)] if option.isdigit() else [])])
            )
            return draw(st.sampled_from([option, [option], [option, fact.options[0]]]))


@st.composite
def written(draw):
    """Draw a record as people write one into a file: in any spelling, with parts left out, null or wrong."""
    event = draw(st.sampled_from(PATHWAY.events))
    facts = draw(st.lists(st.sampled_from(event.facts), max_size=4)) if event.facts else []
    fields = {fact.name: draw(st.none() | st.just(spelt(draw, fact))) for fact in (*event.must, *facts)}
    parts = {
        "day": st.sampled_from(
            [None, 3, -3, "36 months", " 36 \tmonths ", "+1.5 years", "same day", 2_000_000, "soon"]
        ),
        "on": st.sampled_from([None, "2020-01-01", "20200101"]),
        "to": st.sampled_from([None, "dead"]),
        "inferred": st.sampled_from([None, "it must have been", ""]),
        "override": st.sampled_from([None, "a reason", {"a": "reason"}, {}]),
    }
    chosen = draw(st.sets(st.sampled_from(sorted(parts)), max_size=2))
    return {"event": event.name, **fields, **{name: draw(parts[name]) for name in chosen}}


@examples(2)
@given(written())
def test_whatever_people_write_and_the_reader_takes_fits(fields):
    """Units, aliases, blanks, nulls, digits for options: what is read is what the schema allows."""
    try:
        record = files.read_record(fields)
    except InvalidRecord:
        return
    if not Journey(PATHWAY, began=date(2020, 1, 1)).misuse(attrs.evolve(record, to=None)):
        CASE.validate({"title": "a", "events": [fields]})
        ANY_CASE.validate({"title": "a", "events": [fields]})


WRONG = [
    {},
    {"event": "dieed"},
    {"event": "died", "upcr": 3},
    {"event": "died", "day": 2.5},
    {"event": "died", "day": "3 fortnights"},
    {"event": "died", "day": True},
    {"event": "died", "to": "ded"},
    {"event": "died", "override": {"a": 3}},
    {"event": "died", "inferred": " "},
    {"event": "kidney_biopsy_reported", "ln_class": True},
    {"event": "results_recorded", "upcr": 3400},
    {"event": "results_recorded", "upcr": "much"},
    {"event": "results_recorded", "upcr": "3400 mg/gg"},
    {"event": "results_recorded", "upcr": "1,5 g/g"},
    {"event": "results_recorded", "day": 12_345_678},
    {"event": "results_recorded", "override": {}},
    {"event": "results_recorded", "day": 3, "on": "2020-01-01"},
    {"event": "results_recorded", "agent": []},
    {"event": "enrolled", "status_at_entry": None},
    {"event": "enrolled", "inferred": None},
    {"event": "results_recorded", "upcr": {"value": 3}},
    {"event": "results_recorded", "pregnant": "no"},
    {"event": "results_recorded", "findings": {"upcr": 3}},
    {"event": "response_assessed", "self": 3},
    "died",
]


@pytest.mark.parametrize("record", WRONG, ids=str)
def test_what_an_editor_should_mark_does_not_fit(record):
    """Misspelt events, findings an event does not record, wrong kinds, wrong ranges: the schema catches them."""
    assert not CASE.is_valid({"title": "a", "events": [record]})
    with pytest.raises((InvalidRecord, ValueError)):
        through("nephritis_diagnosed").take(files.read_record(record))


@pytest.mark.parametrize(
    "change",
    [
        {"titel": "a"},
        {"title": ""},
        {"events": 3},
        {"began": 3},
        {"citation": {"short": "a"}},
        {"outcome": 3},
        {"outcome": "ded"},
    ],
    ids=str,
)
def test_a_case_that_could_not_be_read_does_not_fit(change):
    """Unknown entries, empty titles and wrong kinds at the top of a case are caught too."""
    case = {"title": "a", "events": [], **change}
    assert not CASE.is_valid(case)
    assert not ANY_CASE.is_valid(case) or case.get("outcome") == "ded"


@pytest.mark.parametrize("unit", ["mg/g", " mg / g", "g/g", "", "mg/mmol"])
def test_a_number_with_a_unit_fits(unit):
    """A value may be given in any unit that is known, with blanks or without."""
    record = {"event": "results_recorded", "upcr": f"1.5e1{unit}"}
    assert CASE.is_valid({"title": "a", "events": [record]})
    through("nephritis_diagnosed").take(files.read_record(record | {"day": 31}))


def test_a_finding_that_an_event_must_record_is_asked_for():
    """A step that is stated needs its finding; one that was inferred does not."""
    must = next(event for event in PATHWAY.events if event.must)
    assert not CASE.is_valid({"title": "a", "events": [{"event": must.name}]})
    assert CASE.is_valid({"title": "a", "events": [{"event": must.name, "inferred": "it must have been"}]})


def test_a_saved_journey_of_another_format_does_not_fit(ana):
    """Format and version are fixed by the schema."""
    saved = json.loads(files.to_json(ana))
    assert JOURNEY.is_valid(saved)
    assert not JOURNEY.is_valid({**saved, "version": 2})
    assert not ANY_JOURNEY.is_valid({**saved, "format": "hscpath pathway"})
