import pytest
from aiohttp import web
from structlog.testing import capture_logs

from chassis import browser_security
from tests.chassis.conftest import Client, Serve
from tests.chassis.raw_http import exchange

OURS = "https://parley.test"
FOREIGN_ORIGINS = [
    "https://evil.test",
    "http://parley.test",
    "https://parley.test:8443",
    "https://parley.test.evil.test",
    "https://evil-parley.test",
    "https://evil.parley.test",
    "https://parley.test/",
    "https://parley.testing",
    "https://PARLEY.test",
    "null",
    "",
]


async def hello(_request: web.Request) -> web.Response:
    return web.Response(text="hello")


async def fail(_request: web.Request) -> web.Response:
    raise RuntimeError


async def go_away(_request: web.Request) -> web.Response:
    raise web.HTTPSeeOther("/elsewhere")


async def stream(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write_eof(b"flows")
    return response


async def own_policy(_request: web.Request) -> web.Response:
    return web.Response(headers={"Content-Security-Policy": "sandbox"})


async def socket(request: web.Request) -> web.StreamResponse:
    browser_security.require_own_origin(request)
    return web.Response(text="opened")


ROUTES = [
    web.get("/hello", hello),
    web.post("/hello", hello),
    web.put("/hello", hello),
    web.patch("/hello", hello),
    web.delete("/hello", hello),
    web.options("/hello", hello),
    web.get("/fail", fail),
    web.get("/leave", go_away),
    web.get("/stream", stream),
    web.get("/own-policy", own_policy),
    web.get("/socket", socket),
]


@pytest.fixture
async def client(serve: Serve) -> Client:
    return await serve(ROUTES, public_url=OURS)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/hello", 200),
        ("HEAD", "/hello", 200),
        ("GET", "/leave", 303),
        ("POST", "/hello", 403),
        ("GET", "/nowhere", 404),
        ("POST", "/fail", 403),
        ("GET", "/fail", 500),
        ("PUT", "/leave", 405),
        ("GET", "/stream", 200),
    ],
)
async def test_every_answer_carries_the_security_headers(client: Client, method: str, path: str, status: int) -> None:
    origin = "https://evil.test" if status == 403 else OURS
    answer = await client.request(method, path, headers={"Origin": origin}, allow_redirects=False)
    assert answer.status == status
    assert {name: answer.headers.get(name) for name in browser_security.HEADERS} == browser_security.HEADERS
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


async def test_an_answer_that_no_handler_made_carries_them_too(client: Client) -> None:
    answer = await exchange(client, b"GET /hello HTTP/1.1\r\nHost: parley.test\r\nExpect: cake\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 417 ")
    assert b"X-Content-Type-Options: nosniff\r\n" in answer


def test_the_policy_allows_what_is_ours_and_nothing_else() -> None:
    policy = dict(part.split(" ", 1) for part in browser_security.CONTENT_SECURITY_POLICY.split("; "))
    assert policy.pop("img-src") == "'self' blob:"
    nothing = {name for name, sources in policy.items() if sources == "'none'"}
    assert nothing == {"default-src", "base-uri", "object-src", "frame-ancestors"}
    assert {policy[name] for name in policy.keys() - nothing} == {"'self'"}


async def test_nobody_learns_which_software_answers(client: Client) -> None:
    assert (await client.get("/hello")).headers.getall("Server") == ["Parley"]


async def test_a_stricter_policy_of_a_handler_stays(client: Client) -> None:
    assert (await client.get("/own-policy")).headers.getall("Content-Security-Policy") == ["sandbox"]


async def test_without_https_no_browser_is_told_to_insist_on_it(serve: Serve) -> None:
    client = await serve(ROUTES, public_url="http://localhost:8420")
    assert "Strict-Transport-Security" not in (await client.get("/hello")).headers


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("site", "status"), [("same-origin", 200), ("same-site", 403), ("cross-site", 403), ("none", 403), ("", 403)]
)
async def test_an_unsafe_method_passes_only_from_our_own_pages(
    client: Client, method: str, site: str, status: int
) -> None:
    assert (await client.request(method, "/hello", headers={"Sec-Fetch-Site": site})).status == status


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_a_safe_method_passes_from_anywhere(client: Client, method: str) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.test", "Cookie": "a=b"}
    assert (await client.request(method, "/hello", headers=headers)).status == 200


async def test_where_the_browser_says_where_from_the_origin_does_not_overrule_it(client: Client) -> None:
    answer = await client.post("/hello", headers={"Sec-Fetch-Site": "cross-site", "Origin": OURS})
    assert answer.status == 403


async def test_an_older_browser_is_known_by_its_exact_origin(client: Client) -> None:
    assert (await client.post("/hello", headers={"Origin": OURS, "Cookie": "a=b"})).status == 200


@pytest.mark.parametrize("cookies", [{}, {"Cookie": "a=b"}])
@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
async def test_an_origin_that_only_resembles_ours_is_refused(
    client: Client, origin: str, cookies: dict[str, str]
) -> None:
    assert (await client.post("/hello", headers={"Origin": origin, **cookies})).status == 403


async def test_cookies_without_any_origin_are_refused(client: Client) -> None:
    assert (await client.post("/hello", headers={"Cookie": "a=b"})).status == 403


async def test_a_program_without_cookies_needs_no_origin(client: Client) -> None:
    assert (await client.post("/hello")).status == 200


async def test_a_refused_request_is_logged_and_its_handler_never_runs(client: Client) -> None:
    with capture_logs() as logged:
        answer = await client.post("/fail?token=1", headers={"Origin": "https://evil.test"})
    assert (await answer.json(content_type=None))["code"] == "cross_site"
    assert [event for event in logged if event["log_level"] == "warning"] == [
        {
            "event": "cross-site request refused",
            "log_level": "warning",
            "origin": "https://evil.test",
            "path": "/fail",
        }
    ]


async def test_a_socket_opens_from_our_own_pages(client: Client) -> None:
    assert (await client.get("/socket", headers={"Origin": OURS})).status == 200


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
async def test_a_socket_does_not_open_from_anywhere_else(client: Client, origin: str) -> None:
    assert (await client.get("/socket", headers={"Origin": origin})).status == 403


async def test_a_socket_does_not_open_without_an_origin(client: Client) -> None:
    assert (await client.get("/socket", headers={"Sec-Fetch-Site": "same-origin"})).status == 403


async def test_a_name_of_somebody_else_that_leads_here_is_another_site(client: Client) -> None:
    """DNS rebinding: to the browser it is one site, but not to us."""
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.test"}
    async with client.post("/hello", headers=headers) as answer:
        assert answer.status == 403
        assert OURS in (await answer.json(content_type=None))["detail"]
