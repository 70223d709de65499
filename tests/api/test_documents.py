"""The documents under docs/ say what the code does."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from aiohttp import web

from auth_service.routes import ROUTES as AUTH_ROUTES
from chat_service import notices
from chat_service.routes import ROUTES as CHAT_ROUTES
from tests.api import asyncapi, documents

PUBLISHED = documents.all_of_them()
SAFE = {"HEAD", "OPTIONS"}


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.name)
def test_a_document_is_as_the_code_says_it(path: Any) -> None:
    assert path.read_text() == PUBLISHED[path], "stale: run python -m tests.api"


def served() -> set[tuple[str, str]]:
    """Each method of each path for programs, of both services."""
    app = web.Application()
    app.add_routes([*AUTH_ROUTES, *CHAT_ROUTES])
    found = set()
    for route in app.router.routes():
        path = route.resource.canonical if route.resource else ""
        if path.startswith(("/api/", "/.well-known/")):
            methods = {route.method} if route.method != "*" else {
                method for method in ("GET", "POST", "PUT", "PATCH", "DELETE") if hasattr(route.handler, method.lower())
            }  # fmt: skip
            found |= {(method, path) for method in methods - SAFE}
    return found


def test_all_that_is_served_to_programs_is_described_and_nothing_else() -> None:
    described = yaml.safe_load(PUBLISHED[documents.DOCS / "openapi.yaml"])["paths"]
    assert {(method.upper(), path) for path, methods in described.items() for method in methods} == served()


def kinds(kind: type[notices.Notice]) -> Iterator[type[notices.Notice]]:
    for one in kind.__subclasses__():
        if one.__module__ == notices.__name__:
            yield one
            yield from kinds(one)


def test_every_notice_is_described() -> None:
    assert set(asyncapi.NOTICES) == set(kinds(notices.Notice)) - {notices.Answer}


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.name)
def test_what_is_referred_to_is_there(path: Any) -> None:
    document = yaml.safe_load(PUBLISHED[path])
    references = set(re.findall(r"\$ref: '?#/([^'\n]+)'?", PUBLISHED[path]))
    assert references
    for reference in references:
        found = document
        for step in reference.split("/"):
            found = found[step]
