"""Markup: what it understands, and that nothing dangerous comes out of it, whatever goes in."""

import html as entities
import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat_service.events import Person
from chat_service.limits import MAX_TEXT_CHARS
from chat_service.markup import LANGUAGES, MAX_HTML_BYTES, read
from tests.chat_service.xss import XSS

ADA, AL = Person("p-ada", "Ada"), Person("p-al", "Al.Bert")
PEOPLE = {"ada": ADA, "al.bert": AL}
REL = 'rel="noopener noreferrer nofollow"'
ALLOWED = {
    "p": set(),
    "br": set(),
    "em": set(),
    "strong": set(),
    "s": set(),
    "code": {"class"},
    "pre": set(),
    "ul": set(),
    "ol": {"start"},
    "li": set(),
    "blockquote": set(),
    "a": {"href", "rel"},
    "span": {"class", "data-person"},
}
CLASSES = {"mention", *(f"language-{language}" for language in LANGUAGES)}


def html(text: str) -> str:
    marked = read(text)
    return marked.render(PEOPLE)[0] if marked else ""


def mentions(text: str) -> list[str]:
    marked = read(text)
    return list(marked.render(PEOPLE)[1]) if marked else []


class Seen(HTMLParser):
    """Every tag and attribute that is there when HTML is read again, and the text between."""

    def __init__(self, shown: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(shown)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)


def assert_safe(shown: str) -> None:
    for tag, attributes in Seen(shown).tags:
        assert tag in ALLOWED, shown
        assert attributes.keys() <= ALLOWED[tag], shown
        if "href" in attributes:
            assert re.match(r"(https?|mailto):", attributes["href"] or "", re.IGNORECASE), shown
        if "class" in attributes:
            assert attributes["class"] in CLASSES, shown
        if "data-person" in attributes:
            assert attributes["data-person"] in {ADA.id, AL.id}, shown
        if tag == "a":
            assert attributes["rel"] == "noopener noreferrer nofollow", shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*a* _b_", "<p><em>a</em> <em>b</em></p>"),
        ("**a** __b__", "<p><strong>a</strong> <strong>b</strong></p>"),
        ("~~a~~", "<p><s>a</s></p>"),
        ("`a*b*`", "<p><code>a*b*</code></p>"),
        ("```\na\n```", "<pre><code>a\n</code></pre>"),
        ("```python\na\n```", '<pre><code class="language-python">a\n</code></pre>'),
        ("```perlescent\na\n```", "<pre><code>perlescent\na\n</code></pre>"),
        ("``` python \na\n```", '<pre><code class="language-python">a\n</code></pre>'),
        ("~~~begun here", "<pre><code>begun here\n</code></pre>"),
        ("```\n\na\n```", "<pre><code>\na\n</code></pre>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>"),
        ("7) a", '<ol start="7">\n<li>a</li>\n</ol>'),
        ("> a", "<blockquote>\n<p>a</p>\n</blockquote>"),
        ("a\n> b", "<p>a</p>\n<blockquote>\n<p>b</p>\n</blockquote>"),
        ("*a*\nb", "<p><em>a</em><br>\nb</p>"),
        ("*a*\n\nb", "<p><em>a</em></p>\n<p>b</p>"),
        ("[a](https://b.example/c)", f'<p><a href="https://b.example/c" {REL}>a</a></p>'),
        ("<https://b.example>", f'<p><a href="https://b.example" {REL}>https://b.example</a></p>'),
        ("<a@b.example>", f'<p><a href="mailto:a@b.example" {REL}>a@b.example</a></p>'),
        (r"\*a\*", "<p>*a*</p>"),
        (r"*b* \@ada \:smile:", "<p><em>b</em> @ada :smile:</p>"),
        ("*a* <b>", "<p><em>a</em> &lt;b&gt;</p>"),
        ("*a* &lt;", "<p><em>a</em> &amp;lt;</p>"),
        ("*a* ![b](https://c.example)", f'<p><em>a</em> !<a href="https://c.example" {REL}>b</a></p>'),
        ("*a*\n# b", "<p><em>a</em><br>\n# b</p>"),
        ("*a*\n---", "<p><em>a</em><br>\n---</p>"),
        ("*a*\n\n    b", "<p><em>a</em></p>\n<p>b</p>"),
        ("*a*\n\n[b]: https://c.example", None),
    ],
)
def test_markup(text: str, expected: str | None) -> None:
    if expected is None:  # a definition that defines nothing: its words stay
        assert "[b]: " in html(text)
    else:
        assert html(text) == expected


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://a.example", "https://a.example"),
        ("see http://a.example/b?c=d&e=f#g.", "http://a.example/b?c=d&amp;e=f#g"),
        ("(https://a.example/b)", "https://a.example/b"),
        ("https://a.example/b_(c)", "https://a.example/b_(c)"),
        ("https://a.example/b, and", "https://a.example/b"),
        ("https://a.example/b_c_d", "https://a.example/b_c_d"),
    ],
)
def test_a_bare_address_is_a_link_without_the_sentences_own_signs(text: str, address: str) -> None:
    assert f'<a href="{address}" {REL}>{address}</a>' in html(text)


