"""`docker compose up`, scaled, hurt and renewed while people talk."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from auth_service.audit import Act
from deploy.secret_volumes import NAMES
from parley_client import Client, SignInRefused, sign_in
from tests.containers.installation import Installation
from tests.containers.sockets import PASSWORD, on_each_replica, somebody

pytestmark = pytest.mark.timeout(400)

GOING_AWAY = 4000
PAUSE_SECONDS = 0.02
KILLED = {"chat": True, "rabbitmq": True, "auth": True, "mongodb": False, "gateway": False}


async def test_two_people_on_different_replicas_hear_each_other(installation: Installation) -> None:
    ada, grace = await somebody(installation.url), await somebody(installation.url)
    async with (
        on_each_replica(installation.url, ada, 2) as of_ada,
        on_each_replica(installation.url, grace, 2) as of_grace,
    ):
        here, there = sorted(of_ada)
        answer = await of_ada[here].say(f"from {ada.name}")
        assert answer["op"] == "ok"
        await of_grace[there].hear(f"from {ada.name}")
        await of_grace[there].say(f"from {grace.name}")
        await of_ada[here].hear(f"from {grace.name}")


async def test_accounts_are_administered_from_the_machine(installation: Installation) -> None:
    """By the commands of docs/operations.md, in a container that can't write."""

    async def auth(*command: str) -> list[str]:
        words = ("exec", "--no-TTY", "auth", "python", "-m", "auth_service", *command)
        return (await asyncio.to_thread(installation.compose, *words)).splitlines()

    ada = await somebody(installation.url)
    assert (await auth("people", "list", ada.name))[0].split("\t")[:2] == [ada.person_id, ada.name]
    async with on_each_replica(installation.url, ada, 2) as sockets:
        assert (await auth("people", "disable", ada.name))[0].endswith("disabled")
        for socket in sockets.values():
            await socket.closed()
    with pytest.raises(SignInRefused):
        await sign_in(installation.url, ada.name, PASSWORD)
    assert not (await auth("people", "enable", ada.name))[0].endswith("disabled")
    await sign_in(installation.url, ada.name, PASSWORD)
    (link,) = await auth("people", "reset-password", ada.name)
    assert link.startswith(f"{installation.url}/reset/")
    acts = [entry.split("\t")[1:3] for entry in await auth("audit", "--limit", "3")]
    assert acts == [["command line", act] for act in (Act.RESET_LINK_MADE, Act.PERSON_ENABLED, Act.PERSON_DISABLED)]
    assert any("\tsigns\t" in key for key in await auth("keys", "list"))


async def test_replicas_come_and_go_and_no_request_fails(installation: Installation) -> None:
    ada = await somebody(installation.url)
    async with requests_that_must_succeed(installation.url) as asked:
        await asyncio.to_thread(installation.scale, 3)
        async with on_each_replica(installation.url, ada, 3) as sockets:
            before = {socket.replica: asyncio.create_task(socket.closed()) for socket in sockets.values()}
            await asyncio.to_thread(installation.scale, 2)
            codes = {replica: task.result() for replica, task in before.items() if await _done(task)}
            for task in before.values():
                task.cancel()
        assert list(codes.values()) == [GOING_AWAY]
    assert len(asked) > 20


