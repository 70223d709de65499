import aiohttp_jinja2
from aiohttp.test_utils import TestServer, make_mocked_request

from auth_service import account_sections
from auth_service.audit import Actor
from auth_service.invitations import Asked
from auth_service.personal_tokens import Asked as AskedToken
from auth_service.services import Services
from auth_service.sign_up import Policy
from tests.auth_service.conftest import PASSWORD

SECTIONS = ("_tokens.html", "_invitations.html", "_data.html")


async def shown(server: TestServer, services: Services, person: str) -> str:
    assert server.app is not None
    request = make_mocked_request("GET", "/account", app=server.app)
    context = await account_sections.context(services, person)
    return "".join(aiohttp_jinja2.render_string(section, request, context) for section in SECTIONS)


async def test_the_sections_show_what_one_has(server: TestServer, services: Services) -> None:
    root, bob = [(await services.grants.register(name, PASSWORD)).person.id for name in ("Root", "Bob")]
    await services.programs.make(Actor(bob), AskedToken("my <b>ot"))
    await services.inviting.make(Actor(bob), Asked(uses=3, room="r1"))
    page = await shown(server, services, bob)
    assert "my &lt;b&gt;ot" in page
    assert "3 of 3 left" in page
    assert 'action="/account/tokens"' in page
    assert 'href="/account/delete"' in page
    assert 'name="admin"' not in page
    assert 'name="admin"' in await shown(server, services, root)


async def test_where_nobody_may_sign_up_there_is_no_form_to_invite(server: TestServer, services: Services) -> None:
    root = (await services.grants.register("Root", PASSWORD)).person.id
    assert 'value="make"' in await shown(server, services, root)
    await services.sign_up.change(Policy.CLOSED)
    assert 'id="invitation-uses"' not in await shown(server, services, root)
