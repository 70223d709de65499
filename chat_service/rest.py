"""The same for programs that only ask: JSON under `/api/`."""

from aiohttp import web

from chassis import access_tokens, json_bodies
from chassis.access_tokens import Identity, InvalidToken
from chassis.problems import Problem
from chat_service.errors import Unavailable
from chat_service.events import Person
from chat_service.lobby import LOBBY
from chat_service.replica import REPLICA


class Rooms(web.View):
    """`GET /api/rooms`: the rooms one is in, as {"rooms": [{id, name, kind}]}."""

    async def get(self) -> web.Response:
        identity = await authenticated(self.request)
        try:
            found = await self.request.app[REPLICA].lobby.rooms_of(Person(identity.person, identity.name))
        except Unavailable as error:
            raise Problem(503, error.code, error.message, headers={"Retry-After": "1"}) from None
        # Everybody is in the lobby, whether or not they have been there yet.
        rooms = {LOBBY.id: LOBBY} | {room.id: room for room in found}
        return json_bodies.answer({"rooms": list(rooms.values())})


async def authenticated(request: web.Request) -> Identity:
    """Who asks.

    Raises:
        Problem: 401 `unauthenticated`.
    """
    try:
        return await request.app[REPLICA].access_tokens.identify(access_tokens.presented(request) or "")
    except InvalidToken:
        raise Problem(401, "unauthenticated", "Please sign in.", headers={"WWW-Authenticate": "Bearer"}) from None
