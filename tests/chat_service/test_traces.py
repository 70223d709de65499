"""One trace follows a message from its sender's socket to its reader's, through two processes."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from chat_service.events import Person
from tests.chassis.otlp_receiver import Receiver, receiving
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.issuer import PUBLIC_URL, Issuer
from tests.chat_service.talker import Talker
from tests.services import free_ports

READY_SECONDS = 50.0
MESSAGES = 20


@asynccontextmanager
async def replica(name: str, shared: dict[str, object], receiver: Receiver) -> AsyncIterator[str]:
    """`python -m chat_service` with traces on; its address, once it is ready."""
    port, ops_port = free_ports(2)
    told = {
        "PORT": port,
        "OPS_PORT": ops_port,
        "PUBLIC_URL": PUBLIC_URL,
        "REPLICA": name,
        "WRITES_PER_SECOND": 1000,
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url,
        "OTEL_BSP_SCHEDULE_DELAY": 100,  # milliseconds
    }
    variables = {key.upper(): str(value) for key, value in (shared | told).items()}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "chat_service",
        env={"PATH": os.environ["PATH"]} | variables,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(READY_SECONDS), aiohttp.ClientSession() as http:
            while not await ready(http, f"http://127.0.0.1:{ops_port}/health/ready"):
                await asyncio.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


async def ready(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(url) as answer:
            return bool((await answer.json())["status"] == "ready")
    except aiohttp.ClientError:  # not listening yet
        return False


@asynccontextmanager
async def both(shared: dict[str, object], issuer: Issuer) -> AsyncIterator[tuple[Receiver, Talker, Talker]]:
    """The receiver, Ada at one replica, Bob at the other."""
    async with AsyncExitStack() as stack:
        receiver = await stack.enter_async_context(receiving())
        urls = [await stack.enter_async_context(replica(name, shared, receiver)) for name in ("chat1", "chat2")]
        http = await stack.enter_async_context(aiohttp.ClientSession())

        async def join(url: str, person: Person) -> Talker:
            headers = {"Authorization": f"Bearer {issuer.token(person)}"}
            talker = Talker(await http.ws_connect(f"{url}/ws", headers=headers, max_msg_size=0))
            await talker.hello()
            return talker

        yield receiver, await join(urls[0], ADA), await join(urls[1], BOB)


async def test_one_trace_leads_from_the_frame_to_delivery_on_the_other_replica(
    shared: dict[str, object], issuer: Issuer
) -> None:
    async with both(shared, issuer) as (receiver, ada, bob):
        await ada.send("unspeakable")
        while "unspeakable" not in bob.texts:
            await bob.hear("events")
        sent = await receiver.named("send", "chat1")
        at = [await within(receiver, sent, name, "chat1") for name in ("commit", "insert", "publish")]
        there = [await within(receiver, sent, name, "chat2") for name in ("process", "deliver")]
    commit, insert, publish = at
    process, deliver = there
    assert not sent.parent_span_id
    assert [span.parent_span_id for span in (commit, insert, publish, process, deliver)] == [
        span.span_id for span in (sent, commit, commit, publish, process)
    ]
    assert {one.key: one.value.string_value for one in commit.attributes}["room"] == "lobby"
    assert not [span.name for _, span in receiver.spans if b"unspeakable" in span.SerializeToString()]


async def test_what_many_share_is_linked_to_each(shared: dict[str, object], issuer: Issuer) -> None:
    async with both(shared, issuer) as (receiver, ada, _):
        for number in range(MESSAGES):  # not waiting in between: all but the first are stored together
            await ada.say("send", id=f"m-{number}", room="lobby", text="Hi")
        for number in range(MESSAGES):
            await ada.answer(f"m-{number}")
        async with asyncio.timeout(READY_SECONDS):
            while len(receiver.all("send")) < MESSAGES or len(belonging(receiver)) < MESSAGES:
                await asyncio.sleep(0.05)
        assert {span.span_id for span in receiver.all("send")} == belonging(receiver)
        assert len(receiver.all("commit")) < MESSAGES


async def within(receiver: Receiver, sent: Span, name: str, instance: str) -> Span:
    return await receiver.named(name, instance, trace_id=sent.trace_id)


def belonging(receiver: Receiver) -> set[bytes]:
    """The spans that commits are part of or linked to."""
    commits = receiver.all("commit")
    return {span.parent_span_id for span in commits} | {link.span_id for span in commits for link in span.links}
