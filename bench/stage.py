"""What every scenario is given: servers, a database of its own, people's tokens, and replicas to start."""

from contextlib import AbstractAsyncContextManager

import msgspec

from bench import replicas
from bench.replicas import Replica
from bench.tokens import Issuer

PUBLIC_URL = "http://localhost:8420"
_FOR_MANY = "1000000"
_LIMITS = {
    "ROOMS_PER_SECOND": _FOR_MANY,
    "SOCKETS_PER_ADDRESS": _FOR_MANY,  # all of the bench's clients come from one
    "WRITES_PER_SECOND": _FOR_MANY,  # its few senders stand for many people
}


class Baselines(msgspec.Struct, frozen=True):
    """Deliveries/s of the same machine in the same run."""

    raw: float
    naive: float


class Stage(msgspec.Struct, frozen=True):
    """`told` is the environment of each replica; they all run on `server_core`."""

    issuer: Issuer
    mongo_url: str
    database: str
    told: dict[str, str]
    server_core: int
    baselines: Baselines

    def replicas(self, count: int, database: str = "") -> AbstractAsyncContextManager[list[Replica]]:
        """That many replicas, on the stage's database or another."""
        return replicas.running(count, self.told | {"MONGO_DATABASE": database or self.database}, self.server_core)


def told(mongo_url: str, amqp_url: str, jwks_url: str, **others: str) -> dict[str, str]:
    """The environment of a replica that works with these servers and holds the bench's few people to no limit."""
    return {
        "PUBLIC_URL": PUBLIC_URL,
        "MONGO_URL": mongo_url,
        "AMQP_URL": amqp_url,
        "JWKS_URL": jwks_url,
        **_LIMITS,
        **others,
    }
