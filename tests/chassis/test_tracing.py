import pytest
from structlog.testing import capture_logs

from chassis import tracing
from tests.chassis.otlp_receiver import receiving


async def test_without_an_endpoint_nothing_is_made_and_nothing_is_known() -> None:
    async with tracing.exported("greeter", "greeter-1", None):
        assert tracing.span("one") is tracing.span("another") is tracing.batch("a third", ["origin"])
        with tracing.span("greet"):
            assert tracing.here() == ""
            assert tracing.headers() == {}


async def test_without_its_libraries_it_says_so_and_serves_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "EXPORTER", "chassis.not_installed")
    with capture_logs() as logged:
        async with tracing.exported("greeter", "greeter-1", "http://collector.test"):
            with tracing.span("greet"):
                assert tracing.here() == ""
    assert "not installed" in logged[0]["event"]


async def test_what_is_left_is_sent_at_the_end() -> None:
    async with receiving() as receiver:
        async with tracing.exported("greeter", "greeter-1", receiver.url):
            with tracing.span("greet", room="hall"):
                pass
        span = await receiver.named("greet", "greeter-1")
    assert [(one.key, one.value.string_value) for one in span.attributes] == [("room", "hall")]
    assert tracing.here() == ""


async def test_a_batch_of_nobody_is_not_traced() -> None:
    async with receiving() as receiver, tracing.exported("greeter", "greeter-1", receiver.url):
        with tracing.batch("nobody's", ["", ""]):
            assert tracing.here() == ""
        with tracing.span("somebody's"):
            origin = tracing.here()
        with tracing.batch("theirs", ["", origin]):
            assert tracing.headers()[tracing.HEADER].split("-")[1] == origin.split("-")[1]
