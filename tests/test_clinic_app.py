"""The clinic of the examples, through its real server: what it answers, and that it loses and doubles nothing."""

import json
import random
import socket
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import date
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import httpx
import pytest

from hscpath import Journey, Record, files, tell
from hscpath.lupus import PATHWAY
from tests.clinic import client_of, service
from tests.patients import EVA

APP = Path(__file__).parent.parent / "examples" / "clinic_app.py"


@contextmanager
def server(database):
    """Run the clinic's server over a database; yield its process and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, str(APP), str(database), "--port", str(port)])
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(3000):
            with suppress(httpx.TransportError):
                httpx.get(f"{url}/patients")
                break
            assert process.poll() is None, "the server ended before it answered"
            time.sleep(0.1)
        else:
            pytest.fail("the server never answered")
        yield process, url
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    """A client of the clinic, in this process."""
    with service(tmp_path_factory.mktemp("clinic") / "clinic.db") as app, client_of(app) as client:
        yield client


@pytest.fixture
def patient(clinic, request):
    """The path of a patient who has just been admitted."""
    path = f"/patients/{request.node.name}"
    assert clinic.put(path).status_code == 201
    return path


def record(client, path, seen, **fields):
    """Record an event after so many steps."""
    return client.post(f"{path}/events", json=fields, headers={"If-Match": f'"{seen}"'}, timeout=300)


def test_a_whole_journey_is_recorded_over_http(clinic, patient):
    """From diagnosis through transplant to relapse, request by request, and the story is that of the journey."""
    for number, event in enumerate(EVA):
        answer = record(clinic, patient, number, **files.write_record(event))
        assert (answer.status_code, answer.headers["ETag"]) == (201, f'"{number + 1}"'), answer.text
    eva = Journey.replay(PATHWAY, EVA)
    assert clinic.get(patient).json() == {
        "state": "post_hsct_relapse",
        "label": eva.state.label,
        "day": 1500,
        "steps": len(EVA),
    }
    assert clinic.get(f"{patient}/story").text == str(tell.story(eva, title=patient.rpartition("/")[2]))
    assert files.from_json_lines(clinic.get(f"{patient}/log").text, PATHWAY) == eva
    assert patient.rpartition("/")[2] in clinic.get("/patients").json()


def test_a_refusal_is_a_conflict_with_the_explanation_as_data(clinic, patient):
    """Who asks too early is told what may happen instead, and nothing is recorded."""
    answer = record(clinic, patient, 0, event="cells_reinfused", day=3)
    assert answer.status_code == 409
    decision = answer.json()["decision"]
    assert (answer.json()["error"], decision["allowed"], decision["closed"]) == ("refused", False, True)
    assert "nephritis_diagnosed" in decision["instead"]
    assert clinic.get(patient).json()["steps"] == 0


def test_whether_something_may_happen_can_be_asked_before(clinic, patient):
    """The answer says what is missing; the reasons that it names open the way."""
    record(clinic, patient, 0, event="enrolled", status_at_entry="refractory", age=70)
    record(clinic, patient, 1, event="hsct_evaluation_started", indication="other organ", ecog=1)
    answer = clinic.post(f"{patient}/questions", json={"event": "accepted_for_hsct"}).json()
    assert not answer["allowed"]
    reasons = dict.fromkeys(answer["reasons_needed"], "fit, and decided by the board")
    refused = record(clinic, patient, 2, event="accepted_for_hsct")
    assert refused.json()["decision"]["reasons_needed"] == list(reasons)
    assert clinic.post(f"{patient}/questions", json={"event": "accepted_for_hsct", "override": reasons}).json()[
        "allowed"
    ]
    assert record(clinic, patient, 2, event="accepted_for_hsct", override=reasons).status_code == 201
    assert "reason: fit, and decided by the board" in clinic.get(f"{patient}/story").text


def test_open_events_are_listed_with_what_they_may_record(clinic, patient):
    """A form can be made of the answer and of the pathway's own words."""
    options = {option["event"]: option for option in clinic.get(f"{patient}/options").json()}
    assert options["nephritis_diagnosed"]["allowed"]
    assert "upcr" in options["nephritis_diagnosed"]["findings"]
    assert options["enrolled"]["missing"] == ["status_at_entry"]
    assert "cells_reinfused" not in options
    assert files.pathway_from_json(clinic.get("/pathway").text) == PATHWAY


