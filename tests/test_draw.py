"""Pictures: every state and every way is there once, whatever words a pathway is written in."""

import re
import subprocess
import sys
import time
from collections import Counter
from datetime import date
from itertools import combinations, pairwise
from types import SimpleNamespace
from unittest import mock

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from hscpath import (
    Choice,
    Event,
    Flag,
    InvalidFinding,
    Journey,
    Pathway,
    Quantity,
    State,
    StateGroup,
    draw,
    lupus,
    tell,
    testing,
)
from hscpath.draw import diagrams
from hscpath.draw.diagrams import Look
from hscpath.draw.languages import _wrapped
from hscpath.draw.plots import Timeline, _placed
from hscpath.lupus import EGFR, PATHWAY, UPCR
from tests.parsers import parse_dot, parse_mermaid
from tests.patients import EVALUATED, REMISSION, TREATED, entered, through
from tests.profiles import examples

FEVER = Flag("fever", "fever", negative="no fever")
WELL, ILL, DEAD = State("well", "well", "home"), State("ill", "ill", "ward"), State("dead", "dead", "ward", final=True)
SEEN, DIED = Event("seen", "seen", may=(FEVER,)), Event("died", "died")
TOY = Pathway(
    "toy",
    "1",
    WELL,
    [
        WELL.on(SEEN, to=ILL, when=FEVER.is_true()),
        ILL.on(SEEN, to=WELL, when=FEVER.is_false(), expects=SEEN.happened(at_least_ago=3).named("three days")),
        ILL.on(SEEN),
        StateGroup("any living patient", (WELL, ILL)).on(DIED, to=DEAD),
    ],
)


@st.composite
def worded(draw):
    """Draw a random pathway with phases, and with any words as the labels of its states, events and phases."""
    pathway = draw(testing.pathways())
    words = st.text(max_size=40)
    phases = draw(st.lists(words, min_size=1, max_size=3))
    states = {
        state: attrs.evolve(state, label=draw(words), phase=draw(st.sampled_from(phases))) for state in pathway.states
    }
    events = {event: attrs.evolve(event, label=draw(words)) for event in pathway.events}

    def told(source):
        if isinstance(source, State):
            return states[source]
        return StateGroup(draw(words), tuple(states[state] for state in source.states))

    rows = [
        attrs.evolve(row, source=told(row.source), event=events[row.event], target=row.target and states[row.target])
        for row in pathway.transitions
    ]
    return Pathway("random: " + draw(words), "1", states[pathway.initial], rows, day_zero=pathway.day_zero)


def moves(pathway):
    """Return every move of a pathway as state, event and state."""
    return {
        (source.name, row.event, row.target.name)
        for row in pathway.transitions
        if row.target
        for source in row.source.states
        if source != row.target
    }


# The map.


@given(st.data())
@examples(0.4)
def test_every_state_and_every_move_is_on_the_map_once(data):
    """A map shows each state once, and each move by one arrow of its own or one shared with a group of states."""
    pathway = data.draw(worded())
    with mock.patch.object(diagrams, "MAX_SEPARATE_ARROWS", data.draw(st.integers(1, 4))):
        picture = draw.diagram(pathway)
    states = [node.key for node in picture.nodes if node.kind is State]
    assert states == [state.name for state in pathway.states]
    shown = {(arrow.source, line, arrow.target) for arrow in picture.arrows for line in arrow.lines}
    boxes = {node.key for node in picture.nodes} - set(states)
    for source, event, target in moves(pathway):
        shared = {f"{event.name} from {source}", f"{event.name} to {target}"} & boxes
        assert (source, event.label, target) in shown or shared


