import hashlib
import hmac
import time
from typing import Any

import jwt
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from chassis import access_tokens
from chassis.access_tokens import (
    SCOPES,
    AccessTokens,
    ExpiredToken,
    Identity,
    InvalidToken,
    RevokedToken,
    RoomInvitation,
)
from tests.chassis.signing import ISSUER, Signer, encoded, good_claims, signing_input

SIGNER = Signer()


async def find_key(kid: str) -> jwt.PyJWK | None:
    return SIGNER.jwk if kid == SIGNER.kid else None


TOKENS = AccessTokens(ISSUER, find_key)


async def refusal(token: str) -> str:
    """Why this token is refused; not only because its time is over."""
    with pytest.raises(InvalidToken) as refused:
        await TOKENS.identify(token)
    assert not isinstance(refused.value, ExpiredToken)
    return str(refused.value)


def request(**headers: str) -> web.Request:
    return make_mocked_request("GET", "/", headers=headers)


async def test_a_good_token_says_who_is_asking() -> None:
    claims = good_claims()
    assert await TOKENS.identify(SIGNER.token(claims)) == Identity("person-1", "Ada", "session-1", claims["exp"])


async def test_claims_of_a_newer_version_do_not_matter() -> None:
    assert (await TOKENS.identify(SIGNER.token({"chapter": "chat"}))).person == "person-1"


async def test_who_signed_in_by_hand_may_everything_but_be_administrator() -> None:
    identity = await TOKENS.identify(SIGNER.token())
    assert (identity.program, identity.scopes) == (False, SCOPES)
    assert (identity.admin, identity.invitations) == (False, ())


@pytest.mark.parametrize(
    ("scope", "scopes"),
    [
        ("read", {"read"}),
        ("read write", {"read", "write"}),
        ("admin write read", {"read", "write", "admin"}),
        ("read everything Write", {"read"}),
        ("", set()),
    ],
)
async def test_a_token_for_programs_has_the_scopes_it_names(scope: str, scopes: set[str]) -> None:
    identity = await TOKENS.identify(SIGNER.token({"scope": scope}))
    assert (identity.program, set(identity.scopes)) == (True, scopes)


async def test_an_administrator_is_one_only_where_the_scope_allows_it() -> None:
    assert (await TOKENS.identify(SIGNER.token({"admin": True}))).admin
    assert (await TOKENS.identify(SIGNER.token({"admin": True, "scope": "read admin"}))).admin
    assert not (await TOKENS.identify(SIGNER.token({"admin": True, "scope": "read write"}))).admin


async def test_accepted_invitations_are_told() -> None:
    invitations = [{"id": "i1", "room": "r1", "by": "person-2"}, {"id": "i2", "room": "r2", "by": "person-3"}]
    identity = await TOKENS.identify(SIGNER.token({"invitations": invitations}))
    assert identity.invitations == (RoomInvitation("i1", "r1", "person-2"), RoomInvitation("i2", "r2", "person-3"))


async def test_an_expired_token_is_told_from_a_bad_one() -> None:
    with pytest.raises(ExpiredToken):
        await TOKENS.identify(SIGNER.token({"exp": int(time.time()) - 60}))


async def test_clocks_may_differ_a_little() -> None:
    now = int(time.time())
    assert await TOKENS.identify(SIGNER.token({"exp": now - 3, "iat": now + 3}))


def test_the_leeway_is_at_most_half_a_minute_and_a_life_at_most_ten() -> None:
    assert access_tokens.LEEWAY_SECONDS <= 30
    assert access_tokens.LIFETIME_SECONDS <= 600


async def test_a_token_from_the_future_is_refused() -> None:
    await refusal(SIGNER.token({"iat": int(time.time()) + 120}))


async def test_a_token_that_begins_later_is_refused_until_then() -> None:
    await refusal(SIGNER.token({"nbf": int(time.time()) + 120}))


