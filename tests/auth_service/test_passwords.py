import asyncio
import subprocess
import sys
import time
import unicodedata

import argon2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zxcvbn import matching

from auth_service import passwords as module
from auth_service.passwords import PLAIN_SUBSTITUTES, Passwords, RefusedPassword
from tests.auth_service.conftest import PASSWORD

NAME = "alexander"


@pytest.fixture(autouse=True)
def hasher() -> None:
    """The real one."""


async def refusal(passwords: Passwords, password: str, name: str = NAME) -> str:
    with pytest.raises(RefusedPassword) as refused:
        await passwords.hash(password, name)
    return str(refused.value)


async def test_a_password_is_verified_by_its_hash(passwords: Passwords) -> None:
    stored = await passwords.hash(PASSWORD, NAME)
    assert await passwords.verify(stored, PASSWORD)
    assert not await passwords.verify(stored, PASSWORD + "!")


async def test_the_hash_is_argon2id_with_the_parameters_of_owasp(passwords: Passwords) -> None:
    assert (await passwords.hash(PASSWORD, NAME)).startswith("$argon2id$v=19$m=47104,t=1,p=1$")


async def test_the_same_password_never_has_the_same_hash(passwords: Passwords) -> None:
    assert await passwords.hash(PASSWORD, NAME) != await passwords.hash(PASSWORD, NAME)


@pytest.mark.parametrize("password", ["", "x", "b7Kq-2mZx!v"])
async def test_fewer_than_12_characters_are_refused(passwords: Passwords, password: str) -> None:
    assert "12 characters" in await refusal(passwords, password)


async def test_12_characters_will_do_without_any_rule_of_composition(passwords: Passwords) -> None:
    assert await passwords.hash("qvxjzkwpmbtd", NAME)


async def test_characters_are_counted_as_people_see_them(passwords: Passwords) -> None:
    decomposed = unicodedata.normalize("NFD", "\N{LATIN SMALL LETTER E WITH ACUTE}" * 6)
    assert len(decomposed) == 12
    assert "12 characters" in await refusal(passwords, decomposed)


async def test_a_kibibyte_is_accepted_and_nothing_of_it_is_dropped(passwords: Passwords) -> None:
    long = (PASSWORD + " ") * 50
    stored = await passwords.hash(long[:1024], NAME)
    assert await passwords.verify(stored, long[:1024])
    assert not await passwords.verify(stored, long[:1023] + "#")


async def test_a_byte_more_than_a_kibibyte_is_refused(passwords: Passwords) -> None:
    assert "1024 bytes" in await refusal(passwords, ((PASSWORD + " ") * 50)[:1025])


async def test_bytes_are_counted_not_letters(passwords: Passwords) -> None:
    assert "1024 bytes" in await refusal(passwords, "\N{CYRILLIC SMALL LETTER ZHE}" * 513)


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "123456789012",
        "qwertyuiop12",
        "aaaaaaaaaaaaaaaaaaaa",
        "abcdefghijkl",
        "trustno1trustno1",
        "p4ssw0rdp4ssw0rd",
        "iloveyou1234",
        " " * 12,
        "\0" * 12,
    ],
)
async def test_a_common_password_is_refused(passwords: Passwords, password: str) -> None:
    assert "too easy to guess" in await refusal(passwords, password)


@pytest.mark.parametrize(
    "password",
    [
        "alexander1234",
        "Alexander!2024",
        "alexanderalexander",
        "ALEXANDER-ALEXANDER",
        "parley parley parley",
        "Parley-chat-lobby",
        "alexander-parley",
        "parleychatlobby1",
        "parparleyleyparley",
    ],
)
async def test_a_password_of_nothing_but_the_name_and_the_product_is_refused(
    passwords: Passwords, password: str
) -> None:
    assert "too easy to guess" in await refusal(passwords, password)


@pytest.mark.parametrize("password", ["alexander loves seven teal otters", "my parley with otters, waltzing"])
async def test_such_a_word_among_others_does_no_harm(passwords: Passwords, password: str) -> None:
    assert await passwords.hash(password, NAME)


@pytest.mark.parametrize("name", ["", "a", "(", "[a-z]", ".*", "\\", "\N{LATIN SMALL LETTER SHARP S}" * 64])
async def test_any_name_can_be_judged_with_a_password(passwords: Passwords, name: str) -> None:
    assert await passwords.hash(PASSWORD, name)


