"""Names that people recognise their devices by."""

import pytest

from auth_service.devices import MAX_NAME_CHARS, name

APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"


@pytest.mark.parametrize(
    ("user_agent", "readable"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36", "Chrome on Windows"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 Edg/140.0", "Edge on Windows"),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {APPLE} Version/18.0 Safari/605.1.15", "Safari on macOS"),
        (f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) {APPLE} Version/18.0 Mobile/15E148 Safari/604.1",
         "Safari on iPhone"),
        (f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) {APPLE} CriOS/140.0 Mobile/15E148 Safari/604.1",
         "Chrome on iPhone"),
        (f"Mozilla/5.0 (Linux; Android 15; Pixel 9) {CHROME} Mobile Safari/537.36", "Chrome on Android"),
        (f"Mozilla/5.0 (X11; Linux x86_64) {CHROME.replace('Chrome', 'HeadlessChrome')} Safari/537.36",
         "Chrome on Linux"),
        ("Mozilla/5.0 (X11; Linux x86_64) Something/1.0", "A browser on Linux"),
        ("curl/8.14.1", "curl/8.14.1"),
        ("Python/3.11 aiohttp/3.14", "Python/3.11"),
        ("my-bot", "my-bot"),
        ("", "Unknown device"),
        ("<script>alert(1)</script>", "Unknown device"),
        ("\u202eevil", "Unknown device"),
    ],
)  # fmt: skip
def test_a_device_has_a_readable_name(user_agent: str, readable: str) -> None:
    assert name(user_agent) == readable


@pytest.mark.parametrize("user_agent", ["x" * 10_000, "x/" * 5_000, "Firefox/" * 2_000, "Version/1 Safari" * 1_000])
def test_a_name_stays_short_whatever_is_sent(user_agent: str) -> None:
    assert len(name(user_agent)) <= MAX_NAME_CHARS