def test_the_reference_pathway_is_drawn_with_few_arrows():
    """Rows from every living state are one arrow each, and rows that change nothing are none."""
    picture = draw.diagram(PATHWAY)
    assert sum(node.kind is State for node in picture.nodes) == len(PATHWAY.states) == 29
    assert len(moves(PATHWAY)) > 200
    assert len(picture.arrows) < 70
    (died,) = [node for node in picture.nodes if node.lines[0] == "died"]
    assert died.lines == ("died", "(any living patient)")
    assert [arrow.target for arrow in picture.arrows if arrow.source == died.key] == ["dead"]
    (entry,) = [node for node in picture.nodes if node.lines[0] == "enrolled in mid-course"]
    assert entry.lines[1] == "(one of 16 states)"
    assert str(picture) == f"{PATHWAY.name}, {len(picture.nodes)} boxes, {len(picture.arrows)} arrows"


def test_a_journey_is_marked_on_the_map():
    """The way gone has the numbers of its steps; the states to come say by which event they may be reached."""
    journey = Journey(TOY).advance("seen", day=0, fever=True).advance("seen", day=5, fever=False)
    journey = journey.advance("seen", day=6, fever=True)
    picture = draw.diagram(journey)
    assert {str(arrow): arrow.look for arrow in picture.arrows} == {
        "died": None, "1, 3: seen": Look.GONE, "2: seen": Look.GONE
    }  # fmt: skip
    well, ill, dead = picture.nodes
    assert (well.lines, well.looks) == (("well", "? seen"), (Look.GONE, Look.CONDITIONAL))
    assert (ill.lines, ill.looks) == (("ill", "(you are here)"), (Look.GONE, Look.HERE))
    assert (dead.lines, dead.looks, dead.final) == (("dead", "✓ died"), (Look.OPEN,), True)
    assert str(dead) == "dead; ✓ died"
    assert picture.title == "toy: ill"


@given(st.data())
@examples(0.3)
def test_a_journey_leaves_every_state_of_the_map_in_its_place(data):
    """Whatever has happened, the map holds the same states, one of which is here, and every change of state."""
    pathway = data.draw(worded())
    journey = data.draw(testing.journeys(pathway))
    picture = draw.diagram(journey)
    assert [node.key for node in picture.nodes] == [node.key for node in draw.diagram(pathway).nodes]
    assert [node.key for node in picture.nodes if Look.HERE in node.looks] == [journey.state.name]
    before = (pathway.initial, *(step.state for step in journey.steps))
    changed = {(a.name, b.name) for a, b in pairwise(before) if a != b}
    assert {(arrow.source, arrow.target) for arrow in picture.arrows if arrow.look is Look.GONE} == changed


def test_an_entry_to_many_states_is_marked_as_one():
    """Before the first step, the box that stands for many states says whether one may enter there."""
    (entry,) = [node for node in draw.diagram(Journey(PATHWAY)).nodes if node.lines[0] == "enrolled in mid-course"]
    assert entry.lines == ("enrolled in mid-course", "(one of 16 states)", "? from here")
    assert entry.looks == (Look.SEVERAL, Look.CONDITIONAL)


def test_boxes_are_not_mistaken_for_each_other():
    """An event that leads to a state from many, and from it to many, has two boxes; an event may be called open."""
    event, stay = Event("open", "opened"), Event("stay", "stayed")
    hub, last = State("hub", "hub"), State("last", "last", final=True)
    rim = [State(f"rim_{number}", f"rim {number}") for number in range(5)]
    choice = Choice("which", "which", tuple(map(str, range(5))))
    event = attrs.evolve(event, may=(choice,))
    rows = [hub.on(event, to=state, when=choice.one_of(str(at))) for at, state in enumerate(rim)]
    rows += [StateGroup("the rim", tuple(rim)).on(event, to=hub), hub.on(stay), hub.on(DIED, to=last)]
    wheel = Pathway("wheel", "1", hub, rows)
    boxes = [node for node in draw.diagram(wheel).nodes if node.kind is StateGroup]
    assert sorted(map(str, boxes)) == ["opened; (one of 5 states)", "opened; (the rim)"]
    around = draw.diagram(tell.ways(Journey(wheel)))
    assert sum(node.kind is Event for node in around.nodes) == 3


