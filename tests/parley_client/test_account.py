"""Accounts for programs: signing in, and tokens that are renewed before they end."""

import uuid

import pytest

from parley_client import SignInRefused, account, register, sign_in
from tests.running import Parley

PASSWORD = "velvet cactus orbit 9"


async def test_an_account_made_here_can_be_signed_in_to(parley: Parley) -> None:
    name = f"t-{uuid.uuid4().hex[:12]}"
    made = await register(parley.url, name, PASSWORD)
    again = await sign_in(parley.url, name, PASSWORD)
    assert (again.person_id, again.name) == (made.person_id, name)


@pytest.mark.parametrize(("name", "code"), [("x", "invalid"), ("no-such-person", "wrong_credentials")])
async def test_a_refusal_says_why(parley: Parley, name: str, code: str) -> None:
    ask = register if code == "invalid" else sign_in
    with pytest.raises(SignInRefused) as refused:
        await ask(parley.url, name, PASSWORD)
    assert refused.value.code == code


async def test_a_token_near_its_end_is_renewed_and_a_fresh_one_kept(
    parley: Parley, monkeypatch: pytest.MonkeyPatch
) -> None:
    somebody = await register(parley.url, f"t-{uuid.uuid4().hex[:12]}", PASSWORD)
    token = await somebody.access_token()
    assert await somebody.access_token() == token
    monkeypatch.setattr(account, "RENEW_BEFORE_SECONDS", 10_000.0)
    renewed = await sign_in(parley.url, somebody.name, PASSWORD)
    assert renewed.renew_in_seconds() == 0.0
    assert await renewed.access_token() != await renewed.access_token()
