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
from tests.containers.installation import LONG_RUNNING, REPLICAS, Installation
from tests.containers.sockets import PASSWORD, on_each_replica, somebody

GOING_AWAY = 4000
PAUSE_SECONDS = 0.02
PATIENCE_SECONDS = 60.0
LOOK_UP_MAX_SECONDS = 3.0
LOOK_UP = """
import socket, sys, time
began = time.monotonic()
try:
    socket.getaddrinfo(sys.argv[1], 80)
except OSError:
    print(time.monotonic() - began)
"""
KILLED = {"chat": True, "rabbitmq": True, "auth": True, "mongodb": False, "gateway": False}


def test_alone_it_starts_one_of_each_and_two_of_chat(installation: Installation) -> None:
    assert installation.at_first == dict.fromkeys(LONG_RUNNING, 1) | {"chat": 2}


@pytest.mark.parametrize("service", ["auth", "chat", "routes"])
def test_whoever_is_gone_is_known_to_be_soon_though_no_dns_server_answers(
    installation: Installation, service: str
) -> None:
    """Or a replica that is told to stop, and the gateway's list, wait for it."""
    assert float(installation.inside(service, "python", "-c", LOOK_UP, "nobody")) < LOOK_UP_MAX_SECONDS


async def test_two_people_on_different_replicas_hear_each_other(installation: Installation) -> None:
    ada, grace = await somebody(installation.url), await somebody(installation.url)
    async with (
        on_each_replica(installation.url, ada, REPLICAS) as of_ada,
        on_each_replica(installation.url, grace, REPLICAS) as of_grace,
    ):
        here, there, _ = sorted(of_ada)
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

    await somebody(installation.url)  # the very first administers, and is not disabled as long as nobody else does
    ada = await somebody(installation.url)
    assert (await auth("people", "list", ada.name))[0].split("\t")[:2] == [ada.person_id, ada.name]
    async with on_each_replica(installation.url, ada, REPLICAS) as sockets:
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


async def test_replicas_go_and_come_and_no_request_fails(installation: Installation) -> None:
    ada = await somebody(installation.url)
    async with requests_that_must_succeed(installation.url) as asked:
        async with on_each_replica(installation.url, ada, REPLICAS) as sockets:
            before = {socket.replica: asyncio.create_task(socket.closed()) for socket in sockets.values()}
            await asyncio.to_thread(installation.scale, REPLICAS - 1)
            codes = {replica: task.result() for replica, task in before.items() if await _done(task)}
            for task in before.values():
                task.cancel()
        assert list(codes.values()) == [GOING_AWAY]
        await asyncio.to_thread(installation.scale, REPLICAS)
        async with on_each_replica(installation.url, ada, REPLICAS):
            pass
    assert len(asked) > 20


@pytest.mark.parametrize(("service", "goes_on_without"), KILLED.items())
async def test_a_container_killed_under_traffic_loses_nothing(
    installation: Installation, service: str, goes_on_without: bool
) -> None:
    async with conversation(installation.url) as talk:
        for victim in installation.container_ids(service):  # one after the other, so each client loses a replica
            await talk.goes_on()
            await asyncio.to_thread(installation.command, "docker", "kill", "--signal", "KILL", victim)
            if goes_on_without:
                await talk.goes_on()
            await asyncio.to_thread(installation.command, "docker", "start", victim)
            await asyncio.to_thread(installation.wait_until_well, victim)
        await talk.goes_on()
    await asyncio.to_thread(installation.wait_until_it_answers)  # auth too, of which the conversation needs nothing
    if service in {"chat", "gateway"}:  # through which everybody's socket goes
        assert min(talk.reconnects()) > 0


async def test_new_images_come_without_a_gap_for_the_chat(installation: Installation) -> None:
    """By the commands of docs/operations.md: new replicas first."""
    before = services_by_container(installation)
    async with conversation(installation.url) as talk, requests_that_must_succeed(installation.url):
        await talk.goes_on()
        await asyncio.to_thread(
            installation.compose, "build", "--build-arg", "REVISION=next", "auth", "chat", "secrets"
        )
        old = installation.container_ids("chat")
        await asyncio.to_thread(installation.scale, 2 * REPLICAS)
        async with on_each_replica(installation.url, await somebody(installation.url), 2 * REPLICAS):
            pass  # by now the gateway knows the new ones; `--wait` in the text takes longer than that
        await asyncio.to_thread(installation.command, "docker", "stop", *old)
        await asyncio.to_thread(installation.command, "docker", "rm", *old)
        await asyncio.to_thread(installation.compose, "up", "--detach", "--no-deps", "auth")
        await talk.goes_on()
    await asyncio.to_thread(installation.wait_until_it_answers)
    assert len(installation.container_ids("chat")) == REPLICAS
    for service in ("auth", "chat"):
        labels = [one["Config"]["Labels"] for one in installation.inspect(service)]
        assert {label["org.opencontainers.image.revision"] for label in labels} == {"next"}
    assert stayed(installation, before) == {"gateway", "routes", "mongodb", "rabbitmq"}
    assert min(talk.reconnects()) > 0  # or it was not their replicas that left
    # What stands beside them follows in its turn, or the next `up` would replace the stores with it.
    beside = ("secrets", "database-users", "routes")
    await asyncio.to_thread(installation.compose, "up", "--detach", "--no-deps", *beside)


