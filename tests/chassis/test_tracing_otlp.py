import asyncio
import re
from collections.abc import Callable

from chassis.tracing_otlp import Exporter
from tests.chassis.otlp_receiver import Receiver, receiving


async def sent(work: Callable[[Exporter], None]) -> Receiver:
    """What a receiver got of the spans made in `work`."""
    async with receiving() as receiver:
        exporter = Exporter("greeter", "greeter-1", receiver.url)
        work(exporter)
        await asyncio.to_thread(exporter.close)
        return receiver


async def test_a_span_inside_another_is_part_of_it() -> None:
    def work(exporter: Exporter) -> None:
        with exporter.span("whole", [], {}), exporter.span("part", [], {"size": 3}):
            pass

    receiver = await sent(work)
    whole, part = await receiver.named("whole"), await receiver.named("part")
    assert (part.trace_id, part.parent_span_id) == (whole.trace_id, whole.span_id)
    assert not whole.parent_span_id


async def test_an_origin_goes_on_elsewhere_and_is_a_traceparent() -> None:
    origins: list[str] = []

    def work(exporter: Exporter) -> None:
        with exporter.span("here", [], {}):
            origins.append(exporter.here())
        assert exporter.here() == ""
        with exporter.span("there", [origins[0]], {}):
            pass

    receiver = await sent(work)
    here, there = await receiver.named("here"), await receiver.named("there")
    assert (there.trace_id, there.parent_span_id) == (here.trace_id, here.span_id)
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[13]", origins[0])


async def test_a_batch_belongs_to_the_first_and_is_linked_to_the_others() -> None:
    def work(exporter: Exporter) -> None:
        origins = []
        for number in range(3):
            with exporter.span(f"request {number}", [], {}):
                origins.append(exporter.here())
        with exporter.span("batch", origins, {}):
            pass

    receiver = await sent(work)
    first, second, third = [await receiver.named(f"request {number}") for number in range(3)]
    batch = await receiver.named("batch")
    assert batch.parent_span_id == first.span_id
    assert [link.span_id for link in batch.links] == [second.span_id, third.span_id]


async def test_what_is_no_traceparent_begins_anew() -> None:
    def work(exporter: Exporter) -> None:
        with exporter.span("anew", ["nonsense"], {}):
            pass

    receiver = await sent(work)
    assert not (await receiver.named("anew")).parent_span_id
