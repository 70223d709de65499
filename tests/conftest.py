"""What every test may ask for: real servers, the whole of Parley, a browser."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import NoReturn

import pytest
import pytest_asyncio
import structlog
from playwright.async_api import Browser
from xdist.scheduler import LoadScopeScheduling

from standalone import rabbitmq as rabbitmq_server
from tests import chromium as chromium_browser
from tests import running, services
from tests.containers.installation import Installation, why_not
from tests.deployment import Deployment

# Where several processes share the work (pytest-xdist), one of them runs all of these, so that what they look at is
# started once: by where they stand, since the process that shares them out knows no more. Containers and browsers both
# in one: while containers come and go the machine's network changes, and a browser gives up what it is loading.
INSTALLATIONS = (
    "tests/containers/",
    "tests/k8s/test_gateway_in_containers.py",
    "tests/k8s/test_stores_in_containers.py",
    "tests/attacks/test_cross_site.py",
    "tests/bench/test_browser.py",
    "tests/browser/",
    "tests/e2e/",
)
STANDALONE = (
    "tests/attacks/test_client_address.py",
    "tests/attacks/test_forged_headers.py",
    "tests/attacks/test_overload.py",
    "tests/e2e/test_standalone.py",
    "tests/parley_client/",
)
GROUPS = {"standalone": STANDALONE, "installations": INSTALLATIONS}  # a test is in the first that names its place


WITH_CONTAINERS = {"installation", "deployment"}
WITH_CONTAINERS_TIMEOUT_SECONDS = 400  # the first of their tests waits until all is built and up


class ByInstallation(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist has no types
    """What looks at the same whole Parley goes to one process, and every other file, with what it starts, to one."""

    def _split_scope(self, nodeid: str) -> str:
        named = (name for name, places in GROUPS.items() if nodeid.startswith(places))
        return next(named, nodeid.partition("::")[0])


@pytest.hookimpl(optionalhook=True)  # pytest-xdist may be turned off
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByInstallation:
    config.option.loadscopereorder = False  # which would begin with the files that have the most tests
    return ByInstallation(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):  # shared, it lives in the loop of the whole session
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
        needed = WITH_CONTAINERS & set(getattr(item, "fixturenames", ()))
        if needed and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(WITH_CONTAINERS_TIMEOUT_SECONDS))
    if hasattr(config, "workerinput"):  # the longest first, or one process would still be at it when all else is done
        items.sort(key=lambda item: (not item.nodeid.startswith(INSTALLATIONS), not item.nodeid.startswith(STANDALONE)))


@pytest.fixture(scope="session", autouse=True)
def _plain_tracebacks() -> None:
    """As the services log: without the variables of each frame, which structlog shows where Rich is installed."""
    *others, _console = structlog.get_config()["processors"]
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*others, plain])


@pytest.fixture(scope="session")
def mongo_url() -> Iterator[str]:
    """A real MongoDB for all tests together: each makes a database of its own in it."""
    with ExitStack() as stack:
        yield _had("MongoDB", partial(services.mongodb, in_ram=True), stack)


@pytest.fixture(scope="session")
def amqp_url() -> Iterator[str]:
    """A real RabbitMQ for all tests together: each uses exchange names of its own."""
    with ExitStack() as stack:
        yield _had("RabbitMQ", services.rabbitmq, stack)


@pytest.fixture(scope="session")
def parley(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[running.Parley]:
    """Parley with two chat replicas, run as `make run` does, for all tests together: leave it working."""
    environment = {}
    if not rabbitmq_server.found():
        environment["AMQP_URL"] = request.getfixturevalue("amqp_url")
    whole = running.start(tmp_path_factory.mktemp("parley"), **environment)
    whole.wait_until_ready()
    yield whole
    whole.stop()


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Parley as `docker compose up` runs it, from scratch, for all tests together. Skips, or fails, without Docker."""
    if reason := why_not():
        missing(f"Docker with Compose can't be had: {reason}")
    with Installation(tmp_path_factory.mktemp("installation")).running() as whole:
        yield whole


@pytest.fixture(scope="session")
def deployment(request: pytest.FixtureRequest) -> Deployment:
    """All of Parley at one address: in containers with three chat replicas; where Docker is not, as `make run` does it.

    One of them, since people see the same in both and the suites that look at it are long. What is particular to either
    has tests of its own: tests/containers, tests/e2e/test_standalone.py, tests/parley_client. Who works on a page and
    doesn't want to wait for images gives MONGO_URL, which means here too that Docker is not asked.
    """
    found: Deployment = request.getfixturevalue("parley" if services.GIVEN_MONGO_URL or why_not() else "installation")
    return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The system's Chromium, headless, for all tests together: each opens contexts of its own, which share nothing."""
    try:
        async with chromium_browser.launched() as browser:
            yield browser
    except FileNotFoundError as error:
        missing(str(error))


def missing(reason: str) -> NoReturn:
    """Skip the test with its reason; where everything has to be there, fail it."""
    if os.environ.get("REQUIRE_SERVICES"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def _had(name: str, get: Callable[[ExitStack], str], stack: ExitStack) -> str:
    try:
        return get(stack)
    except services.UnavailableError as error:  # becomes a skip or a failure, with every reason
        missing(f"{name} can't be had: {error}")
