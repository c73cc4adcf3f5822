"""A journey over time: phases as bands, events as marks, quantities as curves with the thresholds that decide."""

# pyright: reportUnknownMemberType=false
# (matplotlib leaves open what further arguments its functions take)

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import groupby, pairwise
from math import inf
from textwrap import wrap
from typing import TYPE_CHECKING, Any, NamedTuple, assert_never

import attrs

from hscpath.chart import Chart
from hscpath.criteria import Baseline, Compare, Multiple, Quantity, Tally, conjuncts, nested
from hscpath.errors import InvalidFinding, Problem, brief, did_you_mean, on_one_line
from hscpath.journey import Journey, Step
from hscpath.pathway import Pathway, State

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D


# --- What is shown -------------------------------------------------------------------------------


class Stretch(NamedTuple):
    """A time between two events: from, to, the state of the patient, and how many steps were taken before."""

    start: float
    end: float
    state: State
    steps: int


@attrs.frozen
class Threshold:
    """A size that decides: in words, the states it leads to, by which sources, and how much it is from when to when."""

    words: str
    leads: dict[str, None] = attrs.field(factory=dict[str, None])
    sources: dict[str, None] = attrs.field(factory=dict[str, None])
    pieces: list[tuple[float, float, float]] = attrs.field(factory=list[tuple[float, float, float]])

    @property
    def label(self) -> str:
        """The size, and what it decides."""
        sources = f" [{'; '.join(self.sources)}]" if self.sources else ""
        return f"{self.words}: {', '.join(self.leads)}{sources}"

    def add(self, start: float, end: float, size: float) -> None:
        """Add that it is so much from then to then, as one piece with what came just before."""
        if self.pieces and self.pieces[-1][1:] == (start, size):
            start = self.pieces.pop()[0]
        if not self.pieces or self.pieces[-1][1] != end:
            self.pieces.append((start, end, size))


@attrs.frozen(eq=False, slots=False)
class Timeline:
    """A journey laid out in time, or what is seen of it from one day to another: its steps, and the times between."""

    journey: Journey
    days: tuple[float, float] | None = None

    @cached_property
    def placed(self) -> tuple[tuple[float, bool, Step], ...]:
        """Every step: where it stands, whether it has a day, and the step itself."""
        steps, chart = self.journey.steps, self.journey.chart
        days = [chart.day_of(step) for step in range(len(steps))]
        return tuple(zip(_placed(days), (day is not None for day in days), steps, strict=True))

    @property
    def window(self) -> tuple[float, float]:
        """From when to when it is seen: some time before the first step to some time after the last."""
        first, last = (self.placed[0][0], self.placed[-1][0]) if self.placed else (0.0, 0.0)
        margin = max(1.0, (last - first) / 25)
        return self.days or (first - margin, last + margin)

    @property
    def seen(self) -> Iterator[tuple[float, bool, Step]]:
        """The steps that are seen: where each stands, and whether it has a day."""
        low, high = self.window
        return ((place, dated, step) for place, dated, step in self.placed if low <= place <= high)

    @property
    def stretches(self) -> Iterator[Stretch]:
        """The times between the steps and after the last, as far as they are seen."""
        low, high = self.window
        places = [place for place, _, _ in self.placed]
        ends = (*places[1:], max(high, *places[-1:])) if places else ()
        for number, ((start, _, step), end) in enumerate(zip(self.placed, ends, strict=True), 1):
            if start <= high and end >= low:
                yield Stretch(max(start, low), min(end, high), step.state, number)

    def thresholds(self, quantity: Quantity) -> tuple[Threshold, ...]:
        """Return the sizes of a quantity by which the pathway lets a patient leave the states of the journey."""
        found: dict[str, Threshold] = {}
        sizes: dict[Multiple, float | None] = {}
        compared: dict[State, list[tuple[str, str, Compare]]] = {}
        for stretch in self.stretches:
            if stretch.state not in compared:
                compared[stretch.state] = list(_thresholds(self.journey.pathway, stretch.state, quantity))
            for leads, source, criterion in compared[stretch.state]:
                size, words = self._size(criterion, stretch.steps, sizes)
                if size is not None:
                    threshold = found.setdefault(words, Threshold(words))
                    threshold.leads[leads] = None
                    threshold.sources.update({source: None} if source else {})
                    threshold.add(stretch.start, stretch.end, size)
        return tuple(found.values())

    def _size(self, criterion: Compare, number: int, sizes: dict[Multiple, float | None]) -> tuple[float | None, str]:
        """Return a limit after so many steps, with its words, if it is a number or rests on a baseline."""
        measure, limit = criterion.fact.measure, criterion.limit
        if isinstance(limit, int):
            return measure.value_of(limit), measure.show(limit)
        match limit.fact:
            case Baseline() as baseline:
                if limit not in sizes or self.journey.steps[number - 1].event in baseline.occasion.events:
                    size, plus = Chart(self.journey.steps[:number]).size(baseline), limit.plus * measure.resolution
                    sizes[limit] = None if size is None else float(size * limit.factor + plus)
                return sizes[limit], str(limit)
            case Quantity() | Tally():
                return None, ""
            case _:
                assert_never(limit.fact)


