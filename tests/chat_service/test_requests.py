"""Every command has its use case, or is told that there is none; nobody writes too fast, or waits for ever."""

import asyncio

import pytest

from chat_service import commands, writer
from chat_service.errors import RateLimited, Unavailable, UnknownOp
from chat_service.pace import BURST_SECONDS, Pace
from tests.chat_service.examples import BOB
from tests.chat_service.in_memory import Service

pytestmark = pytest.mark.virtual_time


async def test_a_command_that_nothing_answers_is_an_unknown_op() -> None:
    ada = await (await Service().start()).somebody()
    with pytest.raises(UnknownOp) as refused:
        await ada.ask(commands.Hello())
    assert "'hello'" in refused.value.message


async def test_who_writes_too_fast_waits_and_the_same_request_is_done_then() -> None:
    ada = await (await Service().start()).somebody()
    pace = ada.service.replica.requests._pace = Pace(1 / BURST_SECONDS)
    await ada.say("One", "m-1")
    with pytest.raises(RateLimited) as refused:
        await ada.say("Two", "m-2")
    assert refused.value.retry_after == pytest.approx(BURST_SECONDS, abs=1)
    await ada.page(None, 10)
    pace._buckets.clear()  # as time does
    await ada.say("Two", "m-2")


async def test_rooms_are_made_and_joined_at_a_slower_pace_than_things_are_said() -> None:
    ada = await (await Service().start()).somebody()
    ada.service.replica.requests._rooms_pace = Pace(2 / BURST_SECONDS)
    room = await ada.create()
    await ada.do(commands.OpenConversation, people=[ada.id, (await ada.service.somebody(BOB)).id])
    with pytest.raises(RateLimited):
        await ada.do(commands.JoinRoom, room=room)
    await ada.say("Still", "m-1")


@pytest.mark.parametrize(
    ("text", "hangs"), [("Hi", "append"), ("*Hi*", "append"), ("Hi @ada", "named"), ("Hi", "take_turn")]
)
async def test_a_store_that_hangs_keeps_no_sender_waiting(
    monkeypatch: pytest.MonkeyPatch, text: str, hangs: str
) -> None:
    async def hang(*_: object) -> None:
        await asyncio.Event().wait()

    ada = await (await Service().start()).somebody()
    bob = await ada.service.somebody(BOB)
    room = await ada.create()
    await bob.do(commands.JoinRoom, room=room)
    await ada.do(commands.SetSlowMode, room=room, seconds=10)
    if hangs == "append":
        ada.service.events.gate.clear()
    else:
        monkeypatch.setattr(ada.service.members, hangs, hang)
    began = asyncio.get_running_loop().time()
    with pytest.raises(Unavailable):
        await bob.say(text, "m-1", room)
    assert asyncio.get_running_loop().time() - began <= 1.01 * writer.DEADLINE_SECONDS
    ada.service.events.gate.set()
