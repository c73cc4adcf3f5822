"""Made-up cohorts: nothing in them is refused, their shares and times are those asked for, and they never change."""

import hashlib
import math
import subprocess
import sys
from fractions import Fraction

import attrs
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hscpath import (
    Choice,
    Event,
    Flag,
    InvalidFile,
    InvalidRates,
    Journey,
    Pathway,
    Quantity,
    Record,
    State,
    StateGroup,
    invariants,
    lupus,
)
from hscpath import testing as kit
from hscpath.cohort import audit, save
from hscpath.cohort import simulation as made
from hscpath.cohort.outcomes import incidence
from hscpath.cohort.simulation import simulate, simulate_in_pieces
from hscpath.invariants import Standing
from hscpath.lupus import (
    CELLS_REINFUSED,
    CONTACT_LOST,
    DEAD,
    ENGRAFTED,
    GRAFT_FAILURE,
    INVARIANTS,
    PATHWAY,
    RATES,
    RESULTS_RECORDED,
)
from hscpath.rates import Mix, Rates, Spread, Way, read, then
from tests.profiles import examples

ERROR = 1e-9
"""How often a true share may be called false, over all shares that are looked at together."""


def agrees(count, number, share, looked_at=1):
    """Return whether a count may come of a share: by Chernoff's bound, which holds at every number and share."""
    got = Fraction(int(count), int(number))
    if share in (0, 1):
        return got == share
    parts = ((got, share), (1 - got, 1 - share))
    distance = sum(float(a) * math.log(float(a / b)) for a, b in parts if a)
    return number * distance <= math.log(2 * looked_at / ERROR)


# --- A pathway of one's own --------------------------------------------------------------------------

FEVER = Flag("fever", "fever", negative="no fever")
TEMPERATURE = Quantity("temperature", "temperature", "Cel", low=30, high=45, resolution="0.1")
PULSE = Quantity("pulse", "pulse", "/min", low=20, high=250)
DRUG = Choice("drug", "drug", ("A", "B", "C"))
DRUGS = Choice("drugs", "drugs", ("A", "B", "C"), several=True)
AT_HOME, ILL, BETTER, OVER = (
    State("home", "at home"),
    State("ill", "ill"),
    State("better", "better"),
    State("over", "dead", final=True),
)
ADMITTED = Event("admitted", "admitted", may=(FEVER, TEMPERATURE, PULSE))
TREATED = Event("treated", "treated", must=(DRUG,), may=(DRUGS, PULSE))
DIED, SEEN = Event("died", "died"), Event("seen", "seen")
WARD = Pathway("ward", "1", AT_HOME, [
    AT_HOME.on(ADMITTED, to=ILL, when=FEVER.is_true() & TEMPERATURE.above(38)),
    AT_HOME.on(ADMITTED),
    ILL.on(TREATED, to=BETTER, when=DRUG.one_of("A", "B"), expects=PULSE.below(PULSE.at(ADMITTED))),
    ILL.on(DIED, to=OVER),
    BETTER.on(DIED, to=OVER, expects=DRUGS.one_of("C")),
    StateGroup("living", (AT_HOME, ILL, BETTER)).on(SEEN),
])  # fmt: skip
STAY = Spread(1, 4, 20)
ON_THE_WARD = Rates({
    AT_HOME: [Way(1, [then(ADMITTED, Spread(0, 100), to=ILL)])],
    ILL: [Way("0.7", [then(TREATED, STAY)]), Way("0.3", [then(DIED, Spread(0, 9))])],
    BETTER: [Way("0.25", [then(DIED, 30)]), Way("0.75")],
})  # fmt: skip


@pytest.fixture(scope="module")
def ward():
    """Return three thousand patients of the ward."""
    return simulate(WARD, 3000, 5, ON_THE_WARD)


def records(frame):
    """Return the log of one patient as records."""
    return [
        Record(event, {name: value for name, value in found.items() if value is not None}, day=day)
        for event, day, found in zip(
            frame["event"], frame["day"], frame.drop("patient", "day", "event").iter_rows(named=True), strict=True
        )
    ]