def _thresholds(pathway: Pathway, state: State, quantity: Quantity) -> Iterator[tuple[str, str, Compare]]:
    """Yield every criterion about a quantity that may let a patient leave a state, with where to and its source."""
    for row in pathway.transitions:
        if row.target is not None and row.target != state and state in row.source.states:
            for whole in (*conjuncts(row.when), *conjuncts(row.expects)):
                source = whole.cite.short if whole.cite else ""
                for part in (whole, *nested(whole)):
                    if isinstance(part, Compare) and part.fact == quantity:
                        yield row.target.label, source, part


def _placed(days: Sequence[int | None]) -> tuple[float, ...]:
    """Return where to draw each step: at its day, or evenly between those that have one; by order if none has."""
    known = [(step, day) for step, day in enumerate(days) if day is not None]
    if not known:
        return tuple(map(float, range(len(days))))
    (first, began), (last, ended) = known[0], known[-1]
    gap = max(1.0, (ended - began) / 25)
    points = [(-1, began - gap * (first + 1)), *known, (len(days), ended + gap * (len(days) - last))]
    places = [
        start + (end - start) * (step - before) / (after - before)
        for (before, start), (after, end) in pairwise(points)
        for step in range(before, after)
    ]
    return tuple(places[1:])


# --- How it is drawn -----------------------------------------------------------------------------

_WIDTH, _LANE, _PANEL, _LINE, _TITLE, _FRAME = 12.0, 0.3, 1.8, 0.17, 0.2, 1.8
"""How wide a picture is; how high an event, a curve, a line of a label or title, and what is around; in inches."""

_INK, _AMBER, _RED = "#22313f", "#d95f02", "#b2182b"
_BANDS = ("#a6cee3", "#fdbf6f", "#b2df8a", "#cab2d6", "#ffff99", "#fb9a99", "#d9d9d9", "#b3e2cd")


def timeline(
    journey: Journey, *quantities: Quantity | str, title: str = "", days: tuple[float, float] | None = None
) -> Figure:
    """Return a journey over time as a matplotlib figure, with a curve for each of the *quantities*.

    Phases are bands and events are marks. The thresholds of a curve are those by which the pathway's
    own criteria let a patient leave the state of that time. An event without a day is hollow and
    stands between its neighbours. *days* are the first and the last to be shown, if not all are.
    The figure shows what was found, below the *title*: it is for people who may see the patient.

    Raises ``InvalidFinding`` for what is no quantity of the pathway, and ``ValueError`` for days
    that are no time.

    >>> from hscpath import Journey
    >>> from hscpath.lupus import PATHWAY
    >>> ana = Journey(PATHWAY).advance("nephritis_diagnosed", day=0, upcr=3.4).advance("died", day=90)
    >>> [axes.get_ylabel() for axes in timeline(ana, "upcr").axes]
    ['', 'UPCR, g/g']
    """
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as missing:
        need = 'a timeline needs matplotlib: pip install "hscpath[plot]"'
        raise ModuleNotFoundError(need, name=missing.name) from None
    if days is not None and not -inf < days[0] < days[1] < inf:
        raise ValueError(f"days: {brief(days)} is no time: write the first and the last day, as in days=(290, 330)")
    shown = Timeline(journey, days)
    curves = [(quantity, shown.thresholds(quantity)) for quantity in _chosen(journey.pathway, quantities)]
    lanes = len({step.event for _, _, step in shown.seen})
    labels = (sum(len(_label(threshold)) for threshold in thresholds) for _, thresholds in curves)
    heights = [_LANE * max(lanes, 2), *(max(_PANEL, _LINE * lines) for lines in labels)]
    heading = wrap(_plain(title, 240), 120) if title else []
    figure = Figure(figsize=(_WIDTH, sum(heights) + _FRAME + _TITLE * len(heading)), layout="constrained")
    grid = figure.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)
    events, *panels = grid[:, 0]
    for axes in (events, *panels):
        _draw_phases(axes, shown)
    _draw_events(events, shown)
    for axes, height, (quantity, thresholds) in zip(panels, heights[1:], curves, strict=True):
        _draw_curve(axes, shown, quantity)
        _draw_thresholds(axes, thresholds, height)
    (events, *panels)[-1].set_xlabel(_axis(shown))
    bands, phases = events.get_legend_handles_labels()
    named = [*dict(zip(phases, bands, strict=True)).items(), *_marks(shown)]
    if named or heading:
        handles, words = [handle for _, handle in named], [word for word, _ in named]
        figure.legend(
            handles, words, loc="outside upper left", ncols=4, fontsize=9, frameon=False,
            title="\n".join(heading), title_fontsize=11, alignment="left",
        )  # fmt: skip
    return figure


