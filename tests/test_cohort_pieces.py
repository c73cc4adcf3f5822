"""Logs in pieces: whole patients wherever they are cut, in several processes, and from files."""

import datetime as dt
import json
import pickle
import random
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from hscpath.cohort import Auditor, Shape, audit, audits, scan
from hscpath.cohort.sources import LogSource
from hscpath.files import pathway_to_json
from tests.command_line import run
from tests.ward import PATHWAY


def register(patients, seed=1):
    """Return a log of many patients, some of whom are refused, some of whom cannot be recorded."""
    chance = random.Random(seed)
    rows = []
    for patient in range(patients):
        day = 0
        for event in ("admitted", *["treated"] * chance.randrange(4), "discharged"):
            wrong = chance.random() < 0.05
            rows.append({
                "patient": f"p{patient:04}", "day": day, "event": event,
                "ward": "A" if event == "admitted" and not wrong else None,
                "pain": None if event == "admitted" else chance.choice([1, 2.5, 4]),
                "alone": chance.random() < 0.5 if event == "admitted" else None,
            })  # fmt: skip
            day += chance.randrange(3)
    return pl.DataFrame(rows)


LOG = register(300)
WHOLE = audit(LOG, PATHWAY).patients


@pytest.mark.parametrize(("made", "size"), [(pl.DataFrame, 7), (pl.DataFrame.lazy, 7), (pl.DataFrame.lazy, 10**6)])
def test_a_patient_is_whole_wherever_the_log_is_cut(made, size, monkeypatch):
    """Pieces of any size say what the whole says."""
    monkeypatch.setattr(audits, "PIECE", size)
    assert audit(made(LOG), PATHWAY).patients.equals(WHOLE)


@pytest.mark.parametrize(("made", "size"), [(pl.DataFrame, 300), (pl.DataFrame.lazy, 300), (pl.DataFrame, 10**6)])
def test_a_patient_scattered_over_a_log_is_gathered(made, size, monkeypatch):
    """Rows of one patient may stand anywhere; each says which row of the log it was."""
    monkeypatch.setattr(audits, "PIECE", size)
    named = LOG.with_columns(place=np.arange(len(LOG)), row=pl.lit("a column of this name is no trouble"))
    mixed = named.sample(fraction=1, shuffle=True, seed=3)
    none = mixed.head(1).with_columns(patient=pl.lit(None, pl.String))
    found = audit(made(pl.concat([none, mixed])), PATHWAY, order="place")
    assert found.patients.drop("row").sort("patient").equals(WHOLE.drop("row"))
    places = mixed["place"].gather(found.patients.sort("patient")["row"].drop_nulls() - 1)
    assert places.to_list() == WHOLE["row"].drop_nulls().to_list()
    assert found.source.nobody == 1


def test_rows_of_nobody_in_a_scan_are_left_out():
    """A scan with rows of no patient is audited without them, and keeps its numbering."""
    none = LOG.head(1).with_columns(patient=pl.lit(None, pl.String))
    found = audit(pl.concat([none, LOG]).lazy(), PATHWAY)
    assert found.patients.drop("row").equals(WHOLE.drop("row"))
    assert (found.patients["row"] - 1).equals(WHOLE["row"])


def halves():
    """Return the log as two Arrow batches of whole patients."""
    first = pl.col("patient") < "p0150"
    return [LOG.filter(which).to_arrow().combine_chunks().to_batches()[0] for which in (first, ~first)]


def judged(auditor, batch):
    """Return what becomes of a batch, as a batch: what a distributed engine would run."""
    return pa.table(auditor(batch)).combine_chunks().to_batches()[0]


def test_an_auditor_can_be_pickled():
    """What it was made with is sent, and not what it has learnt."""
    again = pickle.loads(pickle.dumps(Auditor(PATHWAY, Shape(), "record")))
    assert (str(again), again.on_deviation) == ("of logs on ward", "record")
    assert again(LOG).drop("row").equals(WHOLE.drop("row"))


