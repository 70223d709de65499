"""The gateway's two files as a container reads them: the committed ones, with addresses and TLS put in.

Traefik's static file knows no environment, and its templates read the environment once, at the start of the process;
so what changes while it runs, the list of replicas, is written into the template's place.
"""

import json
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Literal

Tls = Literal["", "certificates", "acme"]
Network = IPv4Network | IPv6Network

TRUSTED = "trustedIPs: []"
ENTRY_POINT = "    http:\n      maxHeaderBytes: 65536\n"
NEXT_ENTRY_POINT = "  internal:\n"
REDIRECT = """\
  plain: # http is there to lead to https and for nothing else
    address: ":8480"
    http:
      aliasHeadersStrategy: delete
      redirections:
        entryPoint:
          to: ":443" # where people see it; the container's own number is another
          scheme: https
          permanent: true
"""
ACME = """
certificatesResolvers:
  acme:
    acme:
      storage: /acme/acme.json
      tlsChallenge: {} # on the same port; nothing else has to be open
"""
CERTIFICATES = """\
tls:
  stores:
    default:
      defaultCertificate:
        certFile: /certificates/fullchain.pem
        keyFile: /certificates/privkey.pem
"""
OPTIONS = """\
  options:
    default:
      minVersion: VersionTLS12
"""


def networks(text: str) -> list[Network]:
    """Addresses and networks, separated by commas.

    Raises:
        ValueError: one is neither, or is everybody, of whom whoever likes could then claim any address.
    """
    found = [ip_network(word.strip(), strict=False) for word in text.split(",") if word.strip()]
    if any(network.prefixlen == 0 for network in found):
        raise ValueError("everybody's word is nobody's")
    return found


def static(committed: Path, tls: Tls, trusted: Sequence[Network] = ()) -> str:
    """traefik.yml, with https on its public entry point if asked for, and what a proxy in front says believed."""
    text = committed.read_text()
    if trusted:
        text = _replaced(text, TRUSTED, f"trustedIPs: {json.dumps([str(network) for network in trusted])}")
    if not tls:
        return text
    text = _replaced(text, ENTRY_POINT, ENTRY_POINT + "      tls: {}\n")
    text = _replaced(text, NEXT_ENTRY_POINT, REDIRECT + NEXT_ENTRY_POINT)
    return text + (ACME if tls == "acme" else "")


def routes(committed: Path, addresses: Mapping[str, Sequence[str]], tls: Tls, host: str) -> str:
    """routes.yml, with the replicas of each service by the name of the variable that would list them."""
    text = committed.read_text()
    for variable, urls in addresses.items():
        text = _replaced(text, f'(env "{variable}")', f'"{",".join(urls)}"')
    if tls == "acme":
        resolver = f'      entryPoints: [web]\n      tls: {{certResolver: acme, domains: [{{main: "{host}"}}]}}\n'
        text = _replaced(text, "      entryPoints: [web]\n", resolver, everywhere=True)
    return text


def certificates(tls: Tls) -> str:
    """What goes into a third file where TLS is on; "" where it isn't."""
    if not tls:
        return ""
    return (CERTIFICATES if tls == "certificates" else "tls:\n") + OPTIONS


def _replaced(text: str, old: str, new: str, *, everywhere: bool = False) -> str:
    count = text.count(old)
    if count == 0 or (count > 1 and not everywhere):
        raise ValueError(f"the gateway's file has {count} of {old!r}: see deploy/gateway_files.py")
    return text.replace(old, new)
