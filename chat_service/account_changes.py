"""What the auth service says has changed about people and sessions, read from its feed: sessions that end lose their
sockets, and what concerns the chat's own data is handed to whoever registered for it.

The feed is the record, numbered without a hole; a call through RabbitMQ only says to look now. Without it this
replica looks every 30 s. Revocations are each replica's own and begin anew with each start; what is applied to the
database has a cursor there, so that nothing of it is lost while the whole chat service is away.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Literal

import aiohttp
import msgspec
import structlog
from pymongo.errors import PyMongoError

from chassis import wake_up
from chassis.health import State
from chat_service.connections import Connections
from chat_service.cursors import Cursors
from chat_service.errors import Close
from chat_service.revocations import REMEMBERED_SECONDS, Revocations
from chat_service.store import StoreUnavailable

log = structlog.get_logger(__name__)

POLL_SECONDS = 30.0
RETRY_SECONDS = 1.0  # before the first success, and where something couldn't be applied
LONGEST_RETRY_SECONDS = 15.0  # two failures still leave revocation within a minute of auth's return
FETCH_TIMEOUT_SECONDS = 5.0

Applied = Literal["person_renamed", "person_deleted"]


class AccountChange(msgspec.Struct, frozen=True):
    """`name` is a person's new one; `erase`: whether a deleted person's texts go too."""

    seq: int
    kind: str
    person: str
    session: str | None = None
    name: str | None = None
    erase: bool = False


class FeedPage(msgspec.Struct):
    changes: list[AccountChange]
    head: int


class AccountFeed:
    """The feed at `url`."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._url = url
        self._http = http

    async def read(self, **asked: str | int) -> FeedPage:
        """The next changes; of `after` (a seq) and `within` (seconds back) one, and perhaps a `kind`.

        Raises:
            aiohttp.ClientError, TimeoutError, msgspec.MsgspecError: auth is away, or something else answers.
        """
        timeout = aiohttp.ClientTimeout(total=FETCH_TIMEOUT_SECONDS)
        async with self._http.get(self._url, params=asked, timeout=timeout, raise_for_status=True) as response:
            return msgspec.json.decode(await response.read(), type=FeedPage)


Handler = Callable[[AccountChange], Awaitable[None]]


class AccountChanges:
    """`handlers` apply a change to this service's data; `told` is told on each replica who was renamed or deleted.

    Each change of a kind is handed to its handler, in order, until that returns; it may see one more than once, from
    several replicas at the same time too, and it may raise StoreUnavailable to be called again.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - all whom a change concerns
        self,
        feed: AccountFeed,
        revocations: Revocations,
        connections: Connections,
        cursors: Cursors,
        handlers: dict[Applied, Handler],
        told: Callable[[AccountChange], None],
    ) -> None:
        self._feed = feed
        self._revocations = revocations
        self._connections = connections
        self._cursors = cursors
        self._handlers = handlers
        self._told = told
        self._position: int | None = None
        self._wakened: list[asyncio.Event] = []
        self._failing = {"revocations"}

    def woken(self) -> None:
        """Look at once."""
        for event in self._wakened:
            event.set()

    async def check(self) -> State:
        """For `/health/ready`: whether the last looks succeeded."""
        return "degraded" if self._failing else "ok"

    async def run(self, amqp_url: str | None, replica: str, exchange: str) -> None:
        """Follow the feed until cancelled; without a broker by looking alone."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow("revocations", self._revoke))
            for kind in self._handlers:
                tasks.create_task(self._follow(kind, partial(self._apply, kind)))
            if amqp_url:
                tasks.create_task(wake_up.listen(amqp_url, f"{replica} is woken", exchange, self.woken))

    async def _follow(self, what: str, look: Callable[[], Awaitable[None]]) -> None:
        wakened = asyncio.Event()
        self._wakened.append(wakened)
        retry = longest = RETRY_SECONDS  # a start waits for the first success
        while True:
            wakened.clear()
            try:
                await look()
                self._failing.discard(what)
                pause, retry, longest = POLL_SECONDS, RETRY_SECONDS, LONGEST_RETRY_SECONDS
            except (aiohttp.ClientError, TimeoutError, msgspec.MsgspecError, PyMongoError, StoreUnavailable) as reason:
                # auth or the database is away, or starting: what is known goes on to hold
                self._failing.add(what)
                log.warning("account changes not read", what=what, reason=repr(reason)[:200])
                pause, retry = retry, min(2 * retry, longest)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await wakened.wait()

    async def _revoke(self) -> None:
        """Read what is new and refuse whom it concerns."""
        while True:
            if self._position is None:
                page = await self._feed.read(within=int(REMEMBERED_SECONDS))
            else:
                page = await self._feed.read(after=self._position)
            if self._position is not None and page.head < self._position:
                self._position = None  # auth's database came from a backup: its numbers begin again
                continue
            for change in page.changes:
                self._follow_up(change)
                self._position = change.seq
            if not page.changes:
                self._position = page.head if self._position is None else self._position
                break
        self._revocations.learned()

    def _follow_up(self, change: AccountChange) -> None:
        match change.kind:
            case "session_ended" if change.session:
                self._revocations.end(change.session)
                self._connections.close_where(Close.SIGNED_OUT, session=change.session)
            case "person_disabled" | "person_deleted":
                self._revocations.shut_out(change.person)
                self._connections.close_where(Close.SIGNED_OUT, person=change.person)
            case "person_enabled":
                self._revocations.let_in(change.person)
        if change.kind in {"person_renamed", "person_deleted"}:
            self._told(change)

    async def _apply(self, kind: Applied) -> None:
        """Hand over what is new of one kind."""
        position = await self._cursors.read(kind)
        while (page := await self._feed.read(after=position, kind=kind)).changes:
            for change in page.changes:
                await self._handlers[kind](change)
                await self._cursors.advance(kind, change.seq)
                position = change.seq
        if page.head < position:
            await self._cursors.restart(kind, position)
