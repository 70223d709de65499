"""`python -m standalone.web`: Parley behind the one $PORT that a host gives, with database and broker elsewhere.

For hosts that read a Procfile (Heroku, Dokku and the like), whose router knows one kind of process. So each is whole,
with a gateway, an auth and chat replicas of its own, and any number of them is one Parley: all that they share is in
the database and goes through the broker.
"""

import socket
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.settings import Origin, load
from deploy.gateway_files import networks
from standalone import machine
from standalone.launch import launch
from standalone.parts import Part, environment, services
from standalone.plan import MAX_REPLICAS, PORT_MAX, PORT_MIN, Plan
from standalone.problem import Problem


def _networks(text: str) -> str:
    networks(text)  # which says what is wrong with it
    return text


class WebSettings(BaseSettings):
    """What this itself needs to know; the services check what is theirs."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    port: int = Field(ge=PORT_MIN, le=PORT_MAX, description="given by the host; the ten above it are used too, inside")
    log_format: Literal["json", "console"] = "json"
    public_url: Origin = Field(description="the one address people open")
    amqp_url: str = Field(description="where all the replicas meet", repr=False)
    auth_database: str = Field("auth", description="one for each Parley that shares a MongoDB")
    chat_database: str = Field("chat", description="the same")
    web_concurrency: int = Field(1, ge=1, description="how many chat replicas this is to have, nine at most")
    trusted_ips: Annotated[str, AfterValidator(_networks)] = Field(
        "", description="the host's router, whose X-Forwarded-For is believed"
    )
    trusted_proxies: int | None = Field(None, ge=0, le=10, description="as of the services")


def main() -> int:
    """Exit code: 0 after a stop that was asked for, 1 after a problem, 2 for settings that are wrong."""
    settings = load(WebSettings)
    with tempfile.TemporaryDirectory(prefix="parley-") as data:  # nothing here outlives the process
        plan = Plan(
            settings.port,
            Path(data),
            min(settings.web_concurrency, MAX_REPLICAS),  # hosts set it by themselves, for how much memory there is
            public_url=settings.public_url,
            host="",
            name=f"{socket.gethostname()}-",
        )
        try:
            machine.check_kind()
            machine.check_ports(plan, with_broker=False)
            launch(plan, parts(plan, settings), verbose=True)
        except Problem as problem:  # for who reads the log: one line, and its evidence below
            print(f"✗ {problem}", *(f"    {line}" for line in problem.details), sep="\n", flush=True)
            return 1
    return 0


def parts(plan: Plan, settings: WebSettings) -> list[Part]:
    """The services and the gateway, each with no more secrets than it needs."""
    # The gateway appends the router's address to what the router says.
    proxies = settings.trusted_proxies if settings.trusted_proxies is not None else 1 + bool(settings.trusted_ips)
    told = {"TRUSTED_PROXIES": str(proxies), "LOG_FORMAT": settings.log_format}
    auth = environment(verbose=False) | told | {"MONGO_DATABASE": settings.auth_database}
    chat = _without(auth, {"AUTH_SECRET"}) | {"MONGO_DATABASE": settings.chat_database}
    return services(plan, auth, chat, _without(chat, {"MONGO_URL", "AMQP_URL"}), networks(settings.trusted_ips))


def _without(told: dict[str, str], names: set[str]) -> dict[str, str]:
    return {name: value for name, value in told.items() if name not in names}


if __name__ == "__main__":
    sys.exit(main())
