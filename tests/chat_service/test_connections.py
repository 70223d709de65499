"""All connections of a replica: told together, sent away together."""

import asyncio

import msgspec
import pytest

from chassis.access_tokens import Identity
from chat_service import connections as registry
from chat_service.connections import Connections
from chat_service.errors import Close
from chat_service.metrics import CONNECTIONS
from chat_service.notices import GoAway, PresenceChange
from chat_service.outbox import Outbox
from tests.chat_service.examples import ADA
from tests.chat_service.replicas import Replicas, RunningReplica

NOTICE = PresenceChange(room="lobby", online=[ADA.id], offline=[])
NOBODY = Identity("nobody", "Nobody", "none", 0.0)


class Listener:
    """A connection that takes its time to close."""

    def __init__(self, closes_after: float = 0.0, identity: Identity = NOBODY) -> None:
        self.identity = identity
        self.outbox = Outbox(lambda: None)
        self.closed_with: Close | None = None
        self.renames = 0
        self._closes_after = closes_after

    async def close(self, code: Close) -> None:
        await asyncio.sleep(self._closes_after)
        self.closed_with = code

    def renamed(self) -> None:
        self.renames += 1


def count() -> float:
    (metric,) = CONNECTIONS.collect()
    return metric.samples[0].value


async def test_all_who_were_greeted_get_the_same_bytes() -> None:
    connections, listeners = Connections(), [Listener() for _ in range(3)]
    for listener in listeners:
        connections.add(listener)
        connections.greeted(listener)
    connections.broadcast(NOTICE)
    frames = [listener.outbox._frames[0] for listener in listeners]
    assert frames[0] is frames[1] is frames[2]


async def test_whoever_was_not_greeted_yet_is_told_nothing() -> None:
    connections, listener = Connections(), Listener()
    connections.add(listener)
    connections.broadcast(NOTICE)
    assert not listener.outbox._frames


async def test_whoever_left_is_told_nothing_more() -> None:
    connections, listener = Connections(), Listener()
    connections.add(listener)
    connections.greeted(listener)
    connections.remove(listener)
    connections.broadcast(NOTICE)
    assert not listener.outbox._frames


async def test_open_connections_are_counted_once_each() -> None:
    connections, listener = Connections(), Listener()
    before = count()
    connections.add(listener)
    assert count() == before + 1
    connections.remove(listener)
    connections.remove(listener)
    assert count() == before


async def test_everybody_is_told_to_go_and_then_closed() -> None:
    connections, listener = Connections(), Listener()
    connections.add(listener)
    connections.greeted(listener)
    await connections.send_away()
    goaway = msgspec.json.decode(listener.outbox._frames[-1], type=GoAway)
    assert goaway == GoAway(retry_after=registry.GOAWAY_RETRY_SECONDS)
    assert listener.closed_with is Close.GOING_AWAY


async def test_whoever_was_not_greeted_yet_is_closed_too() -> None:
    connections, listener = Connections(), Listener()
    connections.add(listener)
    await connections.send_away()
    assert listener.closed_with is Close.GOING_AWAY


async def test_whoever_comes_while_all_are_sent_away_is_sent_away_as_well() -> None:
    connections, early, late = Connections(), Listener(0.05), Listener()
    connections.add(early)
    leaving = asyncio.create_task(connections.send_away())
    await asyncio.sleep(0)
    connections.add(late)
    await leaving
    assert late.closed_with is Close.GOING_AWAY


async def test_whoever_is_renamed_is_so_in_all_their_connections() -> None:
    connections, other = Connections(), Listener()
    hers = [Listener(identity=Identity(ADA.id, ADA.name, "s", 0.0)) for _ in range(2)]
    for listener in (*hers, other):
        connections.add(listener)
    connections.rename(ADA)
    assert [listener.renames for listener in (*hers, other)] == [1, 1, 0]


@pytest.mark.virtual_time
@pytest.mark.parametrize("how_many", [400, 4000])
async def test_many_are_closed_a_few_at_a_time_within_the_time_told_them(
    monkeypatch: pytest.MonkeyPatch, how_many: int
) -> None:
    now = asyncio.get_running_loop().time
    monkeypatch.setattr(registry, "GOAWAY_RETRY_SECONDS", 0.5)
    connections, listeners = Connections(), [Listener() for _ in range(how_many)]
    for listener in listeners:
        connections.add(listener)
        connections.greeted(listener)
    began = now()
    leaving = asyncio.create_task(connections.send_away())
    await asyncio.sleep(0.1)
    assert all(listener.outbox._frames for listener in listeners)
    assert 0 < sum(listener.closed_with is Close.GOING_AWAY for listener in listeners) < how_many * 0.75
    for gone in listeners[::2]:
        connections.remove(gone)
    by_themselves = [listener for listener in listeners[::2] if listener.closed_with is None]
    await leaving
    assert now() - began <= registry.GOAWAY_RETRY_SECONDS
    assert all(listener.closed_with is None for listener in by_themselves)
    assert all(listener.closed_with for listener in listeners[1::2])


@pytest.mark.virtual_time
async def test_closing_is_done_side_by_side() -> None:
    now = asyncio.get_running_loop().time
    connections, listeners = Connections(), [Listener(0.1) for _ in range(50)]
    for listener in listeners:
        connections.add(listener)
    began = now()
    await connections.send_away()
    assert now() - began < 2 * 0.1
    assert all(listener.closed_with for listener in listeners)


@pytest.mark.virtual_time
async def test_whoever_does_not_close_is_not_waited_for() -> None:
    connections, listener = Connections(), Listener(3600)
    connections.add(listener)
    async with asyncio.timeout(registry.CLOSE_TIMEOUT_SECONDS + 0.1):
        await connections.send_away()
    assert listener.closed_with is None


async def test_a_replica_that_stops_says_so_and_closes_with_its_code(replicas: Replicas) -> None:
    chat = await replicas.start()
    greeted, silent = await chat.welcome(), await chat.connect()
    stopping = asyncio.create_task(chat.client.server.close())
    assert await greeted.hear("goaway") == {"op": "goaway", "retry_after": 2.0}
    assert await greeted.close_code() == Close.GOING_AWAY
    assert await silent.close_code() == Close.GOING_AWAY
    await stopping


async def test_what_was_sent_just_before_a_replica_stopped_is_stored(replicas: Replicas, other: RunningReplica) -> None:
    stopping, stays = await replicas.start("stops"), await other.welcome()
    talker = await stopping.welcome()
    for number in range(50):
        await talker.say("send", id=f"m-{number}", room="lobby", text=f"{number}")
    await talker.ping()
    await stopping.client.server.close()
    await stays.hear_until(51)
    assert stays.texts == [str(number) for number in range(50)]


async def test_the_sockets_of_a_session_or_of_a_person_are_closed_with_the_reason() -> None:
    connections = Connections()
    at_home, at_work, bob = (
        Listener(identity=Identity(person, person, session, 0.0))
        for person, session in (("ada", "home"), ("ada", "work"), ("bob", "phone"))
    )
    for listener in (at_home, at_work, bob):
        connections.add(listener)
    connections.close_where(Close.SIGNED_OUT, session="home")
    await asyncio.wait(connections._closing)
    assert (at_home.closed_with, at_work.closed_with) == (Close.SIGNED_OUT, None)
    connections.close_where(Close.SIGNED_OUT, person="ada")
    await asyncio.wait(connections._closing)
    assert (at_work.closed_with, bob.closed_with) == (Close.SIGNED_OUT, None)
