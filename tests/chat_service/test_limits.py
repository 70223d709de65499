"""The limits of the socket, and that the protocol's page tells the same."""

from pathlib import Path

import pytest

from chat_service import archive, connection, limits

PROTOCOL = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "told",
    [
        f"{limits.MAX_TEXT_CHARS:,} characters",
        f"at most {limits.MAX_FRAME_BYTES // 1024} KiB each",
        f"`limit` (1 to {limits.MAX_PAGE_EVENTS})",
        f"set of 2 to {limits.MAX_CONVERSATION_PEOPLE} people",
        f"`seconds` (0 to {limits.MAX_SLOW_MODE_SECONDS:,})",
        f"seconds` (1 to {limits.MAX_MUTE_SECONDS // 86400} days)",
        f"At most {limits.MAX_PINS} in a room",
        f"at most {limits.MAX_REACTION_KINDS} different emoji",
        f"(at most {limits.MAX_WATCHED_ROOMS}), instead of those before",
        f"room of at most {limits.SMALL_ROOM_PEOPLE} people",
        f"within {limits.HELLO_TIMEOUT_SECONDS:.0f} s",
        f"room (at most {limits.MAX_RESUMED_ROOMS:,})",
        f"more than {connection.MAX_REPLAY_EVENTS:,} events behind",
        f"At most {limits.MAX_MESSAGE_CHANGES:,} things may happen to one message",
        f"({archive.MAX_COUNTED:,} stands for more; looked for among",
        f"among the newest {archive.MAX_LOOKED_THROUGH:,} messages above the marker",
        f"limit?` (1 to {limits.MAX_FOUND})",
    ],
)
def test_the_protocols_page_tells_every_limit(told: str) -> None:
    assert told in " ".join(PROTOCOL.split())
