"""Whatever is asked of the accounts by HTTP is answered as docs/openapi.yaml says."""

from aiohttp.test_utils import TestServer
from schemathesis import GenerationMode

from tests.api.asking import IN_ONE_PROCESS, MODES, ask_for_everything
from tests.auth_service.conftest import PASSWORD, Client


@MODES
@IN_ONE_PROCESS
async def test_the_accounts_answer_as_their_document_says(
    server: TestServer, program: Client, mode: GenerationMode
) -> None:
    answer = await program.post("/api/auth/register", json={"name": "Ada", "password": PASSWORD})
    token = (await answer.json())["access_token"]
    await ask_for_everything("auth", str(server.make_url("")), token, mode, {})
