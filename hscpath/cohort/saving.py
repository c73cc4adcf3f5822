"""Cohorts in files: Parquet, CSV or JSON Lines, written piece by piece."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from hscpath.errors import InvalidFile


def save(
    cohort: pl.DataFrame | Iterable[pl.DataFrame],
    path: str | Path,
    on_piece: Callable[[pl.DataFrame], None] | None = None,
) -> None:
    """Write a table, or one that comes in pieces, to a file: Parquet, CSV or JSON Lines, by the end of its name.

    What several options were recorded of is a list, in CSV one in JSON. The file comes to be when it is
    whole, in place of any other of its name. Raises ``InvalidFile`` where there can be no such file.
    """
    path = Path(path)
    check_name(path)
    write = _FORMATS[path.suffix.casefold()]

    def watched() -> Iterator[pl.DataFrame]:
        for piece in (cohort,) if isinstance(cohort, pl.DataFrame) else cohort:
            yield piece
            if on_piece is not None:
                on_piece(piece)

    partly = path.with_name(f"{path.name}.part")
    partly.touch(exist_ok=False)
    try:
        write(watched(), partly)
        partly.replace(path)
    finally:
        partly.unlink(missing_ok=True)


def check_name(path: Path) -> None:
    """Raise ``InvalidFile`` if a table cannot be saved under a name."""
    if path.suffix.casefold() not in _FORMATS:
        raise InvalidFile(f"{path}: the name of a table ends in {', '.join(_FORMATS)}, which says how it is written")
    if path.is_dir():
        raise InvalidFile(f"{path}: is a folder: name a file")
    if not path.parent.is_dir():
        raise InvalidFile(f"{path}: there is no folder {path.parent}")


def _to_parquet(pieces: Iterator[pl.DataFrame], path: Path) -> None:
    with TemporaryDirectory(dir=path.parent) as folder:
        parts: list[Path] = []
        for number, piece in enumerate(pieces):
            parts.append(Path(folder) / str(number))
            piece.write_parquet(parts[-1])
        pl.scan_parquet(parts).sink_parquet(path)


def _to_csv(pieces: Iterator[pl.DataFrame], path: Path) -> None:
    with path.open("wb") as file:
        for number, piece in enumerate(pieces):
            lists = [name for name, kind in piece.schema.items() if isinstance(kind, pl.List)]
            texts = [pl.Series(name, map(_as_json, piece[name]), dtype=pl.String) for name in lists]
            piece.with_columns(texts).write_csv(file, include_header=number == 0)


def _to_json_lines(pieces: Iterator[pl.DataFrame], path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        for piece in pieces:
            for row in piece.iter_rows(named=True):
                file.write(f"{_as_json({name: value for name, value in row.items() if value is not None})}\n")


def _as_json(value: object) -> str | None:
    listed = value.to_list() if isinstance(value, pl.Series) else value
    return None if listed is None else json.dumps(listed, ensure_ascii=False)


_FORMATS: Mapping[str, Callable[[Iterator[pl.DataFrame], Path], None]] = {
    ".parquet": _to_parquet,
    ".csv": _to_csv,
    ".jsonl": _to_json_lines,
}
