"""What somebody at a browser waits for can still be measured; how long that is is nobody's business here."""

import shutil

import pytest

from bench import browser
from tests import chromium
from tests.conftest import missing
from tests.running import Parley


async def test_messages_pages_and_frames_of_a_browser_are_measured(
    parley: Parley, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not any(map(shutil.which, chromium.NAMES)):
        missing("Chromium is not installed")
    monkeypatch.setattr(browser, "MESSAGES", 2)
    monkeypatch.setattr(browser, "LOADS", 1)
    monkeypatch.setattr(browser, "FEW", 60)
    monkeypatch.setattr(browser, "MANY", 400)
    monkeypatch.setattr(browser, "SCROLL_MS", 300)
    figures = [figure async for figures in browser.measure_at(parley) for figure in figures]
    values = {figure.measure: figure.value for figure in figures}
    assert values["send to seen in the other browser, p50"] > 0
    assert values["first message of 60, cold, p50"] > 0
    assert values["first message of 60, warm, p50"] > 0
    assert values["frames scrolling 400 for 0 s"] > 0