def test_what_the_rates_leave_open_is_found(ward):
    """Rates that name no finding at all give patients whose findings are what the pathway asks for."""
    assert set(ward.columns) == {"patient", "day", "event", "fever", "temperature", "pulse", "drug", "drugs"}
    told = audit(ward, WARD, on_deviation="stop")
    assert told.patients.filter(pl.col("outcome") != "complete").height == 0
    assert told.patients.select(pl.sum("departs") + pl.sum("undocumented")).item() == 0
    admitted = ward.filter(event="admitted")
    assert admitted.select((pl.col("fever") & (pl.col("temperature") > 38)).all()).item()
    treated = ward.filter(event="treated")
    assert treated["drug"].is_in(["A", "B"]).all()
    assert (treated["pulse"] < treated.join(admitted, on="patient", maintain_order="left")["pulse_right"]).all()
    for (_,), log in list(ward.group_by("patient", maintain_order=True))[:50]:
        assert not Journey.replay(WARD, records(log)).deviations


def test_shares_and_times_are_those_asked_for(ward):
    """Who goes which way, and when, is what the rates say, within the error of so many patients."""
    patients = ward["patient"].n_unique()
    treated = ward.filter(event="treated")
    assert agrees(treated.height, patients, Fraction(7, 10), 5)
    died = ward.filter(pl.col("event") == "died", pl.col("patient").is_in(treated["patient"].implode()))
    assert agrees(died.height, treated.height, Fraction(1, 4), 5)
    stay = ward.select(pl.col("event"), days=pl.col("day").diff().over("patient")).filter(event="treated")["days"]
    assert (stay.min(), stay.max()) == (1, 20)
    # Half lie from 1 to 4 and half from 4 to 20, with each number of a half alike.
    assert agrees((stay <= 3).sum(), len(stay), Fraction(3, 8), 5)
    assert agrees((stay == 4).sum(), len(stay), Fraction(1, 8) + Fraction(1, 34), 5)
    assert agrees((stay > 12).sum(), len(stay), Fraction(8, 34), 5)
    assert ward.group_by("patient").agg(pl.col("day").is_sorted())["day"].all()


def test_what_the_rates_say_is_recorded_as_they_say():
    """Values come from their spreads and mixes, and what is settled before need not be recorded again."""
    given_rates = Rates({
        AT_HOME: [Way(1, [then(ADMITTED, to=ILL, fever=True, temperature=Spread("38.5", 39, 41), pulse=90)])],
        ILL: [Way(1, [then(TREATED, 3, drug=Mix({"A": "0.8", "B": "0.2"}), drugs=Mix({"C": "0.5", ("A", "C"): "0.5"}),
                           pulse=Spread(50, 70))])],
        BETTER: [Way(1, [then(DIED, 1)])],
    })  # fmt: skip
    log = simulate(WARD, 2000, 1, given_rates)
    temperature = log["temperature"].drop_nulls()
    assert (temperature.min(), temperature.max()) == (38.5, 41.0)
    assert agrees((temperature > 39).sum(), 2000, Fraction(20, 42), 4)
    assert agrees((log["drug"] == "A").sum(), 2000, Fraction(4, 5), 4)
    assert agrees((log["drugs"].list.len() == 2).sum(), 2000, Fraction(1, 2), 4)
    assert log.schema["pulse"].is_integer()
    assert log.height == 6000


def test_what_an_event_must_record_and_nobody_asks_about_is_any_value():
    """Each patient treated has a drug on record although no row asks which, and all drugs occur."""
    treated = Pathway("treated", "1", AT_HOME, [AT_HOME.on(TREATED, to=OVER)])
    log = simulate(treated, 50, 1, Rates({AT_HOME: [Way(1, [then(TREATED)])]}))
    assert set(log["drug"]) == {"A", "B", "C"}
    assert log["pulse"].null_count() == 50


def test_every_fact_is_recorded_as_the_audit_reads_it(ward):
    """A patient's finding, read from the table, is the very finding that the pathway makes of the value."""
    told = audit(ward, WARD)
    for patient in ward["patient"].unique()[:20]:
        log = ward.filter(patient=patient)
        again = {
            (number, finding.fact.name): finding.value
            for number, step in enumerate(told.journey(patient).steps)
            for finding in step.findings
        }
        for (number, name), value in again.items():
            written = log[name][number]
            assert (frozenset(written) if isinstance(value, frozenset) else written) == value


# --- The reference pathway ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cohort():
    """Return two thousand patients of the reference pathway, with what the audit says of them."""
    log = simulate(PATHWAY, 2000, 2026, RATES)
    return log, audit(log, PATHWAY)


def test_nothing_in_an_illustrative_cohort_is_refused_or_departs_from_anything(cohort):
    """The audit accepts every event of every patient, and so does the replay of each, with no deviation."""
    log, told = cohort
    assert told.outcomes == {"complete": 2000}
    assert told.patients.select("departs", "undocumented").sum().row(0) == (0, 0)
    assert told.problems.height == 0
    for (_,), rows in list(log.group_by("patient", maintain_order=True))[:60]:
        assert not Journey.replay(PATHWAY, records(rows)).deviations


