"""From which address a request comes, as far as that can be believed.

Every proxy appends to `X-Forwarded-For` the address that it was called from; whatever stands before is hearsay. So
with a known number of proxies in front, one address can be believed: that many from the right. Source: MDN,
X-Forwarded-For, "Selecting an IP address"; aiohttp-remotes counts in the same way.
"""

import ipaddress

from aiohttp import hdrs, web

IPV6_NETWORK_BITS = 64  # what one customer has: whoever has one address of it has them all

_proxies = web.AppKey("trusted_proxies", int)


def trust(app: web.Application, proxies: int) -> None:
    """Believe what the last so many proxies in front of `app` say."""
    app[_proxies] = proxies


def of(request: web.Request) -> str:
    """The client's address; "" where there is none, as on a Unix socket."""
    forwarded = ",".join(request.headers.getall(hdrs.X_FORWARDED_FOR, ())).split(",")
    peer = request.remote or ""
    chain = [*(address.strip() for address in forwarded if address.strip()), peer]
    believed = chain[-1 - request.app[_proxies] :][0]
    return believed if _parsed(believed) else peer


def network(address: str) -> str:
    """What to count attempts by: the address itself, of IPv6 its network."""
    parsed = _parsed(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:  # as a socket for both families writes it
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network(f"{parsed}/{IPV6_NETWORK_BITS}", strict=False).network_address)
    return address


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(address.partition("%")[0])  # without the zone of a link-local one
    except ValueError:  # "unknown", a name, a port beside it: nothing to count by
        return None
