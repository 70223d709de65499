"""What people are called whose access tokens may still have an older name: for as long as a token could have lasted.

Else whoever comes with such a token, from another device perhaps, would be known by the old name again.
"""

import time
from collections.abc import Callable

from chassis.access_tokens import Identity
from chat_service.events import Person
from chat_service.revocations import REMEMBERED_SECONDS
from chat_service.visitor import RoomInvitation, Visitor


class Renames:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._names: dict[str, tuple[str, float]] = {}

    def learn(self, person: Person) -> None:
        now = self._clock()
        self._names.pop(person.id, None)
        self._names[person.id] = person.name, now + REMEMBERED_SECONDS
        while self._names[oldest := next(iter(self._names))][1] <= now:  # dicts keep the order of insertion
            del self._names[oldest]

    def visitor(self, identity: Identity) -> Visitor:
        """Whose token it is, by the name they have now, and with what else it says."""
        name, _ = self._names.get(identity.person, (identity.name, 0.0))
        invitations = tuple(RoomInvitation(one.id, one.room, one.by) for one in identity.invitations)
        return Visitor(Person(identity.person, name), identity.admin, invitations)
