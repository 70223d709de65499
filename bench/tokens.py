"""An auth service reduced to what replicas ask of it: keys, tokens that they sign, and that no account changes."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from chassis import access_tokens

LIFETIME_SECONDS = 3600
KID = "bench"


class Issuer:
    """Signs tokens like the auth service, which itself is not measured here."""

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url
        self._key = Ed25519PrivateKey.generate()

    def token(self, person: str) -> str:
        now = int(time.time())
        claims = {"iss": self._public_url, "aud": access_tokens.AUDIENCE, "sub": person, "name": person, "sid": person}
        times = {"iat": now, "exp": now + LIFETIME_SECONDS, "jti": person}
        headers = {"kid": KID, "typ": access_tokens.TYPE}
        return jwt.encode(claims | times, self._key, access_tokens.ALGORITHM, headers)

    @asynccontextmanager
    async def published(self) -> AsyncIterator[str]:
        """The address of its JWKS."""
        public = json.loads(OKPAlgorithm.to_jwk(self._key.public_key()))
        keys = {"keys": [{**public, "kid": KID, "alg": access_tokens.ALGORITHM, "use": "sig"}]}

        async def jwks(_request: web.Request) -> web.Response:
            return web.json_response(keys)

        async def account_changes(_request: web.Request) -> web.Response:
            return web.json_response({"changes": [], "head": 0})

        app = web.Application()
        app.router.add_get("/jwks.json", jwks)
        app.router.add_get("/internal/account-changes", account_changes)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/jwks.json"
        finally:
            await runner.cleanup()
