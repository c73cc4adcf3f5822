"""A clinic's web service: patients kept in SQL as event logs, and moved along the pathway over HTTP.

    pip install "hscpath[examples]"
    python examples/clinic_app.py clinic.db --port 8000

Then http://127.0.0.1:8000/docs shows every request and lets one try it. What is stored is what was
said to have happened, one row an event; where a patient stands is replayed from it. Two people who
record for the same patient at once are kept apart by the number of steps each has seen (``ETag`` and
``If-Match``): the second is told, and nothing is lost. It listens to this machine alone, because it
asks nobody who they are.
"""

import argparse
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import date
from typing import Annotated, Any

import uvicorn
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Path, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from sqlalchemy import JSON, URL, create_engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.schema import CreateTable

from hscpath import InvalidFile, InvalidRecord, Journey, Record, ReplayStopped, TransitionNotAllowed, files, tell
from hscpath.lupus import PATHWAY

# --- What is stored ------------------------------------------------------------------------------


class Table(DeclarativeBase):
    """What all tables share."""


class Patient(Table):
    """A patient under a name of the clinic's choosing, and the date of day 0, where dates are used."""

    __tablename__ = "patients"
    id: Mapped[str] = mapped_column(primary_key=True)
    began: Mapped[date | None]


class Entry(Table):
    """One event of a patient's log. That a number is taken once is what keeps two writers apart."""

    __tablename__ = "entries"
    patient: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    record: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str]


class Stale(Exception):
    """Someone else has recorded in the meantime."""


class Unknown(Exception):
    """There is no such patient."""


class Outgrown(Exception):
    """A log does not lead where it led when it was written: the pathway, or the log, has changed."""


class Clinic:
    """The patients of one database."""

    def __init__(self, url: URL | str) -> None:
        self.engine = create_engine(url, connect_args={"timeout": 20})
        with self.engine.begin() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")  # readers go on reading while one writes
            for table in Table.metadata.sorted_tables:
                connection.execute(CreateTable(table, if_not_exists=True))

    def patients(self) -> list[str]:
        """Return every patient's name, in order."""
        with Session(self.engine) as session:
            return list(session.scalars(select(Patient.id).order_by(Patient.id)))

    def admit(self, patient: str, began: date | None) -> None:
        """Begin a log; raise ``Stale`` for a patient who has one."""
        self._add(Patient(id=patient, began=began))

    def journey(self, patient: str) -> Journey:
        """Return where a patient stands: the log, replayed, which must lead where it led; else ``Outgrown``."""
        with Session(self.engine) as session:
            known = session.get(Patient, patient)
            if known is None:
                raise Unknown(f"there is no patient {patient!r}")
            asked = select(Entry.record, Entry.state).where(Entry.patient == patient).order_by(Entry.number)
            log, began = session.execute(asked).all(), known.began
        try:
            journey = Journey.replay(PATHWAY, [files.read_record(record) for record, _ in log], began=began)
        except (InvalidRecord, ReplayStopped) as error:
            raise Outgrown(str(error)) from error
        for number, ((_, then), step) in enumerate(zip(log, journey.steps, strict=True), start=1):
            if then != step.state.name:
                raise Outgrown(f"event {number} led to {then!r}, and leads to {step.state.name!r} now")
        return journey

    def record(self, patient: str, record: Record, seen: str) -> Journey:
        """Record an event, for who has seen the last one; raise what the pathway says, or ``Stale``."""
        before = self.journey(patient)
        if seen != tag(before):
            raise Stale("someone was first, or If-Match is not the ETag of the patient: look again")
        journey = before.take(record)
        step, number = journey.steps[-1], len(before.steps)
        self._add(Entry(patient=patient, number=number, record=files.write_record(step), state=step.state.name))
        return journey

    def _add(self, row: Table) -> None:
        try:
            with Session(self.engine) as session, session.begin():
                session.add(row)
        except IntegrityError:
            raise Stale("someone was first: look again") from None


# --- What can be asked ---------------------------------------------------------------------------


def the_clinic(request: Request) -> Clinic:
    """Return the clinic that a request is for."""
    clinic: Clinic = request.app.state.clinic
    return clinic


async def the_record(request: Request) -> Record:
    """Return the event that a request tells of."""
    return files.parse_record(await request.body())


TheClinic = Annotated[Clinic, Depends(the_clinic)]
TheRecord = Annotated[Record, Depends(the_record)]
Name = Annotated[str, Path(pattern=r"^[\w .-]{1,64}$", description="letters, digits, blanks, dots and dashes")]
EVENT: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": files.case_schema()["$defs"]["event"], "example": {
            "event": "nephritis_diagnosed", "day": 0, "upcr": "3400 mg/g", "egfr": 78,
        }}},
    }
}  # fmt: skip
"""What the documentation says of the body: the event, its day, and its findings by name."""
ERRORS: dict[int | str, dict[str, Any]] = {
    404: {"description": "there is no such patient"},
    409: {"description": "refused by the pathway: the decision says why, and what may happen instead"},
    412: {"description": "someone was first: look again"},
    422: {"description": "this cannot be recorded: each problem names its field"},
}
routes = APIRouter(responses=ERRORS)


@routes.get("/patients")
def list_patients(clinic: TheClinic) -> list[str]:
    """List every patient."""
    return clinic.patients()


