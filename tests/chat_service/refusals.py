"""What is refused, and why."""

from collections.abc import Awaitable

import pytest

from chat_service.errors import ChatError


async def refused(doing: Awaitable[object], error: type[ChatError], field: str | None = None) -> None:
    with pytest.raises(error) as refusal:
        await doing
    if field:
        assert refusal.value.field == field