@pytest.mark.slow
def test_pieces_in_separate_processes_say_what_the_whole_says():
    """An auditor is a function from batch to batch, which can be sent anywhere."""
    auditor = Auditor(PATHWAY)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        found = list(pool.map(judged, [auditor] * 2, halves()))
    assert all(isinstance(batch, pa.RecordBatch) for batch in found)
    assert pl.DataFrame(pa.Table.from_batches(found)).drop("row").equals(WHOLE.drop("row"))


def test_steps_come_in_pieces_too(monkeypatch):
    """What is larger than memory is read a few whole patients at a time."""
    monkeypatch.setattr(audits, "PIECE", 100)
    found = audit(LOG, PATHWAY)
    pieces = list(found.steps_in_pieces())
    assert len(pieces) > 5
    assert pl.concat(pieces).equals(found.steps)
    assert LogSource(LOG.lazy(), Shape()).rows == len(LOG)
    assert found.transitions["count"].sum() == len(found.steps)
    assert str(found.pathway.name) == "ward"


def saved(folder, suffix):
    """Return the log in a file."""
    path = folder / f"log{suffix}"
    {".parquet": LOG.write_parquet, ".csv": LOG.write_csv, ".jsonl": LOG.write_ndjson}[suffix](path)
    return path


@pytest.fixture
def ward(tmp_path):
    """The ward's pathway in a file."""
    path = tmp_path / "ward.json"
    path.write_text(pathway_to_json(PATHWAY), encoding="utf-8")
    return path


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_the_command_line_tells_what_an_audit_found(suffix, tmp_path, ward):
    """A log in a file is audited, told and saved; the exit code says that patients were refused."""
    out = tmp_path / "patients.parquet"
    code, text, _ = run("audit", saved(tmp_path, suffix), "--pathway", ward, "--out", out, width="200")
    assert code == 1
    assert pl.read_parquet(out).drop("state", "outcome").equals(WHOLE.drop("state", "outcome"))
    first, *rest = text.splitlines()
    assert first == str(audit(LOG, PATHWAY))
    assert any(line.endswith("ward: this event must record it") for line in rest)
    code, text, _ = run("audit", saved(tmp_path, suffix), "--pathway", ward, "--json")
    told = json.loads(text)
    assert told["patients"] == 300
    assert told["outcomes"] == audit(LOG, PATHWAY).outcomes


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
@pytest.mark.parametrize(
    "days",
    [
        pl.Series([0.0, 4.0, None]),
        pl.Series([dt.date(2026, 2, 25), dt.date(2026, 3, 1), None]),
        pl.Series(["2026-02-25 17:00", "2026-03-01 09:00", None]).str.to_datetime(),
    ],
    ids=["a day missing", "dates", "times"],
)
def test_a_log_says_the_same_in_every_format(days, suffix, tmp_path, ward):
    """Days with a gap, dates and times are read from text as they are from a column that knows what they are."""
    log, out = tmp_path / f"log{suffix}", tmp_path / "out.parquet"
    frame = pl.DataFrame({
        "patient": ["a"] * 3, "day": days, "event": ["admitted", "treated", "treated"], "ward": ["A", None, None],
        "alone": [True, None, None],
    })  # fmt: skip
    {".parquet": frame.write_parquet, ".jsonl": frame.write_ndjson}.get(
        suffix, lambda path: frame.to_pandas().to_csv(path, index=False)
    )(log)
    assert run("audit", log, "--pathway", ward, "--out", out)[0] == 0
    assert pl.read_parquet(out)["accepted"].to_list() == [3]


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_a_program_reads_a_log_in_a_file_as_the_command_line_does(suffix, tmp_path):
    """A scan of a file takes each value as it is written there, and its audit is that of the table."""
    told = audit(scan(str(saved(tmp_path, suffix)), PATHWAY), PATHWAY)
    assert told.outcomes == audit(LOG, PATHWAY).outcomes


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_what_became_of_patients_is_never_saved_onto_their_log(suffix, tmp_path, ward):
    """The log stays as it was, be it named outright or through a link; nor is a folder taken for a file."""
    log, link = saved(tmp_path, suffix), tmp_path / f"link{suffix}"
    link.symlink_to(log)
    held = log.read_bytes()
    for out, why in ((log, "is the log itself"), (link, "is the log itself"), (tmp_path / "x.csv", "is a folder")):
        (tmp_path / "x.csv").mkdir(exist_ok=True)
        code, text, err = run("audit", log, "--pathway", ward, "--out", out, width="300")
        assert (code, text) == (2, "")
        assert why in err
    assert log.read_bytes() == held


