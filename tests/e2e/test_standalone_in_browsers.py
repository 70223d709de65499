"""What `make run` starts, as people see it; the rest of tests/browser looks at the same by containers, where it can."""

from playwright.async_api import Browser

from tests import running
from tests.browser.people import said, visiting


async def test_two_people_at_browsers_hear_each_other(parley: running.Parley, chromium: Browser) -> None:
    async with visiting(chromium, parley.url) as visit:
        ada, bob = await visit(), await visit()
        await ada.register()
        await bob.register()
        text = said()
        await ada.say(text)
        await bob.sees(text)
