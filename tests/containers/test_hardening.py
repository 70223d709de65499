"""What somebody who got into a container could do next: as little as possible."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from standalone.readiness import probe
from tests.containers.installation import LONG_RUNNING, ONE_SHOT, Installation

PORTS = {"gateway": 8420, "auth": 8000, "chat": 8000, "mongodb": 27017, "rabbitmq": 5672}
OPS_PORT = 8001
# docs/architecture.md, and the health checks of the gateway and of what tells it of replicas.
ARROWS = {
    "gateway": {"auth", "chat", "auth ops", "chat ops", "gateway"},
    "routes": {"auth", "chat", "auth ops", "chat ops", "gateway"},
    "auth": {"auth", "chat", "auth ops", "chat ops", "gateway", "mongodb", "rabbitmq"},
    "chat": {"auth", "chat", "auth ops", "chat ops", "gateway", "mongodb", "rabbitmq"},
    "mongodb": {"mongodb", "auth", "chat", "auth ops", "chat ops"},
    "rabbitmq": {"rabbitmq", "auth", "chat", "auth ops", "chat ops"},
}
# {name: [[address, port], ...]} -> the names of those where somebody answers.
REACHED = """
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor
def reached(address):
    try:
        socket.create_connection(tuple(address), 1).close()
        return True
    except OSError:
        return False
targets = [(name, address) for name, addresses in json.loads(sys.argv[1]).items() for address in addresses]
with ThreadPoolExecutor(32) as pool:
    answers = list(pool.map(lambda target: reached(target[1]), targets))
print(json.dumps(sorted({name for (name, _), answer in zip(targets, answers) if answer})))
"""
MONGO_AS = """
import sys
from pathlib import Path
from pymongo import MongoClient
from pymongo.errors import OperationFailure
url = Path("/run/secrets/mongo_url").read_text()
client = MongoClient(url if sys.argv[1] == "self" else "mongodb://mongodb/")
for database in sys.argv[2:]:
    try:
        print("read", client[database]["meta"].count_documents({}))
    except OperationFailure as reason:
        print("refused", reason.code)
"""
MONGO_COMMANDS = """
import json, sys
from pathlib import Path
from pymongo import MongoClient
from pymongo.errors import OperationFailure
client = MongoClient(Path("/run/secrets/mongo_url").read_text())
def answer(command):
    try:
        return f"done {client.admin.command(command)}"
    except OperationFailure as reason:
        return f"refused {reason.code}"
print(json.dumps({next(iter(command)): answer(command) for command in json.loads(sys.argv[1])}))
"""
ADMINISTERING: tuple[dict[str, Any], ...] = (
    {"createUser": "intruder", "pwd": "x", "roles": ["root"]},
    {"updateUser": "auth", "pwd": "x"},
    {"usersInfo": 1},
    {"shutdown": 1},
    {"setParameter": 1, "logLevel": 5},
    {"getLog": "global"},
    {"serverStatus": 1},
)
MONGO_NAMES = """
from pathlib import Path
from pymongo import MongoClient
print(MongoClient(Path("/run/secrets/mongo_url").read_text()).list_database_names())
"""
AMQP_AS = """
import asyncio, sys
from pathlib import Path
import aio_pika
async def main(url, deed):
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel()
        if deed == "foreign exchange":
            await channel.declare_exchange("other")
        elif deed == "named queue":
            await channel.declare_queue("mine")
        elif deed == "relay":
            events = await channel.declare_exchange("parley.events", "direct", durable=True)
            accounts = await channel.declare_exchange("parley.accounts", "fanout", durable=True)
            queue = await channel.declare_queue(exclusive=True)
            await queue.bind(events, "somewhere")
            await queue.bind(accounts)
            await events.publish(aio_pika.Message(b"", app_id="test"), "nowhere", mandatory=False)
        elif deed == "wake":
            accounts = await channel.declare_exchange("parley.accounts", "fanout", durable=True)
            await accounts.publish(aio_pika.Message(b""), "", mandatory=False)
        elif deed == "speak among replicas":
            events = await channel.get_exchange("parley.events", ensure=False)
            await events.publish(aio_pika.Message(b""), "room:lobby", mandatory=False)
        elif deed == "listen":
            await channel.declare_queue(exclusive=True)
url = Path("/run/secrets/amqp_url").read_text() if sys.argv[1] == "self" else sys.argv[1]
for deed in sys.argv[2:]:
    try:
        asyncio.run(main(url, deed))
        print(f"{deed}: done")
    except Exception as reason:
        print(f"{deed}: refused {type(reason).__name__}")
