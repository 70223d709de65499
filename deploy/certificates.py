"""`python -m deploy.certificates`: a copy of the given certificate that only the gateway's user may read."""

import os
import sys
from pathlib import Path

from standalone.secret_files import write_private

GIVEN = Path("/given")
COPIES = Path("/certificates")
FILES = ("fullchain.pem", "privkey.pem")
GATEWAY_USER = 10001


def main() -> int:
    missing = [name for name in FILES if not (GIVEN / name).is_file()]
    if missing:
        print(f"{' and '.join(missing)} missing: put them into the folder PARLEY_CERTIFICATES", file=sys.stderr)
        return 1
    for name in FILES:
        write_private(COPIES / name, (GIVEN / name).read_text())
        os.chown(COPIES / name, GATEWAY_USER, GATEWAY_USER)
    COPIES.chmod(0o755)
    print("certificates: copied")
    return 0


if __name__ == "__main__":
    sys.exit(main())