def test_a_long_way_is_told_in_few_words():
    """Of a way that was gone many times, the first times are told and the number of the others."""
    journey = Journey(TOY)
    for day in range(0, 60, 6):
        journey = journey.advance("seen", day=day, fever=True).advance("seen", day=day + 3, fever=False)
    assert "1, 3, 5, 7 and 6 more: seen" in map(str, draw.diagram(journey).arrows)


# Where one stands.


def test_the_ways_from_here_say_what_they_wait_for():
    """Each event that leads elsewhere is a box with its first criteria; what changes nothing is counted."""
    here = tell.ways(EVALUATED)
    picture = draw.diagram(here)
    boxes = {node.lines[0]: node for node in picture.nodes if node.kind is Event}
    assert boxes["✗ kidney transplanted"].lines[1:] == ("✗ the kidneys have failed",)
    assert boxes["? kidney failure diagnosed"].looks == (Look.CONDITIONAL,)
    assert boxes["✓ died"].lines == ("✓ died",)
    staying = [decision for decision in here.open if not here.moves(decision)]
    assert f"✓ {len(staying)} events that change no state" in boxes
    leads = {(arrow.source, arrow.target) for arrow in picture.arrows}
    assert (boxes["✓ died"].key, "dead") in leads
    assert not any(arrow.lines for arrow in picture.arrows)


def test_many_criteria_and_many_states_are_cut_short():
    """Beyond three criteria and four states their number is told."""
    asked = entered("refractory").advance("hsct_evaluation_started", day=0, indication="kidney")
    boxes = {node.lines[0]: node for node in draw.diagram(tell.ways(asked)).nodes}
    assert re.fullmatch(r"and \d more", boxes["? accepted for transplant by the multidisciplinary team"].lines[-1])
    start = draw.diagram(tell.ways(Journey(PATHWAY)))
    assert "one of 16 states" in map(str, start.nodes)
    (entry,) = [node for node in start.nodes if node.lines[0] == "? enrolled in mid-course"]
    assert entry.lines[1] == "? status at entry"


def test_a_single_event_that_changes_nothing_is_told_as_one():
    """One event is an event, not events."""
    toy = Pathway("p", "1", WELL, [WELL.on(SEEN), WELL.on(DIED, to=DEAD)])
    assert "✓ 1 event that changes no state" in map(str, draw.diagram(tell.ways(Journey(toy))).nodes)


def test_an_answer_shows_every_row_that_was_tried():
    """A decision is drawn row by row, each with the verdict of its criteria, and where it would lead."""
    ill = Journey(TOY).advance("seen", day=0, fever=True)
    picture = draw.diagram(ill.consider("seen", day=1, fever=False))
    assert [(str(node), node.looks) for node in picture.nodes] == [
        ("ill; (you are here)", (Look.HERE,)),
        ("? seen; ✓ no fever; ✗ three days", (Look.CONDITIONAL,)),
        ("well", ()),
    ]
    assert picture.title == "seen: may not happen without a reason (ill)"
    picture = draw.diagram(ill.consider("seen", day=1, fever=True))
    assert [str(node) for node in picture.nodes][1:] == ["✗ seen; ✗ no fever", "well", "✓ seen", "no change of state"]


def test_where_nothing_follows_the_picture_says_where_one_is():
    """A patient who has died is drawn, and no way from there."""
    dead = Journey(TOY).advance("died")
    picture = draw.diagram(tell.ways(dead))
    assert [str(node) for node in picture.nodes] == ["dead; (you are here)"]
    assert [str(node) for node in draw.diagram(dead.consider("died")).nodes] == ["dead; (you are here)"]
    assert Look.HERE in draw.diagram(dead).nodes[-1].looks


def test_no_finding_is_in_a_picture():
    """A picture can be shown to anyone: it holds criteria and verdicts, and no value."""
    patient = TREATED.advance("results_recorded", day=100, upcr="1.234 g/g")
    for subject in (patient, tell.ways(patient), patient.consider("response_assessed", day=200, upcr="1.357 g/g")):
        for text in (draw.mermaid(subject), draw.dot(subject)):
            assert not re.search(r"1\.234|1\.357", text)


