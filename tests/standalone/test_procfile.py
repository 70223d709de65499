"""The services and the gateway from the Procfile, by the lines of docs/operations.md."""

import os
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pymongo
import pytest

from parley_client import Client, register
from standalone.readiness import probe
from tests.running import FROM_OUTSIDE, ROOT
from tests.services import free_ports

HEADING = "## From the Procfile, without containers"
WAIT_SECONDS = 60.0
POLL_SECONDS = 0.2


@pytest.fixture
def address(mongo_url: str, amqp_url: str, tmp_path: Path) -> Iterator[str]:
    """Where the parts answer, started as the text says, only on other ports and with databases of their own."""
    section = (ROOT / "docs" / "operations.md").read_text().partition(HEADING)[2]
    preparing, *starting = section.split("```")[1].strip().splitlines()
    assert [line.rpartition("honcho start ")[2].split()[0] for line in starting] == ["auth", "chat", "gateway"]
    port, ping_port, services_port, ops_port = free_ports(4, "0.0.0.0")  # noqa: S104 - free on every address
    other = {
        "mongodb://...": mongo_url,
        "amqp://...": amqp_url,
        ":8420": f":{port}",
        "8000": str(services_port),
        "OPS_PORT=8001": f"OPS_PORT={ops_port}",
    }
    gateway = (ROOT / "gateway" / "traefik.yml").read_text()
    config = tmp_path / "traefik.yml"
    config.write_text(gateway.replace(":8420", f"127.0.0.1:{port}").replace(":8424", f"127.0.0.1:{ping_port}"))
    inherited = {name: value for name, value in os.environ.items() if name not in FROM_OUTSIDE}
    own = f"t-{uuid.uuid4().hex[:8]}"
    told = {"GATEWAY_CONFIG": str(config), "AMQP_EXCHANGE": own, "AMQP_ACCOUNTS_EXCHANGE": f"{own}-accounts"}
    with ExitStack() as stack:
        databases = stack.enter_context(pymongo.MongoClient[dict[str, object]](mongo_url))
        for name in ("auth", "chat"):
            stack.callback(databases.drop_database, f"{own}-{name}")
        for line, name in zip(starting, ("auth", "chat", "gateway"), strict=True):
            script = f"{preparing}\n{line}"
            for old, new in other.items():
                script = script.replace(old, new)
            process = subprocess.Popen(  # noqa: S603 - our own command
                ["bash", "-euc", script],  # noqa: S607 - the one on the path
                cwd=ROOT,
                env=inherited | told | {"MONGO_DATABASE": f"{own}-{name}"},
                process_group=0,
            )
            stack.callback(process.wait, WAIT_SECONDS)
            stack.callback(os.killpg, process.pid, signal.SIGTERM)
        url = f"http://localhost:{port}"
        deadline = time.monotonic() + WAIT_SECONDS
        while reason := probe(f"{url}/login") or probe(f"{url}/"):  # auth, chat
            assert time.monotonic() < deadline, reason
            time.sleep(POLL_SECONDS)
        yield url


async def test_people_talk_at_the_one_address(address: str) -> None:
    ada = await register(address, f"t-{uuid.uuid4().hex[:12]}", "velvet cactus orbit 9")
    async with Client(address, ada) as client:
        answer = await client.send("lobby", "hello")
    assert answer.seq > 0
