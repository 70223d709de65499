"""The frames of the socket: bytes <-> typed commands and notices. No I/O here; docs/protocol.md is the contract."""

import msgspec

from chat_service.commands import AnyCommand
from chat_service.errors import ChatError, Invalid, Malformed, UnknownOp
from chat_service.notices import Notice


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
