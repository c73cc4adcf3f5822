"""The command line: what it prints, and the code it ends with."""

import json
import runpy
import subprocess
import sys

import polars as pl
import pytest

import hscpath.testing
from hscpath import Pathway, Record, StateGroup, diseases, draw, files, lupus, tell
from hscpath.__main__ import main
from hscpath.cli.reports import comparison_data
from hscpath.cohort import simulate
from hscpath.diseases import Disease
from hscpath.lupus import PATHWAY
from tests.command_line import CASES, FIRST_COURSE, T01, run, saved
from tests.toy import A_GRAFT, APLASIA, DEAD, DIED, GIVEN, ILL, READY, SCORE, SEEN, WELL, toy


def test_a_case_that_holds_is_told_and_ends_with_zero():
    """The published patient's story is told to its end, with days, sources and references."""
    code, out, _ = run("run", T01)
    assert code == 0
    for words in (
        "Day not recorded: enrolled in mid-course. Status at entry: refractory",
        "Day 0: stem cells reinfused.",
        "About 36 months (day 1096): relapse diagnosed.",
        "→ living with a kidney transplant",
        "? not documented: no pregnancy at mobilisation [ASTIL]",
        "(not stated, inferred: the graft was kept from collection to reinfusion)",
        "✓ SLEDAI below 3: 0 [Jayne 2004]",
        "References",
        "Jayne 2004: Jayne D,",
    ):
        assert words in out


@pytest.mark.parametrize("width", ["40", "80", "200"])
def test_a_story_fits_the_terminal(width):
    """However narrow the terminal, no line of the story is cut, and only what cannot be broken runs over."""
    _, out, _ = run("run", T01, width=width)
    too_long = [line for line in out.splitlines() if len(line) > int(width) and " " in line.strip()]
    assert too_long == []


def test_a_refused_case_says_why_and_ends_with_one(tmp_path):
    """The story up to the refusal, the line of the file, and the whole refusal."""
    case = tmp_path / "case.toml"
    case.write_text(
        "title = 'Too soon'\n[[events]]\nevent = 'nephritis_diagnosed'\n[[events]]\nevent = 'cells_reinfused'\n"
    )
    code, out, _ = run("run", case, width="500")
    assert code == 1
    assert "→ lupus nephritis diagnosed" in out
    assert f"Refused: {case}, line 4" in out
    assert "stem cells reinfused: cannot happen in this state" in out


def test_a_case_that_ends_elsewhere_than_it_says_ends_with_one(tmp_path):
    """A published outcome is a claim, and it is checked."""
    case = tmp_path / "case.toml"
    case.write_text("title = 'a'\noutcome = 'dead'\n[[events]]\nevent = 'nephritis_diagnosed'\n")
    code, out, _ = run("run", case, width="200")
    assert code == 1
    assert "the case says that it ends as 'dead', but it ends as 'lupus nephritis diagnosed'." in out


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("title =", "this is not TOML"),
        (
            "title = 'a'\n[[events]]\nevent = 'dies'\n",
            "line 3: 'dies' is no event of this pathway; did you mean 'died'?",
        ),
        ("title = 'a'\noutcome = 'remission'\nevents = []", "line 2: outcome: 'remission' is no state"),
        ("title = 'a'\n[[events]]\nevent = 'died'\nupcr = 3\n", "line 4: died does not record 'upcr'"),
    ],
)
def test_a_file_that_cannot_be_read_ends_with_two(tmp_path, text, says):
    """What is wrong is named on the error stream, and nothing is told."""
    case = tmp_path / "case.toml"
    case.write_text(text)
    code, out, err = run("run", case)
    assert (code, out) == (2, "")
    assert says in err


def test_a_file_that_is_not_there_ends_with_two(tmp_path):
    """A missing file and a folder are named as what they are."""
    missing = tmp_path / "missing.toml"
    assert run("run", missing)[0] == 2
    assert "cannot be read: No such file or directory" in run("run", missing)[2]
    assert "cannot be read" in run("run", tmp_path)[2]


