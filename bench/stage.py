"""What every scenario is given: servers, a database of its own, people's tokens, and replicas to start."""

from contextlib import AbstractAsyncContextManager

import msgspec

from bench import replicas
from bench.replicas import Replica
from bench.tokens import Issuer


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
