"""Pictures of a cohort: where its patients stand day by day, and which paths they took."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

import numpy as np
import polars as pl

try:
    from matplotlib import colormaps
    from matplotlib.colors import to_rgb
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch, Rectangle
    from matplotlib.ticker import MaxNLocator
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        'hscpath.cohort.plots needs matplotlib: pip install "hscpath[plot]"', name=missing.name
    ) from None

from hscpath.cohort.outcomes import Occupancy
from hscpath.errors import brief

OTHERS = "other states"
_GREY = (0.8, 0.8, 0.8)
_YEAR = 365.25

Colour = tuple[float, float, float]


def shares(course: Occupancy, *, most: int = 12, colours: Mapping[str, Colour] | None = None) -> Figure:
    """Return a picture of the share of patients in each state by day, one state upon another.

    The states that were fullest at some time are shown one by one, *most* of them; all others together.
    Below each mark of the axis stands how many patients were still under observation.

    >>> import polars as pl
    >>> from hscpath.cohort.outcomes import occupancy
    >>> moves = pl.DataFrame({"patient": [1, 1], "day": [0, 10], "before": ["ill", "ill"], "after": ["ill", "well"]})
    >>> shares(occupancy(moves)).axes[0].get_xlabel()
    'days, and patients still under observation'
    """
    if not isinstance(cast("object", course), Occupancy):
        raise TypeError(f"shares: {brief(course)} is no course; give what occupancy or incidence makes of it")
    fullest = np.argsort(-course.shares.max(axis=0), kind="stable")[: max(most, 1)]
    shown = [place for place in sorted(cast("list[int]", fullest.tolist())) if course.shares[:, place].max() > 0]
    rest = [place for place in range(len(course.states)) if place not in shown]
    left = course.shares[:, rest].sum(axis=1)
    parts = [(course.states[place], course.shares[:, place]) for place in shown]
    parts += [(OTHERS, left)] if left.max(initial=0) > 0 else []
    colour = {**_colours(name for name, _ in parts), **(colours or {})}
    unit, size = ("years", _YEAR) if course.last - course.days[0] > 3 * _YEAR else ("days", 1.0)
    days = np.append(course.days, course.last) / size
    figure, axes = _canvas(9, 5)
    below = np.zeros(len(days))
    for name, share in parts:
        above = below + np.append(share, share[-1]) * 100
        axes.fill_between(days, below, above, step="post", color=colour[name], linewidth=0)
        below = above
    ends = days[0], max(days[-1], days[0] + 1 / size)
    marks = [mark for mark in MaxNLocator(8, integer=True).tick_values(*ends) if ends[0] <= mark <= ends[1]]
    axes.set_xticks(marks, [f"{mark:g}\n{course.observed(round(mark * size)):,}" for mark in marks])
    axes.set(xlabel=f"{unit}, and patients still under observation", ylabel="% of patients", ylim=(0, 100), xlim=ends)
    _legend(figure, [Patch(color=colour[name], label=name) for name, _ in reversed(parts)])
    return figure


def paths(taken: pl.DataFrame, *, most: int = 12, colours: Mapping[str, Colour] | None = None) -> Figure:
    """Return a picture of the most frequent paths, as ``paths`` gives them: a line each, a block a state.

    >>> taken = pl.DataFrame({"path": [["ill", "well"], ["ill"]], "patients": [3, 1], "share": [0.75, 0.25]})
    >>> [text.get_text() for text in paths(taken).axes[0].get_yticklabels()]
    ['75.0 %  (3)', '25.0 %  (1)']
    """
    if not isinstance(cast("object", taken), pl.DataFrame):
        raise TypeError(f"paths: {brief(taken)} is no table of paths; give what hscpath.cohort.paths makes of it")
    shown = taken.head(max(most, 1))
    rows: list[list[str]] = shown["path"].to_list()
    dtype = taken.schema["path"]
    inner = dtype.inner if isinstance(dtype, pl.List) else pl.String()
    order = list(inner.categories) if isinstance(inner, pl.Enum) else []
    met = dict.fromkeys(state for row in rows for state in row)
    names = [name for name in order if name in met] or list(met)
    colour = {**_colours(names), **(colours or {})}
    number = {name: str(place + 1) for place, name in enumerate(names)}
    longest = max(map(len, rows), default=1)
    figure, axes = _canvas(max(7.0, 3.5 + 0.42 * longest), 1.2 + max(0.34 * len(rows), 0.27 * len(names)))
    for place, row in enumerate(rows):
        for step, state in enumerate(row):
            axes.add_patch(Rectangle((step, place - 0.4), 0.94, 0.8, color=colour[state], linewidth=0))
            axes.text(
                step + 0.47, place, number[state], ha="center", va="center", fontsize=8, color=_ink(colour[state])
            )  # fmt: skip
    counted = zip(shown["share"].to_list(), shown["patients"].to_list(), strict=True)
    axes.set_yticks(range(len(rows)), [f"{100 * share:.1f} %  ({count})" for share, count in counted])
    axes.set(
        xlim=(0, longest), ylim=(len(rows) - 0.4, -0.6), xticks=[], xlabel="states, in the order in which they came"
    )
    axes.tick_params(axis="y", length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    left = 1 - float(shown["share"].sum()) if len(shown) else 0.0
    if len(taken) > len(shown):
        axes.set_title(
            f"{left:.1%} of patients took one of {len(taken) - len(shown)} other paths".replace("%", " %"), fontsize=9
        )
    _legend(figure, [Patch(color=colour[name], label=f"{number[name]}  {name}") for name in names])
    return figure


def _canvas(width: float, height: float) -> tuple[Figure, Any]:
    """Return an empty picture and its axes, of which no global state knows; matplotlib leaves their verbs untyped."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def _legend(figure: Any, handles: list[Patch]) -> None:
    figure.legend(handles=handles, loc="outside right upper", frameon=False, fontsize=8)


def _colours(names: Iterable[str]) -> dict[str, Colour]:
    """Return a colour for each name, in the order of the names: strong ones first, then their paler kin."""
    strong, others = colormaps["tab20"], colormaps["tab20b"]
    palette = [to_rgb(strong(place)) for place in (*range(0, 20, 2), *range(1, 20, 2))]
    palette += [to_rgb(others(place)) for place in range(20)]
    found = {name: palette[place % len(palette)] for place, name in enumerate(names)}
    return {name: _GREY if name == OTHERS else colour for name, colour in found.items()}


def _ink(colour: Colour) -> str:
    """Return what can be read on a colour."""
    red, green, blue = colour
    return "black" if 0.3 * red + 0.59 * green + 0.11 * blue > 0.55 else "white"
