import re

import pytest

from auth_service.people import PAGE_PEOPLE
from auth_service.services import Services
from chassis.mongo import Database
from tests.auth_service.conftest import PASSWORD, Browser, path_of, person_id, shown_once, with_second_factor


@pytest.fixture
async def bob(administrator: Browser, browser: Browser, services: Services) -> str:
    """Bob's page; he is signed in with `browser`."""
    await browser.register("Bob")
    return f"/admin/people/{await person_id(services, 'Bob')}"


async def test_people_are_listed_with_what_they_are(administrator: Browser, bob: str) -> None:
    await administrator.act(bob, "disable")
    page = await administrator.open("/admin")
    assert page.status == 200
    rows = re.findall(r'<a class="row-name" href="([^"]+)"><bdi>([^<]+)</bdi></a>(.*?)</li>', page.text, re.DOTALL)
    assert [(name, "Administrator" in row, "Disabled" in row) for _, name, row in rows] == [
        ("Bob", False, True),
        ("Root", True, False),
    ]
    assert rows[0][0] == bob


async def test_people_are_searched(administrator: Browser, bob: str) -> None:
    page = await administrator.open("/admin?q=BO")
    assert "Bob" in page.text
    assert ">Root<" not in page.text
    nobody = await administrator.open("/admin?q=%3Cb%3E.*")
    assert nobody.status == 200
    assert "&lt;b&gt;.*" in nobody.text
    assert ">Bob<" not in nobody.text


async def test_many_people_are_several_pages(administrator: Browser, database: Database, services: Services) -> None:
    root = await database["people"].find_one({}) or {}
    names = [f"p{number:03}" for number in range(PAGE_PEOPLE + 5)]
    await database["people"].insert_many(
        [{"_id": n, "name": n, "name_key": n, "created_at": root["created_at"]} for n in names]
    )
    seen: list[str] = []
    path = "/admin"
    while path:
        page = await administrator.open(path)
        seen += re.findall(r"<bdi>([^<]+)</bdi></a>", page.text)
        following = re.search(r'href="([^"]+)">Next page<', page.text)
        path = following[1].replace("&amp;", "&") if following else ""
    assert seen == [*names, "Root"]


async def test_who_is_disabled_is_out_at_once_and_told_so_only_with_the_right_password(
    administrator: Browser, browser: Browser, stranger: Browser, bob: str
) -> None:
    answer = await administrator.act(bob, "disable")
    assert (answer.status, answer.location) == (303, f"{bob}?done=disable")
    assert "can&#39;t sign in" in (await administrator.open(f"{bob}?done=disable")).text
    assert (await browser.open("/account")).status == 303
    right = await stranger.sign_in("Bob")
    assert right.status == 403
    assert "This account is disabled." in right.text
    wrong, unknown = await stranger.sign_in("Bob", "some other password"), await stranger.sign_in("Nobody")
    assert wrong.status == unknown.status == 401
    assert wrong.text.replace("Bob", "Nobody") == unknown.text
    await administrator.act(bob, "enable")
    assert (await stranger.sign_in("Bob")).status == 303


async def test_ended_sessions_and_revoked_tokens_end(
    administrator: Browser, browser: Browser, services: Services, bob: str
) -> None:
    await browser.act("/account/tokens", "make", name="bot", read="on", expires_in="3600")
    person = bob.rpartition("/")[2]
    assert "1 open session, 1 token for programs" in (await administrator.open(bob)).text
    await administrator.act(bob, "revoke-tokens")
    assert await services.personal_tokens.listed(person) == []
    await administrator.act(bob, "end-sessions")
    assert await services.sessions.of(person) == []
    assert "0 open sessions, 0 tokens for programs" in (await administrator.open(bob)).text


async def test_a_reset_link_is_shown_once_and_works_once(administrator: Browser, stranger: Browser, bob: str) -> None:
    answer = await administrator.act(bob, "reset-password")
    link = path_of(shown_once(answer))
    assert link not in (await administrator.open(bob)).text
    done = await stranger.submit(link, password="nine velvet trombones", password_again="nine velvet trombones")
    assert done.status == 200
    assert (await stranger.submit(link, password=PASSWORD, password_again=PASSWORD)).status == 404
    assert (await stranger.sign_in("Bob", "nine velvet trombones")).status == 303


async def test_who_lost_the_second_factor_is_freed_of_it_and_others_are_not_offered_that(
    administrator: Browser, services: Services, bob: str
) -> None:
    person = await person_id(services, "Bob")
    assert "turn-off-second-factor" not in (await administrator.open(bob)).text
    await with_second_factor(services, person)
    assert "turn-off-second-factor" in (await administrator.open(bob)).text
    assert (await administrator.act(bob, "turn-off-second-factor")).status == 303
    assert not await services.second_factors.is_on(person)


