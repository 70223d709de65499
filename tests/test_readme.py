"""The README's table of settings, held to the settings that there are."""

import re
from pathlib import Path

import pytest

from auth_service.settings import AuthSettings
from chassis.settings import ServiceSettings
from chat_service.settings import ChatSettings

README = (Path(__file__).parents[1] / "README.md").read_text()


@pytest.mark.parametrize("settings", [AuthSettings, ChatSettings])
def test_every_setting_is_in_the_table(settings: type[ServiceSettings]) -> None:
    table = README.partition("| setting | of | |")[2].partition("\n\n")[0]
    named = {name for row in table.strip().splitlines() for name in re.findall(r"`([A-Z_]+)`", row.split("|")[1])}
    assert {name.upper() for name in settings.model_fields} - named == set()
