"""A TCP proxy between a service and a server, to break the network between them on command.

It runs in a thread with a loop of its own: a driver that blocks the test's loop must not block the network.
"""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

CHUNK_BYTES = 64 * 1024
REMEMBERED_BYTES = 1024
COMMAND_SECONDS = 5.0

T = TypeVar("T")


class _Link:
    """One connection: whether anything gets through, and what its client said first."""

    def __init__(self) -> None:
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.said = bytearray()


class TcpProxy:
    """Relays to the server of the address given; clients go to `url`."""

    def __init__(self, upstream: str) -> None:
        self._upstream = urlsplit(upstream)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="tcp proxy")
        self._relaying: set[asyncio.Task[None]] = set()
        self._links: set[_Link] = set()
        self._flowing = asyncio.Event()
        self._shut = False
        self._port = 0

    @property
    def url(self) -> str:
        credentials, at, _ = self._upstream.netloc.rpartition("@")
        return urlunsplit(self._upstream._replace(netloc=f"{credentials}{at}127.0.0.1:{self._port}"))

    @property
    def connections(self) -> int:
        return len(self._relaying)

    def shut(self) -> None:
        """The server is gone: what is open is reset, and so is whoever comes."""
        self._shut = True
        self.cut()

    def open(self) -> None:
        """The server is back."""
        self._shut = False

    def cut(self) -> None:
        """Reset what is open; new connections are welcome."""
        self._do(self._cut())

    def swallow(self) -> None:
        """A black hole: nothing arrives, and nothing says so."""
        self._loop.call_soon_threadsafe(self._flowing.clear)

    def swallow_where(self, said: bytes) -> None:
        """A black hole for those open connections whose client began by saying this, among other things."""

        async def swallow() -> None:
            for link in self._links:
                if said in link.said:
                    link.flowing.clear()

        self._do(swallow())

    def flow(self) -> None:
        self._loop.call_soon_threadsafe(self._flowing.set)

    def start(self) -> None:
        self._thread.start()
        self._server = self._do(self._listen())
        self._port = self._server.sockets[0].getsockname()[1]
        self.flow()

    def stop(self) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(COMMAND_SECONDS)
        self._loop.close()

    def _do(self, command: Coroutine[None, None, T]) -> T:
        return asyncio.run_coroutine_threadsafe(command, self._loop).result(COMMAND_SECONDS)

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._accept, "127.0.0.1")

    async def _cut(self) -> None:
        cut = list(self._relaying)
        for task in cut:
            task.cancel()
        await asyncio.gather(*cut, return_exceptions=True)

    async def _end(self) -> None:
        self._shut = True
        for listening in self._server.sockets:  # nobody more comes in; Server.close() alone would lose who just did,
            self._loop.remove_reader(listening)  # and leave their socket open (Python 3.11)
        await self._cut()
        while others := asyncio.all_tasks() - {asyncio.current_task()}:  # whoever came just now is sent away
            await asyncio.wait(others)
        self._server.close()
        await asyncio.sleep(0)  # in which what was aborted closes

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if self._shut or task is None:
            writer.transport.abort()
            return
        self._relaying.add(task)
        writers = [writer]
        try:
            back, upstream = await asyncio.open_connection(self._upstream.hostname, self._upstream.port)
            writers.append(upstream)
            link = _Link()
            self._links.add(link)
            await asyncio.gather(self._relay(reader, upstream, link, link.said), self._relay(back, writer, link))
        except (OSError, asyncio.CancelledError):  # an end was reset, by a peer or by `cut`
            pass
        finally:
            for end in writers:
                end.transport.abort()
            self._relaying.discard(task)

    async def _relay(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, link: "_Link", said: bytearray | None = None
    ) -> None:
        while data := await reader.read(CHUNK_BYTES):
            if said is not None and len(said) < REMEMBERED_BYTES:
                said += data
            await link.flowing.wait()
            await self._flowing.wait()
            writer.write(data)
            await writer.drain()
        with contextlib.suppress(OSError):  # the other end may have gone first
            writer.write_eof()


@contextmanager
def proxy_to(upstream: str) -> Iterator[TcpProxy]:
    proxy = TcpProxy(upstream)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