def test_what_one_needs_to_write_a_case_can_be_listed():
    """Every event with its findings, and every row of the pathway with its criteria, can be printed."""
    code, out, _ = run("events", width="200")
    assert code == 0
    assert "kidney_biopsy_reported: kidney biopsy reported" in out
    assert "upcr: urine protein-to-creatinine ratio, or protein of 24 hours (0 to 50 g/g; also in mg/g, " in out
    assert "pregnant: pregnant (true or false)" in out
    assert "  must record: status_at_entry" in out
    assert "agent: immunosuppressive agents given together (one or several of glucocorticoid, " in out
    code, out, _ = run("table", width="200")
    assert code == 0
    assert "must: a graft is in store (stored grafts not yet used at least 1)" in out


def test_the_version_and_the_help_are_there():
    """The program says which version it is and what it can do."""
    assert run("--version") == (0, f"hscpath {hscpath.__version__}\n", "")
    assert "Tell a case step by step" in run("run", "--help", width="120")[1]


def test_the_program_runs_as_a_module():
    """``python -m hscpath`` is the same program."""
    ran = subprocess.run(
        [sys.executable, "-m", "hscpath", "--version"], capture_output=True, text=True, check=True, timeout=300
    )
    assert ran.stdout == f"hscpath {hscpath.__version__}\n"


