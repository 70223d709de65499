import asyncio
import unicodedata
from datetime import UTC, datetime, timedelta

import argon2
import pytest
from structlog.testing import capture_logs

from auth_service.accounts import NAME_RULE, NAME_SHAPE, Accounts, Person, Proof, key_of
from auth_service.administrators import Administrators
from auth_service.changes import Changes
from auth_service.passwords import Passwords
from auth_service.renaming import Renaming
from chassis.mongo import Database
from chassis.problems import Problem
from tests.auth_service.conftest import CHEAP, PASSWORD

NAMED = ["root"]
FULLWIDTH_ADA = "\uff21\uff44\uff41"
SHARP_S = "\N{LATIN SMALL LETTER SHARP S}"


@pytest.fixture
async def changes(database: Database) -> Changes:
    changes = Changes(database, lambda: None)
    await changes.prepare()
    return changes


@pytest.fixture
async def accounts(database: Database, passwords: Passwords, changes: Changes) -> Accounts:
    accounts = Accounts(database, passwords, Renaming(database, changes), Administrators(database, NAMED))
    await accounts.prepare()
    return accounts


async def refusal(accounts: Accounts, name: str, password: str = PASSWORD) -> Problem:
    with pytest.raises(Problem) as refused:
        await accounts.register(name, password)
    return refused.value


async def test_who_registers_has_an_account(accounts: Accounts, database: Database) -> None:
    person = await accounts.register("Ada", PASSWORD)
    stored = dict(await database["people"].find_one({}) or {})
    assert stored.pop("password").startswith("$argon2id$")
    assert datetime.now(UTC) - stored.pop("created_at") < datetime.resolution * 60_000_000
    assert stored == {"_id": person.id, "name": "Ada", "name_key": "ada", "first": True}
    assert await accounts.find(person.id) == person == Person(person.id, "Ada")


async def test_preparing_again_does_no_harm(accounts: Accounts) -> None:
    await accounts.register("Ada", PASSWORD)
    await accounts.prepare()


async def test_who_registered_proves_it_by_name_and_password(accounts: Accounts) -> None:
    person = await accounts.register("Ada", PASSWORD)
    assert (await accounts.prove("Ada", PASSWORD)).person == person


@pytest.mark.parametrize("typed", ["ada", "ADA", " Ada ", "Ada\n", FULLWIDTH_ADA])
async def test_a_name_is_recognised_however_it_is_typed(accounts: Accounts, typed: str) -> None:
    person = await accounts.register("Ada", PASSWORD)
    assert (await accounts.prove(typed, PASSWORD)).person == person


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Ada", "Ada"),
        ("Ada", "aDA"),
        ("Ada", FULLWIDTH_ADA),
        ("Ada", " Ada "),
        ("stra" + SHARP_S + "e", "STRASSE"),
        ("Zoe\N{COMBINING DIAERESIS}", "zo\N{LATIN SMALL LETTER E WITH DIAERESIS}"),
        (
            "\N{GREEK CAPITAL LETTER SIGMA}\N{GREEK SMALL LETTER ALPHA}\N{GREEK SMALL LETTER FINAL SIGMA}",
            "\u03c3\u0391\u03a3",
        ),
        ("of\N{LATIN SMALL LIGATURE FI}ce", "office"),
    ],
)
async def test_a_taken_name_is_refused_also_to_its_twins(accounts: Accounts, first: str, second: str) -> None:
    await accounts.register(first, PASSWORD)
    problem = await refusal(accounts, second)
    assert (problem.status, problem.code, set(problem.errors)) == (409, "name_taken", {"name"})


async def test_of_two_who_ask_for_a_name_at_once_one_gets_it(accounts: Accounts, database: Database) -> None:
    results = await asyncio.gather(
        *(accounts.register(name, PASSWORD) for name in ("Ada", "ada", "ADA", "aDa")), return_exceptions=True
    )
    refused = [result for result in results if isinstance(result, Problem)]
    assert [problem.code for problem in refused] == ["name_taken"] * 3
    assert await database["people"].count_documents({}) == 1


