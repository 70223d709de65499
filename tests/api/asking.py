"""Asks a running service for all that the API's document allows, and for much that it doesn't.

The requests are schemathesis's; what comes back has to be what the document says.
"""

import asyncio
import copy
from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.specs.openapi import checks

from tests.api import openapi

EXAMPLES = 8  # requests of each kind to each operation: some seconds in all
CHECKED = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
DOCUMENT = openapi.document()
MODES = pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])

# The service under test lives in this process, and its jitter is none of hypothesis's business.
IN_ONE_PROCESS = pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")


async def ask_for_everything(tag: str, url: str, token: str, mode: GenerationMode, there: dict[str, list[Any]]) -> None:
    """Ask for every operation of one service; `there` has values for the parameters of paths, some of which are there.

    Raises:
        FailureGroup: what came back was not as described.
    """
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            # Where nothing is asked, nothing can be wrong with it.
            if mode is GenerationMode.NEGATIVE and not operation.keys() & {"parameters", "requestBody"}:
                continue
            if tag in operation["tags"]:
                await asyncio.to_thread(_ask, _operation(path, method, there), url, token, mode)


def _operation(path: str, method: str, there: dict[str, list[Any]]) -> APIOperation[Any, Any, Any, Any]:
    document = copy.deepcopy(DOCUMENT)
    for parameter in document["paths"][path][method].get("parameters", ()):
        if parameter["in"] == "path" and parameter["name"] in there:
            parameter["schema"] = {"enum": there[parameter["name"]]}
    return schemathesis.openapi.from_dict(document)[path][method.upper()]


def _ask(operation: APIOperation[Any, Any, Any, Any], url: str, token: str, mode: GenerationMode) -> None:
    checked = [*CHECKED, checks.negative_data_rejection] if mode is GenerationMode.NEGATIVE else CHECKED

    @hypothesis.settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def check(case: Case[Any]) -> None:
        case.call_and_validate(base_url=url, headers={"Authorization": f"Bearer {token}"}, checks=checked)

    check()
