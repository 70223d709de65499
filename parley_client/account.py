"""An account's tokens, renewed before they end."""

import asyncio
import time
from typing import Any

import aiohttp

RENEW_BEFORE_SECONDS = 60.0
# A refresh whose answer gets lost has used up the token all the same. For 10 s the service tells its successor again;
# later it must look stolen, which ends the session (docs/protocol.md). So a second one follows 4 s after the first.
SECOND_AFTER_SECONDS = 4.0
LAST_ANSWER_SECONDS = 15.0


class SignInRefused(Exception):
    """The auth service said no; `code` is its word for why."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(problem.get("detail", "refused"))
        self.code = str(problem.get("code", ""))


class Account:
    """Signed in at `url`; `person_id` and `name` as the service knows them."""

    def __init__(self, url: str, grant: dict[str, Any], personal_token: str = "") -> None:
        self.url = url
        self._personal_token = personal_token
        self._renew_at = 0.0
        self._renewing: asyncio.Task[None] | None = None
        self.person_id: str = grant["person"]["id"]
        self.name: str = grant["person"]["name"]
        self._take(grant)

    async def access_token(self) -> str:
        """A token that is good for another minute at least.

        Raises:
            SignInRefused: the session is over.
            aiohttp.ClientError, OSError: the service can't be reached; TimeoutError is one.
        """
        if time.monotonic() > self._renew_at:
            if self._renewing is None or self._renewing.done():
                self._renewing = asyncio.create_task(self._renew())
                self._renewing.add_done_callback(_retrieve)
            await asyncio.shield(self._renewing)  # who asks may leave: the answer is the only one to go on with
        return self._access_token

    def expire(self) -> None:
        """The token is refused, whenever it was to end: `access_token` fetches a new one."""
        self._renew_at = 0.0

    def renew_in_seconds(self) -> float:
        """When `access_token` will fetch a new one."""
        return max(0.0, self._renew_at - time.monotonic())

    async def _renew(self) -> None:
        if self._personal_token:
            self._take(await _exchange(self.url, self._personal_token))
            return
        url, body = f"{self.url}/api/auth/refresh", {"refresh_token": self._refresh_token}
        second_at = time.monotonic() + SECOND_AFTER_SECONDS
        try:
            grant = await _post(url, body, SECOND_AFTER_SECONDS)
        except (aiohttp.ClientError, OSError):  # whether it was done nobody knows
            await asyncio.sleep(second_at - time.monotonic())
            grant = await _post(url, body, LAST_ANSWER_SECONDS)
        self._take(grant)

    def _take(self, grant: dict[str, Any]) -> None:
        self._access_token: str = grant["access_token"]
        self._refresh_token: str = grant.get("refresh_token", "")
        self._renew_at = time.monotonic() + grant["expires_in"] - RENEW_BEFORE_SECONDS


async def sign_in(url: str, name: str, password: str) -> Account:
    """Sign in to an account that exists.

    Raises:
        SignInRefused: name and password don't go together.
    """
    return Account(url, await _post(f"{url}/api/auth/login", {"name": name, "password": password}))


async def register(url: str, name: str, password: str) -> Account:
    """Create an account and sign in to it.

    Raises:
        SignInRefused: the name is taken, or name or password won't do.
    """
    return Account(url, await _post(f"{url}/api/auth/register", {"name": name, "password": password}))


async def with_token(url: str, personal_token: str) -> Account:
    """Sign in as a program, with a personal access token that its person made.

    Raises:
        SignInRefused: it is none, or was revoked.
    """
    return Account(url, await _exchange(url, personal_token), personal_token)


async def _exchange(url: str, personal_token: str) -> dict[str, Any]:
    return await _post(f"{url}/api/auth/token", {"token": personal_token})


def _retrieve(renewing: asyncio.Task[None]) -> None:
    """Of a renewal that failed when nobody waited for it any more: the next one tells."""
    if not renewing.cancelled():
        renewing.exception()


async def _post(url: str, body: dict[str, str], seconds: float = LAST_ANSWER_SECONDS) -> dict[str, Any]:
    timeout = aiohttp.ClientTimeout(seconds)
    async with aiohttp.ClientSession(timeout=timeout) as http, http.post(url, json=body) as response:
        if response.status in {401, 403, 409, 422}:
            raise SignInRefused(await response.json(content_type=None))
        response.raise_for_status()
        grant: dict[str, Any] = await response.json()
        return grant
