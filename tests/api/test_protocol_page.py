"""docs/protocol.md, which people read, names all that is in the frames; limits and codes have tests of their own."""

import re

import msgspec
import pytest

from chat_service import commands, notices
from chat_service.events import AnyEvent
from tests.api.asyncapi import NOTICES
from tests.api.documents import DOCS

LINES = (DOCS / "protocol.md").read_text(encoding="utf-8").splitlines()
SAID_FOR_ALL = {"id", "room"}


def lines_about(op: str) -> str:
    """Rows that begin with this op or have its frame."""
    begins = re.compile(rf'^\| ([^|]*`{op}`[^|]*) \||"op": "{op}"')
    return "\n".join(line for line in LINES if begins.search(line))


def fields(kind: type[msgspec.Struct]) -> set[str]:
    return {field.encode_name for field in msgspec.structs.fields(kind)}


def unnamed(names: set[str], text: str) -> set[str]:
    return {name for name in names if not re.search(rf"\b{name}\b", text)}


@pytest.mark.parametrize("kind", commands.AnyCommand.__args__, ids=lambda kind: kind.__name__)
def test_every_command_is_there_with_its_fields(kind: type[msgspec.Struct]) -> None:
    text = lines_about(str(kind.__struct_config__.tag)) or "\n".join(LINES)
    assert f"{kind.__struct_config__.tag}" in text
    assert unnamed(fields(kind) - SAID_FOR_ALL, text) == set()


@pytest.mark.parametrize("kind", NOTICES, ids=lambda kind: kind.__name__)
def test_every_notice_is_there_with_its_fields(kind: type[msgspec.Struct]) -> None:
    text = lines_about(str(kind.__struct_config__.tag))
    assert text
    assert unnamed(fields(kind), text) == set()


@pytest.mark.parametrize("kind", AnyEvent.__args__, ids=lambda kind: kind.__name__)
def test_every_event_is_there_with_its_fields(kind: type[msgspec.Struct]) -> None:
    text = lines_about(str(kind.__struct_config__.tag))
    assert text
    common = {"id", "author", "seq", "at", "erased"}  # told above the table, and of messages
    assert unnamed(fields(kind) - common, text) == set()


@pytest.mark.parametrize(
    "kind", [notices.RoomState, notices.Limits, notices.FoundRoom, notices.Membership, notices.Count]
)
def test_what_is_within_frames_is_there_with_its_fields(kind: type[msgspec.Struct]) -> None:
    assert unnamed(fields(kind), "\n".join(LINES)) == set()
