"""Frames, as a client reads and writes them."""

import json

import msgspec
import pytest

from parley_client import frames


def test_a_frame_of_a_newer_server_is_read_as_far_as_it_is_known() -> None:
    frame = frames.decode('{"op":"new","room":"lobby","later":{"a":1}}')
    assert (frame.op, frame.room) == ("new", "lobby")


def test_events_know_the_room_they_came_in() -> None:
    event = {"type": "message", "seq": 1, "at": 2, "author": {"id": "a", "name": "Ada"}, "id": "x", "text": "hi"}
    frame = frames.decode(json.dumps({"op": "events", "room": "lobby", "events": [event]}))
    assert [event.room for event in frame.events] == ["lobby"]


def test_a_departure_says_whether_an_account_and_its_texts_are_gone() -> None:
    leave = {"type": "leave", "seq": 1, "at": 2, "author": {"id": "a", "name": "deleted person"}, "id": "x"}
    gone = [leave, leave | {"deleted": True}, leave | {"deleted": True, "erased": True}]
    frame = frames.decode(json.dumps({"op": "events", "room": "lobby", "events": gone}))
    assert [(event.deleted, event.erased) for event in frame.events] == [(False, False), (True, False), (True, True)]


def test_what_is_no_frame_is_an_error() -> None:
    with pytest.raises(msgspec.MsgspecError):
        frames.decode("[]")


def test_a_request_is_one_json_object() -> None:
    assert json.loads(frames.encode("send", id="x", text="é")) == {"op": "send", "id": "x", "text": "é"}