def test_of_one_patient_it_is_told_in_full_why_the_journey_stopped(tmp_path, ward):
    """The journey is told up to there, then the refusal with its reasons; nobody is made up."""
    log = tmp_path / "log.parquet"
    frame = pl.DataFrame({"patient": [17, 17, 18], "day": [0, 3, 0], "event": ["admitted", "nonsense", "admitted"]})
    frame.with_columns(ward=pl.Series(["A", None, "A"])).write_parquet(log)
    code, text, _ = run("audit", log, "--pathway", ward, "--explain", 17, width="200")
    assert (code, "Day 0: admitted" in text, "nonsense" in text) == (1, True, True)
    code, text, _ = run("audit", log, "--pathway", ward, "--explain", 18, width="200")
    assert (code, "Day 0: admitted" in text, "nonsense" in text) == (0, True, False)
    code, _, err = run("audit", log, "--pathway", ward, "--explain", 19, width="200")
    assert (code, "the log has no patient '19'" in err) == (2, True)
    code, _, err = run("audit", log, "--pathway", ward, "--explain", 17, "--json", width="200")
    assert (code, "leave out --json" in err) == (2, True)


def test_rows_may_be_taken_as_they_stand(tmp_path, ward):
    """Of rows that are known to be in order, a day that goes back is a slip and not a matter of sorting."""
    log = tmp_path / "log.csv"
    log.write_text("patient,day,event,ward,weight\n1,3,admitted,A,70\n1,0,treated,,\n")
    assert "an earlier event" not in run("audit", log, "--pathway", ward, width="200")[1]
    code, text, _ = run("audit", log, "--pathway", ward, "--in-order", width="200")
    assert (code, "treated: day: before that of an earlier event" in text) == (1, True)


@pytest.mark.parametrize("end", ["", "\n"])
def test_a_long_line_is_no_sign_that_a_file_breaks_off(end, tmp_path, ward):
    """A remark of many thousand letters in the last line, or in the first, is read as any other."""
    log, remark = tmp_path / "log.csv", "\u00e9" * 20_001
    log.write_text(f"patient,day,event,ward,{remark}\n1,0,admitted,A,{remark}{end}", encoding="utf-8")
    assert run("audit", log, "--pathway", ward)[0] == 0


@pytest.mark.parametrize("nobody", [None, float("nan")])
def test_rows_that_name_no_patient_are_told_at_once(nobody, tmp_path, ward):
    """Whose rows they are nobody knows: the first line says how many, and the exit code that not all was audited."""
    log = tmp_path / "log.parquet"
    frame = pl.DataFrame({"patient": [1.0, nobody, nobody], "day": 0, "event": "admitted", "ward": "A"})
    frame.write_parquet(log)
    code, text, _ = run("audit", log, "--pathway", ward, width="200")
    assert code == 1
    assert text.splitlines()[0] == (
        "1 patient, 1 event: 1 complete, 0 refused, 0 that cannot be recorded; 2 rows without a patient"
    )
    assert json.loads(run("audit", log, "--pathway", ward, "--json")[1])["rows_without_patient"] == 2
    assert audit(frame, PATHWAY).nobody == 2


def test_a_log_in_which_all_is_well_ends_with_nought(tmp_path, ward):
    """Where nothing is refused the program says so by its exit code, and a table can be saved as text."""
    log, out = tmp_path / "log.csv", tmp_path / "out.csv"
    log.write_text("patient,day,event,ward,weight\n1,0,admitted,A,70\n")
    code, text, _ = run("audit", log, "--pathway", ward, "--out", out)
    assert code == 0
    assert text.splitlines()[0] == "1 patient, 1 event: 1 complete, 0 refused, 0 that cannot be recorded"
    assert out.read_text().splitlines()[1].startswith("1,complete,bed,1,1")
    log.write_text("patient,day,event,ward,weight,drugs\n1,0,admitted,A,70,\n1,1,treated,,,\n")
    code, text, _ = run("audit", log, "--pathway", ward)
    assert code == 0
    assert "Let through: 0 criteria departed from, 2 not documented" in text
    assert run("audit", log, "--pathway", ward, "--strict")[0] == 1


