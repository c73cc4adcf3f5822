"""A sample of the mutation run, which as a whole is started with ``python -m tests.mutation``."""

import pytest

from hscpath.lupus import PATHWAY
from tests import mutation
from tests.mutation import Verdict, judged, mutants, summary


def find(words):
    """Return the mutant that is described with these words."""
    (found,) = (mutant for mutant in mutants() if words in mutant.text)
    return found


def test_the_pathway_itself_passes_every_check():
    """What notices faults must notice none where there is none."""
    assert [name for name, check in mutation.checks().items() if not mutation.passes(check, PATHWAY)] == []
    assert len(mutation.checks()) > 200


def test_every_kind_of_fault_is_there():
    """Guards dropped, criteria left out, thresholds moved both ways, rows redirected, and begun elsewhere."""
    texts = [mutant.text for mutant in mutants()]
    assert len(texts) == len(set(texts)) > 500
    for words in ("nothing asked in when", "nothing asked in expects", "left out", "moved by -1", "moved by +1",
                  "leads nowhere", "leads to:", "also from:"):  # fmt: skip
        assert sum(words in text for text in texts) >= 10


@pytest.mark.slow
def test_ablation_without_a_graft_is_noticed():
    """A fault that would kill is killed by the invariants, by name, and by the refusal test."""
    mutant = find("conditioning under way: left out 'a graft is in store' in when")
    broken = set(mutation.broken_by(mutant))
    assert broken >= {"ablation only with a graft in store", "a rescue at hand, from conditioning to reinfusion"}
    verdict = judged(mutant)
    assert set(verdict.invariants) <= broken
    assert any(name.startswith("refused_alone") for name in verdict.by)
    assert verdict.killed


def test_a_soft_criterion_left_out_is_noticed_by_a_refusal():
    """What only needs a reason is no matter of proof, and is tested patient by patient."""
    verdict = judged(find("refractory disease: left out 'adherence confirmed' in expects"))
    assert verdict.killed
    assert verdict.invariants == ()


def test_a_pathway_that_cannot_be_is_killed_by_its_own_validation():
    """A row that nothing is left for is refused when the pathway is built."""
    verdict = judged(find("suspected lupus, enrolled in mid-course: lupus (SLE) diagnosed: nothing asked in when"))
    assert verdict.by[0].startswith("validation: ")


@pytest.mark.slow
def test_a_fault_that_changes_nothing_is_proven_to():
    """A row that also starts where an earlier one always decides first: no journey tells the two apart."""
    mutant = find("complete response, response assessed: no change of state: also from: partial response")
    assert mutation.structure(mutant) == []
    assert mutation.equivalent(mutant)
    assert not mutation.equivalent(find("conditioning under way: left out 'a graft is in store' in when"))


def test_the_summary_counts_what_survives():
    """Equivalent mutants do not count, survivors are listed, and invariants that alone kill one are named."""
    told = summary([
        Verdict("a", ("case 1",)), Verdict("b", (), ("rule",)), Verdict("c", equivalent=True), Verdict("d"),
    ])  # fmt: skip
    assert told[0] == "4 mutants, 1 of them equivalent; 2 of 3 killed (66.7%)"
    assert told[1] == "1 invariants kill a mutant that no other invariant kills"
    assert told[2:] == ["  rule: 1", "survivors:", "  d", "equivalent:", "  c"]