def test_the_program_runs_without_typer_far_enough_to_say_what_to_install(monkeypatch):
    """Without the terminal's packages, the error names the extra that brings them."""
    monkeypatch.setattr(sys, "argv", ["hscpath", "--version"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    for name in [name for name in sys.modules if name.startswith("hscpath.cli")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "typer", None)
    with pytest.raises(SystemExit, match=r'typer is not installed: pip install "hscpath\[cli\]"'):
        main()
    monkeypatch.setitem(sys.modules, "hscpath.cli", None)
    with pytest.raises(ModuleNotFoundError, match=r"hscpath\.cli"):
        main()


def test_the_test_kit_without_hypothesis_says_what_to_install(monkeypatch):
    """Without hypothesis, the error names the extra that brings it."""
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "hscpath\[testing\]"'):
        runpy.run_path(hscpath.testing.__file__)


CHEN = CASES / "Chen_girl_of_13.toml"


def test_a_case_is_compared_under_several_guidelines():
    """By default a girl of 13 is accepted; LIST and ASTIL say at which age she would have been."""
    code, out, _ = run("compare", CHEN, "--under", "LIST", "--under", "astil", width="160")
    assert code == 0
    assert "✗ 18 to 60 years old: age 13 years [LIST]" in out
    assert "✗ 16 to 60 years old: age 13 years [ASTIL]" in out
    assert "✓ 65 years or younger (age below 66 years): 13" in out
    assert "Source: Use of CD34+" in out
    assert run("compare", CASES / "made_up_first_course.toml", "--under", "LIST + acr_2024")[0] == 0


@pytest.mark.parametrize("width", ["40", "80", "200"])
def test_a_comparison_fits_the_terminal(width):
    """However narrow the terminal, nothing of the comparison is cut."""
    _, out, _ = run("compare", CHEN, "--under", "LIST", width=width)
    assert "…" not in out
    assert max(len(line) for line in out.splitlines() if not line.startswith("Source")) <= int(width)


@pytest.mark.parametrize(
    ("under", "says"),
    [
        ([], "say with --under under which guidelines: EULAR_2025, ACR_2024, KDIGO_2012_FLARES, LIST"),
        (["--under", "LITS"], "'LITS' is no guideline; did you mean 'LIST'?"),
        (["--under", "LIST+"], "'' is no guideline"),
        (["--under", "x+y+x"], "'x' is no guideline"),
    ],
)
def test_a_guideline_that_is_not_known_ends_with_two(under, says):
    """A misspelt guideline gets a hint, and none at all a reminder."""
    code, out, err = run("compare", CHEN, *under, width="200")
    assert (code, out) == (2, "")
    assert says in err


def test_the_table_and_the_sources_can_be_printed_under_guidelines():
    """The pathway under a trial shows the trial's criteria; the sources are those of all guidelines."""
    assert "18 to 60 years old" in run("table", "--under", "LIST", width="200")[1]
    assert "18 to 60 years old" not in run("table", width="200")[1]
    everything = run("table", "--sources", width="200")[1]
    assert "LIST (confirmed)" in everything
    assert "KDIGO 2024 (confirmed at second hand)" in everything
    assert "by definition" not in everything
    assert "EULAR 2019" in everything
    assert "EULAR 2019" not in run("table", "--sources", "--under", "ACR_2024", width="200")[1]


def test_a_refused_case_says_what_to_write_under_the_event(tmp_path):
    """The criteria that need a reason are printed as the file would hold them."""
    case = tmp_path / "case.toml"
    case.write_text("title = 'a'\n[[events]]\nevent = 'enrolled'\nstatus_at_entry = 'immunosuppression'\n"
                    "[[events]]\nevent = 'response_assessed'\n")  # fmt: skip
    code, out, _ = run("run", case, width="200")
    assert code == 1
    assert '"UPCR below 0.5 g/g" = ""' in out
    assert 'to = "complete_response"  # or partial_response, immunosuppression\n[events.override]' in out
    whole = case.read_text() + out[out.index("to = ") :].replace('""', '"not given"')
    case.write_text(whole)
    assert run("run", case)[0] == 0
    case.write_text(whole.rstrip("\n").rpartition("\n")[0])
    assert "# in the [events.override] that this event has:" in run("run", case)[1]
    case.write_text(whole.replace('to = "complete_response"', ""))
    only = run("run", case, width="200")[1]
    assert 'to = "complete_response"' in only
    assert "[events.override]" not in only
    case.write_text("title = 'a'\n[[events]]\nevent = 'enrolled'\nstatus_at_entry = 'immunosuppression'\n"
                    "[[events]]\nevent = 'course_failed'\n")  # fmt: skip
    assert (
        "write under this event (each reason in the words of the source):\n\n[events.override]" in run("run", case)[1]
    )
    case.write_text("title = 'a'\n[[events]]\nevent = 'cells_reinfused'\n")
    assert "[events.override]" not in run("run", case)[1]


def test_a_comparison_of_a_file_that_cannot_be_recorded_ends_with_two(tmp_path):
    """What `run` refuses to read, `compare` refuses as well, naming the line."""
    case = tmp_path / "case.toml"
    case.write_text("title = 'a'\n[[events]]\nevent = 'sle_diagnosed'\nday = 5\n"
                    "[[events]]\nevent = 'died'\nday = 3\n")  # fmt: skip
    code, out, err = run("compare", case, "--under", "LIST", width="200")
    assert (code, out) == (2, "")
    assert "line 5: day: day 3 is before day 5" in err


@pytest.mark.parametrize("width", ["40", "200"])
def test_a_comparison_says_what_it_lets_through_without_a_reason(tmp_path, width):
    """What a run refuses for want of a reason is noted, and said to be so; what has its reason goes without a word."""
    case = tmp_path / "case.toml"
    case.write_text(
        "title = 'Seen early'\n[[events]]\nevent = 'enrolled'\nstatus_at_entry = 'complete response'\nupcr = 0.2\n"
        "[[events]]\nevent = 'relapse_diagnosed'\nupcr = 0.5\n"
    )
    words = "Noted here without a reason, for want of which `hscpath run` refuses: default 1, LIST 1"
    code, out, _ = run("compare", case, "--under", "LIST", width=width)
    assert code == 0
    assert words in " ".join(out.split())
    assert [course["without_a_reason"] for course in json.loads(
        run("compare", case, "--under", "LIST", "--json")[1])["courses"]] == [1, 1]  # fmt: skip
    refused = run("run", case, width="200")
    assert refused[0] == 1
    (asked,) = (line for line in refused[1].splitlines() if line.endswith('= ""'))
    case.write_text(f'{case.read_text()}[events.override]\n{asked[:-1]}seen early"\n')
    assert run("run", case)[0] == 0
    assert "Noted here" not in run("compare", case, "--under", "LIST", width=width)[1]


def test_guidelines_that_agree_are_said_to_agree():
    """A patient who meets none of their criteria is treated alike by all guidelines."""
    code, out, _ = run("compare", CASES / "N13_class_two_transformed.toml", "--under", "LIST", width="200")
    assert code == 0
    assert "No event on which they part." in out


def test_the_guidelines_can_be_listed():
    """Each guideline is listed with its source and the points that it decides."""
    out = run("guidelines", width="200")[1]
    assert "LIST: referral, eligibility [LIST]" in out
    assert "KDIGO_2024 (default): treatment, surveillance, complete_response" in out


def test_the_schema_that_editors_read_can_be_printed():
    """Whoever writes cases in an editor gets events and findings offered, also under other guidelines."""
    code, out, _ = run("schema", "case")
    assert code == 0
    assert json.loads(out) == files.case_schema(PATHWAY)
    _, out, _ = run("schema", "journey", "--under", "LIST")
    assert json.loads(out)["properties"]["format"] == {"const": "hscpath journey"}


# Proofs.


def test_a_pathway_that_is_proven_ends_with_zero(tmp_path):
    """Every claim in one table, by kind, with how long it took."""
    code, out, _ = run("prove", "--pathway", saved(tmp_path, toy()))
    assert code == 0
    assert out.splitlines()[:2] == ["toy", "5 states, 8 rows, 7 claims: 7 proven"]
    for words in ("structure", "choice", "✓   each of 8 rows decides in some journey: proven", "seconds"):
        assert words in out


def test_a_pathway_that_is_refuted_tells_the_story_and_ends_with_one(tmp_path):
    """Whoever can leave well by no row, and well is where nobody dies: the journey, and what is refused after it."""
    gap = toy(**{"stays well": WELL.on(SEEN, when=SCORE.below(4))})
    code, out, _ = run("prove", "--pathway", saved(tmp_path, gap), "--limit", "20", width="200")
    assert code == 1
    assert "7 claims: 6 proven, 1 refuted" in out
    assert "✗ seen (well): no patient is stuck once all that is asked is recorded: refuted" in out
    assert "seen: may not happen (well)" in out
    assert "✗ score at least 5: score 4" in out or "✗ score at least 5: 4" in out
    unmeetable = saved(tmp_path, toy(again=READY.on(SEEN, when=SCORE.below(3) & SCORE.above(3))))
    code, out, _ = run("prove", "--pathway", unmeetable)
    assert code == 1
    assert "nobody meets it" in out
    trap = toy(dies=StateGroup("some", (WELL, ILL, READY)).on(DIED, to=DEAD), rescues=APLASIA.on(GIVEN, when=A_GRAFT))
    code, out, _ = run("prove", "--pathway", saved(tmp_path, trap), width="200")
    assert code == 1
    assert "no row leads on from: aplasia" in out
    assert "ablation started" in out


def test_the_invariants_that_fit_are_proven_of_a_pathway_from_a_file(tmp_path):
    """Of the invariants in the file, those that speak of events and states which its pathway has."""
    way = Pathway("two steps", "1", lupus.SUSPECTED, [
        lupus.SUSPECTED.on(lupus.SLE_DIAGNOSED, to=lupus.SLE), lupus.SLE.on(lupus.DIED, to=lupus.DEAD),
    ])  # fmt: skip
    file = tmp_path / "way.json"
    file.write_text(files.pathway_to_json(way, invariants=lupus.INVARIANTS))
    code, out, _ = run("prove", "--pathway", file, width="200")
    assert code == 0
    assert f"2 of its {len(lupus.INVARIANTS)} invariants speak of it" in out
    assert "one death: died, fewer than 2 times: proven" in out


def test_all_guidelines_are_proven_with_one_command(monkeypatch):
    """A line for each guideline, the journey that refutes a claim under one, and for programs a proof under each."""
    gap = toy(**{"stays well": WELL.on(SEEN, when=SCORE.below(4))})
    held = {
        "GUIDELINES": {"A": lupus.LIST, "B": lupus.ASTIL},
        "pathway": lambda guideline: toy() if guideline is lupus.LIST else gap,
    }
    monkeypatch.setattr(diseases, "load", lambda name: Disease(name, toy(), held.get if name == "two" else {}.get))
    code, out, _ = run("prove", "--pathway", "two", "--every-guideline", width="200")
    assert code == 1
    assert [line.split(", ")[:-1] for line in out.splitlines() if " claims: " in line] == [
        ["A: 7 claims: 7 proven"], ["B: 7 claims: 6 proven", "1 refuted"],
    ]  # fmt: skip
    assert "seen: may not happen (well)" in out
    documents = json.loads(run("prove", "--pathway", "two", "--every-guideline", "--json")[1])
    assert {name: document["holds"] for name, document in documents.items()} == {"A": True, "B": False}
    assert run("prove", "--pathway", "two", "--every-guideline", "--under", "A")[0] == 2
    assert run("prove", "--pathway", "none", "--every-guideline")[0] == 2


def test_what_is_no_pathway_cannot_be_proven(tmp_path, monkeypatch):
    """A file that is missing, empty, no text or no pathway, an unknown guideline, or one where there are none."""
    nothing, noise = tmp_path / "nothing.json", tmp_path / "noise.json"
    nothing.write_text("")
    noise.write_bytes(b"\xff\xfe")
    for arguments, says in (
        (("--pathway", tmp_path / "none.json"), "cannot be read: No such file"),
        (("--pathway", nothing), "nothing.json"),
        (("--pathway", noise), "not text in UTF-8"),
        (("--under", "WHO"), "is no guideline"),
        (("--pathway", saved(tmp_path, toy()), "--under", "LIST"), "has no guidelines, so there is nothing under"),
    ):
        code, _, err = run("prove", *arguments, width="300")
        assert (code, says in err) == (2, True), err
    monkeypatch.setitem(sys.modules, "hscpath.proof", None)
    assert run("prove")[0] == 2


# Explanations.


def test_an_event_is_explained_after_a_case():
    """May it happen now: allowed ends with 0, in want of a reason or closed with 1, each with every criterion."""
    code, out, _ = run("explain", FIRST_COURSE, "response", "assessed", "day=200", "upcr=400", "mg/g", width="200")
    assert code == 0
    assert "response assessed: may happen (complete response, day 200)" in out
    assert "✓ UPCR below 0.5 g/g: 0.4 g/g" in out
    code, out, _ = run("explain", FIRST_COURSE, "response_assessed", "upcr=0.4", "egfr=80", "day=90", "--after", "3",
                       width="200")  # fmt: skip
    assert code == 1
    assert "✗ three months of therapy" in out
    assert "to go on nevertheless, give a reason for: three months of therapy" in out
    code, out, _ = run("explain", FIRST_COURSE, "stem cells reinfused")
    assert code == 1
    assert "cannot happen in this state" in out
    assert run("explain", FIRST_COURSE, "died", "--under", "LIST")[0] == 0


def test_without_an_event_all_that_may_happen_is_listed():
    """What may lead on, what adds to the record, and what is closed for want of what, in words of the pathway."""
    code, out, _ = run("explain", FIRST_COURSE, width="200")
    assert code == 0
    assert out.startswith("You are here: complete response, day 84.\n")
    assert "immunosuppression started → immunosuppression under way" in out
    assert "✗ the kidneys have failed" in out
    assert "_" not in out
    assert "suspected lupus" in run("explain", FIRST_COURSE, "--after", "0")[1]
    assert "Nothing follows." in run("explain", CASES / "T19_early_death.toml")[1]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("dies",), "'dies' is no event here; did you mean 'died'?"),
        (("reinfused",), "may mean more than one event: stem cells reinfused, further part of the graft reinfused"),
        (("day=3",), "'' is no event here"),
        (("died", "dya=3"), "died does not record 'dya'"),
        (("died", "=3"), "'=3': write name=value, as in day=9"),
        (("died", "day=3", "day=4"), "day is given twice"),
        (("died", "day=soon"), "'soon' is no day"),
        (("died", "day=-999"), "which came first: days never go back"),
        (("results recorded", "upcr=lots", "pregnant=maybe"), "2 problems"),
        (("response assessed", "to=nowhere"), "'nowhere' is no state here"),
    ],
)
def test_a_question_that_is_not_understood_ends_with_two(words, says):
    """What cannot be asked is named with its cure, and nothing is explained."""
    code, out, err = run("explain", FIRST_COURSE, *words, width="300")
    assert (code, out) == (2, "")
    assert says in err