@pytest.mark.parametrize(
    ("name", "text", "options", "says"),
    [
        ("log.txt", "", (), "log.txt: .txt is no format of a log; known: .csv, .jsonl, .parquet"),
        ("log", "", (), "log: no suffix is no format of a log"),
        ("log.csv", "patient,day\n", (), "there is no column 'event'"),
        ("log.csv", 'patient,day,event\n"', (), "log.csv: cannot be read as csv"),
        ("log.csv", "", (), "log.csv: cannot be read as csv"),
        ("log.csv", "patient,day,event\n", (), "log.csv: holds no rows, only the names of columns"),
        ("log.csv", "patient;day;event\n1;0;seen\n", (), "log.csv: the columns are parted by semicolons: part them by"),
        ("log.csv", "patient\tday\tevent\n", (), "parted by tabulators: part them by commas, with a point in decimals"),
        (
            "log.csv",
            "patient,day,event\n1,0,seen\n1,0,seen,3,4\n",
            (),
            "csv: line 3 has more fields than there are names",
        ),
        ("log.csv", 'patient,day,event\n1,0,"seen,3"\n\n"1\n",0,seen,3\n', (), "line 5 has more fields than there are"),
        ("log.csv", "patient,day,event\n1,0,g\u00e9sehen\n".encode("latin-1"), (), "not in UTF-8: save it so (Excel"),
        ("log.csv", "patient,day,\u00e9vent\n1,0,seen\n".encode("latin-1"), (), "not in UTF-8: save it so (Excel"),
        ("log.csv", "patient,day,event\n1,0,seen\n".encode("utf-16"), (), "not in UTF-8: save it so (Excel"),
        (
            "log.jsonl",
            '{"patient": "1", "event": "\u00e9"}'.encode("latin-1"),
            (),
            "log.jsonl: cannot be read as jsonl",
        ),
        ("log.jsonl", '{"patient": 1', (), "log.jsonl: cannot be read as jsonl: line 1 is no JSON"),
        ("log.jsonl", '{"patient": 1}\n{"patient": NaN}', (), "line 2 is no JSON: each is one object in braces"),
        ("log.jsonl", "patient,day,event\n1,0,seen\n", (), "line 1 is no JSON"),
        ("log.jsonl", "", (), "log.jsonl: cannot be read as jsonl"),
        ("log.csv", 'patient,day,event\n1,0,seen\n"1,0,seen\n2,0,seen', (), "line 3 has a quote that is not closed"),
        ("log.csv", "patient,day,event\n1,0,seen\n1,2", (), "is cut short: its last line has fewer fields"),
        ("log.csv", "PAR1\0\0", (), "is Parquet by what it holds: give it a name that ends in .parquet"),
        ("log.parquet", "PAR1", (), "log.parquet: cannot be read as parquet"),
        ("log.parquet", "patient,day,event\n1,0,seen\n", (), "it is cut short, or no Parquet"),
        ("log.csv", "patient,day,event\n", ("--under", "LIST"), "has no guidelines"),
        (
            "log.csv",
            "patient,day,event\n1,0,seen\n",
            ("--out", "told.txt"),
            "the name of a table ends in .parquet, .csv",
        ),
        ("log.csv", "patient,day,event\n1,0,seen\n", ("--out", "told"), "told: the name of a table ends in"),
        ("log.csv", "patient,day,event\n1,0,seen\n", ("--out", "no/where.csv"), "there is no folder no"),
    ],
)
def test_a_log_that_cannot_be_read_says_why(name, text, options, says, tmp_path, ward):
    """Exit code 2, the file and the cure."""
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    code, _, err = run("audit", path, "--pathway", ward, *options, width="400")
    assert code == 2
    assert says in err.replace("\n", " ")