def test_made_up_patients_break_no_rule_of_the_pathway(cohort):
    """Whatever holds of every journey on the pathway holds of those that were made up."""
    _, told = cohort
    for patient in range(1, 61):
        judged = invariants.check(told.journey(patient), INVARIANTS)
        assert not [one.invariant.name for one in judged if one.standing is Standing.VIOLATED]


def test_patients_are_followed_until_they_die_or_their_observation_ends(cohort):
    """The last event of everybody is death, or the end of observation that the rates name."""
    log, told = cohort
    last = log.group_by("patient", maintain_order=True).last()["event"].cast(pl.String)
    assert set(last) == {"died", RESULTS_RECORDED.name, CONTACT_LOST.name}
    dead = told.patients["state"] == DEAD.name
    assert ((last == "died") == dead).all()
    assert agrees((last == CONTACT_LOST.name).sum(), (~dead).sum(), Fraction(1, 10)) or dead.any()


@pytest.mark.parametrize("guideline", [lupus.LIST, lupus.JINLING], ids=str)
def test_under_a_guideline_that_asks_for_more_no_patient_is_refused(guideline):
    """What a guideline asks for and the rates leave open is on record; the same happens to patients as without it."""
    pathway = lupus.pathway(guideline)
    log = simulate(pathway, 300, 1, RATES)
    assert audit(log, pathway, on_deviation="stop").outcomes == {"complete": 300}
    same = pl.col("patient", "day"), pl.col("event").cast(pl.String)
    assert log.select(same).equals(simulate(PATHWAY, 300, 1, RATES).select(same))


def first_moves(choices, state):
    """Return the share of patients for each state that the ways lead to first, and for staying."""
    shares, before = {}, 0.0
    for upto, way in zip(choices.upto, choices.ways, strict=True):
        moved = [move.after.name for move in way if move.after.name != state]
        to = moved[0] if moved else state
        shares[to] = shares.get(to, 0) + Fraction(upto - before).limit_denominator(10**6)
        before = upto
    return shares


def test_the_shares_of_the_illustrative_rates_are_found_in_the_cohort():
    """From every state on, as many patients go each way as the rates say, within the error of so many."""
    for_good = attrs.evolve(RATES, ends=())
    told = audit(simulate(PATHWAY, 2000, 7, for_good), PATHWAY)
    ways, _ = read(for_good, PATHWAY)
    passed = {
        move.after.name
        for choices in ways.values()
        for way in choices.ways
        for move in way[:-1]
        if way[-1].after != move.after
    }
    moves = told.transitions.filter(pl.col("before") != pl.col("after")).cast({"before": pl.String, "after": pl.String})
    looked_at = 0
    for state, choices in ways.items():
        came = 2000 if state == PATHWAY.initial.name else moves.filter(after=state)["count"].sum()
        if state in passed or not came:
            continue
        left = dict(moves.filter(before=state).group_by("after").agg(pl.sum("count")).iter_rows())
        for to, share in first_moves(choices, state).items():
            count = came - sum(left.values()) if to == state else left.get(to, 0)
            assert agrees(count, came, share, 100), (state, to, count, came, share)
            looked_at += 1
    assert looked_at > 40


def test_incidence_with_censoring_agrees_with_the_rates(cohort):
    """Of those given their cells, the share who engraft by day 42 is what the rates say, although some are lost."""
    _, told = cohort
    course = incidence(told, [ENGRAFTED, GRAFT_FAILURE, DEAD], since=CELLS_REINFUSED, lost=CONTACT_LOST)
    row = np.searchsorted(course.days, 42, side="right") - 1
    share, error = course.shares[row], course.errors[row]
    engrafted = course.states.index(ENGRAFTED.label)
    assert abs(share[engrafted] - 0.99) <= 6.2 * max(error[engrafted], math.sqrt(0.99 * 0.01 / course.patients))
    assert course.patients > 300


# --- The same everywhere -----------------------------------------------------------------------------


def fingerprint(frame):
    """Return a short name of everything in a table."""
    plain = frame.with_columns(pl.col(pl.List(pl.String)).list.join("+")).write_csv()
    return hashlib.sha256(plain.encode()).hexdigest()[:16]


WHAT_IT_IS = "6c12116c4f051249"


def test_a_cohort_is_the_same_on_every_machine_and_in_every_run(ward):
    """The seed alone decides: this fingerprint holds for every platform, version and hash seed."""
    assert fingerprint(ward) == WHAT_IT_IS
    assert ward.equals(simulate(WARD, 3000, 5, ON_THE_WARD))
    assert not ward.equals(simulate(WARD, 3000, 6, ON_THE_WARD))


