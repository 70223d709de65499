"""A program that asks the accounts, in JSON."""

from typing import Any

import aiohttp

from tests.auth_service.conftest import PASSWORD, Client

ADA = {"name": "Ada", "password": PASSWORD}


async def post(program: Client, path: str, body: Any = None, **headers: str) -> aiohttp.ClientResponse:
    return await program.post(f"/api/auth/{path}", json={} if body is None else body, headers=headers)


async def problem(answer: aiohttp.ClientResponse) -> tuple[int, str]:
    return answer.status, (await answer.json(content_type="application/problem+json"))["code"]


async def registered(program: Client) -> dict[str, Any]:
    answer = await post(program, "register", ADA)
    assert answer.status == 201
    granted: dict[str, Any] = await answer.json()
    return granted


async def me(program: Client, token: str) -> aiohttp.ClientResponse:
    return await program.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"})


def bearer(granted: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {granted['access_token']}"}
