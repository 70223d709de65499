from auth_service.audit import Act, Actor
from auth_service.invitations import Asked
from auth_service.services import Services
from tests.auth_service.conftest import PASSWORD


async def test_what_is_done_with_an_invitation_is_in_the_audit_log_without_its_code(services: Services) -> None:
    ada, bob = [Actor((await services.grants.register(name, PASSWORD)).person.id, "::1") for name in ("Ada", "Bob")]
    made, code = await services.inviting.make(ada, Asked(room="r1"))
    await services.inviting.accept(bob, code)
    other, _ = await services.inviting.make(ada, Asked())
    await services.inviting.revoke(ada, other.id)
    entries = (await services.audit.page())[:4]
    assert [(entry.who, entry.what, entry.whom, entry.details["invitation"]) for entry in entries] == [
        (ada.who, Act.INVITATION_REVOKED, None, other.id),
        (ada.who, Act.INVITATION_MADE, None, other.id),
        (bob.who, Act.INVITATION_ACCEPTED, ada.who, made.id),
        (ada.who, Act.INVITATION_MADE, None, made.id),
    ]
    assert code not in repr(entries)
