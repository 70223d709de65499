"""Which address is believed."""

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from chassis import client_address

PEER = "10.0.0.2"


def seen(proxies: int, *forwarded: str) -> str:
    app = web.Application()
    client_address.trust(app, proxies)
    headers = CIMultiDict([("X-Forwarded-For", value) for value in forwarded])
    return client_address.of(make_mocked_request("GET", "/", headers, app=app).clone(remote=PEER))


@pytest.mark.parametrize(
    ("proxies", "forwarded", "believed"),
    [
        (1, ["192.0.2.7"], "192.0.2.7"),
        (1, ["6.6.6.6, 192.0.2.7"], "192.0.2.7"),
        (1, ["6.6.6.6", "192.0.2.7"], "192.0.2.7"),
        (1, ["2001:db8::7"], "2001:db8::7"),
        (2, ["6.6.6.6, 192.0.2.7, 10.0.0.1"], "192.0.2.7"),
        (2, ["192.0.2.7"], "192.0.2.7"),
        (0, ["6.6.6.6"], PEER),
        (1, [], PEER),
        (1, ["", " , "], PEER),
        (1, ["unknown"], PEER),
        (1, ["192.0.2.7:4711"], PEER),
        (1, ["6.6.6.6, ' OR 1=1"], PEER),
    ],
)
def test_what_trusted_proxies_appended_is_believed_and_nothing_else(
    proxies: int, forwarded: list[str], believed: str
) -> None:
    assert seen(proxies, *forwarded) == believed


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::1", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::"),
        ("", ""),
    ],
)
def test_attempts_are_counted_by_what_one_customer_has(address: str, network: str) -> None:
    assert client_address.network(address) == network
