"""All of Parley at one address, as tests see it however it is run: `tests.running`, `tests.containers.installation`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol


class Deployment(Protocol):
    @property
    def url(self) -> str: ...

    @property
    def logs(self) -> Path:
        """A folder with what each part has said so far."""

    @property
    def whole(self) -> bool:
        """Whether every chat replica is there."""

    def kill(self, replica: str, /) -> Sequence[object]:
        """End a chat replica at once, by the name it gives itself; what was ended. It comes back by itself."""

    def python(self, service: Literal["auth", "chat"], *words: str) -> str:
        """Run Python with a service's code and settings; what it printed."""
