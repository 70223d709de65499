"""What people write -> HTML that is safe to show: Markdown, less what a chat has no use for.

markdown-it makes the HTML and lets none through; nh3 then keeps nothing but the tags, attributes and schemes below,
whatever markdown-it or we get wrong. Pure.
"""

import html
import re
from collections.abc import Iterator, Mapping

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from chat_service import emojis
from chat_service.events import Person
from chat_service.mentions import MAX_NAMES, MENTION, name_key, readings

MAX_HTML_BYTES = 16_000  # as much as the longest text: past it, as of a text that is all links, the text alone is kept
MAX_MARKS = 800  # in one text; more of them is no text, and takes a while to read
MAX_BRACKETS = 200  # each may begin a link, and to find out takes the square of that
MAX_NESTING = 20  # of lists and quotes in each other
LANGUAGES = {
    "bash", "c", "cpp", "csharp", "css", "diff", "dockerfile", "go", "html", "ini", "java", "javascript",
    "js", "json", "kotlin", "lua", "markdown", "perl", "php", "python", "py", "ruby", "rust", "scala", "sh",
    "sql", "swift", "toml", "ts", "typescript", "xml", "yaml",
}  # fmt: skip
MENTION_OPEN = "mention_open"
SCHEMES = frozenset({"http", "https", "mailto"})
NOT_FOR_A_CHAT = [
    "table", "code", "hr", "reference", "heading", "lheading", "html_block", "image", "html_inline", "entity",
    "linkify", "replacements", "smartquotes", "text_join",
]  # fmt: skip

_INLINE_MARK = re.compile(r"[*_~`\\\[<@]")
_COLON_MARK = re.compile(r":(?://|[^\s:]+:)")
_LINE_MARK = re.compile(r"[^\S\n]*(?:>|[-+]\s|\d{1,9}[.)]\s)")
_LATER_LINE_MARK = re.compile("\n" + _LINE_MARK.pattern)
_COSTLY = re.compile(r"[*_~`\\\[\]<@:\n]")
_PIECE = re.compile(
    rf"(?P<url>\bhttps?://[^\s<>\"]+)|{MENTION}|(?<![A-Za-z0-9]):(?P<emoji>[^\s:]{{1,80}}):(?![A-Za-z0-9])"
)
_PARAGRAPHS = re.compile(r"</?p>|<br>|\s+")
_TAGS = re.compile(r"<[^>]*>|\s+")


