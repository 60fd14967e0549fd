"""Amend the OpenAPI schema with responses and fields that the vendor omits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    Schema: TypeAlias = dict[str, Any]
    Amendment: TypeAlias = Callable[[dict[str, Any], dict[str, Any]], None]

ENVELOPE: Schema = {
    "type": "object",
    "required": ["errors"],
    "properties": {
        "errors": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["code", "title", "detail"],
                "properties": {
                    "code": {"type": "string", "pattern": "^[0-9]{5}$"},
                    "title": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        }
    },
}
"""The vendor's error envelope, as observed; the schema's own has no required fields."""


def content_part(kind: str, schema: Schema) -> Schema:
    """Return the schema of a part of a message; its content has the name of its type."""
    return {
        "type": "object",
        "required": ["type", kind],
        "properties": {"type": {"const": kind}, kind: schema},
    }


def declare_response(status: int, schema: Schema) -> Amendment:
    """Declare a JSON response, unless the status has one."""

    def amend(document: dict[str, Any], operation: dict[str, Any]) -> None:
        del document
        response = operation["responses"].setdefault(str(status), {"description": "An error."})
        response.setdefault("content", {"application/json": {"schema": schema}})

    return amend


def declare_stream(document: dict[str, Any], operation: dict[str, Any]) -> None:
    """Declare a stream of events as a second content type of the 200."""
    del document
    event = {"type": "object", "required": ["data"], "properties": {"data": {"type": "string"}}}
    operation["responses"]["200"]["content"]["text/event-stream"] = {"schema": event}


def allow_any_media_type(document: dict[str, Any], operation: dict[str, Any]) -> None:
    """Allow any media type for the body of a 200."""
    del document
    content = operation["responses"]["200"]["content"]
    content["*/*"] = {"schema": {"type": "string", "format": "binary"}}


def drop_keyword(keyword: str, *parameters: str) -> Amendment:
    """Drop a keyword, such as `maximum`, from the schemas of query parameters."""

    def amend(document: dict[str, Any], operation: dict[str, Any]) -> None:
        del document
        for parameter in operation["parameters"]:
            if parameter["name"] in parameters:
                parameter["schema"].pop(keyword, None)

    return amend


def update_parameters(keywords: dict[str, Schema]) -> Amendment:
    """Replace or add keywords in the schemas of query parameters, such as `page[size]`."""

    def amend(document: dict[str, Any], operation: dict[str, Any]) -> None:
        del document
        for parameter in operation["parameters"]:
            declared = {parameter["name"]: parameter["schema"]}
            for name, schema in parameter["schema"].get("properties", {}).items():
                declared[f"{parameter['name']}[{name}]"] = schema
            for name in declared.keys() & keywords.keys():
                declared[name].update(keywords[name])

    return amend


def close_body(document: dict[str, Any], operation: dict[str, Any]) -> None:
    """Forbid fields of a request body that are not declared."""
    _body(document, operation)["additionalProperties"] = False


def update_fields(**keywords: Schema) -> Amendment:
    """Replace or add keywords in the schemas of request fields."""

    def amend(document: dict[str, Any], operation: dict[str, Any]) -> None:
        declared = _body(document, operation)["properties"]
        for name, changes in keywords.items():
            declared[name] = {**declared[name], **changes}

    return amend


def widen_field(name: str, schema: Schema) -> Amendment:
    """Allow another schema for a request field."""

    def amend(document: dict[str, Any], operation: dict[str, Any]) -> None:
        _widen(_body(document, operation)["properties"], name, schema)

    return amend


def widen(pointer: str, schema: Schema) -> Amendment:
    """Allow another schema at a path below the document's `components`."""

    def amend(document: dict[str, Any], operation: dict[str, Any]) -> None:
        del operation
        _widen(*_at(document, pointer), schema)

    return amend


def replace(pointer: str, schema: Schema) -> Amendment:
    """Replace the schema at a path below the document's `components`."""

    def amend(document: dict[str, Any], operation: dict[str, Any]) -> None:
        del operation
        place, name = _at(document, pointer)
        place[name] = schema

    return amend


def require(*names: str) -> Amendment:
    """Require a request body with these fields."""

    def amend(document: dict[str, Any], operation: dict[str, Any]) -> None:
        operation["requestBody"]["required"] = True
        body = _body(document, operation)
        body["required"] = sorted({*body.get("required", ()), *names})

    return amend


def _at(document: dict[str, Any], pointer: str) -> tuple[Any, str]:
    *steps, name = pointer.split("/")
    place: Any = document["components"]
    for step in steps:
        place = place[int(step) if isinstance(place, list) else step]
    return place, name


def _widen(place: dict[str, Any], name: str, schema: Schema) -> None:
    # Two operations may share a component.
    if schema not in place[name].get("anyOf", []):
        place[name] = {"anyOf": [place[name], schema]}


def _body(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    [content] = operation["requestBody"]["content"].values()
    schema: dict[str, Any] = content["schema"]
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema
