"""The frames of the socket: bytes <-> typed commands and notices. No I/O here; docs/protocol.md is the contract."""

from collections.abc import Sequence
from typing import Annotated

import msgspec

from chat_service.errors import ChatError, Invalid, Malformed, UnknownOp
from chat_service.events import AnyEvent, ClientId, Person

MAX_FRAME_BYTES = 64 * 1024
MAX_TEXT_CHARS = 4000
MAX_PAGE_EVENTS = 100
HEARTBEAT_SECONDS = 25.0
HELLO_TIMEOUT_SECONDS = 10.0
MAX_RESUMED_ROOMS = 1000

RoomId = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Seq = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]  # what a double holds, so what every client holds


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="op"):
    """What a client sends; `id` names the request in its answer."""


class Resume(msgspec.Struct, frozen=True):
    """`rooms` maps each room to the last seq that the client has, without a gap before it."""

    epoch: str
    rooms: Annotated[dict[RoomId, Seq], msgspec.Meta(max_length=MAX_RESUMED_ROOMS)]


class Hello(Command, frozen=True, kw_only=True, tag="hello"):
    resume: Resume | None = None


class Send(Command, frozen=True, kw_only=True, tag="send"):
    id: ClientId
    room: RoomId
    text: str


class History(Command, frozen=True, kw_only=True, tag="history"):
    """A page of what was before `before`, or the newest page."""

    id: ClientId
    room: RoomId
    before: Seq | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE_EVENTS)] = MAX_PAGE_EVENTS


class Renew(Command, frozen=True, kw_only=True, tag="renew"):
    """A new access token for the connection to live on."""

    id: ClientId
    token: str


class Ping(Command, frozen=True, kw_only=True, tag="ping"):
    id: ClientId


AnyCommand = Hello | Send | History | Renew | Ping


class Notice(msgspec.Struct, frozen=True, kw_only=True, tag_field="op", omit_defaults=True):
    """What the server sends."""


class Limits(msgspec.Struct, frozen=True):
    text_chars: int = MAX_TEXT_CHARS
    frame_bytes: int = MAX_FRAME_BYTES
    page_events: int = MAX_PAGE_EVENTS


class RoomState(msgspec.Struct, frozen=True):
    """A room one is in; events with a seq above `head` follow by themselves."""

    id: str
    name: str
    kind: str
    head: int


class Welcome(Notice, frozen=True, kw_only=True, tag="welcome"):
    """`heartbeat` and `expires_in` in seconds; another `epoch` than before means: forget what you have."""

    you: Person
    replica: str
    epoch: str
    expires_in: int
    rooms: Sequence[RoomState]
    heartbeat: float
    limits: Limits


class Events(Notice, frozen=True, kw_only=True, tag="events"):
    """One room's events, contiguous and ascending."""

    room: str
    events: Sequence[AnyEvent]


class Limited(Notice, frozen=True, kw_only=True, tag="limited"):
    """Too far behind to replay: load a page instead."""

    room: str
    head: int


class Page(Notice, frozen=True, kw_only=True, tag="page"):
    """Ascending; `more` tells whether anything is before its first event."""

    id: str
    room: str
    events: Sequence[AnyEvent]
    more: bool


class Ok(Notice, frozen=True, kw_only=True, tag="ok"):
    """Done; for a `send` it means stored, as `seq`."""

    id: str
    seq: int | None = None
    at: int | None = None


class Error(Notice, frozen=True, kw_only=True, tag="error"):
    code: str
    message: str
    id: str | None = None
    field: str | None = None
    retry_after: float | None = None


class PresenceChange(Notice, frozen=True, kw_only=True, tag="presence"):
    """Who came and who went; a `snapshot` replaces all that was known."""

    online: Sequence[Person]
    offline: Sequence[Person]
    snapshot: bool = False


class GoAway(Notice, frozen=True, kw_only=True, tag="goaway"):
    """This replica is leaving; reconnect within `retry_after` seconds, at a random moment."""

    retry_after: float


class _Envelope(msgspec.Struct):
    op: str | msgspec.UnsetType = msgspec.UNSET
    id: object = None


_commands: msgspec.json.Decoder[AnyCommand] = msgspec.json.Decoder(AnyCommand)
_envelopes = msgspec.json.Decoder(_Envelope)
_encoder = msgspec.json.Encoder()
_ops = {kind.__struct_config__.tag for kind in AnyCommand.__args__}

# A lone surrogate can't be encoded, and what is nested some hundred deep can't be descended into.
NOT_JSON = (msgspec.DecodeError, UnicodeEncodeError, RecursionError)


class BadFrame(Exception):
    """A frame that is no command: `error` says why, `id` whose answer that is, if it could be read."""

    def __init__(self, error: ChatError, request_id: str | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.id = request_id


def decode(frame: str) -> AnyCommand:
    """The command in a text frame. Fields that this version does not know are ignored.

    Raises:
        BadFrame: with Malformed, UnknownOp or Invalid.
    """
    try:
        return _commands.decode(frame)
    except msgspec.ValidationError as reason:
        raise _explain(frame, str(reason)) from None
    except NOT_JSON as reason:
        raise BadFrame(Malformed(f"Not JSON: {reason}")) from None


def encode(notice: Notice) -> bytes:
    """The bytes of a text frame."""
    return _encoder.encode(notice)


def _explain(frame: str, reason: str) -> BadFrame:
    try:
        envelope = _envelopes.decode(frame)
    except msgspec.ValidationError:  # JSON, but no object with an `op` of text
        return BadFrame(Malformed('A frame is a JSON object with a text "op".'))
    except NOT_JSON as worse:  # the first thing wrong was not the last
        return BadFrame(Malformed(f"Not JSON: {worse}"))
    request_id = envelope.id if isinstance(envelope.id, str) else None
    if envelope.op is msgspec.UNSET:
        return BadFrame(Malformed('A frame needs an "op".'), request_id)
    if envelope.op not in _ops:
        return BadFrame(UnknownOp(f"This server does not know the op {envelope.op[:32]!r}."), request_id)
    # msgspec says "Expected `str`, got `int` - at `$.text`", and of a dict's key " - at `key` in `$.resume.rooms`"
    what, _, where = reason.partition(" - at ")
    field = where.partition("`$.")[2].rstrip("`") or None
    if field is None and "missing required field" in what:
        field = what.rsplit("`", 2)[-2]
    return BadFrame(Invalid(what, field=field), request_id)
