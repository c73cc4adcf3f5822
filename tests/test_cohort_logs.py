"""Logs as registries have them: other types, other orders, and whatever may be wrong with them."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hscpath import (
    Choice,
    Event,
    InvalidFile,
    InvalidRecord,
    Journey,
    Pathway,
    Quantity,
    Record,
    ReplayStopped,
    State,
    TransitionNotAllowed,
)
from hscpath.cohort import audit, audits
from hscpath.cohort.walk import Alphabet, RowLetter, combined
from tests.ward import PATHWAY


def log(**columns):
    """Return a log of one patient, or of those given, in which every event is an admission unless said."""
    rows = max((len(values) for values in columns.values()), default=1)
    plain = {"patient": [1] * rows, "day": list(range(rows)), "event": ["admitted"] * rows, "ward": ["A"] * rows}
    given = {name: values for name, values in {**plain, **columns}.items() if values is not None}
    return pl.DataFrame(given, strict=False)


def told(frame, **options):
    """Return the only patient's outcome, steps and reason."""
    return audit(frame, PATHWAY, **options).patients.select("outcome", "accepted", "reason").row(0)


NO_VALUE = "{}: the value cannot be recorded"


@pytest.mark.parametrize(
    ("column", "values", "valid"),
    [
        ("weight", [70], True),
        ("weight", [70.25], True),
        ("weight", [Decimal("70.2")], True),
        ("weight", ["70200 g"], True),
        ("weight", [" 70.2 kg"], True),
        ("weight", ["70"], True),
        ("weight", [float("nan")], False),
        ("weight", [float("inf")], False),
        ("weight", [0.04], False),
        ("weight", [True], False),
        ("weight", ["heavy"], False),
        ("weight", [dt.date(2026, 1, 1)], False),
        ("weight", [[70.0]], False),
        ("stars", [10**19], True),
        ("stars", ["100000000000000000000"], True),
        ("stars", [-1], False),
        ("alone", [True], True),
        ("alone", ["TRUE"], True),
        ("alone", ["yes"], False),
        ("alone", [1], False),
        ("ward", ["b"], True),
        ("ward", [" First "], True),
        ("ward", [7], True),
        ("ward", ["C"], False),
        ("ward", [7.0], False),
    ],
)
def test_a_value_is_taken_or_told(column, values, valid):
    """What a fact can hold is taken from any type of column, and what it cannot is told and stops its patient alone."""
    outcome = ("complete", 1, None) if valid else ("misuse", 0, NO_VALUE.format(column))
    frame = log(**{column: values})
    assert told(frame) == outcome
    asked = audit(frame, PATHWAY)
    assert (asked.refusal(1) is None) == valid


@pytest.mark.parametrize(
    ("drugs", "valid"),
    [
        (["aspirin"], True),
        (['["aspirin", "Morphine"]'], True),
        (["[old]"], True),
        (["[older]"], False),
        (["["], False),
        ([["aspirin", "morphine"]], True),
        ([["aspirin", "unicorn"]], False),
        ([["aspirin", None]], False),
        ([[]], False),
        (pl.Series([["aspirin"]], dtype=pl.List(pl.Categorical)), True),
        (pl.Series([["aspirin"]], dtype=pl.List(pl.Enum(["unicorn", "aspirin"]))), True),
        ([[7]], False),
        (pl.Series([[]], dtype=pl.List(pl.String)), False),
    ],
)
def test_several_options_are_read_from_lists_and_from_text(drugs, valid):
    """A list holds options, and so does a text that a table without lists writes for one."""
    frame = log(day=[0, 1], event=["admitted", "treated"], ward=["A", None], alone=[True, None])
    given = pl.Series("drugs", drugs) if isinstance(drugs, list) else drugs.rename("drugs")
    frame = frame.with_columns(pl.concat([pl.Series("drugs", [None], dtype=given.dtype), given]))
    assert told(frame) == (("complete", 2, None) if valid else ("misuse", 1, NO_VALUE.format("drugs")))
    assert (audit(frame, PATHWAY).refusal(1) is None) == valid


