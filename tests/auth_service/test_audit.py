import asyncio

import pyotp
import pytest
from structlog.testing import capture_logs

from auth_service.audit import COMMAND_LINE, KEPT, Act, Actor, Audit
from auth_service.services import Services
from chassis.mongo import Database
from tests.auth_service.conftest import PASSWORD, Browser, person_id

ADA = Actor("ada", "192.0.2.7")


@pytest.fixture
async def audit(database: Database) -> Audit:
    audit = Audit(database)
    await audit.prepare()
    return audit


async def test_an_entry_says_who_did_what_to_whom_when_and_from_where(audit: Audit) -> None:
    await audit.record(ADA, Act.PERSON_DISABLED, "bob", reason="spam")
    (entry,) = await audit.page()
    assert (entry.who, entry.what, entry.whom) == ("ada", "disabled a person", "bob")
    assert (entry.address, entry.details) == ("192.0.2.7", {"reason": "spam"})
    assert entry.at.tzinfo is not None


async def test_pages_go_from_new_to_old_without_a_gap(audit: Audit) -> None:
    for number in range(7):
        await audit.record(ADA, Act.TOKEN_MADE, number=str(number))
        await asyncio.sleep(0.002)  # entries of one millisecond have no order
    read: list[str] = []
    before = ""
    while page := await audit.page(before, limit=3):
        read += [entry.details["number"] for entry in page]
        before = page[-1].id
    assert read == ["6", "5", "4", "3", "2", "1", "0"]


async def test_what_is_about_somebody_is_what_they_did_and_what_was_done_to_them(audit: Audit) -> None:
    await audit.record(ADA, Act.PERSON_DISABLED, "bob")
    await audit.record(Actor("bob"), Act.TOKEN_MADE)
    await audit.record(Actor(COMMAND_LINE), Act.PERSON_ENABLED, "eve")
    assert {entry.what for entry in await audit.about("bob", 10)} == {"disabled a person", "made a token"}


async def test_entries_are_forgotten_after_a_year(audit: Audit, database: Database) -> None:
    indexes = await database["audit"].index_information()
    assert indexes["at_1"]["expireAfterSeconds"] == KEPT.total_seconds() == 365 * 86_400


async def test_an_act_is_in_the_log_too(audit: Audit) -> None:
    with capture_logs() as logged:
        await audit.record(ADA, Act.PERSON_DISABLED, "bob")
    assert [(event["event"], event["who"], event["what"], event["whom"]) for event in logged] == [
        ("audit", "ada", "disabled a person", "bob")
    ]


async def test_what_people_do_to_their_own_accounts_is_written_down(browser: Browser, services: Services) -> None:
    await browser.register("Ada")
    ada = await person_id(services, "Ada")
    await browser.submit("/account/name", name="Countess")
    new = "nine velvet trombones"
    await browser.submit("/account/password", password=PASSWORD, new_password=new, new_password_again=new)
    other = await services.sessions.begin(ada)
    await browser.submit("/account/sessions", session=other.id)
    await browser.submit("/account/sessions")
    await browser.submit("/account/second-factor", password=new)
    (session,) = await services.sessions.of(ada)
    secret = await services.second_factors.pending(ada, session.id)
    await browser.submit("/account/second-factor", code=pyotp.TOTP(secret or "").now())
    assert [(entry.who, entry.what, entry.address) for entry in await services.audit.about(ada, 6)] == [
        (ada, what, "127.0.0.1")
        for what in (
            Act.SECOND_FACTOR_ON,
            Act.OTHER_SESSIONS_ENDED,
            Act.SESSION_ENDED,
            Act.PASSWORD_CHANGED,
            Act.RENAMED,
            Act.REGISTERED,
        )
    ]
