"""The table of what there is under `/api/`, held against the commands of the socket."""

import re

import msgspec
import pytest

from chat_service import commands
from chat_service.operations import CHANGES, OPERATIONS, Operation

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
    by_http = [operation.command for operation in OPERATIONS] + list(CHANGES.values())
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
