"""What a client can be told: one class for each code, and docs/protocol.md lists them all."""

import re
from pathlib import Path

import pytest

from chat_service import errors
from chat_service.errors import ChatError, Close

PROTOCOL = Path(__file__).parents[2] / "docs" / "protocol.md"
RECONNECT = range(4000, 4500)
DO_NOT_RECONNECT = range(4500, 5000)
FINAL = (Close.UNAUTHENTICATED, Close.SIGNED_OUT, Close.NOT_ALLOWED)


def rows(heading: str) -> list[tuple[str, ...]]:
    """The cells of the table under a heading of docs/protocol.md."""
    section = PROTOCOL.read_text(encoding="utf-8").split(f"### {heading}\n")[1].split("\n#")[0]
    lines = re.findall(r"^\| (.*) \|$", section, re.MULTILINE)
    return [tuple(cell.strip(" `") for cell in line.split(" | ")) for line in lines[1:]]


def test_the_protocols_table_lists_every_request_error_and_no_other() -> None:
    assert [row[0] for row in rows("Errors")] == [kind.code for kind in ChatError.__subclasses__()]


def test_the_protocols_table_lists_every_close_code_and_no_other() -> None:
    assert [row[:2] for row in rows("Close codes")] == [(str(close.value), close.name.lower()) for close in Close]


def test_no_two_classes_share_a_code() -> None:
    codes = [kind.code for kind in ChatError.__subclasses__()]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("kind", ChatError.__subclasses__(), ids=lambda kind: kind.__name__)
def test_a_class_is_called_as_its_code(kind: type[ChatError]) -> None:
    assert re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower() == kind.code


@pytest.mark.parametrize("close", [close for close in Close if close not in FINAL])
def test_whoever_may_come_back_is_told_so_by_the_number(close: Close) -> None:
    assert close in RECONNECT


@pytest.mark.parametrize("close", FINAL)
def test_whoever_would_be_refused_again_is_told_not_to_come_back(close: Close) -> None:
    assert close in DO_NOT_RECONNECT


def test_only_what_may_succeed_later_says_when() -> None:
    assert {kind for kind in ChatError.__subclasses__() if kind.retry_after} == {errors.Unavailable}


def test_an_unknown_room_names_the_field() -> None:
    assert errors.UnknownRoom().field == "room"
