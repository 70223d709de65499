"""What the parts wrote down about somebody's visit."""

from tests.browser.people import PASSWORD, Visit, said
from tests.deployment import Deployment


async def test_no_log_holds_a_password_a_token_or_what_was_said(visit: Visit, deployment: Deployment) -> None:
    ada = await visit()
    await ada.register()
    text = said()
    await ada.say(text)
    await ada.sees(text)
    tokens = [cookie.get("value", "") for cookie in await ada.context.cookies()]
    assert len(tokens) == 3
    logs = {path.name: path.read_text(errors="replace") for path in deployment.logs.iterdir()}
    parts = [name.partition("-")[0].partition(".")[0] for name in logs]
    assert {"auth", "gateway"} < set(parts)
    assert parts.count("chat") >= 2  # whatever their numbers: other tests have replicas replaced
    for name, log in logs.items():
        for secret in (PASSWORD, PASSWORD.replace(" ", "+"), text, *tokens):
            assert secret not in log, name