"""
MAY_NOT = {
    "chat": ("foreign exchange", "named queue", "wake"),  # only auth says that accounts have changed
    "auth": ("listen", "foreign exchange", "relay", "speak among replicas"),
}


@pytest.mark.parametrize("service", LONG_RUNNING)
def test_a_container_runs_without_root_and_without_rights(installation: Installation, service: str) -> None:
    lines = installation.inside(service, "cat", "/proc/1/status").splitlines()
    status = {name: value.split() for name, _, value in (line.partition(":") for line in lines)}
    assert "0" not in status["Uid"]
    assert {int(status[name][0], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}
    assert status["NoNewPrivs"] == ["1"]


@pytest.mark.parametrize("service", LONG_RUNNING)
def test_nothing_can_be_written_where_programs_are(installation: Installation, service: str) -> None:
    folders = "/ /usr/local/bin /etc /app /opt/parley"
    script = f"for folder in {folders}; do touch $folder/intruder 2>/dev/null && echo $folder; done; echo end"
    assert installation.inside(service, "sh", "-c", script).split() == ["end"]


@pytest.mark.parametrize("service", [*LONG_RUNNING, *ONE_SHOT])
def test_a_container_has_limits_and_no_way_to_the_engine(installation: Installation, service: str) -> None:
    for container in installation.inspect(service):
        host: dict[str, Any] = container["HostConfig"]
        assert host["Memory"] > 0
        assert host["NanoCpus"] > 0
        assert host["PidsLimit"] > 0
        assert host["ReadonlyRootfs"]
        assert not host["Privileged"]
        assert host["CapDrop"] == ["ALL"]
        assert not host["CapAdd"]
        assert "no-new-privileges:true" in host["SecurityOpt"]
        assert not [mount for mount in container["Mounts"] if "docker" in mount["Destination"]]


def test_one_port_is_published_and_only_to_this_machine(installation: Installation) -> None:
    published: dict[str, Any] = {}
    for service in LONG_RUNNING:
        for container in installation.inspect(service):
            published |= {port: at for port, at in container["NetworkSettings"]["Ports"].items() if at}
    assert published == {"8420/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(installation.port)}]}


def test_health_and_metrics_are_not_behind_the_published_port(installation: Installation) -> None:
    for path in (
        "/metrics",
        "/health/ready",
        "/health/live",
        "/ping",
        "/api/overview",
        "/dashboard/",
        "/internal/account-changes",
    ):
        assert probe(f"{installation.url}{path}").startswith("404"), path


def test_a_container_reaches_what_the_architecture_says_and_no_other(installation: Installation) -> None:
    targets: dict[str, list[tuple[str, int]]] = {}
    for name, port in PORTS.items():
        addresses = [
            network["IPAddress"]
            for container in installation.inspect(name)
            for network in container["NetworkSettings"]["Networks"].values()
        ]
        targets[name] = [(address, port) for address in addresses]
        if name in {"auth", "chat"}:
            targets[f"{name} ops"] = [(address, OPS_PORT) for address in addresses]

    def reached(service: str) -> set[str]:
        container = installation.container_ids(service)[0]
        return set(json.loads(installation.python_beside(container, REACHED, json.dumps(targets))))

    with ThreadPoolExecutor() as pool:  # each waits for those that it must not reach
        assert dict(zip(LONG_RUNNING, pool.map(reached, LONG_RUNNING), strict=True)) == ARROWS


@pytest.mark.parametrize(("service", "foreign"), [("auth", ["chat", "admin"]), ("chat", ["auth", "admin"])])
def test_a_service_may_not_read_anothers_database(installation: Installation, service: str, foreign: list[str]) -> None:
    own, *others = installation.inside(service, "python", "-c", MONGO_AS, "self", service, *foreign).splitlines()
    assert own.startswith("read")
    assert others == ["refused 13"] * len(foreign)


def test_nobody_reads_the_database_without_a_password(installation: Installation) -> None:
    assert installation.inside("chat", "python", "-c", MONGO_AS, "nobody", "chat").strip() == "refused 13"


@pytest.mark.parametrize("service", ["auth", "chat"])
def test_a_service_may_administer_nothing_at_the_database(installation: Installation, service: str) -> None:
    answers = json.loads(installation.inside(service, "python", "-c", MONGO_COMMANDS, json.dumps(ADMINISTERING)))
    assert answers == {next(iter(command)): "refused 13" for command in ADMINISTERING}


@pytest.mark.parametrize("service", ["auth", "chat"])
def test_a_service_sees_no_database_but_its_own(installation: Installation, service: str) -> None:
    assert installation.inside(service, "python", "-c", MONGO_NAMES).strip() == repr([service])


def test_there_is_no_guest_at_the_broker(installation: Installation) -> None:
    for virtual_host in ("", "parley"):
        url = f"amqp://guest:guest@rabbitmq/{virtual_host}"
        assert installation.inside("chat", "python", "-c", AMQP_AS, url, "relay").startswith("relay: refused Probable")


@pytest.mark.parametrize(("service", "deed"), [("chat", "relay"), ("auth", "wake")])
def test_a_service_may_do_at_the_broker_what_it_does_and_nothing_else(
    installation: Installation, service: str, deed: str
) -> None:
    answers = installation.inside(service, "python", "-c", AMQP_AS, "self", deed, *MAY_NOT[service]).splitlines()
    assert answers == [f"{deed}: done", *(f"{other}: refused ChannelAccessRefused" for other in MAY_NOT[service])]
