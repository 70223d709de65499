"""Times as programs are told them."""

from datetime import datetime
from typing import Any

import msgspec


def in_milliseconds(struct: msgspec.Struct) -> dict[str, Any]:
    """The fields of `struct`, its times in milliseconds since the epoch."""
    fields = msgspec.structs.asdict(struct)
    return {name: _milliseconds(value) if isinstance(value, datetime) else value for name, value in fields.items()}


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
