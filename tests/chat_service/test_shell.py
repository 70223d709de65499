"""The web client's files and their version."""

import json

from chat_service import shell


def test_the_worker_keeps_exactly_what_the_page_is_made_of() -> None:
    told, _, script = shell.worker().partition(";\n")
    kept = json.loads(told.removeprefix("const SHELL = "))
    assert kept["version"] == shell.VERSION
    assert set(kept["files"]) == set(shell.PAGE_FILES)
    assert {"js/main.js", "js/views/app.js", "css/tokens.css", "icons/sprite.svg"} <= set(kept["files"])
    assert not {shell.WORKER, "js/forms.js"} & set(kept["files"])
    assert script == (shell.STATIC / shell.WORKER).read_text()


def test_every_module_but_the_first_is_fetched_ahead() -> None:
    assert "js/client.js" in shell.MODULES
    assert "js/main.js" not in shell.MODULES


def test_the_version_changes_with_any_byte_of_any_file_and_with_nothing_else() -> None:
    version = shell._version({"a.js": b"1", "b.js": b"2"})
    assert version == shell._version({"a.js": b"1", "b.js": b"2"})
    assert version != shell._version({"a.js": b"1", "b.js": b"3"})
    assert version != shell._version({"a.js": b"1", "c.js": b"2"})
