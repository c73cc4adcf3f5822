"""Outlines: one text for people in every format, in which nothing is read again and no value shows where none may."""

import sys
from html.parser import HTMLParser
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from hscpath import Journey, tell
from hscpath.cli.terminal import show
from hscpath.errors import on_one_line
from hscpath.lupus import PATHWAY
from hscpath.outline import BLANK, Line, Outline, TextTable, cell, heading, line, sign, source, strong, value

REFUSAL = Outline((
    heading("Ana & Eva", 1),
    BLANK,
    line(strong("Day 3: seen."), value(" Fever.")),
    line("to well:", depth=1),
    line(sign("✗"), "no fever", value(": <39 °C"), source(" [Ward 2026]"), depth=2),
    line(sign("→"), "ill", depth=1),
    heading("Notes"),
    TextTable(("day", "what"), ((cell("3"), cell("seen", value("fever"))), (cell("4"), (line(sign("✓"), "well"),)))),
))  # fmt: skip


def test_plain_text_is_indented_and_its_tables_have_columns():
    """Each line stands as deep as it belongs, and a table below its head."""
    assert str(REFUSAL).splitlines() == [
        "Ana & Eva",
        "",
        "Day 3: seen. Fever.",
        "  to well:",
        "    ✗ no fever: <39 °C [Ward 2026]",
        "  → ill",
        "Notes",
        "day  what",
        "3    seen",
        "     fever",
        "4    ✓ well",
    ]
    assert repr(REFUSAL) == "<Outline: 8 lines and tables>"


def test_markdown_has_headings_lists_and_tables():
    """A reader of Markdown sees the same structure."""
    assert REFUSAL.text("md").splitlines() == [
        "# Ana &amp; Eva",
        "",
        "**Day 3: seen.** Fever.",
        "",
        "- to well:",
        "    - ✗ no fever: &lt;39 °C [Ward 2026]",
        "- → ill",
        "## Notes",
        "| day | what |",
        "|---|---|",
        "| 3 | seen<br>fever |",
        "| 4 | ✓ well |",
    ]


def test_html_nests_lists_and_says_by_classes_what_each_part_is():
    """A page can colour a verdict, a value and a source without looking for signs in the words."""
    assert REFUSAL.text("html").splitlines() == [
        "<h1>Ana &amp; Eva</h1>",
        '<p><strong>Day 3: seen.</strong><span class="value"> Fever.</span></p>',
        '<ul><li>to well:<ul><li class="unmet"><span class="sign">✗ </span>no fever'
        '<span class="value">: &lt;39 °C</span><span class="source"> [Ward 2026]</span></li></ul></li>'
        '<li class="state"><span class="sign">→ </span>ill</li></ul>',
        "<h2>Notes</h2>",
        "<table><tr><th>day</th><th>what</th></tr>"
        '<tr><td>3</td><td>seen<br><span class="value">fever</span></td></tr>'
        '<tr><td>4</td><td><span class="sign">✓ </span>well</td></tr></table>',
    ]


@pytest.mark.parametrize("form", ["text", "md", "html"])
def test_without_values_nothing_of_the_patient_is_left_in_any_format(form):
    """What was found is a part of its own, and goes; what was asked and from which source stays."""
    bare = REFUSAL.text(form, values=False).casefold()
    assert "39" not in bare
    assert "fever" not in bare.replace("no fever", "")
    assert "no fever" in bare
    assert "ward 2026" in bare


class Reader(HTMLParser):
    """Reads the words of a page, and how deep its elements are open."""

    def __init__(self):
        super().__init__()
        self.words, self.open, self.tags = [], [], set()

    def handle_starttag(self, tag, attrs):  # noqa: D102 - as its base says
        self.tags.add(tag)
        self.open += [tag] if tag != "br" else []

    def handle_endtag(self, tag):  # noqa: D102 - as its base says
        assert self.open.pop() == tag

    def handle_data(self, data):  # noqa: D102 - as its base says
        self.words.append(data)


@st.composite
def outlines(draw):
    """Return an outline of any words, each line at most one deeper than the one before."""
    lines, depth = [], 0
    for text in draw(st.lists(st.text())):
        depth = draw(st.integers(0, depth + 1))
        part = draw(st.sampled_from([str, strong, value, source]))(text)
        lines.append(line(draw(st.sampled_from(["", sign("✓"), "not well: "])), part, depth=depth))
    return Outline(lines)


@given(outlines())
def test_any_words_come_out_of_html_as_they_went_in(outline):
    """Whatever people wrote, a page shows it as words, closes every element, and has none that was not meant."""
    reader = Reader()
    reader.feed(outline.text("html"))
    reader.close()
    assert reader.open == []
    assert reader.tags <= {"p", "ul", "li", "span", "strong"}
    assert "".join("".join(reader.words).split()) == "".join(str(outline).split())


def test_a_new_format_is_one_file(tmp_path, monkeypatch):
    """A module with a renderer makes everything that is told speak that format."""
    (tmp_path / "restructured.py").write_text(
        "from hscpath.outline import RENDERERS, Line\n"
        "def restructured(blocks, width):\n"
        "    return '\\n'.join(f'| {block}' for block in blocks if isinstance(block, Line))\n"
        "RENDERERS['rst'] = restructured\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("hscpath.outline.RENDERERS", dict(sys.modules["hscpath.outline"].RENDERERS))
    __import__("restructured")
    journey = Journey(PATHWAY).advance("nephritis_diagnosed", day=0)
    assert tell.story(journey).text("rst").splitlines() == [
        "| Day 0: nephritis diagnosed.",
        "| → lupus nephritis diagnosed",
    ]
    for told in (tell.ways(journey), journey.consider("died"), tell.rows(PATHWAY), tell.events(PATHWAY)):
        assert told.text("rst").startswith("| ")
    with pytest.raises(ValueError, match="'tex' is not a form of text: write 'text' or 'md' or 'html' or 'rst'"):
        tell.story(journey).text("tex")


def test_a_terminal_colours_lines_by_what_they_mean():
    """A sign that someone wrote colours nothing; a verdict does, wherever in its line it stands."""
    written = StringIO()
    out = Console(file=written, force_terminal=True, color_system="standard", width=80, highlight=False)
    show(out, Outline((line("✗ is what someone wrote"), line("not well: ", sign("✗"), "no fever"), *REFUSAL.blocks)))
    forged, verdict, *_ = written.getvalue().splitlines()
    assert forged == "✗ is what someone wrote"
    assert verdict == "\x1b[31mnot well: ✗ no fever\x1b[0m"
    assert "\x1b[1mDay 3: seen. Fever.\x1b[0m" in written.getvalue()
    assert "\x1b[32m✓ well\x1b[0m" in written.getvalue()


def test_what_has_no_words_is_no_part_of_a_line():
    """Empty parts and empty cells leave nothing behind."""
    assert line("", value(""), "seen") == line("seen")
    assert cell("", value("")) == ()
    assert str(Line()) == on_one_line("\n") == ""
