"""Tokens that nobody of ours made, or that were made for something else, shown to both services in every way."""

import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auth_service.keys import SigningKey
from chat_service.errors import Close
from tests.attacks.place import Place, until
from tests.auth_service.conftest import PASSWORD, with_second_factor
from tests.chassis.signing import encoded, signing_input

REFUSED = {"/api/auth/me": 401, "/api/auth/sessions": 401, "/api/rooms": 401, "/api/people": 401, "/": 303}
EVIL = "https://evil.test"
FOREIGN = Ed25519PrivateKey.generate()

Header = dict[str, Any]
Claims = dict[str, Any]


class Forger:
    """Knows a good token and, for the worst case, the key that signed it."""

    def __init__(self, token: str, key: SigningKey) -> None:
        self.token = token
        self.key = key
        self.header: Header = jwt.get_unverified_header(token)
        self.claims: Claims = jwt.decode(token, options={"verify_signature": False})

    @property
    def named(self) -> Header:
        """The header without its algorithm."""
        return {"kid": self.header["kid"], "typ": self.header["typ"]}

    def signed(self, header: Header | None = None, claims: Claims | None = None, key: Any = None) -> str:
        """By our own key unless another is given; a value of None leaves a field out."""
        fields = [
            {name: value for name, value in {**mine, **(told or {})}.items() if value is not None}
            for mine, told in ((self.header, header), (self.claims, claims))
        ]
        text = signing_input(*fields)
        return f"{text}.{encoded((key or self.key.private).sign(text.encode()))}"

    def by_secret(self, secret: bytes) -> str:
        text = signing_input({**self.header, "alg": "HS256"}, self.claims)
        return f"{text}.{encoded(hmac.digest(secret, text.encode(), hashlib.sha256))}"

    def public(self, kind: str) -> bytes:
        key = self.key.private.public_key()
        if kind == "raw":
            return key.public_bytes_raw()
        return key.public_bytes(getattr(serialization.Encoding, kind), serialization.PublicFormat.SubjectPublicKeyInfo)


def jwk() -> dict[str, str]:
    x = encoded(FOREIGN.public_key().public_bytes_raw())
    return {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "evil", "alg": "EdDSA"}


def soon() -> int:
    return int(time.time()) + 120


FORGERIES: dict[str, Callable[[Forger], str]] = {
    "no algorithm": lambda f: f"{signing_input({**f.header, 'alg': 'none'}, f.claims)}.",
    "no algorithm in capitals": lambda f: f"{signing_input({**f.header, 'alg': 'NONE'}, f.claims)}.",
    "no algorithm over a good signature": lambda f: f.signed({"alg": "none"}),
    "HS256 with the raw public key": lambda f: f.by_secret(f.public("raw")),
    "HS256 with the PEM public key": lambda f: f.by_secret(f.public("PEM")),
    "HS256 with the DER public key": lambda f: f.by_secret(f.public("DER")),
    "HS256 with the published x": lambda f: f.by_secret(f.key.public["x"].encode()),
    "HS256 with nothing": lambda f: f.by_secret(b""),
    "another curve": lambda f: jwt.encode(f.claims, ec.generate_private_key(ec.SECP256R1()), "ES256", f.named),
    "RSA": lambda f: jwt.encode(f.claims, rsa.generate_private_key(65537, 2048), "RS256", f.named),
    "a foreign key of the same kid": lambda f: f.signed(key=FOREIGN),
    "a foreign key of another kid": lambda f: f.signed({"kid": "evil"}, key=FOREIGN),
    "a foreign key without kid": lambda f: f.signed({"kid": None}, key=FOREIGN),
    "a kid that is a path": lambda f: f.signed({"kid": "../../../dev/null"}, key=FOREIGN),
    "a kid that is an operator": lambda f: f.signed({"kid": {"$gt": ""}}, key=FOREIGN),
    "jku": lambda f: f.signed({"jku": f"{EVIL}/jwks.json", "kid": "evil"}, key=FOREIGN),
    "jku over a good signature": lambda f: f.signed({"jku": f"{EVIL}/jwks.json"}),
    "jwk": lambda f: f.signed({"jwk": jwk(), "kid": "evil"}, key=FOREIGN),
    "jwk over a good signature": lambda f: f.signed({"jwk": jwk()}),
    "x5u": lambda f: f.signed({"x5u": f"{EVIL}/cert.pem"}),
    "x5c": lambda f: f.signed({"x5c": ["MIIB"]}),
    "unknown crit": lambda f: f.signed({"crit": ["x"], "x": 1}),
    "known crit": lambda f: f.signed({"crit": ["exp"]}),
    "unencoded payload": lambda f: f.signed({"b64": False, "crit": ["b64"]}),
    "typ JWT": lambda f: f.signed({"typ": "JWT"}),
    "no typ": lambda f: f.signed({"typ": None}),
    "typ of a refresh token": lambda f: f.signed({"typ": "rt+jwt"}),
    "another audience": lambda f: f.signed(claims={"aud": "other"}),
    "no audience": lambda f: f.signed(claims={"aud": None}),
    "another issuer": lambda f: f.signed(claims={"iss": EVIL}),
    "an issuer that begins like ours": lambda f: f.signed(claims={"iss": f"{f.claims['iss']}.evil.test"}),
    "no issuer": lambda f: f.signed(claims={"iss": None}),
    "expired": lambda f: f.signed(claims={"exp": int(time.time()) - 60}),
    "no expiry": lambda f: f.signed(claims={"exp": None}),
    "not valid yet": lambda f: f.signed(claims={"nbf": soon()}),
    "made in the future": lambda f: f.signed(claims={"iat": soon()}),
    "no session": lambda f: f.signed(claims={"sid": None}),
    "no id": lambda f: f.signed(claims={"jti": None}),
    "nobody": lambda f: f.signed(claims={"sub": None}),
    "a person that is an operator": lambda f: f.signed(claims={"sub": {"$ne": ""}}),
    "stripped signature": lambda f: f.token.rsplit(".", 1)[0] + ".",
    "two parts": lambda f: f.token.rsplit(".", 1)[0],
    "a signature cut short": lambda f: f.token[:-4],
    "other claims under the signature": lambda f: ".".join(
        [f.token.split(".")[0], f.signed(claims={"sub": "other"}).split(".")[1], f.token.split(".")[2]]
    ),
    "larger than a token can be": lambda f: f.signed(claims={"x": "x" * 4096}),
    "nothing that is one": lambda _f: "..",
}