@pytest.mark.parametrize(
    ("days", "steps"),
    [
        ([0, 1], [0, 1]),
        ([0.0, 1.0], [0, 1]),
        ([0, None], [0, None]),
        ([None, None], [None, None]),
        (["0", " 7 "], [0, 7]),
        (["0", "1 month"], [0, 30]),
        (["3", "same day"], [3, 3]),
        (["0.0", "12.0"], [0, 12]),
        (["-3.", None], [-3, None]),
        (["2026-03-01", " 2026-03-31 "], [0, 30]),
        (["2026-03-01", "same day"], [0, 0]),
        ([None, "2026-03-01"], [None, 0]),
        (["2026-03-01T23:00:00+01:00", "2026-03-02 00:10:00"], [0, 1]),
        (pl.Series(["2024-02-28", "2024-03-01"], dtype=pl.Categorical), [0, 2]),
        ([dt.date(2026, 3, 1), dt.date(2026, 3, 31)], [0, 30]),
        ([dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC), dt.datetime(2026, 3, 1, 17, tzinfo=dt.UTC)], [0, 0]),
        (pl.Series([0, 3], dtype=pl.UInt64), [0, 3]),
    ],
)
def test_days_are_numbers_texts_or_dates(days, steps):
    """Days are read from any column that holds them, and dates count from a patient's first."""
    frame = log(day=days, event=["admitted", "treated"], ward=["A", None], alone=[True, None])
    assert audit(frame, PATHWAY).steps["day"].to_list() == steps


@pytest.mark.parametrize(
    "day", [0.5, float("nan"), float("inf"), 10**6, "soon", "9" * 30, 2**63, "12.5", "2026-02-30", "01.03.2026"]
)
def test_a_day_that_is_none_is_told(day):
    """What is no day stops its patient, and is told with what was given."""
    frame = log(day=pl.Series([day], dtype=pl.UInt64) if day == 2**63 else [day])
    found = audit(frame, PATHWAY)
    assert found.patients.select("outcome", "reason").row(0) == (
        "misuse",
        "day: neither a whole number of at most six digits nor a date such as 2026-03-01, or too far off",
    )
    assert repr(day)[:8] in found.problems["text"][0]
    assert isinstance(found.refusal(1), InvalidRecord)


def test_a_patient_who_has_dates_and_numbers_of_days_is_told():
    """What day a date is cannot be known beside days that count from elsewhere; other patients are taken as ever."""
    frame = log(patient=[1, 1, 2, 2, 3, 3], event=["admitted", "treated"] * 3, ward=["A", None] * 3)
    found = audit(frame.with_columns(day=pl.Series(["0", "2026-03-01", "0", "7", "2026-02-01", "2026-03-01"])), PATHWAY)
    assert found.patients["outcome"].to_list() == ["misuse", "complete", "complete"]
    assert found.steps["day"].to_list() == [0, 0, 7, 0, 28]
    assert found.problems.select("kind", "rows").row(0) == ("invalid day", 1)
    assert isinstance(found.refusal(1), InvalidRecord)


def test_times_of_a_day_that_are_written_as_text_say_what_came_first():
    """Of two events of one date the clock says which came first, in a text as in a column of times."""
    at = ["2026-03-01 17:00:00", "2026-03-01 09:00:00", None]
    frame = log(day=at, event=["treated", "admitted", "treated"], ward=[None, "A", None])
    for made in (frame, frame.with_columns(pl.col("day").str.to_datetime())):
        assert audit(made, PATHWAY).steps["event"].to_list() == ["admitted", "treated", "treated"]
    frame = log(day=["2026-03-01", "2026-03-01"], event=["treated", "admitted"], ward=[None, "A"])
    assert told(frame)[:2] == ("refused", 0)


def test_rows_are_put_in_order_of_day():
    """An unsorted log is sorted by patient and day; what it needed is noted and stops nobody."""
    frame = pl.DataFrame({
        "patient": ["b", "a", "b", "a"], "day": [1, 1, 0, 0], "event": ["treated", "treated", "admitted", "admitted"],
        "ward": [None, None, "B", "A"], "alone": [None, None, True, True],
    })  # fmt: skip
    found = audit(frame, PATHWAY)
    assert found.patients.select("patient", "accepted").rows() == [("a", 2), ("b", 2)]
    assert found.problems.select("kind", "rows", "patients").rows() == [("not in order", 2, 2)]
    assert found.steps.filter(pl.col("patient") == "b")["event"].to_list() == ["admitted", "treated"]
    as_it_stands = audit(frame, PATHWAY, in_order=True)
    assert as_it_stands.patients["reason"].to_list() == ["treated: cannot happen in this state (at home)"] * 2
    assert as_it_stands.problems["kind"].to_list() == ["goes back"]


