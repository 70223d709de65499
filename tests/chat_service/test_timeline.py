"""Folding: the cases that the browser's implementation is held to as well, and folding in pieces."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat_service.events import (
    AnyEvent,
    Delete,
    Edit,
    Message,
    MessageChange,
    Person,
    Pin,
    React,
    Unpin,
    Unreact,
)
from chat_service.timeline import FoldedMessage, as_sent, fold, fold_all, forgotten

CASES = json.loads((Path(__file__).parents[1] / "folding.json").read_text())
FORGETTING = json.loads((Path(__file__).parents[1] / "forgetting.json").read_text())
KNOWN_TYPES = {kind.__struct_config__.tag for kind in (Message, *MessageChange.__args__)}
PEOPLE = [Person("p-ada", "Ada"), Person("p-bob", "Bob"), Person("p-cy", "Cy")]
HELLO = Message(id="m-1", author=PEOPLE[0], seq=1, at=1, text="Hello")

Change = MessageChange | Message


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_folding(case: dict[str, Any]) -> None:
    message = msgspec.convert(case["message"], FoldedMessage)
    known = [change for change in case["changes"] if change["type"] in KNOWN_TYPES]  # the store has no others
    folded = fold_all(message, msgspec.convert(known, list[Change]))
    assert json.loads(msgspec.json.encode(folded)) == case["expected"]


@pytest.mark.parametrize("case", FORGETTING, ids=lambda case: str(case["name"]))
def test_forgetting(case: dict[str, Any]) -> None:
    event, gone = msgspec.convert(case["event"], AnyEvent), msgspec.convert(case["gone"], Person)
    left = forgotten(event, gone, erase=case["erase"])
    assert json.loads(msgspec.json.encode(left)) == case["expected"]


def test_every_change_of_a_message_has_a_case() -> None:
    assert {change["type"] for case in CASES for change in case["changes"]} - {"hologram"} == KNOWN_TYPES


def test_no_case_stands_there_twice() -> None:
    assert len({case["name"] for case in CASES + FORGETTING}) == len(CASES + FORGETTING)


@st.composite
def histories(draw: st.DrawFn) -> list[Change]:
    """Whatever may happen to a message."""
    changes: list[Change] = []
    for seq in range(2, draw(st.integers(2, 14))):
        kind = draw(st.sampled_from([Edit, Delete, React, React, Unreact, Pin, Unpin, Message]))
        fields: dict[str, Any] = {"id": f"c-{seq}", "author": draw(st.sampled_from(PEOPLE)), "seq": seq, "at": seq}
        if kind is Message:
            fields |= {"text": "Yes", "reply_to": 1, "thread": 1}
        else:
            fields["target"] = 1
        if kind is Edit:
            fields["text"] = f"text {seq}"
        if kind in {React, Unreact}:
            fields["emoji"] = draw(st.sampled_from("👍👎🎉"))
        changes.append(kind(**fields))
    return changes


def erased(event: Change) -> Change:
    """What the store keeps of an event when its message was deleted."""
    if isinstance(event, Edit):
        return msgspec.structs.replace(event, text="", erased=True)
    return event


@given(histories(), st.data())
def test_a_page_and_the_live_events_after_it_make_what_all_at_once_makes(
    changes: list[Change], data: st.DataObject
) -> None:
    page = data.draw(st.integers(0, len(changes)))
    # A page is a frame: what a client goes on with has been through JSON.
    folded = msgspec.json.decode(msgspec.json.encode(fold_all(HELLO, changes[:page])), type=FoldedMessage)
    for change in changes[page:]:
        folded = fold(folded, change)
    assert msgspec.json.encode(folded) == msgspec.json.encode(fold_all(HELLO, changes))


@given(histories(), st.data())
def test_a_page_read_after_its_texts_were_erased_makes_the_same_in_the_end(
    changes: list[Change], data: st.DataObject
) -> None:
    if not any(isinstance(change, Delete) for change in changes):
        return
    page = data.draw(st.integers(0, len(changes)))
    message_too = data.draw(st.booleans())  # a read may fall between the erasing of an edit and that of its message
    message = msgspec.structs.replace(HELLO, text="", erased=True) if message_too else HELLO
    folded = fold_all(message, [erased(change) for change in changes[:page]])
    for change in changes[page:]:
        folded = fold(folded, change)
    assert msgspec.json.encode(folded) == msgspec.json.encode(fold_all(HELLO, changes))


def test_a_message_is_folded_without_being_changed() -> None:
    before = msgspec.json.encode(HELLO)
    fold_all(
        HELLO,
        [
            React(id="c-2", author=PEOPLE[1], seq=2, target=1, emoji="👍"),
            Delete(id="c-3", author=PEOPLE[0], seq=3, target=1),
        ],
    )
    assert msgspec.json.encode(HELLO) == before
    assert msgspec.json.encode(as_sent(HELLO)) == before
