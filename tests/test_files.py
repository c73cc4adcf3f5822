"""Cases and saved journeys: read and written without loss, and wrong ones named line by line."""

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hscpath import (
    SAME_DAY,
    Citation,
    Guideline,
    HscpathError,
    InvalidFile,
    InvalidRecord,
    Journey,
    PathwayChanged,
    Record,
    ReplayStopped,
    Requirements,
    TransitionNotAllowed,
    files,
    lupus,
    months,
    testing,
)
from hscpath.lupus import PATHWAY, UPCR

CASE = """\
title = "Ana"
about = "A made-up patient"
began = 2020-01-01
outcome = "biopsied"

[citation]
short = "Nobody 2020"
reference = "Nobody A. A case. 2020"
certainty = "recalled"

[[events]]
event = "nephritis_diagnosed"
on = 2020-01-01
upcr = "3400 mg/g"
egfr = 78

[[events]]
event = "kidney_biopsy_reported"
day = "1 months"
ln_class = "IV-G(A)"

[[events]]
event = "results_recorded"
day = "same day"
pregnant = false
"""


def wrong(text, read=files.parse_case):
    """Return what is said of a text that cannot be read."""
    with pytest.raises(InvalidFile) as error:
        read(text)
    return [str(problem) for problem in error.value.problems]


# Cases.


def test_a_case_is_read_as_written():
    """Title, source, dates, days, findings with units: everything is there."""
    case = files.parse_case(CASE)
    assert (case.title, case.about, case.began, case.outcome) == (
        "Ana",
        "A made-up patient",
        date(2020, 1, 1),
        "biopsied",
    )
    assert case.citation == Citation("Nobody 2020", "Nobody A. A case. 2020").recalled
    assert case.events[0] == Record("nephritis_diagnosed", {"upcr": "3400 mg/g", "egfr": 78}, on=date(2020, 1, 1))
    assert [record.day for record in case.events] == [None, months(1), SAME_DAY]
    journey = case.journey(PATHWAY)
    assert journey.state.name == "biopsied"
    assert [journey.chart.day_of(step) for step in range(3)] == [0, 30, 30]


def test_a_case_written_and_read_again_is_the_same_case():
    """What a program writes, a person can read and edit, and a program reads back."""
    case = files.parse_case(CASE)
    text = files.write_case(case)
    assert files.parse_case(text) == case
    assert "\n[[events]]\nevent = " in text
    one = files.Case("One reason", (Record("died", override="a reason"),))
    assert files.parse_case(files.write_case(one)) == one
    bare = files.Case("Bare", (Record("died", day=3, override={"a b": "c"}, to="dead", inferred="e"),))
    assert files.parse_case(files.write_case(bare)) == bare


@given(st.data())
def test_any_journey_can_be_written_as_a_case(data):
    """Steps of any journey, deviations and unrecorded days among them, survive as a case."""
    pathway = data.draw(testing.pathways())
    journey = data.draw(testing.journeys(pathway))
    case = files.Case("Any", journey.steps)
    assert files.parse_case(files.write_case(case)).journey(pathway) == journey


