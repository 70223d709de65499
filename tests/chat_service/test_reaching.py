"""The driver's ways of not reaching a server, as the ports' one."""

import pytest
from pymongo.errors import (
    ExecutionTimeout,
    NetworkTimeout,
    OperationFailure,
    ServerSelectionTimeoutError,
    WTimeoutError,
)

from chat_service.reaching import reaching
from chat_service.store import StoreUnavailable

pytestmark = pytest.mark.virtual_time

UNREACHED = [
    ServerSelectionTimeoutError("none"),
    NetworkTimeout("silent"),
    ExecutionTimeout("slow"),
    WTimeoutError("w"),
]


@reaching
async def ask(failure: Exception | None) -> str:
    if failure:
        raise failure
    return "answer"


@pytest.mark.parametrize("failure", UNREACHED, ids=lambda failure: type(failure).__name__)
async def test_a_server_that_is_not_reached_is_the_store_being_unavailable(failure: Exception) -> None:
    with pytest.raises(StoreUnavailable):
        await ask(failure)


async def test_another_failure_is_itself_and_an_answer_an_answer() -> None:
    with pytest.raises(OperationFailure):
        await ask(OperationFailure("no"))
    assert await ask(None) == "answer"
