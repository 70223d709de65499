"""docs/protocol.md, which people read, names all that is in the frames; limits and codes have tests of their own."""

import json
import re
from collections.abc import Sequence

import msgspec
import pytest

from chat_service import commands, notices
from chat_service.events import AnyEvent
from chat_service.timeline import Entry
from tests.api.asyncapi import NOTICES
from tests.api.documents import DOCS

ALL_LINES = (DOCS / "protocol.md").read_text(encoding="utf-8").splitlines()
EXAMPLES = [line for line in ALL_LINES if line.startswith(("> {", "< {"))]
LINES = [line for line in ALL_LINES if line not in EXAMPLES]
SAID_FOR_ALL = {"id", "room"}


class FoldedPage(notices.Page, frozen=True, kw_only=True, tag="page"):
    """As it is unless it is asked for raw."""

    events: Sequence[Entry]


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


@pytest.mark.parametrize("line", EXAMPLES)
def test_an_example_is_a_frame_with_these_fields(line: str) -> None:
    shown = json.loads(line[2:])
    kinds = commands.AnyCommand.__args__ if line.startswith(">") else NOTICES
    (kind,) = (kind for kind in kinds if kind.__struct_config__.tag == shown["op"])
    read = json.loads(msgspec.json.encode(msgspec.convert(shown, FoldedPage if kind is notices.Page else kind)))
    assert {name: read.get(name) for name in shown} == shown


def test_what_one_needs_first_has_an_example() -> None:
    ops = {json.loads(line[2:])["op"] for line in EXAMPLES}
    assert ops >= {"hello", "welcome", "events", "send", "ok", "error", "history", "page", "goaway"}