def test_an_undated_row_stays_behind_the_row_before_it():
    """What has no day of its own keeps its place, wherever the days around it go."""
    frame = log(day=[None, 5, None, 2, None], event=["admitted", "discharged", "admitted", "treated", "treated"])
    steps = audit(frame.with_columns(ward=pl.when(pl.col("event") == "admitted").then(pl.lit("A"))), PATHWAY).steps
    assert steps["event"].to_list() == ["admitted", "treated", "treated", "discharged", "admitted"]
    assert steps["day"].to_list() == [None, 2, None, 5, None]


@pytest.mark.parametrize("order", [[2, 1], ["10", "9"], ["b", "a"]])
def test_an_order_column_breaks_ties(order):
    """Of two events of one day, the order column says which came first, and its numbers may be text."""
    frame = log(day=[0, 0], event=["treated", "admitted"], ward=[None, "A"], alone=[None, True], place=order)
    assert told(frame)[:2] == ("refused", 0)
    assert told(frame, order="place") == ("complete", 2, None)


def test_what_is_missing_or_misplaced_is_told():
    """Every problem of a row is told at once, and those behind a refusal are still counted."""
    frame = log(
        patient=["a", "b", "b", "c", "d"],
        event=["admitted", "Admitted", "treated", None, "discharged"],
        ward=[None, None, "A", None, None],
        weight=[None, -5, None, None, 70],
    )
    found = audit(frame, PATHWAY)
    assert found.patients["reason"].to_list() == [
        "ward: this event must record it",
        "the event is none of this pathway; weight: the value cannot be recorded",
        "the event is none of this pathway",
        "weight: this event does not record it",
    ]
    assert found.outcomes == {"misuse": 4}
    text = dict(found.problems.select("kind", "text").rows())
    assert text["unknown event"] == "the event is none of this pathway, such as 'Admitted'; did you mean 'admitted'?"
    assert text["misplaced"].startswith("w")
    assert "ward: this event does not record it ('treated')" in found.problems["text"].to_list()
    assert found.refusals.select("event", "patients").rows() == [
        ("Admitted", 1),
        ("admitted", 1),
        ("discharged", 1),
        (None, 1),
    ]


def test_reasons_to_where_and_why_are_read_from_their_columns():
    """An override may be a text or a table of reasons; what says nothing or fits nothing is told."""
    frame = pl.DataFrame({
        "patient": [1, 1, 2, 2, 3, 4, 5, 6, 6],
        "day": [0, 1, 0, 1, 0, 0, 0, 0, 5],
        "event": ["admitted", "treated"] * 2 + ["admitted"] * 4 + ["discharged"],
        "ward": ["A", None, "A", None, "A", "A", None, "A", None],
        "weight": [70, None, 70, None, 70, None, 70, 70, None],
        "override": [None, '{"alone": "asked"}', None, "{", None, "{}", None, None, None],
        "to": [None, None, None, None, "moon", None, None, None, "home"],
        "inferred": [None, None, None, None, None, None, "it must have been", None, " "],
    })  # fmt: skip
    found = audit(frame, PATHWAY)
    assert found.patients["reason"].to_list() == [
        None, None, "to: the event does not lead there", "override: says nothing", None, "inferred: says nothing",
    ]  # fmt: skip
    noted = "noted; no reason was recorded"
    assert found.deviations.select("patient", "step", "criterion", "kind", "reason").rows() == [
        (1, 1, "drugs includes aspirin or morphine", "not documented", noted),
        (1, 1, "alone", "not documented", "asked"),
        (2, 1, "drugs includes aspirin or morphine", "not documented", noted),
        (2, 1, "alone", "not documented", noted),
    ]
    strict = audit(frame, PATHWAY, on_deviation="stop")
    assert strict.patients["reason"].to_list()[:2] == [
        "treated: cannot be decided without more information or a reason (in a bed): "
        "drugs includes aspirin or morphine",
        "override: the reasons do not fit what needs one",
    ]
    assert isinstance(strict.refusal(1), TransitionNotAllowed)


