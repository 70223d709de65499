"""Turns: in order, whatever happens to whoever waits."""

import asyncio

from chat_service.turns import Turns

KEY = ("lobby", "p-ada")


class Speaker:
    def __init__(self, turns: Turns, said: list[str]) -> None:
        self.turns = turns
        self.said = said

    async def speak(self, word: str, gate: asyncio.Event | None = None, key: tuple[str, str] = KEY) -> None:
        async with self.turns.turn(key):
            if gate:
                await gate.wait()
            self.said.append(word)


async def test_turns_come_in_the_order_in_which_they_were_asked_for() -> None:
    turns, said, gate = Turns(), list[str](), asyncio.Event()
    speaker = Speaker(turns, said)
    tasks = [asyncio.create_task(speaker.speak("one", gate))]
    await asyncio.sleep(0)
    assert turns.any(KEY)
    tasks += [asyncio.create_task(speaker.speak(word)) for word in ("two", "three")]
    await asyncio.sleep(0)
    assert said == []
    gate.set()
    await asyncio.gather(*tasks)
    assert said == ["one", "two", "three"]
    assert not turns.any(KEY)


async def test_turns_of_others_are_not_waited_for() -> None:
    turns, said, gate = Turns(), list[str](), asyncio.Event()
    speaker = Speaker(turns, said)
    slow = asyncio.create_task(speaker.speak("slow", gate))
    await asyncio.sleep(0)
    await speaker.speak("quick", key=("lobby", "p-bob"))
    await speaker.speak("elsewhere", key=("attic", "p-ada"))
    gate.set()
    await slow
    assert said == ["quick", "elsewhere", "slow"]


async def test_whoever_hangs_up_while_they_wait_holds_nobody_up_and_lets_nobody_pass() -> None:
    turns, said, gate = Turns(), list[str](), asyncio.Event()
    speaker = Speaker(turns, said)
    first = asyncio.create_task(speaker.speak("first", gate))
    await asyncio.sleep(0)
    gone = asyncio.create_task(speaker.speak("gone"))
    last = asyncio.create_task(speaker.speak("last"))
    await asyncio.sleep(0)
    gone.cancel()
    for _ in range(5):
        await asyncio.sleep(0)
    assert said == []
    gate.set()
    await asyncio.gather(first, last)
    assert said == ["first", "last"]
    assert not turns.any(KEY)


async def test_a_turn_that_fails_is_over() -> None:
    turns = Turns()
    try:
        async with turns.turn(KEY):
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    assert not turns.any(KEY)