@pytest.mark.parametrize("claim", ["iss", "aud", "exp", "iat", "sub", "sid", "jti", "name"])
async def test_every_claim_is_required(claim: str) -> None:
    assert claim in await refusal(SIGNER.token({claim: None}))


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("iss", "https://evil.test"),
        ("iss", ISSUER + "/"),
        ("iss", [ISSUER]),
        ("aud", "somebody else"),
        ("aud", ["somebody else"]),
        ("aud", {"parley": 1}),
        ("sub", 7),
        ("sub", {"$gt": ""}),
        ("sid", 7),
        ("sid", {"$gt": ""}),
        ("jti", 7),
        ("name", ["Ada"]),
        ("exp", "tomorrow"),
        ("exp", [1]),
        ("iat", "yesterday"),
        ("admin", "false"),
        ("admin", 1),
        ("scope", ["read"]),
        ("scope", {"$gt": ""}),
        ("invitations", {}),
        ("invitations", "r1"),
        ("invitations", [{"id": "i1", "room": "r1"}]),
        ("invitations", [{"id": "i1", "room": {"$gt": ""}, "by": "person-2"}]),
        ("invitations", [{"id": "i1", "room": "r1", "by": "person-2"}] * 6),
    ],
)
async def test_a_claim_of_a_wrong_value_or_type_is_refused(claim: str, value: Any) -> None:
    await refusal(SIGNER.token({claim: value}))


@pytest.mark.parametrize("typ", [None, "JWT", "jwt", "refresh+jwt", "AT+JWT", "application/at+jwt"])
async def test_only_the_type_of_access_tokens_is_accepted(typ: str | None) -> None:
    assert await refusal(SIGNER.token(header={"typ": typ})) == "wrong header"


@pytest.mark.parametrize(
    "header",
    [
        {"jku": "https://evil.test/jwks.json"},
        {"x5u": "https://evil.test/cert.pem"},
        {"jwk": Signer().public},
        {"x5c": ["MIIB"]},
        {"crit": ["exp"]},
        {"crit": []},
        {"b64": False},
        {"zip": "DEF"},
        {"cty": "JWT"},
        {"x": 1},
    ],
)
async def test_nothing_in_the_header_chooses_how_a_token_is_verified(header: dict[str, Any]) -> None:
    await refusal(SIGNER.token(header=header))


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "", None, "HS256", "ES256", "RS256", "Ed25519", "eddsa"])
async def test_no_other_algorithm_is_accepted_even_over_a_good_signature(alg: str | None) -> None:
    assert await refusal(SIGNER.token(header={"alg": alg})) == "wrong header"


@pytest.mark.parametrize("signature", ["", "."])
async def test_a_token_that_says_it_needs_no_signature_is_refused(signature: str) -> None:
    unsigned = signing_input({"alg": "none", "typ": "at+jwt", "kid": SIGNER.kid}, good_claims())
    await refusal(f"{unsigned}.{signature}")


def public_key_forms() -> list[bytes]:
    public = SIGNER.private.public_key()
    return [
        public.public_bytes_raw(),
        public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo),
        SIGNER.public["x"].encode(),
    ]


@pytest.mark.parametrize("secret", public_key_forms(), ids=["raw", "PEM", "DER", "base64"])
@pytest.mark.parametrize("alg", ["HS256", "EdDSA"])
async def test_the_public_key_is_no_secret_to_sign_with(secret: bytes, alg: str) -> None:
    signed = signing_input({"alg": alg, "typ": "at+jwt", "kid": SIGNER.kid}, good_claims())
    await refusal(f"{signed}.{encoded(hmac.digest(secret, signed.encode(), hashlib.sha256))}")


async def test_a_token_of_another_curve_is_refused() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    await refusal(jwt.encode(good_claims(), key, "ES256", {"kid": SIGNER.kid, "typ": "at+jwt"}))


async def test_a_foreign_key_under_our_keys_name_is_refused() -> None:
    assert "Signature" in await refusal(Signer(SIGNER.kid).token())