@pytest.mark.slow
def test_a_cohort_is_the_same_in_another_process():
    """In which order Python keeps sets, which differs from run to run, is nothing to a cohort."""
    program = (
        "from hscpath.cohort import simulate; from hscpath.lupus import RATES, PATHWAY;"
        "made = simulate(PATHWAY, 50, 3, RATES);"
        "print(made.drop('agent', 'mobilised_with', 'conditioned_with').write_csv())"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=300,
        env={"PYTHONHASHSEED": "1", "PATH": ""},
    ).stdout  # fmt: skip
    here = simulate(PATHWAY, 50, 3, RATES)
    assert said == here.drop("agent", "mobilised_with", "conditioned_with").write_csv() + "\n"


def test_patients_beyond_the_first_piece_are_those_again_under_new_numbers(monkeypatch):
    """A smaller cohort is the beginning of a larger one, and what goes beyond the first piece repeats it."""
    monkeypatch.setattr(made, "MAX_SIMULATED", 40)
    few, many = simulate(WARD, 30, 1, ON_THE_WARD), pl.concat(simulate_in_pieces(WARD, 90, 1, ON_THE_WARD))
    assert many.filter(pl.col("patient") <= 30).equals(few)
    assert many["patient"].unique().to_list() == list(range(1, 91))
    first, second, third = (many.filter(pl.col("patient").is_between(*ids)) for ids in ((1, 40), (41, 80), (81, 90)))
    assert second.with_columns(pl.col("patient") - 40).equals(first)
    assert third.with_columns(pl.col("patient") - 80).equals(first.filter(pl.col("patient") <= 10))


def test_no_patients_are_a_table_without_rows():
    """A cohort of nobody has the columns of one."""
    nobody = simulate(WARD, 0, 1, ON_THE_WARD)
    assert nobody.height == 0
    assert nobody.schema == simulate(WARD, 5, 1, ON_THE_WARD).schema
    assert audit(nobody, WARD).patients.height == 0
    assert simulate(WARD, 5, 1, Rates({AT_HOME: [Way(1)]})).height == 0


# --- Files -------------------------------------------------------------------------------------------


def read_back(path):
    """Return a saved cohort, as a program that knows nothing of it reads it."""
    match path.suffix:
        case ".parquet":
            return pl.read_parquet(path)
        case ".csv":
            return pl.read_csv(path, infer_schema_length=None)
        case _:
            return pl.read_ndjson(path, infer_schema_length=None)


@pytest.mark.parametrize("name", ["ward.parquet", "ward.csv", "ward.jsonl"])
def test_a_cohort_is_saved_piece_by_piece(tmp_path, monkeypatch, name):
    """What is read back is what was made; JSON Lines leave out what is not recorded, and CSV writes lists as JSON."""
    monkeypatch.setattr(made, "MAX_SIMULATED", 40)
    told = []
    save(simulate_in_pieces(WARD, 100, 1, ON_THE_WARD), tmp_path / name, told.append)
    assert [piece["patient"].n_unique() for piece in told] == [40, 40, 20]
    assert [path.name for path in tmp_path.iterdir()] == [name]
    again, whole = read_back(tmp_path / name), pl.concat(told)
    if name.endswith(".csv"):
        again = again.with_columns(pl.col("drugs").str.json_decode(pl.List(pl.String)))
    assert again.select(whole.columns).cast(dict(whole.schema)).equals(whole)
    held = (tmp_path / name).read_bytes()
    save(whole, str(tmp_path / name))
    assert name.endswith(".parquet") or (tmp_path / name).read_bytes() == held
    assert read_back(tmp_path / name).height == len(whole)
    save(simulate_in_pieces(WARD, 0, 1, ON_THE_WARD), tmp_path / name)
    assert name.endswith(".jsonl") or read_back(tmp_path / name).height == 0


def test_a_cohort_that_cannot_be_saved_leaves_nothing_behind(tmp_path):
    """A file of another kind is refused before anything is made, and one that fails midway never comes to be."""
    with pytest.raises(InvalidFile, match=r"the name of a table ends in \.parquet, \.csv, \.jsonl"):
        save(iter(()), str(tmp_path / "ward.xlsx"))

    def failing():
        yield simulate(WARD, 5, 1, ON_THE_WARD)
        raise InvalidRates("no more")

    with pytest.raises(InvalidRates, match="no more"):
        save(failing(), tmp_path / "ward.csv")
    assert not list(tmp_path.iterdir())


