"""What the command line does with logs in files: Parquet, CSV and JSON lines, scanned and not read whole."""

from __future__ import annotations

import codecs
import csv
import json
import os
from collections.abc import Callable
from pathlib import Path

import polars as pl

from hscpath.cohort.audits import Audit, Auditor
from hscpath.cohort.log import Shape
from hscpath.cohort.reports import document, outline
from hscpath.cohort.saving import check_name, save
from hscpath.cohort.sources import PARQUET, LogSource, scan
from hscpath.engine import OnDeviation
from hscpath.errors import InvalidFile
from hscpath.pathway import Pathway

__all__ = ["Shape", "audited", "check_out", "document", "outline", "save", "standing"]


def audited(
    path: Path, pathway: Pathway, shape: Shape, on_deviation: OnDeviation, on_piece: Callable[[int, int], None]
) -> Audit:
    """Return the audit of a log in a file; *on_piece* is told how many rows were read, and of how many.

    Raises ``InvalidFile`` for a file that holds no log, and ``OSError`` for one that cannot be read.
    """
    with path.open("rb") as file:
        begun = file.read(_PROBED_BYTES)
        file.seek(-min(_PROBED_BYTES, file.seek(0, os.SEEK_END)), os.SEEK_END)
        _, newline, ended = file.read().rpartition(b"\n")
    if begun.startswith(b"PAR1") and path.suffix.lower() not in PARQUET:
        raise InvalidFile(f"{path}: is Parquet by what it holds: give it a name that ends in .parquet")
    try:
        source = LogSource(scan(path, pathway, shape), shape)
        if path.suffix.lower() == ".csv":
            _check_csv(path, begun, ended if newline else b"")
        shape.check(source.schema, pathway)
        if not source.rows:
            raise InvalidFile(f"{path}: holds no rows, only the names of columns: there is nothing to audit")
        return Audit.of(source, Auditor(pathway, shape, on_deviation), lambda rows: on_piece(rows, source.rows))
    except pl.exceptions.PolarsError as error:
        message = str(error).partition("\n")[0]
        raise InvalidFile(f"{path}: cannot be read as {path.suffix[1:]}: {_cure(path, message)}") from None


_PROBED_BYTES = 10_000
_NOT_UTF8 = "it is not in UTF-8: save it so (Excel: 'CSV UTF-8'; pandas: encoding='utf-8')"


def _check_csv(path: Path, begun: bytes, ended: bytes) -> None:
    """Raise ``InvalidFile`` if the names of columns tell another encoding or no commas, or the last line breaks off."""
    names = codecs.getincrementaldecoder("utf-8")("replace").decode(begun).partition("\n")[0].strip()
    if "\0" in names or "\ufffd" in names:
        raise InvalidFile(f"{path}: cannot be read as csv: {_NOT_UTF8}")
    for mark, called in ((";", "semicolons"), ("\t", "tabulators"), ("|", "bars")):
        if mark in names and "," not in names:
            raise InvalidFile(
                f"{path}: the columns are parted by {called}: part them by commas, with a point in decimals "
                "(pandas: sep=',', decimal='.')"
            )
    if ended and b'"' not in ended + begun[: len(names)] and ended.count(b",") < names.count(","):
        raise InvalidFile(f"{path}: is cut short: its last line has fewer fields than there are names of columns")


def _cure(path: Path, message: str) -> str:
    """Return what the reader of a file said, or what is probably the cure."""
    if "utf-8" in message.lower():
        return _NOT_UTF8
    if "PAR1" in message:
        return "it is cut short, or no Parquet"
    match path.suffix.lower():
        case ".csv":
            return _odd_row(path) or message
        case ".jsonl" | ".ndjson":
            return _odd_line(path) or message
        case _:
            return message


def _odd_row(path: Path) -> str:
    """Return what is wrong with the first row that cannot be read, if any is found."""
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        rows = csv.reader(file, strict=True)
        fields, line = len(next(rows, list[str]())), 2
        try:
            for row in rows:
                if len(row) > fields:
                    cure = 'put a text that holds a comma in quotes ("1,5")'
                    return f"line {rows.line_num} has more fields than there are names of columns: {cure}"
                line = rows.line_num + 1
        except csv.Error:
            return f"line {line} has a quote that is not closed, or text after one: quotes within a text are doubled"
    return ""


def _odd_line(path: Path) -> str:
    """Return what is wrong with the first line that is no JSON, if any is found."""
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, 1):
            try:
                read: object = json.loads(line, parse_constant=_no_constant)
            except ValueError:
                read = None
            if not isinstance(read, dict):
                return f"line {number} is no JSON: each is one object in braces, and leaves out what is not recorded"
    return ""


def _no_constant(name: str) -> None:
    raise ValueError(name)


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
