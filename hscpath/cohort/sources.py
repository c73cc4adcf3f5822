"""Where logs come from: frames and scans, read in pieces that keep patients whole."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TypeAlias, cast

import attrs
import narwhals as nw
import numpy as np
import polars as pl

from hscpath.cohort.log import PARTS, Shape, begins
from hscpath.cohort.table import Places
from hscpath.errors import InvalidFile, brief, did_you_mean
from hscpath.pathway import Pathway

Frame: TypeAlias = pl.DataFrame | pl.LazyFrame


def as_polars(frame: object) -> Frame:
    """Return any table as one of polars: a scan stays a scan, and everything else is taken as it is."""
    if isinstance(frame, pl.DataFrame | pl.LazyFrame):
        return frame
    try:
        known = nw.from_native(cast("Any", frame))
    except TypeError:
        if hasattr(frame, "__arrow_c_stream__") or hasattr(frame, "__arrow_c_array__"):
            return pl.DataFrame(cast("Any", frame))
        raise InvalidFile(
            f"{brief(frame)} is no table: give a frame of polars, pandas, pyarrow or duckdb, or a scan"
        ) from None
    if isinstance(known, nw.LazyFrame):
        known = known.collect("polars")
    return cast("pl.DataFrame", known.to_polars())


def scan(path: str | Path, pathway: Pathway, shape: Shape | None = None) -> pl.LazyFrame:
    """Return a log on a pathway that a file holds, unread: Parquet, CSV or JSON Lines, by the end of its name.

    CSV and JSON hold no types of their own: everything is text there, which an audit has each fact read, so that
    a value with its unit and one that is none are each taken for what they are. Raises ``InvalidFile`` for a
    format that is not known.
    """
    path = Path(path)
    match path.suffix.lower():
        case suffix if suffix in PARQUET:
            return pl.scan_parquet(path)
        case ".csv":
            return pl.scan_csv(path, infer_schema=False)
        case ".jsonl" | ".ndjson":
            found = pl.scan_ndjson(path, infer_schema_length=_SCANNED_LINES).collect_schema().names()
            known = (*(shape or Shape()).keys, *PARTS, *(fact.name for fact in pathway.facts))
            return pl.scan_ndjson(path, schema=dict.fromkeys((*found, *known), pl.String))
        case suffix:
            hint = did_you_mean(suffix, [".parquet", ".csv", ".jsonl"])
            raise InvalidFile(f"{path}: {suffix or 'no suffix'} is no format of a log; {hint}")


PARQUET = (".parquet", ".pq")
_SCANNED_LINES = 1000
"""How many lines are looked at for columns of which the pathway knows nothing."""


class WholePatients(NamedTuple):
    """Rows of whole patients, which stand together, with the number of each row in the log as given."""

    frame: pl.DataFrame
    row: Places


@attrs.frozen(eq=False, slots=False)
class LogSource:
    """A log, and which of its columns say what."""

    frame: Frame
    shape: Shape

    def __attrs_post_init__(self) -> None:
        kind = self.schema.get(self.shape.patient)
        if kind is not None and kind.is_float():  # "not a number" names nobody either
            object.__setattr__(self, "frame", self.frame.with_columns(self._patient.fill_nan(None)))

    @cached_property
    def schema(self) -> pl.Schema:
        """The columns of the log."""
        return self.frame.schema if isinstance(self.frame, pl.DataFrame) else self.frame.collect_schema()

    @property
    def none(self) -> pl.DataFrame:
        """The columns without a row."""
        return pl.DataFrame(schema=self.schema)

    @cached_property
    def _row(self) -> str:
        """What no column of the log is called: the one that numbers its rows."""
        return "row" + "".join(self.schema.names())

    @cached_property
    def _patient(self) -> pl.Expr:
        return pl.col(self.shape.patient)

    @cached_property
    def _counted(self) -> tuple[int, int, bool]:
        """How many rows there are, how many are of no patient, and whether a patient ever follows a later one."""
        known = self._patient.drop_nulls()
        rows, nobody, back = self._collected(pl.len(), self._patient.null_count(), (known < known.shift()).any())
        return rows, nobody, back

    @cached_property
    def _scattered(self) -> bool:
        """Whether the rows of any patient stand apart, which they cannot where patients are in order."""
        if not self._counted[2]:
            return False
        known = self._patient.drop_nulls()
        runs, patients = self._collected(known.ne(known.shift()).sum() + 1, known.n_unique())
        return bool(runs > patients)

    def _collected(self, *sums: pl.Expr) -> tuple[Any, ...]:
        scan = self.frame.lazy().select(each.alias(str(number)) for number, each in enumerate(sums))
        return scan.collect(engine="streaming").row(0)

    @property
    def rows(self) -> int:
        """How many rows the log has."""
        return self._counted[0]

    @property
    def nobody(self) -> int:
        """How many rows are of no patient, and belong to no journey."""
        return self._counted[1]

    def pieces(self, rows: int) -> Iterator[WholePatients]:
        """Yield the log in pieces of about so many rows, no patient in two of them."""
        if isinstance(self.frame, pl.DataFrame):
            yield from _cut(
                iter((self._together(WholePatients(self.frame, np.arange(len(self.frame)))),)), self.shape.patient, rows
            )
        elif self._scattered:
            yield from self._gathered(self.frame, rows)
        else:
            yield from _cut(_batches(self.frame, self.shape.patient, rows), self.shape.patient, rows)

    def of(self, patient: object) -> WholePatients:
        """Return the rows of one patient; raise ``LookupError`` if there are none."""
        kind = self.schema[self.shape.patient]
        try:
            wanted = _called(patient, kind)
        except (pl.exceptions.PolarsError, TypeError):
            raise LookupError(f"no patient is called {brief(patient)}: they are told apart by {kind}") from None
        row = self._row
        rows = self.frame.lazy().with_row_index(row).filter(self._patient.eq(pl.lit(wanted).first())).collect()
        if not len(rows):
            raise LookupError(f"the log has no patient {brief(patient)}")
        return WholePatients(rows.drop(row), rows[row].to_numpy().astype(np.intp))

    def _together(self, whole: WholePatients) -> WholePatients:
        """Return rows with those of each patient together, and those of nobody left out."""
        frame, row = whole
        patient = frame[self.shape.patient]
        if patient.null_count():
            known = patient.is_not_null()
            frame, row = frame.filter(known), row[known.to_numpy()]
            patient = frame[self.shape.patient]
        if len(frame) and patient.rle_id()[-1] + 1 > patient.n_unique():
            order = frame.select(pl.arg_sort_by(self._patient, maintain_order=True)).to_series()
            frame, row = frame[order], row[order.to_numpy()]
        return WholePatients(frame, row)

    def _gathered(self, scan: pl.LazyFrame, rows: int) -> Iterator[WholePatients]:
        """Yield whole patients of a log in which they are scattered: sorted into files by patient first."""
        row, which_part, parts = self._row, f"part, {self._row}", self.rows // rows + 1
        part = (self._patient.hash(0) % parts).alias(which_part)
        with TemporaryDirectory() as folder:
            numbered = scan.with_row_index(row).filter(self._patient.is_not_null()).with_columns(part)
            for number, batch in enumerate(numbered.collect_batches(chunk_size=rows)):
                for (which,), some in batch.partition_by(which_part, as_dict=True, include_key=False).items():
                    some.write_ipc(Path(folder) / f"{which}-{number}.arrow")
            for which in range(parts):
                files = sorted(Path(folder).glob(f"{which}-*.arrow"))
                if files:
                    frame = pl.concat([pl.read_ipc(file) for file in files]).sort(row)
                    yield self._together(WholePatients(frame.drop(row), frame[row].to_numpy().astype(np.intp)))


def _called(patient: object, kind: pl.DataType) -> pl.Series:
    """Return a patient's name as a log holds it; raise ``TypeError`` for what would only be rounded to one."""
    given = pl.Series([patient])
    wanted = given.cast(kind)
    truth = given.dtype == pl.Boolean
    if (truth and kind != pl.Boolean) or (given.dtype.is_numeric() and wanted.cast(given.dtype)[0] != patient):
        raise TypeError
    return wanted