class _Markdown(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name for what may be a link
        return url.partition(":")[0].lower() in SCHEMES


_markdown = _Markdown("js-default", {"breaks": True, "maxNesting": MAX_NESTING}).disable([*NOT_FOR_A_CHAT, "inline"])
_cleaner = nh3.Cleaner(
    tags={"p", "br", "em", "strong", "s", "code", "pre", "ul", "ol", "li", "blockquote", "a", "span"},
    clean_content_tags={"script", "style"},
    attributes={"*": set(), "a": {"href"}, "ol": {"start"}, "span": {"data-person"}},
    allowed_classes={"code": {f"language-{language}" for language in LANGUAGES}, "span": {"mention"}},
    url_schemes=set(SCHEMES),
    url_relative="deny",
    link_rel="noopener noreferrer nofollow",
    generic_attribute_prefixes=set(),
)


class Marked:
    """A text that may say more than its characters; `names` are the keys of those it may mention."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self._text = text
        self._tokens = tokens
        self.names = self._names()

    def render(self, people: Mapping[str, Person]) -> tuple[str, tuple[str, ...]]:
        """The text's HTML, empty where it says no more than the text, and the ids of those it mentions.

        `people` are those who can be mentioned, by the key of their name.
        """
        for token in self._tokens:
            if token.type == "fence" and (info := token.info.strip()) and info not in LANGUAGES:
                # No language of ours but somebody's words, mostly of who began on the fence's line: none may vanish.
                token.info, token.content = "", f"{info}\n{token.content}"
        for token in self._inlines():
            token.children = list(_enriched(token.children or [], people))
        shown = _cleaner.clean(_markdown.renderer.render(self._tokens, _markdown.options, {})).strip()
        if len(shown.encode()) > MAX_HTML_BYTES or not _says_more(shown, self._text):
            shown = ""
        return shown, self._mentioned()

    def _mentioned(self) -> tuple[str, ...]:
        pieces = (child for token in self._inlines() for child in token.children or [])
        return tuple(dict.fromkeys(str(piece.attrs["data-person"]) for piece in pieces if piece.type == MENTION_OPEN))

    def _inlines(self) -> Iterator[Token]:
        return (token for token in self._tokens if token.type == "inline")

    def _names(self) -> list[str]:
        names: dict[str, None] = {}
        for token in self._inlines():
            for child in token.children or []:
                if child.type == "text" and "@" in child.content:
                    for piece in _PIECE.finditer(child.content):
                        names |= dict.fromkeys(map(name_key, readings(piece["name"] or "")))
        names.pop("", None)
        return list(names)[:MAX_NAMES]


def read(text: str) -> Marked | None:
    """What a text has beside its characters; None, and that quickly, where it has nothing."""
    if not (
        _INLINE_MARK.search(text)
        or (":" in text and _COLON_MARK.search(text))
        or _LINE_MARK.match(text)
        or ("\n" in text and _LATER_LINE_MARK.search(text))
    ):
        return None
    tokens = _markdown.parse(text)  # blocks only
    if any(token.level >= MAX_NESTING - 2 for token in tokens):  # what is deeper is left out: better show it as it is
        return None
    inlines = [token for token in tokens if token.type == "inline"]
    if sum(len(_COSTLY.findall(token.content)) for token in inlines) > MAX_MARKS:
        return None
    if sum(token.content.count("[") for token in inlines) > MAX_BRACKETS:
        return None
    for token in inlines:
        token.children = []
        _markdown.inline.parse(token.content, _markdown, {}, token.children)
    return Marked(text, tokens)


def _enriched(tokens: list[Token], people: Mapping[str, Person]) -> Iterator[Token]:
    """The tokens with bare addresses, mentions and short names of emoji in their text made what they stand for."""
    in_link = False
    for token in tokens:
        if token.type == "text":
            yield from _pieces(token.content, people, in_link=in_link)
            continue
        if token.type == "text_special":  # what was escaped stands for itself
            token.type = "text"
        elif token.type in {"link_open", "link_close"}:
            in_link = token.nesting == 1
        yield token


def _pieces(text: str, people: Mapping[str, Person], *, in_link: bool) -> Iterator[Token]:
    done = 0
    for piece in _PIECE.finditer(text):
        if in_link and not piece["emoji"]:
            continue
        made, length = _made(piece, people)
        if made:
            yield _text(text[done : piece.start()])
            yield from made
            done = piece.start() + length
    yield _text(text[done:])


def _made(piece: re.Match[str], people: Mapping[str, Person]) -> tuple[list[Token], int]:
    """What a piece of text stands for, if it does, and how much of it does so."""
    if name := piece["emoji"]:
        found = emojis.named(name)
        return ([_text(found)] if found else []), len(name) + 2
    if url := piece["url"]:
        url = _without_what_follows(url)
        return _link(url), len(url)
    for reading in readings(piece["name"]):
        if person := people.get(name_key(reading)):
            return _mention(person, f"@{reading}"), len(reading) + 1
    return [], 0


def _without_what_follows(url: str) -> str:
    """An address in a sentence ends before the sentence's own signs, and before a bracket that it did not open."""
    while url[-1] in ".,;:!?'*_~" or (url[-1] == ")" and url.count(")") > url.count("(")):
        url = url[:-1]
    return url


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _link(url: str) -> list[Token]:
    href = _markdown.normalizeLink(url)
    if not _markdown.validateLink(href):
        return []
    return [Token("link_open", "a", 1, attrs={"href": href}), _text(url), Token("link_close", "a", -1)]


def _mention(person: Person, shown: str) -> list[Token]:
    attributes: dict[str, str | int | float] = {"class": "mention", "data-person": person.id}
    return [Token(MENTION_OPEN, "span", 1, attrs=attributes), _text(shown), Token("mention_close", "span", -1)]


def _says_more(shown: str, text: str) -> bool:
    """Whether there is something to see, and not just the text in paragraphs."""
    bare = _PARAGRAPHS.sub("", shown)
    return bool(_TAGS.sub("", shown)) and ("<" in bare or html.unescape(bare) != "".join(text.split()))
