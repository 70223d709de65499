"""Registrations that are refused."""

import pytest

from auth_service.accounts import Accounts
from chassis.problems import Problem
from tests.auth_service.conftest import PASSWORD


async def refusal(accounts: Accounts, name: str, password: str = PASSWORD) -> Problem:
    with pytest.raises(Problem) as refused:
        await accounts.register(name, password)
    return refused.value
