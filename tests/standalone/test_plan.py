from pathlib import Path

from standalone.plan import MAX_REPLICAS, PORTS_USED, Plan

PLAN = Plan(port=8420, data=Path("/data"), replicas=2)


def test_every_address_is_on_loopback_and_within_the_ports_that_are_promised() -> None:
    for host, port in Plan(8420, Path("/data"), MAX_REPLICAS).addresses(with_broker=True):
        assert host.startswith("127.")
        assert 8420 <= port < 8420 + PORTS_USED


def test_services_share_their_ports_on_addresses_of_their_own_as_containers_do() -> None:
    first, second = PLAN.chats
    assert first[1] == second[1]
    assert len({PLAN.auth[0], first[0], second[0]}) == 3


def test_two_runs_as_far_apart_as_promised_have_no_address_in_common() -> None:
    other = Plan(PLAN.port + PORTS_USED, Path("/other"), 2)
    assert not PLAN.addresses(with_broker=True).keys() & other.addresses(with_broker=True).keys()


def test_without_a_broker_its_ports_are_left_alone() -> None:
    assert PLAN.rabbitmq not in PLAN.addresses(with_broker=False)
    assert PLAN.epmd not in PLAN.addresses(with_broker=False)


def test_people_open_localhost() -> None:
    assert PLAN.public_url == "http://localhost:8420"
