"""Start the auth service: environment -> settings -> application; or do what the command line says."""

import sys
from functools import partial

from auth_service import command_line, key_commands
from auth_service.app import create_app
from auth_service.settings import AuthSettings
from chassis import application, logs, settings


def main() -> None:
    if sys.argv[1:2] == ["keys"]:
        sys.exit(key_commands.run(sys.argv[2:], partial(settings.load, AuthSettings)))
    if len(sys.argv) > 1:
        sys.exit(command_line.run(sys.argv[1:], partial(settings.load, AuthSettings)))
    told = settings.load(AuthSettings)
    logs.configure("auth", told)
    application.run(create_app(told), told)


if __name__ == "__main__":
    main()
