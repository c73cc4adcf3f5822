"""What a guard and a table mean, written as plainly as possible: slow, and checked by eye."""

from fractions import Fraction
from math import inf

from hscpath.criteria import (
    AllOf,
    AnyOf,
    Baseline,
    Compare,
    Happened,
    IsTrue,
    Multiple,
    Not,
    OneOf,
    Quantity,
    Relation,
    Snapshot,
    SomeOf,
    conjuncts,
)
from hscpath.days import SAME_DAY
from hscpath.verdict import Verdict

VERDICTS = {True: Verdict.MET, False: Verdict.UNMET, None: Verdict.UNKNOWN}


class History:
    """Events in order, the last of them asked about: (event, findings by name, day or a marker)."""

    def __init__(self, happenings):
        self.events = []
        for number, happening in enumerate(happenings):
            day = happening.day
            if day is SAME_DAY:
                day = self.events[-1][2]
            elif day is None:
                day = f"the unrecorded day of step {number}"
            given = {finding.fact.name: finding.stored for finding in happening.findings}
            self.events.append((happening.event, given, day))

    def latest(self, occasion, before=None):
        """Return the number of the last occurrence, the one asked about not among them."""
        past = self.events[:-1] if before is None else self.events[:before]
        return max((n for n, (event, _, _) in enumerate(past) if event in occasion.events), default=None)

    def start(self, since):
        """Return the first step that counts: none ever does if *since* never happened."""
        if since is None:
            return 0
        latest = self.latest(since)
        return inf if latest is None else latest + getattr(since, "excluded", False)

    def value(self, fact, start, end):
        """Return the last recorded value from step *start* up to and including step *end*."""
        for number in range(end, -1, -1):
            event, given, _ = self.events[number]
            if fact.name in given:
                return given[fact.name] if number >= start else None
            if fact in event.must:
                return None
        return None

    def size(self, fact, since):
        """Return the least and the greatest size that the record allows."""
        start, end = self.start(since), len(self.events) - 1
        if isinstance(fact, Quantity):
            value = self.value(fact, start, end)
        elif isinstance(fact, Baseline):
            at = self.latest(fact.occasion)
            value = None if at is None else self.value(fact.fact, start, at)
        else:
            total, left_out = 0, False
            for number, (event, given, _) in enumerate(self.events):
                if number < start:
                    continue
                if number < end:
                    total += fact.gains.count(event) - fact.losses.count(event)
                if fact.recorded in event.facts:
                    total += given.get(fact.recorded.name, 0)
                    left_out |= fact.recorded.name not in given
            return total, inf if left_out else total
        return (-inf, inf) if value is None else (value, value)


def meaning(guard, history):
    """Return true, false, or None where what is recorded does not decide."""
    match guard:
        case AllOf(parts):
            answers = [meaning(part, history) for part in parts]
            return False if False in answers else None if None in answers else True
        case AnyOf(parts):
            answers = [meaning(part, history) for part in parts]
            return True if True in answers else None if None in answers else False
        case SomeOf(least, parts):
            answers = [meaning(part, history) for part in parts]
            if answers.count(True) >= least:
                return True
            return None if answers.count(True) + answers.count(None) >= least else False
        case Not(part):
            answer = meaning(part, history)
            return None if answer is None else not answer
        case OneOf(fact, options, since=since):
            choice, end = guard.choice, len(history.events) - 1
            if isinstance(fact, Snapshot):
                end = history.latest(fact.occasion)
            value = None if end is None else history.value(choice, history.start(since), end)
            if value is None:
                return None
            return bool(value & options) if choice.several else value in options
        case IsTrue(fact, since=since):
            return history.value(fact, history.start(since), len(history.events) - 1)
        case Happened(occasion, least, most, since=since):
            latest = history.latest(occasion)
            if latest is None or latest < history.start(since):
                return False
            if least is None and most is None:
                return True
            then, now = history.events[latest][2], history.events[-1][2]
            if isinstance(then, str) or isinstance(now, str):
                return (least or 0) <= 0 if then == now else None
            return (least or 0) <= now - then <= (inf if most is None else most)
        case Compare(fact, relation, limit, since=since):
            low, high = history.size(fact, since)
            if isinstance(limit, Multiple):
                lower, upper = history.size(limit.fact, None)
                lower, upper = (
                    end if end in (inf, -inf) else end * Fraction(limit.factor) + limit.plus for end in (lower, upper)
                )
            else:
                lower = upper = limit
            return compared(relation, low, high, lower, upper)


def compared(relation, low, high, lower, upper):
    """Return how all pairs of possible sizes and limits compare: true, false, or undecided."""
    match relation:
        case Relation.AT_LEAST:
            return True if low >= upper else False if high < lower else None
        case Relation.ABOVE:
            return True if low > upper else False if high <= lower else None
        case Relation.AT_MOST:
            return True if high <= lower else False if low > upper else None
        case Relation.BELOW:
            return True if high < lower else False if low >= upper else None


def decision(pathway, state, happenings):
    """Return the row that moves by itself, or None: the ten lines that the engine must agree with."""
    history = History(happenings)
    for row in pathway.transitions:
        if state in row.source.states and row.event == happenings[-1].event:
            answer = meaning(row.when, history)
            if answer is False:
                continue
            expected = all(meaning(part, history) is True for part in conjuncts(row.expects))
            return row if answer is True and expected else None
    return None