def test_what_cannot_be_recorded_is_told_field_by_field(clinic, patient):
    """Misspelt, out of range, and not an event at all: every field at fault is named."""
    answer = record(clinic, patient, 0, event="nephritis_diagnosed", upcr=3400, egfrr=3)
    assert answer.status_code == 422
    assert [problem["field"] for problem in answer.json()["problems"]] == ["upcr", "egfrr"]
    assert record(clinic, patient, 0, event="x", day="soon").json()["problems"][0]["field"] == "day"
    assert record(clinic, patient, 0).json()["problems"][0]["field"] == "event"
    for body in (
        "",
        "NaN",
        "[NaN]",
        "[3]",
        '"\\ud800"',
        '{"event": "died", "\\ud800": 5}',
        "[" * 100_000,
        b"\xff",
        "{" * 9,
    ):
        answer = clinic.post(f"{patient}/events", content=body, headers={"If-Match": '"0"'})
        assert (answer.status_code, answer.json()["error"]) == (422, "invalid")
    many = {"event": "died", **{f"fact_{n}": 1 for n in range(20_000)}}
    assert len(record(clinic, patient, 0, **many).json()["problems"]) == 50
    assert len(record(clinic, patient, 0, event="x" * 1_000_000).content) < 1000
    assert clinic.get(patient).json()["steps"] == 0


def test_who_has_not_seen_the_last_step_is_told_so(clinic, patient):
    """Of two who record at once the second has to look again; both steps can be recorded in the end."""
    assert record(clinic, patient, 0, event="nephritis_diagnosed", day=0).status_code == 201
    late = record(clinic, patient, 0, event="results_recorded", day=0, upcr=3)
    assert (late.status_code, late.json()["error"]) == (412, "stale")
    assert record(clinic, patient, 7, event="results_recorded").status_code == 412
    assert record(clinic, patient, 1, event="results_recorded", day=0, upcr=3).status_code == 201
    assert clinic.post(f"{patient}/events", json={"event": "died"}).status_code == 428
    for strange in ("*", "2", 'W/"2"', '"02"', '"' + "2" * 5000 + '"'):
        answer = clinic.post(f"{patient}/events", json={"event": "died"}, headers={"If-Match": strange})
        assert answer.status_code == 412


def test_patients_are_known_by_name_once(clinic, patient):
    """Nobody is admitted twice, and of a stranger nothing is known."""
    assert clinic.put(patient).status_code == 409
    assert clinic.put("/patients/" + "x" * 65).status_code == 422
    assert clinic.put("/patients/a%0Ab").status_code == 422
    for path in ("", "/story", "/options", "/log"):
        assert clinic.get(f"/patients/nobody{path}").status_code == 404
    assert record(clinic, "/patients/nobody", 0, event="died").status_code == 404


def test_a_patient_with_a_date_of_day_zero_has_dates(clinic):
    """Events are recorded by date, and told by date."""
    path = "/patients/Åse 患者"
    assert clinic.put(path, params={"began": "2020-01-01"}).status_code == 201
    assert record(clinic, path, 0, event="nephritis_diagnosed", on="2020-02-01").json()["day"] == 31
    assert "2020-02-01 (day 31): nephritis diagnosed" in clinic.get(f"{path}/story").text
    journey = files.from_json_lines(clinic.get(f"{path}/log").text, PATHWAY)
    assert journey.began == date(2020, 1, 1)


def test_a_log_that_no_longer_fits_is_told_and_kept(tmp_path):
    """Where a stored event is impossible, the app says which, and answers for everyone else."""
    from clinic_app import Clinic, Entry

    database = tmp_path / "clinic.db"
    clinic = Clinic(f"sqlite:///{database}")
    clinic.admit("ana", None)
    clinic._add(Entry(patient="ana", number=0, record={"event": "cells_reinfused"}, state="aplasia"))
    clinic.admit("eva", None)
    clinic._add(Entry(patient="eva", number=0, record={"event": "died"}, state="suspected"))
    clinic.admit("ida", None)
    clinic._add(Entry(patient="ida", number=0, record={"event": "died", "day": "x"}, state="dead"))
    clinic.admit("uma", None)
    clinic.engine.dispose()
    with server(database) as (_, url):
        told = {name: httpx.get(f"{url}/patients/{name}", timeout=300) for name in ("ana", "eva", "ida", "uma")}
    assert [answer.status_code for answer in told.values()] == [500, 500, 500, 200]
    assert told["ana"].json()["problem"].startswith("event 1 of the log: stem cells reinfused: cannot happen")
    assert told["eva"].json()["problem"] == "event 1 led to 'suspected', and leads to 'dead' now"
    assert "'x' is no day" in told["ida"].json()["problem"]


# Many at once.


