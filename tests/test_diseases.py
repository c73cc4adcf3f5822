"""A disease is a module: how it is named, what comes with it, and what is said of a name that is none."""

import sys
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

from hscpath import InvalidFile, UnknownPathway, diseases, files, lupus
from hscpath.cli import app
from hscpath.lupus import GUIDELINES, INVARIANTS, PATHWAY, RATES
from tests.command_line import run

TOP = Path(__file__).parent.parent
SCLEROSIS = TOP / "examples" / "systemic_sclerosis.py"
WARD = """
from hscpath import Citation, Event, Flag, Guideline, Pathway, Requirements, State
from hscpath.invariants import Invariant, absence

FEVER = Flag("fever", "fever", negative="no fever")
WELL, ILL = State("well", "well"), State("ill", "ill", final=True)
SEEN = Event("seen", "seen", may=(FEVER,))
HOUSE = Citation("Ward 2026", "Handbook of the ward")
STRICT = Guideline("Strict", "2026", HOUSE, {"illness": Requirements(expects=FEVER.is_true())})

def pathway(*guidelines):
    by = {point: asked for guideline in guidelines for point, asked in guideline.points.items()}
    return Pathway("ward", "1", WELL, [WELL.on(SEEN, to=ILL, under=by["illness"])] if by else [WELL.on(SEEN, to=ILL)])

PATHWAY = pathway()
OTHER = Pathway("other", "2", WELL, [WELL.on(Event("fell", "fell"), to=ILL)])
INVARIANTS = [Invariant("never ill twice", absence(ILL, 2), "illness ends the course", HOUSE)]
GUIDELINES = {"STRICT": STRICT}
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Return a folder from which modules can be imported, with a disease in it."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ward_of_ours.py").write_text(WARD)
    yield tmp_path
    sys.modules.pop("ward_of_ours", None)


# What comes with a disease.


def test_lupus_brings_all_that_a_disease_can_bring():
    """Its table, invariants, guidelines with those that count unasked, and rates, each as the module holds it."""
    disease = diseases.load("hscpath.lupus")
    assert str(disease) == disease.name == "hscpath.lupus"
    assert disease.pathway is PATHWAY
    assert disease.invariants == disease.fitting == INVARIANTS
    assert disease.guidelines == GUIDELINES
    assert disease.defaults == lupus.DEFAULTS
    assert disease.rates is RATES


def test_a_disease_is_the_same_whether_it_is_named_as_a_module_a_file_or_a_saved_table(here):
    """The module, its file and the JSON that it was saved as decide alike, and bring the same invariants."""
    module = diseases.load("ward_of_ours")
    Path("ward.json").write_text(files.pathway_to_json(module.pathway, invariants=module.invariants))
    for name in ("ward_of_ours:PATHWAY", "ward_of_ours.py", str(here / "ward_of_ours.py"), "ward.json"):
        found = diseases.load(name)
        assert (found.name, found.pathway, found.invariants) == (name, module.pathway, module.invariants)
        assert diseases.invariants_named(name.replace(":PATHWAY", "")) == module.invariants
    assert diseases.invariants_named("ward_of_ours:INVARIANTS") == module.invariants


def test_another_pathway_of_a_module_brings_what_is_said_of_any_but_not_its_guidelines(here):
    """Guidelines build the module's own pathway; invariants that do not fit the other are left out of its proof."""
    other = diseases.load("ward_of_ours:OTHER")
    assert (other.pathway.name, other.guidelines, len(other.invariants)) == ("other", {}, 1)
    with pytest.raises(UnknownPathway, match="ward_of_ours:OTHER has no guidelines, so there is nothing"):
        other.under("STRICT")


def test_guidelines_are_named_in_any_case_and_joined_by_plus():
    """The names come back as they are written, each once; what is under them is the pathway so built."""
    disease = diseases.load("hscpath.lupus")
    assert disease.named("list+ LIST + acr_2024") == ("LIST", "ACR_2024")
    under = disease.under("list+acr_2024")
    assert under.pathway == lupus.pathway(lupus.LIST, lupus.ACR_2024) != PATHWAY
    assert under.invariants == INVARIANTS
    with pytest.raises(UnknownPathway, match="'LITS' is no guideline; did you mean 'LIST'?"):
        disease.under("LITS")


def test_an_installed_package_gives_its_pathway_a_short_name(here):
    """An entry point is found by its name, before a module that is called the same; a slip of the pen gets a hint."""
    (here / "ours-1.dist-info").mkdir()
    (here / "ours-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: ours\nVersion: 1\n")
    declared = "[hscpath.pathways]\nward = ward_of_ours\nother = ward_of_ours:OTHER\n"
    (here / "ours-1.dist-info" / "entry_points.txt").write_text(declared)
    assert (diseases.load("ward").pathway.name, diseases.load("other").pathway.name) == ("ward", "other")
    assert diseases.load("ward").under("strict").name == "ward"
    with pytest.raises(UnknownPathway, match="there is no module 'wrd'; did you mean 'ward'?"):
        diseases.load("wrd")


