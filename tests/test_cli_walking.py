"""The interactive walk: what it asks, what it refuses and why, what it takes back, and the case that it leaves."""

import shlex
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from hscpath import Event, Journey, Pathway, State, files, lupus
from hscpath.cli import app, asking, entries, walking
from hscpath.cli.terminal import terminal
from hscpath.lupus import PATHWAY
from hscpath.testing import journeys, stored_values
from hscpath.verdict import MET
from tests.command_line import CASES, FIRST_COURSE, run, saved
from tests.profiles import examples
from tests.toy import REVIEW, toy

DIAGNOSED = ("nephritis diagnosed day=0 upcr=3400 mg/g egfr=78", "biopsy day=9 ln_class=IV-G(A)")
TREATED = (*DIAGNOSED, "immunosuppression started day=14 agent=mmf, glucocorticoid")


def walk(*answers, options=(), width="80"):
    """Return the conversation of a walk with these answers."""
    code, out, err = run("walk", *options, width=width, answers="".join(f"{answer}\n" for answer in answers))
    assert code == 0, err
    return out


@pytest.fixture
def in_a_folder(tmp_path, monkeypatch):
    """Walk in a folder of its own, where files can be left."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_class_walks_from_diagnosis_to_response_and_saves_the_case(in_a_folder):
    """Events by words or number, findings as they are asked for, a refusal, a reason, undo, and a case that holds."""
    out = walk(
        "nephritis diagnosed", "0", "upcr", "3400", "3400 mg/g", "egfr=78", "",
        "biopsy", "+9", "IV-G(A)", "",
        "immunosuppression started", "day 14", "14", "agents", "mmf", "",
        "response assessed", "60", "0.3", "80", "", "seen early before a journey",
        "undo",
        "1", "200", "0.4", "75", "",
        "save ana.toml", "Ana", "quit",
    )  # fmt: skip
    for words in (
        "3400 g/g is outside 0 to 50 g/g; is it in mg/g?",
        "→ Day 9: lupus nephritis biopsied and classed",
        "'day 14' is no day",
        "response assessed: may not happen without a reason",
        "The reason for going on in spite of: three months of therapy?",
        "→ Day 60: complete response",
        "Taken back: response assessed.",
        "→ Day 200: complete response",
        "Saved: hscpath run ana.toml tells it.",
    ):
        assert words in out
    case = files.read_case("ana.toml")
    assert (case.title, case.outcome) == ("Ana", "complete_response")
    assert [record.day for record in case.events] == [0, 9, 14, 200]
    assert case.events[0].findings == (("upcr", "3400 mg/g"), ("egfr", "78"))
    assert case.journey(PATHWAY).deviations == ()
    assert run("run", "ana.toml")[0] == 0


@pytest.mark.parametrize("width", ["40", "80"])
def test_a_walk_fits_the_terminal(width):
    """Nothing of the conversation runs over, however narrow the terminal."""
    out = walk(*TREATED, "all", "response assessed", "60", "0.3", "80", "", "", "help", "story", width=width)
    assert [line for line in out.splitlines() if len(line) > int(width) and " " in line.strip()] == []


def test_a_reason_is_asked_for_each_criterion_and_kept_on_record():
    """A departure is let through with its reason, and where an unknown decides, someone says where it led."""
    out = walk(*TREATED, "response assessed day=60 upcr=0.3 egfr=80", "seen early", "story")
    assert "✗ departs: three months of therapy" in out
    assert "reason: seen early" in out
    out = walk(*TREATED, "response assessed day=200", "", "", "complete", "no sample", "lost", "story", width="200")
    assert "Where did it lead: complete response or partial response or immunosuppression under way?" in out
    assert "→ Day 200: complete response" in out
    assert "reason: no sample" in out
    out = walk("nephritis diagnosed", "", "", "biopsy override=no report found", "", "", "dead", "biopsied", "story",
               width="200")  # fmt: skip
    assert "'dead' is no state here" in out
    assert "reason: no report found" in out
    told = "response assessed day=60 upcr=0.3 override=seen early"
    assert "one text does not say" in " ".join(walk(*TREATED, told, "").split())


def test_an_event_can_be_left_without_recording_it(monkeypatch):
    """Who cancels, gives no reason, or asks for what cannot happen, is where they were before."""
    for answers in (
        ("response assessed", "cancel"),
        ("response assessed day=60 upcr=0.3 egfr=80", ""),
        ("response assessed day=60", "", "", ""),
        ("stem cells reinfused day=60",),
        ("infection reported day=60", ""),
        ("stem cells reinfused",),
    ):
        out = walk(*TREATED, *answers, "story")
        assert "Nothing is recorded." in out
        assert "Day 60" not in out.partition("Nothing is recorded.")[2]
    monkeypatch.setattr(asking.Talk, "ask_within", interrupted)
    assert "Nothing is recorded." in walk("response assessed")


@pytest.mark.parametrize("word", ["cancel", "undo", "help", "quit", "Quit"])
@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        (("response assessed",), "On which day?"),
        (("response assessed", "60"), "UPCR"),
        (("results recorded", "60"), "Anything else?"),
        (("response assessed day=60 upcr=0.3 egfr=80",), "The reason for going on"),
        (("response assessed day=200", "", ""), "Where did it lead"),
        (("response assessed day=200", "", "", "complete"), "The reason for going on"),
    ],
)
def test_a_word_that_leaves_is_no_clinical_answer(word, answers, asked):
    """At every question about an event the words that leave it do so, and the question says how it can be left."""
    out = walk(*TREATED, *answers, word, *["story"] * (word.casefold() != "quit"), width="200")
    question = next(line for line in reversed(out.partition(f"\n> {word}\n")[0].splitlines()) if "?" in line)
    assert question.startswith(asked)
    assert "cancel: leave it)" in question
    left = out.partition(f"\n> {word}\n")[2]
    assert left.startswith("Nothing is recorded.\n")
    assert "Day 60" not in left
    assert "reason: " not in left
    assert "Taken back" not in left
    assert ("Write the number of an event" in left) == (word == "help")
    assert left.count("What happens next?") == {"quit": 0}.get(word.casefold(), 2)


@pytest.mark.parametrize("answer", ["no", "quit", "cancel", ""])
def test_who_ends_a_walk_and_does_not_want_it_saved_leaves_no_file(in_a_folder, answer):
    """No word that declines is taken as the name of a file."""
    assert walk("died day=3", "quit", answer).count("Save the walk?") == 1
    assert list(in_a_folder.iterdir()) == []


def interrupted(*_):
    """Stand in for someone who presses Ctrl-C."""
    raise KeyboardInterrupt


def test_questions_are_answered_and_nothing_is_recorded():
    """Why is answered in full, for an event with its findings as for one that means nothing here."""
    out = walk(*TREATED, "why response assessed day=200 upcr=0.4", "why cells_reinfused", "why 1", "quit")
    assert "cannot be decided without more information or a reason" in out
    assert "it may happen in: ablation complete, conditioning under way" in out
    assert out.count("→ Day 14: immunosuppression under way") == 1


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("wed", "'wed' is no event here"),
        ("99", "'99' is no event here"),
        ('biopsy ln_class="IV', "a quotation mark is left open"),
        ("biopsy ln_class=IX", "ln_class: 'IX' is not an option"),
        ("undo", "there is nothing to take back"),
        ("save", "say in which file to save"),
        ("save /nowhere/at/all.toml", "cannot be written"),
    ],
)
def test_what_is_not_understood_is_told_with_its_cure(answer, says):
    """A slip of the pen costs nothing: the walk goes on."""
    out = " ".join(walk(answer, "a title", "died day=3", "all").split())
    assert says in out
    assert "→ one of 16 states" in out
    assert "→ Day 3: dead" in out
    assert "Nothing more can happen." in out


def test_what_an_event_may_find_anew_is_asked_for(tmp_path):
    """A patient whose CRP was low is not waved through: the review asks for it, and leads to intensive care."""
    own = ("--pathway", saved(tmp_path, REVIEW))
    out = walk("tested day=2 crp=12 fit=no", "reviewed day=5", "300", "story", options=own)
    assert "? 1. reviewed → intensive care or no change of state\n? 2. sent home → well\n" in out
    assert "closed" not in out
    assert "CRP? (0 to 500 mg/L" in out
    assert "→ Day 5: intensive care" in out
    out = walk("tested day=2 crp=12 fit=no", "reviewed day=5", "", "sent home day=6", "", "", options=own)
    assert "→ Day 5: sick" in out
    assert "✗ fit: not fit (day 2)" in out
    assert "Nothing is recorded." in out


def test_all_that_is_wrong_with_an_event_is_told_at_once():
    """A line with two slips is not refused twice in a row."""
    for line in ("biopsy day=soon ln_class=IX", "why biopsy day=soon ln_class=IX"):
        out = walk(line, width="200")
        assert "2 problems" in out
        assert "'soon' is no day" in out
        assert "'IX' is not an option" in out


def test_days_are_given_in_many_forms(tmp_path):
    """A number, so many days later, weeks or months, the same day, a date where the case has one, or none."""
    out = walk("sle diagnosed", "-3", "", "nephritis", "-4", "+x", "+7", "", "results recorded", "same day", "",
               "biopsy", "3 months", "IV", "", "results recorded", "", "", "results recorded", "+1", "100", "", "story",
               width="200")  # fmt: skip
    assert "days never go back" in out
    assert "'+x' is no day" in out
    assert "Day 4: nephritis diagnosed" in out
    assert "About 3 months (day 91): kidney biopsy reported" in out
    assert "Day not recorded: results recorded" in out
    out = walk("results recorded", "2026-13-01", "2026-04-01", "", "results recorded on=2026-04-02",
               options=[FIRST_COURSE], width="200")  # fmt: skip
    assert "'2026-13-01' is no day" in out
    assert "→ 2026-04-02" in out


def test_findings_beyond_what_decides_can_be_added(tmp_path):
    """What else was found is given by name or by words; a list says what may be recorded."""
    out = walk("nephritis diagnosed", "", "?", "upc", "?", "3 g/g", "sodium", "egfr=70 sledai=lots", "egfr=70",
               "pregnant", "yes", "", "story", width="200")  # fmt: skip
    assert "upcr: urine protein-to-creatinine ratio, or protein of 24 hours (0 to 50 g/g; also in mg/g" in out
    assert "0 to 50 g/g; also in mg/g, mg/mg, g/mmol, mg/mmol" in out
    assert "'sodium' is no finding here" in out
    assert "'lots' is no value" in out
    assert "UPCR 3 g/g, eGFR 70 mL/min/1.73 m², pregnant." in out
    out = walk("nephritis diagnosed", "", "egfr=70 egfr=80", "", "died", "", "cause of death", "treatment")
    assert "egfr is given twice" in out
    assert out.count("Anything else?") == 3
    own = Event("seen", "seen", must=(lupus.PREGNANT,))
    only = Pathway("one", "1", lupus.SUSPECTED, [lupus.SUSPECTED.on(own, to=lupus.DEAD)])
    assert "Anything else?" not in walk("seen", "", "yes", options=["--pathway", saved(tmp_path, only)])


def test_a_walk_goes_on_from_a_case(in_a_folder):
    """A published case is taken up where it ends, goes on, and is saved with its source over the old one."""
    case = CASES / "T16_collection_failed.toml"
    before = files.read_case(case)
    answers = ("died day=not yet", "died", "", "", "save again.toml", "save again.toml", "no", "save again.toml", "yes")
    out = walk(*answers, options=[case])
    assert "again.toml is there already. Replace it?" in out
    after = files.read_case("again.toml")
    assert (after.title, after.citation) == (before.title, before.citation)
    assert after.events[:-1] == before.events
    assert after.outcome == "dead"
    assert run("run", "again.toml")[0] == 0


def test_a_walk_from_a_refused_case_begins_before_the_refusal(tmp_path):
    """A case that is refused can be walked on from what holds of it, once it can be read at all."""
    case = tmp_path / "case.toml"
    case.write_text("title = 'a'\n[[events]]\nevent = 'sle_diagnosed'\n[[events]]\nevent = 'cells_reinfused'\n")
    code, out, err = run("walk", case, answers="undo\nundo", width="200")
    assert code == 0
    assert "lupus (SLE) diagnosed" in out
    assert f"{case}, line 4: this event is refused" in err
    assert "there is nothing to take back" in out
    case.write_text("title = 'a'\n[[events]]\nevent = 'wed'\n")
    assert run("walk", case)[0] == 2


@pytest.mark.parametrize("state", lupus.states.AT_ENTRY.values(), ids=lambda state: state.name)
def test_a_patient_is_entered_in_mid_course(state):
    """Every state that the entry offers can be begun in, by the event that the pathway has for it."""
    out = walk(options=["--from", state.label])
    assert f"→ Day not recorded: {state.label}" in out.replace("\n  ", " ")


def test_where_nobody_enters_the_walk_begins_by_the_shortest_way():
    """Nobody is entered in aplasia: the events that lead there are told, recorded, and may be taken back."""
    code, out, err = run("walk", "--from", "aplasia", answers="undo\nstory\n", width="200")
    assert code == 0
    assert err.startswith("by the shortest way: enrolled in mid-course, ")
    assert "→ Day not recorded: aplasia" in out
    assert "Taken back: " in out
    assert "\n→ suspected lupus\n" in run("walk", "--from", "suspected")[1]


def test_a_state_to_which_there_is_no_way_is_told(monkeypatch):
    """An unknown state gets a hint, a case and a state are too much, and without a prover no way can be found."""
    assert "'limbo' is no state here" in run("walk", "--from", "limbo")[2]
    assert "not both" in run("walk", FIRST_COURSE, "--from", "dead")[2]
    monkeypatch.setitem(sys.modules, "hscpath.paths", None)
    code, out, err = run("walk", "--from", "aplasia", width="200")
    assert (code, out) == (2, "")
    assert "no patient enters as 'aplasia'; to find the way there, " in err


def test_a_patient_enters_by_the_first_event_that_leads_there():
    """An event with no finding, or with one choice, enters a patient; where a number decides, the way is looked for."""
    start, ill, worse = State("start", "start"), State("ill", "ill"), State("worse", "worse")
    never, over = State("never", "never"), State("over", "over", final=True)
    scored, fell_ill = Event("scored", "scored", must=(lupus.UPCR,)), Event("fell_ill", "fell ill")
    nobody = lupus.DIED.happened()
    way = Pathway("small", "1", start, [
        start.on(fell_ill, to=ill), start.on(scored, to=never, when=nobody), start.on(scored, to=worse),
        *(state.on(lupus.DIED, to=over) for state in (ill, worse, never)),
    ])  # fmt: skip
    assert walking.way_to(way, start) == ()
    assert [record.event for record in walking.way_to(way, ill)] == [fell_ill]
    assert [record.event for record in walking.way_to(way, worse)] == ["scored"]
    with pytest.raises(ValueError, match="no journey goes by"):
        walking.way_to(way, never)


def test_nobody_is_asked_to_save_what_is_saved(in_a_folder):
    """Who has saved everything, or done nothing, may just leave; who has not is asked once more."""
    assert "Save the walk?" not in walk("quit")
    assert "Save the walk?" not in walk("died day=3", "save a.toml", "A", "quit")
    out = walk("died day=3", "quit", "late.toml", "")
    assert out.count("Save the walk?") == 1
    assert files.read_case("late.toml").title == "A walk"
    assert walk("died day=3", "quit").count("Save the walk?") == 1


def test_words_in_any_script_are_kept(in_a_folder):
    """Titles and reasons in other scripts go through the conversation and the file unharmed."""
    walk(
        *TREATED, "response assessed day=60 upcr=0.3 egfr=80", "früh gesehen, 早い, 👩‍⚕️", "save Ä.toml", "Ωmega", "quit"
    )
    case = files.read_case("Ä.toml")
    assert case.title == "Ωmega"
    assert case.events[-1].override == {"three months of therapy": "früh gesehen, 早い, 👩‍⚕️"}


def test_a_walk_on_a_pathway_of_ones_own(tmp_path):
    """Another disease is walked as well, with nothing said of lupus."""
    out = walk("1", "", "", options=["--pathway", saved(tmp_path, toy())])
    assert "lupus" not in out


def typed(value):
    """Return a value as people type it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else str(value)


