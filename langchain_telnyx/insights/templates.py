"""Insight templates in whichever form they are given, and the rules that the API has for them."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from inspect import cleandoc
from typing import Any, TypeAlias, cast

from pydantic import BaseModel, PrivateAttr

from langchain_telnyx.client.api.insight_groups import InsightGroup
from langchain_telnyx.client.api.insights import Insight
from langchain_telnyx.client.call import JSON
from langchain_telnyx.client.json_reading import loads
from langchain_telnyx.client.schemas import (
    class_schema,
    close_objects,
    inline_top_reference,
    is_class,
)
from langchain_telnyx.insights.validation import checked

AnyInsight: TypeAlias = Insight | InsightGroup | type[BaseModel] | Mapping[str, Any] | str
"""A template, a group of them, a pydantic class, a JSON schema with a title or a description, a
dict with `instructions` (and `name`, `json_schema`, `id`), the id of a template at Telnyx, or plain
instructions."""

_OF_A_SCHEMA = {"$defs", "$ref", "properties"}


class ClassInsight(Insight):
    """A template whose results are instances of a pydantic class."""

    _kind: type[BaseModel] | None = PrivateAttr(default=None)

    @classmethod
    def of(cls, kind: type[BaseModel], given: Mapping[str, Any]) -> "ClassInsight":
        """Return the template of a class; what it asks is the class's docstring if not given.

        Raises:
            ValueError: The class has no JSON schema of an object.
        """
        instructions = given.get("instructions") or cleandoc(kind.__doc__ or "")
        named = {"name": kind.__name__, **given, "instructions": instructions}
        template = cls.model_validate({**named, "json_schema": class_schema(kind)})
        template._kind = kind  # noqa: SLF001 - its own
        return template


def kind_of(insight: Insight) -> type[BaseModel] | None:
    """Return the class of a template's results, where it was given as one."""
    return insight._kind if isinstance(insight, ClassInsight) else None  # noqa: SLF001 - of here


def normalised(given: AnyInsight | Sequence[AnyInsight]) -> tuple[Insight | str, ...]:
    """Return templates, and as strings the ids of those that are to be fetched.

    Args:
        given: One or several, in any form.

    Raises:
        ValueError: One says nothing of what to find out, has a schema that the API would refuse,
            or stands there twice.
    """
    several: Iterable[Any] = cast("Any", given) if _is_row(given) else [given]
    found = [template for one in several for template in _normalised(one)]
    if not found:
        raise ValueError("There are no insights to find: give at least one.")
    names = [template if isinstance(template, str) else template.id for template in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"Insights are known by their id, and {twice[0]!r} stands there twice.")
    return tuple(found)


def schema_of(insight: Insight) -> JSON | None:
    """Return the schema of a template's results; `None` for prose.

    Raises:
        ValueError: The API would refuse it, or it is no valid JSON schema.
    """
    schema = insight.json_schema
    if not schema:
        return None  # an empty string is what the API has for none
    name = insight.name or insight.id
    if isinstance(schema, str):
        try:
            schema = loads(schema)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"The `json_schema` of {name!r} is a string without JSON.") from error
    try:
        return _taken(schema)
    except ValueError as error:
        raise ValueError(f"The `json_schema` of {name!r}: {error}.") from error


def _taken(schema: Any) -> JSON:
    """Return a schema in the form that the API takes."""
    made = close_objects(schema) if isinstance(schema, Mapping) else None
    if made is None or made.get("type", "object") != "object":
        raise ValueError("it must be an object's")
    if made.get("additionalProperties") is not False:
        raise ValueError(
            'it must say `"additionalProperties": False`, or list `properties`: the API refuses '
            "templates without it"
        )
    return checked(made)


def instructions_of(insight: Insight) -> str:
    """Return what a template asks: its instructions, else its name.

    Raises:
        ValueError: It has neither.
    """
    text = (insight.instructions or "").strip() or (insight.name or "").strip()
    if not text:
        raise ValueError(f"The insight {insight.id!r} has no `instructions`.")
    return text


def _normalised(given: Any) -> Iterable[Insight | str]:
    match given:
        case InsightGroup():
            for insight in given.insights:
                yield _checked(insight)
        case Insight():
            yield _checked(given)
        case str() if _is_id(given):
            yield given
        case str():
            yield _checked(Insight(id=given.strip(), instructions=given))
        case Mapping():
            yield _checked(_of_dict(given))
        case type() if is_class(given):
            yield _checked(ClassInsight.of(given, {"id": given.__name__}))
        case _:
            raise ValueError(
                f"A {type(given).__name__} is no insight: give a template, a group, a pydantic "
                f"class, a dict with `instructions`, a JSON schema, a template's id, or plain "
                f"instructions."
            )


def _of_dict(given: Mapping[str, Any]) -> Insight:
    if given.keys() & _OF_A_SCHEMA and not given.keys() & {"instructions", "json_schema"}:
        given = inline_top_reference(given)
        title, description = given.get("title"), given.get("description")
        if not (title or description):
            raise ValueError(
                "A JSON schema as an insight says what to find out by its `title` or "
                "`description`, and this has neither."
            )
        given = {"name": title, "instructions": description or title, "json_schema": dict(given)}
    # What the API gives may have fields that are not known yet; what a program writes may not.
    unknown = sorted(map(str, given.keys() - Insight.model_fields.keys()))
    if unknown and "created_at" not in given:
        known = ", ".join(f"`{name}`" for name in Insight.model_fields)
        raise ValueError(f"An insight has no {unknown[0]!r}: it has {known}.")
    kind: Any = given.get("json_schema")
    of_a_class = is_class(kind)
    name = given.get("name") or (kind.__name__ if of_a_class else None)
    known_as = given.get("id") or given.get("name") or given.get("instructions") or name or ""
    fields = {**given, "id": known_as, "name": name}
    return ClassInsight.of(kind, fields) if of_a_class else Insight.model_validate(fields)


def _checked(insight: Insight) -> Insight:
    instructions_of(insight)
    schema_of(insight)
    return insight


def _is_row(given: Any) -> bool:
    # A pydantic object can be gone through, too: by its fields.
    return isinstance(given, Iterable) and not isinstance(given, str | bytes | Mapping | BaseModel)


def _is_id(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
