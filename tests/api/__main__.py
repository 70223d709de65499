"""`python -m tests.api` writes docs/openapi.yaml and docs/asyncapi.yaml anew."""

from tests.api import documents

for path, text in documents.all_of_them().items():
    path.write_text(text)
