"""The port between replicas: what one publishes on a topic reaches the others that listen to it."""

from typing import Protocol


class Receiver(Protocol):
    def receive(self, topic: str, payload: bytes) -> None:
        """Another replica published this. Called in the order of each publisher; must not wait."""
        ...

    def recovered(self) -> None:
        """From now on messages arrive, but some may have been lost before: compare with the store."""
        ...


class Relay(Protocol):
    """Moves payloads between replicas, at most once each. The store is the record; this is the wake-up call.

    A message may get lost while the broker is away. The order of one publisher is kept. A replica does not receive
    what it published itself.
    """

    @property
    def in_doubt(self) -> bool:
        """Whether messages may be getting lost right now."""
        ...

    def publish(self, topic: str, payload: bytes) -> None:
        """Send to all others that listen to the topic. Never waits and never fails: without a broker it is dropped."""
        ...

    async def listen(self, topic: str) -> None:
        """When this returns, what others publish on the topic arrives; without a broker, once it is back."""
        ...

    def ignore(self, topic: str) -> None:
        """The topic is of no interest any more; messages already under way may still arrive."""
        ...

    async def drain(self) -> None:
        """Wait until what was published has left this process, or for a moment only where there is no broker."""
        ...

    async def run(self, receiver: Receiver) -> None:
        """Deliver to `receiver` until cancelled."""
        ...
