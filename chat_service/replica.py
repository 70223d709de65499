"""What every connection and handler of this replica works with, as one typed value the application carries."""

import msgspec
from aiohttp import web

from chassis.access_tokens import AccessTokens
from chat_service.access import Access
from chat_service.addresses import Addresses
from chat_service.attendance import Attendance
from chat_service.connections import Connections
from chat_service.export import Export
from chat_service.history import History
from chat_service.hub import Hub
from chat_service.lobby import Lobby
from chat_service.presence import Presence
from chat_service.renames import Renames
from chat_service.requests import Requests
from chat_service.signalling import Signalling
from chat_service.summaries import Summaries
from chat_service.unread import Unread


class Replica(msgspec.Struct, frozen=True, kw_only=True):
    """`name` tells replicas apart; `epoch` is the store's."""

    name: str
    epoch: str
    access: Access
    addresses: Addresses
    attendance: Attendance
    summaries: Summaries
    history: History
    export: Export
    renames: Renames
    unread: Unread
    lobby: Lobby
    requests: Requests
    hub: Hub
    presence: Presence
    signalling: Signalling
    connections: Connections
    access_tokens: AccessTokens


REPLICA = web.AppKey("replica", Replica)