@routes.put("/patients/{patient}", status_code=201)
def admit_patient(clinic: TheClinic, patient: Name, began: date | None = None) -> dict[str, Any]:
    """Begin a patient's log, with the date of day 0 where events will have dates."""
    try:
        clinic.admit(patient, began)
    except Stale:
        raise HTTPException(409, f"there is a patient {patient!r} already") from None
    return summary(clinic.journey(patient))


@routes.get("/patients/{patient}")
def show_patient(clinic: TheClinic, patient: Name, response: Response) -> dict[str, Any]:
    """Say where a patient stands; the ETag is what the next event has to be recorded with."""
    journey = clinic.journey(patient)
    response.headers["ETag"] = tag(journey)
    return summary(journey)


@routes.get("/patients/{patient}/options")
def open_events(clinic: TheClinic, patient: Name) -> list[dict[str, Any]]:
    """List every event that means something here: whether it may happen now, and what it may record."""
    return [
        {
            "event": decision.event.name,
            "label": decision.event.label,
            "allowed": decision.allowed,
            "closed": decision.closed,
            "possible": [state.name for state in decision.possible],
            "missing": [thing.name for thing in decision.missing],
            "findings": [fact.name for fact in decision.event.facts],
        }
        for decision in clinic.journey(patient).options()
    ]


@routes.post("/patients/{patient}/questions", openapi_extra=EVENT)
def ask(clinic: TheClinic, patient: Name, record: TheRecord) -> dict[str, Any]:
    """Say whether this event may happen now, and why not; nothing is recorded."""
    return files.write_decision(clinic.journey(patient).ask(record))


@routes.post("/patients/{patient}/events", status_code=201, openapi_extra=EVENT)
def record_event(
    clinic: TheClinic,
    patient: Name,
    record: TheRecord,
    response: Response,
    if_match: Annotated[str | None, Header(description='the ETag last seen, as in "4"')] = None,
) -> dict[str, Any]:
    """Record an event, for whoever has seen all that was recorded before."""
    if if_match is None:
        raise HTTPException(428, "say with If-Match which ETag you have seen")
    journey = clinic.record(patient, record, if_match)
    response.headers["ETag"] = tag(journey)
    return summary(journey)


@routes.get("/patients/{patient}/story")
def read_story(clinic: TheClinic, patient: Name) -> PlainTextResponse:
    """Tell the course so far in words, with what decided each step and its source."""
    return PlainTextResponse(str(tell.story(clinic.journey(patient), title=patient)))


@routes.get("/patients/{patient}/log")
def export_log(clinic: TheClinic, patient: Name) -> PlainTextResponse:
    """Write the log as JSON Lines, which ``files.from_json_lines`` reads."""
    return PlainTextResponse(files.to_json_lines(clinic.journey(patient)), media_type="application/jsonl")


@routes.get("/pathway")
def show_pathway() -> Response:
    """Write the pathway as JSON: what a form needs to know of events, findings, units and ranges."""
    return Response(files.pathway_to_json(PATHWAY), media_type="application/json")


def tag(journey: Journey) -> str:
    """Return the ETag of a patient: how many steps there are."""
    return f'"{len(journey.steps)}"'


def summary(journey: Journey) -> dict[str, Any]:
    """Return where a patient stands, as data."""
    return {"state": journey.state.name, "label": journey.state.label, "day": journey.day, "steps": len(journey.steps)}


# --- How it goes wrong ---------------------------------------------------------------------------


def explained(_: Request, error: Exception) -> JSONResponse:
    """Tell what went wrong as data: a clinical refusal with its whole explanation, misuse field by field."""
    match error:
        case TransitionNotAllowed():
            return JSONResponse({"error": "refused", "decision": files.write_decision(error.decision)}, 409)
        case InvalidRecord() | InvalidFile():
            problems = [{"field": problem.where, "problem": problem.text} for problem in error.problems[:50]]
            return JSONResponse({"error": "invalid", "problems": problems}, 422)
        case HTTPException():
            return JSONResponse({"error": "wrong request", "problem": error.detail}, error.status_code)
        case _:
            name = type(error).__name__.lower()
            return JSONResponse({"error": name, "problem": str(error)}, STATUS[name])


STATUS = {"unknown": 404, "stale": 412, "outgrown": 500}


def clinic_app(url: URL | str) -> FastAPI:
    """Return the service over a database."""
    clinic = Clinic(url)

    @asynccontextmanager
    async def open_hours(_: FastAPI) -> AsyncGenerator[None]:
        yield
        clinic.engine.dispose()

    app = FastAPI(title="A clinic on the pathway", lifespan=open_hours)
    app.state.clinic = clinic
    app.include_router(routes)
    for kind in (TransitionNotAllowed, InvalidRecord, InvalidFile, Stale, Unknown, Outgrown, HTTPException):
        app.add_exception_handler(kind, explained)
    return app


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Keep a clinic's patients on the pathway.")
    arguments.add_argument("database", help="the file of the database, made if it is not there")
    arguments.add_argument("--port", type=int, default=8000)
    given = arguments.parse_args()
    app = clinic_app(URL.create("sqlite", database=given.database))
    uvicorn.run(app, host="127.0.0.1", port=given.port, log_level="warning")
