"""How many sockets an address may have."""

from chat_service.addresses import Addresses


def test_an_address_has_so_many_and_no_more_until_one_leaves() -> None:
    addresses = Addresses(2)
    assert [addresses.enter("192.0.2.1") for _ in range(3)] == [True, True, False]
    assert addresses.enter("192.0.2.2")
    addresses.leave("192.0.2.1")
    assert addresses.enter("192.0.2.1")


def test_nothing_is_kept_of_who_left() -> None:
    addresses = Addresses(1)
    addresses.enter("192.0.2.1")
    addresses.leave("192.0.2.1")
    assert not addresses._sockets
