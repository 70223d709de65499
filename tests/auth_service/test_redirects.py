import re
from urllib.parse import quote, unquote, urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from auth_service.redirects import MAX_NEXT_CHARS, local_path, see_other
from tests.auth_service.conftest import Browser, Client
from tests.chassis.raw_http import exchange

ELSEWHERE = [
    "//evil.test",
    "///evil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "/\t/evil.test",
    "/\n/evil.test",
    "\t//evil.test",
    " //evil.test",
    "https://evil.test",
    "https:evil.test",
    "https:/evil.test",
    "HTTPS://evil.test",
    "javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "evil.test",
    "?x",
    "#x",
    "",
    "/x\r\nSet-Cookie: a=b",
    "/x\0",
    "/a b",
    "/\\x",
    "/x\\..\\y",
    "/" + "x" * MAX_NEXT_CHARS,
]
HERE = ["/", "/rooms/lobby", "/rooms?after=7&x=%2F", "/a#b", "/caf\u00e9", "/a//b", "/%2F%2Fevil.test", "/@evil.test"]


@pytest.mark.parametrize("following", HERE)
def test_a_path_of_this_site_is_kept(following: str) -> None:
    assert local_path(following) == following


@pytest.mark.parametrize("following", [None, *ELSEWHERE])
def test_anything_else_leads_home(following: str | None) -> None:
    assert local_path(following) == "/"


def resolved_by_a_browser(reference: str) -> str:
    """The host that a link leads to from https://parley.test/login (https://url.spec.whatwg.org/#url-parsing)."""
    cleaned = re.sub(r"[\t\n\r]", "", reference.strip("".join(map(chr, range(0x21)))))
    scheme, colon, rest = cleaned.partition(":")
    if colon and re.fullmatch(r"[a-zA-Z][a-zA-Z0-9+.-]*", scheme):
        return f"{scheme.lower()}:{rest}"
    cleaned = cleaned.replace("\\", "/")
    if cleaned.startswith("//"):
        return "//" + cleaned.lstrip("/")
    return urlsplit(urljoin("https://parley.test/login", cleaned)).netloc


slashed = st.lists(st.sampled_from(["/", "\\", "\t", "\n", "\r", " ", "\0", ".", ":", "@", "?", "#", "%2f", "evil"]))


@given(st.one_of(st.text(st.characters(exclude_categories=())), slashed.map("".join)))
@example("/\t/evil.test")
@example("/\\evil.test")
@example("/.//evil.test")
@example("/\udcff")
def test_no_link_ever_leads_to_another_site(following: str) -> None:
    path = local_path(following)
    location = see_other(path).headers["Location"]
    assert resolved_by_a_browser(path) == "parley.test"
    assert resolved_by_a_browser(location) == "parley.test"
    assert location.isascii()
    assert location.isprintable()


@given(st.text(st.characters(codec="utf-8", exclude_characters="\\\x7f", min_codepoint=0x21), max_size=100))
def test_a_local_path_arrives_as_it_was(rest: str) -> None:
    following = f"/x{rest}"
    assert unquote(see_other(local_path(following)).headers["Location"]) == unquote(following)


async def test_nobody_is_sent_elsewhere_by_a_link(browser: Browser) -> None:
    await browser.register()
    for following in ELSEWHERE:
        assert (await browser.open(f"/login?next={quote(following, safe='')}")).location == "/", following


async def test_nobody_is_sent_elsewhere_by_a_form(browser: Browser) -> None:
    await browser.register()
    for following in ("//evil.test", "https://evil.test", "/\\evil.test", "/x\r\nSet-Cookie: a=b"):
        assert (await browser.sign_in(next=following)).location == "/", following


async def test_a_link_with_bytes_that_are_no_unicode_does_no_harm(program: Client) -> None:
    for following in (b"/\xff", b"/%ff", b"/%ed%a0%80", b"%00"):
        request = b"GET /login?next=" + following + b" HTTP/1.1\r\nHost: parley.test\r\n\r\n"
        assert (await exchange(program, request)).split(b" ")[1] in {b"200", b"400"}