# --- What cannot be ----------------------------------------------------------------------------------


def test_rates_that_the_pathway_refuses_are_told_with_the_reason():
    """Where no finding could make an event happen as the rates say, the refusal says why, and of how many."""
    soon = Pathway("soon", "1", AT_HOME, [
        AT_HOME.on(SEEN, to=ILL, when=TEMPERATURE.above(38)),
        ILL.on(DIED, to=OVER, expects=SEEN.happened(at_least_ago=7).named("a week of illness")),
        AT_HOME.on(ADMITTED),
    ])  # fmt: skip
    days = Rates(
        {
            AT_HOME: [Way(1, [then(ADMITTED, temperature=40), then(SEEN, to=ILL)])],
            ILL: [Way(1, [then(DIED, Spread(5, 8))])],
        }
    )
    with pytest.raises(InvalidRates) as caught:
        simulate(soon, 50, 1, days)
    (problem,) = caught.value.problems
    assert problem.text.startswith("ill, died: refused whatever is recorded, for ")
    assert "✗ a week of illness" in problem.text


def test_a_row_that_can_never_decide_is_told_with_where_it_leads_instead():
    """A value that the rates fix may send patients elsewhere; that is an error, and no silent other cohort."""
    with pytest.raises(InvalidRates, match="at home, admitted: refused whatever .*: it leads to 'at home'"):
        simulate(WARD, 5, 1, Rates({AT_HOME: [Way(1, [then(ADMITTED, to=ILL, fever=False)])]}))


def test_patients_who_would_go_on_without_end_are_told():
    """Rates by which nobody ever stays or dies, and observation never ends, are no rates."""
    for_ever = Rates({AT_HOME: [Way(1, [then(SEEN)])]})
    with pytest.raises(InvalidRates, match="patients go on without end: let observation end, with ends="):
        simulate(WARD, 5, 1, for_ever)
    ends = simulate(
        WARD, 5, 1, attrs.evolve(for_ever, ways={AT_HOME: [Way(1, [then(SEEN, 9)])]}, ends=[Way(1, [then(SEEN, 30)])])
    )
    assert ends["day"].max() == 30


def test_everything_that_is_wrong_with_a_call_is_told_at_once():
    """A number of patients or a seed that is none is told together with what is wrong with the rates."""
    with pytest.raises(InvalidRates) as caught:
        simulate(WARD, -1, 2.5, Rates({AT_HOME: [Way("0.5")]}))
    assert [problem.text for problem in caught.value.problems] == [
        "n: -1 is no whole number from 0 on",
        "seed: 2.5 is no whole number from 0 on",
        "at home: the shares come to 1/2, not to 1",
    ]
    with pytest.raises(InvalidRates, match="n: True is no whole number"):
        simulate(WARD, True, 1, ON_THE_WARD)


def test_a_fact_may_not_take_the_name_of_a_column():
    """A pathway with a fact that is called patient cannot be a table with a column for each."""
    patient = Flag("patient", "patient")
    odd = Pathway("odd", "1", AT_HOME, [AT_HOME.on(Event("asked", "asked", may=(patient,)), to=OVER)])
    with pytest.raises(InvalidRates, match="a fact is called 'patient', as the column that says who"):
        simulate(odd, 5, 1, Rates({AT_HOME: [Way(1)]}))


@examples(0.2)
@given(st.data(), st.integers(0, 10**6))
def test_on_any_pathway_a_cohort_holds_or_is_refused(data, seed):
    """Rates made from what one patient did on a random pathway make a valid cohort, or say why they cannot."""
    pathway = data.draw(kit.pathways())
    journey = data.draw(kit.journeys(pathway))
    before, ways = pathway.initial, {}
    for step in journey.steps:
        must = {fact.name: example(fact) for fact in step.event.must}
        move = then(step.event, Spread(0, 40), to=step.state, **must)
        if not step.deviations and before not in ways:
            ways[before] = [Way("0.6", [move]), Way("0.4")]
        before = step.state
    try:
        log = simulate(pathway, 20, seed, Rates({pathway.initial: [Way(1)]} | ways))
    except InvalidRates as error:
        assert "refused whatever is recorded" in str(error)
        return
    told = audit(log, pathway, on_deviation="stop")
    assert set(told.patients["outcome"]) <= {"complete"}


def example(fact):
    """Return any value of a fact."""
    match fact:
        case Quantity():
            return fact.value_of(fact.lowest)
        case Flag():
            return True
        case _:
            return fact.options[0]