def test_what_cannot_be_drawn_is_said():
    """A thing that is no subject of a picture is not taken for one."""
    with pytest.raises(TypeError, match="'a state' cannot be drawn: give a pathway, a journey, "):
        draw.mermaid("a state")


# The languages, as their own programs understand them.


def check_mermaid(subject):
    """Hold what Mermaid understands against what was to be drawn."""
    picture = draw.diagram(subject)
    found = parse_mermaid(draw.mermaid(subject))
    keys = {node.key: f"s{number}" for number, node in enumerate(picture.nodes, 1)}
    ends = {"root_start", "root_end"}
    assert {state["id"] for state in found["states"] if not state["phase"]} - ends == set(keys.values())
    assert sum(state["phase"] for state in found["states"]) == len(picture.phases)
    for node in picture.nodes:
        assert found["labels"].get(keys[node.key], "").split() == "<br>".join(_wrapped(node.lines, 26)).split()
    arrows = {(source, target): label for source, target, label in found["arrows"] if not {source, target} & ends}
    assert len(arrows) == len(found["arrows"]) - bool(picture.start) - sum(node.final for node in picture.nodes)
    assert set(arrows) == {(keys[arrow.source], keys[arrow.target]) for arrow in picture.arrows}
    for arrow in picture.arrows:
        assert "<br>".join(_wrapped(arrow.lines, 22)).strip() in arrows[keys[arrow.source], keys[arrow.target]]


def check_dot(subject):
    """Hold what Graphviz understands against what was to be drawn, and return it."""
    picture = draw.diagram(subject)
    found = parse_dot(draw.dot(subject))
    extra = [""] if picture.start else []
    assert sorted(node["name"] for node in found["nodes"]) == sorted([*(node.key for node in picture.nodes), *extra])
    assert len(found["phases"]) == len(picture.phases)
    drawn = Counter((arrow.source, arrow.target) for arrow in picture.arrows)
    drawn.update([("", picture.start)] if picture.start else [])
    assert Counter(arrow["ends"] for arrow in found["arrows"]) == drawn
    written = {
        node["name"]: [part["text"] for part in node.get("_ldraw_", ()) if part["op"] == "T"] for node in found["nodes"]
    }
    for node in picture.nodes:
        meant = _wrapped(node.lines, 40 if node.kind is Event else 22)
        assert "".join(" ".join(written[node.key]).split()) == "".join(" ".join(meant).split())
    return found


SUBJECTS = {
    "the map": PATHWAY,
    "a journey": REMISSION,
    "a journey before its first step": Journey(PATHWAY),
    "the ways from where one stands": tell.ways(TREATED, day=200),
    "the ways from the start": tell.ways(Journey(PATHWAY)),
    "an answer": TREATED.consider("response_assessed", day=200),
    "an answer where nothing is possible": TREATED.consider("cells_reinfused", day=200),
}


@pytest.mark.slow
@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
def test_mermaid_understands_every_picture(subject):
    """Mermaid itself finds every box, phase and arrow, with its words."""
    check_mermaid(subject)


@pytest.mark.slow
@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
def test_graphviz_understands_every_picture(subject):
    """Graphviz itself finds every box, phase and arrow."""
    check_dot(subject)


@pytest.mark.slow
@given(st.data())
@examples(0.25)
def test_mermaid_understands_any_words(data):
    """Quotation marks, brackets, markup, new lines and any other sign come out of Mermaid as they went in."""
    pathway = data.draw(worded())
    check_mermaid(pathway)
    check_mermaid(data.draw(testing.journeys(pathway, max_steps=4)))


@pytest.mark.slow
@given(st.data())
@examples(0.12)
def test_graphviz_understands_any_words(data):
    """Quotation marks, brackets, markup, new lines and any other sign break nothing in Graphviz."""
    pathway = data.draw(worded())
    check_dot(data.draw(testing.journeys(pathway, max_steps=4)))


