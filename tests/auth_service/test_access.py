from auth_service.access import Access
from auth_service.services import Services
from tests.auth_service.conftest import PASSWORD


async def test_ending_what_is_over_does_no_harm(services: Services) -> None:
    ada = (await services.grants.register("Ada", PASSWORD)).person
    access = Access(
        services.sessions, services.personal_tokens, services.invitations, services.reset_links, services.changes
    )
    for _ in range(2):
        await access.end_sessions(ada.id)
        await access.revoke_tokens(ada.id)
        await access.shut_out(ada.id)
        await access.let_in(ada.id)
        await access.delete(ada.id, erase=True)
    kinds = [change.kind for change in await services.changes.after(0)]
    assert kinds == ["session_ended", *["person_disabled", "person_enabled", "person_deleted"] * 2]


async def test_what_is_deleted_tells_whether_texts_go_too(services: Services) -> None:
    access = Access(
        services.sessions, services.personal_tokens, services.invitations, services.reset_links, services.changes
    )
    await access.delete("ada", erase=True)
    await access.delete("bob", erase=False)
    assert [(one.person, one.erase) for one in await services.changes.after(0)] == [("ada", True), ("bob", False)]
