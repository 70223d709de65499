"""Who asks, whichever way they came: over a socket or by HTTP."""

import msgspec

from chat_service.events import Person


class Visitor(msgspec.Struct, frozen=True):
    """A person with a good token; `admin` if they administer this Parley."""

    person: Person
    admin: bool = False