def boxes_of(found):
    """Return the rectangles of everything that has words in what Graphviz has laid out, with the words."""
    for node in found["nodes"]:
        width, height = (72 * float(node[side]) for side in ("width", "height"))
        yield node["name"], (*map(float, node["pos"].split(",")), width, height)
    for arrow in found["arrows"]:
        for label in arrow.get("_ldraw_", ()):
            if label["op"] == "T":
                x, y = label["pt"]
                yield label["text"], (x, y + label.get("size", 10) / 3, 0.9 * label["width"], 9)


@pytest.mark.slow
@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
def test_no_words_lie_upon_others(subject):
    """Laid out by Graphviz, no label covers another, and none covers a box."""
    rectangles = list(boxes_of(check_dot(subject)))
    for (one, (x, y, width, height)), (other, (x2, y2, width2, height2)) in combinations(rectangles, 2):
        apart = abs(x - x2) >= (width + width2) / 2 or abs(y - y2) >= (height + height2) / 2
        assert apart, f"{one!r} lies upon {other!r}"


# A journey over time.


def words_of(figure):
    """Return every text of a figure that is seen, with the rectangle it takes, in pixels."""
    FigureCanvasAgg(figure).draw()
    unseen = set()
    for axis in figure.findobj(Axis):
        low, high = sorted(axis.get_view_interval())
        for tick in axis.get_major_ticks():
            unseen |= set() if low <= tick.get_loc() <= high else {tick.label1, tick.label2}
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip() and text not in unseen:
            yield text.get_text(), Text.get_window_extent(text)


def check_timeline(figure):
    """Hold that no text of a figure lies upon another, and that none runs off."""
    texts = list(words_of(figure))
    for (one, box), (other, box2) in combinations(texts, 2):
        across = min(box.x1, box2.x1) - max(box.x0, box2.x0)
        down = min(box.y1, box2.y1) - max(box.y0, box2.y0)
        assert across <= 1 or down <= 1, f"{one!r} lies upon {other!r}"
    width, height = figure.canvas.get_width_height()
    for text, box in texts:
        assert min(box.x0, box.y0, width - box.x1, height - box.y1) > -2, f"{text!r} runs off"
    return [text for text, _ in texts]


def test_a_timeline_shows_phases_events_curves_and_thresholds():
    """Bands, a line for each event, a curve for each quantity, and the thresholds with what they decide and by whom."""
    figure = draw.timeline(through("relapse_diagnosed"), "upcr", EGFR, lupus.SLEDAI)
    texts = check_timeline(figure)
    events, upcr, egfr, sledai, *_ = figure.axes
    assert [axes.get_ylabel() for axes in (upcr, egfr, sledai)] == ["UPCR, g/g", "eGFR, mL/min/1.73 m²", "SLEDAI"]
    assert len(events.get_yticks()) == len({step.event for step in through("relapse_diagnosed").steps})
    assert {"work-up", "standard therapy", "transplant", "outcome", "event", "transplant day"} <= set(texts)
    said = [text.replace("\n", " ") for text in texts]
    assert "0.5 g/g: complete response, relapse after transplant [KDIGO 2024; composite definition]" in said
    assert "85 % of baseline eGFR: complete response, partial response [KDIGO 2024]" in said
    assert list(upcr.lines[0].get_xdata()) == [30, 140, 240, 510]
    assert list(upcr.lines[0].get_ydata()) == [3.4, 2.9, 3.0, 0.2]


def test_thresholds_are_those_of_the_state_of_that_time():
    """A threshold is drawn as long as it decides; one that rests on a baseline is as high as the baseline makes it."""
    eva = through("relapse_diagnosed")
    found = {threshold.words: threshold for threshold in Timeline(eva).thresholds(UPCR)}
    baseline = found["50 % of baseline UPCR"]
    assert list(baseline.leads) == ["partial response", "refractory disease"]
    assert baseline.pieces == [(45, 245, 1.7)]
    assert found["50 % of UPCR before transplant"].pieces[0] == (310, 510, 1.5)
    again = eva.advance("immunosuppression_started", day=1510, upcr=2.2)
    (baseline,) = (t for t in Timeline(again).thresholds(UPCR) if t.words == "50 % of baseline UPCR")
    assert [size for _, _, size in baseline.pieces] == [1.7, 1.1]