@pytest.mark.parametrize(("service", "goes_on_without"), KILLED.items())
async def test_a_container_killed_under_traffic_loses_nothing(
    installation: Installation, service: str, goes_on_without: bool
) -> None:
    url = installation.url
    ada, grace = await somebody(url), await somebody(url)
    attempted: list[str] = []
    acknowledged: dict[str, int] = {}
    stop = asyncio.Event()

    async def talk(client: Client, name: str) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            attempted.append(f"{name} {number}")
            answer = await client.send("lobby", f"{name} {number}")
            acknowledged[f"{name} {number}"] = answer.seq
            await asyncio.sleep(PAUSE_SECONDS)

    async with Client(url, ada) as one, Client(url, ada) as two, Client(url, grace) as reader:
        talking = [asyncio.create_task(talk(one, f"one {ada.name}")), asyncio.create_task(talk(two, f"two {ada.name}"))]
        for victim in installation.container_ids(service):  # one after the other, so each client loses a replica
            await _until_more(acknowledged, len(acknowledged) + 20)
            await asyncio.to_thread(installation.command, "docker", "kill", "--signal", "KILL", victim)
            if goes_on_without:
                await _until_more(acknowledged, len(acknowledged) + 20)
            await asyncio.to_thread(installation.command, "docker", "start", victim)
            await _until_healthy(installation, victim)
        await _until_more(acknowledged, len(acknowledged) + 20)
        stop.set()
        await asyncio.gather(*talking)
        seen: list[tuple[int, str | None]] = []
        async with asyncio.timeout(30):
            async for event in reader.events():
                if event.type == "message":
                    seen.append((event.seq, event.text))
                if event.seq >= max(acknowledged.values()):
                    break
    ours = {text: seq for seq, text in seen if text in attempted}
    assert ours == acknowledged
    assert len(ours) == len([text for _, text in seen if text in attempted])
    assert [seq for seq, _ in seen] == sorted(seq for seq, _ in seen)
    if service in {"chat", "gateway"}:  # through which everybody's socket goes
        assert min(one.reconnects, two.reconnects, reader.reconnects) > 0


async def test_a_new_version_with_new_secrets_says_goodbye_first_and_keeps_what_was_said(
    installation: Installation, tmp_path: Path
) -> None:
    ada = await somebody(installation.url)
    async with on_each_replica(installation.url, ada, 2) as sockets:
        await next(iter(sockets.values())).say(f"before the upgrade of {ada.name}")
        closing = [asyncio.create_task(socket.closed()) for socket in sockets.values()]
        rotated = [name for name in NAMES if name != "auth_secret"]  # which ends sessions: test_backup.py
        await asyncio.to_thread(installation.compose, "run", "--rm", "secrets", "rotate", *rotated)
        renewed = ("rabbitmq", "database-users", "auth", "chat")
        await asyncio.to_thread(installation.compose, "up", "--detach", "--force-recreate", *renewed)
        assert await asyncio.gather(*closing) == [GOING_AWAY, GOING_AWAY]
    await asyncio.to_thread(installation.wait_until_it_answers)
    async with on_each_replica(installation.url, ada, 2) as sockets:
        here, there = sockets.values()
        assert f"before the upgrade of {ada.name}" in await here.history()
        await here.say(f"after the upgrade of {ada.name}")
        await there.hear(f"after the upgrade of {ada.name}")
    await asyncio.to_thread(installation.command, "make", "backup", f"FILE={tmp_path / 'parley.backup'}")


@asynccontextmanager
async def requests_that_must_succeed(url: str) -> AsyncIterator[list[int]]:
    """Ask for a page of the chat service all the time; fails if one answer is not what it should be."""
    asked: list[int] = []
    async with aiohttp.ClientSession() as http:

        async def ask() -> None:
            while True:
                async with http.get(f"{url}/api/rooms") as answer:
                    asked.append(answer.status)
                await asyncio.sleep(PAUSE_SECONDS)

        asking = asyncio.create_task(ask())
        try:
            yield asked
            assert not asking.done()
            assert set(asked) == {401}  # it has no token, as chat itself says; the gateway would say 502, 503 or 504
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)


async def _done(task: asyncio.Task[int | None]) -> bool:
    finished, _ = await asyncio.wait((task,), timeout=0.5)
    return bool(finished)


async def _until_more(acknowledged: dict[str, int], count: int) -> None:
    async with asyncio.timeout(60):
        while len(acknowledged) < count:
            await asyncio.sleep(PAUSE_SECONDS)


async def _until_healthy(installation: Installation, container: str) -> None:
    words = ("docker", "inspect", "--format", "{{.State.Health.Status}}", container)
    async with asyncio.timeout(60):
        while (await asyncio.to_thread(installation.command, *words)).strip() != "healthy":
            await asyncio.sleep(0.2)
