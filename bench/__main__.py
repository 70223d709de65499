"""`make bench`: run the scenarios, print JSON lines and a table. Some minutes; it stops by itself.

`make bench ARGS="commit storm"` runs those. MONGO_URL and AMQP_URL name servers to use instead of its own.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager

import playwright.async_api
import uvloop

from bench import accounts, baselines, browser, commit, crowd, fan_out, growth, latency
from bench.figures import Figure, report
from bench.stage import PUBLIC_URL, Baselines, Stage, told
from bench.tokens import Issuer
from chassis import mongo
from tests import services

SCENARIO_SECONDS = 300.0  # the longest that one may take, whatever goes wrong
SCENARIOS: dict[str, Callable[[Stage], AsyncIterator[list[Figure]]]] = {
    "fan-out": fan_out.measure,
    "commit": commit.measure,
    "latency": latency.measure,
    "connect": crowd.connect,
    "storm": crowd.storm,
    "growth": growth.measure,
    "sign-in": accounts.measure,
    "browser": browser.measure,
}


async def run(scenarios: list[str], mongo_url: str, amqp_url: str) -> bool:
    """Measure and report; returns whether every scenario came to its end."""
    server_core, generator_core = min(os.sched_getaffinity(0)), max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {generator_core})
    measured = Baselines(
        raw=await baselines.deliveries_a_second("raw", server_core),
        naive=await baselines.deliveries_a_second("naive", server_core),
    )
    report(
        [
            Figure("baseline", "one raw send() for each delivery", measured.raw, "/s"),
            Figure("baseline", "naive aiohttp loop", measured.naive, "/s"),
        ]
    )
    issuer = Issuer(PUBLIC_URL)
    finished = True
    async with issuer.published() as jwks_url:
        environment = told(mongo_url, amqp_url, jwks_url)
        for name in scenarios:
            async with _database(mongo_url, f"bench-{os.getpid()}-{name}") as database:
                stage = Stage(issuer, mongo_url, database, environment, server_core, measured)
                try:
                    async with asyncio.timeout(SCENARIO_SECONDS):
                        async for figures in SCENARIOS[name](stage):
                            report(figures)
                except (
                    TimeoutError,
                    OSError,
                    RuntimeError,
                    playwright.async_api.Error,
                ) as reason:  # the others' figures are worth having all the same
                    print(f"{name}: not measured: {reason!r}", file=sys.stderr)
                    finished = False
    return finished


@asynccontextmanager
async def _database(mongo_url: str, name: str) -> AsyncIterator[str]:
    """A database that is dropped in the end."""
    try:
        yield name
    finally:
        async with mongo.connect(mongo_url, name) as database:
            await database.client.drop_database(name)


def main() -> None:
    arguments = argparse.ArgumentParser(prog="bench", description=__doc__)
    arguments.add_argument("scenarios", nargs="*", default=list(SCENARIOS), help=f"of {', '.join(SCENARIOS)}")
    asked = arguments.parse_args()
    if unknown := set(asked.scenarios) - set(SCENARIOS):
        sys.exit(f"unknown scenario {', '.join(sorted(unknown))}: there are {', '.join(SCENARIOS)}")
    with ExitStack() as servers, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        mongo_url, amqp_url = services.mongodb(servers), services.rabbitmq(servers)
        finished = runner.run(run(asked.scenarios, mongo_url, amqp_url))
    sys.exit(0 if finished else 1)


if __name__ == "__main__":
    main()