def test_a_write_that_came_between_is_never_overwritten(tmp_path, monkeypatch):
    """Whoever reads, decides, and writes after another has written is told so, and the other's step stays."""
    from clinic_app import Clinic, Stale, tag

    clinic = Clinic(f"sqlite:///{tmp_path / 'clinic.db'}")
    clinic.admit("ana", None)
    look, seen = clinic.journey, tag(clinic.journey("ana"))

    def look_and_be_overtaken(patient):
        journey = look(patient)
        monkeypatch.setattr(clinic, "journey", look)
        clinic.record(patient, Record("sle_diagnosed"), seen)
        return journey

    monkeypatch.setattr(clinic, "journey", look_and_be_overtaken)
    with pytest.raises(Stale):
        clinic.record("ana", Record("died"), seen)
    assert [step.event.name for step in look("ana").steps] == ["sle_diagnosed"]
    clinic.engine.dispose()


CLIENTS, PATIENTS, MOST_WRITES = 8, 60, 6000


def visits(url, client_number, requests):
    """Ask and record at random, as one of several clients would, until the server is gone.

    Return every write that was acknowledged, and how often each answer was given.
    """
    chance = random.Random(client_number)
    seen, answers = Counter(), Counter()
    written = []
    connection = HTTPConnection(url.removeprefix("http://"), timeout=300)

    def ask(method, path, fields=None, **headers):
        connection.request(method, path, fields and json.dumps(fields), {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        answers[answer.status] += 1
        return answer.status, answer.read()

    with closing(connection), suppress(HTTPException, OSError):
        while answers.total() < requests:
            path, kind = f"/patients/p{chance.randrange(PATIENTS)}", chance.random()
            if kind < 0.02:
                ask("GET", f"{path}/story")
            elif kind < 0.1:
                ask("POST", f"{path}/questions", {"event": "died"})
            elif kind < 0.3:
                seen[path] = json.loads(ask("GET", path)[1])["steps"]
            else:
                value = (client_number * MOST_WRITES + len(written)) / 1000
                fields = {"event": "results_recorded", "upcr": value}
                status, told = ask("POST", f"{path}/events", fields, **{"If-Match": f'"{seen[path]}"'})
                if status == 201:
                    written.append((path, seen[path], value))
                    seen[path] += 1
                else:
                    assert json.loads(told)["error"] == "stale", told
                    seen[path] = json.loads(ask("GET", path)[1])["steps"]
    return written, answers


def stored(url):
    """Return every value that is stored, with its patient and its number; each log is replayed on the way."""
    found = []
    with httpx.Client(base_url=url, timeout=300) as client:
        for path in (f"/patients/p{n}" for n in range(PATIENTS)):
            journey = files.from_json_lines(client.get(f"{path}/log").text, PATHWAY)
            found += [(path, number, step.findings[0].value) for number, step in enumerate(journey.steps)]
    return found


def admit_everyone(url):
    """Admit the patients for whom the clients will write."""
    with httpx.Client(base_url=url, timeout=300) as client:
        for n in range(PATIENTS):
            client.put(f"/patients/p{n}")


@pytest.mark.slow
def test_ten_thousand_requests_from_eight_clients_lose_and_double_nothing(tmp_path):
    """Every write that was acknowledged is stored once, at its place, and no other is."""
    requests = 10_000 // CLIENTS
    with server(tmp_path / "clinic.db") as (_, url):
        admit_everyone(url)
        with ThreadPoolExecutor(CLIENTS) as clients:
            results = list(clients.map(lambda n: visits(url, n, requests), range(CLIENTS)))
        acknowledged = [write for written, _ in results for write in written]
        assert Counter(stored(url)) == Counter(acknowledged)
    answers = sum((counted for _, counted in results), Counter())
    assert answers.total() >= 10_000
    assert set(answers) == {200, 201, 412}


@pytest.mark.slow
def test_a_server_that_is_killed_has_kept_what_it_acknowledged(tmp_path):
    """Killed in the middle of writing and started again: nothing acknowledged is gone, and every log replays."""
    database = tmp_path / "clinic.db"
    with server(database) as (process, url):
        admit_everyone(url)
        with ThreadPoolExecutor(CLIENTS) as clients:
            running = [clients.submit(visits, url, n, MOST_WRITES) for n in range(CLIENTS)]
            time.sleep(2)
            process.kill()
            acknowledged = Counter(write for each in running for write in each.result()[0])
    with server(database) as (_, url):
        kept = Counter(stored(url))
    assert acknowledged
    assert not acknowledged - kept
    assert (kept - acknowledged).total() <= CLIENTS
