"""Which broker this run has: the one given, the system's RabbitMQ, or none and so one chat replica."""

import os

from standalone import packages, rabbitmq
from standalone.problem import Problem

PACKAGE = "rabbitmq-server"


def own_broker() -> bool:
    """Whether RabbitMQ runs as a part, installing it where that can be done without asking."""
    if os.environ.get("AMQP_URL"):
        print("Using the RabbitMQ at AMQP_URL")
        return False
    if rabbitmq.found():
        return True
    if not packages.can_install():
        return False
    try:
        packages.install(PACKAGE, daemon=PACKAGE)
    except Problem as problem:  # no network, a broken mirror: Parley runs without, and says so
        print(f"RabbitMQ could not be installed: {problem}", *problem.details, sep="\n  ")
    return rabbitmq.found()


def without(replicas: int) -> None:
    """Say what it means to have no broker."""
    fewer = f" instead of {replicas}" if replicas > 1 else ""
    print(f"No RabbitMQ here: one chat replica{fewer}. `sudo apt install {PACKAGE}`, then `make run`, gives more.")