def test_the_package_declares_lupus_by_a_short_name():
    """What an installation registers is the module of the reference pathway."""
    declared = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["entry-points"][diseases.GROUP]
    assert declared == {"lupus": "hscpath.lupus"}
    assert diseases.load(declared["lupus"]).pathway is PATHWAY


# Another disease has every command.

LEA = """
title = "Lea"
outcome = "fit"

[[events]]
event = "diagnosed"
day = 0
age = 44
duration = 1.5
mrss = 28
organ_involved = true

[[events]]
event = "evaluated"
day = 30
lvef = 60
dlco = 90
pasp = 31
clearance = 90
"""
COMMANDS = {
    "run": ("lea.toml", "systemic sclerosis diagnosed"),
    "explain": ("lea.toml", "written consent signed"),
    "walk": ("", "not yet diagnosed"),
    "draw": ("", "systemic sclerosis to autologous HSCT"),
    "compare": ("lea.toml --under SCOT_2018", "SCOT_2018"),
    "guidelines": ("", "SCOT_2018: age [SCOT (confirmed at second hand)]"),
    "events": ("", "evaluated: evaluation finished"),
    "table": ("", "evaluation finished → fit for transplant"),
    "table --sources": ("", "SCOT (confirmed at second hand)"),
    "table --rates": ("", "neutrophils recovered after 7 to 13 days, median 9 days: engrafted [Nash 2007]"),
    "table --json": ("", '"name": "a rescue"'),
    "prove": ("", "a rescue: throughout conditioning, and aplasia: a graft is in store: proven"),
    "simulate": ("40 --out lea.csv", "40 patients"),
    "audit": ("lea.csv", "40 complete, 0 refused"),
    "schema": ("case", "skin score"),
}


def test_no_command_is_left_out():
    """What is asked of another disease here is every command that there is."""
    assert {words.split()[0] for words in COMMANDS} == set(get_command(app).commands)


@pytest.mark.parametrize("under", ["", "--under UPSIDE_2021"])
@pytest.mark.parametrize("command", COMMANDS)
def test_another_disease_gets_every_command(command, under, tmp_path, monkeypatch):
    """Systemic sclerosis is told, asked, proven, compared, simulated and audited by its own content."""
    monkeypatch.chdir(tmp_path)
    Path("lea.toml").write_text(LEA)
    arguments, says = COMMANDS[command]
    takes = f"--pathway {SCLEROSIS}" + ("" if command == "guidelines" else f" {under}")
    if command == "audit":
        assert run(*f"simulate 40 --out lea.csv {takes}".split())[0] == 0
    code, out, err = run(*command.split(), *arguments.split(), *takes.split(), width="300", answers="quit\n")
    assert (code, err) == (0, "")
    assert says in out or (command == "table --sources" and under)
    assert "lupus" not in out


def test_a_table_saved_from_another_disease_is_proven_by_whoever_gets_it(tmp_path):
    """The JSON needs no module: it is the same table, with the same invariants, and nothing is imported for it."""
    file = tmp_path / "sclerosis.json"
    file.write_text(run("table", "--json", "--pathway", SCLEROSIS)[1])
    code, out, _ = run("prove", "--pathway", file, width="300")
    assert (code, "a rescue: throughout" in out) == (0, True)


def test_a_file_that_was_written_for_a_colleague_is_read_as_a_pathway(tmp_path):
    """In code, the table alone is read by one call, which says of what is none as much as any."""
    file = tmp_path / "pathway.json"
    file.write_text(files.pathway_to_json(PATHWAY), encoding="utf-8")
    assert files.read_pathway(file) == files.read_pathway(str(file)) == PATHWAY
    file.write_text("{}")
    with pytest.raises(InvalidFile, match="pathway.json: this was not saved as 'hscpath pathway'"):
        files.read_pathway(file)


def test_a_module_where_the_command_is_given_can_be_named(here, monkeypatch):
    """As python -m would find it; one that is none ends with two, and says so without a traceback."""
    monkeypatch.setattr(sys, "path", [each for each in sys.path if each != str(here)])
    assert run("events", "--pathway", "ward_of_ours")[0] == 0
    code, out, err = run("events", "--pathway", "ward_of_theirs", width="300")
    assert (code, out) == (2, "")
    assert err.startswith("there is no module 'ward_of_theirs'")


