"""The OpenAPI document of the control plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema
import openapi_spec_validator
import pytest

from langchain_telnyx.emulator.control.document import openapi

if TYPE_CHECKING:
    from tests.emulator.control.conftest import Control

DOCUMENT = openapi()
OPERATIONS = [
    (method, path, operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]
SCHEMAS = DOCUMENT["components"]["schemas"]


def test_the_document_is_valid_and_served(control: Control) -> None:
    openapi_spec_validator.validate(DOCUMENT)
    assert control.get("/openapi.json") == DOCUMENT


def test_operations_have_unique_names_and_summaries() -> None:
    names = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(names) == len(set(names)) > 25
    assert all(operation["summary"].endswith(".") for _, _, operation in OPERATIONS)
    assert all(operation["tags"] for _, _, operation in OPERATIONS)


@pytest.mark.parametrize(
    ("method", "path", "operation"), OPERATIONS, ids=[f"{each[0]} {each[1]}" for each in OPERATIONS]
)
def test_bodies_have_named_schemas_and_examples(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        named = [schema, *schema.get("anyOf", [])]
        [reference] = [each["$ref"] for each in named if "$ref" in each]
        body = SCHEMAS[reference.rpartition("/")[2]]
        assert body["additionalProperties"] is False
        [example] = body["examples"]
        whole = {**body, "components": DOCUMENT["components"]}
        jsonschema.Draft202012Validator(whole).validate(example)
    else:
        assert method in {"get", "delete"}
    success = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert "$ref" in success or path.endswith("openapi.json")
    for status in ("401", "403", "421", "422"):
        error = operation["responses"][status]["content"]["application/json"]["schema"]
        assert error["$ref"].endswith("InvalidFields" if status == "422" else "Refusal")


def test_the_enum_of_areas_is_in_the_document() -> None:
    [items] = [each["items"] for each in SCHEMAS["Reset"]["properties"]["areas"]["anyOf"][:1]]
    assert {"storage", "script", "requests"} <= set(items["enum"])
