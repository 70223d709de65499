"""How fast one person may ask for things to be stored: a bucket of tokens for each, on this replica."""

import time
from collections import OrderedDict

from chat_service.errors import RateLimited

BURST_SECONDS = 30.0  # nobody writes so fast for long; several devices, and what waited for the network, may
MAX_BUCKETS = 10_000  # a forgotten bucket is a full one


class Pace:
    """`per_second` in the long run, and BURST_SECONDS' worth of them at once."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._at_once = per_second * BURST_SECONDS
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def spend(self, person: str) -> None:
        """Take one token.

        Raises:
            RateLimited: there is none; the request may be repeated when there is.
        """
        now = time.monotonic()
        tokens, at = self._buckets.pop(person, (self._at_once, now))
        tokens = min(self._at_once, tokens + (now - at) * self._per_second)
        if tokens < 1:
            self._buckets[person] = (tokens, now)
            raise RateLimited(round((1 - tokens) / self._per_second, 3))
        self._buckets[person] = (tokens - 1, now)
        if len(self._buckets) > MAX_BUCKETS:
            self._buckets.popitem(last=False)
