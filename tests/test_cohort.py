"""A whole log at once comes to exactly what replaying each patient does."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from hscpath.cohort import audit
from hscpath.testing import pathways
from tests.logs import faulty_logs, replayed, table
from tests.profiles import examples


def agree(logs, pathway, on_deviation="record"):
    """Assert that an audit says of every patient what replaying the patient says."""
    told = audit(table(logs, pathway), pathway, in_order=True, on_deviation=on_deviation)
    found = {row["patient"]: row for row in told.patients.iter_rows(named=True)}
    steps, deviations = told.steps, told.deviations
    assert list(found) == [patient for patient, log in logs.items() if log]
    for patient, row in found.items():
        wanted, taken, noted = replayed(pathway, logs[patient], on_deviation)
        got = {name: row[name] for name in wanted}
        if wanted["outcome"] == "misuse":
            got["reason"] = frozenset(
                each.partition(":")[0] if ":" in each else "event" for each in row["reason"].split("; ")
            )
        assert got == wanted, (patient, logs[patient], row["reason"])
        mine = steps.filter(pl.col("patient") == patient)
        assert mine.select("step", "day", "event", "after").rows() == taken
        mine = deviations.filter(pl.col("patient") == patient)
        assert mine.select("step", "event", "criterion", "kind", "reason").rows() == noted


@examples(0.5)
@given(st.data())
def test_an_audit_says_of_every_patient_what_replaying_does(data):
    """Verdict, state, refused row, reasons, steps and deviations are the same, on any pathway, whatever is wrong."""
    pathway = data.draw(pathways())
    logs = {f"p{n}": data.draw(faulty_logs(pathway)) for n in range(data.draw(st.integers(1, 6)))}
    agree(logs, pathway, data.draw(st.sampled_from(("record", "record", "stop"))))
