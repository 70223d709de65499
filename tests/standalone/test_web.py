import asyncio
import os
import secrets
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from ipaddress import ip_network
from pathlib import Path

import aiohttp
import pymongo
import pytest
import yaml

from chassis.settings import load
from parley_client import Client, register
from standalone import web
from standalone.parts import ROOT
from standalone.plan import MAX_REPLICAS, Plan
from standalone.readiness import probe
from tests.running import FROM_OUTSIDE, free_port

WAIT_SECONDS = 60.0
POLL_SECONDS = 0.2
PASSWORD = "velvet cactus orbit 9"
SECRET = secrets.token_urlsafe(48)
TOLD = {
    "PORT": "5000",
    "PUBLIC_URL": "https://chat.example.org",
    "MONGO_URL": "mongodb://elsewhere/",
    "AMQP_URL": "amqp://elsewhere/",
    "AUTH_SECRET": SECRET,
}


@pytest.fixture
def processes(mongo_url: str, amqp_url: str) -> Iterator[list[str]]:
    """Two of the Procfile's `web`, as a host starts them; where each answers."""
    own = f"t-{uuid.uuid4().hex[:8]}"
    inherited = {name: value for name, value in os.environ.items() if name not in FROM_OUTSIDE}
    told = {
        "PUBLIC_URL": "http://localhost:8420",
        "MONGO_URL": mongo_url,
        "AMQP_URL": amqp_url,
        "AUTH_SECRET": SECRET,
        "AUTH_DATABASE": f"{own}-auth",
        "CHAT_DATABASE": f"{own}-chat",
        "AMQP_EXCHANGE": own,
        "AMQP_ACCOUNTS_EXCHANGE": f"{own}-accounts",
        "TRUSTED_IPS": "127.0.0.0/8",
    }
    with ExitStack() as stack:
        databases = stack.enter_context(pymongo.MongoClient[dict[str, object]](mongo_url))
        for name in ("auth", "chat"):
            stack.callback(databases.drop_database, f"{own}-{name}")
        urls = []
        for _ in range(2):
            port = free_port(1)
            process = subprocess.Popen(
                [sys.executable, "-m", "standalone.web"],
                cwd=ROOT,
                env=inherited | told | {"PORT": str(port)},
                start_new_session=True,
            )
            stack.callback(process.wait, WAIT_SECONDS)
            stack.callback(process.send_signal, signal.SIGTERM)
            urls.append(f"http://127.0.0.1:{port}")
            deadline = time.monotonic() + WAIT_SECONDS
            while reason := probe(f"{urls[-1]}/login") or probe(f"{urls[-1]}/"):  # auth, chat
                assert process.poll() is None
                assert time.monotonic() < deadline, reason
                time.sleep(POLL_SECONDS)
        yield urls


async def test_several_processes_are_one_parley_and_believe_their_hosts_router(processes: list[str]) -> None:
    here, there = processes
    ada, bob = f"t-{uuid.uuid4().hex[:12]}", f"t-{uuid.uuid4().hex[:12]}"
    async with (
        Client(here, await register(here, ada, PASSWORD)) as first,
        Client(there, await register(there, bob, PASSWORD)) as second,
        asyncio.timeout(WAIT_SECONDS),
    ):
        await first.send("lobby", "hello")
        async for event in second.events():
            if event.type == "message":
                break
    assert event.text == "hello"
    async with aiohttp.ClientSession() as client:
        credentials, told = {"name": ada, "password": PASSWORD}, {"X-Forwarded-For": "6.6.6.6, 203.0.113.5"}
        async with client.post(f"{there}/api/auth/login", json=credentials, headers=told) as answered:
            token = (await answered.json())["access_token"]
        async with client.get(f"{there}/api/auth/sessions", headers={"Authorization": f"Bearer {token}"}) as answered:
            addresses = [session["address"] for session in (await answered.json())["sessions"]]
    assert "203.0.113.5" in addresses


def _parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **more: str) -> dict[str, dict[str, str]]:
    for name, value in (TOLD | more).items():
        monkeypatch.setenv(name, value)
    settings = load(web.WebSettings)
    plan = Plan(settings.port, tmp_path, 2, public_url=settings.public_url, host="", name="dyno-")
    return {part.name: part.environment for part in web.parts(plan, settings)}


def test_each_part_has_only_the_secrets_that_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = _parts(tmp_path, monkeypatch)
    all_of_them = ("AUTH_SECRET", "MONGO_URL", "AMQP_URL")
    assert {name: [secret for secret in all_of_them if secret in told] for name, told in parts.items()} == {
        "auth": ["AUTH_SECRET", "MONGO_URL", "AMQP_URL"],
        "chat-1": ["MONGO_URL", "AMQP_URL"],
        "chat-2": ["MONGO_URL", "AMQP_URL"],
        "gateway": [],
    }


def test_services_have_a_database_each_whatever_the_environment_calls_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = _parts(tmp_path, monkeypatch, MONGO_DATABASE="main")
    assert (parts["auth"]["MONGO_DATABASE"], parts["chat-1"]["MONGO_DATABASE"]) == ("auth", "chat")


def test_replicas_of_two_processes_have_names_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _parts(tmp_path, monkeypatch)["chat-2"]["REPLICA"] == "dyno-chat-2"


def test_the_gateway_listens_for_the_router_and_trusts_whom_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = _parts(tmp_path, monkeypatch, TRUSTED_IPS="10.0.0.0/8")
    point = yaml.safe_load(Path(parts["gateway"]["GATEWAY_CONFIG"]).read_text())["entryPoints"]["web"]
    assert point["address"] == ":5000"
    assert point["forwardedHeaders"]["trustedIPs"] == [str(ip_network("10.0.0.0/8"))]
    assert parts["auth"]["TRUSTED_PROXIES"] == parts["chat-1"]["TRUSTED_PROXIES"] == "2"


def test_without_a_router_to_trust_the_gateway_is_the_only_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _parts(tmp_path, monkeypatch)["auth"]["TRUSTED_PROXIES"] == "1"


def test_what_is_not_set_is_named_and_nothing_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("PORT", "PUBLIC_URL", "AMQP_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TRUSTED_IPS", "the router")
    with pytest.raises(SystemExit):
        web.main()
    told = capsys.readouterr().err
    assert all(f"setting {name}:" in told for name in ("PORT", "PUBLIC_URL", "AMQP_URL", "TRUSTED_IPS"))


def test_a_host_that_asks_for_more_than_there_may_be_gets_what_there_may_be(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plans: list[Plan] = []
    monkeypatch.setattr(web, "launch", lambda plan, _parts, **_: plans.append(plan))
    for name, value in (TOLD | {"PORT": str(free_port(MAX_REPLICAS)), "WEB_CONCURRENCY": "20"}).items():
        monkeypatch.setenv(name, value)
    assert web.main() == 0, capsys.readouterr().out
    assert [plan.replicas for plan in plans] == [MAX_REPLICAS]
