"""A client for bots and tests: it sends until it is acknowledged, and misses nothing.

async with Client("http://localhost:8420", await sign_in("http://localhost:8420", "ada", password)) as ada:
    await ada.send("lobby", "hello")
    async for event in ada.events():
        print(event.room, event.seq, event.author.name, event.text)
"""

from parley_client.account import Account, SignInRefused, register, sign_in, with_token
from parley_client.client import Client
from parley_client.feeds import Position
from parley_client.frames import Event, Frame, Person
from parley_client.link import Refused, SignedOut

__all__ = [
    "Account",
    "Client",
    "Event",
    "Frame",
    "Person",
    "Position",
    "Refused",
    "SignInRefused",
    "SignedOut",
    "register",
    "sign_in",
    "with_token",
]
