"""Forms that another site's page posts, with the cookies of somebody who is signed in."""

import pytest
from aiohttp import CookieJar
from aiohttp.test_utils import TestServer
from pytest_aiohttp.plugin import AiohttpClient

from auth_service.audit import Actor
from auth_service.invitations import Asked
from auth_service.services import Services
from chassis.mongo import Database
from tests.auth_service.conftest import PASSWORD, Client, person_id
from tests.auth_service.test_routes import INSIDE, METHODS

FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "https://evil.test"},
    {"Origin": "null"},
    {},
]
FORMS = {
    "/account/tokens": {"act": "make", "name": "bot", "read": "on", "expires_in": "3600"},
    "/account/invitations": {"act": "make", "uses": "1", "expires_in": "3600"},
    "/account/delete": {"password": PASSWORD, "messages": "erase"},
    "/admin/sign-up": {"act": "policy", "policy": "closed"},
    "/admin/people/{bob}": {"act": "make-administrator"},
    "/invite/{code}": {},
    "/reset/{reset}": {"password": "nine velvet trombones", "password_again": "nine velvet trombones"},
}


@pytest.fixture
async def root(aiohttp_client: AiohttpClient, server: TestServer) -> Client:
    """The browser of the administrator Root."""
    jar = CookieJar(unsafe=True, treat_as_secure_origin=server.make_url("/"))
    client: Client = await aiohttp_client(server, cookie_jar=jar)
    fields = {"name": "Root", "password": PASSWORD, "password_again": PASSWORD}
    own = {"Sec-Fetch-Site": "same-origin"}
    assert (await client.post("/signin", data=fields, headers=own, allow_redirects=False)).status == 303
    return client


async def everything(database: Database) -> dict[str, object]:
    """All that is stored but the counts of attempts."""
    names = set(await database.list_collection_names()) - {"attempts"}
    return {name: [found async for found in database[name].find()] for name in sorted(names)}


async def test_no_form_of_another_site_does_anything(root: Client, services: Services, database: Database) -> None:
    bob = (await services.grants.register("Bob", PASSWORD)).person
    _, code = await services.inviting.make(Actor(bob.id), Asked(room="r1"))
    link = await services.administration.make_reset_link(Actor("root"), await person_id(services, "Root"))
    before = await everything(database)
    for path, fields in FORMS.items():
        for headers in FOREIGN:
            where = path.format(bob=bob.id, code=code, reset=link)
            answer = await root.post(where, data=fields, headers=headers, allow_redirects=False)
            assert answer.status == 403, (path, headers)
    assert await everything(database) == before


async def test_no_link_of_another_site_does_anything(root: Client, services: Services, database: Database) -> None:
    bob = (await services.grants.register("Bob", PASSWORD)).person
    _, code = await services.inviting.make(Actor(bob.id), Asked(room="r1"))
    link = await services.administration.make_reset_link(Actor("root"), await person_id(services, "Root"))
    await services.second_factors.begin(await person_id(services, "Root"), "another session")
    before = await everything(database)
    opened = {
        path.format(person=bob.id, code=link if path.startswith("/reset") else code)
        for path, methods in METHODS.items()
        if "GET" in methods and path not in INSIDE
    }
    for path in opened | {"/account/delete?password=x", "/admin/sign-up?act=policy&policy=closed"}:
        answer = await root.get(path, headers={"Sec-Fetch-Site": "cross-site"}, allow_redirects=False)
        assert answer.status < 400 or path.endswith("/qr.svg"), path
    assert await everything(database) == before
