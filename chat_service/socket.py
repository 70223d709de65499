"""`/ws`: the handshake, and who may have it."""

from aiohttp import web

from chassis import access_tokens, browser_security, client_address
from chassis.access_tokens import ExpiredToken, InvalidToken, RevokedToken
from chassis.problems import Problem
from chat_service import limits, metrics, scopes
from chat_service.connection import Connection
from chat_service.errors import Close
from chat_service.replica import REPLICA, Replica


class Socket(web.View):
    async def get(self) -> web.StreamResponse:
        """Upgrade. A browser can't read a failed handshake's status, so who has no good token is told by a close code.

        Raises:
            Problem: 403 `cross_site`, where a browser brings cookies from a page that isn't ours.
        """
        request = self.request
        # Only a token in the header proves a program: a browser adds other credentials (Basic) to anybody's requests.
        if access_tokens.bearer_token(request) is None:
            browser_security.require_own_origin(request)
        socket = web.WebSocketResponse(
            compress=False,  # 15 KB a connection instead of 109, and half the CPU
            heartbeat=limits.HEARTBEAT_SECONDS,
            max_msg_size=limits.MAX_FRAME_BYTES + 1,  # aiohttp refuses what reaches it
        )
        await socket.prepare(request)
        socket.headers.clear()  # they are sent, and would be kept as long as the socket: 1 KiB
        replica = request.app[REPLICA]
        address = client_address.network(client_address.of(request))
        if not replica.addresses.enter(address):
            return await _refuse(socket, Close.TOO_MANY_CONNECTIONS)
        try:
            return await self._serve(replica, socket)
        finally:
            replica.addresses.leave(address)

    async def _serve(self, replica: Replica, socket: web.WebSocketResponse) -> web.WebSocketResponse:
        request = self.request
        try:
            identity = await replica.access_tokens.identify(access_tokens.presented(request) or "")
        except ExpiredToken:
            return await _refuse(socket, Close.TOKEN_EXPIRED)
        except RevokedToken:
            return await _refuse(socket, Close.SIGNED_OUT)
        except InvalidToken:
            return await _refuse(socket, Close.UNAUTHENTICATED)
        except Problem:  # there are no keys yet to recognise anybody by: come back in a moment
            return await _refuse(socket, Close.UNAVAILABLE)
        if scopes.READ not in identity.scopes:
            return await _refuse(socket, Close.UNAUTHENTICATED)
        if request.transport is not None:  # else the client left during the handshake
            await Connection(replica, socket, request.transport).serve(identity)
        return socket


async def _refuse(socket: web.WebSocketResponse, code: Close) -> web.WebSocketResponse:
    metrics.HANDSHAKES.labels(code.name.lower()).inc()
    await socket.close(code=code, message=code.name.lower().encode())
    return socket
