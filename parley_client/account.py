"""An account's tokens, renewed before they end."""

import time
from typing import Any

import aiohttp

RENEW_BEFORE_SECONDS = 60.0


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
        self.person_id: str = grant["person"]["id"]
        self.name: str = grant["person"]["name"]
        self._take(grant)

    async def access_token(self) -> str:
        """A token that is good for another minute at least.

        Raises:
            SignInRefused: the session is over.
            aiohttp.ClientError: the service can't be reached.
        """
        if time.monotonic() > self._renew_at:
            if self._personal_token:
                self._take(await _exchange(self.url, self._personal_token))
            else:
                self._take(await _post(f"{self.url}/api/auth/refresh", {"refresh_token": self._refresh_token}))
        return self._access_token

    def expire(self) -> None:
        """The token is refused, whenever it was to end: `access_token` fetches a new one."""
        self._renew_at = 0.0

    def renew_in_seconds(self) -> float:
        """When `access_token` will fetch a new one."""
        return max(0.0, self._renew_at - time.monotonic())

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


async def _post(url: str, body: dict[str, str]) -> dict[str, Any]:
    async with aiohttp.ClientSession() as http, http.post(url, json=body) as response:
        if response.status in {401, 403, 409, 422}:
            raise SignInRefused(await response.json(content_type=None))
        response.raise_for_status()
        grant: dict[str, Any] = await response.json()
        return grant
