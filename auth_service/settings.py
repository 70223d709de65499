"""What the auth service is told."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from auth_service.accounts import NAME_SHAPE, key_of
from auth_service.sign_up import Policy
from chassis.settings import ServiceSettings

SECRET_MIN_CHARS = 43  # 256 bits in URL-safe base64
SECRET_MAX_CHARS = 1000  # OpenSSL takes 1,023 bytes to encrypt a key with
SECRET_MIN_VARIETY = 10  # different characters: a random hex string has more, a repeated word fewer
PLACEHOLDERS = ("changeme", "secret", "placeholder", "example")


def _not_a_placeholder(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value().strip()
    if (
        not SECRET_MIN_CHARS <= len(text) <= SECRET_MAX_CHARS
        or any(word in text.lower() for word in PLACEHOLDERS)
        or len(set(text)) < SECRET_MIN_VARIETY
    ):
        raise ValueError(
            f"must be at least {SECRET_MIN_CHARS} random characters, for example of `openssl rand -base64 48`"
        )
    return SecretStr(text)


def _names(text: str) -> str:
    for name in _split(text):
        if not NAME_SHAPE.fullmatch(key_of(name)):
            raise ValueError(f"{name!r} is no name; name people as they sign in, separated by commas")
    return text


def _split(text: str) -> list[str]:
    return [name for name in (part.strip() for part in text.split(",")) if name]


class AuthSettings(ServiceSettings):
    mongo_database: str = "auth"
    administrators: Annotated[str, AfterValidator(_names)] = Field(
        "", description="who administers, in the place of the first account: names, separated by commas"
    )
    sign_up: Policy = Field(Policy.OPEN, description="who may make an account, until an administrator changes it")
    auth_secret: Annotated[SecretStr, AfterValidator(_not_a_placeholder)] = Field(
        description="encrypts signing keys and second factors at rest, makes the refresh tokens and seals cookies"
    )
    sign_ins_failed_per_minute: int = Field(
        1000, ge=1, description="of all people together; those on a device they know are not counted"
    )
    registrations_per_hour: int = Field(100, ge=1, description="attempts to create an account, for each address")

    @property
    def administrator_keys(self) -> list[str]:
        """The named ones as `people` knows them."""
        return [key_of(name) for name in _split(self.administrators)]