def test_a_case_is_read_from_a_file_with_or_without_a_byte_order_mark(tmp_path):
    """Files written by common editors are read, in whatever language."""
    path = tmp_path / "case.toml"
    path.write_text("\ufeff" + CASE.replace("Ana", "Åse Ødegård 患者"), encoding="utf-8")
    assert files.read_case(path).title == "Åse Ødegård 患者"
    path.write_bytes(b"title = '\xff'")
    assert wrong(path, files.read_case) == [f"{path}: not text in UTF-8 (invalid start byte at byte 9)"]
    with pytest.raises(FileNotFoundError):
        files.read_case(tmp_path / "missing.toml")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", ["'title' is missing", "'events' is missing"]),
        ("title = 'a'\nevents = 3", ["case, line 2: 3 is no list: write one in square brackets"]),
        ("title = 'a'\nevents = [1]", ["1 is no event: write a table"]),
        ("title = ''\nevents = []", ["line 1: '' is no text"]),
        ("title = 'a'\nevents = []\nevent = 3", ["'event' is not known here; did you mean 'events'?"]),
        ("title = 'a'\nevents = []\nbegan = 3", ["line 3: 3 is no date"]),
        ("title = 'a'\nevents = []\nbegan = 'yesterday'", ["'yesterday' is no date: write year-month-day"]),
        ("title = 'a'\nevents = []\nbegan = 2020-01-01T00:00:00", ["is no date"]),
        ("title = 'a'\nevents = []\n[citation]\nshort = 'x'", ["case, line 3: 'reference' is missing"]),
        (
            "title = 'a'\nevents = []\n[citation]\nshort = 'x'\nreference = 'y'\ncertainty = 'z'",
            ["'z' is not known here; known: confirmed"],
        ),
        ("title = 'a'\n[[events]]", ["line 2: event: say which event this is"]),
        (
            "title = 'a'\n[[events]]\nevent = 3\nday = 2.5",
            ["line 4: day: 2.5 is no day", "line 3: event: 3 is no text"],
        ),
        ("title = 'a'\n[[events]]\nevent = 'x'\nday = true", ["day: True is no day"]),
        ("title = 'a'\n[[events]]\nevent = 'x'\nday = '3 fortnights'", ["a time such as '36 months', or 'same day'"]),
        ("title = 'a'\n[[events]]\nevent = 'x'\noverride = {a = 3}", ["override: 3 is no text"]),
        ("title = 'a'\n[[events]]\nevent = 'x'\n[events.findings]\nupcr = 3", ["write each finding beside the event"]),
        ("title = ", ["Invalid value (at end of document); text needs straight quotation marks"]),
        (
            "title = 'a'\ntitle = 'b'",
            ["an entry stands once in a table", "Cannot overwrite a value (at end of document)"],
        ),
        pytest.param("title = 'a'\nx = " + "9" * 5000, ["this is not TOML"], id="a number of 5000 digits"),
        (
            "title = 'a'\n[[events]]\nevent = 'x'\nday = '1e10000000 years'",
            ["line 4: day: '1e10000000 years' is no day"],
        ),
        ("title = 'a'\nx = " + "[" * 5000 + "]" * 5000, ["nested too deeply"]),
    ],
)
def test_a_file_that_is_no_case_says_where_and_what_to_write(text, says):
    """Every mistake is named with its line or place, and with the cure."""
    told = "\n".join(wrong(text))
    assert all(part in told for part in says), told


def test_what_would_have_been_right_later_is_not_held_against_a_case():
    """After the first mistake, "same day", a reason and a target are not judged: the state is not known any more."""
    case = files.parse_case(
        "title = 'a'\n[[events]]\nevent = 'sle_diagnosd'\n"
        "[[events]]\nevent = 'kidney_biopsy_reported'\nday = 'same day'\nto = 'biopsied'\noverride = 'a reason'\n"
        "[[events]]\nevent = 'hsct_evaluation_started'\nto = 'hsct_evaluation'\n"
    )
    (told,) = wrong(PATHWAY, case.journey)
    assert "did you mean 'sle_diagnosed'?" in told


def test_what_cannot_be_recorded_is_told_before_what_is_refused():
    """Slips of the pen are mended first, wherever they are; only then is a refusal worth reading."""
    case = files.parse_case(
        "title = 'a'\n[[events]]\nevent = 'cells_reinfused'\n[[events]]\nevent = 'died'\ncause_of_deth = 'other'\n"
    )
    (told,) = wrong(PATHWAY, case.journey)
    assert told.startswith("case, line 6: died does not record 'cause_of_deth'")