async def test_the_last_administrator_stays_one_and_is_told_why(administrator: Browser, services: Services) -> None:
    root = f"/admin/people/{await person_id(services, 'Root')}"
    for act in ("unmake-administrator", "disable"):
        answer = await administrator.act(root, act)
        assert answer.status == 409
        assert "Nobody else administers Parley" in answer.text
    assert (await administrator.open("/admin")).status == 200


async def test_who_may_sign_up_is_changed(administrator: Browser, stranger: Browser) -> None:
    assert (await stranger.open("/signin")).status == 200
    await administrator.act("/admin/sign-up", "policy", policy="closed")
    assert 'value="closed" checked' in (await administrator.open("/admin/sign-up")).text
    assert (await stranger.open("/signin")).status == 403
    assert (await stranger.register("Eve")).status == 403


async def test_an_invitation_is_made_listed_and_revoked(
    administrator: Browser, stranger: Browser, services: Services
) -> None:
    await administrator.act("/admin/sign-up", "policy", policy="invitation")
    link = path_of(shown_once(await administrator.act("/admin/sign-up", "invite", uses="3", expires_in="86400")))
    assert (await stranger.open(link)).status == 200
    assert "3 of 3 left" in (await administrator.open("/admin/sign-up")).text
    (invitation,) = await services.invitations.listed()
    await administrator.act("/admin/sign-up", "revoke", invitation=invitation.id)
    assert (await stranger.open(link)).status == 404


async def test_an_administrator_revokes_anybody_s_invitation(
    administrator: Browser, browser: Browser, services: Services, bob: str
) -> None:
    await browser.act("/account/invitations", "make", uses="1", expires_in="86400")
    (invitation,) = await services.invitations.listed()
    assert "by <bdi>Bob</bdi>" in (await administrator.open("/admin/sign-up")).text
    await administrator.act("/admin/sign-up", "revoke", invitation=invitation.id)
    assert await services.invitations.listed() == []


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/admin/sign-up", {"act": "policy", "policy": "everybody"}),
        ("/admin/sign-up", {"act": "invite", "uses": "0", "expires_in": "86400"}),
        ("/admin/sign-up", {"act": "invite", "uses": "1e9", "expires_in": "86400"}),
        ("/admin/sign-up", {"act": "invite", "uses": "x", "expires_in": "86400"}),
        ("/admin/sign-up", {"act": "invite", "uses": "1", "expires_in": "9999999999"}),
        ("/admin/sign-up", {"act": "nonsense"}),
        ("/admin/sign-up", {}),
        ("bob", {"act": "delete"}),
        ("bob", {"act": "__init__"}),
        ("bob", {}),
    ],
)
async def test_what_no_button_posts_is_refused_and_does_nothing(
    administrator: Browser, services: Services, bob: str, path: str, fields: dict[str, str]
) -> None:
    before = await services.audit.page()
    answer = await administrator.submit(bob if path == "bob" else path, **fields)
    assert answer.status == 422
    assert await services.audit.page() == before


async def test_nobody_has_no_page(administrator: Browser) -> None:
    for person in ("nobody", "%00", "%24ne"):
        assert (await administrator.open(f"/admin/people/{person}")).status == 404
        assert (await administrator.act(f"/admin/people/{person}", "disable")).status == 404


async def test_the_audit_log_tells_who_did_what_to_whom_and_from_where(
    administrator: Browser, browser: Browser, bob: str
) -> None:
    await administrator.act(bob, "disable")
    page = await administrator.open("/admin/audit")
    text = " ".join(re.sub(r"<[^>]+>", " ", page.text).split())
    assert "Root disabled a person: Bob from 127.0.0.1" in text
    assert "Bob registered from 127.0.0.1" in text


async def test_the_audit_log_has_pages_and_names_nobody_who_is_gone(
    administrator: Browser, browser: Browser, services: Services, bob: str
) -> None:
    for _ in range(60):
        await browser.submit("/account/data")
    await browser.submit("/account/delete", password=PASSWORD, messages="keep")
    first = await administrator.open("/admin/audit")
    older = re.search(r'href="([^"]+)">Older<', first.text)
    assert older
    second = await administrator.open(older[1])
    assert "downloaded their data" in second.text
    assert "registered" in second.text
    assert "Older" not in second.text
    for page in (first, second):
        assert "Bob" not in page.text
        assert "deleted person" in page.text


async def test_names_are_text_on_every_page(administrator: Browser, browser: Browser, database: Database) -> None:
    await browser.register("Bob")
    evil = "<script>alert(1)</script>"
    await database["people"].update_one({"name": "Bob"}, {"$set": {"name": evil}})
    await browser.act("/account/invitations", "make", uses="1", expires_in="86400")
    person = await database["people"].find_one({"name": evil}) or {}
    for path in ("/admin", "/admin/sign-up", "/admin/audit", f"/admin/people/{person['_id']}"):
        page = await administrator.open(path)
        assert "<script>" not in page.text, path
        assert "&lt;script&gt;" in page.text, path
