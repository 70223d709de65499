import msgspec
import pytest
from pymongo.errors import PyMongoError

from auth_service.changes import Changes
from auth_service.finishing import FINISH_SECONDS
from auth_service.personal_tokens import MAX_TOKENS, Asked, PersonalTokens, session_of
from chassis.mongo import Database
from chassis.problems import Problem
from tests.auth_service.clock import Clock
from tests.auth_service.conftest import away


@pytest.fixture
async def tokens(database: Database, changes: Changes, clock: Clock) -> PersonalTokens:
    tokens = PersonalTokens(database, changes, clock)
    await tokens.prepare()
    return tokens


async def bad(tokens: PersonalTokens, code: str) -> None:
    with pytest.raises(Problem) as refused:
        await tokens.use(code)
    assert (refused.value.status, refused.value.code) == (401, "bad_token")


async def test_a_token_says_whose_it_is_and_what_for(tokens: PersonalTokens) -> None:
    made, code = await tokens.make("ada", Asked("my bot", frozenset({"read"})))
    used = await tokens.use(code)
    assert (used.person, used.token.id, used.token.scopes) == ("ada", made.id, ["read"])
    assert code.startswith("parley_pat_")
    assert len(code) == len("parley_pat_") + 43


async def test_its_last_use_is_noted(tokens: PersonalTokens, clock: Clock) -> None:
    _, code = await tokens.make("ada", Asked("my bot"))
    assert [token.last_used_at for token in await tokens.listed("ada")] == [None]
    clock.pass_by(hours=1)
    await tokens.use(code)
    (token,) = await tokens.listed("ada")
    assert token.last_used_at is not None
    assert token.last_used_at > token.created_at


async def test_it_is_stored_as_a_hash_only(tokens: PersonalTokens, database: Database) -> None:
    _, code = await tokens.make("ada", Asked("my bot"))
    assert code.removeprefix("parley_pat_") not in repr(await database["personal_tokens"].find_one({}))


async def test_it_is_over_after_its_time(tokens: PersonalTokens, clock: Clock) -> None:
    _, code = await tokens.make("ada", Asked("my bot", expires_in=3600))
    clock.pass_by(minutes=59)
    await tokens.use(code)
    clock.pass_by(minutes=1)
    await bad(tokens, code)
    assert await tokens.listed("ada") == []


@pytest.mark.parametrize("code", ["", "nonsense", "parley_pat_", "\ud800", "x" * 10_000, "{'$gt': ''}"])
async def test_what_never_was_a_token_is_answered_like_one_that_is_over(tokens: PersonalTokens, code: str) -> None:
    await tokens.make("ada", Asked("my bot"))
    await bad(tokens, code)


async def test_one_revokes_one_s_own_and_not_another_s(tokens: PersonalTokens) -> None:
    made, code = await tokens.make("ada", Asked("my bot"))
    for person, token_id in (("bob", made.id), ("ada", "unknown")):
        with pytest.raises(Problem) as refused:
            await tokens.revoke(token_id, person)
        assert (refused.value.status, refused.value.code) == (404, "unknown_token")
    await tokens.use(code)
    await tokens.revoke(made.id, "ada")
    await bad(tokens, code)


async def ended(changes: Changes) -> list[str | None]:
    return [change.session for change in await changes.after(0, "session_ended")]


async def test_all_of_one_person_or_those_of_one_scope_end_together(tokens: PersonalTokens, changes: Changes) -> None:
    reading, _ = await tokens.make("ada", Asked("a", frozenset({"read"})))
    administering, _ = await tokens.make("ada", Asked("b", frozenset({"read", "admin"})))
    _, others = await tokens.make("bob", Asked("c"))
    await tokens.revoke_all("ada", "admin")
    assert await ended(changes) == [session_of(administering.id)]
    await tokens.revoke_all("ada")
    assert await ended(changes) == [session_of(administering.id), session_of(reading.id)]
    await tokens.use(others)


@pytest.mark.parametrize("each", [True, False])
async def test_what_could_not_be_told_is_over_at_once_and_told_later(
    tokens: PersonalTokens,
    changes: Changes,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    *,
    each: bool,
) -> None:
    made = [await tokens.make("ada", Asked(name)) for name in "ab"]
    with monkeypatch.context() as broken:
        broken.setattr(changes, "record", away)
        for revoking in [tokens.revoke(token.id, "ada") for token, _ in made] if each else [tokens.revoke_all("ada")]:
            with pytest.raises(PyMongoError):
                await revoking
    for token, code in made:
        await bad(tokens, code)
        assert not await tokens.is_good(session_of(token.id))
    assert await tokens.listed("ada") == []
    await tokens.finish()  # whoever began may be about to
    assert await ended(changes) == []
    clock.pass_by(seconds=FINISH_SECONDS + 1)
    for _ in range(2):
        await tokens.finish()
        assert {*await ended(changes)} == {session_of(token.id) for token, _ in made}


async def test_a_person_s_tokens_are_limited(tokens: PersonalTokens, clock: Clock) -> None:
    for number in range(MAX_TOKENS):
        await tokens.make("ada", Asked(f"bot {number}", expires_in=60))
    with pytest.raises(Problem) as refused:
        await tokens.make("ada", Asked("one more"))
    assert (refused.value.status, refused.value.code) == (409, "too_many_tokens")
    await tokens.make("bob", Asked("another's"))
    clock.pass_by(minutes=2)
    await tokens.make("ada", Asked("one more"))


@pytest.mark.parametrize("name", ["   ", "a\nb", "a\0b", "a\u202eb"])
async def test_a_name_that_cannot_be_read_is_refused(tokens: PersonalTokens, name: str) -> None:
    with pytest.raises(Problem) as refused:
        await tokens.make("ada", Asked(name))
    assert (refused.value.status, set(refused.value.errors)) == (422, {"name"})


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"name": ""},
        {"name": "x" * 65},
        {"name": {"$gt": ""}},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["everything"]},
        {"name": "x", "scopes": "read"},
        {"name": "x", "scopes": {"$ne": 1}},
        {"name": "x", "expires_in": 59},
        {"name": "x", "expires_in": 366 * 86_400},
        {"name": "x", "expires_in": None},
    ],
)
def test_what_is_out_of_its_limits_is_no_token(asked: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(asked, Asked)


def test_the_session_of_a_token_is_always_the_same() -> None:
    assert session_of("1") == session_of("1") != session_of("2")
