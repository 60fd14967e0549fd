"""The request fields and the parser of structured output, for each method."""

import enum
import re
from collections.abc import Mapping
from operator import itemgetter
from typing import Any, get_args

from langchain_core.runnables import Runnable, RunnableMap, RunnablePassthrough

from langchain_telnyx._shared.capabilities import StructuredOutputMethod
from langchain_telnyx.chat_models.structured.json_schemas import JSON_TYPES, closed, with_root
from langchain_telnyx.chat_models.structured.output_parsers import (
    AnswerParser,
    ChoiceParser,
    PatternParser,
    SchemaParser,
)
from langchain_telnyx.chat_models.structured.schemas import AnswerSchema
from langchain_telnyx.chat_models.tool_binding.wire_names import wire_name
from langchain_telnyx.client.call import JSON


def response_format(form: Any, *, strict: bool | None = None) -> JSON | None:
    """Convert a response format to the API's.

    Args:
        form: A response format of the API or of OpenAI's Responses API, or a schema: see
            `ChatTelnyx.with_structured_output`.
        strict: Whether the server must enforce the schema. Default: not sent.

    Raises:
        ValueError: The schema cannot be converted to a JSON schema.
    """
    if form is None:
        return None
    kind = form.get("type") if isinstance(form, Mapping) else None
    if is_format(form) and kind != "json_schema":
        return dict(form)
    if kind == "json_schema":
        inside = form.get("json_schema") or {
            name: value for name, value in form.items() if name != "type"
        }
        return _checked_format(dict(inside), strict=strict)
    return _named_schema(AnswerSchema(form, strict=strict))


def is_format(form: Any) -> bool:
    """Return whether a response format is the API's, or `None`, and not a schema."""
    if not isinstance(form, Mapping):
        return form is None
    kind = form.get("type")
    if kind == "json_schema":
        return isinstance(form.get("json_schema"), Mapping)
    return isinstance(kind, str) and kind != "function" and kind not in JSON_TYPES


def structured_bindings(
    schema: Any, method: StructuredOutputMethod, *, strict: bool | None
) -> tuple[JSON, AnswerParser]:
    """Return the request fields to bind for a schema, and the parser of the answers.

    Args:
        schema: A type that pydantic supports, a JSON schema, or a function in any vendor's format;
            an `Enum` class for `guided_choice`, a regular expression for `guided_regex`.
        method: How to send the schema: see `ChatTelnyx.with_structured_output`.
        strict: Whether the server must enforce the schema.

    Returns:
        The fields, with the function to add under `tools`; and the parser.

    Raises:
        ValueError: The method does not exist, or does not support the schema.
    """
    if method not in get_args(StructuredOutputMethod):
        known = ", ".join(repr(name) for name in get_args(StructuredOutputMethod))
        raise ValueError(f"`method={method!r}` must be one of {known}.")
    if method == "guided_choice":
        return _choice(schema)
    if method == "guided_regex":
        return _pattern(schema)
    answer = AnswerSchema(schema, strict=strict)
    parser = SchemaParser(schema_=answer)
    bound: JSON
    match method:
        case "json_schema":
            bound = {"response_format": _named_schema(answer)}
        case "guided_json":
            bound = {"guided_json": answer.wire}
        case "json_mode":
            bound = {"response_format": {"type": "json_object"}}
        case "function_calling":
            # The original name: see `wire_names` for names that servers do not accept.
            function = {**answer.function, "name": answer.original_name}
            bound = {"tools": [{"type": "function", "function": function}]}
            parser = SchemaParser(schema_=answer, function=answer.original_name)
    return {**bound, **_traced(method, _as_json_schema(answer.function), strict=strict)}, parser


def with_raw(model: Runnable[Any, Any], parser: AnswerParser) -> Runnable[Any, Any]:
    """Return a chain that returns the message, the parsed output, and the parsing error."""
    parsed = RunnablePassthrough.assign(
        parsed=itemgetter("raw") | parser, parsing_error=lambda _: None
    )
    failed = RunnablePassthrough.assign(parsed=lambda _: None)
    return RunnableMap(raw=model) | parsed.with_fallbacks([failed], exception_key="parsing_error")


def _checked_format(named: JSON, *, strict: bool | None) -> JSON:
    strict = named.get("strict") if strict is None else strict
    if strict is not None:
        named["strict"] = strict
    if named.get("name"):
        named["name"] = wire_name(named["name"])
    if isinstance(schema := named.get("schema"), Mapping) and schema:
        root = with_root(dict(schema))
        named["schema"] = closed(root) if strict else root
    return {"type": "json_schema", "json_schema": named}


def _named_schema(answer: AnswerSchema) -> JSON:
    named: JSON = {"name": answer.name, "schema": answer.wire}
    if answer.description:
        named["description"] = answer.description
    if answer.strict is not None:
        named["strict"] = answer.strict
    return {"type": "json_schema", "json_schema": named}


def _as_json_schema(function: JSON) -> JSON:
    about = {"description": function["description"]} if "description" in function else {}
    return {"title": function["name"], **about, **function["parameters"]}


def _traced(method: StructuredOutputMethod, schema: JSON, *, strict: bool | None = None) -> JSON:
    # For LangSmith; not sent.
    kwargs = {"method": method} if strict is None else {"method": method, "strict": strict}
    return {"ls_structured_output_format": {"kwargs": kwargs, "schema": schema}}


def _choice(schema: Any) -> tuple[JSON, AnswerParser]:
    if not (isinstance(schema, type) and issubclass(schema, enum.Enum)):
        raise ValueError(  # noqa: TRY004 - as for every unsupported schema
            f"`guided_choice` requires an `Enum` class, not {schema!r}."
        )
    choices = [str(member.value) for member in schema]
    bound = {"guided_choice": choices}
    traced = _traced("guided_choice", {"title": schema.__name__, "enum": choices})
    return {**bound, **traced}, ChoiceParser(options=schema)


def _pattern(schema: Any) -> tuple[JSON, AnswerParser]:
    pattern = schema if isinstance(schema, re.Pattern) else None
    if pattern is None and isinstance(schema, str):
        pattern = re.compile(schema)
    if pattern is None or not isinstance(pattern.pattern, str):
        raise ValueError(f"`guided_regex` requires a regular expression, not {schema!r}.")
    traced = _traced("guided_regex", {"title": "answer", "pattern": pattern.pattern})
    return {"guided_regex": pattern.pattern, **traced}, PatternParser(pattern=pattern)
