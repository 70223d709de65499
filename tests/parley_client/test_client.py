"""The client through the real gateway, two replicas behind it."""

import asyncio
import uuid
from collections.abc import Iterable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from parley_client import Account, Client, Event, Position, Refused, SignedOut, register
from tests.running import Parley

PASSWORD = "velvet cactus orbit 9"
IN_TIME_SECONDS = 30.0


async def somebody(parley: Parley) -> Account:
    return await register(parley.url, f"t-{uuid.uuid4().hex[:12]}", PASSWORD)


async def messages(client: Client, wanted: Iterable[str]) -> list[str]:
    """Those of the texts `wanted` that arrive, in order and as often as they do, until all have.

    What others say in the room is not asked about: with tests in any order somebody's last words may come late.
    """
    own = frozenset(wanted)
    missing, texts = set(own), []
    async with asyncio.timeout(IN_TIME_SECONDS):
        async for event in client.events():
            if event.type == "message" and event.text in own:
                texts.append(event.text)
                missing.discard(event.text)
                if not missing:
                    break
    return texts


def said(count: int) -> list[str]:
    word = uuid.uuid4().hex[:8]
    return [f"{word} {number}" for number in range(count)]


async def test_what_one_says_the_other_reads_once_and_in_order(parley: Parley) -> None:
    texts = said(20)
    async with Client(parley.url, await somebody(parley)) as ada, Client(parley.url, await somebody(parley)) as bob:
        for text in texts:
            await ada.send("lobby", text)
        assert await messages(ada, texts) == await messages(bob, texts) == texts


async def test_a_send_repeated_with_its_id_is_one_message(parley: Parley) -> None:
    texts = said(2)
    async with Client(parley.url, await somebody(parley)) as ada:
        name = str(uuid.uuid4())
        first = await ada.send("lobby", texts[0], name)
        again = await ada.send("lobby", "another text", name)
        assert again.seq == first.seq
        await ada.send("lobby", texts[1])
        assert await messages(ada, texts) == texts


async def test_a_refused_send_says_why_and_does_not_end_the_connection(parley: Parley) -> None:
    texts = said(1)
    async with Client(parley.url, await somebody(parley)) as ada:
        with pytest.raises(Refused, match="limited to 4000") as refused:
            await ada.send("lobby", "a" * 4001)
        assert refused.value.code == "invalid"
        with pytest.raises(Refused) as refused:
            await ada.send("no such room", "hello")
        assert refused.value.code == "unknown_room"
        with pytest.raises(Refused) as refused:
            await ada.send("lobby", "a" * 70_000)  # a frame that would end the connection
        assert refused.value.code == "too_large"
        await ada.send("lobby", texts[0])
        assert await messages(ada, texts) == texts
        assert ada.reconnects == 0


async def test_who_was_away_for_longer_than_a_replay_still_gets_everything(parley: Parley) -> None:
    account = await somebody(parley)
    async with Client(parley.url, account) as ada:
        position = ada.position
    texts = said(1100)  # more than the server replays: read page by page; and no more than two people may say at once
    async with Client(parley.url, await somebody(parley)) as bob, Client(parley.url, await somebody(parley)) as eve:
        answers = await asyncio.gather(
            *((bob, eve)[number % 2].send("lobby", text) for number, text in enumerate(texts))
        )
    in_order = [text for _, text in sorted(zip((answer.seq for answer in answers), texts, strict=True))]
    async with Client(parley.url, account, position) as ada:
        assert [text for text in await messages(ada, texts) if text in set(texts)] == in_order


async def test_another_epoch_makes_the_client_begin_anew(parley: Parley) -> None:
    account = await somebody(parley)
    texts = said(1)
    async with Client(parley.url, account, Position("of a database that was restored", {"lobby": 10**9})) as ada:
        await ada.send("lobby", texts[0])
        assert await messages(ada, texts) == texts


