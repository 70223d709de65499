"""The auth service's public keys, fetched over HTTP and kept: tokens are verified on while auth is away.

Source: RFC 7517, JSON Web Key. PyJWT's own client blocks the event loop, so the fetching is ours.
"""

import asyncio
import time

import aiohttp
import jwt
import structlog

from chassis.access_tokens import ALGORITHM
from chassis.health import State

log = structlog.get_logger(__name__)

REFETCH_SECONDS = 30.0  # at most this often for unknown key ids, whoever invents them
REFRESH_SECONDS = 300.0  # so that a new key is known before its first use, and a retired one forgotten
FETCH_TIMEOUT_SECONDS = 5.0


class RemoteKeys:
    """Public keys by key id, as `AccessTokens` asks for them."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._url = url
        self._http = http
        self._keys: dict[str, jwt.PyJWK] = {}
        self._tried_at = -REFETCH_SECONDS
        self._fetched = False
        self._fetching = asyncio.Lock()

    async def find(self, kid: str) -> jwt.PyJWK | None:
        """The key of this id; one unknown so far is asked for, but not more often than every 30 s."""
        if kid not in self._keys and time.monotonic() - self._tried_at >= REFETCH_SECONDS:
            await self._fetch()
        return self._keys.get(kid)

    async def keep_fresh(self) -> None:
        """Run for ever: fetch the keys again and again, soon after a failure, seldom after a success."""
        while True:
            await self._fetch()
            await asyncio.sleep(REFRESH_SECONDS if self._fetched else 1.0)

    async def check(self) -> State:
        """For `/health/ready`: down only while there's nothing to verify with."""
        if not self._keys:
            return "down"
        return "ok" if self._fetched else "degraded"

    async def _fetch(self) -> None:
        before = self._tried_at
        async with self._fetching:
            if self._tried_at != before:  # somebody else fetched while we waited
                return
            self._tried_at = time.monotonic()
            try:
                timeout = aiohttp.ClientTimeout(total=FETCH_TIMEOUT_SECONDS)
                async with self._http.get(self._url, timeout=timeout, raise_for_status=True) as response:
                    published = jwt.PyJWKSet.from_dict(await response.json())
            except (aiohttp.ClientError, TimeoutError, ValueError, jwt.PyJWTError) as reason:
                # auth is away or starting: what we have goes on being good
                self._fetched = False
                log.warning("keys not fetched", url=self._url, reason=repr(reason), known=len(self._keys))
                return
            self._keys = {key.key_id: key for key in published.keys if key.key_id and key.algorithm_name == ALGORITHM}
            self._fetched = True
