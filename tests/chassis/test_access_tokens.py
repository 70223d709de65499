"""What a token of ours says, for how long it is good, and where it is presented."""

import time
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from chassis import access_tokens
from chassis.access_tokens import SCOPES, AccessTokens, ExpiredToken, Identity, RevokedToken, RoomInvitation
from tests.chassis.signing import ISSUER, good_claims
from tests.chassis.verifying import SIGNER, TOKENS, find_key, refusal


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
    named = "&".join(
        f"{name}=a.b.c" for name in ("access_token", "token", "jwt", "bearer", access_tokens.ACCESS_COOKIE)
    )
    assert access_tokens.presented(make_mocked_request("GET", f"/?{named}")) is None
