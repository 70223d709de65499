import pytest
from aiohttp import web
from pymongo.errors import AutoReconnect
from structlog.testing import capture_logs

from chassis.problems import Problem
from tests.chassis.conftest import MAX_BODY_BYTES, Client, Serve

AS_A_BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
AS_A_PROGRAM = {"Accept": "application/json"}


async def refuse(_request: web.Request) -> web.Response:
    raise Problem(409, "name_taken", "Somebody has it.", errors={"name": "Taken."}, headers={"Retry-After": "7"})


async def refuse_with_markup(request: web.Request) -> web.Response:
    raise Problem(422, "invalid", f"No room called {request.query['room']}")


async def fail(_request: web.Request) -> web.Response:
    raise RuntimeError("the key is under the mat")


async def read(request: web.Request) -> web.Response:
    return web.Response(body=await request.read())


async def go_away(_request: web.Request) -> web.Response:
    raise web.HTTPSeeOther("/elsewhere")


async def lose_the_database(_request: web.Request) -> web.Response:
    raise AutoReconnect("connection to the database closed")


ROUTES = [
    web.get("/lost", lose_the_database),
    web.get("/refuse", refuse),
    web.get("/api/refuse", refuse),
    web.get("/markup", refuse_with_markup),
    web.get("/fail", fail),
    web.post("/read", read),
    web.get("/leave", go_away),
]


@pytest.fixture
async def client(serve: Serve) -> Client:
    return await serve(ROUTES)


async def test_a_program_gets_a_problem_document(client: Client) -> None:
    answer = await client.get("/refuse", headers=AS_A_PROGRAM)
    assert (answer.status, answer.content_type) == (409, "application/problem+json")
    assert await answer.json(content_type=None) == {
        "title": "Conflict",
        "status": 409,
        "code": "name_taken",
        "detail": "Somebody has it.",
        "errors": {"name": "Taken."},
    }


async def test_a_problem_brings_its_headers(client: Client) -> None:
    assert (await client.get("/refuse", headers=AS_A_PROGRAM)).headers["Retry-After"] == "7"
    assert (await client.get("/nowhere", headers=AS_A_PROGRAM)).headers["Cache-Control"] == "no-store"
    assert (await client.get("/refuse", headers=AS_A_BROWSER)).headers["Retry-After"] == "7"


async def test_a_person_gets_a_page_that_names_the_request(client: Client) -> None:
    answer = await client.get("/refuse", headers=AS_A_BROWSER)
    page = await answer.text()
    assert (answer.status, answer.content_type) == (409, "text/html")
    assert "Somebody has it." in page
    assert answer.headers["X-Request-Id"] in page


async def test_the_api_answers_in_json_whoever_asks(client: Client) -> None:
    answer = await client.get("/api/refuse", headers=AS_A_BROWSER)
    assert answer.content_type == "application/problem+json"


async def test_who_does_not_say_what_they_read_gets_json(client: Client) -> None:
    answer = await client.get("/refuse", headers={"Accept": "*/*"})
    assert answer.content_type == "application/problem+json"


async def test_markup_in_a_detail_stays_text(client: Client) -> None:
    answer = await client.get("/markup", params={"room": "<script>alert(1)</script>"}, headers=AS_A_BROWSER)
    page = await answer.text()
    assert "No room called &lt;script&gt;" in page
    assert "<script>alert" not in page


async def test_an_unknown_path_is_answered_by_a_problem_too(client: Client) -> None:
    answer = await client.get("/nowhere", headers=AS_A_PROGRAM)
    assert (answer.status, (await answer.json(content_type=None))["code"]) == (404, "not_found")


async def test_an_unknown_path_is_answered_by_a_page_to_people(client: Client) -> None:
    answer = await client.get("/nowhere", headers=AS_A_BROWSER)
    assert (answer.status, answer.content_type) == (404, "text/html")


async def test_a_wrong_method_is_told_the_right_ones(client: Client) -> None:
    answer = await client.put("/refuse", headers=AS_A_PROGRAM)
    assert (answer.status, answer.headers["Allow"]) == (405, "GET,HEAD")
    assert (await answer.json(content_type=None))["code"] == "method_not_allowed"


async def test_a_body_that_is_too_large_is_refused(client: Client) -> None:
    answer = await client.post("/read", data=b"x" * (MAX_BODY_BYTES + 1), headers=AS_A_PROGRAM)
    assert (answer.status, (await answer.json(content_type=None))["code"]) == (413, "request_entity_too_large")


async def test_a_body_of_just_the_limit_is_read(client: Client) -> None:
    answer = await client.post("/read", data=b"x" * MAX_BODY_BYTES)
    assert len(await answer.read()) == MAX_BODY_BYTES


async def test_a_body_that_says_gzip_and_is_not_is_the_senders_mistake(client: Client) -> None:
    with capture_logs() as logged:
        answer = await client.post("/read", data=b"no gzip at all", headers={"Content-Encoding": "gzip"}, compress=None)
    assert answer.status == 400
    assert [event for event in logged if event["log_level"] == "error"] == []


async def test_a_redirect_is_an_answer_and_no_problem(client: Client) -> None:
    answer = await client.get("/leave", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/elsewhere")


async def test_what_nobody_foresaw_is_told_without_detail(client: Client) -> None:
    answer = await client.get("/fail", headers=AS_A_PROGRAM)
    assert answer.status == 500
    assert await answer.json(content_type=None) == {
        "title": "Internal Server Error",
        "status": 500,
        "code": "internal",
        "detail": "Something went wrong on our side.",
    }


async def test_what_nobody_foresaw_is_a_page_without_detail_to_people(client: Client) -> None:
    answer = await client.get("/fail", headers=AS_A_BROWSER)
    assert (answer.status, answer.content_type) == (500, "text/html")
    assert "under the mat" not in await answer.text()


async def test_what_nobody_foresaw_is_logged_with_its_trace(client: Client) -> None:
    with capture_logs() as logged:
        await client.get("/fail?secret=1")
    [error] = [event for event in logged if event["log_level"] == "error"]
    assert error == {
        "event": "unhandled error",
        "exc_info": True,
        "log_level": "error",
        "method": "GET",
        "path": "/fail",
    }


async def test_a_problem_is_no_error_of_ours(client: Client) -> None:
    with capture_logs() as logged:
        await client.get("/refuse")
    assert [event["log_level"] for event in logged] == ["info"]


def test_a_problem_says_what_it_is_where_it_is_printed() -> None:
    assert str(Problem(401, "signed_out", "Please sign in.")) == "signed_out: Please sign in."


async def test_a_database_that_is_away_is_no_mistake_of_ours_and_may_be_back_soon(client: Client) -> None:
    with capture_logs() as lines:
        answer = await client.get("/lost", headers=AS_A_PROGRAM)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
    assert (await answer.json(content_type=None))["code"] == "unavailable"
    assert "error" not in {line["log_level"] for line in lines}
