"""The bounded way out of one connection."""

import asyncio

import pytest

from chat_service.outbox import Outbox


class Reader:
    """A client that reads while its gate is open."""

    def __init__(self, max_bytes: int = 100) -> None:
        self.outbox = Outbox(self.cut_off, max_bytes)
        self.times_cut_off = 0
        self.read: list[bytes] = []
        self.gate = asyncio.Event()
        self.gate.set()

    def cut_off(self) -> None:
        self.times_cut_off += 1

    async def send(self, frame: bytes) -> None:
        await self.gate.wait()
        self.read.append(frame)


async def all_read(reader: Reader) -> list[bytes]:
    """Everything that the outbox has, written."""
    writing = asyncio.create_task(reader.outbox.write_to(reader.send))
    async with asyncio.timeout(5):
        await reader.outbox.drained()
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    return reader.read


async def test_frames_leave_in_the_order_they_came() -> None:
    reader = Reader()
    frames = [b"%d" % number for number in range(20)]
    for frame in frames:
        reader.outbox.put(frame)
    assert await all_read(reader) == frames


async def test_frames_that_come_while_one_is_written_follow_it() -> None:
    reader = Reader()
    writing = asyncio.create_task(reader.outbox.write_to(reader.send))
    reader.outbox.put(b"1")
    await asyncio.sleep(0)
    reader.outbox.put(b"2")
    await reader.outbox.drained()
    assert reader.read == [b"1", b"2"]
    writing.cancel()


async def test_a_reader_exactly_at_its_bound_stays() -> None:
    reader = Reader(max_bytes=10)
    reader.outbox.put(b"x" * 10)
    assert reader.times_cut_off == 0
    assert await all_read(reader) == [b"x" * 10]


async def test_a_reader_past_its_bound_is_cut_off() -> None:
    reader = Reader(max_bytes=10)
    reader.outbox.put(b"x" * 10)
    reader.outbox.put(b"x")
    assert reader.times_cut_off == 1


async def test_a_reader_is_cut_off_once() -> None:
    reader = Reader(max_bytes=10)
    for _ in range(3):
        reader.outbox.put(b"x" * 11)
    reader.outbox.give_up()
    assert reader.times_cut_off == 1


async def test_nothing_is_kept_for_a_reader_who_was_cut_off() -> None:
    reader = Reader(max_bytes=10)
    reader.outbox.put(b"x" * 10)
    reader.outbox.put(b"x")
    reader.outbox.put(b"late")
    assert await all_read(reader) == []


async def test_what_was_read_makes_room() -> None:
    reader = Reader(max_bytes=10)
    for _ in range(3):
        reader.outbox.put(b"x" * 10)
        await all_read(reader)
    assert reader.times_cut_off == 0
    assert len(reader.read) == 3


async def test_a_frame_under_way_still_counts() -> None:
    reader = Reader(max_bytes=10)
    reader.gate.clear()
    writing = asyncio.create_task(reader.outbox.write_to(reader.send))
    reader.outbox.put(b"x" * 10)
    await asyncio.sleep(0)
    reader.outbox.put(b"x")
    assert reader.times_cut_off == 1
    writing.cancel()


async def test_putting_never_waits_for_a_reader_who_does_not_read() -> None:
    reader = Reader(max_bytes=1000)
    reader.gate.clear()
    writing = asyncio.create_task(reader.outbox.write_to(reader.send))
    for _ in range(100):
        reader.outbox.put(b"x" * 10)
    assert reader.read == []
    reader.gate.set()
    await reader.outbox.drained()
    assert len(reader.read) == 100
    writing.cancel()


async def test_an_empty_outbox_is_drained() -> None:
    async with asyncio.timeout(1):
        await Reader().outbox.drained()


async def test_who_waits_for_a_reader_who_is_cut_off_waits_no_longer() -> None:
    reader = Reader(max_bytes=10)
    reader.outbox.put(b"x")
    waiting = asyncio.create_task(reader.outbox.drained())
    await asyncio.sleep(0)
    reader.outbox.put(b"x" * 10)
    async with asyncio.timeout(1):
        await waiting


async def test_who_waits_for_a_reader_who_left_waits_no_longer() -> None:
    async def refuse(_frame: bytes) -> None:
        raise ConnectionResetError

    reader = Reader()
    reader.outbox.put(b"1")
    reader.outbox.put(b"2")
    with pytest.raises(ConnectionResetError):
        await reader.outbox.write_to(refuse)
    async with asyncio.timeout(1):
        await reader.outbox.drained()
