"""Start the auth service: environment -> settings -> application."""

from auth_service.app import create_app
from auth_service.settings import AuthSettings
from chassis import application, logs, settings


def main() -> None:
    told = settings.load(AuthSettings)
    logs.configure("auth", told)
    application.run(create_app(told), told)


if __name__ == "__main__":
    main()