def test_a_limit_that_is_no_number_is_not_drawn():
    """A limit that is another quantity, or a baseline that was never recorded, has no height."""
    one, other = (Quantity(name, name, "1", low=0, high=9) for name in ("one", "other"))
    seen = Event("seen", "seen", may=(one, other))
    when = one.above(other) | one.above(one.at(DIED)) | one.below(2)
    toy = Pathway("p", "1", WELL, [WELL.on(seen), WELL.on(DIED, to=DEAD, when=when)])
    (threshold,) = Timeline(Journey(toy).advance("seen", one=1)).thresholds(one)
    assert threshold.label == "2: dead"


def test_marks_say_what_is_known_of_an_event():
    """Inferred, let through with a reason, without a day: each looks otherwise and the legend says so."""
    journey = (
        Journey(TOY)
        .advance("seen", fever=True, inferred="she was admitted")
        .advance("seen", day=4, fever=False, override="the parents insisted")
        .advance("died")
    )
    figure = draw.timeline(journey)
    texts = check_timeline(figure)
    assert {"event", "inferred", "let through with a reason", "day not recorded"} <= set(texts)
    looks = {(line.get_marker(), line.get_markerfacecolor()) for line in figure.axes[0].lines}
    assert len(looks) == 3


def test_words_that_mean_something_to_the_plotter_are_shown_as_they_are():
    """A formula, a word without end, and a phase that is called as a mark is are told apart and cut short."""
    home = State("home", "home", "inferred")
    seen = Event("seen", "cost $5$ " + "x" * 100)
    toy = Pathway(
        "p", "1", home, [home.on(seen), home.on(DIED, to=attrs.evolve(DEAD, phase="event", phase_label="event"))]
    )
    texts = check_timeline(draw.timeline(Journey(toy).advance("seen", day=0, inferred="why").advance("died", day=3)))
    assert texts.count("inferred") == texts.count("event") == 2
    assert any(text.startswith(r"cost \$5\$") and text.endswith("…") for text in texts)


@pytest.mark.parametrize("title", ["Ana", "A girl whose $course$ is told in many words. " * 9])
@pytest.mark.parametrize("journey", [Journey(PATHWAY), through("relapse_diagnosed")], ids=["not begun", "relapsed"])
def test_a_timeline_says_whose_it_is(title, journey):
    """The title stands above all else, broken where it is long, and upon nothing."""
    words = check_timeline(draw.timeline(journey, "upcr", title=title))
    (said,) = (" ".join(text.split()).replace("\\$", "$") for text in words if text.startswith(title[:3]))
    assert title.strip().startswith(said.removesuffix("…").strip())


def test_a_pathway_without_phases_has_no_bands():
    """Where states have no phase there is nothing to colour, and the picture is as whole without."""
    sick = State("sick", "sick")
    toy = Pathway("p", "1", sick, [sick.on(DIED, to=attrs.evolve(DEAD, phase="", phase_label=""))])
    figure = draw.timeline(Journey(toy).advance("died", day=0))
    assert check_timeline(figure)
    assert not figure.axes[0].patches
    assert not draw.diagram(toy).phases


def test_events_without_a_day_stand_between_their_neighbours():
    """An order without days is drawn as an order; between days, evenly."""
    assert _placed([]) == ()
    assert _placed([None, None]) == (0, 1)
    assert _placed([None, 10, None, None, 40, None]) == (8.8, 10, 20, 30, 40, 41.2)
    undated = Journey(TOY).advance("seen", fever=True).advance("died")
    assert draw.timeline(undated).axes[0].get_xlabel() == "order of events (no day is recorded)"


