import asyncio

import pytest
from aiohttp.test_utils import TestServer
from pytest_aiohttp.plugin import AiohttpClient

from auth_service.audit import Actor
from auth_service.invitations import Asked
from auth_service.services import Services
from auth_service.sign_up import Policy
from chassis.access_tokens import RoomInvitation
from tests.auth_service.conftest import Browser, new_browser, path_of, person_id

ACCESS = "__Host-access"


async def invited(services: Services, room: str | None = None, uses: int = 1) -> str:
    """The path of a new invitation of Root's."""
    root = await person_id(services, "Root")
    _, code = await services.inviting.make(Actor(root), Asked(uses=uses, room=room))
    return path_of(services.links.invitation(code))


async def rooms(browser: Browser, services: Services) -> list[RoomInvitation]:
    """Those that the browser's access token lets its person into."""
    return list((await services.access_tokens.identify(browser.cookie(ACCESS) or "")).invitations)


async def test_a_stranger_signs_up_by_it_and_is_on_the_way_into_the_room(
    administrator: Browser, browser: Browser, services: Services
) -> None:
    await services.sign_up.change(Policy.INVITATION)
    path = await invited(services, "r1")
    page = await browser.open(path)
    assert page.status == 200
    assert "<bdi>Root</bdi></strong> invites you" in page.text
    code = path.rpartition("/")[2]
    assert f'<input type="hidden" name="invitation" value="{code}">' in page.text
    assert f'href="/login?next={path}"' in page.text
    refused = await browser.register("B", invitation=code)
    assert refused.status == 422
    assert f'name="invitation" value="{code}"' in refused.text
    assert '<input type="hidden" name="next" value="/rooms/r1">' in page.text
    assert (await browser.register("Bob", invitation=code, next="/rooms/r1")).location == "/rooms/r1"
    assert [(one.room, one.by) for one in await rooms(browser, services)] == [("r1", await person_id(services, "Root"))]


async def test_who_has_an_account_signs_in_and_is_asked(
    administrator: Browser, browser: Browser, stranger: Browser, services: Services
) -> None:
    await browser.register("Bob")
    path = await invited(services, "r1")
    assert (await stranger.sign_in("Bob", next=path)).location == path
    asked = await stranger.open(path)
    assert asked.status == 200
    assert "<bdi>Root</bdi></strong> invites you to a room" in asked.text
    assert "signed in as <strong><bdi>Bob</bdi>" in asked.text
    assert await rooms(stranger, services) == []
    accepted = await stranger.submit(path)
    assert (accepted.status, accepted.location) == (303, "/rooms/r1")
    assert [one.room for one in await rooms(stranger, services)] == ["r1"]


async def test_looking_at_a_link_uses_nothing_up(administrator: Browser, browser: Browser, services: Services) -> None:
    path = await invited(services, "r1")
    await browser.open(path)
    await administrator.open(path)
    assert [one.uses_left for one in await services.invitations.listed()] == [1]


async def test_of_many_who_sign_up_at_once_as_many_get_in_as_it_has_uses(
    administrator: Browser, services: Services, server: TestServer, aiohttp_client: AiohttpClient
) -> None:
    await services.sign_up.change(Policy.INVITATION)
    code = (await invited(services, uses=2)).rpartition("/")[2]
    browsers = [await new_browser(aiohttp_client, server) for _ in range(6)]
    answers = await asyncio.gather(
        *(browser.register(f"bob{number}", invitation=code) for number, browser in enumerate(browsers))
    )
    assert sorted(answer.status for answer in answers) == [303, 303, 404, 404, 404, 404]


async def test_one_that_is_over_is_answered_like_one_that_never_was(
    administrator: Browser, browser: Browser, services: Services
) -> None:
    over = await invited(services)
    await services.invitations.revoke_all(await person_id(services, "Root"))
    await browser.register("Bob")
    for visitor in (administrator, browser):
        for path in (over, "/invite/nonsense", "/invite/%24ne", "/invite/%00"):
            assert [(await visitor.open(path)).status, (await visitor.submit(path)).status] == [404, 404]


async def test_where_nobody_may_sign_up_only_who_has_an_account_can_accept(
    administrator: Browser, browser: Browser, stranger: Browser, services: Services
) -> None:
    await browser.register("Bob")
    await services.sign_up.change(Policy.CLOSED)
    path = await invited(services, "r1")
    page = await stranger.open(path)
    assert page.status == 403
    assert f'href="/login?next={path}"' in page.text
    assert (await stranger.register("Eve", invitation=path.rpartition("/")[2])).status == 403
    assert (await browser.submit(path)).status == 303


async def test_a_stranger_who_posts_is_asked_first(
    administrator: Browser, stranger: Browser, services: Services
) -> None:
    path = await invited(services, "r1")
    answer = await stranger.submit(path)
    assert (answer.status, answer.location) == (303, path)


@pytest.mark.parametrize("path", ["/invite/s3cret", "/reset/s3cret"])
async def test_the_address_is_told_to_no_other_site_and_to_no_log(
    administrator: Browser, browser: Browser, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    answer = await browser.open(path)
    assert answer.headers["Referrer-Policy"] == "same-origin"
    await browser.submit(path, password="x")
    said = capsys.readouterr().out
    assert "..." in said
    assert "s3cret" not in said
