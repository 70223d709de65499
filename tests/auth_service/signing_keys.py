"""Replicas that sign with the keys of one database, and what they publish."""

from auth_service.keys import Keys
from chassis.mongo import Database
from tests.auth_service.clock import Clock

SECRET = "a long and random secret"


async def replica(database: Database, clock: Clock, secret: str = SECRET) -> Keys:
    keys = Keys(database, secret, clock)
    await keys.prepare()
    return keys


def published(keys: Keys) -> list[str]:
    return [key["kid"] for key in keys.jwks["keys"]]
