"""What only the store in memory does; tests/contracts/test_store.py holds it to the port's promises."""

import pytest

from chat_service.store_memory import MemoryEventStore
from tests.chat_service.examples import stored


async def test_a_number_that_would_leave_a_hole_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="hole"):
        await MemoryEventStore().append("lobby", [stored(2)])