async def test_an_access_token_that_is_refused_is_renewed_and_without_a_session_one_is_signed_out(
    parley: Parley,
) -> None:
    account = await somebody(parley)
    account._access_token = account._access_token[:-8] + "AAAAAAAA"
    async with Client(parley.url, account) as ada:
        assert ada.connected.is_set()
    account._access_token = account._access_token[:-8] + "AAAAAAAA"
    account._refresh_token = "none of ours"
    with pytest.raises(SignedOut):
        async with Client(parley.url, account):
            pass


async def test_a_killed_replica_loses_nothing_doubles_nothing_and_keeps_the_order(parley: Parley) -> None:
    texts = said(400)
    async with Client(parley.url, await somebody(parley)) as ada, Client(parley.url, await somebody(parley)) as bob:

        async def write(client: Client, some: list[str]) -> None:
            for text in some:
                await client.send("lobby", text)  # returns once it is acknowledged, however often the socket breaks

        async def break_things() -> None:
            for part in ("chat-1", "chat-2"):
                await asyncio.sleep(0.3)
                assert parley.kill(part)
                async with asyncio.timeout(IN_TIME_SECONDS):
                    while not parley.pids(part):
                        await asyncio.sleep(0.05)

        reading = asyncio.gather(messages(ada, texts), messages(bob, texts))
        await asyncio.gather(write(ada, texts[::2]), write(bob, texts[1::2]), break_things())
        first, second = await reading
    assert sorted(first) == sorted(texts)
    assert first == second
    assert [text for text in first if text in set(texts[::2])] == texts[::2]
    assert ada.reconnects + bob.reconnects >= 1


async def test_a_killed_broker_loses_nothing_and_costs_nobody_the_connection(parley: Parley) -> None:
    texts = said(400)
    async with Client(parley.url, await somebody(parley)) as ada, Client(parley.url, await somebody(parley)) as bob:

        async def write(client: Client, some: list[str]) -> None:
            for text in some:
                await client.send("lobby", text)

        async def break_things() -> None:
            await asyncio.sleep(0.3)
            if not parley.kill("rabbitmq"):
                pytest.skip("the broker is not one of Parley's own processes here")

        reading = asyncio.gather(messages(ada, texts), messages(bob, texts))
        await asyncio.gather(write(ada, texts[::2]), write(bob, texts[1::2]), break_things())
        first, second = await reading
    assert sorted(first) == sorted(texts)
    assert first == second
    assert (ada.reconnects, bob.reconnects) == (0, 0)


async def test_events_tell_who_when_and_where(parley: Parley) -> None:
    account = await somebody(parley)
    texts = said(1)
    async with Client(parley.url, account) as ada:
        answer = await ada.send("lobby", texts[0])
        async with asyncio.timeout(IN_TIME_SECONDS):
            event = await anext(event async for event in ada.events() if event.text == texts[0])
    assert event == Event("message", answer.seq, answer.at, event.author, str(answer.id), "lobby", texts[0])
    assert (event.author.id, event.author.name) == (account.person_id, account.name)


async def test_a_gateway_that_answers_with_something_else_is_waited_for(parley: Parley) -> None:
    account = await somebody(parley)

    async def bad_gateway(_request: web.Request) -> web.Response:
        return web.Response(status=502, text="Bad Gateway")

    app = web.Application()
    app.router.add_route("*", "/{anything:.*}", bad_gateway)
    async with TestServer(app) as broken:
        elsewhere, account.url = account.url, str(broken.make_url("")).rstrip("/")
        account._renew_at = 0.0  # so that it has to ask there first
        entering = asyncio.create_task(Client(elsewhere, account).__aenter__())
        await asyncio.sleep(0.3)  # here the going on is what is tested: some tries fail meanwhile
        assert not entering.done()
        account.url = elsewhere
        ada = await asyncio.wait_for(entering, IN_TIME_SECONDS)
    assert ada.connected.is_set()
    await ada.__aexit__(None, None, None)