def test_all_that_is_wrong_with_a_question_is_told_at_once():
    """A day that is none, a result nobody records there, and a value out of range are named together, each once."""
    asked = ("response", "assessed", "day=tomorrow", "foo=bar", "upcr=99", "egfr=80")
    code, out, err = run("explain", FIRST_COURSE, *asked, width="300")
    assert (code, out) == (2, "")
    assert err.startswith("3 problems:")
    for says in ("'tomorrow' is no day", "does not record 'foo'", "99 g/g is outside 0 to 50 g/g; is it in mg/g?"):
        assert err.count(says) == 1
    code, _, err = run("explain", FIRST_COURSE, *asked, "=3", "to=nowhere", "override=seen early", "day=3", width="300")
    assert (code, err.partition(":")[0]) == (2, "6 problems")
    assert "'nowhere' is no state here" in err
    assert "need" not in err


@pytest.mark.parametrize("after", ["5", "99"])
def test_nothing_is_explained_after_more_events_than_a_case_has(after):
    """A question about a moment that the patient has not reached is not answered about another one."""
    code, out, err = run("explain", FIRST_COURSE, "--after", after, width="200")
    assert (code, out) == (2, "")
    assert f"--after {after}: {FIRST_COURSE} has 4 events" in err
    assert run("explain", FIRST_COURSE, "--after", "4") == run("explain", FIRST_COURSE)


