"""Replicas as processes of their own, which can be killed, on a real MongoDB and a real RabbitMQ."""

from collections.abc import AsyncIterator

import pytest

from tests.chat_service.conftest import broker, issuer, shared
from tests.chat_service.issuer import Issuer
from tests.parley_client.processes import Processes

__all__ = ["broker", "issuer", "shared"]


@pytest.fixture
async def processes(shared: dict[str, object], issuer: Issuer) -> AsyncIterator[Processes]:
    """Start replicas that share a database and an exchange."""
    processes = Processes(shared, issuer)
    yield processes
    await processes.stop()
