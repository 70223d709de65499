"""What people write is shown, never run: in messages, names of rooms and topics."""

import pytest
from playwright.async_api import expect

from tests.browser.people import Visit, said, two_in_a_room

CORPUS = (
    "<script>window.hit = 1</script>",
    "<img src=x onerror=window.hit=1>",
    "<svg/onload=window.hit=1>",
    "<svg><script>window.hit=1</script></svg>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=window.hit=1>",
    "<iframe srcdoc='<script>parent.hit=1</script>'></iframe>",
    "<a href='javascript:window.hit=1' id=chat name=chat>click</a>",
    "[click](javascript:window.hit=1)",
    "[click](JaVaScRiPt&colon;window.hit=1)",
    "[click](data:text/html;base64,PHNjcmlwdD53aW5kb3cuaGl0PTE8L3NjcmlwdD4=)",
    "<javascript:window.hit=1>",
    "![x](x onerror=window.hit=1)",
    '[a](https://example.org/"onmouseover="window.hit=1)',
    "`<img src=x onerror=window.hit=1>`",
    "```html\n<script>window.hit=1</script>\n```",
    '```"onload=window.hit=1\n</code></pre><img src=x onerror=window.hit=1>\n```',
    "<style>body{display:none}</style>",
    "<p style='position:fixed;inset:0' onclick=window.hit=1>over everything</p>",
    "<button formaction=javascript:window.hit=1 autofocus onfocus=window.hit=1>",
    "&lt;img src=x onerror=window.hit=1&gt;",
    "<noscript><p title='</noscript><img src=x onerror=window.hit=1>'>",
    "{{constructor.constructor('window.hit=1')()}}",
    "https://example.org/<img/src/onerror=window.hit=1>",
)  # fmt: skip
FORBIDDEN_ATTRIBUTES = (
    '<a href="https://example.org/" onclick="x" id="a" name="b">a</a>'
    '<span class="mention other" data-person="p" style="x">@p</span>'
)
FOREIGN = """() => [...document.querySelectorAll("#rows *, .pins *, .thread *, #sidebar *, .bar *")].filter((one) =>
  /^(script|img|iframe|style|form|object|embed|math)$/.test(one.localName) && !one.matches("#composer, .composer-form")
  || [...one.attributes].some(({ name, value }) =>
       /^on|^style$|^srcdoc$/.test(name) || /^\\s*(javascript|data):/i.test(value))
).map((one) => one.outerHTML.slice(0, 200))"""


async def test_no_message_becomes_more_than_text_and_marks(visit: Visit) -> None:
    ada, bob, _ = await two_in_a_room(visit)
    for text in CORPUS:
        await ada.say(text)
    last = said()
    await ada.say(last)
    await bob.sees(last)
    await expect(bob.page.locator("#rows .message")).to_have_count(len(CORPUS) + 1)
    for link in await bob.page.locator("#rows .message a").all():
        await link.hover()
    assert await bob.page.evaluate(FOREIGN) == []
    assert await bob.page.evaluate("window.hit") is None
    assert bob.complaints == ada.complaints == []


async def test_no_quote_no_thread_and_no_pin_becomes_more_than_text_and_marks(visit: Visit) -> None:
    ada, bob, _ = await two_in_a_room(visit)
    path = ada.page.url.removeprefix(ada.url)
    for text in CORPUS:
        said_first = await ada.call("POST", f"{path}/events", text=text)
        await bob.call("POST", f"{path}/events", text=text, reply_to=said_first["seq"])
        await ada.call("PUT", f"{path}/pins/{said_first['seq']}")
    await expect(bob.page.locator("#rows .quote")).to_have_count(len(CORPUS))
    await bob.page.click("#pins-toggle")
    await expect(bob.page.locator(".pins .pinned")).to_have_count(len(CORPUS))
    assert await bob.page.evaluate(FOREIGN) == []
    await bob.page.click("#panel-close")
    await bob.page.get_by_role("button", name="1 reply").first.click()
    await expect(bob.page.locator(".thread .message")).to_have_count(2)
    assert await bob.page.evaluate(FOREIGN) == []
    assert await bob.page.evaluate("window.hit") is None
    assert bob.complaints == ada.complaints == []


@pytest.mark.parametrize("text", ["<img src=x onerror=window.hit=1>", "[a](javascript:window.hit=1)"])
async def test_no_name_or_topic_becomes_more_than_text(visit: Visit, text: str) -> None:
    ada = await visit()
    await ada.register()
    await ada.create_room(topic=text)
    await expect(ada.page.locator("#room-topic")).to_have_text(text)
    await ada.page.click("#details-toggle")
    await ada.page.fill("#panel [name=name]", f"{text} {said()[-4:]}")
    await ada.page.get_by_role("button", name="Rename").click()
    await expect(ada.page.locator("#room-title")).to_contain_text(text)
    await ada.page.keyboard.press("Control+k")
    assert await ada.page.evaluate(FOREIGN) == []
    assert await ada.page.evaluate("window.hit") is None
    assert ada.complaints == []


async def test_whatever_markup_comes_only_a_known_list_of_it_reaches_the_page(visit: Visit) -> None:
    ada = await visit()
    await ada.register()
    shown = await ada.page.evaluate(
        """async (corpus) => {
          const script = document.querySelector("script[type=module]").src;
          const { markup } = await import(script.replace("main.js", "views/markup.js"));
          const box = document.createElement("div");
          for (const html of corpus) box.append(markup(html));
          const held = (one) => [...one.attributes].map(({ name, value }) => `${one.localName} ${name}=${value}`);
          return [...box.querySelectorAll("*")].flatMap(held);
        }""",
        [*CORPUS, FORBIDDEN_ATTRIBUTES],
    )  # fmt: skip
    kinds = {held.partition("=")[0] for held in shown}
    assert kinds <= {
        *("a href", "a target", "a rel", "span class", "span data-person"),
        *("div class", "button class", "button type", "button aria-label", "button title", "button data-action"),
        *("svg class", "svg aria-hidden", "use href", "code class"),
    }
    assert not [held for held in shown if held.startswith("a href") and not held.startswith("a href=http")]
