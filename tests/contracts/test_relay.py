"""The promises of chat_service/relay.py, which every relay keeps."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from chat_service import relay_rabbitmq
from tests.chat_service.ear import Ear
from tests.chat_service.eventually import eventually

Start = Callable[[str], Awaitable[Ear]]
LAST = b"the last"


async def everything(listener: Ear, *publishers: Ear) -> list[bytes]:
    """What a listener heard, once each publisher's last word has arrived; the listener listens to "end" then."""
    await listener.relay.listen("end")
    for publisher in publishers:
        publisher.relay.publish("end", LAST)
    await eventually(lambda: listener.payloads.count(LAST) == len(publishers))
    return [payload for payload in listener.payloads if payload != LAST]


async def test_what_one_publishes_reaches_all_others_that_listen(replica: Start) -> None:
    one, two, three = [await replica(name) for name in ("one", "two", "three")]
    for listener in (two, three):
        await listener.relay.listen("topic")
    one.relay.publish("topic", b"hello")
    await eventually(lambda: two.heard == three.heard == [("topic", b"hello")])


async def test_nobody_hears_what_they_published_themselves(replica: Start) -> None:
    one, two = await replica("one"), await replica("two")
    for listener in (one, two):
        await listener.relay.listen("topic")
    one.relay.publish("topic", b"from one")
    two.relay.publish("topic", b"from two")
    await eventually(lambda: one.heard and two.heard)
    assert await everything(one, two) == [b"from two"]
    assert await everything(two, one) == [b"from one"]


async def test_who_does_not_listen_to_a_topic_hears_nothing_of_it(replica: Start) -> None:
    one, two = await replica("one"), await replica("two")
    await two.relay.listen("mine")
    one.relay.publish("other", b"not for two")
    one.relay.publish("mine", b"for two")
    assert await everything(two, one) == [b"for two"]


async def test_who_ignores_a_topic_hears_no_more_of_it(replica: Start) -> None:
    one, two = await replica("one"), await replica("two")
    await two.relay.listen("topic")
    one.relay.publish("topic", b"before")
    await eventually(lambda: two.heard)
    two.relay.ignore("topic")
    await everything(two, one)
    one.relay.publish("topic", b"after")
    assert b"after" not in await everything(two, one)


async def test_who_listens_again_hears_again(replica: Start) -> None:
    one, two = await replica("one"), await replica("two")
    await two.relay.listen("topic")
    two.relay.ignore("topic")
    await two.relay.listen("topic")
    one.relay.publish("topic", b"hello")
    await eventually(lambda: two.payloads == [b"hello"])


async def test_listening_twice_delivers_once(replica: Start) -> None:
    one, two = await replica("one"), await replica("two")
    await two.relay.listen("topic")
    await two.relay.listen("topic")
    one.relay.publish("topic", b"hello")
    assert await everything(two, one) == [b"hello"]


async def test_ignoring_what_one_never_listened_to_changes_nothing(replica: Start) -> None:
    one, two = await replica("one"), await replica("two")
    two.relay.ignore("topic")
    await two.relay.listen("other")
    one.relay.publish("other", b"hello")
    assert await everything(two, one) == [b"hello"]


async def test_the_order_of_each_publisher_is_kept_over_all_its_topics(replica: Start) -> None:
    one, two, three = [await replica(name) for name in ("one", "two", "three")]
    for topic in ("a", "b", "c"):
        await three.relay.listen(topic)
    for number in range(300):
        for publisher, letter in ((one, "x"), (two, "y")):
            publisher.relay.publish("abc"[number % 3], f"{letter}{number}".encode())
        if number % 50 == 0:
            await asyncio.sleep(0)
    heard = [payload.decode() for payload in await everything(three, one, two)]
    for letter in "xy":
        assert [word for word in heard if word[0] == letter] == [f"{letter}{number}" for number in range(300)]


async def test_each_message_arrives_once_however_many_topics_one_listens_to(replica: Start) -> None:
    one, two = await replica("one"), await replica("two")
    topics = [f"room:{number}" for number in range(250)]
    for topic in topics:
        await two.relay.listen(topic)
    for topic in topics:
        one.relay.publish(topic, topic.encode())
    assert await everything(two, one) == [topic.encode() for topic in topics]


async def test_payloads_arrive_as_they_were(replica: Start) -> None:
    one, two = await replica("one"), await replica("two")
    await two.relay.listen("topic")
    payloads = [b"", bytes(range(256)), b"x" * 1_000_000]
    for payload in payloads:
        one.relay.publish("topic", payload)
    await eventually(lambda: two.payloads == payloads)


async def test_what_one_published_before_it_drained_and_left_arrives(replica: Start) -> None:
    one, two = await replica("one"), await replica("two")
    await two.relay.listen("topic")
    payloads = [b"%d" % number for number in range(1000)]
    for payload in payloads:
        one.relay.publish("topic", payload)
    await one.relay.drain()
    await one.stop()
    await eventually(lambda: two.payloads == payloads)


async def test_with_nothing_published_draining_is_done_at_once(replica: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_rabbitmq, "DRAIN_SECONDS", 3600.0)
    one = await replica("one")
    async with asyncio.timeout(10):
        await one.relay.drain()


async def test_recovery_is_told_before_anything_arrives(replica: Start) -> None:
    one = await replica("one")
    assert one.recoveries == 1
    assert one.heard == []


async def test_a_replica_that_left_is_not_waited_for(replica: Start) -> None:
    one, two, three = [await replica(name) for name in ("one", "two", "three")]
    for listener in (two, three):
        await listener.relay.listen("topic")
    await two.stop()
    one.relay.publish("topic", b"hello")
    assert await everything(three, one) == [b"hello"]
    assert two.heard == []