def test_a_case_that_is_refused_is_explained_as_far_as_it_holds(tmp_path):
    """A refused event does not keep one from asking what else might have happened instead."""
    case = tmp_path / "case.toml"
    case.write_text("title = 'a'\n[[events]]\nevent = 'sle_diagnosed'\n[[events]]\nevent = 'cells_reinfused'\n")
    code, out, err = run("explain", case, "nephritis diagnosed", width="200")
    assert code == 0
    assert "nephritis diagnosed: may happen" in out
    assert f"{case}, line 4: this event is refused" in err


# What a program reads.


def test_a_program_reads_a_case_as_it_ran(tmp_path):
    """Each step as recorded, with the decision behind it; a refusal with its decision; misuse never gets that far."""
    code, out, _ = run("run", T01, "--json")
    read = json.loads(out)
    assert (code, read["holds"], read["state"], read["stopped"]) == (0, True, "kidney_transplanted", None)
    assert read["steps"][0]["record"]["event"] == "enrolled"
    assert read["steps"][0]["decision"]["rows"]
    case = tmp_path / "case.toml"
    case.write_text("title = 'a'\n[[events]]\nevent = 'sle_diagnosed'\n[[events]]\nevent = 'cells_reinfused'\n")
    code, out, _ = run("run", case, "--json")
    read = json.loads(out)
    assert (code, read["holds"], read["stopped"]["event"]) == (1, False, 1)
    assert read["stopped"]["decision"]["closed"] is True
    case.write_text("title = 'a'\noutcome = 'dead'\n[[events]]\nevent = 'sle_diagnosed'\n")
    code, out, _ = run("run", case, "--json")
    assert (code, json.loads(out)["holds"]) == (1, False)


