"""Rooms' logs in which anything may have happened, and what they come to, counted without any cleverness."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from chat_service.events import AnyEvent, Delete, Edit, Join, Message, MessageChange, Person, Pin, React, Unpin, Unreact
from chat_service.timeline import fold_all
from tests.chat_service.examples import ADA, BOB


def event(of: type[Any], seq: int, author: Person = ADA, /, **fields: object) -> Any:
    return of(id=f"e-{seq}", author=author, seq=seq, at=seq, **fields)


def said(seq: int, author: Person = ADA, text: str = "Hi", **fields: object) -> Message:
    message: Message = event(Message, seq, author, text=text, **fields)
    return message


def changes_of(events: Sequence[AnyEvent]) -> list[MessageChange]:
    return [event for event in events if isinstance(event, MessageChange)]


@st.composite
def logs(draw: st.DrawFn) -> list[AnyEvent]:
    """A room's log in which anything may have happened, as the use cases let it."""
    events: list[AnyEvent] = []
    for seq in range(1, draw(st.integers(1, 20)) + 1):
        messages = [event for event in events if isinstance(event, Message)]
        kind = draw(st.sampled_from([Message, Message, Edit, Delete, Pin, Unpin, React, Unreact, Join]))
        author = draw(st.sampled_from([ADA, BOB]))
        if kind is Join or (kind is not Message and not messages):
            events.append(event(Join, seq, author))
        elif kind is Message:
            mentions = draw(st.sampled_from([[], [ADA.id], [BOB.id]]))
            root = draw(st.sampled_from([None, *messages]))
            thread = (root.thread or root.seq) if root else None
            events.append(
                said(seq, author, f"text {seq}", mentions=mentions, reply_to=root and root.seq, thread=thread)
            )
        else:
            target = draw(st.sampled_from(messages))
            fields: dict[str, object] = {"target": target.seq}
            if kind is Edit:
                author = target.author
                fields |= {"text": f"text {seq}", "mentions": draw(st.sampled_from([[], [ADA.id], [BOB.id]]))}
            if kind in {React, Unreact}:
                fields["emoji"] = draw(st.sampled_from("👍👎"))
            events.append(event(kind, seq, author, **fields))
    return events


def counted_naively(events: Sequence[AnyEvent], person: str, marker: int) -> tuple[int, int]:
    folded = [
        fold_all(message, [change for change in changes_of(events) if change.target == message.seq])
        for message in events
        if isinstance(message, Message)
    ]
    unread = [
        message for message in folded if message.seq > marker and message.author.id != person and not message.erased
    ]
    return len(unread), sum(person in message.mentions for message in unread)
