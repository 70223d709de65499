import pytest

from auth_service.audit import Actor
from auth_service.services import Services
from tests.auth_service.conftest import PASSWORD, Browser, path_of, person_id, with_second_factor

NEW = "nine velvet trombones"


@pytest.fixture
async def path(browser: Browser, services: Services) -> str:
    """A link for Ada, who is signed in with `browser`."""
    await browser.register("Ada")
    ada = await person_id(services, "Ada")
    return path_of(services.links.reset(await services.administration.make_reset_link(Actor("root"), ada)))


async def test_the_page_is_a_form_that_needs_no_script_and_says_for_whom(stranger: Browser, path: str) -> None:
    page = await stranger.open(path)
    assert page.status == 200
    assert f'<form method="post" action="{path}"' in page.text
    assert "<bdi>Ada</bdi>" in page.text
    assert page.headers["Cache-Control"] == "no-store"


async def test_setting_a_password_signs_out_everywhere_and_in_nowhere(
    browser: Browser, stranger: Browser, path: str
) -> None:
    answer = await stranger.submit(path, password=NEW, password_again=NEW)
    assert answer.status == 200
    assert "Set-Cookie" not in answer.headers
    assert (await browser.open("/account")).status == 303
    assert (await stranger.sign_in("Ada", PASSWORD)).status == 401
    assert (await stranger.sign_in("Ada", NEW)).status == 303


async def test_the_second_factor_is_still_asked_for(
    browser: Browser, stranger: Browser, services: Services, path: str
) -> None:
    ada = await person_id(services, "Ada")
    await with_second_factor(services, ada)
    assert (await stranger.submit(path, password=NEW, password_again=NEW)).status == 200
    answer = await stranger.sign_in("Ada", NEW)
    assert answer.status == 200
    assert 'name="code"' in answer.text
    assert not stranger.cookie("__Host-access")
    assert await services.sessions.of(ada) == []


async def test_looking_at_the_link_uses_nothing_up(stranger: Browser, path: str) -> None:
    for _ in range(3):
        assert (await stranger.open(path)).status == 200


async def test_what_is_wrong_is_told_at_its_field_and_the_link_stays_good(stranger: Browser, path: str) -> None:
    differing = await stranger.submit(path, password=NEW, password_again=NEW + " ")
    assert (differing.status, differing.problem_at("password_again")) == (422, "The two passwords differ.")
    short = await stranger.submit(path, password="short", password_again="short")
    assert short.status == 422
    assert "12 characters" in (short.problem_at("password") or "")
    assert "short" not in short.text.replace("short, ", "").partition("<form")[2]
    assert (await stranger.submit(path, password=NEW, password_again=NEW)).status == 200


@pytest.mark.parametrize("path", ["/reset/nonsense", "/reset/%24ne", "/reset/%00", "/reset/" + "x" * 3000])
async def test_a_link_that_never_was_leads_nowhere(stranger: Browser, path: str) -> None:
    assert (await stranger.open(path)).status == 404
    assert (await stranger.submit(path, password=NEW, password_again=NEW)).status == 404