def test_a_date_that_is_none_is_told_and_no_other():
    """The dates around it are read as they stand, and the patient stops at the one that is no date."""
    frame = log(patient=[1] * 4, event=["admitted", *["treated"] * 3], ward=["A", None, None, None])
    frame = frame.with_columns(day=pl.Series(["2026-02-01", "2026-02-09", "2026-13-45", "2026-03-01"]))
    found = audit(frame, PATHWAY)
    assert found.problems.select("kind", "rows", "row").rows() == [("invalid day", 1, 2)]
    assert found.patients["accepted"].to_list() == [2]
    assert found.steps["day"].to_list() == [0, 8]
    assert "'2026-13-45'" in str(found.refusal(1))


def test_columns_that_are_no_facts_are_told_before_all_else():
    """A column with a slip in its name may be why patients stop: it stands before what is wrong with rows."""
    told = audit(log(patient=[1, 2], weight=[9000, 9000], wieght=[70, 70]), PATHWAY).problems
    assert told["kind"].to_list() == ["unknown column", "invalid value"]


def test_of_many_such_rows_the_first_in_the_log_is_told(monkeypatch):
    """However a log is cut and sorted, it is its first wrong value that is told, with its patient and the reason."""
    frame = log(patient=["c", "a", "b", "a"], weight=[70, -5, 9000, 0], day=[0, 9, 0, 3])
    for size in (1, 100):
        monkeypatch.setattr(audits, "PIECE", size)
        for made in (frame, frame.lazy()):
            found = audit(made, PATHWAY).problems.filter(kind="invalid value")
            assert found.select("rows", "row", "patient").rows() == [(3, 1, "a")]
            assert found["reason"][0] == "-5 kg is outside 1 to 300 kg"


def test_rows_that_say_the_same_twice_are_noted():
    """A duplicated row may be true or a slip: it is judged as it stands, and told."""
    frame = log(
        event=["admitted", "treated", "treated"], day=[0, 1, 1], ward=["A", None, None], alone=[True, None, None]
    )
    frame = frame.with_columns(drugs=pl.Series([None, ["aspirin"], ["aspirin"]]))
    found = audit(frame, PATHWAY)
    assert found.outcomes["complete"] == 1
    assert found.problems.select("kind", "rows", "text").rows() == [
        ("twice", 1, "the row is the same as the one before it ('treated')")
    ]


def test_rows_of_no_patient_and_columns_of_no_fact_are_told():
    """Nothing is lost in silence: what belongs to no journey, and what the pathway does not know."""
    found = audit(log(patient=[1, None], wieght=[70, 70]), PATHWAY)
    assert len(found.patients) == 1
    assert found.problems.select("kind", "text", "rows").rows() == [
        ("no patient", "the row names no patient, and belongs to no journey", 1),
        ("unknown column", "'wieght' is no fact of this pathway; did you mean 'weight'?", 0),
    ]


@pytest.mark.parametrize(
    "made",
    [
        lambda frame: frame.lazy(),
        lambda frame: frame.to_pandas(),
        lambda frame: frame.to_arrow(),
        lambda frame: frame.to_arrow().to_batches()[0],
        lambda frame: duckdb.from_arrow(frame.to_arrow()),
        lambda frame: frame.with_columns(
            pl.col("event").cast(pl.Categorical), pl.col("ward").cast(pl.Enum(["Z", "A"]))
        ),
        lambda frame: frame.with_columns(pl.col("event").cast(pl.Enum(["discharged", "admitted", "seen"]))),
    ],
    ids=["scan", "pandas", "pyarrow", "record batch", "duckdb", "categories", "enum"],
)
def test_any_table_will_do(made):
    """A frame of polars, pandas, pyarrow or duckdb, or a scan, says the same."""
    frame = log(patient=["a", "b"], weight=[70.5, None])
    assert audit(made(frame), PATHWAY).patients.select("patient", "outcome", "accepted").rows() == [
        ("a", "complete", 1), ("b", "complete", 1),
    ]  # fmt: skip


@pytest.mark.parametrize("empty", [pl.DataFrame, pl.LazyFrame])
def test_an_empty_log_has_no_patients(empty):
    """Nothing is found in nothing, in every table."""
    schema = {"patient": pl.String, "day": pl.Int64, "event": pl.String, "weight": pl.Float64}
    found = audit(empty(schema=schema), PATHWAY)
    assert len(found.patients) == len(found.steps) == len(found.deviations) == len(found.transitions) == 0
    assert str(found) == "0 patients, 0 events: 0 complete, 0 refused, 0 that cannot be recorded"
    assert len(audit(empty(schema={**schema, "day": pl.Date}), PATHWAY).patients) == 0


