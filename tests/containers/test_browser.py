"""The browser suite once more: at the port that Compose publishes, with three chat replicas behind it."""

import importlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.people import Visit, visiting
from tests.containers.installation import Installation

pytestmark = pytest.mark.timeout(400)  # the first has to wait for the whole installation

SUITE = Path(__file__).parents[1] / "browser"
# What a browser does by itself does not depend on the way there; the store that a long room is put into is shut here.
ONCE_IS_ENOUGH = {"test_accessibility", "test_installed", "test_long_room", "test_phone", "test_safety"}
REPLICAS = 3


class InContainers:
    """What tests/browser asks of an installation, as `tests.running.Parley` gives it for one without Docker."""

    def __init__(self, installation: Installation, folder: Path) -> None:
        self.url = installation.url
        self._installation = installation
        self._folder = folder

    @property
    def logs(self) -> Path:
        """A file for each container, with what it has said so far."""
        for service in ("auth", "chat", "gateway"):
            for container in self._installation.inspect(service):
                number = container["Config"]["Labels"]["com.docker.compose.container-number"]
                said = self._installation.command("sh", "-c", f"docker logs {container['Id']} 2>&1")
                (self._folder / f"{service}-{number}.log").write_text(said)
        return self._folder

    @property
    def whole(self) -> bool:
        """Whether every replica serves."""
        chats = self._installation.inspect("chat")
        return [chat["State"].get("Health", {}).get("Status") for chat in chats] == ["healthy"] * REPLICAS

    def kill(self, replica: str) -> list[str]:
        """End a replica, by the name it gives itself, which is its container's; it is started again at once."""
        self._installation.command("docker", "kill", "--signal", "KILL", replica)
        self._installation.command("docker", "start", replica)
        return [replica]


@pytest.fixture(scope="module")
def parley(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InContainers]:
    installation.scale(REPLICAS)
    yield InContainers(installation, tmp_path_factory.mktemp("logs"))
    installation.scale(2)


@pytest_asyncio.fixture(loop_scope="session")
async def visit(chromium: Browser, parley: InContainers) -> AsyncIterator[Visit]:
    async with visiting(chromium, parley.url) as visit:
        yield visit


def suite() -> dict[str, object]:
    """The tests of tests/browser: pytest finds them here again, and gives them the fixtures of this module."""
    found: dict[str, object] = {}
    for name in sorted({path.stem for path in SUITE.glob("test_*.py")} - ONCE_IS_ENOUGH):
        module = importlib.import_module(f"tests.browser.{name}")
        tests = {name: value for name, value in vars(module).items() if name.startswith("test_")}
        assert not tests.keys() & found.keys(), "two tests of one name, of which one would not run"
        found |= tests
    return found


globals().update(suite())
