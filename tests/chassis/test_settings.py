import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from chassis import settings
from chassis.settings import ServiceSettings

COMPLETE = {
    "PORT": "8001",
    "OPS_PORT": "8002",
    "PUBLIC_URL": "https://chat.example.org",
    "MONGO_URL": "mongodb://mongo/",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Every setting is told, and none comes from the machine that the tests run on."""
    for name in ServiceSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in COMPLETE.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SECRETS_DIR", str(tmp_path))
    return monkeypatch


def test_settings_come_from_the_environment() -> None:
    told = settings.load(ServiceSettings)
    assert (told.port, told.ops_port, told.public_url, told.mongo_url) == (
        8001,
        8002,
        "https://chat.example.org",
        "mongodb://mongo/",
    )


def test_a_setting_may_come_from_a_secret_file(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.delenv("MONGO_URL")
    (tmp_path / "mongo_url").write_text("mongodb://from-a-file/\n")
    assert settings.load(ServiceSettings).mongo_url == "mongodb://from-a-file/"


def test_the_environment_wins_over_a_secret_file(tmp_path: Path) -> None:
    (tmp_path / "mongo_url").write_text("mongodb://from-a-file/")
    assert settings.load(ServiceSettings).mongo_url == "mongodb://mongo/"


def test_an_empty_variable_counts_as_not_set(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("MONGO_URL", "")
    (tmp_path / "mongo_url").write_text("mongodb://from-a-file/")
    assert settings.load(ServiceSettings).mongo_url == "mongodb://from-a-file/"


def test_an_empty_secrets_dir_does_not_mean_the_working_folder(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.delenv("MONGO_URL")
    (tmp_path / "mongo_url").write_text("mongodb://from-the-working-folder/")
    environment.chdir(tmp_path)
    environment.setenv("SECRETS_DIR", "")
    with pytest.raises(SystemExit):
        settings.load(ServiceSettings)


def test_a_secrets_dir_that_is_not_there_is_no_mistake(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("SECRETS_DIR", str(tmp_path / "missing"))
    assert settings.load(ServiceSettings).mongo_url == "mongodb://mongo/"


def test_every_missing_setting_is_named_at_once(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in COMPLETE:
        environment.delenv(name)
    with pytest.raises(SystemExit) as ended:
        settings.load(ServiceSettings)
    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines() == [f"setting {name}: is not set" for name in COMPLETE]


def test_wrong_and_missing_settings_are_named_together(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("PORT", "65536")
    environment.setenv("OPS_PORT", "none")
    environment.setenv("PUBLIC_URL", "chat.example.org")
    environment.setenv("LOG_FORMAT", "xml")
    environment.delenv("MONGO_URL")
    with pytest.raises(SystemExit):
        settings.load(ServiceSettings)
    lines = capsys.readouterr().err.splitlines()
    assert {line.split(":")[0] for line in lines} == {
        f"setting {name}" for name in ("PORT", "OPS_PORT", "PUBLIC_URL", "LOG_FORMAT", "MONGO_URL")
    }


def test_a_wrong_setting_is_named_without_its_value(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("MONGO_URL", "http://somebody:hunter2@mongo/")
    with pytest.raises(SystemExit):
        settings.load(ServiceSettings)
    said = capsys.readouterr().err
    assert said.startswith("setting MONGO_URL: ")
    assert "hunter2" not in said


def test_addresses_with_passwords_are_not_shown_where_settings_are_printed(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("MONGO_URL", "mongodb://somebody:hunter2@mongo/")
    environment.setenv("AMQP_URL", "amqp://somebody:hunter3@rabbit/")
    assert "hunter" not in repr(settings.load(ServiceSettings))


def test_settings_do_not_change_after_the_start() -> None:
    told = settings.load(ServiceSettings)
    with pytest.raises(ValidationError, match="frozen"):
        told.port = 1  # type: ignore[misc]  # that it can't be done is the point


@pytest.mark.parametrize(
    ("told", "origin"),
    [
        ("http://localhost:8420", "http://localhost:8420"),
        ("https://chat.example.org/", "https://chat.example.org"),
        ("HTTPS://Chat.Example.ORG", "https://chat.example.org"),
        ("https://chat.example.org:443", "https://chat.example.org"),
        ("http://chat.example.org:80/", "http://chat.example.org"),
        ("https://chat.example.org:80", "https://chat.example.org:80"),
        ("http://[::1]:8420", "http://[::1]:8420"),
    ],
)
def test_the_public_url_is_the_origin_as_browsers_write_it(
    environment: pytest.MonkeyPatch, told: str, origin: str
) -> None:
    environment.setenv("PUBLIC_URL", told)
    assert settings.load(ServiceSettings).public_url == origin


@pytest.mark.parametrize(
    "told",
    [
        "chat.example.org",
        "//chat.example.org",
        "ftp://chat.example.org",
        "https://",
        "https://:443",
        "https://chat.example.org/parley",
        "https://chat.example.org?room=1",
        "https://chat.example.org#top",
        "https://somebody:hunter2@chat.example.org",
        "https://chat.example.org:99999",
        "https://b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example",
        "https://chat.example.org https://other.example.org",
        "null",
    ],
)
def test_what_is_no_origin_is_refused(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], told: str
) -> None:
    environment.setenv("PUBLIC_URL", told)
    with pytest.raises(SystemExit):
        settings.load(ServiceSettings)
    assert capsys.readouterr().err.startswith("setting PUBLIC_URL: ")


@pytest.mark.parametrize(("public_url", "tls"), [("https://chat.example.org", True), ("http://localhost:8420", False)])
def test_tls_is_on_where_people_use_https(environment: pytest.MonkeyPatch, public_url: str, tls: bool) -> None:
    environment.setenv("PUBLIC_URL", public_url)
    assert settings.load(ServiceSettings).tls is tls


def test_unrelated_variables_are_nobodys_business(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PORTS", "many")
    settings.load(ServiceSettings)
    assert os.environ["PORTS"] == "many"
