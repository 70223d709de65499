"""The links that people are given, as they are opened; what is in them is in nobody's log."""

import msgspec


class Links(msgspec.Struct, frozen=True):
    """`public_url` is the one address that people open."""

    public_url: str

    def invitation(self, code: str) -> str:
        return f"{self.public_url}/invite/{code}"

    def reset(self, code: str) -> str:
        return f"{self.public_url}/reset/{code}"