@pytest.mark.parametrize(
    "name",
    [
        "Al",
        "a1",
        "42",
        "ada.lovelace",
        "Ada_Lovelace-2",
        "x" * 32,
        "\u4f60\u597d",
        "\u041e\u043b\u044c\u0433\u0430",
        "Jos\N{LATIN SMALL LETTER E WITH ACUTE}",
        "\u05d3\u05d5\u05d3",
    ],
)
async def test_names_of_letters_and_digits_in_any_script_will_do(accounts: Accounts, name: str) -> None:
    assert (await accounts.register(name, PASSWORD)).name == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a",
        "x" * 33,
        "   ",
        "ada lovelace",
        "ada\N{NO-BREAK SPACE}lovelace",
        "-ada",
        "ada.",
        "_ada",
        "__",
        "..",
        "<b>ada</b>",
        "ada&lovelace",
        'ada"',
        "ada'",
        "ada/..",
        "ada@example.org",
        "$where",
        "ada\0",
        "a\0da",
        "a\nda",
        "a\tda",
        "a\x1bda",
        "a\x7fda",
        "a\N{RIGHT-TO-LEFT OVERRIDE}da",
        "ada\N{RIGHT-TO-LEFT MARK}",
        "a\N{RIGHT-TO-LEFT ISOLATE}da",
        "a\N{ZERO WIDTH SPACE}da",
        "a\N{ZERO WIDTH JOINER}da",
        "a\N{SOFT HYPHEN}da",
        "\N{ZERO WIDTH NO-BREAK SPACE}ada",
        "a\N{LINE SEPARATOR}da",
        "ada\N{PILE OF POO}",
        "\N{PILE OF POO}\N{PILE OF POO}",
        "a\N{COMBINING LONG STROKE OVERLAY}da",
        "\N{HANGUL FILLER}\N{HANGUL FILLER}",
        "ada\N{HALFWIDTH HANGUL FILLER}",
        "a\N{HANGUL CHOSEONG FILLER}da",
        "a\N{HANGUL JUNGSEONG FILLER}da",
        "a\N{BRAILLE PATTERN BLANK}da",
        "a\ud800da",
        "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 3,
        "x" * 10_000,
    ],
)
async def test_a_name_of_another_shape_is_refused_at_the_field(
    database: Database, passwords: Passwords, changes: Changes, name: str
) -> None:
    problem = await refusal(
        Accounts(database, passwords, Renaming(database, changes), Administrators(database, NAMED)), name, "short"
    )
    assert (problem.status, problem.code, problem.errors["name"]) == (422, "invalid", NAME_RULE)


def test_no_name_of_the_right_shape_has_an_invisible_letter() -> None:
    invisible = [0x115F, 0x1160, 0x3164, 0xFFA0, *range(0x200B, 0x2010), *range(0x2060, 0x2070), 0x00AD, 0xFEFF]
    for code in invisible:
        assert not NAME_SHAPE.fullmatch(unicodedata.normalize("NFKC", f"a{chr(code)}b"))


async def test_what_is_wrong_with_name_and_password_is_told_together(accounts: Accounts) -> None:
    problem = await refusal(accounts, "a", "short")
    assert set(problem.errors) == {"name", "password"}


@pytest.mark.parametrize("password", ["short", "password1234", "ada-ada-ada-ada", "x" * 1025])
async def test_a_password_that_will_not_do_is_refused_at_the_field(accounts: Accounts, password: str) -> None:
    problem = await refusal(accounts, "ada", password)
    assert (problem.status, problem.code, set(problem.errors)) == (422, "invalid", {"password"})


async def test_who_was_refused_has_no_account(accounts: Accounts, database: Database) -> None:
    await refusal(accounts, "Ada", "short")
    assert await database["people"].count_documents({}) == 0


