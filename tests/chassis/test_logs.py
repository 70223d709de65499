"""Logging is set up once for a process, so each test here has a process of its own."""

import asyncio
import json
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PREAMBLE = """
import logging
import structlog
from chassis import logs
from chassis.settings import ServiceSettings

def configure(**told):
    logs.configure("greeter", ServiceSettings(
        port=1, ops_port=2, public_url="http://parley.test", mongo_url="mongodb://nobody.test/", **told
    ))

log = structlog.get_logger("greeter.hall")
"""


async def run(script: str, **environment: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PREAMBLE + script,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complaints = await process.communicate()
    assert (process.returncode, complaints.decode()) == (0, "")
    return said.decode()


async def events(script: str, **environment: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (await run(script, **environment)).splitlines()]


async def test_an_event_is_one_json_line_with_when_who_and_what() -> None:
    [event] = await events("configure(); log.info('hello', person='ada')")
    at = datetime.fromisoformat(event.pop("timestamp"))
    assert at.utcoffset() == timedelta(0)
    assert event == {
        "event": "hello",
        "level": "info",
        "logger": "greeter.hall",
        "service": "greeter",
        "person": "ada",
    }


async def test_libraries_log_in_the_same_form() -> None:
    [event] = await events(
        "configure(); logging.getLogger('library').warning('lost %s', 'a thing', extra={'shelf': 3})"
    )
    assert event.pop("timestamp")
    assert event == {
        "event": "lost a thing",
        "level": "warning",
        "logger": "library",
        "service": "greeter",
        "shelf": 3,
    }


async def test_an_exception_is_logged_as_structure() -> None:
    [event] = await events("""
configure()
try:
    raise KeyError("cellar")
except KeyError:
    log.exception("no such room")
""")
    [exception] = event["exception"]
    assert (exception["exc_type"], exception["exc_value"]) == ("KeyError", "'cellar'")
    assert exception["frames"]


@pytest.mark.parametrize("log_format", ["json", "console"])
@pytest.mark.parametrize("logger", ["log", "logging.getLogger('library')"])
async def test_an_exception_does_not_tell_the_variables_around_it(log_format: str, logger: str) -> None:
    said = await run(f"""
configure(log_format={log_format!r})
def sign_in(password):
    raise KeyError("ada")
try:
    sign_in("hunter" + "2")
except KeyError:
    {logger}.exception("unhandled error")
""")
    assert "unhandled error" in said
    assert "hunter2" not in said


async def test_what_is_bound_to_the_context_is_in_every_event_also_of_libraries() -> None:
    bound = await events("""
configure()
with structlog.contextvars.bound_contextvars(request_id="r-1"):
    log.info("ours")
    logging.getLogger("library").info("theirs")
log.info("after")
""")
    assert [event.get("request_id") for event in bound] == ["r-1", "r-1", None]


async def test_line_breaks_can_not_forge_an_event() -> None:
    [event] = await events(r"configure(); log.info('hello', name='ada\n{}')")
    assert event["name"] == "ada\n{}"


async def test_what_is_no_unicode_is_logged_all_the_same() -> None:
    [event] = await events(r"configure(); log.info('hello', path='/\udcff')", PYTHONIOENCODING="utf-8:strict")
    assert event["path"] == "/\udcff"


async def test_there_is_no_colour_in_json() -> None:
    assert "\x1b" not in await run("configure(log_format='json'); log.warning('hello')", FORCE_COLOR="1")


async def test_output_that_no_person_watches_is_json() -> None:
    said = await run("configure(log_format='auto'); log.info('hello')")
    assert json.loads(said)["event"] == "hello"


async def test_the_console_form_is_for_reading() -> None:
    said = await run("configure(log_format='console'); log.info('hello', person='ada')")
    assert "hello" in said
    assert not said.startswith("{")


async def test_what_is_below_the_level_is_not_logged() -> None:
    logged = await events("""
configure(log_level="WARNING")
log.info("small talk")
logging.getLogger("library").info("small talk")
log.warning("smoke")
""")
    assert [event["event"] for event in logged] == ["smoke"]


@pytest.mark.parametrize("level", ["DEBUG", "ERROR"])
async def test_chatty_libraries_never_say_more_than_warnings(level: str) -> None:
    logged = await events(f"""
configure(log_level="{level}")
for name in ("pymongo.command", "aio_pika.connection", "aiormq.connection"):
    logging.getLogger(name).info("sent a password")
    logging.getLogger(name).error("lost")
""")
    assert [event["event"] for event in logged] == ["lost", "lost", "lost"]


async def test_a_request_that_cannot_be_parsed_is_not_quoted() -> None:
    lines = await events(
        """
configure()
from aiohttp.http_exceptions import LineTooLong
try:
    raise LineTooLong(b"Cookie: __Host-refresh=s3cret", 8190)
except LineTooLong as error:
    logging.getLogger("aiohttp.server").error("Error handling request", exc_info=error)
logging.getLogger("aiohttp.server").error("Unhandled exception")
"""
    )
    assert [line["event"] for line in lines] == ["Unhandled exception"]
