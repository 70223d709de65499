"""RabbitMQ as a process of one's own: `python -m standalone.rabbitmq` runs the system's server on our ports and data.

From the environment: BROKER_FOLDER, BROKER_HOST, BROKER_PORT, BROKER_EPMD_PORT, BROKER_DISTRIBUTION_PORT, and
BROKER_USERS, the path of a JSON file {name: password}; they share the virtual host `parley`. There is no `guest`.
"""

import base64
import hashlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from standalone.prctl import die_with_parent
from standalone.problem import Problem
from standalone.secret_files import write_private

# Debian's wrapper in /usr/sbin changes user and folder; this one does as it is told.
SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
NODE = "parley@localhost"  # the data folder's name comes from it: it must not change with the port
VIRTUAL_HOST = "parley"
# What each service does, and nothing else. Auth calls (chassis/wake_up.py): declares one exchange and writes to it.
# Chat listens to that, and declares, publishes to and binds to its own (chat_service/relay_rabbitmq.py); binding a
# queue writes to the queue, which the server has named, and reads from the exchange.
PERMISSIONS = {
    "auth": {"configure": r"^parley\.accounts$", "write": r"^parley\.accounts$", "read": r"^$"},
    "chat": {
        "configure": r"^(parley\.events|parley\.accounts|amq\.gen-.*)$",
        "write": r"^(parley\.events|amq\.gen-.*)$",
        "read": r"^(parley\.events|parley\.accounts|amq\.gen-.*)$",
    },
}
EVERYTHING = {"configure": ".*", "write": ".*", "read": ".*"}
DISK_FREE_LIMIT_BYTES = 200_000_000
MEMORY_LIMIT_BYTES = 1_000_000_000


def found() -> bool:
    return SERVER.exists() and shutil.which("epmd") is not None


def configuration(folder: Path, host: str, port: int) -> str:
    """Listen there only, log to stdout, take users from definitions.json at each start.

    In Erlang's terms and not as rabbitmq.conf: translating that costs the broker seconds at each start.
    """
    return f"""\
[{{rabbit, [
  {{tcp_listeners, [{{{json.dumps(host)}, {port}}}]}},
  {{load_definitions, {json.dumps(str(folder / "definitions.json"))}}},
  {{heartbeat, 10}},
  {{disk_free_limit, {DISK_FREE_LIMIT_BYTES}}},
  {{vm_memory_high_watermark, {{absolute, {MEMORY_LIMIT_BYTES}}}}},
  {{log, [{{console, [{{enabled, true}}, {{level, info}}]}}, {{file, [{{file, false}}]}}]}}
]}}].
"""


def definitions(users: dict[str, str]) -> str:
    """Users {name: password} of one virtual host, as JSON for the broker; who is no service may do everything."""
    return json.dumps(
        {
            "users": [
                {
                    "name": name,
                    "password_hash": _password_hash(password),
                    "hashing_algorithm": "rabbit_password_hashing_sha256",
                    "tags": [],
                }
                for name, password in users.items()
            ],
            "vhosts": [{"name": VIRTUAL_HOST}],
            "permissions": [
                {"user": name, "vhost": VIRTUAL_HOST, **PERMISSIONS.get(name, EVERYTHING)} for name in users
            ],
        }
    )


def environment(folder: Path, epmd_port: int, distribution_port: int) -> dict[str, str]:
    """Everything that would else come from /etc/rabbitmq, /var/lib/rabbitmq or a home folder is in `folder`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("RABBITMQ_", "ERL_"))}
    return inherited | {
        "HOME": str(folder),  # Erlang's cookie
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(epmd_port),
        # The script then becomes the server instead of waiting for it, so that signals, also the last one, reach it.
        "RUNNING_UNDER_SYSTEMD": "yes",
        "RABBITMQ_NODENAME": NODE,
        "RABBITMQ_DIST_PORT": str(distribution_port),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none.conf"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.config"),
        "RABBITMQ_CONFIG_FILES": str(folder / "conf.d"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "config"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
    }


def write_files(folder: Path, host: str, port: int, users: dict[str, str]) -> None:
    """Lay out `folder` for a start. What the broker itself keeps there stays."""
    for part in (folder, folder / "log", folder / "conf.d"):
        part.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(folder / "rabbitmq.config", configuration(folder, host, port))
    write_private(folder / "definitions.json", definitions(users))
    write_private(folder / "enabled_plugins", "[].\n")
    cookie = folder / ".erlang.cookie"
    if not cookie.exists():
        write_private(cookie, secrets.token_hex(20))
        cookie.chmod(0o400)  # Erlang insists


def main() -> int:
    """Run the broker until it ends by itself or SIGTERM comes; its exit code."""
    if not found():
        raise Problem("RabbitMQ is missing: `sudo apt install rabbitmq-server`.")
    folder = Path(os.environ.get("BROKER_FOLDER", ".local/rabbitmq")).absolute()
    host = os.environ.get("BROKER_HOST", "127.0.0.1")
    port = int(os.environ.get("BROKER_PORT", "5672"))
    users = json.loads(Path(os.environ["BROKER_USERS"]).read_text())
    write_files(folder, host, port, users)
    variables = environment(
        folder,
        int(os.environ.get("BROKER_EPMD_PORT", "4370")),
        int(os.environ.get("BROKER_DISTRIBUTION_PORT", "25673")),
    )
    # Erlang's port mapper first and as our own child: the one that the server would start itself stays behind for ever.
    mapper = _child(["epmd", "-address", "127.0.0.1", "-port", variables["ERL_EPMD_PORT"]], variables)
    server = _child([str(SERVER)], variables)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        server.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started this
    try:
        return server.wait()
    finally:
        mapper.terminate()
        mapper.wait()


def _child(command: list[str], variables: dict[str, str]) -> subprocess.Popen[bytes]:
    parent = os.getpid()
    return subprocess.Popen(  # noqa: S603 - our own commands
        command,
        env=variables,
        stdin=subprocess.DEVNULL,
        preexec_fn=lambda: die_with_parent(parent),  # noqa: PLW1509 - this process has no threads
    )


def _password_hash(password: str) -> str:
    """RabbitMQ's format: base64 of a salt of four bytes and SHA-256 of salt and password."""
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:  # trying again would not help: said with the code that tells the keeper so
        print(problem, *problem.details, sep="\n", file=sys.stderr)
        sys.exit(os.EX_CONFIG)
