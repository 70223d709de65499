import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from pytest_aiohttp.plugin import AiohttpClient

from auth_service import forms
from chassis.problems import Problem

URLENCODED = "application/x-www-form-urlencoded"


async def echo(request: web.Request) -> web.Response:
    try:
        return web.json_response(await forms.read(request))
    except Problem as problem:
        return web.json_response(problem.code, status=problem.status)


@pytest.fixture
async def client(aiohttp_client: AiohttpClient) -> TestClient[web.Request, web.Application]:
    app = web.Application()
    app.router.add_post("/", echo)
    return await aiohttp_client(app)


async def posted(
    client: TestClient[web.Request, web.Application], body: bytes, content_type: str = URLENCODED
) -> tuple[int, object]:
    answer = await client.post("/", data=body, headers={"Content-Type": content_type})
    return answer.status, await answer.json()


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"name=Ada&password=seven+teal%20otters", {"name": "Ada", "password": "seven teal otters"}),
        (b"name=&password=x", {"name": "", "password": "x"}),
        (b"name", {"name": ""}),
        (b"", {}),
        (b"name=%C3%A9%26%3D%00", {"name": "\u00e9&=\0"}),
        ("name=\u00e9".encode(), {"name": "\u00e9"}),
        (b"name=a;b", {"name": "a;b"}),
        (b"name=a&name=b", {"name": "b"}),
        (b"name=100%", {"name": "100%"}),
    ],
)
async def test_a_form_is_read_as_browsers_post_it(
    client: TestClient[web.Request, web.Application], body: bytes, fields: dict[str, str]
) -> None:
    assert await posted(client, body) == (200, fields)


@pytest.mark.parametrize("body", [b"name=%ff", b"name=\xff", b"name=%ed%a0%80", b"&".join([b"a=b"] * 21)])
async def test_what_no_browser_sends_is_malformed(
    client: TestClient[web.Request, web.Application], body: bytes
) -> None:
    assert await posted(client, body) == (400, "malformed")


@pytest.mark.parametrize("charset", ["utf-7", "utf-16", "no-such-charset", "idna", "zlib"])
async def test_the_sender_does_not_choose_the_charset(
    client: TestClient[web.Request, web.Application], charset: str
) -> None:
    answer = await posted(client, b"name=+2AA-", f"{URLENCODED}; charset={charset}")
    assert answer == (200, {"name": " 2AA-"})


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "text/plain", "multipart/form-data", "multipart/form-data; boundary=x", "nonsense"],
)
async def test_another_content_type_is_refused(
    client: TestClient[web.Request, web.Application], content_type: str
) -> None:
    assert await posted(client, b"name=Ada", content_type) == (415, "unsupported_media_type")