# What is none.


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "'' names no pathway: write my.module, my.module:NAME, a file.py or a file.json"),
        ("cases/mine.toml", "'cases/mine.toml' names no pathway"),
        ("hscpath.lupus:SLE", "hscpath.lupus:SLE is no pathway, but <State: lupus (SLE) diagnosed>; known: PATHWAY"),
        ("hscpath.lupus:PATHWAI", "hscpath.lupus has no 'PATHWAI'; did you mean 'PATHWAY'?"),
        ("hscpath.errors", "hscpath.errors has no 'PATHWAY'; give it a pathway of that name"),
        ("hscpath.lupsu", "there is no module 'hscpath.lupsu'; did you mean 'lupus'?"),
        ("none.py", "none.py: there is no such file"),
        ("none.json", "none.json: cannot be read: No such file or directory"),
        ("broken.py", "broken.py cannot be imported: ZeroDivisionError: division by zero"),
        ("leaves.py", "leaves.py cannot be imported: SystemExit: 3"),
        ("broken", "broken cannot be imported: ZeroDivisionError: division by zero"),
        ("lacking", "lacking cannot be imported: No module named 'sodium'"),
        ("lacking.py", "lacking.py cannot be imported: No module named 'sodium'"),
        ("unspelt.py", "unspelt.py cannot be imported: SyntaxError"),
        ("absent.py", "absent.py cannot be imported: FileNotFoundError: [Errno 2] No such file or directory: 'x'"),
        ("bare.py", "bare.py has no 'PATHWAY'; did you mean"),
    ],
)
def test_a_name_that_is_none_is_told_with_culprit_and_cure(here, name, says):
    """A file that is missing, a module that cannot be run, and what stands there and is no pathway."""
    texts = {"broken": "1 / 0", "leaves": "raise SystemExit(3)", "lacking": "import sodium", "unspelt": "1 +"}
    texts |= {"absent": "open('x')", "bare": WARD.replace("PATHWAY", "PATHWAI")}
    for stem, text in texts.items():
        Path(f"{stem}.py").write_text(text)
    loaded = set(sys.modules)
    with pytest.raises(UnknownPathway) as raised:
        diseases.load(name)
    assert str(raised.value).startswith(says)
    assert not {module for module in set(sys.modules) - loaded if "a pathway in" in module and name != "bare.py"}


def test_a_saved_table_that_is_none_says_where(here):
    """A JSON file with something else in it is told as any file is."""
    Path("mine.json").write_text("{}")
    with pytest.raises(InvalidFile, match="mine.json: this was not saved as 'hscpath pathway'"):
        diseases.load("mine.json")


@pytest.mark.parametrize(
    ("line", "asks", "says"),
    [
        ("INVARIANTS = {1}", "invariants", "INVARIANTS is {1}; make it a tuple of invariants"),
        ("INVARIANTS = [1]", "invariants", "INVARIANTS is [1]; make it a tuple of invariants"),
        ("GUIDELINES = [STRICT]", "guidelines", "make it a mapping of names to guidelines"),
        ("DEFAULTS = {'STRICT'}", "defaults", "make it a tuple of guidelines"),
        ("RATES = 3", "rates", "RATES is 3; make it Rates"),
        ("", "rates", "gives no shares and times: its module needs RATES"),
    ],
)
def test_a_part_that_is_of_another_kind_is_told_when_it_is_asked_for(here, line, asks, says):
    """A disease is named by the part that is wrong, and what it has to be."""
    Path("odd.py").write_text(f"{WARD}\n{line}\n")
    disease = diseases.load("odd.py")
    with pytest.raises(UnknownPathway) as raised:
        getattr(disease, asks)
    assert str(raised.value).startswith("odd.py")
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("del pathway", "has guidelines, but no function pathway(*guidelines) to build under"),
        ("pathway = 3", "pathway is 3; make it a function of guidelines"),
        ("pathway = lambda *_: Pathway('', '', WELL, [])", "under strict: ward_of_ours"),
    ],
)
def test_guidelines_that_nothing_builds_under_are_told(here, line, says):
    """A module with guidelines has the function that builds under them, and that makes a pathway."""
    Path("odd.py").write_text(f"{WARD}\n{line}\n")
    with pytest.raises(UnknownPathway) as raised:
        diseases.load("odd.py").under("strict")
    assert says.replace("ward_of_ours", "") in str(raised.value)


def test_invariants_by_a_name_that_holds_none_are_told():
    """A list of invariants holds one at least."""
    with pytest.raises(UnknownPathway, match="hscpath.lupus:DEFAULTS is no list of invariants"):
        diseases.invariants_named("hscpath.lupus:DEFAULTS")
