"""One WebSocket's life: who is it, hello, then requests in and frames out until either side leaves."""

import asyncio
import time
from functools import partial

import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from chassis.access_tokens import Identity, InvalidToken
from chassis.problems import Problem
from chat_service import commands, limits, metrics, notices, protocol, scopes
from chat_service.errors import ChatError, Close, HelloRequired, Internal, Invalid, Malformed, Unavailable
from chat_service.events import Person
from chat_service.following import Following
from chat_service.outbox import Outbox
from chat_service.protocol import BadFrame
from chat_service.replica import Replica
from chat_service.signalling import SignalCommand
from chat_service.store import StoreUnavailable

log = structlog.get_logger(__name__)

MAX_REQUESTS_UNDER_WAY = 64  # per connection; past it, nothing more is read until one is answered
MAX_REPLAY_EVENTS = 1000  # per room on resume; further behind, a page is cheaper for everybody
REPLAY_FRAME_EVENTS = 100
REPLAY_PATIENCE_SECONDS = 10.0  # for a client to take one frame of its replay
CLOSE_TIMEOUT_SECONDS = 2.0
MAX_CONNECTIONS_A_PERSON = 50  # on this replica: tabs, phones and bots of one; each costs what a person's first does


class Connection:
    """A client that has proved who it is; `serve` runs its whole life."""

    def __init__(self, replica: Replica, socket: web.WebSocketResponse, transport: asyncio.Transport) -> None:
        self.outbox = Outbox(self._cut_off)
        self._replica = replica
        self._socket = socket
        self._transport = transport
        self._requests: set[asyncio.Task[None]] = set()
        self._expiry: asyncio.TimerHandle | None = None
        self._closing: asyncio.Task[None] | None = None
        self._closed_by_us = False

    async def serve(self, identity: Identity) -> None:
        """From hello to goodbye."""
        self.identity = identity
        self.renamed()
        self._replica.connections.add(self)
        try:
            if hello := await self._hello():
                await self._take_part(hello)
        except (ChatError, StoreUnavailable) as error:  # no request to answer yet, so the close code says it
            log.warning("connection not greeted", person=identity.person, reason=str(error))
            await self._refuse(Close.UNAVAILABLE)
        except ConnectionError:  # the client left while we spoke
            pass
        except Exception:  # a programming error ends this connection, not the replica
            log.exception("connection failed", person=identity.person)
            await self.close(Close.INTERNAL)
        finally:
            self._replica.connections.remove(self)

    @property
    def person(self) -> Person:
        """Who it is; known once it is served."""
        return self._person

    def renamed(self) -> None:
        """Go on by the name that the person has now, whatever the token says."""
        self._visitor = self._replica.renames.visitor(self.identity)
        self._person = self._visitor.person

    async def close(self, code: Close) -> None:
        """Close politely, or at once if the client isn't reading."""
        self._closed_by_us = True
        self.outbox.close()  # RFC 6455: nothing follows a close frame
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_SECONDS):
                await self._socket.close(code=code, message=code.name.lower().encode())
        except TimeoutError:  # the close frame is stuck behind what the client doesn't read
            self._transport.abort()

    async def _hello(self) -> commands.Hello | None:
        try:
            async with asyncio.timeout(limits.HELLO_TIMEOUT_SECONDS):
                async for message in self._socket:
                    try:
                        command = _decode(message.type, message.data)
                        if isinstance(command, commands.Hello):
                            return command
                        raise BadFrame(HelloRequired("Say hello first."), getattr(command, "id", None))
                    except BadFrame as bad:
                        await self._socket.send_frame(_error(bad.error, bad.id), WSMsgType.TEXT)
        except TimeoutError:  # a socket that says nothing is a socket that somebody else could have
            await self._refuse(Close.HELLO_TIMEOUT)
        return None

    async def _refuse(self, code: Close) -> None:
        metrics.HANDSHAKES.labels(code.name.lower()).inc()
        await self.close(code)

    async def _take_part(self, hello: commands.Hello) -> None:
        replica = self._replica
        following = self._following = Following(
            self._person.id,
            self.outbox,
            hub=replica.hub,
            attendance=replica.attendance,
            summaries=replica.summaries,
            give_up=partial(self._close_soon, Close.UNAVAILABLE),
        )
        if replica.attendance.connections(self._person.id) >= MAX_CONNECTIONS_A_PERSON:
            await self._refuse(Close.TOO_MANY_CONNECTIONS)
            return
        self.outbox.open_to(self._transport)
        replica.presence.arrive(self._person.id)
        try:
            await replica.lobby.arrive(self._visitor, following)
            self._close_at_expiry()
            await self._greet(hello)
            await self._read()
        finally:
            replica.attendance.leave(self._person.id, following)
            following.end()
            self._farewell()
            if self._requests:  # what was asked for before the client left is done, even if nobody waits for it here
                await asyncio.wait(self._requests)

    async def _greet(self, hello: commands.Hello) -> None:
        resume = hello.resume if hello.resume and hello.resume.epoch == self._replica.epoch else None
        seen = resume.rooms if resume else {}
        rooms = await self._following.begin(seen)
        self._put(
            notices.Welcome(
                you=self._person,
                admin=self._visitor.admin,
                replica=self._replica.name,
                epoch=self._replica.epoch,
                expires_in=int(self._seconds_left()),
                rooms=rooms,
                heartbeat=limits.HEARTBEAT_SECONDS,
                limits=notices.Limits(),
            )
        )
        self._replica.connections.greeted(self)
        metrics.HANDSHAKES.labels("resumed" if resume else "new").inc()
        self._following.welcomed()
        for room in rooms:
            if room.id in seen:
                await self._replay(room.id, seen[room.id], room.head)
            self._following.release(room.id)

    async def _replay(self, room: str, seq: int, head: int) -> None:
        if not 0 <= head - seq <= MAX_REPLAY_EVENTS:
            self._put(notices.Limited(room=room, head=head))
            return
        # In pieces, each taken before the next is read: a thousand long messages at once are more than it is owed.
        while seq < head and self._following.follows(room):
            missed = await self._replica.history.since(room, seq, min(head, seq + REPLAY_FRAME_EVENTS))
            if not missed or not self._following.follows(room):  # they were removed while we read
                return
            self._put(notices.Events(room=room, events=missed))
            seq = missed[-1].seq
            await self._taken()

    async def _taken(self) -> None:
        """Wait until the client has what it was sent, or cut it off."""
        try:
            async with asyncio.timeout(REPLAY_PATIENCE_SECONDS):
                await self.outbox.drained()
        except TimeoutError:  # it doesn't read
            self.outbox.give_up()

    async def _read(self) -> None:
        async for message in self._socket:
            received = time.perf_counter()
            try:
                command = _decode(message.type, message.data)
            except BadFrame as bad:
                self.outbox.put(_error(bad.error, bad.id))
                continue
            if isinstance(command, SignalCommand):  # not answered, and each instead of the one before
                if scopes.needed(str(command.__struct_config__.tag)) in self.identity.scopes:
                    await self._replica.signalling.receive(self, self._visitor, command)
                continue
            while len(self._requests) >= MAX_REQUESTS_UNDER_WAY:
                await asyncio.wait(self._requests, return_when=asyncio.FIRST_COMPLETED)
            # A task each, begun in the order of the frames: sends pipeline, and keep their order in the log.
            request = asyncio.create_task(self._answer(command, received))
            self._requests.add(request)
            request.add_done_callback(self._requests.discard)
        await asyncio.sleep(0)  # what came in one breath with the goodbye begins while its sender is known here

    async def _answer(self, command: commands.AnyCommand, received: float) -> None:
        request_id = getattr(command, "id", None)
        try:
            scopes.check(self.identity.scopes, command)
            self._put(await self._perform(command))
            if isinstance(command, commands.Send):
                metrics.ACKNOWLEDGEMENT_SECONDS.observe(time.perf_counter() - received)
        except ChatError as error:
            self.outbox.put(_error(error, request_id))
        except Exception:  # a programming error ends this request only
            log.exception("request failed", op=type(command).__name__, person=self._person.id)
            self.outbox.put(_error(Internal(), request_id))

    async def _perform(self, command: commands.AnyCommand) -> notices.Notice:
        match command:
            case commands.Renew(id=request_id, token=token):
                await self._renew(token)
                return notices.Ok(id=request_id)
            case commands.Ping(id=request_id):
                return notices.Ok(id=request_id)
            case commands.Hello():
                raise HelloRequired("You have said hello already.")
            case _:
                return await self._replica.requests.answer(self._visitor, command)

    async def _renew(self, token: str) -> None:
        try:
            identity = await self._replica.access_tokens.identify(token)
        except InvalidToken:
            raise Invalid("This token is expired or not ours.", field="token") from None
        except Problem:  # no keys to verify it with
            raise Unavailable from None
        if (identity.person, identity.session) != (self.identity.person, self.identity.session):
            raise Invalid("This token is of another session.", field="token")
        self.identity = identity
        self._close_at_expiry()
        self.renamed()  # and who administers may have changed, or a link into a room was accepted
        await self._replica.lobby.visit(self._visitor)

    def _close_at_expiry(self) -> None:
        if self._expiry:
            self._expiry.cancel()
        loop = asyncio.get_running_loop()
        self._expiry = loop.call_later(self._seconds_left(), self._close_soon, Close.TOKEN_EXPIRED)

    def _close_soon(self, code: Close) -> None:
        self._closing = asyncio.create_task(self.close(code))

    def _seconds_left(self) -> float:
        return max(0.0, self.identity.expires_at - time.time())

    def _farewell(self) -> None:
        if self._expiry:
            self._expiry.cancel()
        self._replica.signalling.leave(self)
        # RFC 6455: 1000 is a normal closure. It is also what aiohttp notes when it was us who closed.
        said_goodbye = self._socket.close_code == WSCloseCode.OK and not self._closed_by_us
        self._replica.presence.leave(self._person.id, for_good=said_goodbye)

    def _put(self, notice: notices.Notice) -> None:
        self.outbox.put(protocol.encode(notice))

    def _cut_off(self) -> None:
        log.warning("reader cut off", person=self._person.id)
        self._transport.abort()


def _decode(kind: WSMsgType, data: object) -> commands.AnyCommand:
    if kind is not WSMsgType.TEXT or not isinstance(data, str):
        raise BadFrame(Malformed("Send text frames, not binary ones."))
    return protocol.decode(data)


def _error(error: ChatError, request_id: str | None) -> bytes:
    return protocol.encode(
        notices.Error(
            id=request_id, code=error.code, message=error.message, field=error.field, retry_after=error.retry_after
        )
    )