def _batches(scan: pl.LazyFrame, patient: str, rows: int) -> Iterator[WholePatients]:
    """Yield a scan in batches, as they come."""
    begun = 0
    for batch in scan.collect_batches(chunk_size=rows):
        whole = WholePatients(batch, np.arange(begun, begun + len(batch)))
        begun += len(batch)
        if batch[patient].null_count():
            known = batch[patient].is_not_null()
            whole = WholePatients(batch.filter(known), whole.row[known.to_numpy()])
        yield whole


def _cut(batches: Iterator[WholePatients], patient: str, rows: int) -> Iterator[WholePatients]:
    """Yield batches cut where one patient ends and another begins, at about so many rows."""
    held: list[WholePatients] = []
    size = 0
    for batch in batches:
        held.append(batch)
        size += len(batch.frame)
        if size < rows:
            continue
        whole = _joined(held)
        first = begins(whole.frame[patient])
        begin = 0
        # Each cut is moved back to where its patient begins, so that nobody stands in two pieces.
        for cut in np.unique(first[np.searchsorted(first, np.arange(rows, size + 1, rows), side="right") - 1]):
            if cut > begin:
                yield WholePatients(whole.frame[begin:cut], whole.row[begin:cut])
                begin = int(cut)
        held = [WholePatients(whole.frame[begin:], whole.row[begin:])]
        size -= begin
    if size:
        yield _joined(held)


def _joined(wholes: list[WholePatients]) -> WholePatients:
    if len(wholes) == 1:
        return wholes[0]
    return WholePatients(pl.concat([each.frame for each in wholes]), np.concatenate([each.row for each in wholes]))
