"""Insight templates in whichever form they are given, and the rules that the API has for them."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from pydantic import BaseModel

from langchain_telnyx.client.api.insight_groups import InsightGroup
from langchain_telnyx.client.api.insights import Insight
from langchain_telnyx.client.call import JSON
from langchain_telnyx.client.json_reading import loads

AnyInsight: TypeAlias = Insight | InsightGroup | Mapping[str, Any] | str
"""A template, a group of them, a dict with `instructions` (and `name`, `json_schema`, `id`), the
id of a template at Telnyx, or plain instructions."""


def normalised(given: AnyInsight | Sequence[AnyInsight]) -> tuple[Insight | str, ...]:
    """Return templates, and as strings the ids of those that are to be fetched.

    Args:
        given: One or several, in any form.

    Raises:
        ValueError: One says nothing of what to find out, has a schema that the API would refuse,
            or stands there twice.
    """
    several = given if _is_row(given) else [given]
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
        ValueError: The API would refuse it.
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
    if not isinstance(schema, dict) or schema.get("type", "object") != "object":
        raise ValueError(f"The `json_schema` of {name!r} must be an object's.")
    if schema.get("additionalProperties") is not False:
        raise ValueError(
            f'The `json_schema` of {name!r} must say `"additionalProperties": False`: the API '
            f"refuses templates without it."
        )
    return schema


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
            known_as = given.get("id") or given.get("name") or given.get("instructions") or ""
            yield _checked(Insight.model_validate({**given, "id": known_as}))
        case _:
            raise ValueError(
                f"A {type(given).__name__} is no insight: give a template, a group, a dict with "
                f"`instructions`, a template's id, or plain instructions."
            )


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
