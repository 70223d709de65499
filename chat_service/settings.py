"""What a chat replica is told."""

import socket
from urllib.parse import urljoin

from pydantic import Field

from chassis.settings import ServiceSettings


class ChatSettings(ServiceSettings):
    mongo_database: str = "chat"
    jwks_url: str = Field(description="where auth publishes its public keys", pattern=r"^https?://")
    replica: str = Field(
        default_factory=socket.gethostname, description="this replica's name; no two may share one", min_length=1
    )
    amqp_exchange: str = Field(
        "parley.events", description="the exchange between replicas; one for each Parley that shares a broker"
    )
    writes_per_second: float = Field(
        20.0, gt=0, description="how many messages and changes one person may make in the long run"
    )
    rooms_per_second: float = Field(
        1.0, gt=0, description="how many rooms one person may make, open, join or bring others into in the long run"
    )
    sockets_per_address: int = Field(
        1000, gt=0, description="how many sockets an address may have at once, of all who share it, on each replica"
    )
    presence_grace_seconds: float = Field(30.0, gt=0, description="how long somebody without a socket is still here")

    @property
    def account_changes_url(self) -> str:
        """Beside its keys, auth publishes what changes about people and sessions."""
        return urljoin(self.jwks_url, "/internal/account-changes")
