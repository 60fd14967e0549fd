"""The official OpenAPI schema of Telnyx's API, and validation of requests and responses by it.

The file is not in this repository. Without it, the contract tests are not collected.
"""

from __future__ import annotations

import copy
import functools
import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT.parent / "shared" / "telnyx-ai-openapi.json"

_METHODS = ("get", "post", "put", "patch", "delete")
_formats = FormatChecker(["uuid"])


@dataclass(frozen=True)
class Operation:
    """One operation of the schema.

    Attributes:
        id: Its `operationId`.
        method: Its HTTP method, in capitals.
        path: Its path template, such as `/ai/clusters/{task_id}`.
        deprecated: Whether the vendor marks it as deprecated.
    """

    id: str
    method: str
    path: str
    deprecated: bool

    @property
    def endpoint(self) -> str:
        """Method and path, without the names of the path's parameters."""
        return endpoint(self.method, self.path)

    def of(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return its declaration in a document."""
        declared: dict[str, Any] = document["paths"][self.path][self.method.lower()]
        return declared

    def parameters(self, path: str) -> dict[str, str] | None:
        """Return the parameters in a request's path (still encoded); `None` without a match."""
        names = re.findall(r"{(\w+)}", self.path)
        found = re.fullmatch(re.sub(r"{\w+}", "([^/]+)", self.path), path)
        return None if found is None else dict(zip(names, found.groups(), strict=True))


def endpoint(method: str, path: str) -> str:
    """Return method and path with `{}` for each parameter, whatever its name."""
    return f"{method} {re.sub(r'{[^}]*}', '{}', path)}"


def is_for(endpoint: str, method: str, path: str) -> bool:
    """Return whether a request (its path still encoded) matches an endpoint."""
    pattern = re.escape(endpoint).replace(re.escape("{}"), "[^/]+")
    return re.fullmatch(pattern, f"{method} {path}") is not None


@functools.cache
def _read() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return document


def openapi() -> dict[str, Any]:
    """Return a copy of the vendor's schema."""
    return copy.deepcopy(_read())


@functools.cache
def operations() -> dict[str, Operation]:
    """Return the operations of the schema by their ids."""
    found = [
        Operation(
            declared["operationId"], method.upper(), path, bool(declared.get("deprecated", False))
        )
        for path, item in _read()["paths"].items()
        for method, declared in item.items()
        if method in _METHODS
    ]
    return {operation.id: operation for operation in found}


def operation_of(method: str, path: str) -> Operation | None:
    """Return the operation of a request; fixed segments take precedence over parameters."""
    fitting = [
        operation
        for operation in operations().values()
        if operation.method == method and operation.parameters(path) is not None
    ]
    return min(fitting, key=lambda operation: operation.path.count("{"), default=None)


def problems(
    document: dict[str, Any], operation: Operation, status: int, content_type: str, body: bytes
) -> list[str]:
    """Return the problems of a response by a document; empty if it is as declared.

    Args:
        document: The schema, with or without amendments.
        operation: The operation of the request.
        status: The response's status.
        content_type: Its header `content-type`.
        body: Its body.
    """
    responses = operation.of(document)["responses"]
    if str(status) not in responses:
        return [f"status {status} is not declared: {sorted(responses)}"]
    content = responses[str(status)].get("content", {})
    if not content:
        return [f"a body where none is declared: {body[:200]!r}"] if body else []
    media_type = content_type.partition(";")[0].strip()
    if media_type not in content and "*/*" not in content:
        return [f"{media_type!r} is not declared: {sorted(content)}"]
    if "application/json" not in content or media_type != "application/json":
        return [] if body else [f"an empty body where {media_type} is declared"]
    return _faults(document, content[media_type], body)


def request_problems(document: dict[str, Any], operation: Operation, body: bytes) -> list[str]:
    """Return the problems of a JSON request body by a document."""
    content = operation.of(document).get("requestBody", {}).get("content", {})
    declared = content.get("application/json")
    return _faults(document, declared, body) if declared and body else []


def _faults(document: dict[str, Any], content: dict[str, Any], body: bytes) -> list[str]:
    schema = {**content.get("schema", {}), "components": document["components"]}
    validator = Draft202012Validator(schema, format_checker=_formats)
    faults = validator.iter_errors(json.loads(body))
    return [f"{fault.json_path}: {fault.message[:300]}" for fault in faults]


@_formats.checks("date-time", raises=ValueError)
def _is_time(value: object) -> bool:
    # A time without a zone is ambiguous.
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None
