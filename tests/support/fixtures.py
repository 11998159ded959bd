"""Fixtures of all suites against the server; a suite's conftest.py takes them in."""

import os
from collections.abc import Callable, Iterator

import pytest

from support.api import Api
from support.server import BINARY, Server
from support.web import Web


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The one that most tests share."""
    assert os.access(BINARY, os.X_OK), f"{BINARY} is not there: ./run build"
    running = Server(tmp_path_factory.mktemp("server")).start()
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="session")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Starts further servers: `start_server(PICTOR_SESSION_TTL="2s")`. One for each set of settings; all end with the tests."""
    running: dict[tuple, Server] = {}

    def start(*, fresh: bool = False, **settings: str) -> Server:
        key = (*sorted(settings.items()), *([len(running)] if fresh else []))
        if key not in running:
            running[key] = Server(tmp_path_factory.mktemp("server"), **settings).start()
        return running[key]

    yield start
    for one in running.values():
        if one.process is not None and one.process.poll() is None:
            one.stop()


@pytest.fixture(scope="session")
def api(server: Server) -> Iterator[Api]:
    """The first account."""
    client = Api(server, server.first_key)
    yield client
    client.close()


@pytest.fixture(scope="session")
def other(server: Server) -> Iterator[Api]:
    """A second account of the same server."""
    client = Api(server, server.create_account("other", "--plan", "Agency"))
    yield client
    client.close()


@pytest.fixture(scope="session")
def anonymous(server: Server) -> Iterator[Api]:
    client = Api(server, None)
    yield client
    client.close()


@pytest.fixture(scope="session")
def web() -> Iterator[Web]:
    serving = Web()
    yield serving
    serving.close()
