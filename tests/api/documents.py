"""Both documents, as text, and where they lie."""

from pathlib import Path

import yaml

from tests.api import asyncapi, openapi

DOCS = Path(__file__).parents[2] / "docs"


class _WithoutAliases(yaml.SafeDumper):
    """What stands in two places is written twice: readers of API documents don't know YAML's anchors."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


def all_of_them() -> dict[Path, str]:
    return {
        DOCS / "openapi.yaml": _text("HTTP API", openapi.document()),
        DOCS / "asyncapi.yaml": _text("socket", asyncapi.document()),
    }


def _text(what: str, document: object) -> str:
    body = yaml.dump(document, Dumper=_WithoutAliases, sort_keys=False, allow_unicode=True, width=120)
    return f"# The {what}, made from the code's types by `python -m tests.api`.\n{body}"
