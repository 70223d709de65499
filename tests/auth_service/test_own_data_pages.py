import json
from datetime import UTC, datetime, timedelta

import pytest

from auth_service.audit import Act
from auth_service.proofs import OWNER
from auth_service.services import Services
from chassis.mongo import Database, Document
from tests.auth_service.conftest import PASSWORD, Browser, Client, person_id


@pytest.fixture
async def bob(administrator: Browser, browser: Browser) -> Browser:
    await browser.register("Bob")
    return browser


async def test_one_s_data_comes_as_a_file(bob: Browser) -> None:
    assert 'method="post" action="/account/data"' in (await bob.open("/account")).text
    answer = await bob.submit("/account/data")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="parley-account.json"'
    assert json.loads(answer.text)["account"]["name"] == "Bob"


async def test_no_link_and_no_form_of_another_site_leaves_a_trace_in_the_audit_log(
    bob: Browser, program: Client, services: Services
) -> None:
    """It would say that somebody took their data along who did nothing of the kind."""
    assert (await bob.open("/account/data")).status == 405
    headers = {"Cookie": f"__Host-access={bob.cookie('__Host-access')}", "Sec-Fetch-Site": "cross-site"}
    assert (await program.post("/account/data", data={}, headers=headers)).status == 403
    acts = {entry.what for entry in await services.audit.about(await person_id(services, "Bob"), 10)}
    assert acts == {Act.REGISTERED}


async def test_what_happens_to_messages_is_said_before(bob: Browser) -> None:
    page = await bob.open("/account/delete")
    assert page.status == 200
    assert "deleted person" in page.text
    assert "Is erased" in page.text
    assert "90 days" in page.text
    assert 'value="keep" checked' in page.text


@pytest.mark.parametrize(("messages", "erase"), [("keep", False), ("erase", True), ("nonsense", False)])
async def test_an_account_is_deleted_with_its_password_and_as_its_owner_says(
    bob: Browser, services: Services, messages: str, erase: bool
) -> None:
    person = await person_id(services, "Bob")
    answer = await bob.submit("/account/delete", password=PASSWORD, messages=messages)
    assert answer.status == 200
    assert not bob.cookie("__Host-access")
    assert not bob.cookie("__Host-refresh")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    told = (await services.changes.after(0))[-1]
    assert (told.kind, told.person, told.erase) == ("person_deleted", person, erase)
    assert (await bob.sign_in("Bob")).status == 401


async def test_also_where_the_access_cookie_was_over_no_cookie_is_left(bob: Browser) -> None:
    bob.lose("__Host-access")
    assert (await bob.submit("/account/delete", password=PASSWORD)).status == 200
    assert not bob.cookie("__Host-access")
    assert not bob.cookie("__Host-refresh")


async def test_a_wrong_password_deletes_nothing(bob: Browser, services: Services) -> None:
    answer = await bob.submit("/account/delete", password="not the password", messages="erase")
    assert (answer.status, answer.problem_at("password")) == (422, "That is not your password.")
    assert 'value="erase" checked' in answer.text
    assert "not the password" not in answer.text
    assert await person_id(services, "Bob")


async def test_who_guesses_the_password_is_told_when_to_come_back(bob: Browser, database: Database) -> None:
    await bob.submit("/account/delete", password="not the password")
    later: Document = {"next_at": datetime.now(UTC) + timedelta(minutes=1)}
    await database["attempts"].update_many({"_id": {"$regex": f"^{OWNER.name}:"}}, {"$set": later})
    answer = await bob.submit("/account/delete", password=PASSWORD)
    assert answer.status == 429
    assert int(answer.headers["Retry-After"]) > 50


async def test_the_last_administrator_stays(administrator: Browser) -> None:
    answer = await administrator.submit("/account/delete", password=PASSWORD)
    assert answer.status == 409
    assert "Nobody else administers Parley" in answer.text
    assert (await administrator.open("/admin")).status == 200
