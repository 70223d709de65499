import pytest
from aiohttp.test_utils import make_mocked_request

from chassis import logged_path


@pytest.mark.parametrize("path", ["/", "/login", "/api/rooms/r1", "/invite", "/reset", "/invited/x"])
def test_a_log_has_the_path_without_its_query(path: str) -> None:
    assert logged_path.of(make_mocked_request("GET", f"{path}?token=s3cret")) == path


@pytest.mark.parametrize("path", ["/invite/s3cret", "/invite/s3cret/", "/reset/s3cret?x", "/reset/../reset/s3cret"])
def test_no_log_has_a_code_that_lets_in(path: str) -> None:
    assert "s3cret" not in logged_path.of(make_mocked_request("GET", path))
