"""Text as an outline: lines with their depth and the role of each part, and tables; and how it is rendered.

Stories, tables, decisions and explanations are outlines, or have one (``Outlined``). ``text`` renders it:

>>> told = Outline([heading("Ana", 1), line(sign("✓"), "fit", value(": age 25"), source(" [Ward 2026]"), depth=1)])
>>> print(told)
Ana
  ✓ fit: age 25 [Ward 2026]
>>> print(told.text("html", values=False))
<h1>Ana</h1>
<ul><li class="met"><span class="sign">✓ </span>fit<span class="source"> [Ward 2026]</span></li></ul>

The role of a part decides how it looks, and whether it is shown where no value of a patient may be.
So no renderer looks for signs within the words, and nothing reads a text again. ``RENDERERS`` holds
the renderers by name. To add a format, write a function from blocks and a width to text, and enter it:

>>> RENDERERS["loud"] = lambda blocks, width: " ".join(str(block).upper() for block in blocks)
>>> told.text("loud", values=False)
'ANA ✓ FIT [WARD 2026]'
>>> del RENDERERS["loud"]
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, zip_longest
from typing import Literal, NamedTuple, TypeAlias
from unicodedata import combining, east_asian_width

import attrs

from hscpath.errors import Printed, brief, number_of, on_one_line, printable

__all__ = ["RENDERERS", "Block", "Cell", "Line", "Outline", "Outlined", "Renderer", "Span", "TextTable"]

Role: TypeAlias = Literal["plain", "strong", "sign", "value", "source"]
"""What a part of a line is; a *value* is a patient's, and is left out where no value may be shown."""


class Span(NamedTuple):
    """A part of a line, with the blanks that part it from others."""

    text: str
    role: Role = "plain"


def sign(of: str) -> Span:
    """Return the sign of a verdict, or of a new state: it says how the line is meant, and in which colour."""
    return Span(f"{of} ", "sign")


def strong(text: str) -> Span:
    """Return the part of a line that names what the lines below it are about."""
    return Span(text, "strong")


def value(text: str) -> Span:
    """Return what is of the patient: a finding, a day on which something was found, a reason that may hold one."""
    return Span(text, "value")


def source(text: str) -> Span:
    """Return where something comes from."""
    return Span(text, "source")


class Line(NamedTuple):
    """One line: its parts, how deep it stands, and its level if it is a heading.

    It stands one deeper than the line that it belongs to; title, headings and paragraphs stand at depth 0.
    """

    spans: tuple[Span, ...] = ()
    depth: int = 0
    level: int = 0

    @property
    def meaning(self) -> str:
        """What its sign means: met, unmet, unknown, or that a state follows; empty without a sign."""
        return next((MEANINGS[span.text.strip()] for span in self.spans if span.role == "sign"), "")

    def __str__(self) -> str:
        return on_one_line("".join(span.text for span in self.spans))


MEANINGS = {"✓": "met", "✗": "unmet", "?": "unknown", "→": "state"}
"""What each sign means."""

BLANK = Line()


def line(*parts: Span | str, depth: int = 0) -> Line:
    """Return a line of these parts, without those that are empty."""
    spans = (Span(part) if isinstance(part, str) else part for part in parts)
    return Line(tuple(span for span in spans if span.text), depth)


def heading(text: str, level: int = 2) -> Line:
    """Return a heading, by default that of a part; the title of the whole has level 1."""
    return Line((Span(text),), level=level)


Cell: TypeAlias = tuple[Line, ...]