@pytest.mark.parametrize(
    ("suffix", "stands"), [(".csv", "line 4"), (".jsonl", "line 3"), (".parquet", "row 2 (from 0)")]
)
def test_a_value_that_cannot_be_recorded_is_told_with_why_and_whose_and_where(suffix, stands, tmp_path):
    """A protein in the wrong unit is told with the hint at the unit, its patient, and the line of the file."""
    log = tmp_path / f"log{suffix}"
    frame = pl.DataFrame({
        "patient": ["p9", "p9", "p2", "p2"], "day": [0, 3, 0, 4], "event": ["nephritis_diagnosed", "died"] * 2,
        "upcr": ["3.4", None, "3400", None],
    })  # fmt: skip
    {".parquet": frame.write_parquet, ".csv": frame.write_csv, ".jsonl": frame.write_ndjson}[suffix](log)
    code, text, _ = run("audit", log, width="200")
    assert code == 1
    assert text.splitlines()[-2:] == [
        "  1 row: upcr: the value cannot be recorded, such as '3400'",
        f"    first in {stands}, patient p2: 3400 g/g is outside 0 to 50 g/g; is it in mg/g?",
    ]
    found = json.loads(run("audit", log, "--json")[1])["problems"]
    assert [sorted(problem) for problem in found] == [["kind", "patients", "reason", "row", "rows", "text", "where"]]


def test_yes_and_no_and_several_drugs_are_written_in_a_csv_as_readme_says(tmp_path, ward):
    """Flags are true or false; one drug stands by its name, and several as a list in quotes."""
    log, out = tmp_path / "log.csv", tmp_path / "out.parquet"
    log.write_text(
        "patient,day,event,ward,alone,drugs\n"
        '1,0,admitted,A,true,\n1,1,treated,,,"[""aspirin"", ""morphine""]"\n'
        "2,0,admitted,A,True,\n2,1,treated,,,aspirin\n"
    )
    assert run("audit", log, "--pathway", ward, "--out", out)[0] == 0
    typed = pl.DataFrame({
        "patient": ["1", "1", "2", "2"], "day": [0, 1] * 2, "event": ["admitted", "treated"] * 2,
        "ward": ["A", None] * 2, "alone": [True, None] * 2, "drugs": [None, ["aspirin", "morphine"], None, ["aspirin"]],
    })  # fmt: skip
    meant = audit(typed, PATHWAY)
    assert pl.read_parquet(out)["undocumented"].to_list() == meant.patients["undocumented"].to_list() == [1, 1]
    assert "alone" not in meant.deviations["criterion"].to_list()
    assert audit(typed.drop("drugs"), PATHWAY).patients["undocumented"].to_list() == [2, 2]
    log.write_text("patient,day,event,ward,alone,drugs\n1,0,admitted,A,true,\n1,1,treated,,,aspirin and morphine\n")
    assert run("audit", log, "--pathway", ward)[0] == 1


def test_a_log_that_is_not_there_says_so(tmp_path):
    """A misspelt path is told as such, and the reference pathway and its guidelines are at hand."""
    code, _, err = run("audit", tmp_path / "log.csv")
    assert code == 2
    assert "No such file or directory" in err
    log = tmp_path / "log.csv"
    log.write_text("patient,day,event\n1,0,died\n")
    assert run("audit", log)[0] == run("audit", log, "--under", "LIST")[0] == 0


def test_a_long_report_is_cut_short(tmp_path):
    """Only the commonest reasons are told to people."""
    log = tmp_path / "log.csv"
    rows = "".join(f"{n},0,event {n},\n" for n in range(50))
    log.write_text(f"patient,day,event,wieght\n{rows}99,0,,\n")
    code, text, _ = run("audit", log)
    assert code == 1
    assert "  and 31 more" in text
    assert "  1 event 0: the event is none of this pathway" in text
    assert "    first in line 2, patient 0\n" in text
    assert text.splitlines()[2] == "Of the log itself:"
    assert text.splitlines()[3].startswith("  'wieght' is no fact of this pathway; known:")


def test_a_missing_extra_names_its_cure(monkeypatch, tmp_path):
    """Who has not installed what cohorts need is told how."""
    for name in [name for name in sys.modules if name.startswith("hscpath.cohort")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "polars", None)
    monkeypatch.delattr("hscpath.cohort", raising=False)
    code, _, err = run("audit", tmp_path / "log.csv")
    assert code == 2
    assert 'hscpath.cohort needs polars, numpy and narwhals: pip install "hscpath[cohort]"' in err.replace("\n", " ")
