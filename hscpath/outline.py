"""Text in outline, and its two forms: plain, and Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Literal, NamedTuple, TypeAlias
from unicodedata import combining, east_asian_width

from hscpath.errors import brief, on_one_line

Form: TypeAlias = Literal["text", "md"]

TITLE, HEADING = -2, -1


class Line(NamedTuple):
    """One line: how deep it stands below the title and the headings, what it says, and what it adds to that."""

    depth: int
    text: str = ""
    more: str = ""


BLANK = Line(0)


def rendered(lines: Iterable[Line | str], form: Form) -> str:
    """Return lines as plain text or as Markdown; what is text already stays as it is.

    Raises ``ValueError`` for any other form.
    """
    if form not in ("text", "md"):
        raise ValueError(f"{brief(form)} is no form of a text: write 'text' or 'md'")
    if form == "text":
        return "\n".join(line if isinstance(line, str) else _plain(line) for line in lines)
    written: list[str] = []
    before: Line | str = BLANK
    for line in lines:
        if isinstance(line, Line) and isinstance(before, Line) and line.depth > 0 == before.depth:
            written.append("")  # some readers of Markdown take a list for a part of the paragraph before it
        written.append(line if isinstance(line, str) else _markdown(line))
        before = line
    return "\n".join(written)


def _plain(line: Line) -> str:
    return "  " * max(line.depth, 0) + on_one_line(line.text + line.more)


def _markdown(line: Line) -> str:
    text, more = re.sub(r"^(\d*)([-+=>\[.)])", r"\1\\\2", escaped(line.text)), escaped(line.more)
    match line.depth:
        case -2:
            return f"# {text}"
        case -1:
            return f"## {text}"
        case 0:
            return f"**{text}** {more}".rstrip() if more else text
        case depth:
            return "    " * (depth - 1) + f"- {text} {more}".rstrip()


def escaped(text: str) -> str:
    r"""Return free text on one line in which nothing is taken for Markdown or HTML.

    >>> escaped("5 * 3 < 20, [see](here)")
    '5 \\* 3 &lt; 20, [see\\](here)'
    """
    plain = on_one_line(text).replace("&", "&amp;").replace("<", "&lt;")  # not every Markdown knows these escaped
    return re.sub(r"[\\`*_|~$#]|](?=[(\[:])", r"\\\g<0>", plain)


def markdown_table(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield rows as a Markdown table, the first of them as its head; a cell may have several lines."""
    for number, row in enumerate(rows):
        cells = ("<br>".join(map(escaped, cell.split("\n"))) for cell in row)
        yield f"| {' | '.join(cells)} |"
        if number == 0:
            yield "|---" * len(row) + "|"


# --- Columns -------------------------------------------------------------------------------------


def columns(rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """Yield rows as lines of aligned columns that share a width; the lines of a cell stand below each other."""
    widths = _widths(list(zip(*rows, strict=True)), width)
    for row in rows:
        cells = [_broken(cell, size) for cell, size in zip(row, widths, strict=True)]
        for parts in zip_longest(*cells, fillvalue=""):
            padded = (part + " " * (size - _size(part)) for part, size in zip(parts, widths, strict=True))
            yield _GAP.join(padded).rstrip()


_GAP, _LONGEST_WORD = "  ", 20


def _widths(cells: Sequence[Sequence[str]], width: int) -> list[int]:
    """Return how wide each column is: as wide as it would be, or narrower where that breaks the fewest lines."""
    widths = [max(_size(line) for cell in column for line in cell.split("\n")) for column in cells]
    words = [max((_size(word) for cell in column for word in cell.split()), default=0) for column in cells]
    least = [max(1, min(word + 1, _LONGEST_WORD)) for word in words]
    text = [sum(map(_size, column)) for column in cells]
    while sum(widths) + len(_GAP) * (len(widths) - 1) > width:
        shrinkable = [at for at in range(len(widths)) if widths[at] > least[at]]
        if not shrinkable:
            break
        widths[min(shrinkable, key=lambda at: text[at] / widths[at])] -= 1
    return widths


def _broken(cell: str, size: int) -> list[str]:
    """Return the lines of a cell, broken between words, or within one that is too long."""
    lines: list[str] = []
    for given in cell.split("\n"):
        lines.append("")
        for word in given.split():
            if lines[-1] and _size(lines[-1]) + 1 + _size(word) > size:
                lines.append(" ")
            gap = " " if lines[-1].strip() else ""
            for sign in gap + word:
                if _size(lines[-1]) + _size(sign) > size:
                    lines.append(" ")
                lines[-1] += sign
    return lines


def _size(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(2 if east_asian_width(sign) in "WF" else 0 if combining(sign) else 1 for sign in text)