def test_every_event_that_cannot_be_recorded_is_named_with_its_line():
    """Findings and events that are wrong are found in the whole file, not only the first."""
    case = files.parse_case(
        "title = 'a'\n"
        "[[events]]\n"
        "event = 'nephritis_diagnosed'\n"
        'about = """\n'
        "[[events]]\n"
        '"""\n'
        "upcr = 3400\n"
        "[[events]]\n"
        "event = 'kidney_biopsy'\n"
        "[[events]]\n"
        "event = 'infection_reported'\n"
        "\"ln_clas\" = 'IV'\n"
        "[events.override]\n"
        "x = 'y'\n",
        name="a.toml",
    )
    told = wrong(PATHWAY, case.journey)
    assert [line.split(": ")[0] for line in told] == [
        "a.toml, line 4",
        "a.toml, line 7",
        "a.toml, line 9",
        "a.toml, line 12",
        "a.toml, line 10",
    ]
    assert "is it in mg/g?" in told[1]
    assert "did you mean 'kidney_biopsy_reported'" in told[2]


def test_a_problem_with_a_table_of_its_own_is_found_there():
    """A reason that waives nothing is at the line of the reasons."""
    case = files.parse_case("title = 'a'\n[[events]]\nevent = 'nephritis_diagnosed'\n\n[events.override]\nx = 'y'\n")
    (told,) = wrong(PATHWAY, case.journey)
    assert told.startswith("case, line 5: override: 'x' is not in need of a reason")
    assert case.place_of(0) == "case, line 2"
    assert case._origin.line_of("events[0].nothing") == 2


def test_a_file_from_another_system_has_lines_too():
    """Lines that end as other systems end them are counted all the same."""
    case = files.parse_case("title = 'a'\r\n[[events]]\r\nevent = 'died'\r\nupcr = 3\r\n")
    assert wrong(PATHWAY, case.journey)[0].startswith("case, line 4: died does not record")
    agents = Record("immunosuppression_started", {"agent": {"mycophenolate", "belimumab"}})
    assert "belimumab" in files.write_case(files.Case("a", (agents,)))


def test_a_case_without_a_file_names_events_by_number():
    """A case made by a program has no lines; its events have numbers."""
    case = files.Case("a", (Record("nephritis_diagnosed", {"upcr": -1}),))
    (told,) = wrong(PATHWAY, case.journey)
    assert told.startswith("case: upcr: -1 g/g is outside")
    assert told.endswith(" @ $.events[0].upcr")
    assert case.place_of(0) == "case, event 1"
    inline = files.parse_case("title = 'a'\nevents = [{event = 'dies'}]")
    (told,) = wrong(PATHWAY, inline.journey)
    assert told.startswith("case: 'dies' is no event")
    assert told.endswith(" @ $.events[0].event")


def test_a_refused_event_is_a_refusal_and_not_a_bad_file():
    """A case that the pathway refuses was read all right; the refusal says why."""
    case = files.parse_case("title = 'a'\n[[events]]\nevent = 'cells_reinfused'\n")
    with pytest.raises(ReplayStopped) as stopped:
        case.journey(PATHWAY)
    assert isinstance(stopped.value.reason, TransitionNotAllowed)


# Saved journeys.


def saved(ana):
    """Return a saved journey as data, to be tampered with."""
    return json.loads(files.to_json(ana))


def test_a_saved_journey_can_be_read_by_people(ana):
    """The document names its format, its pathway and its events, with units."""
    document = saved(ana)
    assert (document["format"], document["version"]) == ("hscpath journey", 1)
    assert document["pathway"]["digest"] == PATHWAY.digest
    assert document["events"][0] == {
        "event": "nephritis_diagnosed",
        "day": 0,
        "upcr": "3.4 g/g",
        "egfr": "78 mL/min/{1.73_m2}",
    }
    assert files.from_json(files.to_json(ana, indent=None), PATHWAY) == ana


def test_a_journey_with_a_beginning_keeps_it():
    """The date of day 0 is saved with the journey."""
    journey = Journey(PATHWAY, began=date(2020, 1, 1)).advance("nephritis_diagnosed", on=date(2020, 2, 1))
    assert files.from_json(files.to_json(journey), PATHWAY) == journey


