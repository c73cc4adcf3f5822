"""What tests need to read a criterion as formulas: a journey of which everything is known, and its verdicts."""

from hscpath import SAME_DAY, Verdict
from hscpath.criteria import Choice, Flag
from hscpath.proof.logic import KnownEvents, SymbolicDay, SymbolicFinding, unknown_value, z3


def known_events(happenings):
    """Return a journey of which everything is known."""
    known = KnownEvents([happening.event for happening in happenings])
    when = SymbolicDay(z3.BoolVal(False), z3.IntVal(0), 0)
    for step, happening in enumerate(happenings):
        findings = {finding.fact: finding for finding in happening.findings}
        for fact in happening.event.facts:
            value = value_of(findings[fact]) if fact in findings else unknown_value(fact)
            known.findings[step, fact] = SymbolicFinding(z3.BoolVal(fact in findings), value)
        if happening.day is not SAME_DAY or not step:
            day = happening.day if isinstance(happening.day, int) else None
            when = SymbolicDay(z3.BoolVal(day is not None), z3.IntVal(int(day or 0)), step)
        known.days[step] = when
    return known


def value_of(finding):
    """Return the value of a finding as a term."""
    fact, code = finding.fact, finding.fact.code(finding.stored)
    if isinstance(fact, Choice) and fact.several:
        return tuple(z3.BoolVal(bool(code >> place & 1)) for place in range(len(fact.options)))
    return z3.BoolVal(bool(code)) if isinstance(fact, Flag) else z3.IntVal(code)


def verdict_of(reading):
    """Return the verdict of a formula in which everything is known."""
    met, unmet = (z3.is_true(z3.simplify(term)) for term in reading)
    assert not (met and unmet)
    return Verdict.MET if met else Verdict.UNMET if unmet else Verdict.UNKNOWN
