"""A conversation that an archive keeps."""

from collections.abc import Sequence
from typing import Protocol

from chat_service.archive import Archive
from chat_service.events import AnyEvent, Create, Edit, Join, Person, Pin, React
from chat_service.store import EventStore
from tests.chat_service.examples import BOB
from tests.chat_service.histories import event, said

ROOM = "lobby"
CY = Person("p-cy", "Cy")
SECRET = "the text that goes"


class Kept(Protocol):
    @property
    def store(self) -> EventStore: ...

    @property
    def archive(self) -> Archive: ...


def conversation() -> list[AnyEvent]:
    return [
        event(Create, 1, name="lobby", kind="public"),
        said(2),
        said(3, BOB, SECRET, html=f"<p>{SECRET}</p>", mentions=["p-ada"]),
        event(React, 4, target=2, emoji="👍"),
        event(Edit, 5, BOB, target=3, text=f"{SECRET}, again", mentions=["p-cy"]),
        event(Join, 6, CY),
        event(Edit, 7, BOB, target=3, text=f"{SECRET}, at last", html=f"<p>{SECRET}</p>", mentions=["p-ada", "p-cy"]),
        said(8, CY, reply_to=2, thread=2),
        said(9, BOB, reply_to=8, thread=2),
        event(Pin, 10, target=2),
    ]


async def keep(kept: Kept, events: Sequence[AnyEvent] | None = None) -> list[AnyEvent]:
    events = conversation() if events is None else list(events)
    assert await kept.store.append(ROOM, events) == len(events)
    return events