class TextTable(NamedTuple):
    """A table: the words above its columns, and its rows; each cell holds lines. If *even*, all columns weigh alike."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    even: bool = False


def cell(*parts: Span | str) -> Cell:
    """Return a cell that holds these parts one below the other, without those that are empty."""
    return tuple(made for made in map(line, parts) if made.spans)


Block: TypeAlias = Line | TextTable


class Outlined(Printed, ABC):
    """Something that is told as an outline."""

    __slots__ = ()

    @property
    @abstractmethod
    def outline(self) -> Outline:
        """What it says, as an outline."""

    def text(self, form: str = "text", *, values: bool = True, width: int = 80) -> str:
        """Return what it says as text: plain ("text"), Markdown ("md") or HTML ("html").

        Without *values*, it says nothing that was found in the patient, only states, events and criteria.
        A table in plain text is at most *width* columns wide, if its words allow it.
        Raises ``ValueError`` for any other form.
        """
        if form not in RENDERERS:
            raise ValueError(f"{brief(form)} is not a form of text: write {' or '.join(map(repr, RENDERERS))}")
        blocks = self.outline.blocks
        return RENDERERS[form](blocks if values else tuple(map(_without_values, blocks)), width)

    def lines(self, *, values: bool = True) -> list[str]:
        """Return what it says in plain text, line by line."""
        return self.text(values=values).splitlines()

    def __str__(self) -> str:
        return self.text()


@attrs.frozen(repr=False)
class Outline(Outlined):
    """Lines and tables, from top to bottom."""

    blocks: tuple[Block, ...] = attrs.field(converter=tuple[Block, ...])

    @property
    def outline(self) -> Outline:
        """Itself."""
        return self

    def __repr__(self) -> str:
        return f"<Outline: {number_of(len(self.blocks), 'line or table', 'lines and tables')}>"


def _without_values(block: Block) -> Block:
    if isinstance(block, Line):
        return _valueless(block)
    rows = (tuple(tuple(line for line in map(_valueless, cell) if line.spans) for cell in row) for row in block.rows)
    return block._replace(rows=tuple(rows))


def _valueless(line: Line) -> Line:
    return line._replace(spans=tuple(span for span in line.spans if span.role != "value"))


# --- Plain text ----------------------------------------------------------------------------------


def plain(line: Line) -> str:
    """Return a line as plain text, with its indent."""
    return "  " * line.depth + str(line)


def _plain(blocks: Iterable[Block], width: int) -> str:
    written: list[str] = []
    for block in blocks:
        if isinstance(block, Line):
            written.append(plain(block))
        else:
            cells = (["\n".join(map(str, cell)) for cell in row] for row in block.rows)
            written += columns([block.head, *cells], width)
    return "\n".join(written)


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


# --- Markdown ------------------------------------------------------------------------------------


def _markdown(blocks: Iterable[Block], _: int) -> str:
    written: list[str] = []
    after_text = False
    for block in blocks:
        if isinstance(block, TextTable):
            written += [_markdown_row(map(escaped, block.head)), "|---" * len(block.head) + "|"]
            written += [_markdown_row("<br>".join(map(_emphasised, cell)) for cell in row) for row in block.rows]
            continue
        if block.depth and after_text:
            written.append("")  # some readers of Markdown take a list for a part of the paragraph before it
        after_text = not (block.depth or block.level)
        start = "#" * block.level + " " * bool(block.level) + "    " * (block.depth - 1) + "- " * bool(block.depth)
        written.append(start + re.sub(r"^(\d*)([-+=>\[.)])", r"\1\\\2", _emphasised(block)))
    return "\n".join(written)


def _emphasised(line: Line) -> str:
    groups = groupby(line.spans, lambda span: span.role == "strong")
    texts = ((is_strong, escaped("".join(span.text for span in spans))) for is_strong, spans in groups)
    return " ".join(f"**{text}**" if is_strong else text for is_strong, text in texts if text)


def _markdown_row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def escaped(text: str) -> str:
    r"""Return free text on one line in which nothing is taken for Markdown or HTML.

    >>> escaped("5 * 3 < 20, [see](here)")
    '5 \\* 3 &lt; 20, [see\\](here)'
    """
    plain = on_one_line(text).replace("&", "&amp;").replace("<", "&lt;")  # not every Markdown knows these escaped
    return re.sub(r"[\\`*_|~$#]|](?=[(\[:])", r"\\\g<0>", plain)


# --- HTML ----------------------------------------------------------------------------------------

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})


def _html(blocks: Iterable[Block], _: int) -> str:
    """Return a fragment of HTML: lines below a line are a list within it, and roles and meanings are classes."""
    written: list[str] = []
    before = 0
    for block in (*blocks, BLANK):
        depth = block.depth if isinstance(block, Line) else 0
        if depth > before:
            written.append("<ul>" if before else "\n<ul>")
        elif before:
            written.append("</li></ul>" * (before - depth) + "</li>" * bool(depth))
        before = depth
        if isinstance(block, TextTable):
            head = "".join(f"<th>{_escaped(text)}</th>" for text in block.head)
            rows = ("".join(f"<td>{'<br>'.join(map(_inline, cell))}</td>" for cell in row) for row in block.rows)
            written.append(f"\n<table><tr>{head}</tr>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>")
        elif block.spans or depth:
            meaning = f' class="{block.meaning}"' if block.meaning else ""
            tag = f"h{block.level}" if block.level else "p"
            written.append(f"<li{meaning}>{_inline(block)}" if depth else f"\n<{tag}{meaning}>{_inline(block)}</{tag}>")
    return "".join(written).lstrip()


def _inline(line: Line) -> str:
    return "".join(
        _WRAPPINGS.get(span.role, f'<span class="{span.role}">{{}}</span>').format(_escaped(span.text))
        for span in line.spans
    )


_WRAPPINGS = {"plain": "{}", "strong": "<strong>{}</strong>"}


def _escaped(text: str) -> str:
    return printable(text).translate(_ESCAPES)


Renderer: TypeAlias = Callable[[Sequence[Block], int], str]
"""Writes blocks in a format; tables are at most so many columns wide, where the format knows of a width."""

RENDERERS: dict[str, Renderer] = {"text": _plain, "md": _markdown, "html": _html}
