"""What a session's person recognises it by: the program and the address that it was last used from."""

import re

import msgspec
from aiohttp import hdrs, web

from chassis import client_address

MAX_NAME_CHARS = 60

# The first that is found: the browsers that call themselves by several names come before those they name.
BROWSERS = {
    "Edge": r"\bEdg(?:e|A|iOS)?/",
    "Opera": r"\bOPR/",
    "Samsung Internet": r"\bSamsungBrowser/",
    "Firefox": r"\b(?:Firefox|FxiOS)/",
    "Chrome": r"\b(?:Headless)?(?:Chrome|CriOS)/",
    "Safari": r"\bVersion/\S+ .*\bSafari/",
}
SYSTEMS = {
    "iPhone": r"\biPhone\b",
    "iPad": r"\biPad\b",
    "Android": r"\bAndroid\b",
    "Windows": r"\bWindows\b",
    "ChromeOS": r"\bCrOS\b",
    "macOS": r"\bMac OS X\b|\bMacintosh\b",
    "Linux": r"\bLinux\b|\bX11\b",
}
PROGRAM = re.compile(r"[\w.+-]{1,40}(?:/[\w.+-]{1,20})?")  # a program's own product token: RFC 9110, section 10.1.5


class Device(msgspec.Struct, frozen=True):
    name: str
    address: str


NOWHERE = Device("Unknown device", "")


def of(request: web.Request) -> Device:
    """The device that sends a request."""
    return Device(name(request.headers.get(hdrs.USER_AGENT, "")), client_address.of(request))


def name(user_agent: str) -> str:
    """A name that a person understands, as "Firefox on Linux"; of anything else than a browser its own name."""
    browser = next((found for found, shape in BROWSERS.items() if re.search(shape, user_agent)), "")
    system = next((found for found, shape in SYSTEMS.items() if re.search(shape, user_agent)), "")
    if browser or (system and user_agent.startswith("Mozilla/")):
        return " on ".join(filter(None, (browser or "A browser", system)))
    program = PROGRAM.match(user_agent)
    return program[0][:MAX_NAME_CHARS] if program else NOWHERE.name
