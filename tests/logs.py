"""Logs as tables: records written row by row, with faults put in, and what replaying each patient says."""

import json
from collections.abc import Mapping

import polars as pl
from hypothesis import strategies as st

from hscpath import SAME_DAY, Journey, Record, ReplayStopped, TransitionNotAllowed
from hscpath.cohort.walk import reason_of
from hscpath.criteria import Choice, Event, Flag, Quantity
from hscpath.testing import journeys, records


def table(logs, pathway):
    """Return the records of several patients as a table, in the order given."""
    rows = []
    for patient, log in logs.items():
        for record in log:
            row = {"patient": patient, "event": _name(record.event), "to": record.to, "inferred": record.inferred}
            row["day"] = "same day" if record.day is SAME_DAY else None if record.day is None else str(record.day)
            override = record.override
            row["override"] = json.dumps(dict(override)) if isinstance(override, Mapping) else override
            for finding in record.findings:
                name, value = finding if isinstance(finding, tuple) else (finding.fact.name, finding.value)
                row[name] = value
            rows.append(row)
    schema = dict.fromkeys(("patient", "event", "day", "override", "to", "inferred"), pl.String)
    for fact in pathway.facts:
        if any(isinstance(row.get(fact.name), str) for row in rows) and not isinstance(fact, Choice):
            schema[fact.name] = pl.String
            for row in rows:
                if row.get(fact.name) is not None and not isinstance(row[fact.name], str):
                    row[fact.name] = str(row[fact.name])
            continue
        match fact:
            case Quantity():
                schema[fact.name] = pl.Float64
            case Flag():
                schema[fact.name] = pl.Boolean
            case Choice(several=True):
                schema[fact.name] = pl.List(pl.String)
            case Choice():
                schema[fact.name] = pl.String
    columns = {name: [_plain(row.get(name), kind) for row in rows] for name, kind in schema.items()}
    return pl.DataFrame(columns, schema=schema)


def _name(event):
    return event.name if isinstance(event, Event) else event


def _plain(value, kind):
    if isinstance(kind, pl.List) and value is not None:
        return sorted(value) if isinstance(value, frozenset) else [value] if isinstance(value, str) else list(value)
    return value


def replayed(pathway, log, on_deviation="record"):
    """Return what became of one patient, as ``Journey.replay`` has it, in the words of the audit."""
    stopped = None
    try:
        journey = Journey.replay(pathway, log, on_deviation=on_deviation)
    except ReplayStopped as error:
        stopped, journey = error, error.journey
    deviations = [
        (number, step.event.name, each.criterion.phrase, each.kind, each.reason)
        for number, step in enumerate(journey.steps)
        for each in step.deviations
    ]
    told = {
        "outcome": "complete",
        "state": journey.state.name,
        "events": len(log),
        "accepted": len(journey.steps),
        "departs": sum(kind == "departs" for *_, kind, _ in deviations),
        "undocumented": sum(kind != "departs" for *_, kind, _ in deviations),
        "refused": None,
        "event": None,
        "reason": None,
    }
    steps = [
        (number, journey.chart.day_of(number), step.event.name, step.state.name)
        for number, step in enumerate(journey.steps)
    ]
    if stopped is not None:
        told |= {"refused": stopped.index, "event": _name(log[stopped.index].event)}
        if isinstance(stopped.reason, TransitionNotAllowed):
            told |= {
                "outcome": "refused",
                "reason": reason_of(stopped.reason.decision.event, stopped.reason.decision),
            }
        else:
            told |= {"outcome": "misuse", "reason": frozenset(problem.where for problem in stopped.reason.problems)}
    return told, steps, deviations


@st.composite
def faulty_logs(draw, pathway, *, max_size=8):
    """Draw a log in which anything may be wrong: the events of a journey, and others after them."""
    taken = draw(journeys(pathway, max_steps=6) | st.none())
    log = [] if taken is None else [_record(step) for step in taken.steps]
    last = max((record.day for record in log if isinstance(record.day, int)), default=0)
    for _ in range(draw(st.integers(0, max_size))):
        record = draw(records(pathway, after=last, first=not log))
        fields = {
            "event": record.event.name,
            "findings": {finding.fact.name: finding.value for finding in record.findings},
            "day": record.day,
        }
        if isinstance(record.day, int):
            last = record.day
        match draw(st.integers(0, 30)):
            case 0:
                fields["event"] = draw(st.sampled_from(("sean", "", "Seen")))
            case 1:
                fact = draw(st.sampled_from(pathway.facts))
                fields["findings"][fact.name] = draw(_values(fact))
            case 2:
                fact = draw(st.sampled_from(pathway.facts))
                fields["findings"].pop(fact.name, None)
            case 3:
                fields["day"] = last - draw(st.integers(1, 30))
            case 4:
                fields["day"] = 1_000_000
            case 5:
                fields["override"] = draw(st.sampled_from(("", " ", "{}", "known to the ward")))
                if fields["override"] == "{}":
                    fields["override"] = {}
            case 6 | 7 | 12 | 13:
                fields["to"] = draw(st.sampled_from(("nowhere", *(state.name for state in pathway.states))))
            case 8 | 9:
                fields["inferred"] = draw(st.sampled_from(("", "it must have been")))
                for fact in record.event.must if draw(st.booleans()) else ():
                    fields["findings"].pop(fact.name)
            case 10 | 14 | 15:
                guards = [part for guard in pathway.guards for part in (guard, *getattr(guard, "parts", ()))]
                names = draw(st.lists(st.sampled_from([guard.key for guard in guards]), max_size=2))
                fields["override"] = dict.fromkeys(
                    (*names, *draw(st.sampled_from(((), ("strange",))))), "seen on the ward"
                )
            case 11:
                fields["day"] = SAME_DAY
            case _:
                pass
        log.append(Record(**fields))
    return log


def _record(step):
    """Return a step as it was logged, without the reasons that were noted."""
    findings = {finding.fact.name: finding.value for finding in step.findings}
    return Record(step.event.name, findings, day=step.day, to=step.to)


def _values(fact):
    """Return a strategy for values that a fact might be given, few of which it can hold."""
    match fact:
        case Quantity():
            whole = [
                float("nan"),
                float("inf"),
                -1.0,
                1e300,
                *(fact.value_of(each) for each in (fact.lowest, fact.highest)),
            ]
            text = ["much", f"{float(fact.low)} {fact.unit}", "3400 mg/g", "1,5", "", "1 pound"]
            return st.sampled_from(whole) | st.sampled_from(text)
        case Flag():
            return st.booleans()
        case Choice(several=True):
            return st.sampled_from([(), (fact.options[0].lower(), fact.options[-1]), ("other",), (fact.options[0], "")])
        case Choice():
            return st.sampled_from([*fact.options, fact.options[0].lower(), "", "other"])
