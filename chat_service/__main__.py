"""Start a chat replica: environment -> settings -> application."""

from chassis import application, logs, settings
from chat_service.app import create_app
from chat_service.settings import ChatSettings


def main() -> None:
    told = settings.load(ChatSettings)
    logs.configure(told.replica, told)
    application.run(create_app(told), told)


if __name__ == "__main__":
    main()
