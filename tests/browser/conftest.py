from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.axe import AXE
from tests.browser.people import Visit, visiting
from tests.conftest import missing
from tests.deployment import Deployment


@pytest_asyncio.fixture(loop_scope="session")
async def visit(chromium: Browser, deployment: Deployment) -> AsyncIterator[Visit]:
    """Opens a browser for somebody: `ada = await visit()`."""
    async with visiting(chromium, deployment.url) as visit:
        yield visit


@pytest.fixture
def axe() -> None:
    if not AXE.exists():
        missing("axe-core is not installed: `make web-tools` does it where npm is")
