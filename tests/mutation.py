"""Is the proof worth anything? The pathway with one fault in it, many times over, and who notices.

Run it with ``python -m tests.mutation``, or with ``--quick``, which does not count the invariants that kill what a
case or a refusal kills already. A mutant is killed by the pathway's own validation, a claim of the
prover, a published case, or a refusal test. What survives is equivalent only if the prover shows that no
journey tells it from the original.
"""

import sys
from collections import Counter
from functools import cache, cached_property, partial
from itertools import islice
from multiprocessing import Pool
from time import monotonic

import attrs
import pytest

from hscpath import HscpathError, Journey, Pathway, PathwayError, StateGroup, files
from hscpath.criteria import ALWAYS, AllOf, AnyOf, Compare, Event, Happened, Not, SomeOf, conjuncts
from hscpath.lupus import INVARIANTS, PATHWAY
from hscpath.proof import ClaimStatus, Evidence
from hscpath.proof.claims import Decides, Prover, Satisfies
from hscpath.proof.logic import Undecided, z3
from hscpath.proof.search import Condition
from tests.command_line import CASES
from tests.refusals import (
    ABSURD,
    ASKED_FOR,
    HARD,
    LEADS_TO,
    MEANINGLESS,
    NOT_REFUSED,
    SOFT,
    STANDING,
    does_not_pass,
    is_judged,
    leads_there,
    means_nothing,
    means_something_there,
    needs_no_reason,
    opens_with_a_reason,
    refused_alone,
    stays_closed,
)

# --- Faults ---------------------------------------------------------------------------------------


@attrs.frozen(slots=False)
class Mutant:
    """The pathway with one fault: what it is, the rows, and whether it touches more than a soft criterion."""

    text: str
    rows: tuple
    changed: frozenset[Event]
    hard: bool = True

    @cached_property
    def pathway(self) -> Pathway:
        """The mutant itself; raises ``PathwayError`` where the fault is one that no pathway may have."""
        return Pathway("mutant", "1", PATHWAY.initial, self.rows, day_zero=PATHWAY.day_zero)


def mutants():
    """Yield every mutant: guards dropped, criteria left out, thresholds moved, rows redirected and begun elsewhere."""
    moved = set()
    for number, row in enumerate(PATHWAY.transitions):
        for kind in ("when", "expects"):
            guard = getattr(row, kind)
            for text, weaker in weakened(guard):
                yield changed(number, f"{text} in {kind}", hard=kind == "when", **{kind: weaker})
            for part in conjuncts(guard):
                for text, old, new in shifted(part):
                    if (old, new) not in moved:
                        moved.add((old, new))
                        yield everywhere(text if old.name in text else f"{old.name}: {text}", old, new)
        states = PATHWAY.states
        sources = row.source.states
        target = row.target or sources[0]
        elsewhere = states[(states.index(target) + 1) % len(states)]
        yield changed(number, f"leads to: {elsewhere}", target=elsewhere)
        if row.target is not None:
            yield changed(number, "leads nowhere", target=None)
        others = [state for state in states if state not in sources and not state.final]
        before = [state for state in others if states.index(state) < states.index(sources[0])][-1:]
        after = [state for state in others if states.index(state) > states.index(sources[-1])][:1]
        for other in (*before, *after):
            group = StateGroup(f"{row.source.label}, or {other.label}", (*sources, other))
            yield changed(number, f"also from: {other}", source=group)


def changed(number, text, *, hard=True, **new):
    """Return the mutant with one row changed."""
    row = PATHWAY.transitions[number]
    rows = list(PATHWAY.transitions)
    rows[number] = attrs.evolve(row, **new)
    return Mutant(f"{row}: {text}", tuple(rows), frozenset({row.event}), hard)


def everywhere(text, old, new):
    """Return the mutant with a criterion changed wherever it is asked for."""
    rows = tuple(
        attrs.evolve(row, when=replaced(row.when, old, new), expects=replaced(row.expects, old, new))
        for row in PATHWAY.transitions
    )
    pairs = [(before, after) for before, after in zip(PATHWAY.transitions, rows, strict=True) if before != after]
    hard = any(before.when != after.when for before, after in pairs)
    return Mutant(text, rows, frozenset(row.event for row, _ in pairs), hard)


def weakened(guard):
    """Yield a guard left out, and with each of its criteria left out."""
    parts = conjuncts(guard)
    if guard != ALWAYS:
        yield "nothing asked", ALWAYS
    if len(parts) > 1:
        for left_out in parts:
            yield f"left out {left_out.phrase!r}", AllOf(tuple(part for part in parts if part is not left_out))


