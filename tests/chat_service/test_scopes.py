from typing import get_args

import pytest

from chassis.access_tokens import SCOPES
from chat_service import scopes
from chat_service.commands import AnyCommand, Ping, Send
from chat_service.errors import NotAllowed
from chat_service.operations import OPERATIONS

OPS = {str(kind.__struct_config__.tag) for kind in get_args(AnyCommand)}
CHANGING = {
    *("send", "edit", "delete", "react", "unreact", "pin", "unpin"),
    *("create", "open", "join", "leave", "invite", "remove", "ban", "unban", "mute", "unmute", "role"),
    *("rename", "topic", "archive", "unarchive", "slow_mode", "level", "read", "typing"),
}


def test_every_command_that_changes_something_needs_the_scope_write() -> None:
    assert {op for op in OPS if scopes.needed(op) == "write"} == CHANGING & OPS


def test_what_only_reads_is_a_command_that_exists() -> None:
    assert OPS >= scopes.READING


def test_a_command_that_nobody_has_thought_of_needs_the_scope_write() -> None:
    assert scopes.needed("novel") == "write"


@pytest.mark.parametrize("granted", [set(), {"read"}, {"read", "admin"}])
def test_a_token_without_the_scope_write_may_not_send(granted: set[str]) -> None:
    with pytest.raises(NotAllowed, match="without the scope write"):
        scopes.check(frozenset(granted), Send(id="1", room="r", text="hello"))


def test_a_token_with_the_scope_does_what_it_is_for() -> None:
    scopes.check(frozenset({"read"}), Ping(id="1"))
    scopes.check(frozenset({"write"}), Send(id="1", room="r", text="hello"))
    scopes.check(SCOPES, Send(id="1", room="r", text="hello"))


def test_by_http_what_is_asked_with_get_needs_the_scope_read_and_the_rest_write() -> None:
    for operation in OPERATIONS:
        needed = scopes.needed(str(operation.command.__struct_config__.tag))
        assert (operation.method == "GET") == (needed == "read"), operation.name