async def test_an_unknown_key_is_refused() -> None:
    assert await refusal(Signer("key-2").token()) == "unknown key"


@pytest.mark.parametrize("kid", [None, "", 7, ["key-1"], {"$gt": ""}, "../key-1", "key-1\0"])
async def test_a_key_without_a_proper_name_is_refused(kid: Any) -> None:
    await refusal(SIGNER.token(header={"kid": kid}))


async def test_a_stripped_signature_is_refused() -> None:
    head, claims, _ = SIGNER.token().split(".")
    await refusal(f"{head}.{claims}.")
    await refusal(f"{head}.{claims}")


async def test_a_signature_of_other_claims_is_refused() -> None:
    head, _, signature = SIGNER.token().split(".")
    _, claims, _ = SIGNER.token({"sub": "person-2"}).split(".")
    assert "Signature" in await refusal(f"{head}.{claims}.{signature}")


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        ".",
        "..",
        "...",
        "null",
        "a.b.c",
        "\N{PILE OF POO}.e30.e30",
        "\udcff.\udcff.\udcff",
        "e30.e30.e30",
        f"{encoded(b'[]')}.e30.",
        f"{encoded(b'null')}.e30.",
        f"{encoded(b'[' * 1400)}.e30.",
        f"{encoded(bytes(range(256)))}.e30.",
        " ".join(SIGNER.token()),
    ],
)
async def test_garbage_is_refused(garbage: str) -> None:
    await refusal(garbage)


@given(st.text(max_size=300))
async def test_no_text_is_a_token(text: str) -> None:
    await refusal(text)


@given(st.integers(0, 2), st.integers(0), st.characters(codec="ascii"))
async def test_a_token_with_one_letter_changed_is_refused(part: int, place: int, letter: str) -> None:
    parts = SIGNER.token().split(".")
    place %= len(parts[part]) - 1  # the last letter of a part has bits that carry nothing
    changed = parts[part][:place] + letter + parts[part][place + 1 :]
    if changed != parts[part]:
        parts[part] = changed
        with pytest.raises(InvalidToken):
            await TOKENS.identify(".".join(parts))


async def test_a_huge_token_is_refused_before_anything_of_it_is_read() -> None:
    token = SIGNER.token({"scope": "x" * access_tokens.MAX_TOKEN_CHARS})
    assert await refusal(token) == "too long"


async def test_a_token_that_was_taken_back_is_told_from_a_bad_one() -> None:
    tokens = AccessTokens(ISSUER, find_key, lambda identity: identity.session == "session-1")
    with pytest.raises(RevokedToken):
        await tokens.identify(SIGNER.token())
    assert (await tokens.identify(SIGNER.token({"sid": "session-2"}))).session == "session-2"
    with pytest.raises(ExpiredToken):
        await tokens.identify(SIGNER.token({"exp": 1}))


def test_programs_present_a_token_in_the_authorization_header() -> None:
    assert access_tokens.presented(request(Authorization="Bearer a.b.c")) == "a.b.c"
    assert access_tokens.presented(request(Authorization="bearer  a.b.c ")) == "a.b.c"


def test_browsers_present_it_in_the_cookie() -> None:
    assert access_tokens.presented(request(Cookie="a=b; __Host-access=a.b.c")) == "a.b.c"


def test_who_says_bearer_is_not_taken_by_the_cookie() -> None:
    assert access_tokens.presented(request(Authorization="Bearer mine", Cookie="__Host-access=other")) == "mine"
    assert access_tokens.presented(request(Authorization="Bearer", Cookie="__Host-access=other")) == ""


def test_a_cookie_without_the_prefix_is_not_ours() -> None:
    assert access_tokens.presented(request(Cookie="access=a.b.c; __Secure-access=a.b.c")) is None


def test_nobody_presents_a_token_in_the_address() -> None:
    assert access_tokens.presented(make_mocked_request("GET", "/?access_token=a.b.c&__Host-access=a.b.c")) is None