def test_a_tampered_journey_cannot_be_loaded(ana):
    """Loading replays: an impossible journey is refused, wherever it was changed."""
    document = saved(ana)
    document["events"][1]["ln_class"] = "no lupus nephritis"
    document["events"][2]["event"] = "response_assessed"
    del document["events"][2]["agent"]
    with pytest.raises(ReplayStopped):
        files.from_json(json.dumps(document), PATHWAY)


def test_a_journey_of_another_pathway_loses_nothing(ana):
    """If the pathway decides otherwise now, every record is handed back, to be audited anew."""
    stricter = lupus.pathway(
        Guideline("Strict", "1", Citation("x", "x"), {"remission": Requirements(when=UPCR.below(1))})
    )
    with pytest.raises(PathwayChanged, match="does not decide in all as") as changed:
        files.from_json(files.to_json(ana), stricter)
    assert len(changed.value.records) == 3
    again = Journey.replay(stricter, changed.value.records, began=changed.value.began)
    assert [step.event for step in again.steps] == [step.event for step in ana.steps]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "this is not a JSON document"),
        ("[]", "this was not saved as 'hscpath journey'"),
        ("{}", "this was not saved as 'hscpath journey'"),
        ('{"format": "hscpath journey"', "this is not a JSON document"),
        ('{"format": "hscpath journey", "version": 2}', "version 2 of the format is not known here, only 1"),
        ('{"format": "hscpath journey", "version": 1}', "'pathway' is missing"),
        ('{"format": "x", "format": "x"}', "'format' is given more than once"),
        ('{"format": NaN}', "NaN is no value"),
        ("[" * 100_000, "nested too deeply"),
        ('{"format": ' + "9" * 5000 + "}", "this is not a JSON document"),
    ],
)
def test_what_is_no_saved_journey_is_told_so(text, says):
    """Empty, truncated, foreign, doubled, or too deep: one clear error."""
    (told, *_) = wrong(text, lambda text: files.from_json(text, PATHWAY))
    assert says in told


def test_what_is_wrong_in_a_saved_journey_is_named_by_its_place(ana):
    """Several mistakes are told together, each with its path in the document."""
    document = saved(ana)
    document["began"] = "soon"
    document["events"][1]["day"] = []
    document["extra"] = 1
    told = wrong(json.dumps(document), lambda text: files.from_json(text, PATHWAY))
    assert [line.split(" @ ")[1] for line in told] == ["$.events[1].day", "$.began", "$.extra"]
    assert told[0].startswith("journey: day: [] is no day")


# Journeys a line an event.


def test_a_log_grows_by_a_line_an_event(ana):
    """What is written for the next event leaves every earlier line as it was."""
    before = files.to_json_lines(ana)
    later = ana.advance("response_assessed", day=200, upcr=2.0, egfr=75)
    assert files.to_json_lines(later) == before + files.json_line(later.steps[-1])
    assert len(before.splitlines()) == 1 + len(ana.steps)
    assert files.from_json_lines(before.splitlines(), PATHWAY) == ana
    assert files.from_json_lines(before.replace("\n", "\n\n"), PATHWAY) == ana


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: "", ["journey: this was not saved as 'hscpath journey'"]),
        (lambda text: text.split("\n", 1)[1], ["journey, line 1: this was not saved as 'hscpath journey'"]),
        (lambda text: text[:-10], ["journey, line 4: this is not a JSON document"]),
        (lambda text: text + "[3]\n7\n", ["journey, line 5: [3] is no event", "journey, line 6: 7 is no event"]),
        (
            lambda text: text.replace("{", "(").replace("}", ")"),
            [f"journey, line {n}: this is not a" for n in (1, 2, 3, 4)],
        ),
        (lambda text: text.replace('"day": 9', '"day": []'), ["journey, line 3: day: [] is no day"]),
        (lambda text: text.replace("3.4 g/g", "3400 g/g"), ["journey, line 2: upcr: 3400 g/g is outside 0 to 50"]),
        (lambda text: text.replace('"version": 1,', '"version": 1, "events": [],'), ["stand on lines of their own"]),
    ],
)
def test_what_is_wrong_in_a_log_is_named_by_its_line(ana, change, says):
    """Empty, headless, cut short, foreign or tampered with: each line at fault is named."""
    told = wrong(change(files.to_json_lines(ana)), lambda text: files.from_json_lines(text, PATHWAY))
    assert len(told) == len(says)
    assert all(part in line for part, line in zip(says, told, strict=True)), told


