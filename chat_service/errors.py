"""What a client can be told, one class for each wire code; docs/protocol.md has the same table.

A request error answers one request and keeps the connection. A close code ends the connection, and its number says
whether to come back: 4000-4499 reconnect and resume, 4500-4999 don't.
"""

from enum import IntEnum


class ChatError(Exception):
    """A request that can't be done; `retry_after` in seconds where the same request may succeed later."""

    code = "internal"
    retry_after: float | None = None

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Malformed(ChatError):
    """Not a JSON object in a text frame."""

    code = "malformed"


class UnknownOp(ChatError):
    """An operation this version does not know."""

    code = "unknown_op"


class HelloRequired(ChatError):
    """The first frame has to be `hello`, and only the first."""

    code = "hello_required"


class Invalid(ChatError):
    """A field is missing, of a wrong type or out of its limits."""

    code = "invalid"


class UnknownRoom(ChatError):
    """No such room, or none that this person may see: the two are not told apart."""

    code = "unknown_room"

    def __init__(self) -> None:
        super().__init__("There is no such room.", field="room")


class UnknownMessage(ChatError):
    """No such message in this room, or one that was deleted."""

    code = "unknown_message"

    def __init__(self, field: str = "target") -> None:
        super().__init__("There is no such message in this room.", field=field)


class UnknownPerson(ChatError):
    """Nobody of this id, or nobody who is in this room."""

    code = "unknown_person"

    def __init__(self, message: str = "There is no such person.", field: str = "person") -> None:
        super().__init__(message, field=field)


class NotAllowed(ChatError):
    """One's role in the room, or the scope of one's token, does not go so far."""

    code = "not_allowed"


class Muted(ChatError):
    """One may say nothing here for `retry_after` seconds."""

    code = "muted"

    def __init__(self, retry_after: float) -> None:
        super().__init__("You are muted in this room.")
        self.retry_after = retry_after


class Banned(ChatError):
    """One may not come back into this room."""

    code = "banned"

    def __init__(self) -> None:
        super().__init__("You are banned from this room.", field="room")


class Archived(ChatError):
    """The room is archived: it can be read only."""

    code = "archived"

    def __init__(self) -> None:
        super().__init__("This room is archived.", field="room")


class SlowMode(ChatError):
    """The room is in slow mode, and one's last message too young: wait for `retry_after` seconds."""

    code = "slow_mode"

    def __init__(self, retry_after: float) -> None:
        super().__init__("This room is in slow mode. Wait a moment before the next message.")
        self.retry_after = retry_after


class RateLimited(ChatError):
    """More requests than one person may make: wait for `retry_after` seconds."""

    code = "rate_limited"

    def __init__(self, retry_after: float) -> None:
        super().__init__("That was too fast. Wait a moment, then send it again with the same id.")
        self.retry_after = retry_after


class NameTaken(ChatError):
    """Another public room has this name."""

    code = "name_taken"

    def __init__(self) -> None:
        super().__init__("Another room has this name already.", field="name")


class LastOwner(ChatError):
    """A room with members needs an owner: make somebody else one first."""

    code = "last_owner"

    def __init__(self) -> None:
        super().__init__("You are the room's only owner. Make somebody else an owner first.")


class LimitReached(ChatError):
    """As many as there may be: of pins in a room, of different reactions on a message."""

    code = "limit_reached"


class Unavailable(ChatError):
    """The store can't be reached now; nothing was acknowledged, and the same id may be sent again."""

    code = "unavailable"
    retry_after = 1.0

    def __init__(self) -> None:
        super().__init__("The message could not be stored yet. Send it again with the same id.")


class Internal(ChatError):
    """Our mistake; its trace is in the log."""

    code = "internal"

    def __init__(self) -> None:
        super().__init__("Something went wrong on our side.")


class Close(IntEnum):
    """Why a connection ends."""

    GOING_AWAY = 4000
    """This replica is leaving: reconnect, another one is there."""
    TOKEN_EXPIRED = 4001
    """Refresh the access token, then reconnect."""
    HELLO_TIMEOUT = 4002
    """No `hello` within 10 s."""
    UNAVAILABLE = 4003
    """The store can't be reached, so there's nothing to greet with: reconnect in a moment."""
    INTERNAL = 4004
    """Our mistake; its trace is in the log."""
    TOO_MANY_CONNECTIONS = 4005
    """This person or address has as many sockets as it may: close one, or come back later."""
    UNAUTHENTICATED = 4500
    """No access token, or one that isn't ours: sign in."""
    SIGNED_OUT = 4501
    """The session was ended, or its person disabled: sign in."""
    NOT_ALLOWED = 4502
    """The token's scope does not go as far as a socket."""