@pytest.mark.parametrize(
    "text",
    ["http://", "xhttp://a.example", "ftp://a.example", "www.a.example", "`https://a.example`", "//a.example"],
)
def test_what_is_no_bare_address_is_no_link(text: str) -> None:
    assert "<a" not in html(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello",
        "2 * 3 * 4",
        "snake_case_name and another_one",
        "a < b > c & d",
        "at 10:30:45",
        "C:\\x",
        "@nobody",
        "-1",
        "1.5",
        "# no heading",
        "a\nb\n\nc",
        "[a](/b)",
        "[a]",
        "<b>a</b>",
        ":nothing_of_this_name:",
        "```\n```",
        "[](https://a.example)",
        ">",
    ],
)
def test_a_text_that_says_no_more_than_its_characters_has_no_html(text: str) -> None:
    assert html(text) == ""


def test_a_mention_is_marked_and_told() -> None:
    assert html("Hi @ADA!") == '<p>Hi <span class="mention" data-person="p-ada">@ADA</span>!</p>'
    assert mentions("@al.bert @ada. @Ada @nobody") == ["p-al", "p-ada"]


@pytest.mark.parametrize("text", ["`@ada`", "```\n@ada\n```", "x@ada", "[@ada](https://a.example)", r"\@ada"])
def test_there_are_no_mentions_in_code_addresses_and_links(text: str) -> None:
    assert mentions(text) == []
    assert "mention" not in html(text)


def test_names_that_may_be_mentioned_are_known_before_anybody_is() -> None:
    marked = read("@Ada.Lovelace and `@bob` and @CY")
    assert marked
    assert marked.names == ["ada.lovelace", "ada", "cy"]


def test_short_names_of_emoji_are_emoji_but_in_code() -> None:
    assert html(":smile: `:smile:` [:+1:](https://a.example)") == (
        f'<p>😄 <code>:smile:</code> <a href="https://a.example" {REL}>👍</a></p>'
    )
    assert html("a :b:smile::heart:") == "<p>a :b:smile:❤\ufe0f</p>"
    assert html("10:100:30 a:b:c") == ""


def test_html_is_limited() -> None:
    assert html("&" * 3000 + " *a*")
    assert html("http://a.example " * 235) == ""
    assert len(html("http://a.example " * 100).encode()) <= MAX_HTML_BYTES


@pytest.mark.parametrize("rich", ["{}", "*x* {}", "> **{}**", "{}\n\n:smile: @ada"])
@pytest.mark.parametrize("text", XSS)
def test_nothing_that_runs_comes_out_of_what_is_meant_to_run(text: str, rich: str) -> None:
    shown = html(rich.replace("{}", text))
    assert_safe(shown)
    assert "<script" not in shown.lower()


ODD = st.text(st.sampled_from("ab *_~`[]()<>\\\n#-+1.:@/\"'&=|!\t😀é") | st.characters(codec="utf-8"), max_size=200)


@given(
    st.lists(ODD | st.sampled_from([*XSS, "@ada", "https://a.example", "javascript:", "```", ":smile:"]), max_size=8)
)
@settings(max_examples=300)
def test_whatever_is_written_only_what_is_allowed_comes_out(parts: list[str]) -> None:
    shown = html("".join(parts)[:MAX_TEXT_CHARS])
    assert_safe(shown)
    assert len(shown.encode()) <= MAX_HTML_BYTES


@given(st.text(st.sampled_from("abcxyz *_~>-1.)\n  \\"), max_size=300))
@settings(max_examples=300)
def test_markup_loses_no_letter(text: str) -> None:
    shown = html(text)
    if shown:
        assert re.findall("[a-z]", entities.unescape(Seen(shown).text)) == re.findall("[a-z]", text)


COSTLY = {
    "brackets": "[" * 4000,
    "images": "![" * 2000,
    "pairs of brackets": "[" * 2000 + "]" * 2000,
    "open links": "[a](" * 1000,
    "stars": "*" * 4000,
    "stars and letters": "*a" * 2000,
    "alternating": "*_" * 2000,
    "backticks": "".join("`" * length + " " for length in range(88)),
    "quotes": ">" * 4000,
    "lists in lists": "- " * 2000,
    "quotes and lists": "> - " * 1000,
    "items": "- a\n" * 1000,
    "items with emphasis": "- *a*\n" * 660,
    "lines": "*a*\n" * 1000,
    "paragraphs": "*a*\n\n" * 800,
    "angles": "<a@" * 1333,
    "fences": "```\n" * 1000,
    "unclosed fence": "```\n" + "[" * 3990,
    "a fence that is none": "~~~\n```\n~~~\n" + "[" * 3900 + "\n```",
    "tildes": "~~a" * 1333,
    "backslashes": "\\" * 4000,
    "addresses": "http://a " * 440,
    "an address and its brackets": "http://a" + ")" * 3900,
    "an address and dots": "http://a" + "." * 3900,
    "mentions": "@ab " * 1000,
    "a mention and dots": "@" + "a." * 1999,
    "colons": ":" * 4000,
    "short names": ":smile:" * 570,
    "just few enough": "[" * 199 + "*a " * 200 + "_b " * 200,
}


@pytest.mark.parametrize("text", COSTLY.values(), ids=COSTLY)
def test_no_text_takes_long(text: str) -> None:
    def cpu_seconds() -> float:
        began = time.thread_time()  # what else the machine and this process do is not counted
        html(text[:MAX_TEXT_CHARS])
        return time.thread_time() - began

    # The worst takes 0.05 s; unlimited, brackets alone took 0.3 s. A collection of garbage may fall into one of three.
    assert min(cpu_seconds() for _ in range(3)) < 0.25


def test_quotes_and_lists_that_are_too_deep_to_show_stay_text() -> None:
    assert html("> " * 5 + "a")
    assert html("> " * 30 + "a") == ""
    assert html("- " * 30 + "a") == ""
