"""Where everything is: one public port gives every other, one folder holds all that is kept.

Each service has a loopback address of its own, so all of them use the same ports, as they do in containers.
"""

from dataclasses import dataclass
from pathlib import Path

PORTS_USED = 11  # another run needs a PORT at least this far away
PORT_MIN = 1024  # below, Linux asks for root
PORT_MAX = 65535 - PORTS_USED
MAX_REPLICAS = 9  # addresses 127.0.0.31 to .39

GATEWAY_HOST = "127.0.0.1"
AUTH_HOST = "127.0.0.21"
CHAT_HOST = "127.0.0.3{number}"
MONGODB_HOST = "127.0.0.41"
RABBITMQ_HOST = "127.0.0.51"
EPMD_HOST = "127.0.0.1"  # Erlang's port mapper always listens here


@dataclass(frozen=True)
class Plan:
    """`port` is the gateway's, `data` an absolute folder, `replicas` the number of chat processes.

    `public_url` is what people open, `host` where the gateway listens (everywhere if empty), `name` what the names of
    replicas begin with: all three for a process that is one of several behind a router (`standalone/web.py`).
    """

    port: int
    data: Path
    replicas: int
    public_url: str = ""
    host: str = GATEWAY_HOST
    name: str = ""

    def __post_init__(self) -> None:
        if not self.public_url:
            object.__setattr__(self, "public_url", f"http://localhost:{self.port}")  # as frozen dataclasses do it

    @property
    def gateway(self) -> tuple[str, int]:
        return self.host, self.port

    @property
    def gateway_ping(self) -> tuple[str, int]:
        return GATEWAY_HOST, self.port + 4

    @property
    def auth(self) -> tuple[str, int]:
        return AUTH_HOST, self.port + 1

    @property
    def chats(self) -> list[tuple[str, int]]:
        return [(CHAT_HOST.format(number=number), self.port + 2) for number in range(1, self.replicas + 1)]

    @property
    def ops_port(self) -> int:
        """Health and metrics of each service, on its own address."""
        return self.port + 3

    @property
    def mongodb(self) -> tuple[str, int]:
        return MONGODB_HOST, self.port + 7

    @property
    def rabbitmq(self) -> tuple[str, int]:
        return RABBITMQ_HOST, self.port + 8

    @property
    def epmd(self) -> tuple[str, int]:
        return EPMD_HOST, self.port + 9

    @property
    def erlang_distribution(self) -> tuple[str, int]:
        return EPMD_HOST, self.port + 10

    def addresses(self, *, with_broker: bool) -> dict[tuple[str, int], str]:
        """Every address that will be listened on, and for what."""
        services = [self.auth, *self.chats]
        named = {
            self.gateway: "the page itself",
            self.gateway_ping: "the gateway's ping",
            self.auth: "auth",
            **dict.fromkeys(self.chats, "chat"),
            **{(host, self.ops_port): "health checks" for host, _ in services},
            self.mongodb: "MongoDB",
        }
        if with_broker:
            named |= {self.rabbitmq: "RabbitMQ", self.epmd: "epmd", self.erlang_distribution: "Erlang"}
        return named

    @property
    def secrets(self) -> Path:
        return self.data / "secrets"

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def run(self) -> Path:
        """What is made anew at each start."""
        return self.data / "run"
