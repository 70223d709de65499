"""Sessions that are renewed, and those that are no longer."""

import pytest

from auth_service.sessions import Sessions
from chassis.problems import Problem
from tests.auth_service.clock import Clock


async def assert_signed_out(sessions: Sessions, token: str | None) -> None:
    with pytest.raises(Problem) as refused:
        await sessions.renew(token)
    assert (refused.value.status, refused.value.code) == (401, "signed_out")


async def rotated(sessions: Sessions, clock: Clock, times: int) -> list[str]:
    """The tokens of a session that was renewed so often, a minute apart."""
    tokens = [(await sessions.begin("person-1")).refresh_token]
    for _ in range(times):
        clock.pass_by(minutes=1)
        tokens.append((await sessions.renew(tokens[-1])).refresh_token)
    return tokens
