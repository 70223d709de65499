"""What the stores in MongoDB have in common: the driver's many ways of not reaching a server are the ports' one."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from pymongo.errors import ConnectionFailure, ExecutionTimeout, WTimeoutError

from chat_service.store import StoreUnavailable

DUPLICATE_KEY = 11000
UNREACHABLE = (ConnectionFailure, ExecutionTimeout, WTimeoutError)

P = ParamSpec("P")
T = TypeVar("T")


def reaching(method: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Decorate a method of a store: where the server can't be reached, it raises StoreUnavailable."""

    @wraps(method)
    async def reached(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await method(*args, **kwargs)
        except UNREACHABLE as reason:
            raise StoreUnavailable(str(reason)[:200]) from reason

    return reached
