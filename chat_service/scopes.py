"""What a token for programs is for, and what needs what: who signed in by hand has every scope."""

import msgspec

from chat_service.errors import NotAllowed

READ = "read"
WRITE = "write"

# Anything that isn't here needs the scope write: a new command is closed to programs until somebody opens it.
READING = frozenset(
    {
        "hello",
        "history",
        "fetch",
        "thread",
        "pins",
        "counts",
        "rooms",
        "people",
        "members",
        "watch",
        "renew",
        "ping",
    }
)


def needed(op: str) -> str:
    """The scope that an op needs. Administrators need `admin` besides: without it their token says they are none."""
    return READ if op in READING else WRITE


def check(scopes: frozenset[str], command: msgspec.Struct) -> None:
    """Whether a token with these scopes may do this.

    Raises:
        NotAllowed: it was made for less.
    """
    if (scope := needed(str(command.__struct_config__.tag))) not in scopes:
        raise NotAllowed(f"This token was made without the scope {scope}.")