@given(data=st.data())
def test_whatever_can_be_recorded_can_be_typed(data):
    """Every value of every fact, typed as people type it, is the value that was meant."""
    fact = data.draw(st.sampled_from(PATHWAY.facts))
    stored = fact.store(data.draw(stored_values(fact)))
    assert fact.store(entries.value_typed(fact, typed(fact.write(stored)))) == stored


@examples(0.15)
@given(data=st.data())
def test_every_journey_can_be_walked(data):
    """A journey typed line by line, a reason for each criterion as it is asked for, is the same journey."""
    journey = data.draw(journeys(PATHWAY, max_steps=6))
    walked = walking.Session(terminal(), PATHWAY, files.Case("", ()))
    for step in journey.steps:
        written = files.write_record(step)
        parts = [f"{name}={shlex.quote(typed(value))}" for name, value in written.items()]
        event, given = walked._typed(" ".join([step.event.name, *parts[1:]]).partition("override=")[0])
        fields = entries.fields_typed(PATHWAY, event, given)
        fields |= {name: written[name] for name in ("override", "to", "inferred") if name in written}
        walked.take(files.read_record(fields))
    assert walked.journey == journey


def test_values_are_typed_as_people_write_them():
    """A flag's words, the beginning of an option, several options with commas; what is unclear stays."""
    assert entries.value_typed(lupus.PREGNANT, "Not Pregnant") is False
    assert entries.value_typed(lupus.PREGNANT, "maybe") == "maybe"
    assert entries.value_typed(lupus.SEX, "fem") == "female"
    assert entries.value_typed(lupus.COMPLICATION, "zzz") in ("zzz", ["zzz"])
    assert entries.value_typed(lupus.SEX, "") == ""
    assert Journey(PATHWAY).consider("kidney_biopsy_reported", ln_class="IV").tried[0].when.verdict is MET


def test_what_is_typed_on_a_terminal_is_not_shown_twice(monkeypatch, capsys):
    """An answer from a file is shown after its question; one from a keyboard is on the screen already."""
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: " yes ")
    assert asking.Talk(asking.Console()).ask("Well?") == "yes"
    assert capsys.readouterr().out == "Well?\n"


def test_lines_can_do_without_a_library_to_edit_them(monkeypatch):
    """Where lines cannot be edited, the walk goes on all the same."""
    monkeypatch.setitem(sys.modules, "readline", None)
    assert CliRunner().invoke(app, ["walk"], input="quit").exit_code == 0
