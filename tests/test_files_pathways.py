"""A pathway as JSON: the same pathway when it is read again, and nothing else where it was tampered with."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hscpath import Citation, HscpathError, InvalidFile, Journey, PathwayError, files, lupus, tell, testing
from hscpath import invariants as inv
from hscpath.criteria import conjuncts
from hscpath.invariants import Invariant, Rule, Template
from hscpath.lupus import INVARIANTS, PATHWAY
from tests.patients import EVA
from tests.profiles import slow_but_first
from tests.strategies import rules

TEXT = files.pathway_to_json(PATHWAY)
ROWS = len(PATHWAY.transitions)


def changed(change):
    """Return the reference pathway as JSON, with a change."""
    document = json.loads(TEXT)
    change(document)
    return json.dumps(document)


def wrong(change):
    """Return what is said of the reference pathway with a change."""
    with pytest.raises(InvalidFile) as error:
        files.pathway_from_json(changed(change))
    return [str(problem) for problem in error.value.problems]


@pytest.mark.parametrize("chosen", slow_but_first([None, *lupus.GUIDELINES.values()], 2), ids=str)
def test_the_reference_pathway_is_the_same_in_every_word(chosen):
    """Under every guideline: what decides, what is told, every unit and every source survive."""
    pathway = lupus.pathway(chosen) if chosen else PATHWAY
    text = files.pathway_to_json(pathway)
    again = files.pathway_from_json(text)
    assert again == pathway
    assert files.pathway_to_json(again) == text
    for told in (tell.table, tell.sources, tell.events):
        assert told(again) == told(pathway)
    assert again.transitions == pathway.transitions
    assert (again.day_zero, again.day_counted) == (pathway.day_zero, pathway.day_counted)


def test_everything_with_a_name_is_written_once():
    """Facts, events, states, sources and named criteria are defined in one place, and named elsewhere."""
    document = json.loads(TEXT)
    assert set(document["facts"]) == {fact.name for fact in PATHWAY.facts}
    assert document["facts"]["upcr"]["units"]["mg/g"] == "1/1000"
    stored = document["criteria"]["graft_in_store"]
    assert stored["limit"] == 1
    accepted = next(row for row in document["transitions"] if row["event"] == "cells_reinfused")
    assert "graft_in_store" in accepted["when"]
    assert '"limit": "0.5 g/g"' in TEXT


def test_a_pathway_read_from_a_file_works_like_any_other():
    """A whole journey is stepped on it, and a saved journey of the original is loaded."""
    again = files.pathway_from_json(TEXT)
    journey = Journey.replay(again, EVA)
    assert journey == Journey.replay(PATHWAY, EVA)
    assert files.from_json(files.to_json(journey), PATHWAY).steps == journey.steps


def test_a_threshold_can_be_changed_in_the_file():
    """Whoever changes a number on purpose leaves the digest out, and gets another pathway."""

    def stricter(document):
        del document["pathway"]["digest"]
        document["criteria"]["graft_in_store"] |= {"limit": 2, "cite": None}

    pathway = files.pathway_from_json(changed(stricter))
    assert pathway != PATHWAY
    (graft,) = {part for guard in pathway.guards for part in conjuncts(guard) if part.own_key == "graft_in_store"}
    assert (graft.text, graft.cite) == ("stored grafts not yet used at least 2", None)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: d["facts"].update(upcr=3), ["this has the wrong shape @ $.facts['upcr']"]),
        (
            lambda d: d["facts"]["upcr"].update(low="abc", units={"x": "1e999999999"}),
            [
                "'abc' is no number @ $.facts['upcr'].low",
                "'1e999999999' is no number @ $.facts['upcr'].units['x']",
            ],
        ),
        (lambda d: d["facts"]["upcr"].update(low=1, high=0), ["give a decimal resolution above 0 and a low below"]),
        (
            lambda d: d["transitions"][3].update(foo=7, event="enroled", target=3),
            [
                "'enroled' is no Event given before; did you mean 'enrolled'? @ $.transitions[3].event",
                "3 is no State: write its name, or a table @ $.transitions[3].target",
                "'foo' is not known here; known: cite, event, expects, source, target, when @ $.transitions[3].foo",
            ],
        ),
        (lambda d: d["transitions"].append({"event": "died"}), [f"'source' is missing @ $.transitions[{ROWS}].source"]),
        (lambda d: d.update(initial="ded"), ["'ded' is no State given before; did you mean 'dead'? @ $.initial"]),
        (lambda d: d.update(day_zero="ded"), ["'ded' is no Event given before; did you mean 'died'? @ $.day_zero"]),
        (lambda d: d["transitions"].pop(3), ["it was changed after it was saved; leave the digest out"]),
        (lambda d: d.pop("pathway"), ["'pathway' is missing @ $.pathway"]),
        (lambda d: d.update(version=True), ["version True of the format is not known here, only 1"]),
        (lambda d: d.update(format="hscpath journey"), ["this was not saved as 'hscpath pathway'"]),
        (lambda d: d["states"]["dead"].update(final="yes"), ["'yes' is no true or false @ $.states['dead'].final"]),
        (lambda d: d["events"]["died"].update(label=3), ["3 is no text @ $.events['died'].label"]),
        (
            lambda d: d["facts"].update(protein=d["facts"]["upcr"]),
            ["this stands under 'protein', and is 'upcr' @ $.facts['protein']"],
        ),
        (lambda d: d["transitions"][0].pop("event"), ["'event' is missing @ $.transitions[0].event"]),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_pathway_is_named_by_its_place(change, says):
    """Names, kinds, numbers and shapes: each mistake is told with its path and its cure."""
    told = wrong(change)
    assert len(told) == len(says)
    assert all(part in line for part, line in zip(says, told, strict=True)), told


@pytest.mark.parametrize(
    ("form", "says"),
    [
        (3, "this has the wrong shape @ $.criteria['x']"),
        ({"kind": "Not", "part": 3}, "3 is no criterion: write its name, or a table @ $.criteria['x'].part"),
        ({"kind": "__import__"}, "the kind '__import__' is no criterion @ $.criteria['x']"),
        ({"kind": ["AllOf"]}, "the kind ['AllOf'] is no criterion"),
        ({"parts": []}, "the kind None is no criterion"),
        ({"kind": "IsTrue", "fact": "upcr"}, "'upcr' is a Quantity, and no Flag @ $.criteria['x'].fact"),
        (
            {"kind": "Compare", "fact": "upcr", "relation": "beow", "limit": 3},
            "'beow' is not known here; did you mean 'below'? @ $.criteria['x'].relation",
        ),
        ({"kind": "Compare", "fact": "upcr", "relation": "below", "limit": "3 g/gg"}, "the unit 'g/gg' is not known"),
        ({"kind": "Compare", "fact": "upcr", "relation": "below", "limit": True}, "'True' is no number"),
        ({"kind": "Compare", "fact": "upcr", "relation": "below", "limit": [3]}, "'[3]' is no number"),
        ({"kind": "Compare", "fact": "upcr", "relation": "below", "limit": 9999}, "the threshold 9999 g/g is outside"),
        (
            {"kind": "Compare", "fact": "upcr", "relation": "below", "limit": {"kind": "Multiple", "fact": "egfr"}},
            "upcr (g/g by 1/1000) cannot be compared with egfr",
        ),
        ({"kind": "Compare", "fact": "upcr", "relation": "below", "limit": {"kind": "Multple"}}, "the kind 'Multple'"),
        (
            {
                "kind": "Compare",
                "fact": "upcr",
                "relation": "below",
                "limit": {"kind": "Multiple", "fact": "upcr", "plus": None},
            },
            "'None' is no number @ $.criteria['x'].limit",
        ),
        ({"kind": "OneOf", "fact": "agent", "options": "water"}, "'water' is no list"),
        ({"kind": "SomeOf", "least": True, "parts": []}, "True is no whole number @ $.criteria['x'].least"),
        ({"kind": "SomeOf", "least": 3, "parts": []}, "3 of 0 criteria can never be asked for"),
        ({"kind": "AllOf", "parts": 7}, "7 is no list: write one in square brackets @ $.criteria['x'].parts"),
        ({"kind": "AllOf", "parts": "x"}, "'x' is no list"),
        ({"kind": "OneOf", "fact": "agent", "options": ["water"]}, "'water' is not an option"),
        ({"kind": "Happened", "occasion": "died", "at_least_ago": "3 fortnights"}, "'3 fortnights' is no day"),
    ],
)
def test_a_criterion_that_means_nothing_is_told_so(form, says):
    """No name in a file is run or looked up anywhere but among the criteria that there are."""
    told = wrong(lambda document: document["criteria"].update(x=form))
    assert says in told[0], told


def test_what_only_follows_from_a_mistake_is_not_told():
    """A fact that could not be read is told once, and not at every criterion that asks about it."""
    assert len(wrong(lambda document: document["facts"]["upcr"].update(kind="Quantty"))) == 1


def test_a_pathway_that_is_none_is_told_so_whole():
    """States that cannot be reached and rows that never fire are listed as when it is built in code."""

    def lonely(document):
        document["initial"] = "dead"

    assert all(line.startswith("pathway: ") for line in wrong(lonely))
    assert len(wrong(lonely)) > 10


def test_criteria_nested_without_end_are_refused_in_words():
    """A tree too deep to read ends in an error that says so."""

    def deep(document):
        form = "graft_in_store"
        for _ in range(900):
            form = {"kind": "Not", "part": form}
        document["criteria"]["x"] = form

    assert wrong(deep) == ["pathway: nested too deeply @ $.criteria['x']"]


def test_criteria_that_grow_without_bound_are_refused_in_words():
    """Forty criteria that each ask for the one before twice would be a million million when written out."""

    def growing(document):
        document["criteria"]["x0"] = {"kind": "Not", "part": "graft_in_store"}
        for n in range(40):
            document["criteria"][f"x{n + 1}"] = {"kind": "AnyOf", "parts": [f"x{n}", f"x{n}"]}

    assert "written out in full, this holds more than 5000 criteria" in wrong(growing)[0]


def test_a_long_chain_of_named_criteria_is_refused_in_words():
    """Requirements that each hold the one before, four hundred deep, are too deep to ask."""

    def chained(document):
        del document["pathway"]["digest"]
        document["criteria"]["x0"] = {"kind": "Not", "part": "graft_in_store"}
        for n in range(600):
            document["criteria"][f"x{n + 1}"] = {"kind": "Not", "part": f"x{n}"}
        document["transitions"][0]["expects"] = ["x600"]

    assert wrong(chained) == ["pathway: nested too deeply"]


@given(st.data())
def test_a_damaged_pathway_is_told_and_never_breaks_the_reader(data):
    """A pathway with any part cut out, doubled or replaced is read, or refused in words."""
    text = files.pathway_to_json(data.draw(testing.pathways()), indent=None)
    start, end = sorted((data.draw(st.integers(0, len(text))), data.draw(st.integers(0, len(text)))))
    damage = data.draw(st.sampled_from(["", text[start:end] * 2, "null", "9" * 30, '"x"', "[]", "{}"]))
    try:
        files.pathway_from_json(text[:start] + damage + text[end:])
    except HscpathError as error:
        assert str(error)


# Invariants that a pathway carries.

SEEN, TWICE = {"event": "sle_diagnosed"}, [{"event": "sle_diagnosed"}, {"state": "dead"}]
WARD = Citation("Ward 2026", "Handbook of the ward")


def carrying(*forms):
    """Return the reference pathway as JSON with invariants, each of these rules."""
    kept = [{"name": f"{n}", "rule": form, "reason": "so", "cite": "KDIGO 2012"} for n, form in enumerate(forms)]
    return changed(lambda document: document.update(invariants=kept))


def test_the_reference_pathway_carries_its_invariants():
    """What is proven of it here is proven of the file, word for word; a pathway without any is written as it was."""
    text = files.pathway_to_json(PATHWAY, invariants=INVARIANTS)
    again = files.invariants_from_json(text)
    assert again == INVARIANTS
    assert [(str(rule), rule.reason, rule.cite) for rule in again] == [
        (str(rule), rule.reason, rule.cite) for rule in INVARIANTS
    ]
    assert files.pathway_to_json(files.pathway_from_json(text), invariants=again) == text
    assert (files.invariants_from_json(TEXT), "invariants" in json.loads(TEXT)) == ((), False)


@given(st.data())
def test_any_invariant_is_the_same_when_it_is_read_again(data):
    """Rules of every kind, counted ones and those with days too, of events, states, phases and any of several."""
    pathway = data.draw(testing.pathways())
    some = [Invariant(f"rule {n}", data.draw(rules(pathway)), "why not", WARD) for n in range(4)]
    activity = data.draw(st.sampled_from((*pathway.events, *pathway.states)))
    counted = data.draw(st.sampled_from((inv.existence, inv.absence, inv.exactly)))
    some += [Invariant("counted", counted(activity, data.draw(st.integers(1, 4))), "why not", WARD)]
    text = files.pathway_to_json(pathway, invariants=some)
    assert files.invariants_from_json(text) == tuple(some)
    assert files.pathway_from_json(text) == pathway


@pytest.mark.parametrize(
    ("form", "says"),
    [
        (
            {"kind": "precedens", "of": TWICE},
            "did you mean 'precedence'? @ $.invariants[0].rule",
        ),
        ({"kind": "precedence", "of": [SEEN]}, "the rule 'precedence' is not made of 1 part"),
        ({"kind": "precedence", "of": TWICE, "times": 2}, "the rule 'precedence' is not made of 2 parts and 'times'"),
        ({"kind": "whenever", "of": ["died", "CLASSED", "more"]}, "'CLASSED' is no criterion given before"),
        ({"kind": "never_closed", "of": ["dead", "died", "more"]}, "the rule 'never_closed' is not made of 3 parts"),
        ({"kind": "absence", "of": [SEEN], "times": 0}, "0 is no number of times"),
        (
            {"kind": "absence", "of": [SEEN], "within": 3},
            "only a response or a precedence can be asked",
        ),
        ({"kind": "absence", "of": ["died"]}, "'died' is no event, state or phase: write {\"event\": ...}"),
        ({"kind": "absence", "of": [{"event": "died", "state": "dead"}]}, "is no event, state or phase"),
        ({"kind": "absence", "of": [{"event": "dyed"}]}, "'dyed' is no Event or EventGroup given before; did you mean"),
        ({"kind": "absence", "of": [{"phase": 3}]}, "3 is no text"),
        ({"kind": "absence", "of": [{"label": "any", "any": []}]}, "any: name at least one activity"),
        ({"of": []}, "'kind' is missing"),
        ("precedence", "this has the wrong shape"),
    ],
)
def test_a_rule_that_means_nothing_is_told_so(form, says):
    """What is wrong in a rule is told with its place, culprit and cure."""
    with pytest.raises(InvalidFile) as error:
        files.invariants_from_json(carrying(form))
    assert says in str(error.value)


def test_a_rule_of_a_template_of_ones_own_cannot_be_saved():
    """A file holds rules by the functions that make them, so an automaton that none makes is refused."""
    own = Template("precedence", ((0, 0),), frozenset({0}), "{0}, whenever")
    never = Template("never heard of", ((0, 0),), frozenset({0}), "{0}, whenever")
    for template in (own, never):
        with pytest.raises(PathwayError, match="has a template of its own, which no file can hold"):
            files.pathway_to_json(PATHWAY, invariants=[Invariant("own", Rule(template, (lupus.DIED,)), "so", WARD)])