async def test_no_forged_token_is_believed_by_either_service(place: Place) -> None:
    await place.register("Root")
    token = (await place.register("Ada"))["access_token"]
    forger = Forger(token, place.services.keys.signing)
    assert await place.known(forger.signed(claims={"jti": "another"})) == dict.fromkeys((*REFUSED, "/ws"), 200) | {
        "/ws": 0
    }  # so what follows is refused for what is wrong with it
    believed = {}
    for name, forge in FORGERIES.items():
        found = await place.known(forge(forger))
        code = Close.TOKEN_EXPIRED if name == "expired" else Close.UNAUTHENTICATED
        if found != REFUSED | {"/ws": code}:
            believed[name] = found
    assert believed == {}


async def test_no_other_credential_is_taken_for_an_access_token(place: Place) -> None:
    await place.register("Root")
    granted = await place.register("Ada")
    access = granted["access_token"]
    made = await place.ask("POST", "/api/auth/tokens", {"name": "bot", "scopes": ["read", "write"]}, access)
    invited = await place.ask("POST", "/api/auth/invitations", {}, access)
    signed_in = await place.auth.post(
        "/login", data={"name": "Ada", "password": PASSWORD}, headers={"Sec-Fetch-Site": "same-origin"},
        allow_redirects=False,
    )  # fmt: skip
    others = {
        "refresh token": granted["refresh_token"],
        "personal token": made.body["token"],
        "invitation": invited.body["code"],
        **{name: cookie.value for name, cookie in signed_in.cookies.items() if name != "__Host-access"},
        "reset link": await place.services.reset_links.make(granted["person"]["id"]),
    }
    await with_second_factor(place.services, granted["person"]["id"])
    halfway = await place.auth.post(
        "/login", data={"name": "Ada", "password": PASSWORD}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert halfway.cookies
    others |= {f"after the password, {name}": cookie.value for name, cookie in halfway.cookies.items()}
    expected = REFUSED | {"/ws": Close.UNAUTHENTICATED}
    assert {name: found for name, other in others.items() if (found := await place.known(other)) != expected} == {}


async def test_an_access_token_is_no_refresh_token_no_personal_token_and_no_code(place: Place) -> None:
    access = (await place.register("Ada"))["access_token"]
    assert (await place.ask("POST", "/api/auth/refresh", {"refresh_token": access})).status == 401
    assert (await place.ask("POST", "/api/auth/token", {"token": access})).status == 401
    assert (await place.ask("GET", f"/reset/{access}")).status == 404
    assert (await place.ask("GET", f"/invite/{access}")).status == 404


async def test_a_token_of_a_leaked_key_is_worth_nothing_once_that_is_retired(place: Place) -> None:
    token = (await place.register("Ada"))["access_token"]
    stolen = place.services.keys.signing
    await place.services.keys.retire(stolen.kid)
    forged = Forger(token, stolen).signed(claims={"jti": "forged"})
    assert (await place.ask("GET", "/api/auth/me", token=forged)).status == 401
    # A token of the new key leads the chat to the new keys, as each renewal does; else it looks every five minutes.
    renewed = (await place.sign_in("Ada")).body["access_token"]

    async def known() -> bool:
        return (await place.ask("GET", "/api/rooms", token=renewed)).status == 200

    await until(known)
    assert await place.known(forged) == REFUSED | {"/ws": Close.UNAUTHENTICATED}
