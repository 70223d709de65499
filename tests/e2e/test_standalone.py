"""`python -m standalone` with everything in it, as `make run` starts it."""

import asyncio
import http.client
import signal
import time
import uuid
from pathlib import Path

import psutil
import pytest

from parley_client import Client, register, sign_in
from standalone import rabbitmq
from tests import running
from tests.conftest import missing

WAIT_SECONDS = 30.0
POLL_SECONDS = 0.1
NAME, PASSWORD = "ada", "velvet cactus orbit 9"


def test_the_sign_in_page_is_at_the_one_address(parley: running.Parley) -> None:
    assert _status(parley, "/login") == 200
    assert _status(parley, "/.well-known/jwks.json") == 200


@pytest.mark.parametrize("path", ["/metrics", "/health/ready", "/health/live", "//metrics", "/static/../metrics"])
def test_what_is_for_operators_is_not_to_be_reached(parley: running.Parley, path: str) -> None:
    assert _status(parley, path) == 404


def test_everything_listens_on_loopback_only(parley: running.Parley) -> None:
    processes = psutil.Process(parley.process.pid).children(recursive=True)
    places = {place.laddr for process in processes for place in process.net_connections("tcp") if not place.raddr}
    assert parley.plan.gateway in {(place.ip, place.port) for place in places}
    assert [place for place in places if not place.ip.startswith("127.") and place.ip != "::1"] == []


def test_a_killed_replica_comes_back_while_the_other_serves(parley: running.Parley) -> None:
    (before,) = parley.kill("chat-1")
    deadline = time.monotonic() + WAIT_SECONDS
    host, _ = parley.plan.chats[0]
    while _status(parley, "/health/ready", host, parley.plan.ops_port) != 200:
        assert time.monotonic() < deadline
        time.sleep(POLL_SECONDS)
    assert parley.pids("chat-1") != [before]
    assert any("chat-1 was ended by SIGKILL" in line for line in parley.output)


def test_what_was_said_is_there_after_a_crash_and_after_ctrl_c(tmp_path: Path) -> None:
    if not rabbitmq.found():
        missing("rabbitmq-server is not installed")
    first = running.start(tmp_path / "data", replicas=1)
    first.wait_until_ready()
    text = f"still here {uuid.uuid4().hex}"
    asyncio.run(_say(first.url, text))
    below = psutil.Process(first.process.pid).children(recursive=True)
    for process in (psutil.Process(first.process.pid), *below):  # as when the power goes
        _kill(process)
    assert psutil.wait_procs(below, WAIT_SECONDS)[1] == []
    first.stop()

    second = running.start(tmp_path / "data", replicas=1, port=first.plan.port)
    second.wait_until_ready()
    assert not any("First start" in line for line in second.output)
    assert text in asyncio.run(_read(second.url))
    below = psutil.Process(second.process.pid).children(recursive=True)
    assert second.stop(signal.SIGINT) == 0  # as Ctrl-C
    assert psutil.wait_procs(below, WAIT_SECONDS)[1] == []  # epmd is among them

    third = running.start(tmp_path / "data", replicas=1, port=first.plan.port)
    third.wait_until_ready()
    assert text in asyncio.run(_read(third.url))
    third.stop()


async def _say(url: str, text: str) -> None:
    async with Client(url, await register(url, NAME, PASSWORD)) as client:
        await client.send("lobby", text)


async def _read(url: str) -> list[str | None]:
    async with Client(url, await sign_in(url, NAME, PASSWORD)) as client:
        return [event.text for event in (await client.history("lobby")).events]


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:  # it went with its parent
        return


def _status(parley: running.Parley, path: str, host: str = "", port: int = 0) -> int:
    """0 where nobody answers."""
    public_host, public_port = parley.plan.gateway
    connection = http.client.HTTPConnection(host or public_host, port or public_port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:  # not up (again) yet: the caller waits
        return 0
    finally:
        connection.close()
