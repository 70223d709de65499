"""`python -m chassis.probe`: exit code 0 if the service in this container is ready. For images without curl."""

import http.client
import os
import sys

TIMEOUT_SECONDS = 2.0


def main() -> int:
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ["OPS_PORT"]), timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/health/ready")
        answer = connection.getresponse()
        said = answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as reason:  # not listening yet, or no more
        sys.stdout.write(f"{reason!r}\n")
        return 1
    finally:
        connection.close()
    sys.stdout.write(f"{answer.status} {said}\n")
    return 0 if answer.status == http.HTTPStatus.OK else 1


if __name__ == "__main__":
    sys.exit(main())
