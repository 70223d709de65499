from typing import Any

import msgspec
import pytest
from aiohttp import web

from chassis import json_bodies
from tests.chassis.conftest import MAX_BODY_BYTES, Client, Serve


class Order(msgspec.Struct):
    dish: str
    pieces: int = 1


async def take(request: web.Request) -> web.Response:
    return json_bodies.answer(await json_bodies.read(request, Order), status=201)


@pytest.fixture
async def client(serve: Serve) -> Client:
    return await serve([web.post("/orders", take)])


async def refusal(client: Client, body: bytes, content_type: str = "application/json") -> tuple[int, dict[str, Any]]:
    answer = await client.post("/orders", data=body, headers={"Content-Type": content_type})
    return answer.status, await answer.json(content_type="application/problem+json")


async def test_a_body_is_read_into_its_type(client: Client) -> None:
    answer = await client.post("/orders", json={"dish": "soup", "pieces": 2})
    assert (answer.status, await answer.json()) == (201, {"dish": "soup", "pieces": 2})


async def test_a_field_with_a_default_may_be_left_out(client: Client) -> None:
    assert (await (await client.post("/orders", json={"dish": "soup"})).json())["pieces"] == 1


async def test_unknown_fields_are_ignored(client: Client) -> None:
    answer = await client.post("/orders", json={"dish": "soup", "price": 0, "$where": "1"})
    assert await answer.json() == {"dish": "soup", "pieces": 1}


async def test_a_charset_is_no_other_content_type(client: Client) -> None:
    answer = await client.post(
        "/orders", data=b'{"dish": "soup"}', headers={"Content-Type": "Application/JSON; charset=utf-8"}
    )
    assert answer.status == 201


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/problem+json",
        "text/json",
    ],
)
async def test_another_content_type_is_refused_however_good_the_body(client: Client, content_type: str) -> None:
    status, problem = await refusal(client, b'{"dish": "soup"}', content_type)
    assert (status, problem["code"]) == (415, "unsupported_media_type")


async def test_a_body_without_a_content_type_is_refused(client: Client) -> None:
    answer = await client.post("/orders", data=b'{"dish": "soup"}', skip_auto_headers=["Content-Type"])
    assert answer.status == 415


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"soup",
        b'{"dish": "soup"',
        b'{"dish": "soup"} and bread',
        b"{'dish': 'soup'}",
        b'{"dish": "\xff\xfe"}',
        b'{"dish": "\\ud800"}',
        '{"dish": "soup"}'.encode("utf-16"),
        b'\xef\xbb\xbf{"dish": "soup"}',
    ],
)
async def test_what_is_no_json_is_malformed(client: Client, body: bytes) -> None:
    status, problem = await refusal(client, body)
    assert (status, problem["code"]) == (400, "malformed")


async def test_json_nested_without_end_is_malformed(client: Client) -> None:
    status, problem = await refusal(client, b'{"x":' + b"[" * (MAX_BODY_BYTES - 5))
    assert (status, problem["code"]) == (400, "malformed")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{}", "dish"),
        (b'{"dish": null}', "dish"),
        (b'{"dish": 7}', "dish"),
        (b'{"dish": {"$gt": ""}}', "dish"),
        (b'{"dish": ["soup"]}', "dish"),
        (b'{"dish": "soup", "pieces": "2"}', "pieces"),
        (b'{"dish": "soup", "pieces": 1.5}', "pieces"),
        (b'{"dish": "soup", "pieces": 1e400}', "pieces"),
    ],
)
async def test_a_field_that_is_missing_or_of_a_wrong_type_is_named(client: Client, body: bytes, field: str) -> None:
    status, problem = await refusal(client, body)
    assert (status, problem["code"]) == (422, "invalid")
    assert field in problem["detail"]


@pytest.mark.parametrize("body", [b"[]", b"null", b'"soup"', b"1"])
async def test_json_that_is_no_object_is_invalid(client: Client, body: bytes) -> None:
    status, problem = await refusal(client, body)
    assert (status, problem["code"]) == (422, "invalid")


async def test_a_body_that_is_too_large_is_refused(client: Client) -> None:
    status, problem = await refusal(client, b'{"dish": "' + b"x" * MAX_BODY_BYTES + b'"}')
    assert (status, problem["code"]) == (413, "request_entity_too_large")


async def test_an_answer_is_never_cached(client: Client) -> None:
    answer = await client.post("/orders", json={"dish": "soup"})
    assert (answer.content_type, answer.headers["Cache-Control"]) == ("application/json", "no-store")
