"""Answers that fit a schema: what to bind for them, and how they are asked of a model."""

import enum
import re
from collections.abc import Mapping
from operator import itemgetter
from typing import Any, Literal, TypeAlias, get_args

from langchain_core.runnables import Runnable, RunnableMap, RunnablePassthrough
from langchain_core.utils.function_calling import convert_to_openai_function

from langchain_telnyx._chat.answers import (
    AnswerParser,
    ChoiceParser,
    PatternParser,
    SchemaParser,
)
from langchain_telnyx._chat.tools import to_tool
from langchain_telnyx.client.call import JSON

Method: TypeAlias = Literal[
    "json_schema", "function_calling", "json_mode", "guided_json", "guided_choice", "guided_regex"
]


def response_format(form: Any, *, strict: bool | None = None) -> JSON | None:
    """Return a response format in the API's form.

    Args:
        form: One in that form, or the schema it is to have: a pydantic or `TypedDict` class, or a
            JSON schema with a title.
        strict: Whether an answer that does not fit is to fail. Default: not said.
    """
    if form is None:
        return None
    if isinstance(form, Mapping) and form.get("type") in {"text", "json_object"}:
        return dict(form)
    if isinstance(form, Mapping) and form.get("type") == "json_schema":
        named = dict(form["json_schema"])
        strict = named.get("strict") if strict is None else strict
        if strict is not None:
            named["strict"] = strict
        if strict and named.get("schema"):
            named["schema"] = _closed(named["schema"])
        return {"type": "json_schema", "json_schema": named}
    return _named_schema(to_tool(_titled(form), strict=strict)["function"])


def asked_for(schema: Any, method: Method, *, strict: bool | None) -> tuple[JSON, AnswerParser]:
    """Return what to bind to a model so that its answers fit a schema, and what reads them.

    Args:
        schema: A pydantic or `TypedDict` class, a JSON schema, an OpenAI function; an `Enum` class
            for `guided_choice`, a regular expression for `guided_regex`.
        method: How to ask: see `ChatTelnyx.with_structured_output`.
        strict: Whether an answer that does not fit is to fail.

    Returns:
        Fields of the request, beside `tools` the function to be added to them; and a parser.

    Raises:
        ValueError: There is no such method, or it cannot ask for such a schema.
    """
    if method not in get_args(Method):
        known = ", ".join(repr(name) for name in get_args(Method))
        raise ValueError(f"`method={method!r}` is none of {known}.")
    if method == "guided_choice":
        return _choice(schema)
    if method == "guided_regex":
        return _pattern(schema)
    schema = _titled(schema)
    function = to_tool(schema, strict=strict)["function"]
    parser = SchemaParser(schema_=schema)
    bound: JSON
    match method:
        case "json_schema":
            bound = {"response_format": _named_schema(function)}
        case "guided_json":
            bound = {"guided_json": function["parameters"]}
        case "json_mode":
            bound = {"response_format": {"type": "json_object"}}
        case "function_calling":
            bound = {"tools": [{"type": "function", "function": function}]}
            parser = SchemaParser(schema_=schema, function=function["name"])
    return {**bound, **_traced(method, _as_json_schema(function), strict=strict)}, parser


def with_raw(model: Runnable[Any, Any], parser: AnswerParser) -> Runnable[Any, Any]:
    """Return a chain that gives the message, what was parsed of it, and what prevented that."""
    parsed = RunnablePassthrough.assign(
        parsed=itemgetter("raw") | parser, parsing_error=lambda _: None
    )
    failed = RunnablePassthrough.assign(parsed=lambda _: None)
    return RunnableMap(raw=model) | parsed.with_fallbacks([failed], exception_key="parsing_error")


def _named_schema(function: JSON) -> JSON:
    named: JSON = {"name": function["name"], "schema": function["parameters"]}
    for name in ("description", "strict"):
        if function.get(name) is not None:
            named[name] = function[name]
    return {"type": "json_schema", "json_schema": named}


def _titled(schema: Any) -> Any:
    # A schema's title is the name that function calling and `json_schema` must give it.
    if isinstance(schema, Mapping) and not schema.keys() & {
        "title",
        "name",
        "function",
        "toolSpec",
    }:
        return {"title": "answer", **schema}
    return schema


def _closed(schema: JSON) -> JSON:
    closed = convert_to_openai_function({"name": "closed", "parameters": schema}, strict=True)
    parameters: JSON = closed["parameters"]
    return parameters


def _as_json_schema(function: JSON) -> JSON:
    about = {"description": function["description"]} if "description" in function else {}
    return {"title": function["name"], **about, **function["parameters"]}


def _traced(method: Method, schema: JSON, *, strict: bool | None = None) -> JSON:
    # LangSmith shows it; it is not sent.
    kwargs = {"method": method} if strict is None else {"method": method, "strict": strict}
    return {"ls_structured_output_format": {"kwargs": kwargs, "schema": schema}}


def _choice(schema: Any) -> tuple[JSON, AnswerParser]:
    if not (isinstance(schema, type) and issubclass(schema, enum.Enum)):
        raise ValueError(  # noqa: TRY004 - as for every schema that a method cannot ask for
            f"`guided_choice` chooses among the values of an `Enum` class, not {schema!r}."
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
        raise ValueError(f"`guided_regex` takes a regular expression, not {schema!r}.")
    traced = _traced("guided_regex", {"title": "answer", "pattern": pattern.pattern})
    return {"guided_regex": pattern.pattern, **traced}, PatternParser(pattern=pattern)