@pytest.mark.parametrize("service", ["mongodb", "rabbitmq"])
async def test_what_hangs_behind_all_replicas_takes_none_out_of_the_gateway(
    installation: Installation, service: str
) -> None:
    """It answers nobody, and refuses nobody either: whoever asks a replica whether it is ready must not wait for it."""
    (container,) = installation.container_ids(service)
    async with requests_that_must_succeed(installation.url):
        await asyncio.to_thread(installation.command, "docker", "pause", container)
        try:
            await asyncio.sleep(8)  # four rounds of the gateway's checks: here the waiting is what is tested
        finally:
            await asyncio.to_thread(installation.command, "docker", "unpause", container)
    await asyncio.to_thread(installation.wait_until_it_answers)


async def test_new_secrets_say_goodbye_first_and_lose_nothing(installation: Installation, tmp_path: Path) -> None:
    """And whatever else replaces all replicas at once, as an upgrade in one go does."""
    before = services_by_container(installation)
    async with conversation(installation.url) as talk:
        await talk.goes_on()
        rotated = [name for name in NAMES if name != "auth_secret"]  # which ends sessions: test_backup.py
        await asyncio.to_thread(installation.compose, "run", "--rm", "secrets", "rotate", *rotated)
        renewed = ("rabbitmq", "database-users", "auth", "chat")
        await all_say_goodbye_to(installation, "up", "--detach", "--force-recreate", *renewed)
        await talk.goes_on()
    assert stayed(installation, before) == {"gateway", "routes", "mongodb"}
    await asyncio.to_thread(installation.command, "make", "backup", f"FILE={tmp_path / 'parley.backup'}")


async def all_say_goodbye_to(installation: Installation, *command: str) -> None:
    """Run a command that replaces all chat replicas, and expect them to tell their sockets."""
    ada = await somebody(installation.url)
    async with on_each_replica(installation.url, ada, REPLICAS) as sockets:
        closing = [asyncio.create_task(socket.closed()) for socket in sockets.values()]
        await asyncio.to_thread(installation.compose, *command)
        assert await asyncio.gather(*closing) == [GOING_AWAY] * REPLICAS
        assert all(socket.told_to_go for socket in sockets.values())
    await asyncio.to_thread(installation.wait_until_it_answers)
    async with on_each_replica(installation.url, ada, REPLICAS) as sockets:
        here, there, _ = sockets.values()
        await here.say(f"{ada.name} is back")
        await there.hear(f"{ada.name} is back")


def services_by_container(installation: Installation) -> dict[str, str]:
    return {container: service for service in LONG_RUNNING for container in installation.container_ids(service)}


def stayed(installation: Installation, before: dict[str, str]) -> set[str]:
    """The services of which a container is still the one that it was."""
    now = services_by_container(installation)
    return {service for container, service in before.items() if container in now}


class Conversation:
    """`attempted` is what was sent so far, `acknowledged` what of it is stored, each text with its number."""

    def __init__(self, *clients: Client) -> None:
        self.attempted: list[str] = []
        self.acknowledged: dict[str, int] = {}
        self._clients = clients
        self._stop = asyncio.Event()

    async def talk(self, client: Client, name: str) -> None:
        """Say one thing after another until the end."""
        number = 0
        while not self._stop.is_set():
            number += 1
            text = f"{name} {number}"
            self.attempted.append(text)
            answer = await client.send("lobby", text)
            self.acknowledged[text] = answer.seq
            await asyncio.sleep(PAUSE_SECONDS)

    async def goes_on(self) -> None:
        """Until a good many more messages are acknowledged."""
        enough = len(self.acknowledged) + 20
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.acknowledged) < enough:
                await asyncio.sleep(PAUSE_SECONDS)

    def end(self) -> None:
        self._stop.set()

    def reconnects(self) -> list[int]:
        """Of each client."""
        return [client.reconnects for client in self._clients]


@asynccontextmanager
async def conversation(url: str) -> AsyncIterator[Conversation]:
    """Somebody writes from two devices all the while; in the end somebody else has read it all, once and in order."""
    ada, grace = await somebody(url), await somebody(url)
    async with Client(url, ada) as one, Client(url, ada) as two, Client(url, grace) as reader:
        talk = Conversation(one, two, reader)
        async with asyncio.TaskGroup() as talking:
            talking.create_task(talk.talk(one, f"one {ada.name}"))
            talking.create_task(talk.talk(two, f"two {ada.name}"))
            yield talk
            talk.end()
        seen: list[tuple[int, str | None]] = []
        async with asyncio.timeout(PATIENCE_SECONDS):
            async for event in reader.events():
                if event.type == "message":
                    seen.append((event.seq, event.text))
                if event.seq >= max(talk.acknowledged.values()):
                    break
    ours = [(text, seq) for seq, text in seen if text in talk.attempted]
    assert dict(ours) == talk.acknowledged
    assert len(ours) == len(talk.acknowledged)
    assert [seq for seq, _ in seen] == sorted(seq for seq, _ in seen)


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
