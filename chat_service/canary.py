"""A message to oneself through the broker: who doesn't hear it is deaf, whatever the connections say of themselves."""

import time

CANARY_SECONDS = 2.0
PATIENCE_SECONDS = 2.0  # from the broker's confirmation to the message's return; a thousand times what it takes
DEAF_SECONDS = 6.0  # past that; then only a fresh queue helps


class Canary:
    """Numbered, since its return may be noticed before the broker's confirmation is. Times by the monotonic clock.

    Only one that the broker confirmed can be missed: a broker that takes nothing is another trouble.
    """

    def __init__(self) -> None:
        self._sent = 0
        self._returned = 0
        self._waiting_since: float | None = None

    @property
    def missed(self) -> bool:
        """Whether messages may be getting lost on their way to us."""
        return self._waited() > PATIENCE_SECONDS

    @property
    def deaf(self) -> bool:
        """Whether waiting longer makes no sense."""
        return self._waited() > PATIENCE_SECONDS + DEAF_SECONDS

    def send(self) -> bytes:
        """The next one's payload."""
        self._sent += 1
        return str(self._sent).encode()

    def confirmed(self, payload: bytes) -> None:
        """The broker has it."""
        if self._waiting_since is None and int(payload) > self._returned:
            self._waiting_since = time.monotonic()

    def returned(self, payload: bytes) -> None:
        self._returned = max(self._returned, int(payload))
        self._waiting_since = None

    def fresh_queue(self) -> None:
        """Those under way went with the old queue."""
        self._returned = self._sent
        self._waiting_since = None

    def _waited(self) -> float:
        return 0.0 if self._waiting_since is None else time.monotonic() - self._waiting_since
