"""The socket, in AsyncAPI 3.0: one channel, a message for each op in either direction."""

from typing import Any

from chat_service import commands, limits, notices
from tests.api.schemas import components

NOTICES = (
    notices.Welcome,
    notices.YourRoom,
    notices.Gone,
    notices.Events,
    notices.Limited,
    notices.Ok,
    notices.Error,
    notices.Page,
    notices.Counted,
    notices.FoundRooms,
    notices.FoundPeople,
    notices.FoundMembers,
    notices.ReadUpTo,
    notices.TypingNow,
    notices.PresenceChange,
    notices.Erased,
    notices.GoAway,
)


def document() -> dict[str, Any]:
    said = tuple(commands.AnyCommand.__args__)
    schemas, named = components((*said, *NOTICES))
    messages = {}
    directions: dict[str, list[str]] = {"client": [], "server": []}
    for kind, schema in zip((*said, *NOTICES), schemas, strict=True):
        direction = "client" if kind in said else "server"
        name = f"{direction}-{kind.__struct_config__.tag}"
        messages[name] = {"name": kind.__struct_config__.tag, "contentType": "application/json", "payload": schema}
        directions[direction].append(name)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Parley's socket",
            "version": "1",
            "description": f"One JSON text frame a message, at most {limits.MAX_FRAME_BYTES} bytes. "
            "docs/protocol.md says what it means.",
        },
        "channels": {
            "socket": {
                "address": "/ws",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
                "bindings": {"ws": {"method": "GET"}},
            }
        },
        "operations": {
            "say": _operation("receive", directions["client"]),
            "hear": _operation("send", directions["server"]),
        },
        "components": {"messages": messages, "schemas": named},
    }


def _operation(action: str, names: list[str]) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": "#/channels/socket"},
        "messages": [{"$ref": f"#/channels/socket/messages/{name}"} for name in names],
    }
