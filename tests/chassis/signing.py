"""An issuer of tokens, good ones and every kind of bad ones."""

import base64
import json
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

ISSUER = "https://parley.test"


class Signer:
    """Signs with one Ed25519 key, called `kid`."""

    def __init__(self, kid: str = "key-1") -> None:
        self.kid = kid
        self.private = Ed25519PrivateKey.generate()

    @property
    def public(self) -> dict[str, Any]:
        jwk: dict[str, Any] = json.loads(OKPAlgorithm.to_jwk(self.private.public_key()))
        return {**jwk, "kid": self.kid, "alg": "EdDSA", "use": "sig"}

    @property
    def jwk(self) -> jwt.PyJWK:
        return jwt.PyJWK(self.public)

    def token(self, claims: dict[str, Any] | None = None, header: dict[str, Any] | None = None) -> str:
        """A token signed as it should be, whatever it says. A value of None leaves a field out."""
        signed = signing_input(
            without_none({"alg": "EdDSA", "typ": "at+jwt", "kid": self.kid, **(header or {})}),
            without_none({**good_claims(), **(claims or {})}),
        )
        return f"{signed}.{encoded(self.private.sign(signed.encode()))}"


def good_claims() -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": ISSUER,
        "aud": "parley",
        "sub": "person-1",
        "name": "Ada",
        "sid": "session-1",
        "jti": "token-1",
        "iat": now,
        "exp": now + 600,
    }


def signing_input(header: Any, claims: Any) -> str:
    return f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(claims).encode())}"


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def without_none(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
