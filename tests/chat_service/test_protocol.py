"""Frames: what goes in comes out, and what is no frame is told so in words."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat_service import commands, notices, protocol
from chat_service.errors import ChatError, Invalid, Malformed, UnknownOp
from chat_service.protocol import BadFrame
from tests.chat_service.examples import stored
from tests.chat_service.test_commands import COMMANDS

SEND: dict[str, Any] = {"op": "send", "id": "m-1", "room": "lobby", "text": "Hi"}


def refusal(frame: str) -> BadFrame:
    with pytest.raises(BadFrame) as refused:
        protocol.decode(frame)
    return refused.value


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


def test_text_is_kept_verbatim_in_both_directions() -> None:
    text = '<b>&amp;\u202e\u200f 👩‍👩‍👧 \U0001f600 שלום\n\t\\ " \u2028'
    assert protocol.decode(json.dumps(SEND | {"text": text})) == commands.Send(id="m-1", room="lobby", text=text)
    assert (
        json.loads(protocol.encode(notices.Events(room="r", events=[stored(1, text=text)])))["events"][0]["text"]
        == text
    )


def test_an_unknown_op_is_named_in_its_answer_with_the_request_id() -> None:
    bad = refusal('{"op": "dance", "id": "m-1"}')
    assert isinstance(bad.error, UnknownOp)
    assert "dance" in bad.error.message
    assert bad.id == "m-1"


def test_an_endless_op_is_not_repeated_at_length() -> None:
    assert len(refusal(json.dumps({"op": "x" * 60_000})).error.message) < 100


def test_unknown_fields_are_ignored() -> None:
    command = protocol.decode(json.dumps(SEND | {"colour": "red", "nested": {"a": [1, None]}}))
    assert command == commands.Send(id="m-1", room="lobby", text="Hi")


@pytest.mark.parametrize("field", ["id", "room", "text"])
def test_a_missing_field_is_named(field: str) -> None:
    bad = refusal(json.dumps({name: value for name, value in SEND.items() if name != field}))
    assert isinstance(bad.error, Invalid)
    assert bad.error.field == field


@pytest.mark.parametrize("field", ["id", "room", "text"])
@pytest.mark.parametrize("value", [None, 5, True, ["x"], {"$ne": None}])
def test_a_field_of_a_wrong_type_is_named(field: str, value: object) -> None:
    bad = refusal(json.dumps(SEND | {field: value}))
    assert isinstance(bad.error, Invalid)
    assert bad.error.field == field


@pytest.mark.parametrize(
    ("frame", "field"),
    [
        ({"op": "history", "id": "h", "room": "lobby", "limit": 0}, "limit"),
        ({"op": "history", "id": "h", "room": "lobby", "limit": 101}, "limit"),
        ({"op": "history", "id": "h", "room": "lobby", "before": -1}, "before"),
        ({"op": "history", "id": "h", "room": "lobby", "before": 2**53}, "before"),
        ({"op": "history", "id": "h", "room": "lobby", "before": 10**4000}, "before"),
        ({"op": "history", "id": "h", "room": "lobby", "before": 1.5}, "before"),
        ({"op": "history", "id": "h", "room": ""}, "room"),
        ({"op": "history", "id": "h", "room": "r" * 65}, "room"),
        ({"op": "send", "id": "a b", "room": "lobby", "text": "Hi"}, "id"),
        ({"op": "hello", "resume": 5}, "resume"),
        ({"op": "hello", "resume": {"rooms": {}}}, "resume"),
        ({"op": "hello", "resume": {"epoch": 1, "rooms": {}}}, "resume.epoch"),
        ({"op": "hello", "resume": {"epoch": "e", "rooms": {"lobby": -1}}}, "resume.rooms[...]"),
        ({"op": "hello", "resume": {"epoch": "e", "rooms": {"r" * 65: 1}}}, "resume.rooms"),
        ({"op": "hello", "resume": {"epoch": "e", "rooms": {f"r{n}": 1 for n in range(1001)}}}, "resume.rooms"),
    ],
)
def test_a_value_out_of_its_limits_names_its_field(frame: dict[str, object], field: str) -> None:
    bad = refusal(json.dumps(frame))
    assert isinstance(bad.error, Invalid)
    assert bad.error.field == field


def test_an_invalid_command_is_answered_under_its_own_id() -> None:
    assert refusal('{"op": "send", "id": "m-1"}').id == "m-1"


def test_an_id_that_is_no_text_is_not_repeated() -> None:
    assert refusal('{"op": "ping", "id": 7}').id is None


@pytest.mark.parametrize(
    "frame",
    [
        "",
        " ",
        "hello",
        "{",
        '{"op": "send", "id": 5',
        '{"op": "send"} {}',
        "NaN",
        '"send"',
        "null",
        "[]",
        '[{"op": "ping", "id": "p"}]',
        "5",
        "9" * 5000,
        "1e400",
        "{}",
        '{"id": "m-1"}',
        '{"op": null}',
        '{"op": 5}',
        '{"op": ["send"]}',
        '{"op": "send", "id": "a", "room": "lobby", "text": "\\ud800"}',
        '{"op": "send", "id": "a", "room": "lobby", "text": "\ud800"}',
        '{"op": "send", "text": "\x01"}',
        nested(30_000),
        '{"op": "ping", "id": "p", "x": ' + nested(30_000) + "}",
        '{"op": "ping", "id": ' + nested(30_000) + "}",
        '{"op": ' + nested(30_000) + "}",
        '{"a":' * 10_000 + "1" + "}" * 10_000,
    ],
    ids=lambda frame: ascii(frame[:24]),
)
def test_what_is_no_json_object_with_an_op_is_malformed(frame: str) -> None:
    assert isinstance(refusal(frame).error, Malformed)


def test_no_more_than_a_sentence_is_said_about_a_malformed_frame() -> None:
    assert len(refusal("x" * 60_000).error.message) < 200


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
fields = st.sampled_from(["op", "id", "room", "text", "before", "limit", "resume", "token"]) | st.text()
ops = st.sampled_from(["hello", "send", "history", "renew", "ping"]) | json_values


def decoded_or_refused(frame: str) -> commands.AnyCommand | ChatError:
    try:
        return protocol.decode(frame)
    except BadFrame as bad:
        return bad.error


@given(st.text(st.characters(), max_size=200))
def test_no_text_whatever_does_worse_than_being_refused(frame: str) -> None:
    assert isinstance(decoded_or_refused(frame), Malformed | Invalid | UnknownOp)


@given(st.builds(lambda op, rest: json.dumps(rest | {"op": op}), ops, st.dictionaries(fields, json_values)))
def test_no_object_whatever_does_worse_than_being_refused(frame: str) -> None:
    assert isinstance(decoded_or_refused(frame), commands.Command | Malformed | Invalid | UnknownOp)


@given(st.sampled_from(sorted(COMMANDS)), st.integers(0, 200), st.text(max_size=5))
def test_no_damaged_frame_does_worse_than_being_refused(name: str, where: int, damage: str) -> None:
    frame = msgspec.json.encode(COMMANDS[name]).decode()
    cut = frame[:where] + damage
    assert isinstance(decoded_or_refused(cut), commands.Command | Malformed | Invalid | UnknownOp)
