"""A cohort for the audit and its peers: fourteen events a patient, thirty facts, the pathway of the others."""

from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
import polars as pl

from hscpath import Journey, Record, ReplayStopped, State
from hscpath.cohort import Auditor, audit
from hscpath.pathway import Pathway, Transition
from tests.benchmarks.stepping import EVENTS, FACTS, PATHWAY, SCREENED, STEPS

NAMES = [SCREENED.name, *(event.name for event in EVENTS[: STEPS - 1])]
UNGUARDED = Pathway(
    "benchmark without guards", "1", PATHWAY.initial,
    [Transition(row.source, row.event, row.target) for row in PATHWAY.transitions if row.target is not row.source],
)  # fmt: skip


def cohort(patients, seed=0):
    """Return a log of so many patients, of whom few are refused: each fact is recorded where its events may do so."""
    random = np.random.default_rng(seed)
    rows = patients * STEPS
    number = np.tile(np.arange(STEPS), patients)
    days = np.cumsum(random.integers(0, 20, (patients, STEPS)), axis=1).ravel()
    made = {
        "patient": np.repeat(np.arange(patients, dtype=np.uint32), STEPS),
        "day": days.astype(np.int32),
        "event": pl.Series(NAMES).gather(number),
    }
    for fact in FACTS:
        asked = np.array([True, *(fact in event.may for event in EVENTS[: STEPS - 1])])
        given = asked[number] & (random.random(rows) < 0.98)
        values = pl.Series(np.round(random.uniform(12, 480, rows), 1))
        made[fact.name] = pl.select(pl.when(pl.Series(given)).then(values)).to_series()
    return pl.DataFrame(made)


def records(log):
    """Return the log as records, by patient."""
    facts = [fact.name for fact in FACTS]
    return [
        [
            Record(row["event"], {name: row[name] for name in facts if row[name] is not None}, day=row["day"])
            for row in some.iter_rows(named=True)
        ]
        for some in log.partition_by("patient", maintain_order=True)
    ]


def replay(logs):
    """Replay each patient, and return how many were refused."""
    refused = 0
    for log in logs:
        try:
            Journey.replay(PATHWAY, log, on_deviation="record")
        except ReplayStopped:
            refused += 1
    return refused


def gather(letters, table):
    """Walk letters that are ready made: what no audit can be faster than."""
    rows = np.arange(len(letters) // STEPS)
    state = np.zeros(len(rows), np.intp)
    for step in range(STEPS):
        state = table[letters[rows * STEPS + step], state]
    return state


def ways(patients, seed=0):
    """Return what happened to some of so many patients, no two of them alike: some left out, neighbours exchanged."""
    random = np.random.default_rng(seed)
    log = cohort(patients, seed).select("patient", "event")
    log = log.filter(random.random(len(log)) < 0.75)
    place = pl.int_range(pl.len()).over("patient") + pl.Series(random.random(len(log)) * 1.6)
    log = log.with_columns(place=place).sort("patient", "place")
    way = log.group_by("patient", maintain_order=True).agg("event").unique("event", keep="first", maintain_order=True)
    return way.explode("event").with_columns(day=pl.int_range(pl.len(), dtype=pl.Int32).over("patient"))


def rates(patients=1_000_000, few=2_000, different=40_000):
    """Yield what was measured, how many million events a second it did, and how many an audit of the same did."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "cohort.parquet"
        size = min(patients, 100_000)
        first = cohort(size)
        pieces = [first.lazy().with_columns(pl.col("patient") + n * size) for n in range(-(-patients // size))]
        pl.concat(pieces).sink_parquet(path)
        scan, events = pl.scan_parquet(path), len(pieces) * size * STEPS
        guarded = _rate(lambda: audit(scan, PATHWAY), events)
        bare = _rate(lambda: audit(scan, UNGUARDED), events)
    yield "audit from Parquet, guards on", guarded, guarded
    yield "audit from Parquet, guards off", bare, guarded
    some = first.head(few * STEPS)
    logs = records(some)
    yield "Journey.replay", _rate(lambda: replay(logs), len(some)), guarded
    auditor = Auditor(PATHWAY)
    letters = auditor.alphabet.read(auditor.reader.read(first, np.arange(len(first))))
    states = len(PATHWAY.states) + 1
    table = np.tile(np.arange(states), (int(letters.max()) + 1, 1))
    yield "a bare numpy gather", _rate(lambda: gather(letters, table), len(first)), guarded
    log = ways(different)
    alone = _rate(lambda: audit(log, UNGUARDED), len(log))
    yield "audit of events alone", alone, alone
    for name, rate in pm4py_rates(log):
        yield name, rate, alone


def _rate(work, events, repeats=3):
    best = min(_seconds(work) for _ in range(repeats))
    return events / best / 1e6


def _seconds(work):
    begun = perf_counter()
    work()
    return perf_counter() - begun


def pm4py_rates(log, few=200):
    """Yield the same for pm4py, without guards, where whoever runs this has installed it."""
    if find_spec("pm4py") is None:
        print("pm4py is left out: it is under the AGPL, and measured only where it is installed")
        return
    import pm4py
    from pm4py.objects.petri_net.obj import Marking, PetriNet
    from pm4py.objects.petri_net.utils.petri_utils import add_arc_from_to

    net = PetriNet("benchmark")
    places = {state: PetriNet.Place(state.name) for state in UNGUARDED.states}
    net.places.update(places.values())
    for number, row in enumerate(UNGUARDED.transitions):
        move = PetriNet.Transition(f"row {number}", row.event.name)
        net.transitions.add(move)
        (source,) = row.source.states
        add_arc_from_to(places[source], move, net)
        add_arc_from_to(move, places[row.target_from(source)], net)
    end_name = f"state_{STEPS - 1}"
    begin, end = Marking({places[UNGUARDED.initial]: 1}), Marking({places[State(end_name, "")]: 1})
    sound = audit(log, UNGUARDED).patients.select((pl.col("outcome") == "complete") & (pl.col("state") == end_name))
    frame = log.to_pandas()
    frame["day"] = frame["day"].astype("datetime64[s]")
    frame["patient"] = (frame["patient"] + 10**6).astype(str)
    frame = pm4py.format_dataframe(frame, case_id="patient", activity_key="event", timestamp_key="day")
    first = frame[frame["case:concept:name"].isin(frame["case:concept:name"].unique()[:few])]
    for name, check, given in (
        ("pm4py token replay", pm4py.conformance_diagnostics_token_based_replay, frame),
        ("pm4py alignments", pm4py.conformance_diagnostics_alignments, first),
    ):
        fits = [bool(each.get("trace_is_fit", each.get("fitness") == 1)) for each in check(given, net, begin, end)]
        wrong = sum(one != other for one, other in zip(fits, sound.to_series(), strict=given is frame))
        print(f"{name}: {wrong} of {len(fits)} verdicts are wrong")
        yield name, _rate(lambda check=check, given=given: check(given, net, begin, end), len(given), repeats=1)
