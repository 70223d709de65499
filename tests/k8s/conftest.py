"""Every rule about manifests holds for every overlay."""

import pytest

from tests.k8s.rendered import OVERLAYS


@pytest.fixture(params=OVERLAYS)
def overlay(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name