@pytest.mark.parametrize(
    ("frame", "options", "says"),
    [
        (
            pl.DataFrame({"patient": [1], "days": [0], "event": ["a"]}),
            {},
            "there is no column 'day'; did you mean 'days'?",
        ),
        (log(), {"order": "place"}, "there is no column 'place'"),
        (log(), {"event": "patient"}, "the column 'patient' cannot be two things at once"),
        (log(), {"patient": "ward"}, "'ward' is the name of a fact: say which other column is meant"),
        (log(event=[1]), {}, "the column 'event' holds Int64: events are text"),
        (log(override=[1.5]), {}, "the column 'override' holds Float64: 'override' is text"),
        (log(day=[True]), {}, "the column 'day' holds Boolean: days are whole numbers, dates, or texts"),
        (
            log(patient=[[1]]),
            {},
            "the column 'patient' holds List(Int64): patients are told apart by a number or a text",
        ),
        (log().with_columns(weight=pl.Series([object()], dtype=pl.Object)), {}, "'weight' holds objects of Python"),
        (7, {}, "7 is no table: give a frame of polars, pandas, pyarrow or duckdb, or a scan"),
    ],
)
def test_a_table_that_is_no_log_is_refused_with_all_that_is_wrong(frame, options, says):
    """Columns that do not fit are named, with the cure."""
    with pytest.raises(InvalidFile) as error:
        audit(frame, PATHWAY, **options)
    assert says in str(error.value)


def test_a_log_is_audited_on_a_pathway():
    """Without one the error says what to give."""
    with pytest.raises(TypeError, match=r"audit: None is no pathway: give the Pathway on which the patients are"):
        audit(log(), None)


def test_a_patient_who_is_not_there_is_told():
    """ColumnVerdicts for a journey that the log does not have says so."""
    found = audit(log(), PATHWAY)
    assert found.journey(1).state.name == "bed"
    with pytest.raises(LookupError, match="the log has no patient 2"):
        found.journey(2)
    with pytest.raises(LookupError, match="no patient is called 'ana': they are told apart by Int64"):
        found.journey("ana")


