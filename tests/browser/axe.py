"""axe-core on what a browser shows."""

from pathlib import Path
from typing import Literal

from tests.browser.people import Visitor

AXE = Path(__file__).parents[1] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RUN = "(options) => axe.run(document, {resultTypes: ['violations'], ...options}).then((found) => found.violations)"
COLOURS = {"runOnly": ["color-contrast"]}  # all that the other theme changes


async def finds_nothing(person: Visitor, screen: str) -> None:
    """On what is shown now, in both themes."""
    if not await person.page.evaluate("'axe' in window"):
        await person.page.evaluate(AXE.read_text())  # by the debugger: the page's policy lets no script in
    themes: dict[Literal["dark", "light"], dict[str, list[str]]] = {"dark": COLOURS, "light": {}}
    for theme, rules in themes.items():
        await person.page.emulate_media(color_scheme=theme)
        await person.page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {})))")
        found = [
            f"{one['id']}: {node['html'][:200]}"
            for one in await person.page.evaluate(RUN, rules)
            for node in one["nodes"]
        ]
        assert found == [], f"{screen}, {theme}"
