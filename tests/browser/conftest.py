from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.people import Visit, visiting
from tests.running import Parley


@pytest_asyncio.fixture(loop_scope="session")
async def visit(chromium: Browser, parley: Parley) -> AsyncIterator[Visit]:
    """Opens a browser for somebody: `ada = await visit()`."""
    async with visiting(chromium, parley.url) as visit:
        yield visit