def test_a_timeline_with_dates_says_what_day_zero_was():
    """Days are counted, and the axis says from which date."""
    journey = Journey(TOY, began=date(2020, 2, 29)).advance("died", on=date(2020, 3, 1))
    assert draw.timeline(journey).axes[-1].get_xlabel() == "day (day 0 is 2020-02-29)"


def test_a_timeline_can_look_closer():
    """From one day to another: the events, bands and thresholds of that time, and no others."""
    eva = through("relapse_diagnosed")
    figure = draw.timeline(eva, "upcr", "sledai", days=(290, 320))
    texts = check_timeline(figure)
    assert {"conditioning started", "stem cells reinfused", "transplant"} <= set(texts)
    assert not {"nephritis diagnosed", "relapse diagnosed", "work-up", "outcome"} & set(texts)
    assert figure.axes[0].get_xlim() == (290, 320)
    assert [threshold.words for threshold in Timeline(eva, (290, 320)).thresholds(UPCR)] == [
        "3 g/g",
        "50 % of UPCR before transplant",
    ]
    assert "Nothing happened at that time." in check_timeline(draw.timeline(eva, days=(600, 700)))
    assert check_timeline(draw.timeline(eva, "upcr", days=(5000, 6000)))
    for days in ((3, 3), (9, 3), (0, float("inf")), (float("nan"), 3)):
        with pytest.raises(ValueError, match="is no time: write the first and the last day"):
            draw.timeline(eva, days=days)


def test_a_timeline_of_nothing_says_so():
    """Before the first step there is nothing to draw, and a quantity that was never measured has no curve."""
    texts = check_timeline(draw.timeline(Journey(PATHWAY), "upcr"))
    assert {"Nothing has happened yet.", "not recorded"} <= set(texts)


def test_what_is_no_quantity_is_told_all_at_once():
    """Names that are unknown, and facts that have no size, are named with the nearest that would do."""
    with pytest.raises(InvalidFinding) as caught:
        draw.timeline(TREATED, "upcrr", "agent", Quantity("mood", "mood", "1", low=0, high=9))
    upcrr, agent, mood = map(str, caught.value.problems)
    assert upcrr.endswith("did you mean 'upcr'?")
    assert agent.startswith("'agent' is no quantity of lupus nephritis")
    assert mood.startswith("'mood' is no quantity")


def test_one_quantity_is_drawn_once():
    """A quantity given twice, by name and itself, has one curve, where it was first asked for."""
    figure = draw.timeline(TREATED, "egfr", "upcr", EGFR, UPCR)
    assert [axes.get_ylabel() for axes in figure.axes[1:3]] == ["eGFR, mL/min/1.73 m²", "UPCR, g/g"]
    assert not [axes for axes in figure.axes[3:] if axes.get_ylabel()]


def test_several_transplants_are_marked_and_not_counted_from():
    """Where there is more than one day zero, no axis counts from one of them."""
    toy = attrs.evolve(TOY, day_zero=SEEN, day_counted="ward day")
    once = Journey(toy).advance("seen", day=0, fever=True)
    assert "ward day" in check_timeline(draw.timeline(once))
    assert "ward day" not in check_timeline(draw.timeline(once.advance("seen", day=9, fever=True)))


@given(st.data())
@examples(0.05)
@pytest.mark.filterwarnings("ignore:Glyph .* missing from font")
def test_any_journey_has_a_timeline(data):
    """Whatever happened and in whatever words, nothing in the picture lies upon another thing or runs off."""
    pathway = data.draw(worded())
    journey = data.draw(testing.journeys(pathway))
    quantities = [fact for fact in pathway.facts if isinstance(fact, Quantity)]
    check_timeline(draw.timeline(journey, *quantities))


def test_a_journey_of_a_thousand_steps_is_drawn_and_told():
    """A thousand steps make no picture and no text that is out of proportion, or slow."""
    journey = entered("complete response", upcr=0.2)
    for day in range(1, 1000):
        journey = journey.advance("results_recorded", day=day, upcr=0.001 * (day % 400))
    started = time.perf_counter()
    assert len(draw.mermaid(journey).splitlines()) < 300
    assert len(draw.dot(journey).splitlines()) < 300
    figure = draw.timeline(journey, "upcr")
    assert len(figure.axes[1].lines) < 20
    assert str(tell.table(journey)).count("results recorded") == 999
    assert tell.story(journey).text("md").count("**Day ") == 1000
    assert time.perf_counter() - started < 30


