"""Shares by day and incidences: as counted where everybody is followed, as other estimators say where not."""

import math
import warnings
from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hscpath import Event, EventGroup, InvalidFile, InvalidRecord, Pathway, State, StateGroup
from hscpath.cohort import audit, audits
from hscpath.cohort.outcomes import NO_OUTCOME, Exclusions, incidence, occupancy, paths

WELL, ILL, DEAD = State("well", "feels well"), State("ill", "is ill"), State("dead", "has died", final=True)
FELL_ILL, LOST = Event("fell_ill", "fell ill"), Event("lost", "contact lost")
TOY = Pathway("toy", "1", WELL, [WELL.on(FELL_ILL, to=ILL), ILL.on(Event("died", "died"), to=DEAD), WELL.on(LOST)])


def told(*courses, event="seen"):
    """Return the table of patients' moves: each course a list of (day, state), or (day, state, event)."""
    rows = []
    for patient, course in enumerate(courses, start=1):
        before = course[0][1]
        for day, state, *what in course:
            rows.append((patient, day, before, state, *(what or [event])))
            before = state
    schema = {"patient": pl.Int64, "day": pl.Int64, "before": pl.String, "after": pl.String, "event": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


# --- As it should be ---------------------------------------------------------------------------------


def test_three_states_with_recovery_agree_with_a_table_computed_by_hand():
    """Four patients fall ill, recover, die or are lost: the shares are those on paper."""
    moves = told(
        [(0, "well"), (1, "ill"), (3, "well"), (5, "well")],
        [(0, "well"), (1, "ill"), (3, "dead")],
        [(0, "well"), (3, "ill"), (4, "ill")],
        [(0, "well"), (2, "well")],
    )
    course = occupancy(moves)
    # Day 1: of 4 well, 2 fall ill. Day 3: the only one still well and seen falls ill; of 2 ill, 1 recovers, 1 dies.
    by_hand = {
        0: {"well": 1, "ill": 0, "dead": 0},
        1: {"well": Fraction(1, 2), "ill": Fraction(1, 2), "dead": 0},
        2: {"well": Fraction(1, 2), "ill": Fraction(1, 2), "dead": 0},
        3: {"well": Fraction(1, 4), "ill": Fraction(1, 2), "dead": Fraction(1, 4)},
        5: {"well": Fraction(1, 4), "ill": Fraction(1, 2), "dead": Fraction(1, 4)},
    }
    for day, shares in by_hand.items():
        assert course.at(day) == pytest.approx(shares)
    assert course.frame.filter(day=3)["seen"].to_list() == [1, 2, 0]
    assert course.patients, course.left_out == (4, Exclusions())
    # Var of p(1): 1/4 of 1/4. Day 3 moves all of well; of p_ill = 1/2, half goes each way, 2 being at risk.
    error_of_dead = math.sqrt(Fraction(1, 16) / 4 + Fraction(1, 4) * Fraction(1, 4) / 2)
    assert course.errors[-1][course.states.index("dead")] == pytest.approx(error_of_dead)


def test_data_of_ones_own_need_a_pathway_of_a_few_lines():
    """Illness, recovery and death, written as a pathway: the audited log gives the shares of the table by hand."""
    well, ill, dead = State("well", "well"), State("ill", "ill"), State("dead", "dead", final=True)
    fell_ill, recovered, died, seen = (Event(name, name) for name in ("fell_ill", "recovered", "died", "seen"))
    anyone = StateGroup("anyone alive", (well, ill))
    rows = [well.on(fell_ill, to=ill), ill.on(recovered, to=well), anyone.on(died, to=dead), anyone.on(seen)]
    log = pl.DataFrame(
        [
            ("a", 0, "seen"), ("a", 1, "fell_ill"), ("a", 3, "recovered"), ("a", 5, "seen"),
            ("b", 0, "seen"), ("b", 1, "fell_ill"), ("b", 3, "died"),
            ("c", 0, "seen"), ("c", 3, "fell_ill"), ("c", 4, "seen"),
            ("d", 0, "seen"), ("d", 2, "seen"),
        ],
        schema=["patient", "day", "event"], orient="row",
    )  # fmt: skip
    told = audit(log, Pathway("illness and death", "1", well, rows))
    assert occupancy(told).at(3) == {"well": 0.25, "ill": 0.5, "dead": 0.25}
    assert incidence(told, dead).at(5)["dead"] == pytest.approx(1 / 3)
    assert paths(told)["path"].to_list()[0] == ["well"]


STATES = ("a", "b", "c")
COURSES = st.lists(
    st.lists(st.tuples(st.integers(0, 4), st.sampled_from(STATES)), min_size=1, max_size=6), min_size=1, max_size=12
)


def from_day_zero(course):
    """Return a course whose days go on from 0."""
    day, made = 0, []
    for number, (later, state) in enumerate(course):
        day += later if number else 0
        made.append((day, state))
    return made


@given(COURSES)
def test_where_everybody_is_followed_shares_are_counts_and_their_errors_those_of_counts(courses):
    """Without censoring the estimate is the share that is counted, with the error of a multinomial share."""
    dated = [from_day_zero(course) for course in courses]
    last = max(course[-1][0] for course in dated)
    course = occupancy(told(*dated), until=last)
    for row, day in enumerate(course.days.tolist()):
        where = [[state for when, state in one if when <= day][-1] for one in dated]
        counted = np.array([where.count(state) / len(dated) for state in course.states])
        np.testing.assert_allclose(course.shares[row], counted, atol=1e-12)
        np.testing.assert_allclose(course.errors[row], np.sqrt(counted * (1 - counted) / len(dated)), atol=1e-7)


def random_outcomes(number, seed):
    """Return times without ties and what ended them: 0 for a patient who was lost."""
    chance = np.random.default_rng(seed)
    return chance.permutation(np.arange(1, number + 1) * 3), chance.integers(0, 3, number)


def test_competing_outcomes_agree_with_another_estimator():
    """Cumulative incidence of two outcomes is what lifelines estimates of the same patients, with its error."""
    lifelines = pytest.importorskip("lifelines")
    times, ends = random_outcomes(200, 4)
    moves = told(*([(0, "in"), (int(day), ["in", "x", "y"][end])] for day, end in zip(times, ends, strict=True)))
    mine = incidence(moves, ["x", "y"])
    assert mine.states == (NO_OUTCOME, "x", "y")
    for code, state in ((1, "x"), (2, "y")):
        fitted = lifelines.AalenJohansenFitter().fit(times, ends, event_of_interest=code)
        for day, share in fitted.cumulative_density_.iloc[:, 0].items():
            assert mine.at(int(day))[state] == pytest.approx(share, abs=1e-12)
        for day, variance in fitted.variance_.dropna().items():
            row = np.searchsorted(mine.days, day, side="right") - 1
            assert mine.errors[row, code] ** 2 == pytest.approx(variance)


def test_late_entry_agrees_with_another_estimator():
    """Survival of patients who enter late is what lifelines estimates from those under observation."""
    lifelines = pytest.importorskip("lifelines")
    chance = np.random.default_rng(9)
    entered = np.concatenate([np.zeros(20, dtype=int), chance.integers(0, 40, 100)])
    left = entered + chance.integers(1, 60, 120)
    died = chance.random(120) < 0.6
    moves = told(
        *(
            [(int(begin), "alive"), (int(end), "dead" if dead else "alive")]
            for begin, end, dead in zip(entered, left, died, strict=True)
        )
    )
    mine = occupancy(moves, as_recorded=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lifelines warns of what pandas will do
        fitted = lifelines.KaplanMeierFitter().fit(left, died, entry=entered)
    for day in range(mine.last + 1):
        assert mine.at(day)["alive"] == pytest.approx(fitted.predict(day), abs=1e-12)


@st.composite
def tables(draw):
    """Draw a table of moves with days that are missing, contacts that are lost, and patients of a single row."""
    rows = []
    for patient in range(draw(st.integers(1, 8))):
        day, before = draw(st.integers(-3, 3)), draw(st.sampled_from(STATES))
        for _ in range(draw(st.integers(1, 6))):
            day += draw(st.integers(0, 3))
            after = draw(st.sampled_from(STATES))
            known = draw(st.integers(0, 3)) > 0
            rows.append((patient, day if known else None, before, after, draw(st.sampled_from(["seen", "lost", "x"]))))
            before = after
    schema = {"patient": pl.Int64, "day": pl.Int64, "before": pl.String, "after": pl.String, "event": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


@given(tables(), st.booleans(), st.booleans())
def test_whatever_is_missing_shares_are_shares(moves, as_recorded, from_event):
    """Lost contacts and missing days leave shares that come to 1, and errors that are numbers."""
    happened = "x" in moves["event"].to_list()
    options = {"as_recorded": as_recorded, "lost": "lost", "since": "x" if from_event and happened else ()}
    for estimate in (occupancy, lambda table, **given: incidence(table, [moves["after"][0]], **given)):
        try:
            course = estimate(moves, **options)
        except InvalidRecord as error:
            assert str(error) == "no patient has a row with a day, so there is nothing to estimate"
            continue
        assert (course.shares >= -1e-12).all()
        np.testing.assert_allclose(course.shares.sum(axis=1), 1)
        assert np.isfinite(course.errors).all()
        assert (course.seen >= 0).all()
        assert list(course.days) == sorted(set(course.days.tolist()))
        assert sum(course.at(course.last).values()) == pytest.approx(1)


# --- What is not seen --------------------------------------------------------------------------------


def test_after_contact_is_lost_nothing_is_claimed_until_it_is_found_again():
    """A death that was learned of after contact was lost is no death under observation, and is counted as left out."""
    moves = told(
        [(0, "well"), (5, "well", "lost"), (50, "dead")],
        [(0, "well"), (60, "well")],
        [(0, "well"), (10, "dead")],
    )
    course = occupancy(moves, lost=LOST)
    assert course.at(10) == {"well": 0.5, "dead": 0.5}
    assert course.at(60) == {"well": 0.5, "dead": 0.5}
    assert course.left_out == Exclusions(unseen=1)
    assert str(course).endswith("left out: 1 move found only when the patient was seen again\n"
                                "on day 60, with 1 of them still under observation:\n"
                                "  well: 50.0 %\n  dead: 50.0 %")  # fmt: skip
    assert occupancy(moves).at(60)["dead"] == pytest.approx(2 / 3)
    assert occupancy(moves, lost=LOST, until=100).last == 100


def test_a_later_event_of_the_same_day_ends_the_loss():
    """Contact that is found again on the day it was lost was never lost."""
    moves = told([(0, "well"), (5, "well", "lost"), (5, "well"), (9, "dead")])
    assert occupancy(moves, lost=["lost"]).left_out == Exclusions()


def test_a_move_without_a_day_is_left_out_and_counted():
    """When it is not known when a patient fell ill, the time between the days that are known is not used."""
    moves = told([(0, "well"), (None, "ill"), (20, "dead")], [(0, "well"), (10, "ill"), (30, "ill")])
    course = occupancy(moves)
    assert course.left_out == Exclusions(undated=1, unseen=1)
    assert course.at(10) == {"well": 0, "ill": 1, "dead": 0}
    assert "1 move without a day, 1 move found only" in str(course)
    assert occupancy(told([(0, "well"), (None, "ill")], [(0, "well"), (9, "ill")])).at(9)["ill"] == 1


def test_a_day_that_follows_from_the_days_around_it_is_known():
    """Between two events of one day everything is of that day; what only adds to the record needs no day."""
    moves = told([(0, "well"), (4, "well"), (None, "ill"), (4, "ill"), (None, "ill"), (9, "dead")])
    course = occupancy(moves)
    assert (course.at(4)["ill"], course.at(9)["dead"], course.left_out) == (1, 1, Exclusions())


def test_patients_without_any_day_are_counted():
    """A patient of whom no day is known takes no part; where nobody has one there is no estimate."""
    moves = told([(None, "well"), (None, "ill")], [(0, "well"), (3, "ill")])
    course = occupancy(moves)
    assert (course.patients, course.left_out) == (1, Exclusions(patients=1))
    assert str(course.left_out) == "1 patient with no day to count from"
    assert str(Exclusions(undated=2, patients=3)) == "2 moves without a day, 3 patients with no day to count from"
    with pytest.raises(InvalidRecord, match="no patient has a row with a day"):
        occupancy(told([(None, "well")]))
    with pytest.raises(InvalidRecord, match="no patient has a row with a day"):
        occupancy(told([(0, "well")]).clear())


def registry(*courses):
    """Return the audit of patients of the toy pathway: each course a list of (day, event)."""
    rows = [(patient, *row) for patient, course in enumerate(courses, start=1) for row in course]
    return audit(pl.DataFrame(rows, schema=["patient", "day", "event"], orient="row"), TOY)


def test_patients_stopped_at_their_first_row_are_counted_as_left_out():
    """Who is refused at once, or whose first row cannot be recorded, is in no curve, and the text says so."""
    told = registry(
        [(0, "fell_ill"), (9, "died")], *[[(0, "slipped")]] * 5, [(0, "died"), (4, "fell_ill")], [(0, "lost")]
    )
    for course in (occupancy(told), incidence(told, DEAD)):
        assert (course.patients, course.left_out) == (2, Exclusions(refused=1, unrecorded=5))
        assert str(course).splitlines()[0] == (
            "2 of 8 patients, day 0 to 9; left out: 1 patient refused before there was a day to count from, "
            "5 patients with a row that cannot be recorded before there was a day to count from"
        )
    with pytest.raises(InvalidRecord, match="nothing to estimate; left out: 1 patient refused before"):
        occupancy(registry([(0, "died")]))


def test_a_refused_patient_is_observed_until_the_refusal_and_counted():
    """What follows a refusal is not known: the patient is at risk up to it, even where others are followed longer."""
    told = registry(
        [(0, "lost"), (5, "fell_ill"), (8, "fell_ill"), (20, "died")],
        [(0, "lost"), (5, "fell_ill"), (20, "died")],
        [(0, "lost"), (5, "fell_ill"), (7, "slipped")],
        [(0, "lost"), (5, "fell_ill"), (20, "died"), (21, "died")],
    )
    course = occupancy(told, until=30)
    assert course.left_out == Exclusions(after_refusal=2, after_unrecorded=1)
    assert str(course.left_out) == (
        "all that follows a refusal of 2 patients, all that follows a row that cannot be recorded of 1 patient"
    )
    assert course.frame.filter(day=20)["seen"].to_list() == [0, 2, 0]
    assert course.at(20)["has died"] == 1
    assert incidence(told, DEAD, until=30).left_out == Exclusions(after_refusal=1, after_unrecorded=1)


@pytest.mark.parametrize("made", [pl.DataFrame, pl.DataFrame.lazy], ids=["frame", "scan"])
def test_who_was_stopped_is_known_however_a_log_is_cut_and_sorted(made, monkeypatch):
    """Rows of a patient may stand anywhere in a log that is read in pieces: the refusals stay with whom they are of."""
    monkeypatch.setattr(audits, "PIECE", 5)
    rows = [(n, day, event) for n in range(9) for day, event in [(0, "lost"), (5 + n, "fell_ill"), (30, "died")]]
    rows += [(n, 9 + n, "slipped") for n in range(4)] + [(n, 0, "died") for n in range(20, 23)]
    log = pl.DataFrame(rows, schema=["patient", "day", "event"], orient="row").sample(fraction=1, shuffle=True, seed=2)
    course = occupancy(audit(made(log), TOY))
    assert (course.patients, course.left_out) == (9, Exclusions(refused=3, after_unrecorded=4))
    assert [course.observed(day) for day in (5, 6, 7, 8, 9, 30)] == [9, 8, 7, 6, 5, 5]


def test_patients_who_never_had_the_event_to_count_from_are_told():
    """Days since falling ill say nothing of who never fell ill, or was refused before."""
    told = registry(
        [(0, "fell_ill"), (9, "died")], [(0, "lost")], [(0, "lost"), (2, "died")], [(0, "lost"), (3, "what")]
    )
    course = incidence(told, DEAD, since=FELL_ILL)
    assert (course.patients, course.left_out) == (1, Exclusions(without=1, refused=1, unrecorded=1))
    assert str(course.left_out).startswith("1 patient without the event to count from, 1 patient refused before")
    assert str(course).startswith("1 of 4 patients, day 0 to 9;")


def test_shares_are_printed_for_a_day_on_which_many_are_still_observed():
    """A death among the last two of a hundred is no half of them: what is printed rests on a tenth at least."""
    courses = [[(0, "well"), (100, "dead")], *[[(0, "well"), (400, "well")]] * 97]
    course = occupancy(told(*courses, [(0, "well"), (3000, "well")], [(0, "well"), (3000, "dead")]))
    assert str(course).splitlines()[1:] == [
        "on day 400, the last on which at least a tenth was, with 99 of them still under observation:",
        "  well: 99.0 %",
        "  dead: 1.0 %",
    ]
    assert course.at(3000)["dead"] == pytest.approx(0.505)
    assert [course.observed(day) for day in (0, 1, 100, 101, 400, 401, 3000, 3001)] == [100, 100, 100, 99, 99, 2, 2, 0]


def test_patients_seen_once_are_printed_for_the_day_on_which_they_were():
    """Where nobody was followed there is the first day alone, and everybody was under observation then."""
    course = occupancy(told([(3, "well")], [(4, "ill")]))
    assert str(course).splitlines()[1] == "on day 0, with 2 of them still under observation:"


@given(COURSES)
def test_whom_the_shares_rest_on_are_those_who_are_counted_by_state(courses):
    """On a day with a move, those under observation are the sum of those in each state just before it."""
    course = occupancy(told(*map(from_day_zero, courses)), until=99)
    for day, seen in zip(course.days.tolist()[1:], course.seen[1:], strict=True):
        assert course.observed(day) == seen.sum()
    assert course.observed(99) == course.patients


# --- From when, and of whom --------------------------------------------------------------------------


def test_days_count_from_an_event_where_one_is_named():
    """Days since falling ill are counted for those who fell ill on a known day, in the state they were in then."""
    moves = told(
        [(0, "well"), (10, "ill", "fell_ill"), (15, "dead"), ],
        [(3, "well"), (4, "ill", "fell_ill"), (9, "well"), (12, "ill", "fell_ill"), (20, "ill")],
        [(0, "well"), (90, "well")],
        [(0, "well"), (None, "ill", "fell_ill"), (90, "well")],
    )  # fmt: skip
    group = EventGroup("falling ill", (FELL_ILL, LOST))
    for since in (FELL_ILL, "fell_ill", [FELL_ILL], group):
        course = occupancy(moves, since=since)
        assert (course.patients, course.left_out.patients, course.last) == (2, 1, 16)
        assert course.at(0) == {"well": 0, "ill": 1, "dead": 0}
        assert course.at(5) == {"well": 0.5, "ill": 0, "dead": 0.5}
        assert course.at(8) == {"well": 0, "ill": 0.5, "dead": 0.5}


def test_rows_whose_event_is_not_recorded_are_no_occasion():
    """A row without an event is neither a loss of contact nor a day to count from."""
    moves = told([(0, "well", None), (4, "well", "lost"), (9, "ill", "seen")])
    assert occupancy(moves, since="lost").last == 5
    assert occupancy(moves, lost=LOST).left_out == Exclusions(unseen=1)


def test_an_outcome_that_is_there_from_the_start_counts_from_the_first_day():
    """Who begins with the outcome has it; who never has it does not; states told alike are one outcome."""
    moves = told([(0, "ill"), (9, "well")], [(2, "well"), (4, "ill"), (5, "dead")], [(0, "well"), (7, "well")])
    assert incidence(moves, "ill").at(0) == {NO_OUTCOME: pytest.approx(2 / 3), "ill": pytest.approx(1 / 3)}
    assert incidence(moves, ILL).at(7)["ill"] == pytest.approx(2 / 3)
    merged = incidence(moves, [ILL, DEAD], labels={"ill": "in trouble", "dead": "in trouble", "well": "fine"})
    assert merged.states == (NO_OUTCOME, "in trouble")
    assert merged.at(9)["in trouble"] == pytest.approx(2 / 3)


def test_states_are_told_by_their_labels_in_the_order_of_the_pathway():
    """A pathway names and orders the states; a mapping may make several states one."""
    moves = told([(0, "ill"), (9, "dead")], [(0, "ill"), (3, "well")])
    assert occupancy(moves).states == ("ill", "dead", "well")
    assert occupancy(moves, labels=TOY).states == ("feels well", "is ill", "has died")
    merged = occupancy(moves, labels={"well": "alive", "ill": "alive", "dead": "dead"})
    assert (merged.states, list(merged.days), merged.at(9)) == (("alive", "dead"), [0, 9], {"alive": 0, "dead": 1})
    named = moves.with_columns(pl.col("before", "after").cast(pl.Enum(["well", "ill", "dead"])))
    assert occupancy(named).states == ("well", "ill", "dead")


def test_rows_are_taken_in_order_of_day_from_any_kind_of_table():
    """A table of pandas, of Arrow, or a scan, its rows in any order, gives the same shares."""
    moves = told([(0, "well"), (5, "ill"), (8, "dead")], [(1, "well"), (4, "ill"), (6, "well")])
    shuffled = moves[[5, 2, 0, 3, 1, 4]]
    for table in (shuffled, shuffled.lazy(), shuffled.to_pandas(), shuffled.to_arrow()):
        course = occupancy(table)
        assert course.at(4) == pytest.approx({"well": 0.5, "ill": 0.5, "dead": 0})
        assert course.frame.schema["state"] == pl.Enum(course.states)


def test_days_may_be_dates_or_numbers_that_are_whole():
    """A registry's dates count as days; so do decimal numbers, as pandas keeps them where one is missing."""
    moves = told([(0, "well"), (5, "ill"), (8, "dead")], [(0, "well"), (4, "ill"), (None, "ill")])
    wanted = occupancy(moves).frame
    for days in (pl.col("day").cast(pl.Float64).fill_null(math.nan), pl.date(2020, 2, 27) + pl.duration(days="day")):
        assert occupancy(moves.with_columns(day=days)).frame.equals(wanted)
    for wrong, kind in ((0.5, "Float64"), (math.inf, "Float64"), (2**62, "Int64"), (-(10**9), "Int")):
        with pytest.raises(InvalidRecord, match=f"at most nine digits, or dates, are needed, not {kind}"):
            occupancy(moves.with_columns(day=pl.lit(wrong)))


def test_days_before_an_origin_are_days_too():
    """A registry that counts from the transplant has days below zero."""
    moves = told([(-9, "well"), (-5, "ill")], [(-7, "well"), (-4, "well")])
    course = occupancy(moves, as_recorded=True)
    assert (course.days[0], course.last, course.at(-5)) == (-9, -4, {"well": 0.5, "ill": 0.5})
    assert incidence(moves, "ill", as_recorded=True).last == -4


def test_a_day_beyond_what_was_observed_has_no_share():
    """Nothing is said of a day before the first or after the last that anybody was under observation."""
    course = occupancy(told([(0, "well"), (5, "ill")]))
    for day in (-1, 6):
        with pytest.raises(LookupError, match="from day 0 to 5"):
            course.at(day)


# --- Paths ------------------------------------------------------------------------------------------


def test_paths_are_counted_the_most_frequent_first():
    """Each patient took one path; what only adds to the record is no part of it, and a mapping shortens it."""
    moves = told(
        [(0, "well"), (1, "ill"), (2, "ill"), (3, "dead")],
        [(0, "well"), (2, "ill"), (None, "dead")],
        [(0, "well"), (9, "well")],
    )
    taken = paths(moves)
    assert taken["path"].to_list() == [["well", "ill", "dead"], ["well"]]
    assert taken["patients"].to_list() == [2, 1]
    assert taken["share"].to_list() == pytest.approx([2 / 3, 1 / 3])
    assert paths(moves, labels=TOY)["path"].to_list()[0] == ["feels well", "is ill", "has died"]
    merged = paths(moves, labels={"well": "alive", "ill": "alive", "dead": "dead"})
    assert merged["path"].to_list() == [["alive", "dead"], ["alive"]]
    assert paths(moves.clear()).height == 0


# --- What is wrong is told --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "options", "problems"),
    [
        (
            {"patient": [1], "days": [0], "from": ["a"]},
            {"since": "x"},
            [
                "no column 'day' (on which day); did you mean 'days'?",
                "no column 'before' (in which state before); known: days, from, patient",
                "no column 'after' (and after); known: days, from, patient",
                "no column 'event' (what happened); known: days, from, patient",
            ],
        ),
        (
            {"patient": [1, None], "day": ["0", "x"], "before": ["a", None], "after": [None, None]},
            {},
            [
                "day: whole numbers of at most nine digits, or dates, are needed, not String",
                "patient: not given in 1 row",
                "before: not given in 1 row",
                "after: not given in 2 rows",
            ],
        ),
        (
            {"patient": [1, 1], "day": [0, 1], "before": ["a", "a"], "after": ["b", "b"]},
            {},
            ["before: 1 rows do not go on from the state that the row before led to: patient 1"],
        ),
        (
            {"patient": [1], "day": [0], "before": ["a"], "after": ["b"], "event": ["seen"]},
            {"since": "other", "lost": ["never", "sen"]},
            [
                "lost: no row has the event 'sen'; did you mean 'seen'?",
                "since: no row has the event 'other'; known: seen",
            ],
        ),
        (
            {"patient": [1], "day": [0], "before": ["a"], "after": ["b"]},
            {"labels": {"a": 1}},
            ["labels: 'b' has none; known: a", "labels: 1 is no text"],
        ),
        (
            {"patient": [1], "day": [7], "before": ["a"], "after": ["b"]},
            {"until": 3, "as_recorded": True},
            ["until: 1 rows come after day 3; the last is on day 7"],
        ),
        (
            {"patient": [1], "day": [0], "before": ["a"], "after": ["b"]},
            {"until": 7.5},
            ["until: 7.5 is no whole number of days"],
        ),
        (
            {"patient": [1], "day": [0], "before": ["a"], "after": ["b"], "event": [None]},
            {"lost": ["x", 3]},
            ["3 is no event: give an event, its name, or several"],
        ),
    ],
    ids=["columns", "kinds", "broken", "event", "labels", "until", "number", "no event"],
)
def test_a_table_that_does_not_say_what_it_should_is_told_all_that_is_wrong(table, options, problems):
    """Every problem of the table is named at once, with what may be meant."""
    with pytest.raises(InvalidRecord) as caught:
        occupancy(pl.DataFrame(table, strict=False), **options)
    assert [problem.text for problem in caught.value.problems] == problems


def test_an_outcome_may_be_named_by_its_label():
    """Whoever reads labels in the results may ask by them; a label of two states is either of them."""
    moves = told([(0, "ill"), (9, "well")], [(2, "well"), (4, "ill"), (5, "dead")], [(0, "well"), (7, "well")])
    by_name, by_label = (incidence(moves, wanted, labels=TOY) for wanted in (["dead", "ill"], ["has died", "is ill"]))
    assert by_label.frame.equals(by_name.frame)
    labels = {"ill": "in trouble", "dead": "in trouble", "well": "fine"}
    merged = incidence(moves, "in trouble", labels=labels)
    assert merged.frame.equals(incidence(moves, [ILL, DEAD], labels=labels).frame)
    with pytest.raises(InvalidRecord, match="outcomes: 'has dyed' is no state here; did you mean 'has died'"):
        incidence(moves, "has dyed", labels=TOY)


def test_outcomes_have_to_be_states_of_somebody():
    """An outcome that nobody could have is no silent zero."""
    moves = told([(0, "well"), (5, "ill")])
    with pytest.raises(InvalidRecord, match="outcomes: 'il' is no state here; did you mean 'ill'"):
        incidence(moves, ["il"])
    with pytest.raises(InvalidRecord, match="outcomes: name at least one state"):
        incidence(moves, [])
    with pytest.raises(InvalidRecord, match="outcomes: none can be called 'none of these yet'"):
        incidence(moves, "ill", labels={"well": "fine", "ill": NO_OUTCOME})
    assert incidence(moves, DEAD, labels=TOY).at(5)["has died"] == 0


def test_what_is_no_table_is_told():
    """A list of rows is no table, and the error says what is one."""
    with pytest.raises(InvalidFile, match="is no table: give a frame of polars, pandas, pyarrow or duckdb"):
        occupancy([(1, 0, "well", "ill")])


def test_no_day_at_all_is_told():
    """A table whose days are all missing, of whatever kind the column is, has nothing to estimate."""
    moves = told([(0, "well"), (5, "ill")]).with_columns(day=pl.lit(None))
    with pytest.raises(InvalidRecord, match="nothing to estimate"):
        occupancy(moves)
