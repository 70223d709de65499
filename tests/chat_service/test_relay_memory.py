"""What only the relay in memory does; tests/contracts/test_relay.py holds it to the port's promises."""

from chat_service.relay_memory import MemoryRelay


def test_a_relay_in_memory_is_never_in_doubt() -> None:
    assert not MemoryRelay().in_doubt


def test_a_lone_replica_publishes_to_nobody() -> None:
    relay = MemoryRelay()
    relay.publish("room:lobby", b"x")
    assert relay._inbox.empty()
