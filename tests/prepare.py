"""`make test` runs this first: installs what the tests use from the system, where that can be done without asking."""

import shutil
import sys

from standalone import mongodb, packages, rabbitmq
from standalone.problem import Problem

DAEMONS = {"prometheus", "rabbitmq-server"}  # of which we want the programs


def main() -> None:
    """What can't be had is said and left: the tests that need it skip with their reason, or fail if they must run."""
    wanted = {
        "chromium": bool(shutil.which("chromium") or shutil.which("google-chrome")),
        "kubernetes-client": bool(shutil.which("kubectl")),
        "nodejs": bool(shutil.which("node")),
        "npm": bool(shutil.which("npm")),  # Debian's nodejs comes without it, others' with it
        "pebble": bool(shutil.which("pebble")),
        "prometheus": bool(shutil.which("promtool")),
        "rabbitmq-server": rabbitmq.found(),
    }
    for package, is_there in wanted.items():
        if is_there or not packages.can_install():
            continue
        try:
            packages.install(package, daemon=package if package in DAEMONS else None)
        except Problem as problem:  # not a reason to run no test at all
            sys.stderr.write("\n  ".join([str(problem), *problem.details]) + "\n")
    try:
        mongodb.prepare()
    except Problem as problem:  # likewise
        sys.stderr.write(f"{problem}\n")


if __name__ == "__main__":
    main()
