import pytest

from auth_service.services import Services
from tests.auth_service.conftest import PASSWORD


async def test_the_parts_of_a_running_service_belong_together(services: Services) -> None:
    grant = await services.grants.register("Ada", PASSWORD)
    assert await services.accounts.find(grant.person.id) == grant.person
    assert (await services.sessions.renew(grant.refresh_token)).person == grant.person.id
    assert (await services.access_tokens.identify(grant.access_token)).person == grant.person.id


async def test_no_handler_exchanges_a_part(services: Services) -> None:
    with pytest.raises(AttributeError):
        services.keys = services.keys  # type: ignore[misc]  # that it can't be done is the point