async def test_letters_typed_in_another_way_are_the_same_password(passwords: Passwords) -> None:
    password = "cr\N{LATIN SMALL LETTER E WITH GRAVE}me br\N{LATIN SMALL LETTER U WITH CIRCUMFLEX}l\u00e9e, otters"
    composed, decomposed = unicodedata.normalize("NFC", password), unicodedata.normalize("NFD", password)
    assert composed != decomposed
    assert await passwords.verify(await passwords.hash(decomposed, NAME), composed)
    assert await passwords.verify(await passwords.hash(composed, NAME), decomposed)


async def test_also_where_only_one_of_the_ways_fits_into_a_kibibyte(passwords: Passwords) -> None:
    composed = (PASSWORD + "\N{LATIN SMALL LETTER E WITH ACUTE}" * 600)[:520]
    decomposed = unicodedata.normalize("NFD", composed)
    assert len(composed.encode()) <= 1024 < len(decomposed.encode())
    assert await passwords.verify(await passwords.hash(composed, NAME), decomposed)


async def test_what_only_looks_alike_is_another_password(passwords: Passwords) -> None:
    stored = await passwords.hash("seven teal otters \N{SUPERSCRIPT TWO}", NAME)
    assert not await passwords.verify(stored, "seven teal otters 2")


@pytest.mark.parametrize("password", ["\ud800" * 12, "seven teal otters \udfff"])
async def test_what_is_no_unicode_is_no_password(passwords: Passwords, password: str) -> None:
    assert await refusal(passwords, password)
    assert not await passwords.verify(await passwords.hash(PASSWORD, NAME), password)


@pytest.mark.parametrize("password", ["", "x" * 1025, "x" * 1_000_000])
async def test_a_password_nobody_can_have_is_wrong_and_no_error(passwords: Passwords, password: str) -> None:
    assert not await passwords.verify(await passwords.hash(PASSWORD, NAME), password)


async def test_nobody_s_password_is_always_wrong(passwords: Passwords) -> None:
    assert not await passwords.verify(None, PASSWORD)
    assert not await passwords.verify(None, "")


async def test_a_hash_of_other_parameters_is_outdated_and_made_anew(passwords: Passwords) -> None:
    old = argon2.PasswordHasher(memory_cost=8192, time_cost=2, parallelism=1).hash(PASSWORD)
    assert await passwords.verify(old, PASSWORD)
    assert passwords.outdated(old)
    new = await passwords.rehash(PASSWORD)
    assert not passwords.outdated(new)
    assert await passwords.verify(new, PASSWORD)


async def test_hashing_leaves_the_event_loop_free(passwords: Passwords) -> None:
    hashing = [asyncio.create_task(passwords.verify(None, PASSWORD)) for _ in range(10)]
    turns = 0
    while not all(task.done() for task in hashing):
        await asyncio.sleep(0)
        turns += 1
    assert turns > 100


async def test_hashes_under_way_are_bounded(passwords: Passwords) -> None:
    assert passwords._threads._max_workers == module.HASHING_THREADS


def test_there_are_no_more_at_once_than_cores_for_us() -> None:
    """Not cores of the machine: two that take turns on one core are a tenth slower than one after the other."""
    told = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})"
    said = "from auth_service import passwords; print(passwords.HASHING_THREADS)"
    assert subprocess.check_output([sys.executable, "-c", f"{told}; {said}"], text=True) == "1\n"  # noqa: S603 - our own


@settings(max_examples=50, deadline=None)
@given(st.text(min_size=12, max_size=module.JUDGED_CHARS), st.text(max_size=32))
def test_any_text_is_judged_without_an_error(password: str, name: str) -> None:
    began = time.thread_time()
    module._too_easy(password, name)
    assert time.thread_time() - began < 2  # of work, whatever else the machine does


def test_ways_to_write_one_letter_do_not_multiply_the_work_of_judging() -> None:
    hostile = "4@8({[<369!1|7$50+%2" * 3
    assert ways_to_read(hostile) > 500
    assert ways_to_read(hostile.translate(PLAIN_SUBSTITUTES)) <= 8


async def test_substitutes_for_letters_make_no_common_password_uncommon(passwords: Passwords) -> None:
    assert "too easy" in await refusal(passwords, "P@$$w0rd1234")


def ways_to_read(text: str) -> int:
    """How often the judge would look the whole text up."""
    table = matching.relevant_l33t_subtable(text, matching.L33T_TABLE)
    return len(matching.enumerate_l33t_subs(table))
