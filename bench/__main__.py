"""`make bench`: run the scenarios, print JSON lines and a table. Some minutes; it stops by itself."""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager

import uvloop

from bench import baselines, commit, crowd, fan_out, growth, replicas
from bench.fan_out import Baselines
from bench.figures import Figure, report
from bench.tokens import Issuer
from chassis import mongo
from tests import services

PUBLIC_URL = "http://localhost:8420"
SCENARIOS = ("fan-out", "commit", "crowd", "growth")
FAN_OUT_RATES = (100, 400, 800)  # messages/s to 1,000 members


async def run(scenarios: list[str], mongo_url: str, amqp_url: str) -> list[Figure]:
    server_core, generator_core = min(os.sched_getaffinity(0)), max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {generator_core})
    measured = Baselines(
        raw=await baselines.deliveries_a_second("raw", server_core),
        naive=await baselines.deliveries_a_second("naive", server_core),
    )
    figures = [
        Figure("baseline", "one raw send() for each delivery", measured.raw, "/s"),
        Figure("baseline", "naive aiohttp loop", measured.naive, "/s"),
    ]
    issuer = Issuer(PUBLIC_URL)
    async with issuer.published() as jwks_url, AsyncExitStack() as databases:
        told = {
            "PUBLIC_URL": PUBLIC_URL,
            "MONGO_URL": mongo_url,
            "MONGO_DATABASE": await databases.enter_async_context(_database(mongo_url, f"bench-{os.getpid()}")),
            "AMQP_URL": amqp_url,
            "JWKS_URL": jwks_url,
        }
        if "fan-out" in scenarios:
            for rate in FAN_OUT_RATES:
                async with replicas.running(1, told, server_core) as [replica]:
                    figures += await fan_out.measure(replica, issuer, rate, measured)
        if "commit" in scenarios:
            for count in (1, 3):
                async with replicas.running(count, told, server_core) as some:
                    figures += await commit.measure(some, issuer)
        if "crowd" in scenarios:
            async with replicas.running(1, told, server_core) as [replica]:
                figures += await crowd.measure(replica, issuer, mongo_url)
        if "growth" in scenarios:
            medians = []
            for size in (growth.FEW, growth.MANY):
                name = f"{told['MONGO_DATABASE']}-{size}"
                database = await databases.enter_async_context(_database(mongo_url, name))
                await growth.seed(mongo_url, database, size)
                async with replicas.running(1, told | {"MONGO_DATABASE": database}, server_core) as [replica]:
                    medians.append(await growth.times(replica, issuer, size))
            figures += growth.compare(*medians)
    return figures


@asynccontextmanager
async def _database(mongo_url: str, name: str) -> AsyncIterator[str]:
    """A database that is dropped in the end."""
    yield name
    async with mongo.connect(mongo_url, name) as database:
        await database.client.drop_database(name)


def main() -> None:
    arguments = argparse.ArgumentParser(prog="bench", description=__doc__)
    arguments.add_argument("scenarios", nargs="*", default=SCENARIOS, help=f"of {', '.join(SCENARIOS)}")
    asked = arguments.parse_args()
    if unknown := set(asked.scenarios) - set(SCENARIOS):
        sys.exit(f"unknown scenario {', '.join(sorted(unknown))}: there are {', '.join(SCENARIOS)}")
    with ExitStack() as servers, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        mongo_url, amqp_url = services.mongodb(servers), services.rabbitmq(servers)
        report(runner.run(run(asked.scenarios, mongo_url, amqp_url)))


if __name__ == "__main__":
    main()
