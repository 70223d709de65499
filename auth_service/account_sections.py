"""The sections of `/account` about programs, invitations and one's data: what their templates need to know."""

from typing import Any

from auth_service.invitations import MAX_USES
from auth_service.services import Services

EXPORTS = {"/api/export": "What you said in rooms is a file of its own."}  # path -> what other services have


async def context(services: Services, person_id: str) -> dict[str, Any]:
    """For `_tokens.html`, `_invitations.html` and `_data.html`."""
    standing = await services.people.standing(person_id)
    return {
        "tokens": await services.personal_tokens.listed(person_id),
        "invitations": await services.invitations.listed(person_id),
        "administrator": bool(standing and standing.administrator),
        "sign_up": (await services.sign_up.policy()).value,
        "max_uses": MAX_USES,
        "exports": EXPORTS.items(),
    }
