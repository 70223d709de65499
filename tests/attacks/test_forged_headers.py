"""Headers that say where a request came from or where it should go, through the real gateway.

What addresses and limits make of them is in test_client_address.py.
"""

import uuid

import aiohttp
import pytest

from tests.running import Parley

EVIL = "evil.test"
FORGED = [
    {"Host": EVIL},
    {"Host": f"{EVIL}:8420"},
    {"X-Forwarded-Host": EVIL},
    {"X-Forwarded-Proto": "https", "X-Forwarded-Host": EVIL, "X-Forwarded-Port": "666"},
    {"X-Forwarded-Prefix": f"//{EVIL}"},
    {"X-Forwarded-Server": EVIL},
    {"X-Host": EVIL},
    {"X-Original-Host": EVIL},
    {"Forwarded": f"host={EVIL};proto=https"},
    {"X-Original-URL": "/internal/account-changes"},
    {"X-Rewrite-URL": "/internal/account-changes"},
    {"X-HTTP-Method-Override": "POST"},
]
PATHS = ["/", "/login", "/login?next=/rooms/lobby", "/signin", "/signout", "/account", "/admin", "/static", "/nowhere"]
PASSWORD = "velvet cactus orbit 9"


@pytest.mark.parametrize("forged", FORGED, ids=", ".join)
async def test_no_header_changes_where_we_lead_or_what_we_show(parley: Parley, forged: dict[str, str]) -> None:
    async with aiohttp.ClientSession(parley.url, cookie_jar=aiohttp.DummyCookieJar()) as http:

        async def seen(path: str, headers: dict[str, str]) -> tuple[int, str | None, str, list[str]]:
            async with http.get(path, headers=headers, allow_redirects=False) as answer:
                text = (await answer.text()).replace(answer.headers.get("X-Request-Id", "-"), "")
                cookies = answer.headers.getall("Set-Cookie", [])
                return answer.status, answer.headers.get("Location"), text, cookies

        for path in PATHS:
            found = await seen(path, forged)
            assert EVIL not in repr(found)
            assert found == await seen(path, {})


@pytest.mark.parametrize("site", [None, "same-origin"])
async def test_a_name_of_the_attacker_that_leads_here_is_not_our_origin(parley: Parley, site: str | None) -> None:
    """DNS rebinding: the browser takes the attacker's page and Parley for one site, and says so."""
    headers = {"Host": EVIL, "Origin": f"http://{EVIL}"} | ({"Sec-Fetch-Site": site} if site else {})
    credentials = {"name": f"t-{uuid.uuid4().hex[:12]}", "password": PASSWORD}
    async with aiohttp.ClientSession(parley.url, cookie_jar=aiohttp.DummyCookieJar()) as http:
        async with http.post("/api/auth/register", json=credentials, headers=headers) as answer:
            assert (answer.status, (await answer.json())["code"]) == (403, "cross_site")
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect("/ws", headers=headers)
        assert refused.value.status == 403


@pytest.mark.parametrize(
    "origin", ["null", "", "http://localhost.evil.test", "http://evil-localhost", "https://localhost"]
)
async def test_a_socket_with_cookies_and_an_origin_like_ours_is_refused_before_it_is_one(
    parley: Parley, origin: str
) -> None:
    async with aiohttp.ClientSession(parley.url) as http:
        for asked in (origin, f"{origin}:{parley.plan.port}", f"{parley.url}.evil.test", f"{parley.url}@evil.test"):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await http.ws_connect("/ws", headers={"Origin": asked, "Cookie": "__Host-access=x"})
            assert refused.value.status == 403
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect("/ws", headers={"Cookie": "__Host-access=x"})
        assert refused.value.status == 403


@pytest.mark.parametrize("path", ["/internal/account-changes?after=0", "/metrics", "/health/ready"])
async def test_what_is_for_the_inside_is_shown_to_nobody_whatever_they_claim_to_be(parley: Parley, path: str) -> None:
    claims = {"X-Forwarded-For": "127.0.0.1", "X-Real-Ip": "127.0.0.1", "Host": "auth", "X-Internal": "1"}
    async with aiohttp.ClientSession(parley.url) as http, http.get(path, headers=claims) as answer:
        assert answer.status == 404
