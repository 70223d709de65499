"""The page at `/`, and the files it is made of."""

import pytest
from yarl import URL

from chassis.access_tokens import ACCESS_COOKIE
from chassis.browser_security import CONTENT_SECURITY_POLICY
from chat_service import shell
from chat_service.events import Person
from tests.chat_service.examples import ADA
from tests.chat_service.issuer import Issuer
from tests.chat_service.replicas import RunningReplica


def signed_in(issuer: Issuer, person: Person = ADA, seconds: float = 600) -> dict[str, str]:
    return {"Cookie": f"{ACCESS_COOKIE}={issuer.token(person, seconds=seconds)}"}


async def test_anonymous_people_are_led_to_the_sign_in(chat: RunningReplica) -> None:
    answer = await chat.client.get("/", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/login?next=/")
    assert answer.headers["Cache-Control"] == "no-store"


async def test_people_whose_token_ended_are_led_to_the_sign_in(chat: RunningReplica, issuer: Issuer) -> None:
    answer = await chat.client.get("/", headers=signed_in(issuer, seconds=-60), allow_redirects=False)
    assert answer.status == 303


async def test_signed_in_people_get_the_chat(chat: RunningReplica, issuer: Issuer) -> None:
    answer = await chat.client.get("/", headers=signed_in(issuer), allow_redirects=False)
    assert (answer.status, answer.content_type) == (200, "text/html")
    assert answer.headers["Cache-Control"] == "no-store"
    assert 'data-person-id="p-ada"' in await answer.text()


async def test_a_name_is_text_and_never_markup(chat: RunningReplica, issuer: Issuer) -> None:
    person = Person("p-x", '"><script>alert(1)</script>')
    page = await (await chat.client.get("/", headers=signed_in(issuer, person))).text()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize("path", ["/", "/static/css/base.css", "/api/rooms", "/nowhere", "/static/nowhere"])
async def test_every_answer_has_the_security_headers(chat: RunningReplica, issuer: Issuer, path: str) -> None:
    answer = await chat.client.get(path, headers=signed_in(issuer))
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Strict-Transport-Security"]


async def test_the_page_needs_nothing_that_its_policy_forbids(chat: RunningReplica, issuer: Issuer) -> None:
    page = await (await chat.client.get("/", headers=signed_in(issuer))).text()
    assert "<style" not in page
    assert " style=" not in page
    assert " onclick=" not in page
    ours = page.count('<script type="module" src="/static/') + page.count('<script src="/static/')
    assert page.count("<script") == ours


async def test_every_file_that_the_page_names_is_there(chat: RunningReplica, issuer: Issuer) -> None:
    page = await (await chat.client.get("/", headers=signed_in(issuer))).text()
    paths = {part.split('"')[0].split("#")[0] for part in page.split('"/static/')[1:]}
    assert paths
    for path in paths:
        assert (await chat.client.get(f"/static/{path}")).status == 200, path


@pytest.mark.parametrize("path", ["/rooms/lobby", "/rooms/lobby/17"])
async def test_a_link_into_a_room_leads_to_it_after_the_sign_in_too(
    chat: RunningReplica, issuer: Issuer, path: str
) -> None:
    answer = await chat.client.get(path, headers=signed_in(issuer))
    assert answer.status == 200
    answer = await chat.client.get(path, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, f"/login?next={path}")


async def test_the_files_of_this_version_are_kept_for_ever(chat: RunningReplica) -> None:
    answer = await chat.client.get(f"{shell.VERSIONED_PREFIX}/js/main.js")
    assert answer.status == 200
    assert "immutable" in answer.headers["Cache-Control"]


async def test_a_file_of_another_version_is_ours_and_kept_by_nobody(chat: RunningReplica) -> None:
    answer = await chat.client.get("/static/v-0123456789abcdef/js/main.js")
    assert (answer.status, answer.url.path) == (200, "/static/js/main.js")
    assert answer.history[0].headers["Cache-Control"] == "no-store"
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["/static/v-0123456789abcdef/../../app.py", "/static/v-0123456789abcdef//evil.example"]
)
async def test_a_file_of_another_version_leads_nowhere_else(chat: RunningReplica, path: str) -> None:
    address = str(chat.client.make_url("/")).rstrip("/")
    answer = await chat.client.session.get(URL(address + path, encoded=True))
    assert answer.status in {400, 403, 404}


async def test_the_service_worker_names_its_version_and_is_asked_for_each_time(
    chat: RunningReplica, issuer: Issuer
) -> None:
    worker = await chat.client.get("/sw.js")
    assert (worker.status, worker.content_type) == (200, "text/javascript")
    assert worker.headers["Cache-Control"] == "no-cache"
    page = await chat.client.get("/", headers=signed_in(issuer))
    assert page.headers["Parley-Version"] in await worker.text()
    assert f'data-version="{page.headers["Parley-Version"]}"' in await page.text()


async def test_files_are_asked_for_each_time(chat: RunningReplica) -> None:
    answer = await chat.client.get("/static/css/base.css")
    assert (answer.status, answer.content_type) == (200, "text/css")
    assert answer.headers["Cache-Control"] == "no-cache"
    again = await chat.client.get("/static/css/base.css", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status == 304


@pytest.mark.parametrize("path", ["/static/", "/static", "/static/css", "/static/css/"])
async def test_folders_are_not_listed(chat: RunningReplica, path: str) -> None:
    assert (await chat.client.get(path)).status in {403, 404}


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/css/../../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static/%2e%2e%2fapp.py",
        "/static//etc/passwd",
        "/static/..%5capp.py",
        "/static/css/%00",
    ],
)
async def test_nothing_outside_the_folder_is_served(chat: RunningReplica, path: str) -> None:
    assert (shell.STATIC / "../app.py").exists()
    address = str(chat.client.make_url("/")).rstrip("/")
    answer = await chat.client.session.get(URL(address + path, encoded=True))
    assert answer.status in {400, 403, 404}
    assert "import" not in await answer.text()


async def test_a_page_that_is_not_there_is_an_answer_for_people(chat: RunningReplica) -> None:
    answer = await chat.client.get("/nowhere", headers={"Accept": "text/html"})
    assert (answer.status, answer.content_type) == (404, "text/html")
