"""What the command line does with logs in files: Parquet, CSV and JSON lines, scanned and not read whole."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import polars as pl

from hscpath.cohort.audits import Audit, Auditor
from hscpath.cohort.log import PARTS, Shape
from hscpath.cohort.reports import document, lines
from hscpath.cohort.saving import check_name, save
from hscpath.cohort.sources import Source
from hscpath.engine import OnDeviation
from hscpath.errors import InvalidFile, did_you_mean
from hscpath.pathway import Pathway

__all__ = ["Shape", "audited", "check_out", "document", "lines", "save", "scan", "standing"]


def scan(path: Path, pathway: Pathway, keys: tuple[str, ...]) -> pl.LazyFrame:
    """Return a log on a pathway that a file holds, unread; *keys* are its columns that are no facts.

    CSV and JSON hold no types of their own: everything is text there, and each fact reads its column. Raises
    ``InvalidFile`` for a format that is not known.
    """
    match path.suffix.lower():
        case ".parquet" | ".pq":
            return pl.scan_parquet(path)
        case ".csv":
            return pl.scan_csv(path, infer_schema=False)
        case ".jsonl" | ".ndjson":
            found = pl.scan_ndjson(path, infer_schema_length=_LOOKED_AT).collect_schema().names()
            names = dict.fromkeys((*found, *keys, *PARTS, *(fact.name for fact in pathway.facts)))
            return pl.scan_ndjson(path, schema=dict.fromkeys(names, pl.String))
        case suffix:
            hint = did_you_mean(suffix, [".parquet", ".csv", ".jsonl"])
            raise InvalidFile(f"{path}: {suffix or 'no suffix'} is no format of a log; {hint}")


_LOOKED_AT = 1000
"""How many lines are looked at for columns of which the pathway knows nothing."""


def audited(
    path: Path,
    pathway: Pathway,
    shape: Shape,
    on_deviation: OnDeviation,
    on_piece: Callable[[int, int], None],
) -> Audit:
    """Return the audit of a log in a file; *on_piece* is told how many rows were read, and of how many.

    Raises ``InvalidFile`` for a file that holds no log, and ``OSError`` for one that cannot be read.
    """
    with path.open("rb") as file:
        begun = file.read(_HEAD)
    try:
        source = Source(scan(path, pathway, shape.keys), shape)
        if path.suffix.lower() == ".csv":
            _check_csv(path, begun)
        shape.check(source.schema, pathway)
        if not source.rows:
            raise InvalidFile(f"{path}: holds no rows, only the names of columns: there is nothing to audit")
        return Audit.of(source, Auditor(pathway, shape, on_deviation), lambda rows: on_piece(rows, source.rows))
    except pl.exceptions.PolarsError as error:
        said = str(error).partition("\n")[0]
        raise InvalidFile(f"{path}: cannot be read as {path.suffix[1:]}: {_cure(path, said)}") from None


_HEAD = 10_000
_NOT_UTF8 = "it is not in UTF-8: save it so (Excel: 'CSV UTF-8'; pandas: encoding='utf-8')"


def _check_csv(path: Path, begun: bytes) -> None:
    """Raise ``InvalidFile`` if the names of the columns tell another encoding, or are not parted by commas."""
    names = begun.decode("utf-8", "replace").partition("\n")[0].strip()
    if "\0" in names or "\ufffd" in names:
        raise InvalidFile(f"{path}: cannot be read as csv: {_NOT_UTF8}")
    for mark, called in ((";", "semicolons"), ("\t", "tabulators"), ("|", "bars")):
        if mark in names and "," not in names:
            raise InvalidFile(
                f"{path}: the columns are parted by {called}: part them by commas, with a point in decimals "
                "(pandas: sep=',', decimal='.')"
            )


def _cure(path: Path, said: str) -> str:
    """Return what the reader of a file said, or what is probably the cure."""
    if "utf-8" in said.lower():
        return _NOT_UTF8
    if "more fields" not in said:
        return said
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        rows = csv.reader(file)
        fields = len(next(rows))
        line = next((rows.line_num for row in rows if len(row) > fields), None)
    where = "a line" if line is None else f"line {line}"
    return f'{where} has more fields than there are names of columns: put a text that holds a comma in quotes ("1,5")'


def standing(path: Path) -> Callable[[int], str]:
    """Return where in a file a row stands, by its number from 0; a field that spans lines counts as one."""
    match path.suffix.lower():
        case ".csv":
            return lambda row: f"line {row + 2}"
        case ".jsonl" | ".ndjson":
            return lambda row: f"line {row + 1}"
        case _:
            return "row {} (from 0)".format


def check_out(out: Path, log: Path) -> None:
    """Raise ``InvalidFile`` if what became of the patients of a log cannot be saved under a name."""
    check_name(out)
    if out.exists() and log.exists() and out.samefile(log):
        raise InvalidFile(f"{out}: is the log itself, which would be lost: save under another name")