# Journeys in TOML.


def test_a_journey_in_toml_reads_like_a_case(ana):
    """People can read and edit it, and a slip of the pen is named by its line."""
    text = files.to_toml(ana)
    assert '\n[[events]]\nevent = "kidney_biopsy_reported"\nday = 9\n' in text
    assert files.from_toml(text.replace("\n", "\r\n"), PATHWAY) == ana
    slip = text.replace('ln_class = "IV-G(A)"', 'ln_class = "IX"')
    (told,) = wrong(slip, lambda text: files.from_toml(text, PATHWAY, name="a.toml"))
    line = slip.split("\n").index('ln_class = "IX"') + 1
    assert told.startswith(f"a.toml, line {line}: ln_class: 'IX' is not an option")
    begun = Journey(PATHWAY, began=date(2020, 1, 1)).advance("nephritis_diagnosed", on=date(2020, 2, 1))
    assert files.from_toml(files.to_toml(begun), PATHWAY) == begun


# Records.


@given(st.data())
def test_a_record_is_the_same_after_it_was_written_and_read(data):
    """Whatever a log says of an event, a request or a file can say."""
    pathway = data.draw(testing.pathways())
    for record in data.draw(testing.logs(pathway)):
        again = files.read_record(files.write_record(record))
        assert files.write_record(again) == files.write_record(record)
        assert json.loads(files.json_line(record)) == json.loads(files.json_line(again))


def test_a_finding_that_is_not_given_is_not_recorded():
    """An empty field of a form is neither no nor nought."""
    record = files.read_record({"event": "results_recorded", "day": None, "upcr": None, "pregnant": False})
    assert record == Record("results_recorded", {"pregnant": False})


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        (None, [": None is no event: write a table"]),
        ({}, ["event: say which event this is"]),
        ({"event": None}, ["event: say which event this is"]),
        ({"event": "died", "self": 3}, ["self: write each finding beside the event"]),
        (
            {"event": "died", "findings": {}, "on": 3},
            ["findings: write each finding", "findings: {} is a table", "on: 3 is no"],
        ),
        ({"event": "died", "upcr": {"value": 3}}, ["upcr: {'value': 3} is a table: write the value of the finding"]),
        ({"event": "\ud800"}, ["event: '\\ud800' holds half a character: write it in UTF-8"]),
    ],
)
def test_what_is_no_record_is_told_with_the_field_at_fault(fields, says):
    """Every part that is wrong is named, so that a form can mark its field."""
    with pytest.raises(InvalidRecord) as error:
        files.read_record(fields)
    for problem, told in zip(error.value.problems, says, strict=True):
        assert problem.where == told.split(":")[0]
        assert told.removeprefix(": ") in str(problem)


def test_only_what_a_file_can_hold_is_written():
    """Numbers and words are written; what would not come back is named instead."""
    fields = files.write_record(Record("died", {"a": Decimal("3.4"), "b": ["x"], "c": None}))
    assert fields == {"event": "died", "a": "3.4", "b": ["x"]}
    for value in (float("nan"), float("inf"), object(), 1j):
        with pytest.raises(InvalidRecord, match="a: .* cannot be written to a file"):
            files.write_record(Record("died", {"a": value}))


# Hostile documents.


@pytest.mark.parametrize("say", ["upcr = 3000", "upcrr = 3", "day = 'x'", "day = -1", "event = 'dieed'", "x = {a = 1}"])
def test_a_document_of_thousands_of_mistakes_is_told_in_brief(say):
    """As many mistakes as anyone would mend at once are told, with their lines; the rest is left for the next time."""
    event = "" if say.startswith("event") else "event = 'results_recorded'\n"
    text = "title = 'a'\n[[events]]\nevent = 'results_recorded'\nday = 0\n" + f"[[events]]\n{event}{say}\n" * 2_000
    with pytest.raises(InvalidFile) as error:
        files.parse_case(text).journey(PATHWAY)
    assert len(error.value.problems) == 200
    assert str(error.value).endswith("\n  and 150 more")
    assert str(error.value.problems[0]).startswith(f"case, line {6 if not event else 7}: ")


