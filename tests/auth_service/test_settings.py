import secrets

import pytest

from auth_service.settings import AuthSettings
from auth_service.sign_up import Policy
from chassis import settings

GOOD_SECRET = "kx2nWq0vJ7RzT5yLbM8cPdA3sFgH6jKuE1oI9tYwVxZ"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in AuthSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    told = {
        "PORT": "8001",
        "OPS_PORT": "8002",
        "PUBLIC_URL": "https://chat.example.org",
        "MONGO_URL": "mongodb://mongo/",
        "AUTH_SECRET": GOOD_SECRET,
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_the_service_has_a_database_of_its_own() -> None:
    assert settings.load(AuthSettings).mongo_database == "auth"


def test_the_secret_is_told() -> None:
    assert settings.load(AuthSettings).auth_secret.get_secret_value() == GOOD_SECRET


def test_spaces_around_a_secret_do_not_belong_to_it(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AUTH_SECRET", f" {GOOD_SECRET}\n")
    assert settings.load(AuthSettings).auth_secret.get_secret_value() == GOOD_SECRET


def test_the_secret_is_not_shown_where_settings_are_printed() -> None:
    assert GOOD_SECRET not in repr(settings.load(AuthSettings))


@pytest.mark.parametrize("make", [secrets.token_urlsafe, secrets.token_hex])
def test_every_random_secret_of_32_bytes_will_do(environment: pytest.MonkeyPatch, make: object) -> None:
    assert callable(make)
    for _ in range(200):
        environment.setenv("AUTH_SECRET", made := make(32))
        assert settings.load(AuthSettings).auth_secret.get_secret_value() == made


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "short",
        GOOD_SECRET[:42],
        "changeme" * 8,
        "a" * 64,
        "abcd1234" * 8,
        f"ChangeMe-{GOOD_SECRET}",
        f"{GOOD_SECRET}-placeholder",
        f"your-secret-here-{GOOD_SECRET}",
        f"example-{GOOD_SECRET}",
        " " * 64,
        GOOD_SECRET * 30,  # more than what encrypts the signing keys can take
    ],
)
def test_a_placeholder_stops_the_start(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], secret: str
) -> None:
    environment.setenv("AUTH_SECRET", secret)
    with pytest.raises(SystemExit) as ended:
        settings.load(AuthSettings)
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.startswith("setting AUTH_SECRET: ")
    assert not secret.strip() or secret not in said


def test_without_being_told_the_first_account_administers_and_everybody_may_sign_up() -> None:
    told = settings.load(AuthSettings)
    assert (told.administrator_keys, told.sign_up) == ([], Policy.OPEN)


def test_administrators_are_named_as_they_sign_in(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ADMINISTRATORS", " Ada, bOB ,, \N{LATIN SMALL LETTER E WITH ACUTE}ve,")
    assert settings.load(AuthSettings).administrator_keys == ["ada", "bob", "\N{LATIN SMALL LETTER E WITH ACUTE}ve"]


@pytest.mark.parametrize(
    ("setting", "value", "named"),
    [("ADMINISTRATORS", "ada,b", "'b'"), ("ADMINISTRATORS", "ada bob", "'ada bob'"), ("SIGN_UP", "perhaps", "'open'")],
)
def test_a_setting_that_cannot_be_meant_stops_the_start(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], setting: str, value: str, named: str
) -> None:
    environment.setenv(setting, value)
    with pytest.raises(SystemExit) as ended:
        settings.load(AuthSettings)
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.startswith(f"setting {setting}: ")
    assert named in said
