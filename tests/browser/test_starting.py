"""A page of which a part is lost on the way."""

from playwright.async_api import Route, expect

from tests.browser.people import Visit


async def lose(route: Route) -> None:
    await route.abort()


async def test_a_page_that_lost_a_file_loads_itself_again(visit: Visit) -> None:
    ada = await visit(service_workers="block")
    await ada.register()
    async with ada.page.expect_event("requestfailed"):
        await ada.page.route("**/js/room.js", lose, times=1)
        await ada.page.reload()
    await ada.arrived()
    await expect(ada.page.locator("#not-started")).to_have_count(0)


async def test_a_page_that_lost_what_would_load_it_again_says_so(visit: Visit) -> None:
    ada = await visit(service_workers="block", color_scheme="dark")
    await ada.register()
    await ada.page.route("**/js/*.js", lose)
    await ada.page.reload()
    await expect(ada.page.get_by_text("Parley has not started")).to_be_visible(timeout=15_000)
    await ada.page.unroute("**/js/*.js")
    await ada.page.get_by_role("link", name="Load it again").click()
    await ada.arrived()