def _chosen(pathway: Pathway, quantities: Sequence[Quantity | str]) -> tuple[Quantity, ...]:
    """Return quantities given themselves or by name; raise for all that are none of the pathway."""
    known = {fact.name: fact for fact in pathway.facts if isinstance(fact, Quantity)}
    wanted = dict.fromkeys(known.get(given, given) if isinstance(given, str) else given for given in quantities)
    strange = [given for given in wanted if given not in known.values()]
    if strange:
        names = [given.name if isinstance(given, Quantity) else given for given in strange]
        raise InvalidFinding(*(
            Problem(f"{brief(name)} is no quantity of {pathway.name}; {did_you_mean(name, known)}", str(name))
            for name in names
        ))  # fmt: skip
    return tuple(quantity for quantity in wanted if isinstance(quantity, Quantity))


def _axis(shown: Timeline) -> str:
    if shown.placed and not any(dated for _, dated, _ in shown.placed):
        return "order of events (no day is recorded)"
    began = shown.journey.began
    return "day" if began is None else f"day (day 0 is {began})"


def _draw_phases(axes: Axes, shown: Timeline) -> None:
    """Draw a band for every phase, as long as the patient is in one of its states."""
    phases = list(dict.fromkeys(state.phase_label for state in shown.journey.pathway.states))
    for phase, stretches in groupby(shown.stretches, lambda stretch: stretch.state.phase_label):
        first, *rest = stretches
        if phase:
            colour = _BANDS[phases.index(phase) % len(_BANDS)]
            end = rest[-1].end if rest else first.end
            axes.axvspan(first.start, end, color=colour, alpha=0.45, linewidth=0, label=_plain(phase, 36))


def _draw_events(axes: Axes, shown: Timeline) -> None:
    """Draw a mark for every step, those of one event on one line, and the days as counted from day zero above."""
    day_zero = shown.journey.pathway.day_zero
    lanes = {event: lane for lane, event in enumerate(dict.fromkeys(step.event for _, _, step in shown.seen))}
    axes.set_yticks(list(lanes.values()), ["\n".join(wrap(_plain(event.label, 66), 34)) for event in lanes], fontsize=8)
    axes.set_ylim(max(len(lanes), 1) - 0.5, -0.5)
    axes.set_xlim(*shown.window)
    axes.grid(axis="y", color="#ffffff", linewidth=1)
    if not lanes:
        nothing = "Nothing happened at that time." if shown.placed else "Nothing has happened yet."
        axes.text(0.5, 0.5, nothing, transform=axes.transAxes, ha="center", va="center")
    marks: dict[tuple[str, str, str], list[tuple[float, int]]] = {}
    for place, dated, step in shown.seen:
        marks.setdefault(_look(step, dated), []).append((place, lanes[step.event]))
    for look, at in marks.items():
        axes.add_line(_mark(*look, at))
    zeros = {place for place, _, step in shown.placed if step.event == day_zero}
    for zero in zeros:
        axes.axvline(zero, color=_INK, linewidth=1, linestyle=":", zorder=0)
    if len(zeros) == 1:
        (zero,) = zeros
        above = axes.secondary_xaxis("top", functions=(_later(-zero), _later(zero)))
        above.set_xlabel(_plain(shown.journey.pathway.day_counted, 60))


def _later(by: float) -> Callable[[Any], Any]:
    return lambda days: days + by


def _look(step: Step, dated: bool) -> tuple[str, str, str]:
    """Return the sign, the colour and the filling of the mark of a step."""
    colour = _AMBER if step.deviations else _INK
    return "D" if step.inferred else "o", colour, colour if dated else "#ffffff"


