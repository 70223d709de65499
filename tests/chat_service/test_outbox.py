"""The bounded way out of one connection."""

import asyncio

import pytest
from aiohttp import web
from pytest_aiohttp.plugin import AiohttpClient

from chat_service.outbox import Outbox
from tests.chat_service.wire import ReadWire


class Reader:
    """A client, and how often it was cut off."""

    def __init__(self, max_bytes: int = 100, *, reads: bool = True) -> None:
        self.wire = ReadWire()
        self.wire.reads = reads
        self.outbox = Outbox(self.cut_off, max_bytes)
        self.outbox.open_to(self.wire)
        self.times_cut_off = 0

    def cut_off(self) -> None:
        self.times_cut_off += 1


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536, 300_000])
async def test_a_frame_of_any_length_arrives_whole_at_a_client(aiohttp_client: AiohttpClient, length: int) -> None:
    async def say_two(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        assert request.transport
        outbox = Outbox(lambda: None)
        outbox.open_to(request.transport)
        outbox.put(b"x" * length)
        outbox.put("the next, größer".encode())
        await socket.receive()
        return socket

    app = web.Application()
    app.router.add_get("/", say_two)
    client = await aiohttp_client(app)
    async with client.ws_connect("/", max_msg_size=0) as socket:
        assert await socket.receive_str() == "x" * length
        assert await socket.receive_str() == "the next, größer"


async def test_frames_leave_in_the_order_they_came() -> None:
    reader = Reader()
    frames = [b"%d" % number for number in range(20)]
    for frame in frames:
        reader.outbox.put(frame)
    assert reader.wire.read == frames


async def test_frames_that_came_before_the_wire_leave_first() -> None:
    outbox, wire = Outbox(lambda: None), ReadWire()
    outbox.put(b"1")
    outbox.put(b"2")
    outbox.open_to(wire)
    outbox.put(b"3")
    assert wire.read == [b"1", b"2", b"3"]


async def test_a_reader_exactly_at_its_bound_stays() -> None:
    reader = Reader(max_bytes=10, reads=False)
    reader.outbox.put(b"x" * 10)
    assert reader.times_cut_off == 0
    reader.wire.read_all()
    assert reader.wire.read == [b"x" * 10]


async def test_a_reader_past_its_bound_is_cut_off() -> None:
    reader = Reader(max_bytes=10, reads=False)
    reader.outbox.put(b"x" * 10)
    reader.outbox.put(b"x")
    assert reader.times_cut_off == 1


async def test_what_waits_for_a_wire_is_bounded_too() -> None:
    cut_off: list[bool] = []
    outbox = Outbox(lambda: cut_off.append(True), max_bytes=10)
    outbox.put(b"x" * 11)
    assert cut_off == [True]


async def test_a_reader_is_cut_off_once() -> None:
    reader = Reader(max_bytes=10, reads=False)
    for _ in range(3):
        reader.outbox.put(b"x" * 11)
    reader.outbox.give_up()
    assert reader.times_cut_off == 1


async def test_nothing_more_is_written_to_a_reader_who_was_cut_off() -> None:
    reader = Reader(max_bytes=10, reads=False)
    reader.outbox.put(b"x" * 11)
    before = reader.wire.get_write_buffer_size()
    reader.outbox.put(b"late")
    assert reader.wire.get_write_buffer_size() == before


async def test_what_was_read_makes_room() -> None:
    reader = Reader(max_bytes=10)
    for _ in range(3):
        reader.outbox.put(b"x" * 10)
    assert reader.times_cut_off == 0
    assert len(reader.wire.read) == 3


async def test_a_closed_outbox_writes_nothing_more() -> None:
    reader = Reader()
    reader.outbox.put(b"goodbye")
    reader.outbox.close()
    reader.outbox.put(b"late")
    assert reader.wire.read == [b"goodbye"]
    assert reader.times_cut_off == 0


async def test_nothing_is_written_to_who_left() -> None:
    reader = Reader()
    reader.wire.gone = True
    reader.outbox.put(b"late")
    assert reader.wire.read == []
    assert reader.times_cut_off == 0


async def test_who_waits_goes_on_once_everything_is_read() -> None:
    reader = Reader(reads=False)
    reader.outbox.put(b"x")
    waiting = asyncio.create_task(reader.outbox.drained())
    await asyncio.sleep(0.03)
    assert not waiting.done()
    reader.wire.read_all()
    async with asyncio.timeout(10):
        await waiting


async def test_an_empty_outbox_is_drained() -> None:
    async with asyncio.timeout(10):
        await Reader().outbox.drained()
        await Outbox(lambda: None).drained()


async def test_who_waits_for_a_reader_who_is_cut_off_waits_no_longer() -> None:
    reader = Reader(max_bytes=10, reads=False)
    reader.outbox.put(b"x")
    waiting = asyncio.create_task(reader.outbox.drained())
    await asyncio.sleep(0)
    reader.outbox.put(b"x" * 10)
    async with asyncio.timeout(10):
        await waiting


async def test_who_waits_for_a_reader_who_left_waits_no_longer() -> None:
    reader = Reader(reads=False)
    reader.outbox.put(b"x")
    waiting = asyncio.create_task(reader.outbox.drained())
    await asyncio.sleep(0)
    reader.wire.gone = True
    async with asyncio.timeout(10):
        await waiting