def test_without_matplotlib_the_message_says_what_to_install(monkeypatch):
    """A picture over time asks for its extra by name; the others need none."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ModuleNotFoundError, match=r'a timeline needs matplotlib: pip install "hscpath\[plot\]"'):
        draw.timeline(TREATED)
    assert draw.mermaid(TREATED)


# Notebooks.


SHOWN = (
    (PATHWAY, "{} states, {} events, {} rows".format(*map(len, (PATHWAY.states, PATHWAY.events, PATHWAY.transitions)))),
    (TREATED, "**Day 45: immunosuppression started.** Agents: mycophenolate"),
    (tell.ways(TREATED), "You are here: immunosuppression under way, day 45."),
    (TREATED.consider("died", day=50), "died: may happen (immunosuppression under way, day 50)"),
)


def test_a_notebook_shows_pathways_journeys_ways_and_answers(monkeypatch):
    """In Jupyter each of them is a picture with words, and what is only told is formatted text."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    draw.notebooks.register()
    for subject, said in SHOWN:
        shown, _ = shell.display_formatter.format(subject)
        assert set(shown) == {"text/plain", "text/markdown"}
        assert shown["text/plain"].startswith(repr(subject))
        assert shown["text/markdown"].startswith(f"```mermaid\n{draw.mermaid(subject)}\n```\n\n")
        assert said in shown["text/markdown"]
    for told in (tell.table(TREATED), TREATED.chart.explain(UPCR.below(1))):
        assert shell.display_formatter.format(told)[0]["text/markdown"] == told.text("md")


def test_importing_the_pictures_is_all_a_notebook_needs():
    """A cell that imports them, in a shell that runs, is followed by pictures; without it nothing of them is loaded."""
    cells = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("import sys; from hscpath.lupus import PATHWAY; loaded = set(sys.modules)")
print(sorted(shell.display_formatter.format(shell.user_ns["PATHWAY"])[0]))
print([name for name in shell.user_ns["loaded"] if name.startswith(("hscpath.draw", "hscpath.tell", "matplotlib"))])
shell.run_cell("import hscpath.draw")
print(sorted(shell.display_formatter.format(shell.user_ns["PATHWAY"])[0]))
"""
    ran = subprocess.run([sys.executable, "-c", cells], capture_output=True, text=True, check=True, timeout=300)
    assert ran.stdout.splitlines() == ["['text/plain']", "[]", "['text/markdown', 'text/plain']"]


def test_a_journey_of_no_steps_is_shown_as_its_map():
    """Where there is no story yet, the map is all there is to see."""
    assert draw.notebooks.markdown(Journey(TOY)).endswith("\n```")


def test_marimo_shows_the_same(monkeypatch):
    """What marimo gets is the picture and the words, one below the other."""
    parts = SimpleNamespace(mermaid=lambda text: ("mermaid", text), md=lambda text: ("md", text), vstack=list)
    monkeypatch.setitem(sys.modules, "marimo", parts)
    draw.notebooks.register()
    picture, words = TREATED._display_()
    assert picture == ("mermaid", draw.mermaid(TREATED))
    assert words == ("md", tell.story(TREATED).text("md"))


def test_marimo_itself_shows_pathways_journeys_and_answers():
    """The real marimo draws them, where it is installed."""
    formatting = pytest.importorskip("marimo._output.formatting", reason="needs marimo: pip install marimo")
    draw.notebooks.register()
    for subject in (PATHWAY, TREATED, tell.ways(TREATED), TREATED.consider("died")):
        mime, shown = formatting.get_formatter(subject)(subject)
        assert mime == "text/html"
        assert "marimo-mermaid" in shown
