"""How the tests are shared among processes: what is costly to start is started by one of them."""

import pytest

from tests.conftest import INSTALLATIONS, ByInstallation

NEEDING_ONE = {"installation", "deployment", "parley"}  # fixtures


def test_whoever_asks_for_a_whole_installation_is_run_by_the_process_that_has_it(
    request: pytest.FixtureRequest,
) -> None:
    for item in request.session.items:
        needs_one = NEEDING_ONE & set(getattr(item, "fixturenames", ()))
        assert not needs_one or item.nodeid.startswith(INSTALLATIONS), item.nodeid


@pytest.mark.parametrize(
    ("nodeid", "scope"),
    [
        ("tests/browser/test_chat.py::test_a[x::y]", "installations"),
        ("tests/e2e/test_standalone.py::test_b", "installations"),
        ("tests/containers/test_tls.py::test_c", "installations"),
        ("tests/chat_service/test_log.py::TestLog::test_d", "tests/chat_service/test_log.py"),
    ],
)
def test_a_group_stays_together_and_so_does_a_file(nodeid: str, scope: str) -> None:
    assert ByInstallation._split_scope(ByInstallation.__new__(ByInstallation), nodeid) == scope