def test_a_program_reads_explanations_and_comparisons():
    """A decision, all decisions, and where guidelines part, as data."""
    code, out, _ = run("explain", FIRST_COURSE, "died", "--json")
    assert (code, json.loads(out)["allowed"]) == (0, True)
    code, out, _ = run("explain", FIRST_COURSE, "--json")
    assert code == 0
    assert {"died", "response_assessed"} <= {option["event"] for option in json.loads(out)["options"]}
    code, out, _ = run("compare", CHEN, "--under", "LIST", "--json")
    read = json.loads(out)
    assert [course["name"] for course in read["courses"]] == ["default", "LIST"]
    assert any("age 13" in line for parting in read["partings"] for line in parting["cells"]["LIST"])


def test_a_program_reads_why_a_course_ended(tmp_path):
    """Of two pathways one refuses what the other takes: with the decision, or with what could not be recorded."""
    log = [Record("sle_diagnosed"), Record("cells_reinfused")]
    told = comparison_data(tell.compare(log, {"default": PATHWAY}))
    assert told["courses"][0]["stopped"]["decision"]["event"] == "cells_reinfused"
    told = comparison_data(tell.compare([Record("wed")], {"default": PATHWAY}))
    assert told["courses"][0]["stopped"]["problems"][0]["where"] == "event"


def test_a_program_reads_a_pathway_and_its_proof(tmp_path):
    """The table is the pathway whole, which every command takes back; the proof says what breaks which claim."""
    _, out, _ = run("table", "--json")
    assert files.pathway_from_json(out) == PATHWAY
    own = saved(tmp_path, toy(again=READY.on(SEEN, when=SCORE.below(3) & SCORE.above(3))))
    code, out, _ = run("prove", "--pathway", own, "--json")
    assert code == 1
    assert {claim["outcome"] for claim in json.loads(out)["claims"]} == {"proven", "refuted"}
    gap = saved(tmp_path, toy(**{"stays well": WELL.on(SEEN, when=SCORE.below(4))}))
    broken = [claim for claim in json.loads(run("prove", "--pathway", gap, "--json")[1])["claims"] if claim["refused"]]
    assert broken[0]["counterexample"] == []
    assert broken[0]["refused"]["event"] == "seen"


