"""Conversion of all forms of insights to templates, and the API's rules for templates."""

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
from langchain_telnyx.insights.validation import check_schema

AnyInsight: TypeAlias = Insight | InsightGroup | type[BaseModel] | Mapping[str, Any] | str
"""A template, a group of them, a pydantic class, a JSON schema with a title or a description, a
dict with `instructions` (and `name`, `json_schema`, `id`), the id of a template at Telnyx, or plain
instructions."""

_SCHEMA_KEYS = {"$defs", "$ref", "properties"}


class ClassInsight(Insight):
    """A template whose results are instances of a pydantic class."""

    _kind: type[BaseModel] | None = PrivateAttr(default=None)

    @classmethod
    def of(cls, kind: type[BaseModel], fields: Mapping[str, Any]) -> "ClassInsight":
        """Create the template of a class. Default instructions: the class's docstring.

        Raises:
            ValueError: The class has no JSON schema of an object.
        """
        instructions = fields.get("instructions") or cleandoc(kind.__doc__ or "")
        named = {"name": kind.__name__, **fields, "instructions": instructions}
        template = cls.model_validate({**named, "json_schema": class_schema(kind)})
        template._kind = kind  # noqa: SLF001 - same class
        return template


def kind_of(insight: Insight) -> type[BaseModel] | None:
    """Return the class of a template's results, or `None`."""
    return insight._kind if isinstance(insight, ClassInsight) else None  # noqa: SLF001 - same module


def normalize_insights(insights: AnyInsight | Sequence[AnyInsight]) -> tuple[Insight | str, ...]:
    """Return the templates, and the ids (strings) of templates to fetch.

    Args:
        insights: One or several, in any form.

    Raises:
        ValueError: An insight has no instructions, has a schema that the API would refuse, or
            occurs twice.
    """
    several: Iterable[Any] = cast("Any", insights) if _is_sequence(insights) else [insights]
    templates = [template for one in several for template in _normalize(one)]
    if not templates:
        raise ValueError("`insights` is empty: pass at least one.")
    ids = [template if isinstance(template, str) else template.id for template in templates]
    duplicates = sorted({id_ for id_ in ids if ids.count(id_) > 1})
    if duplicates:
        raise ValueError(f"Ids of insights must be unique, but {duplicates[0]!r} occurs twice.")
    return tuple(templates)


def schema_of(insight: Insight) -> JSON | None:
    """Return the schema of a template's results; `None` for text.

    Raises:
        ValueError: The API would refuse it, or it is not a valid JSON schema.
    """
    schema = insight.json_schema
    if not schema:
        return None  # the API returns an empty string
    name = insight.name or insight.id
    if isinstance(schema, str):
        try:
            schema = loads(schema)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"The `json_schema` of {name!r} is not valid JSON.") from error
    try:
        return _strict(schema)
    except ValueError as error:
        raise ValueError(f"The `json_schema` of {name!r}: {error}.") from error


def _strict(schema: Any) -> JSON:
    """Return a schema in the form that the API accepts."""
    strict = close_objects(schema) if isinstance(schema, Mapping) else None
    if strict is None or strict.get("type", "object") != "object":
        raise ValueError('it must be of type "object"')
    if strict.get("additionalProperties") is not False:
        raise ValueError(
            'it must have `"additionalProperties": False`, or list `properties`: the API refuses '
            "templates without it"
        )
    return check_schema(strict)


def instructions_of(insight: Insight) -> str:
    """Return a template's instructions, or else its name.

    Raises:
        ValueError: It has neither.
    """
    text = (insight.instructions or "").strip() or (insight.name or "").strip()
    if not text:
        raise ValueError(f"The insight {insight.id!r} has no `instructions`.")
    return text


def _normalize(insight: Any) -> Iterable[Insight | str]:
    match insight:
        case InsightGroup():
            for member in insight.insights:
                yield _check(member)
        case Insight():
            yield _check(insight)
        case str() if _is_id(insight):
            yield insight
        case str():
            yield _check(Insight(id=insight.strip(), instructions=insight))
        case Mapping():
            yield _check(_from_dict(insight))
        case type() if is_class(insight):
            yield _check(ClassInsight.of(insight, {"id": insight.__name__}))
        case _:
            raise ValueError(
                f"A {type(insight).__name__} is not an insight. Pass a template, a group, a "
                f"pydantic class, a dict with `instructions`, a JSON schema, a template's id, or "
                f"plain instructions."
            )


def _from_dict(insight: Mapping[str, Any]) -> Insight:
    if insight.keys() & _SCHEMA_KEYS and not insight.keys() & {"instructions", "json_schema"}:
        insight = inline_top_reference(insight)
        title, description = insight.get("title"), insight.get("description")
        if not (title or description):
            raise ValueError(
                "A JSON schema as an insight needs a `title` or a `description` as instructions; "
                "this one has neither."
            )
        insight = {
            "name": title,
            "instructions": description or title,
            "json_schema": dict(insight),
        }
    # A template from the API may have unknown fields; one from a program may not.
    unknown = sorted(map(str, insight.keys() - Insight.model_fields.keys()))
    if unknown and "created_at" not in insight:
        known = ", ".join(f"`{name}`" for name in Insight.model_fields)
        raise ValueError(f"An insight has no field {unknown[0]!r}; the fields are {known}.")
    kind: Any = insight.get("json_schema")
    has_class = is_class(kind)
    name = insight.get("name") or (kind.__name__ if has_class else None)
    id_ = insight.get("id") or insight.get("name") or insight.get("instructions") or name or ""
    fields = {**insight, "id": id_, "name": name}
    return ClassInsight.of(kind, fields) if has_class else Insight.model_validate(fields)


def _check(insight: Insight) -> Insight:
    instructions_of(insight)
    schema_of(insight)
    return insight


def _is_sequence(insight: Any) -> bool:
    # A pydantic object is iterable, too: over its fields.
    return isinstance(insight, Iterable) and not isinstance(
        insight, str | bytes | Mapping | BaseModel
    )


def _is_id(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
