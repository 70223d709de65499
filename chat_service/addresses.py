"""How many sockets each address has at this replica, counted before anybody says who they are."""

from collections import Counter


class Addresses:
    """`at_most` for each address; of IPv6, for each customer's network (chassis/client_address.py)."""

    def __init__(self, at_most: int) -> None:
        self._at_most = at_most
        self._sockets: Counter[str] = Counter()

    def enter(self, address: str) -> bool:
        """Count one more socket, unless there are as many as there may be; then `leave` is not to be called."""
        if self._sockets[address] >= self._at_most:
            return False
        self._sockets[address] += 1
        return True

    def leave(self, address: str) -> None:
        """One socket closed."""
        self._sockets[address] -= 1
        if not self._sockets[address]:
            del self._sockets[address]