def test_every_command_takes_a_pathway_of_ones_own(tmp_path):
    """Who models another disease lists its events, its table and its schema, and runs cases on it."""
    own = saved(tmp_path, toy())
    assert "seen" in run("events", "--pathway", own)[1]
    assert "toy" in run("table", "--pathway", own)[1]
    assert "seen" in run("schema", "case", "--pathway", own)[1]
    case = tmp_path / "case.toml"
    case.write_text("title = 'a'\n[[events]]\nevent = 'died'\n")
    code, _, err = run("run", case, "--pathway", own, "--under", "LIST")
    assert code == 2
    assert "has no guidelines" in err
    assert run("run", case, "--pathway", own)[0] == 0


def test_colour_is_for_terminals_alone(monkeypatch):
    """What goes to a file or a program has no colour in it; a terminal has."""
    assert "\x1b" not in run("explain", FIRST_COURSE)[1]
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in run("explain", FIRST_COURSE)[1]


# Pictures.


def test_a_pathway_a_case_and_the_ways_from_its_end_are_drawn(tmp_path):
    """The map, the way gone on it, and what is open from there, for Mermaid and for Graphviz, also into a file."""
    case = CASES / "T16_collection_failed.toml"
    code, out, _ = run("draw")
    assert (code, out) == (0, f"{draw.mermaid(PATHWAY)}\n")
    journey = files.read_case(case).journey(PATHWAY)
    assert run("draw", case)[1] == f"{draw.mermaid(journey)}\n"
    assert run("draw", case, "--as", "dot", "--here")[1] == f"{draw.dot(tell.ways(journey))}\n"
    file = tmp_path / "way.dot"
    assert run("draw", case, "--as", "dot", "--to", file) == (0, "", "")
    assert file.read_text(encoding="utf-8") == f"{draw.dot(journey)}\n"
    assert "toy" in run("draw", "--pathway", saved(tmp_path, toy()))[1]


def test_a_case_is_drawn_over_time(tmp_path):
    """A timeline is a picture in a file, with the curves that are asked for by name or label."""
    file = tmp_path / "ana.svg"
    code, out, err = run("draw", FIRST_COURSE, "--as", "timeline", "--curve", "UPCR", "--curve", "egfr", "--to", file)
    assert (code, out, err) == (0, "", "")
    assert "<svg" in file.read_text(encoding="utf-8")
    assert f"<!-- {files.read_case(FIRST_COURSE).title} -->" in file.read_text(encoding="utf-8")


def test_a_curve_is_of_the_quantity_that_is_named_and_of_no_other(tmp_path):
    """A part of a name is not taken for a quantity; all that are none are told, with the one that may be meant."""
    timeline = ("draw", FIRST_COURSE, "--as", "timeline", "--to", tmp_path / "ana.svg")
    code, out, err = run(*timeline, "--curve", "ca", "--curve", "upcrr", "--curve", "ln_class", width="900")
    assert (code, out, list(tmp_path.iterdir())) == (2, "", [])
    assert "3 problems" in err
    assert "'ca' is no quantity of" in err
    assert "'upcrr' is no quantity of lupus nephritis to autologous HSCT; did you mean 'upcr'?" in err
    assert "'ln_class' is no quantity of" in err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--as", "timeline", "--to", "a.png"), "a timeline is of a case: say of which"),
        (("--as", "timeline", "--here"), "--here is of a map: leave it out of a timeline"),
        (("--as", "timeline", "--here"), "say in which file, as in --to ana.png"),
        (("--curve", "upcr"), "--curve is of a timeline: add --as timeline"),
        (("--to", "map.PNG"), "map.PNG is named as a picture, and Mermaid and DOT are text"),
        (("--as", "dot", "--to", "map.pdf"), "map.pdf is named as a picture, and Mermaid and DOT are text"),
        ((FIRST_COURSE, "--as", "timeline", "--to", "ana"), "ana does not say which picture it is to be"),
    ],
)
def test_what_does_not_go_into_a_picture_is_told(tmp_path, monkeypatch, options, says):
    """A timeline of nobody, or a part that the picture cannot have, is refused with its cure."""
    monkeypatch.chdir(tmp_path)
    code, out, err = run("draw", *options, width="200")
    assert (code, out, list(tmp_path.iterdir())) == (2, "", [])
    assert says in err


