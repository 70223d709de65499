"""A token that is older than its person's name does not bring the old one back."""

import msgspec
import pytest

from chassis.access_tokens import Identity
from chat_service import revocations
from chat_service.events import Person
from chat_service.renames import Renames
from tests.chat_service.examples import ADA, BOB
from tests.chat_service.issuer import Issuer
from tests.chat_service.replicas import RunningReplica
from tests.chat_service.talker import Talker

ROBERT = Person(BOB.id, "Robert")


def test_a_name_holds_as_long_as_an_older_token_could() -> None:
    now = 0.0
    renames = Renames(lambda: now)
    token = Identity(BOB.id, BOB.name, "s", 0.0)
    assert renames.visitor(token).person == BOB
    renames.learn(ROBERT)
    assert renames.visitor(token).person == ROBERT
    now = revocations.REMEMBERED_SECONDS + 1
    renames.learn(ADA)
    assert renames.visitor(token).person == BOB


@pytest.fixture(autouse=True)
def look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat_service.account_changes.POLL_SECONDS", 0.05)


async def test_everybody_has_the_new_name_before_them_at_every_replica(
    chat: RunningReplica, other: RunningReplica, issuer: Issuer
) -> None:
    ada, bob = await chat.welcome(ADA), await other.welcome(BOB, session="s-2")
    talk = (await ada.do("open", people=[BOB.id]))["room"]
    await bob.hear("room")
    issuer.record("person_renamed", BOB, name="Robert")
    for somebody in (ada, bob):
        await eventually_told(somebody, ROBERT, talk)
    await bob.send("Hi", room=talk)
    while (event := (await ada.hear("events"))["events"][0])["type"] != "message":
        pass
    assert event["author"] == {"id": BOB.id, "name": "Robert"}
    again = await other.connect(BOB, session="s-3")
    assert (await again.hello())["you"]["name"] == "Robert"
    headers = {"Authorization": f"Bearer {issuer.token(BOB, session='s-4')}"}
    assert (await chat.client.get(f"/api/rooms/{talk}", headers=headers)).status == 200
    found = await (await chat.client.get("/api/people?query=Rob", headers=headers)).json()
    assert found["people"] == [{"id": BOB.id, "name": "Robert"}]


async def test_of_somebody_deleted_no_name_is_left_in_open_rooms(chat: RunningReplica, issuer: Issuer) -> None:
    ada, bob = await chat.welcome(ADA), await chat.welcome(BOB, session="s-2")
    talk = (await ada.do("open", people=[BOB.id]))["room"]
    await bob.send("Hi")
    issuer.record("person_deleted", BOB)
    gone = Person(BOB.id, "deleted person")
    await eventually_told(ada, gone, talk)
    left: set[str] = set()
    while left != {"lobby", talk}:
        told = await ada.hear("events")
        left |= {told["room"] for event in told["events"] if event.get("deleted")}
    for room in ("lobby", talk):
        assert BOB.name not in str(await ada.page(room=room))


async def eventually_told(somebody: Talker, person: Person, talk: str) -> None:
    """They hear that a conversation has this person, by this name."""
    while True:
        room = (await somebody.hear("room"))["room"]
        if room["id"] == talk and msgspec.to_builtins(person) in room["people"]:
            return
