"""The clinic of the examples in this process: its web service, and a client that asks it."""

import asyncio
import sys
from contextlib import contextmanager
from functools import partialmethod
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parent.parent / "examples"))

import clinic_app


class Client:
    """What an HTTP client is to those who wait for each answer."""

    def __init__(self, ask):
        self.request = ask

    def _ask(self, method, path, **more):
        return self.request(method, path, **more)

    get = partialmethod(_ask, "GET")
    put = partialmethod(_ask, "PUT")
    post = partialmethod(_ask, "POST")


@contextmanager
def service(database):
    """Yield the clinic's web service over a database, which is closed afterwards."""
    app = clinic_app.clinic_app(f"sqlite:///{database}")
    try:
        yield app
    finally:
        app.state.clinic.engine.dispose()


@contextmanager
def client_of(app):
    """Yield a client of a web service that runs in this process."""
    with asyncio.Runner() as loop:
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://clinic")
        yield Client(lambda *what, **more: loop.run(client.request(*what, **more)))
        loop.run(client.aclose())
