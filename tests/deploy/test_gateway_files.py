"""The gateway's committed files, with addresses and TLS put in."""

from pathlib import Path

import pytest
import yaml

from deploy import gateway_files

GATEWAY = Path(__file__).parents[2] / "gateway"
ADDRESSES = {"AUTH_URLS": ["http://10.0.0.1:8000"], "CHAT_URLS": ["http://10.0.0.2:8000", "http://10.0.0.3:8000"]}


def test_without_tls_the_static_file_is_the_committed_one() -> None:
    assert gateway_files.static(GATEWAY / "traefik.yml", "") == (GATEWAY / "traefik.yml").read_text()


def test_a_trusted_proxy_stands_in_the_public_entry_point_and_nothing_else_changes() -> None:
    trusted = gateway_files.networks("192.0.2.7, 2001:db8::/32")
    static = yaml.safe_load(gateway_files.static(GATEWAY / "traefik.yml", "", trusted))
    headers = static["entryPoints"]["web"]["forwardedHeaders"]
    assert headers["trustedIPs"] == ["192.0.2.7/32", "2001:db8::/32"]
    headers["trustedIPs"] = []
    assert static == yaml.safe_load((GATEWAY / "traefik.yml").read_text())


@pytest.mark.parametrize("wrong", ["proxy", "192.0.2.7/33", "0.0.0.0/0", "192.0.2.7,::/0", '1.1.1.1"]'])
def test_who_is_trusted_is_an_address_or_a_network_but_not_everybody(wrong: str) -> None:
    assert gateway_files.networks("") == []
    with pytest.raises(ValueError):  # noqa: PT011 - whatever the reason, deploy.routes shows it
        gateway_files.networks(wrong)


def test_with_tls_the_public_entry_point_has_it_and_http_leads_there() -> None:
    points = yaml.safe_load(gateway_files.static(GATEWAY / "traefik.yml", "certificates"))["entryPoints"]
    assert points["web"]["http"]["tls"] == {}
    assert points["plain"]["http"]["redirections"]["entryPoint"]["scheme"] == "https"
    committed = yaml.safe_load((GATEWAY / "traefik.yml").read_text())["entryPoints"]
    assert points["internal"] == committed["internal"]
    del points["web"]["http"]["tls"]
    assert points["web"] == committed["web"]


def test_replicas_stand_where_the_environment_was_read() -> None:
    text = gateway_files.routes(GATEWAY / "routes.yml", ADDRESSES, "", "")
    assert '"http://10.0.0.2:8000,http://10.0.0.3:8000"' in text
    assert "_URLS" not in text.partition("http:")[2]


def test_with_acme_every_router_asks_for_the_hosts_certificate() -> None:
    text = gateway_files.routes(GATEWAY / "routes.yml", ADDRESSES, "acme", "chat.example.org")
    routers = text.count("entryPoints: [web]")
    assert routers >= 2
    assert text.count('tls: {certResolver: acme, domains: [{main: "chat.example.org"}]}') == routers
    static = yaml.safe_load(gateway_files.static(GATEWAY / "traefik.yml", "acme"))
    assert static["certificatesResolvers"]["acme"]["acme"]["storage"] == "/acme/acme.json"


@pytest.mark.parametrize("tls", ["certificates", "acme"])
def test_tls_is_modern(tls: gateway_files.Tls) -> None:
    options = yaml.safe_load(gateway_files.certificates(tls))["tls"]["options"]
    assert options == {"default": {"minVersion": "VersionTLS12"}}


def test_without_tls_there_is_nothing_about_certificates() -> None:
    assert gateway_files.certificates("") == ""


def test_a_committed_file_that_no_longer_fits_is_noticed(tmp_path: Path) -> None:
    other = tmp_path / "routes.yml"
    other.write_text("http: {}\n")
    with pytest.raises(ValueError, match="AUTH_URLS"):
        gateway_files.routes(other, ADDRESSES, "", "")