def _mark(sign: str, colour: str, filling: str, at: Sequence[tuple[float, int]] = ()) -> Line2D:
    from matplotlib.lines import Line2D

    return Line2D(
        [place for place, _ in at], [lane for _, lane in at], linestyle="",
        marker=sign, markersize=7, markeredgewidth=1.5, markeredgecolor=colour, markerfacecolor=filling,
    )  # fmt: skip


def _marks(shown: Timeline) -> Iterator[tuple[str, Line2D]]:
    """Yield what the marks of a journey mean, as far as they are in it."""
    seen = list(shown.seen)
    if seen:
        yield "event", _mark("o", _INK, _INK)
    if any(step.inferred for _, _, step in seen):
        yield "inferred", _mark("D", _INK, _INK)
    if any(step.deviations for _, _, step in seen):
        yield "let through with a reason", _mark("o", _AMBER, _AMBER)
    if not all(dated for _, dated, _ in seen):
        yield "day not recorded", _mark("o", _INK, "#ffffff")


def _draw_curve(axes: Axes, shown: Timeline, quantity: Quantity) -> None:
    """Draw the values of a quantity, each where its step stands."""
    values = [
        (place, float(quantity.value_of(int(finding.stored))), dated)
        for place, dated, step in shown.placed
        for finding in step.findings
        if finding.fact == quantity and isinstance(finding.stored, int)
    ]
    unit = f", {quantity.unit_shown}" if quantity.unit_shown else ""
    axes.set_ylabel("\n".join(wrap(_plain(f"{quantity.label}{unit}", 60), 22)), fontsize=9)
    axes.plot([place for place, *_ in values], [value for _, value, _ in values], color=_INK, linewidth=1.2)
    for filling, known in ((_INK, True), ("#ffffff", False)):
        at = [(place, value) for place, value, dated in values if dated is known]
        xs, ys = [place for place, _ in at], [value for _, value in at]
        axes.plot(xs, ys, "o", color=_INK, markerfacecolor=filling, markersize=5)
    if not values:
        axes.text(0.5, 0.5, "not recorded", transform=axes.transAxes, ha="center", va="center", color="#777777")
        axes.set_yticks([])


def _draw_thresholds(axes: Axes, thresholds: Sequence[Threshold], height: float) -> None:
    """Draw each threshold as long as it decides, and beside the curve what it decides."""
    ranked = sorted(thresholds, key=lambda threshold: threshold.pieces[-1][-1])
    for threshold in ranked:
        for start, end, size in threshold.pieces:
            axes.plot([start, end], [size, size], color=_RED, linewidth=1, linestyle="--")
    axes.margins(y=0.08)
    low, high = axes.get_ylim()
    low = min(low, 0)
    axes.set_ylim(low, high)
    sizes = [threshold.pieces[-1][-1] for threshold in ranked]
    labels = list(map(_label, ranked))
    wanted = [(size - low) / (high - low) for size in sizes]
    places = _spread(wanted, [_LINE / height * len(label) for label in labels])
    for size, label, place in zip(sizes, labels, places, strict=True):
        axes.annotate(
            "\n".join(label), (1, size), (1.02, place), ("axes fraction", "data"), "axes fraction", fontsize=8,
            color=_RED, va="center", arrowprops={"arrowstyle": "-", "color": _RED, "relpos": (0, 0.5)},
        )  # fmt: skip


def _spread(wanted: Sequence[float], heights: Sequence[float]) -> list[float]:
    """Return places from 0 to 1, each as near to the one that is wanted as the height of the others leaves it.

    >>> _spread([0.4, 0.5, 1.0], [0.2, 0.2, 0.2])
    [0.4, 0.6, 0.9]
    """
    places: list[float] = []
    floor = 0.0
    for place, height in zip(wanted, heights, strict=True):
        places.append(max(place, floor + height / 2))
        floor = places[-1] + height / 2
    ceiling = 1.0
    for at in reversed(range(len(places))):
        places[at] = min(places[at], ceiling - heights[at] / 2)
        ceiling = places[at] - heights[at] / 2
    return [round(place, 6) for place in places]


def _label(threshold: Threshold) -> list[str]:
    return wrap(_plain(threshold.label, 140), 52)


def _plain(text: str, most: int = 60) -> str:
    """Return free text as a picture can hold it: one short line, in which no sign means a formula."""
    line = on_one_line(text)
    return (line if len(line) <= most else line[: most - 1] + "…").replace("$", "\\$") or " "
