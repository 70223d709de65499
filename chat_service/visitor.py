"""Who asks, whichever way they came: over a socket or by HTTP."""

import msgspec

from chat_service.events import Person


class RoomInvitation(msgspec.Struct, frozen=True):
    """A link into `room`, made by the person `by`, with which somebody registered."""

    id: str
    room: str
    by: str


class Visitor(msgspec.Struct, frozen=True):
    """A person with a good token; `admin` if they administer this Parley."""

    person: Person
    admin: bool = False
    invitations: tuple[RoomInvitation, ...] = ()
