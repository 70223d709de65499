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
    UNAUTHENTICATED = 4500
    """No access token, or one that isn't ours: sign in."""