def shifted(guard):
    """Yield each threshold a step higher or lower: in words, the criterion that holds it, and the new one.

    That is the innermost criterion with a name, since a name means the same wherever it is used.
    """
    match guard:
        case Compare(limit=int() as limit):
            for step in (-1, 1):
                yield f"{guard.phrase}: limit moved by {step:+}", guard, attrs.evolve(guard, limit=limit + step)
        case Compare(limit=limit):
            for step in (-1, 1):
                moved = attrs.evolve(limit, plus=limit.plus + step)
                yield f"{guard.phrase}: limit moved by {step:+}", guard, attrs.evolve(guard, limit=moved)
        case Happened():
            for side in ("at_least_ago", "at_most_ago"):
                days = getattr(guard, side)
                for step in (-1, 1) if days is not None else ():
                    moved = attrs.evolve(guard, **{side: int(days) + step})
                    yield f"{guard.phrase}: {side} moved by {step:+}", guard, moved
        case _:
            for part in guard.parts:
                for text, old, new in shifted(part):
                    within = old is part and not part.name
                    yield text, *((guard, replaced(guard, part, new)) if within else (old, new))


def replaced(guard, old, new):
    """Return a guard with a criterion replaced wherever it stands in it."""
    if guard == old:
        return new
    match guard:
        case AllOf() | AnyOf() | SomeOf():
            return attrs.evolve(guard, parts=tuple(replaced(part, old, new) for part in guard.parts))
        case Not():
            return attrs.evolve(guard, part=replaced(guard.part, old, new))
        case _:
            return guard


# --- Who notices ------------------------------------------------------------------------------------


def course(journey):
    """Return what a journey comes to: its states, and what was let through."""
    return [(step.state.name, [deviation.criterion.phrase for deviation in step.deviations]) for step in journey.steps]


def same_course(case, expected, pathway):
    """Check that a published patient runs the same course on another pathway."""
    assert course(case.journey(pathway)) == expected


def _of_refusal(check, refusal, pathway):
    check(refusal.on(pathway))


def _of_journey(check, journey, what, pathway):
    check(Journey.replay(pathway, journey.steps), what)


@cache
def checks():
    """Return every case and refusal test by name, as a check of a pathway."""
    found = {}
    for path in sorted(CASES.glob("*.toml")):
        case = files.read_case(path)
        found[f"case {path.stem}"] = partial(same_course, case, course(case.journey(PATHWAY)))
    for check, refusals in ((refused_alone, SOFT + HARD), (opens_with_a_reason, SOFT), (stays_closed, HARD)):
        for refusal in refusals:
            found[f"{check.__name__}: {refusal.why}"] = partial(_of_refusal, check, refusal)
    for check, rows in ((means_nothing, MEANINGLESS), (needs_no_reason, NOT_REFUSED), (does_not_pass, ABSURD)):
        for why, journey, what in rows:
            found[f"{check.__name__}: {why}"] = partial(_of_journey, check, journey, what)
    for number, (criterion, journey, *case) in enumerate(ASKED_FOR):
        found[f"is_judged: {number} {criterion}"] = partial(_of_journey, is_judged, journey, (criterion, *case))
    for number, (journey, record, state) in enumerate(LEADS_TO):
        found[f"leads_there: {number} {state}"] = partial(_of_journey, leads_there, journey, (record, state))
    for state, journey in STANDING.items():
        found[f"means_something_there: {state}"] = partial(_of_journey, means_something_there, journey, None)
    return found


def passes(check, pathway):
    """Return whether a check notices nothing."""
    try:
        check(pathway)
    except (AssertionError, HscpathError, pytest.fail.Exception):
        return False
    return True


@cache
def evidence():
    """Return what the proof of the original found: the search by which each invariant is proven."""
    found = Evidence()
    prover = Prover(PATHWAY, evidence=found)
    for invariant in INVARIANTS:
        prover.invariant(invariant)
    return found


def broken_by(mutant):
    """Yield the names of the invariants that no longer hold; of each, only what the fault touches is proven again."""
    if not mutant.hard:
        return
    prover = Prover(mutant.pathway, 60, evidence())
    for invariant in INVARIANTS:
        if prover.invariant(invariant).status is ClaimStatus.REFUTED:
            yield invariant.name


@attrs.frozen
class Verdict:
    """What became of a mutant: who killed it (of the invariants, two at most), or whether it is equivalent."""

    text: str
    by: tuple[str, ...] = ()
    invariants: tuple[str, ...] = ()
    equivalent: bool = False

    @property
    def killed(self):
        """Whether anyone noticed."""
        return bool(self.by or self.invariants)


