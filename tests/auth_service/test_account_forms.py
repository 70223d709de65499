import pytest

from auth_service.services import Services
from tests.auth_service.conftest import Browser, path_of, person_id, shown_once


@pytest.fixture
async def bob(administrator: Browser, browser: Browser) -> Browser:
    await browser.register("Bob")
    return browser


async def test_a_token_is_made_shown_once_and_revoked(bob: Browser, services: Services) -> None:
    answer = await bob.act("/account/tokens", "make", name="my <b>ot", read="on", expires_in="604800")
    assert answer.status == 200
    assert "my &lt;b&gt;ot" in answer.text
    code = shown_once(answer)
    assert (await services.programs.exchange(code)).scope == "read"
    (token,) = await services.personal_tokens.listed(await person_id(services, "Bob"))
    gone = await bob.act("/account/tokens", "revoke", token=token.id)
    assert (gone.status, gone.location) == (303, "/account#tokens")
    assert await services.personal_tokens.listed(await person_id(services, "Bob")) == []


async def test_an_invitation_is_made_shown_once_and_revoked(
    bob: Browser, stranger: Browser, services: Services
) -> None:
    answer = await bob.act("/account/invitations", "make", uses="2", expires_in="86400")
    path = path_of(shown_once(answer))
    assert (await stranger.open(path)).status == 200
    (invitation,) = await services.invitations.listed()
    assert invitation.uses == 2
    gone = await bob.act("/account/invitations", "revoke", invitation=invitation.id)
    assert (gone.status, gone.location) == (303, "/account#invitations")
    assert (await stranger.open(path)).status == 404


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("tokens", {"act": "make", "name": "bot", "read": "on", "admin": "on", "expires_in": "3600"}, 403),
        ("tokens", {"act": "make", "name": "bot", "expires_in": "3600"}, 422),
        ("tokens", {"act": "make", "name": "", "read": "on", "expires_in": "3600"}, 422),
        ("tokens", {"act": "make", "name": "bot", "read": "on", "expires_in": "99999999"}, 422),
        ("tokens", {"act": "revoke", "token": "somebody else's"}, 404),
        ("tokens", {"act": "revoke"}, 404),
        ("tokens", {}, 422),
        ("invitations", {"act": "make", "uses": "0", "expires_in": "3600"}, 422),
        ("invitations", {"act": "make", "uses": "1", "expires_in": "1", "room": "$ne"}, 422),
        ("invitations", {"act": "revoke", "invitation": "somebody else's"}, 404),
        ("invitations", {"act": "accept"}, 422),
    ],
)
async def test_what_will_not_do_is_refused(bob: Browser, path: str, fields: dict[str, str], status: int) -> None:
    assert (await bob.submit(f"/account/{path}", **fields)).status == status


@pytest.mark.parametrize("path", ["tokens", "invitations"])
async def test_nobody_reaches_another_s(bob: Browser, administrator: Browser, services: Services, path: str) -> None:
    await administrator.act("/account/tokens", "make", name="bot", read="on", expires_in="3600")
    await administrator.act("/account/invitations", "make", uses="1", expires_in="3600")
    root = await person_id(services, "Root")
    tokens, invitations = await services.personal_tokens.listed(root), await services.invitations.listed(root)
    foreign = {"tokens": {"token": tokens[0].id}, "invitations": {"invitation": invitations[0].id}}[path]
    assert (await bob.act(f"/account/{path}", "revoke", **foreign)).status == 404
    assert await services.personal_tokens.listed(root) == tokens
    assert await services.invitations.listed(root) == invitations


async def test_a_stranger_signs_in_first(browser: Browser) -> None:
    for path in ("/account/tokens", "/account/invitations"):
        answer = await browser.act(path, "make", name="bot", read="on")
        assert (answer.status, answer.location) == (303, "/login?next=/account")
