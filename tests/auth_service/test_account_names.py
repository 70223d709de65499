"""What may be the name of an account, whose a name is, and how it becomes another."""

import asyncio
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest

from auth_service.accounts import NAME_RULE, NAME_SHAPE, Accounts, Person, key_of
from auth_service.administrators import Administrators
from auth_service.changes import Changes
from auth_service.passwords import Passwords
from auth_service.renaming import Renaming
from chassis.mongo import Database
from chassis.problems import Problem
from tests.auth_service.conftest import NAMED, PASSWORD
from tests.auth_service.registering import refusal

FULLWIDTH_ADA = "\uff21\uff44\uff41"
SHARP_S = "\N{LATIN SMALL LETTER SHARP S}"


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
