"""An auth service reduced to what the chat service asks of it: keys, the tokens they sign, and what changes."""

import json
import math
import secrets
import time
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from chat_service.events import Person

PUBLIC_URL = "https://parley.test"
PAGE = 3  # small, so that whoever reads the feed meets a second page


class Issuer:
    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()
        self._kid = secrets.token_hex(4)
        self.app = web.Application()
        self.app.router.add_get("/jwks.json", self._keys)
        self.app.router.add_get("/internal/account-changes", self._account_changes)
        self.changes: list[dict[str, Any]] = []
        self.away = False

    def token(
        self,
        person: Person,
        *,
        session: str = "s-1",
        seconds: float = 600,
        public_url: str = PUBLIC_URL,
        **claims_too: object,
    ) -> str:
        now = time.time()
        claims: dict[str, Any] = {
            "iss": public_url,
            "aud": "parley",
            "iat": int(now),
            "exp": math.ceil(now + seconds),  # whole seconds, and never fewer than asked for
            "sub": person.id,
            "sid": session,
            "jti": secrets.token_hex(8),
            "name": person.name,
            **claims_too,
        }
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers={"typ": "at+jwt", "kid": self._kid})

    def record(self, kind: str, person: Person, **told: object) -> int:
        """What auth would say in its feed; nobody is woken. Returns its number."""
        self.changes.append({"seq": len(self.changes) + 1, "at": 0, "kind": kind, "person": person.id, **told})
        return len(self.changes)

    async def _account_changes(self, request: web.Request) -> web.Response:
        if self.away:
            raise web.HTTPServiceUnavailable
        asked = request.query
        wanted = [
            change
            for change in self.changes[int(asked.get("after", 0)) :]
            if asked.get("kind") in {None, change["kind"]}
        ]
        return web.json_response({"changes": wanted[:PAGE], "head": len(self.changes)})

    async def _keys(self, _request: web.Request) -> web.Response:
        public = json.loads(OKPAlgorithm.to_jwk(self._key.public_key()))
        key = public | {"kid": self._kid, "alg": "EdDSA", "use": "sig"}
        return web.json_response({"keys": [key]})