def judged(mutant, *, thorough=True):
    """Return what becomes of a mutant; if not *thorough*, the first kind of check that notices is enough."""
    try:
        pathway = mutant.pathway
    except PathwayError as error:
        return Verdict(mutant.text, (f"validation: {error}",))
    by = [name for name, check in checks().items() if not passes(check, pathway)]
    invariants = list(islice(broken_by(mutant), 2)) if thorough or not by else []
    if not by and not invariants:
        by = structure(mutant)
    alike = not by and not invariants and equivalent(mutant)
    return Verdict(mutant.text, tuple(by), tuple(invariants), alike)


def structure(mutant):
    """Return the claims about the table that no longer hold; only of what the fault touches are they asked again."""
    if not mutant.hard:
        return []
    prover = Prover(mutant.pathway, 60, evidence())
    rows = [row for row in mutant.rows if row.event in mutant.changed]
    journeys = ((row, prover.find(Decides(tuple(prover.system.edges_of[id(row)])))) for row in rows)
    never = [f"decides in some journey: {row}" for row, found in journeys if found is None]
    claims = prover.choices(mutant.changed)
    return never + [str(claim) for claim in claims if claim.status is ClaimStatus.REFUTED]


# --- Is there anything to notice? ---------------------------------------------------------------------


def differs(terms, state, event, systems):
    """Return that an event leads elsewhere, or asks for other things, by the rows of one pathway than of another."""
    mine, theirs = (
        [(edge, system.row[edge]) for edge in system.edges[state] if edge.event == event] for system in systems
    )
    targets = {edge.target for edge, _ in (*mine, *theirs)}
    leads = [
        z3.Or(*(edge.fires(terms) for edge, _ in rows if edge.target == target))
        for rows in (mine, theirs)
        for target in targets
    ]
    elsewhere = [here != there for here, there in zip(leads[: len(targets)], leads[len(targets) :], strict=True)]
    decided = [fired(rows, terms) for rows in (mine, theirs)]
    return z3.Or(*elsewhere, *(one != other for one, other in zip(*decided, strict=True)))


def fired(rows, terms):
    """Return how the criteria of the row that decides are met and unmet."""
    readings = [(edge.fires(terms), terms.read(row.when), terms.read(row.expects)) for edge, row in rows]
    return [
        z3.Or(*(z3.And(fires, pick(when, expects)) for fires, when, expects in readings))
        for pick in (
            lambda when, expects: when.met,
            lambda when, expects: expects.met,
            lambda when, expects: expects.unmet,
        )
    ]


def equivalent(mutant):
    """Return whether the prover shows that no journey on the original tells the mutant from it."""
    prover = Prover(PATHWAY, 60, evidence())
    systems = prover.system, Prover(mutant.pathway, 60, evidence()).system
    try:
        return all(
            prover.find(Satisfies((state,), event, Condition(differs, (state, event, systems)))) is None
            for state in PATHWAY.states
            for event in mutant.changed
            if any(event in system.rows[state] for system in systems)
        )
    except Undecided:
        return False


def main(*arguments):
    """Judge every mutant on every core, and say what survived; each survivor is named as soon as it is known."""
    began, verdicts = monotonic(), []
    evidence(), checks()
    with Pool() as pool:
        for verdict in pool.imap(partial(judged, thorough="--quick" not in arguments), mutants(), chunksize=4):
            verdicts.append(verdict)
            if not verdict.killed:
                print("equivalent:" if verdict.equivalent else "survives:", verdict.text, file=sys.stderr)
    print("\n".join(summary(verdicts)))
    print(f"{monotonic() - began:.0f} seconds")


def summary(verdicts):
    """Return the outcome in words."""
    equivalents = [verdict for verdict in verdicts if verdict.equivalent]
    survivors = [verdict for verdict in verdicts if not verdict.killed and not verdict.equivalent]
    counted = len(verdicts) - len(equivalents)
    alone = Counter(verdict.invariants[0] for verdict in verdicts if len(verdict.invariants) == 1)
    return [
        f"{len(verdicts)} mutants, {len(equivalents)} of them equivalent; "
        f"{counted - len(survivors)} of {counted} killed ({(counted - len(survivors)) / counted:.1%})",
        f"{len(alone)} invariants kill a mutant that no other invariant kills",
        *(f"  {name}: {count}" for name, count in alone.most_common()),
        "survivors:",
        *(f"  {verdict.text}" for verdict in survivors),
        "equivalent:",
        *(f"  {verdict.text}" for verdict in equivalents),
    ]


if __name__ == "__main__":
    main(*sys.argv[1:])