def test_a_million_unknown_events_are_told_in_one_line():
    """However much is wrong, the report stays short, and is there in a moment."""
    many = 200_000
    names = pl.Series([f"event {n}" for n in range(many)])
    frame = pl.DataFrame({"patient": np.arange(many) // 2, "day": [0] * many, "event": names, "ward": names})
    found = audit(frame, PATHWAY)
    assert found.outcomes == {"misuse": many // 2}
    assert found.problems.select("kind", "rows").rows() == [("invalid value", many), ("unknown event", many)]


def test_a_long_history_is_walked_to_its_end():
    """A patient with very many events is no other than one with few."""
    many = 30_000
    frame = log(event=["admitted"] + ["treated"] * many, ward=["A"] + [None] * many, patient=[1] * (many + 1))
    assert audit(frame, PATHWAY).patients.select("accepted", "undocumented").row(0) == (many + 1, 2 * many + 1)


def test_on_deviation_is_one_of_two_words():
    """Anything else is told at once."""
    with pytest.raises(InvalidRecord, match="write 'stop' or 'record'"):
        audit(log(), PATHWAY, on_deviation="ignore")


def test_combinations_are_numbered_whatever_their_size():
    """Each combination of values has one number, and a row that shows it."""
    random = np.random.default_rng(1)
    columns = [(random.integers(0, size, 500), size) for size in (2**16, 3, 10**6, 3, 3, 70_000)]
    code, examples = combined(columns, 500)
    rows = list(zip(*(values.tolist() for values, _ in columns), strict=True))
    assert [rows[examples[number]] for number in code] == rows
    assert len(set(rows)) == len(examples)


def test_a_total_leaves_out_what_an_inferred_event_did_not_record():
    """What must be recorded, and was not where the event was only inferred, leaves the total open from then on."""
    frame = log(event=["admitted", *["operated"] * 3], bled=[None, 1500, None, 100], ward=["A", None, None, None])
    frame = frame.with_columns(weight=pl.Series([70, None, None, None]), inferred=pl.Series([None, None, "scar", None]))
    found = audit(frame, PATHWAY)
    assert found.deviations.select("step", "kind").rows() == [(2, "not documented"), (3, "not documented")]
    assert audit(frame.drop("inferred"), PATHWAY).patients["reason"][0] == "bled: this event must record it"
    heavy = frame.with_columns(bled=pl.Series([None, 1500, None, 600]))
    assert audit(heavy, PATHWAY).deviations.select("step", "kind").rows() == [(2, "not documented"), (3, "departs")]


def test_an_event_that_is_not_named_is_told():
    """A row that says nothing of what happened stops its patient, and there is nothing to show of it."""
    found = audit(log(event=pl.Series([None], dtype=pl.String), ward=[None]), PATHWAY)
    assert found.problems["text"].to_list() == ["the event is none of this pathway"]
    assert isinstance(found.refusal(1), InvalidRecord)


def test_values_of_strange_types_are_told_once_each():
    """Of values that no fact takes, alike or not, each is judged, and all are counted."""
    some = [Decimal("70.2"), Decimal("70.2"), Decimal("0.01"), Decimal("0.01")]
    found = audit(log(patient=[1, 2, 3, 4], weight=some), PATHWAY)
    assert found.patients["outcome"].to_list() == ["complete", "complete", "misuse", "misuse"]
    assert found.problems.select("rows", "text").rows() == [
        (2, "weight: the value cannot be recorded, such as Decimal('0.01')")
    ]


ENDS = [("0", "0.3", "0.1"), ("-7", "50", "0.001"), ("0", "9007199254740992", "1"), ("1e15", "2e15", "0.2")]
"""Lowest and highest values with the resolution, up to where a float cannot tell whole numbers apart."""


@example(ENDS[1], 3, True, False)
@example(ENDS[1], -3, False, False)
@given(st.sampled_from(ENDS), st.integers(-3, 3), st.booleans(), st.booleans())
def test_values_at_the_ends_of_what_is_plausible_are_judged_as_they_are_one_by_one(ends, steps, at_high, whole):
    """Of a value next to the lowest or highest the whole log says what the fact says, though no row asks about it."""
    low, high, resolution = map(Fraction, ends)
    fact = Quantity("cells", "cells", "1", low=low, high=high, resolution=resolution)
    value = (high if at_high else low) + steps * resolution / 4
    given_value = int(value) if whole else float(value)
    here, counted = State("here", "here"), Event("counted", "counted", may=(fact,))
    pathway = Pathway("counts", "1", here, [here.on(counted)])
    frame = pl.DataFrame({"patient": 1, "day": 0, "event": "counted", "cells": given_value})
    record = Record("counted", {"cells": given_value}, day=0)
    try:
        Journey.replay(pathway, [record])
    except ReplayStopped:
        assert audit(frame, pathway).patients["outcome"].to_list() == ["misuse"]
    else:
        assert audit(frame, pathway).patients["outcome"].to_list() == ["complete"]


def test_of_very_many_options_each_can_be_asked_for():
    """An option beyond the bits of a word is unknown where nothing is recorded, and told apart where others are."""
    genes = Choice("genes", "genes", tuple(f"g{n}" for n in range(70)), several=True)
    here, typed = State("here", "here"), Event("typed", "typed", may=(genes,))
    pathway = Pathway("p", "1", here, [here.on(typed, expects=genes.one_of("g63", "g69"))])
    frame = pl.DataFrame({"patient": [1, 2, 3], "day": 0, "event": "typed"})
    told = audit(frame, pathway).patients
    assert told["undocumented"].to_list() == [1, 1, 1]
    told = audit(frame.with_columns(genes=pl.Series(["g1", "g69", None])), pathway).patients
    assert told.select("departs", "undocumented").rows() == [(1, 0), (0, 0), (0, 1)]
    told = audit(frame.with_columns(genes=pl.Series(["g1", "g2", None])), pathway).patients
    assert told.select("departs", "undocumented").rows() == [(1, 0), (1, 0), (0, 1)]


def test_numbers_too_wide_for_numpy_are_read_nonetheless():
    """Numbers of patients and findings in columns of 128 bits are what they say."""
    wide = log(patient=[1, 2, 2], event=["admitted"] * 2 + ["treated"], ward=["A", "A", None], weight=[70, 9000, None])
    wide = wide.cast({"patient": pl.Int128, "weight": pl.UInt128})
    assert audit(wide, PATHWAY).patients["outcome"].to_list() == ["complete", "misuse"]


def test_rows_that_differ_in_a_list_are_not_the_same():
    """Two drugs given on one day are two rows."""
    frame = log(event=["admitted", "treated", "treated"], day=[0, 1, 1], ward=["A", None, None])
    unlike = frame.with_columns(drugs=pl.Series([None, ["aspirin"], ["morphine"]]))
    assert "twice" not in audit(unlike, PATHWAY).problems["kind"].to_list()


@pytest.mark.parametrize("nobody", [1.5, True, 2, "one"])
def test_a_patient_is_found_by_that_very_number(nobody):
    """What only rounds to the number of a patient is no patient of the log."""
    told = audit(log(patient=[1, 3]), PATHWAY)
    assert told.journey(1.0) == told.journey(1)
    with pytest.raises(LookupError):
        told.journey(nobody)


def test_why_it_is_not_known_where_an_event_led_names_what_decides():
    """What would decide only on a way that is closed is left out."""
    one, other = (Quantity(name, name, "1", low=0, high=9) for name in ("one", "other"))
    here, seen = State("here", "here"), Event("seen", "seen", may=(one, other))
    x, y, z = (State(name, name, final=True) for name in "xyz")
    rows = [
        here.on(seen, to=x, when=one.at_least(5) & other.at_least(2)),
        here.on(seen, to=y, when=one.below(5) & other.at_least(4)),
        here.on(seen, to=z, when=one.below(5) & other.at_most(3)),
    ]
    frame = pl.DataFrame({"patient": [1], "day": [0], "event": ["seen"], "one": [1]})
    (reason,) = audit(frame, Pathway("p", "1", here, rows)).patients["reason"]
    assert reason.endswith("(here): y or z; not known: other at least 4; other at most 3")


def test_objects_in_columns_that_are_no_facts_hurt_nobody():
    """Of rows that are alike in all else such a column is not asked."""
    frame = log(patient=[1, 1], day=[0, 0], event=["admitted"] * 2, ward=["A", "A"])
    frame = frame.with_columns(scan=pl.Series([object()] * 2, dtype=pl.Object))
    assert "twice" in audit(frame, PATHWAY).problems["kind"].to_list()


def test_a_number_as_the_fact_would_not_read_it_is_refused():
    """What is written with an exponent is read by the fact itself."""
    found = audit(log(patient=[1, 2], weight=["7e1", "7e00001"]), PATHWAY).patients
    assert found["outcome"].to_list() == ["complete", "misuse"]


def test_reasons_of_a_thousand_wordings_are_decided_as_few():
    """What a reason waives has nothing to do with its words, and each is told with the step that it let through."""
    many = 300
    words = [f"reason {n}" if n % 3 else f'{{"alone": "reason {n}"}}' for n in range(many)]
    frame = pl.DataFrame({
        "patient": [n for n in range(many) for _ in range(2)], "day": [0, 1] * many,
        "event": ["admitted", "treated"] * many, "ward": ["A", None] * many, "weight": [70, None] * many,
        "override": [word for each in words for word in (None, each)], "drugs": [None, "aspirin"] * many,
    })  # fmt: skip
    told = audit(frame, PATHWAY, on_deviation="stop")
    assert len(told.auditor.alphabet.letters) < 10
    assert len(told.deviations) >= many
    for patient in range(6):
        steps = told.journey(patient).steps
        assert told.patients["accepted"][patient] == len(steps)
        reasons = told.deviations.filter(patient=patient)["reason"].to_list()
        assert reasons == [each.reason for step in steps for each in step.deviations]


def test_what_is_decided_once_is_not_decided_again():
    """Who meets the same letter in the same state again finds the outcome that was found before."""
    alphabet = Alphabet(PATHWAY, "record")
    letter = alphabet.number_of(RowLetter(1, (2, 2)))
    cells = alphabet.cells(np.array([letter]), np.array([1], np.int16))
    alphabet.fill(cells)
    first = alphabet.outcome_of(int(cells[0]))
    alphabet.fill(cells)
    assert alphabet.outcome_of(int(cells[0])) is first
