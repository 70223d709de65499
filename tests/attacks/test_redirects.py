"""Links to our pages that would lead elsewhere afterwards."""

from urllib.parse import quote, urljoin, urlsplit

import pytest

from tests.auth_service.conftest import PASSWORD, PUBLIC_URL, Browser

# Collected from what browsers make of such references (WHATWG URL Standard) and from public lists of open redirects.
CORPUS = [
    "https://evil.test",
    "http:evil.test",
    "https:/evil.test",
    "https:evil.test",
    "//evil.test",
    "///evil.test",
    "////evil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "\\/evil.test",
    "/\t/evil.test",
    "/\n/evil.test",
    "\t//evil.test",
    " //evil.test",
    "/ /evil.test",
    "/%09/evil.test",
    "/%2f%2fevil.test",
    "/%5cevil.test",
    "/.//evil.test",
    "/..//evil.test",
    "//evil.test/..;/",
    "//parley.test@evil.test",
    "https://parley.test@evil.test",
    "https://parley.test.evil.test",
    "//evil%E3%80%82test",
    "//\u3002evil.test",
    "//[::1]",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "?next=//evil.test",
    "evil.test",
    "/\r\nLocation: https://evil.test",
    "/\r\nSet-Cookie: a=b",
    "/\u0000//evil.test",
    "/login?next=//evil.test",
]


def leads_out(location: str | None) -> bool:
    """Whether a browser at our address would leave it; tabs and newlines in a reference are nothing to it."""
    reference = (location or "").translate({ord(char): None for char in "\t\r\n"}).replace("\\", "/").strip()
    target = urlsplit(urljoin(PUBLIC_URL, reference))
    return f"{target.scheme}://{target.netloc}" != PUBLIC_URL or reference.startswith("//")


@pytest.fixture
async def ada(browser: Browser) -> Browser:
    await browser.register("Ada")
    return browser


async def test_no_link_to_a_page_leads_to_another_site_who_is_signed_in(ada: Browser) -> None:
    for following in CORPUS:
        for page in ("/login", "/signin"):
            answer = await ada.open(f"{page}?next={quote(following, safe='')}")
            assert answer.status == 303
            assert not leads_out(answer.location), following
            assert "Set-Cookie" not in (answer.location or "")


async def test_no_form_that_such_a_link_filled_in_leads_to_another_site(ada: Browser, stranger: Browser) -> None:
    for following in CORPUS:
        page = await stranger.open(f"/login?next={quote(following, safe='')}")
        assert "evil.test" not in page.text or f'value="/{following.lstrip("/")[:1]}' in page.text
    for following in CORPUS[::6]:  # each costs a hash
        answer = await stranger.sign_in("Ada", PASSWORD, next=following)
        assert answer.status == 303
        assert not leads_out(answer.location), following
