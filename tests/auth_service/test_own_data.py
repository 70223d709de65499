import msgspec

from auth_service.audit import Act, Actor
from auth_service.invitations import Asked
from auth_service.personal_tokens import Asked as AskedToken
from auth_service.services import Services
from tests.auth_service.conftest import PASSWORD


async def test_one_gets_all_that_is_kept_of_one_and_nothing_that_signs_in(services: Services) -> None:
    ada, bob = [(await services.grants.register(name, PASSWORD)).person for name in ("Ada", "Bob")]
    actor = Actor(ada.id)
    _, token = await services.programs.make(actor, AskedToken("my bot"))
    _, invitation = await services.inviting.make(actor, Asked())
    await services.programs.make(Actor(bob.id), AskedToken("another's bot"))
    await services.audit.record(Actor(bob.id, "198.51.100.7"), Act.INVITATION_ACCEPTED, ada.id)
    text = msgspec.json.encode(await services.own_data.of(actor)).decode()
    data = msgspec.json.decode(text)
    assert set(data) == {"account", "sessions", "tokens", "invitations", "audit"}
    assert (data["account"]["name"], data["account"]["administrator"]) == ("Ada", True)
    assert [len(data[part]) for part in ("sessions", "tokens", "invitations")] == [1, 1, 1]
    assert {entry["what"] for entry in data["audit"]} >= {
        "registered",
        "made a token",
        "made an invitation",
        Act.INVITATION_ACCEPTED,
    }
    for secret in (token, invitation, "argon2", "another's bot", bob.id, "198.51.100.7"):
        assert secret not in text


async def test_that_it_was_taken_is_in_the_audit_log(services: Services) -> None:
    ada = (await services.grants.register("Ada", PASSWORD)).person
    await services.own_data.of(Actor(ada.id, "192.0.2.1"))
    entry = (await services.audit.page())[0]
    assert (entry.what, entry.who, entry.address) == (Act.DATA_DOWNLOADED, ada.id, "192.0.2.1")
