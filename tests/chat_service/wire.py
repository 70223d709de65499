"""The transport of a client that reads while its gate is open."""

from collections.abc import Iterable


class ReadWire:
    """`read` are the payloads of the frames that arrived."""

    def __init__(self) -> None:
        self.read: list[bytes] = []
        self.reads = True
        self.gone = False
        self._buffer: list[bytes] = []

    def writelines(self, list_of_data: Iterable[bytes]) -> None:
        _header, payload = list_of_data
        self._buffer.append(payload)
        if self.reads:
            self.read_all()

    def read_all(self) -> None:
        self.read += self._buffer
        self._buffer.clear()

    def get_write_buffer_size(self) -> int:
        return sum(len(payload) for payload in self._buffer)

    def is_closing(self) -> bool:
        return self.gone