async def wrong(accounts: Accounts, name: str, password: str) -> Problem:
    with pytest.raises(Problem) as refused:
        await accounts.prove(name, password)
    return refused.value


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("Ada", "seven teal otters waltzed"),
        ("Ada", PASSWORD.upper()),
        ("Ada", ""),
        ("Ada", "x" * 10_000),
        ("nobody", PASSWORD),
        ("", PASSWORD),
        ("x" * 10_000, PASSWORD),
        ("a\0da", PASSWORD),
        ("a\ud800da", PASSWORD),
        (".*", PASSWORD),
    ],
)
async def test_whatever_is_wrong_the_answer_is_the_same(accounts: Accounts, name: str, password: str) -> None:
    await accounts.register("Ada", PASSWORD)
    problem = await wrong(accounts, name, password)
    assert (problem.status, problem.code, problem.errors) == (401, "wrong_credentials", {})
    assert problem.detail == "That name and password don't go together."


async def test_a_sign_in_that_failed_is_logged_without_what_was_typed(accounts: Accounts) -> None:
    with capture_logs() as logged:
        await wrong(accounts, "my password is otters", "hunter2")  # people type into the wrong field
    assert [event["event"] for event in logged] == ["sign-in failed"]
    assert "otters" not in repr(logged)
    assert "hunter2" not in repr(logged)


async def test_an_old_hash_is_renewed_when_its_password_is_typed(accounts: Accounts, database: Database) -> None:
    person = await accounts.register("Ada", PASSWORD)
    old = argon2.PasswordHasher(memory_cost=8192, time_cost=1, parallelism=1).hash(PASSWORD)
    await database["people"].update_one({"_id": person.id}, {"$set": {"password": old}})
    assert (await accounts.prove("Ada", PASSWORD)).person == person
    stored = await database["people"].find_one({"_id": person.id})
    assert stored is not None
    assert not CHEAP.check_needs_rehash(stored["password"])
    assert (await accounts.prove("Ada", PASSWORD)).person == person


async def test_an_old_hash_stays_when_the_password_is_wrong(accounts: Accounts, database: Database) -> None:
    person = await accounts.register("Ada", PASSWORD)
    old = argon2.PasswordHasher(memory_cost=8192, time_cost=1, parallelism=1).hash(PASSWORD)
    await database["people"].update_one({"_id": person.id}, {"$set": {"password": old}})
    await wrong(accounts, "Ada", "not the password")
    assert await database["people"].count_documents({"password": old}) == 1


async def test_nobody_is_found_under_an_unknown_id(accounts: Accounts) -> None:
    assert await accounts.find("0123456789abcdef") is None


# Another name, another password


async def test_a_person_can_take_another_name_to_be_shown_and_to_sign_in_with(
    accounts: Accounts, changes: Changes
) -> None:
    ada = await accounts.register("Ada", PASSWORD)
    countess = await accounts.rename(ada.id, " Countess ")
    assert countess == await accounts.find(ada.id) == Person(ada.id, "Countess")
    assert (await accounts.prove("countess", PASSWORD)).person == countess
    with pytest.raises(Problem):
        await accounts.prove("Ada", PASSWORD)
    assert [(told.kind, told.person, told.name) for told in await changes.after(0)] == [
        ("person_renamed", ada.id, "Countess")
    ]
    await accounts.register("Ada", PASSWORD)


async def test_the_same_name_again_is_nothing_to_tell_and_another_case_is(accounts: Accounts, changes: Changes) -> None:
    ada = await accounts.register("Ada", PASSWORD)
    await accounts.rename(ada.id, "Ada")
    assert await changes.head() == 0
    await accounts.rename(ada.id, "ADA")
    assert await changes.head() == 1


@pytest.mark.parametrize(("name", "status", "code"), [("bOB", 409, "name_taken"), ("<b>", 422, "invalid")])
async def test_a_name_that_is_taken_or_won_t_do_is_refused(
    accounts: Accounts, changes: Changes, name: str, status: int, code: str
) -> None:
    ada, _ = await accounts.register("Ada", PASSWORD), await accounts.register("Bob", PASSWORD)
    with pytest.raises(Problem) as refused:
        await accounts.rename(ada.id, name)
    assert (refused.value.status, refused.value.code, set(refused.value.errors)) == (status, code, {"name"})
    assert await accounts.find(ada.id) == ada
    assert await changes.head() == 0