@given(st.data())
def test_a_damaged_document_is_told_and_never_breaks_the_reader(data):
    """A saved journey with any part cut out, doubled or replaced is read, or refused in words."""
    journey = data.draw(testing.journeys(PATHWAY))
    write, read = data.draw(
        st.sampled_from(
            [
                (files.to_json, files.from_json),
                (files.to_json_lines, files.from_json_lines),
                (files.to_toml, files.from_toml),
            ]
        )
    )
    text = write(journey)
    start, end = sorted((data.draw(st.integers(0, len(text))), data.draw(st.integers(0, len(text)))))
    damaged = (
        text[:start]
        + data.draw(st.sampled_from(["", text[start:end] * 2, "null", "9" * 30, '"', "{", "\ud800"]))
        + text[end:]
    )
    try:
        read(damaged, PATHWAY)
    except HscpathError as error:
        assert str(error)


def test_what_could_not_be_read_again_is_not_written():
    """A finding under the name of a part of a record, or a part that is none, is named instead."""
    for record in (
        Record("died", {"day": 5}, day=9),
        Record("died", {"event": "enrolled"}),
        Record("died", day=1.5),
        Record("died", override=5),
        Record("died", inferred=True),
        Record(None),
    ):
        with pytest.raises(InvalidRecord):
            files.write_record(record)
    dated = Record("died", on=date(2020, 1, 1))
    assert json.dumps(files.write_record(dated)) == '{"event": "died", "on": "2020-01-01"}'
    assert "on = 2020-01-01" in files.write_case(files.Case("a", (dated,)))


def test_bytes_are_read_like_text(ana):
    """What comes from a file or a request as bytes needs no decoding."""
    assert files.from_json(files.to_json(ana).encode(), PATHWAY) == ana
    assert files.from_json_lines(b"\xef\xbb\xbf" + files.to_json_lines(ana).encode(), PATHWAY) == ana
    assert files.from_toml(files.to_toml(ana).encode(), PATHWAY) == ana
    assert files.parse_record(b'{"event": "died"}') == Record("died")
    assert wrong(b"\xff", lambda text: files.from_json(text, PATHWAY)) == [
        "journey: not text in UTF-8 (invalid start byte at byte 0)"
    ]


def test_a_name_that_is_none_is_not_repeated_whole():
    """A name of a hundred thousand letters is cut short before it is told."""
    with pytest.raises(InvalidRecord) as error:
        files.read_record({"event": "died", "x" * 100_000: 1})
    assert len(str(error.value)) < 200


def test_a_log_of_many_broken_lines_is_told_in_brief():
    """After two hundred lines that are none, reading stops."""
    with pytest.raises(InvalidFile) as error:
        files.from_json_lines("{\n" * 10_000, PATHWAY)
    assert len(error.value.problems) == 200


def test_a_strange_name_cannot_pass_for_a_line(ana):
    """A key with line breaks or control characters is told as code would write it, in one line."""
    document = saved(ana)
    document["\x1b[31m\nnothing"] = 1
    (told,) = wrong(json.dumps(document), lambda text: files.from_json(text, PATHWAY))
    assert told.endswith(r"@ $.'\x1b[31m\nnothing'")
    assert "\n" not in told


def test_a_list_of_no_options_is_no_finding():
    """Lists within lists, and findings given twice, are named before anything is written or read."""
    with pytest.raises(InvalidRecord, match="is no list of options"):
        files.read_record({"event": "immunosuppression_started", "agent": [["mycophenolate"]]})
    with pytest.raises(InvalidRecord, match="upcr is given twice: leave one out"):
        files.write_record(Record("results_recorded", (UPCR(3), UPCR(4))))
