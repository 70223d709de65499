"""The auth service's public keys, fetched over HTTP and kept: tokens are verified on while auth is away.

Source: RFC 7517, JSON Web Key. PyJWT's own client blocks the event loop, so the fetching is ours.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Literal

import aiohttp
import jwt
import msgspec
import structlog

from chassis.health import State
from chassis.problems import Problem

log = structlog.get_logger(__name__)

REFETCH_SECONDS = 30.0  # at most this often for unknown key ids, whoever invents them
REFRESH_SECONDS = 300.0  # so that a new key is known before its first use, and a retired one forgotten
RETRY_SECONDS = 1.0
FETCH_TIMEOUT_SECONDS = 5.0


class _KeySet(msgspec.Struct):
    keys: list[Any]


class _Key(msgspec.Struct):
    """The one kind of key that signs our tokens; any other doesn't fit into this and is ignored."""

    kid: str
    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: str
    alg: Literal["EdDSA"] = "EdDSA"


class RemoteKeys:
    """Public keys by key id, as `AccessTokens` asks for them."""

    def __init__(self, url: str, http: aiohttp.ClientSession, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._http = http
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._searched_at = -REFETCH_SECONDS
        self._fetched = False
        self._known = asyncio.Event()
        self._fetching = asyncio.Lock()

    async def find(self, kid: str) -> jwt.PyJWK | None:
        """The key of this id; one unknown so far is asked for, but not more often than every 30 s.

        Raises:
            Problem: 503 `unavailable` while there are no keys at all: a good token must not be called a bad one.
        """
        if kid not in self._keys:
            async with self._fetching:  # whoever fetches right now may bring it
                if kid not in self._keys and self._clock() - self._searched_at >= REFETCH_SECONDS:
                    self._searched_at = self._clock()
                    await self._fetch()
        if not self._keys:
            raise Problem(503, "unavailable", "Nobody can be recognised right now.", headers={"Retry-After": "1"})
        return self._keys.get(kid)

    async def wait(self) -> None:
        """Until there are keys; `keep_fresh` fetches them."""
        await self._known.wait()

    async def keep_fresh(self) -> None:
        """Run for ever: fetch the keys again and again, soon after a failure, seldom after a success."""
        while True:
            async with self._fetching:
                await self._fetch()
            await asyncio.sleep(REFRESH_SECONDS if self._fetched else RETRY_SECONDS)

    async def check(self) -> State:
        """For `/health/ready`: down only while there's nothing to verify with."""
        if not self._keys:
            return "down"
        return "ok" if self._fetched else "degraded"

    async def _fetch(self) -> None:
        try:
            timeout = aiohttp.ClientTimeout(total=FETCH_TIMEOUT_SECONDS)
            async with self._http.get(self._url, timeout=timeout, raise_for_status=True) as response:
                self._keys = _read(await response.read())
            self._fetched = True
            self._known.set()
        except (aiohttp.ClientError, TimeoutError, ValueError, RecursionError) as reason:
            # auth is away or starting, or something else answers: what we have goes on being good
            self._fetched = False
            log.warning("keys not fetched", url=self._url, reason=repr(reason), known=len(self._keys))


def _read(body: bytes) -> dict[str, jwt.PyJWK]:
    """The usable keys of a JSON Web Key Set.

    Raises:
        ValueError: it is none, or has none.
    """
    usable = {}
    for published in msgspec.json.decode(body, type=_KeySet).keys:
        try:
            key = msgspec.convert(published, _Key)
            usable[key.kid] = jwt.PyJWK(msgspec.to_builtins(key))
        except (msgspec.ValidationError, jwt.PyJWTError):  # not for us, or damaged: the others may be good
            continue
    if not usable:
        raise ValueError("no usable key among those published")
    return usable