def test_what_cannot_be_drawn_is_told(tmp_path, monkeypatch):
    """No file, an unknown curve, a place that cannot be written, a refused case, no matplotlib: each with its cure."""
    timeline = ("draw", FIRST_COURSE, "--as", "timeline")
    assert "say in which file, as in --to ana.png" in run(*timeline)[2]
    assert "'sodium' is no quantity of" in run(*timeline, "--curve", "sodium", "--to", tmp_path / "a.png")[2]
    assert "cannot be written" in run(*timeline, "--to", tmp_path / "no" / "a.png")[2]
    assert "cannot be written" in run(*timeline, "--to", tmp_path / "a.word")[2]
    code, _, err = run("draw", "--to", tmp_path, width="300")
    assert (code, f"{tmp_path}: cannot be written" in err) == (2, True)
    case = tmp_path / "case.toml"
    case.write_text("title = 'a'\n[[events]]\nevent = 'sle_diagnosed'\n[[events]]\nevent = 'cells_reinfused'\n")
    code, _, err = run("draw", case, width="300")
    assert (code, "this event is refused" in err) == (0, True)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    code, _, err = run(*timeline, "--to", tmp_path / "a.png")
    assert (code, 'pip install "hscpath[plot]"' in err) == (2, True)


# Long courses.


def test_a_course_of_a_thousand_events_is_told_as_any_other(tmp_path):
    """A long course breaks no line and no command, however narrow the terminal."""
    case = tmp_path / "case.toml"
    events = "".join(f"[[events]]\nevent = 'results_recorded'\nday = {day}\nupcr = {day % 50}\n" for day in range(1000))
    case.write_text(f"title = 'a thousand'\n[[events]]\nevent = 'nephritis_diagnosed'\nday = 0\n{events}")
    code, out, _ = run("run", case, width="40")
    assert code == 0
    assert out.count("results recorded.") == 1000
    assert max(map(len, out.splitlines())) <= 40
    assert run("explain", case, "died")[0] == 0
    assert "Day 999: results recorded" in run("walk", case, answers="story\n")[1]


# Cohorts made up.


def test_a_cohort_is_made_up_and_saved(tmp_path):
    """The command says what it made; the file is the cohort of that seed, and a file it cannot write is told."""
    path = tmp_path / "cohort.parquet"
    assert run("simulate", 30, "--out", path, "--seed", 4, width="200") == (
        0,
        f"30 patients, {pl.read_parquet(path).height} events, seed 4: {path}\n",
        "",
    )
    assert pl.read_parquet(path).equals(simulate(PATHWAY, 30, 4, lupus.RATES))
    code, _, err = run("simulate", 5, "--out", tmp_path / "cohort.xlsx", width="200")
    assert (code, "the name of a table ends in .parquet, .csv, .jsonl" in err) == (2, True)
    code, _, err = run("simulate", 5, "--out", tmp_path / "nowhere" / "cohort.csv", width="200")
    assert (code, "there is no folder" in err) == (2, True)
    (tmp_path / "again.csv.part").touch()
    code, _, err = run("simulate", 5, "--out", tmp_path / "again.csv", width="200")
    assert (code, "cannot be written: File exists" in err) == (2, True)
    code, out, _ = run("simulate", 20, "--out", tmp_path / "cohort.csv", "--under", "LIST", width="200")
    assert (code, out.split(" patients")[0]) == (0, "20")


def test_the_rates_of_made_up_cohorts_can_be_read(tmp_path):
    """Each way is told with its share, its days and its source; a pathway that they do not fit says so."""
    code, out, _ = run("table", "--rates", width="300")
    assert code == 0
    told = "  46.2 %  response assessed after 6 months to 12 months: complete response [cyclophosphamide series]"
    assert told in out
    code, _, err = run("table", "--rates", "--pathway", saved(tmp_path, toy()), width="300")
    assert (code, "gives no shares and times" in err) == (2, True)


def test_making_up_a_cohort_asks_for_its_extra(monkeypatch, tmp_path):
    """Without polars the command says what to install."""
    monkeypatch.setitem(sys.modules, "hscpath.cohort", None)
    code, _, err = run("simulate", 5, "--out", tmp_path / "cohort.csv")
    assert (code, "hscpath.cohort" in err) == (2, True)
