"""The gateway killed under everybody: all are back soon, and have everything."""

import asyncio
import signal
import uuid
from contextlib import AsyncExitStack

from parley_client import Client, register
from tests.running import Parley

PASSWORD = "velvet cactus orbit 9"
PEOPLE, DEVICES = 4, 25  # of each
BACK_SECONDS = 30.0
BACK_SHARE = 0.99
SAID = 20
PAUSE_SECONDS = 0.05


async def say(client: Client, texts: list[str], halfway: asyncio.Event) -> None:
    for number, text in enumerate(texts):
        await client.send("lobby", text)
        if number == len(texts) // 2:
            halfway.set()
        await asyncio.sleep(PAUSE_SECONDS)


async def hear(client: Client, texts: list[str]) -> list[str]:
    """What of it comes, as it comes, until the last."""
    heard: list[str] = []
    async for event in client.events():
        if event.text in texts:
            heard.append(event.text)
        if event.text == texts[-1]:
            break
    return heard


async def test_a_gateway_that_is_killed_has_its_clients_back_within_half_a_minute_and_loses_nothing(
    parley: Parley,
) -> None:
    word = uuid.uuid4().hex[:8]
    texts = [f"{word} {number}" for number in range(SAID)]
    async with AsyncExitStack() as stack:
        accounts = [await register(parley.url, f"t-{word}-{number}", PASSWORD) for number in range(PEOPLE)]
        clients = [Client(parley.url, account) for account in accounts for _ in range(DEVICES)]
        await asyncio.gather(*(stack.enter_async_context(client) for client in clients))
        halfway = asyncio.Event()
        speaking = asyncio.create_task(say(clients[0], texts, halfway))
        hearing = [asyncio.create_task(hear(client, texts)) for client in clients]
        await halfway.wait()
        assert parley.kill("gateway", signal.SIGKILL)
        async with asyncio.timeout(BACK_SECONDS):
            while sum(client.reconnects > 0 for client in clients) < BACK_SHARE * len(clients):
                await asyncio.sleep(PAUSE_SECONDS)
        async with asyncio.timeout(BACK_SECONDS):
            await speaking
            assert await asyncio.gather(*hearing) == [texts] * len(clients)