async def test_of_two_who_take_a_name_at_once_one_gets_it(accounts: Accounts) -> None:
    people = [await accounts.register(name, PASSWORD) for name in ("Ada", "Bob")]
    took = await asyncio.gather(*(accounts.rename(one.id, "Eve") for one in people), return_exceptions=True)
    assert sorted(type(one).__name__ for one in took) == ["Person", "Problem"]


async def test_a_changed_password_is_the_one_that_counts(accounts: Accounts) -> None:
    ada = await accounts.register("Ada", PASSWORD)
    assert await accounts.proof_of(ada, PASSWORD)
    await accounts.change_password(Proof(ada, 0), "nine purple walruses hum")
    assert not await accounts.proof_of(ada, PASSWORD)
    assert (await accounts.prove("Ada", "nine purple walruses hum")).person == ada


async def test_who_proved_the_old_password_while_it_changed_sets_no_other(accounts: Accounts) -> None:
    ada = await accounts.register("Ada", PASSWORD)
    proof = await accounts.proof_of(ada, PASSWORD)
    assert proof
    changed = await accounts.change_password(proof, "nine purple walruses hum")
    assert await accounts.proof_of(ada, "nine purple walruses hum") == changed
    with pytest.raises(Problem) as refused:
        await accounts.change_password(proof, "nine velvet trombones")
    assert (refused.value.status, set(refused.value.errors)) == (422, {"password"})
    assert await accounts.change_password(changed, "nine velvet trombones")
    assert (await accounts.prove("Ada", "nine velvet trombones")).person == ada


async def test_a_new_password_has_to_be_as_good_as_the_first(accounts: Accounts) -> None:
    ada = await accounts.register("Ada", PASSWORD)
    for bad in ("short", "password1234", "Ada" * 4, "x" * 1025):
        with pytest.raises(Problem) as refused:
            await accounts.change_password(Proof(ada, 0), bad)
        assert (refused.value.status, set(refused.value.errors)) == (422, {"new_password"})
    assert await accounts.proof_of(ada, PASSWORD)


async def test_nobody_proves_to_be_who_is_not_there(accounts: Accounts) -> None:
    assert not await accounts.proof_of(Person("nobody", "Nobody"), PASSWORD)
    assert await accounts.named("nobody") is None
    assert await accounts.named("a\ud800da") is None


async def test_a_name_is_found_however_it_is_typed(accounts: Accounts) -> None:
    ada = await accounts.register("Ada", PASSWORD)
    assert await accounts.named(FULLWIDTH_ADA) == await accounts.named(" aDA ") == ada.id
    assert key_of(FULLWIDTH_ADA) == key_of("ada ")


async def test_nobody_comes_to_administer_by_taking_a_name(accounts: Accounts, database: Database) -> None:
    ada = await accounts.register("Ada", PASSWORD)
    root = await accounts.register("Root", PASSWORD)
    assert [person["name"] async for person in database["people"].find({"administrator": True})] == ["Root"]
    for person, name in ((ada, "rOOt"), (root, "Somebody")):
        with pytest.raises(Problem) as refused:
            await accounts.rename(person.id, name)
        assert (refused.value.status, set(refused.value.errors)) == (409, {"name"})
    assert (await accounts.rename(root.id, "ROOT")).name == "ROOT"


async def test_the_name_of_a_deleted_account_is_taken_until_it_is_free(accounts: Accounts, database: Database) -> None:
    ada = await accounts.register("Ada", PASSWORD)
    now = datetime.now(UTC)
    await database["reserved_names"].insert_many(
        [{"_id": "gone", "free_at": now + timedelta(days=1)}, {"_id": "free", "free_at": now - timedelta(days=1)}]
    )
    assert (await refusal(accounts, "Gone")).code == "name_taken"
    with pytest.raises(Problem, match="name_taken"):
        await accounts.rename(ada.id, "Gone")
    await accounts.rename(ada.id, "Free")
