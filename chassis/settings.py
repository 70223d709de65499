"""Settings from the environment and from secret files, read once at the start.

A setting `mongo_url` comes from the variable `MONGO_URL` or from a file `mongo_url` in the folder `SECRETS_DIR`
(Docker's and Kubernetes' convention); the variable wins.
"""

import os
import re
import sys
from pathlib import Path
from typing import Annotated, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

DEFAULT_SECRETS_DIR = "/run/secrets"
EXIT_CODE_USAGE = 2
DEFAULT_PORTS = {"http": 80, "https": 443}
HOST_SHAPE = re.compile(r"[a-z0-9._-]+|[a-f0-9:.]+")  # browsers write a host with other letters as xn--...


def _origin(url: str) -> str:
    """The origin as browsers write it, since their `Origin` header is compared with it letter by letter."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if (
        parts.scheme not in DEFAULT_PORTS
        or not HOST_SHAPE.fullmatch(host)
        or parts.path not in {"", "/"}
        or parts.query
        or parts.fragment
        or parts.username is not None
    ):
        raise ValueError("must be an origin like https://chat.example.org, in ASCII and without a path")
    port = "" if parts.port in {None, DEFAULT_PORTS[parts.scheme]} else f":{parts.port}"
    return f"{parts.scheme}://[{host}]{port}" if ":" in host else f"{parts.scheme}://{host}{port}"


Origin = Annotated[str, AfterValidator(_origin)]
Port = Annotated[int, Field(ge=1, le=65535)]


class ServiceSettings(BaseSettings):
    """What each service is told by whoever runs it."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    host: str = Field("127.0.0.1", description="address to listen on")
    port: Port = Field(description="port for what the gateway routes here")
    ops_port: Port = Field(description="port for health and metrics, not for the public")
    public_url: Origin = Field(description="the one address people open")
    mongo_url: str = Field(description="mongodb:// address", pattern=r"^mongodb(\+srv)?://", repr=False)
    amqp_url: str | None = Field(None, description="amqp:// address", pattern=r"^amqps?://", repr=False)
    amqp_accounts_exchange: str = Field(
        "parley.accounts", description="where auth wakes chat; one for each Parley that shares a broker"
    )
    trusted_proxies: int = Field(
        1, ge=0, le=10, description="how many proxies in front append to X-Forwarded-For: 1 is the gateway alone"
    )
    leave_seconds: float = Field(0.0, ge=0, le=60, description="how long to serve on, unready, when told to stop")
    otel_exporter_otlp_endpoint: str | None = Field(
        None, description="where traces go; without it none are made", pattern=r"^https?://"
    )
    log_format: Literal["auto", "json", "console"] = "auto"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @property
    def tls(self) -> bool:
        """Whether people reach Parley by https."""
        return self.public_url.startswith("https://")


SettingsT = TypeVar("SettingsT", bound=BaseSettings)


def load(settings: type[SettingsT]) -> SettingsT:
    """Read the settings, or end the process with every wrong or missing one named.

    Raises:
        SystemExit: with code 2, after one line for each problem on standard error.
    """
    secrets = Path(os.environ.get("SECRETS_DIR") or DEFAULT_SECRETS_DIR)
    try:
        return settings(_secrets_dir=secrets if secrets.is_dir() else None)
    except ValidationError as problems:  # the operator's mistake: words, not a traceback
        for problem in problems.errors():
            name = "_".join(str(part) for part in problem["loc"]).upper()
            reason = "is not set" if problem["type"] == "missing" else problem["msg"].removeprefix("Value error, ")
            print(f"setting {name}: {reason}", file=sys.stderr)  # noqa: T201 - logging is not set up yet
        raise SystemExit(EXIT_CODE_USAGE) from None
