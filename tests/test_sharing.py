"""How the tests are shared among processes: what is costly to start is started by one of them."""

import pytest

from tests.conftest import INSTALLATIONS, STANDALONE, ByInstallation

CONTAINERS = {"installation", "deployment"}  # fixtures
BROWSER = "chromium"


def test_whoever_asks_for_a_whole_parley_is_run_by_the_process_that_has_it(request: pytest.FixtureRequest) -> None:
    for item in request.session.items:
        needs = set(getattr(item, "fixturenames", ()))
        if needs & CONTAINERS or BROWSER in needs:
            assert item.nodeid.startswith(INSTALLATIONS), item.nodeid
            assert not item.nodeid.startswith(STANDALONE), item.nodeid
        elif "parley" in needs:
            assert item.nodeid.startswith(INSTALLATIONS + STANDALONE), item.nodeid


@pytest.mark.parametrize(
    ("nodeid", "scope"),
    [
        ("tests/browser/test_chat.py::test_a[x::y]", "installations"),
        ("tests/e2e/test_invitations.py::test_b", "installations"),
        ("tests/e2e/test_standalone.py::test_b", "standalone"),
        ("tests/containers/test_tls.py::test_c", "installations"),
        ("tests/parley_client/test_link.py::test_d", "standalone"),
        ("tests/chat_service/test_log.py::TestLog::test_e", "tests/chat_service/test_log.py"),
    ],
)
def test_a_group_stays_together_and_so_does_a_file(nodeid: str, scope: str) -> None:
    assert ByInstallation._split_scope(ByInstallation.__new__(ByInstallation), nodeid) == scope
