"""Pictures of a cohort: what is drawn is what was estimated, and everything on them can be read."""

import runpy
import sys

import numpy as np
import polars as pl
import pytest

from hscpath.cohort import audit, incidence, occupancy, paths, plots, simulate
from hscpath.lupus import CELLS_REINFUSED, CONTACT_LOST, DEAD, PATHWAY, POST_HSCT_RELAPSE, RATES


@pytest.fixture(scope="module")
def told():
    """Return what four hundred patients did on the reference pathway."""
    return audit(simulate(PATHWAY, 400, 3, RATES), PATHWAY)


def areas(figure):
    """Return the outline of each area in the picture."""
    return [area.get_paths()[0].vertices for area in figure.axes[0].collections]


def words(figure):
    """Return the texts of the legend, from top to bottom."""
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_shares_are_stacked_to_a_hundred_per_cent(told):
    """The areas lie one upon another, each as high as its share, and the legend names them from top to bottom."""
    course = occupancy(told, lost=CONTACT_LOST)
    figure = plots.shares(course)
    drawn = areas(figure)
    assert words(figure)[0] == plots.OTHERS
    assert len(drawn) == len(words(figure)) == 13
    assert max(area[:, 1].max() for area in drawn) == pytest.approx(100)
    lowest = course.states.index(words(figure)[-1])
    assert drawn[0][:, 1].max() == pytest.approx(100 * course.shares[:, lowest].max())
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("years, and patients still under observation", "% of patients")
    marks = dict(zip(axes.get_xticks().tolist(), axes.get_xticklabels(), strict=True))
    assert {mark: text.get_text() for mark, text in marks.items()} == {
        mark: f"{mark:g}\n{course.observed(round(mark * 365.25))}" for mark in marks
    }
    assert marks[0].get_text() == "0\n400"
    assert axes.get_xlim() == pytest.approx((0, course.last / 365.25))


def test_an_incidence_is_drawn_as_shares_are(told):
    """What came first, and who came to nothing yet, fill the picture; colours may be chosen."""
    course = incidence(told, [POST_HSCT_RELAPSE, DEAD], since=CELLS_REINFUSED, lost=CONTACT_LOST)
    figure = plots.shares(course, colours={"dead": (0, 0, 0)})
    assert words(figure) == ["dead", "relapse after transplant", "none of these yet"]
    assert figure.axes[0].collections[-1].get_facecolor()[0].tolist() == [0, 0, 0, 1]
    assert plots.OTHERS in words(plots.shares(course, most=0))


def test_a_course_of_a_day_can_be_drawn():
    """A cohort of one patient who was seen once is a picture too."""
    once = pl.DataFrame({"patient": [1], "day": [5], "before": ["well"], "after": ["well"]})
    figure = plots.shares(occupancy(once))
    assert figure.axes[0].get_xlim() == (0, 1)
    assert words(figure) == ["well"]


def test_each_line_is_a_path_and_each_block_a_state(told):
    """The most frequent path is at the top, with how many took it; numbers lead from the blocks to the names."""
    taken = paths(told)
    figure = plots.paths(taken, most=6)
    axes = figure.axes[0]
    assert len(axes.get_yticklabels()) == 6
    assert axes.get_yticklabels()[0].get_text().endswith(f"({taken['patients'][0]})")
    assert len(axes.patches) == sum(map(len, taken["path"][:6]))
    names = dict(word.split("  ", 1) for word in words(figure))
    numbers = [text.get_text() for text in axes.texts]
    assert [names[number] for number in numbers[: len(taken["path"][0])]] == taken["path"][0].to_list()
    assert axes.get_title().endswith(f"of patients took one of {taken.height - 6} other paths")
    assert axes.get_title().startswith(f"{100 * (1 - taken['share'][:6].sum()):.1f} %")
    assert axes.get_ylim()[0] > axes.get_ylim()[1]


def test_paths_of_a_table_that_was_read_from_a_file_can_be_drawn():
    """Paths whose states are plain texts are drawn in the order in which they are met; no path is an empty picture."""
    taken = pl.DataFrame({"path": [["b", "a"], ["b"]], "patients": [2, 1], "share": [2 / 3, 1 / 3]})
    figure = plots.paths(taken, colours={"a": (1.0, 1.0, 1.0)})
    assert words(figure) == ["1  b", "2  a"]
    assert not figure.axes[0].get_title()
    assert [text.get_color() for text in figure.axes[0].texts] == ["white", "black", "white"]
    assert not plots.paths(taken.clear()).axes[0].patches


def test_nothing_runs_off_the_picture(told):
    """Every text lies within the figure, and no tick stands upon another."""
    for figure in (plots.shares(occupancy(told)), plots.paths(paths(told))):
        figure.draw_without_rendering()
        width, height = figure.bbox.width, figure.bbox.height
        boxes = [
            text.get_window_extent()
            for text in (
                *figure.legends[0].get_texts(), *figure.axes[0].get_yticklabels(), *figure.axes[0].get_xticklabels()
            )
        ]  # fmt: skip
        assert all(box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height for box in boxes)
        ticks = sorted(label.get_window_extent().y0 for label in figure.axes[0].get_yticklabels())
        assert (np.diff(ticks) > 5).all()


def test_what_cannot_be_drawn_says_what_to_give(told):
    """An audit is no course and no table of paths yet: the error says what makes it one."""
    with pytest.raises(TypeError, match=r"shares: <Audit: .* is no course; give what occupancy or incidence makes"):
        plots.shares(told)
    with pytest.raises(TypeError, match=r"paths: <Audit: .* give what hscpath\.cohort\.paths makes of it"):
        plots.paths(told)


def test_a_missing_extra_says_how_to_get_it(monkeypatch):
    """Without matplotlib the error names the extra that brings it."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(
        ModuleNotFoundError, match=r'hscpath\.cohort\.plots needs matplotlib: pip install "hscpath\[plot\]"'
    ):
        runpy.run_path(plots.__file__)
