"""The table of what there is under `/api/`, held against the commands of the socket."""

import re
from typing import Any

import msgspec
import pytest

from chat_service import commands
from chat_service.operations import OPERATIONS, Operation, RoomChanges

ONLY_BY_SOCKET = {
    commands.Hello,
    commands.Fetch,
    commands.Counts,
    commands.Read,
    commands.Typing,
    commands.Watch,
    commands.Renew,
    commands.Ping,
}


def test_whatever_can_be_done_by_socket_and_makes_sense_alone_can_be_done_by_http() -> None:
    by_http: list[type[Any]] = [operation.command for operation in OPERATIONS]
    for archived in (True, False):
        changes = RoomChanges(name="n", topic="t", slow_mode=1, level="all", archived=archived).commands("lobby", "k")
        by_http += [type(one) for one in changes if type(one) not in by_http]
    assert set(commands.AnyCommand.__args__) - set(by_http) == ONLY_BY_SOCKET
    assert len(by_http) == len(set(by_http))


def test_no_two_operations_have_one_name_or_one_way_in() -> None:
    assert len({operation.name for operation in OPERATIONS}) == len(OPERATIONS)
    assert len({(operation.method, operation.path) for operation in OPERATIONS}) == len(OPERATIONS)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_a_path_names_fields_of_its_command_alone(operation: Operation) -> None:
    fields = {field.name for field in msgspec.structs.fields(operation.command)}
    assert set(re.findall(r"{(\w+)}", operation.path)) <= fields


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_a_deletion_says_all_in_its_path(operation: Operation) -> None:
    if operation.method == "DELETE":
        required = {field.name for field in msgspec.structs.fields(operation.command) if field.required}
        assert required - {"id"} == set(re.findall(r"{(\w+)}", operation.path))


def test_what_a_patch_does_not_name_is_not_changed() -> None:
    assert list(RoomChanges().commands("lobby", "k")) == []
    assert list(RoomChanges(topic="").commands("lobby", "k")) == [commands.SetTopic(id="k-t", room="lobby", topic="")]
