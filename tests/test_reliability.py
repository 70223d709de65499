"""The bounds that docs/reliability.md states, held to the code that keeps them."""

from pathlib import Path

import pytest

from chassis import amqp, health
from chat_service import (
    canary,
    connection,
    connections,
    handover,
    hub,
    keeping_up,
    outbox,
    page_bounds,
    presence,
    recent,
    relay_rabbitmq,
    watched_room,
    watching,
    writer,
)
from chat_service.pace import BURST_SECONDS
from chat_service.settings import ChatSettings

PAGE = (Path(__file__).parents[1] / "docs" / "reliability.md").read_text(encoding="utf-8")
ROWS = [row.strip("| ").split(" | ", 1) for row in PAGE.partition("## Bounds\n\n| | |\n|---|---|\n")[2].splitlines()]
MIB = 1024 * 1024


def default(setting: str) -> float:
    """What a setting is unless it is told."""
    return float(ChatSettings.model_fields[setting].default)


writes, rooms = default("writes_per_second"), default("rooms_per_second")
not_taken, unheard = relay_rabbitmq.PUBLISH_TIMEOUT_SECONDS, canary.CANARY_SECONDS + canary.PATIENCE_SECONDS

BOUNDS = {
    "a send": [f"{writer.DEADLINE_SECONDS:g} s"],
    "an event whose relay message was lost": [
        f"{hub.HEAD_CHECK_SECONDS:g} s at most",
        f"{hub.DOUBTFUL_HEAD_CHECK_SECONDS:g} s once",
        f"each {hub.HEAD_CHECK_ROOMS_A_SECOND:,} rooms",
    ],
    "a client that doesn't read": [f"{outbox.OUTBOX_MAX_BYTES // MIB} MiB"],
    "a replica that writes a room for others": [f"{handover.PATIENCE_SECONDS:g} s"],
    "a broker that takes nothing": [
        f"{not_taken:g} s, or {not_taken + canary.CANARY_SECONDS:g} s",
        f"every {canary.CANARY_SECONDS:g} s",
    ],
    "a broker that delivers nothing": [f"{unheard:g} s; after {unheard + canary.DEAF_SECONDS:g} s"],
    "a database or broker that hangs": [f"{health.CHECK_TIMEOUT_SECONDS:g} s"],
    "a broker that is back": [f"{amqp.LONGEST_RETRY_SECONDS:g} s at most", f"{amqp.CONNECT_TIMEOUT_SECONDS:g} s more"],
    "what waits for a broker": [f"{relay_rabbitmq.MAX_PENDING_BYTES // MIB} MiB"],
    "a room's unanswered sends": [f"{writer.MAX_PENDING_EVENTS:,}"],
    "a removed member": [f"{hub.HEAD_CHECK_SECONDS:g} s"],
    "somebody whose last socket broke": [
        f"{default('presence_grace_seconds'):g} s",
        f"after {presence.REPLICA_SILENT_SECONDS:g} s",
    ],
    "an invited person": [f"{keeping_up.LOOK_SECONDS:g} s; {keeping_up.DOUBTFUL_LOOK_SECONDS:g} s"],
    "a change whose replica died": [f"{keeping_up.APPLY_AFTER_SECONDS:g} s"],
    "a room without an owner": [f"{keeping_up.APPLY_AFTER_SECONDS:g} s"],
    "one person's messages": [f"{writes:g} a second", f"{writes * BURST_SECONDS:g} at once"],
    "rooms that one person makes": [f"{rooms:g} a second", f"{rooms * BURST_SECONDS:g} at once"],
    "one person's connections": [f"{connection.MAX_CONNECTIONS_A_PERSON}"],
    "an address's sockets": [f"{default('sockets_per_address'):,.0f} "],
    "who is online": [f"{watched_room.MAX_IDS:,} a frame, {watched_room.MAX_SHOWN:,} in all"],
    "a replica that stops": [
        f"{connections.CLOSED_A_SECOND:,} a second",
        f"within {connections.GOAWAY_RETRY_SECONDS:g} s",
    ],
    "a page": [f"{page_bounds.MAX_PAGE_BYTES // MIB} MiB"],
    "what is kept in memory": [f"{recent.MAX_BYTES // MIB} MiB"],
    "a replay": [f"{connection.MAX_REPLAY_EVENTS:,} events"],
}


@pytest.mark.parametrize(("what", "bound"), ROWS, ids=[what for what, _ in ROWS])
def test_a_bound_is_as_the_code_keeps_it(what: str, bound: str) -> None:
    (told,) = (told for begins, told in BOUNDS.items() if what.startswith(begins))
    assert [words for words in told if words not in bound] == []


def test_a_dead_replicas_people_are_offline_within_half_a_minute() -> None:
    assert presence.REPLICA_SILENT_SECONDS + watching.LONGEST_GATHER_SECONDS <= 30
