"""How the tests are shared among processes: what is costly to start is started by one of them."""

import pytest

from tests.conftest import GROUPS, ByInstallation

GROUP_OF_FIXTURE = {"installation": "containers", "parley": "parley"}  # the first that a test asks for


def test_whoever_asks_for_a_whole_installation_stands_in_its_group(request: pytest.FixtureRequest) -> None:
    for item in request.session.items:
        asked = [group for fixture, group in GROUP_OF_FIXTURE.items() if fixture in getattr(item, "fixturenames", ())]
        assert not asked or item.nodeid.startswith(GROUPS[asked[0]]), item.nodeid


@pytest.mark.parametrize(
    ("nodeid", "scope"),
    [
        ("tests/browser/test_chat.py::test_a[x::y]", "parley"),
        ("tests/e2e/test_standalone.py::test_b", "parley"),
        ("tests/containers/test_tls.py::test_c", "containers"),
        ("tests/chat_service/test_log.py::TestLog::test_d", "tests/chat_service/test_log.py"),
    ],
)
def test_a_group_stays_together_and_so_does_a_file(nodeid: str, scope: str) -> None:
    assert ByInstallation._split_scope(ByInstallation.__new__(ByInstallation), nodeid) == scope
