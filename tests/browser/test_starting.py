"""A page of which a part is lost on the way."""

from playwright.async_api import Route, expect

from tests.browser.people import Visit


async def test_a_page_that_loses_one_of_its_files_loads_itself_until_it_has_them_all(visit: Visit) -> None:
    ada = await visit()
    await ada.sign_up()
    losses = iter(range(10))  # two for each load: the preload, and the import that asks again

    async def lose(route: Route) -> None:
        if next(losses, None) is None:
            await route.continue_()
        else:
            await route.abort()

    await ada.page.route("**/js/typing.js", lose)
    await ada.open("/rooms/lobby")
    await ada.arrived()
    assert next(losses, None) is None


async def test_a_page_that_lost_what_would_load_it_again_says_so(visit: Visit) -> None:
    ada = await visit(service_workers="block")
    await ada.register()

    async def lose(route: Route) -> None:
        await route.abort()

    await ada.page.route("**/js/*.js", lose)
    await ada.page.reload()
    await expect(ada.page.get_by_text("Parley has not started")).to_be_visible(timeout=15_000)
    await ada.page.unroute("**/js/*.js")
    await ada.page.get_by_role("link", name="Load it again").click()
    await ada.arrived()
    await expect(ada.page.get_by_text("Parley has not started")).to_have_count(0)
