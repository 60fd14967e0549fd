"""Conversions of JSON schemas for servers: resolve references, close for `strict`, wrap.

Every function returns a new schema and does not change its argument.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from langchain_telnyx.client.call import JSON
from langchain_telnyx.client.schemas import DEFINITIONS, LISTED, NAMED, SINGLE

_OF_OBJECTS = {"additionalProperties", "patternProperties", "properties", "required"}
KEYWORDS = frozenset(
    SINGLE | LISTED | NAMED | _OF_OBJECTS | {"$ref", "const", "enum", "format", "pattern", "type"}
)
"""Keywords of JSON schemas; a dict without any of these is not a schema."""

JSON_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
"""Values of `type` in a JSON schema."""

# These keywords describe the same object as `properties`; closing it would contradict them.
_IN_PLACE = {"$ref", "allOf", "anyOf", "dependentSchemas", "else", "if", "not", "oneOf", "then"}

WRAPPED_UNDER = "value"
"""The property that holds the schema of a value that is not an object."""


def mapped(schema: Any, change: Callable[[JSON], JSON]) -> Any:
    """Return a schema with `change` applied to each nested schema, innermost first."""
    if not isinstance(schema, Mapping):
        return schema
    made: JSON = {}
    for keyword, value in schema.items():
        if keyword in NAMED and isinstance(value, Mapping):
            made[keyword] = {name: mapped(each, change) for name, each in value.items()}
        elif keyword in LISTED and isinstance(value, list):
            made[keyword] = [mapped(each, change) for each in value]
        elif keyword in SINGLE:
            made[keyword] = mapped(value, change)
        else:
            made[keyword] = value
    return change(made)


def untitled(schema: JSON) -> JSON:
    """Return a schema without titles and discriminators.

    pydantic derives titles from names, and discriminators refer to `$defs`.
    """

    def bare(node: JSON) -> JSON:
        return {name: node[name] for name in node if name not in {"title", "discriminator"}}

    bare_all: JSON = mapped(schema, bare)
    return bare_all


def outward_refs(schema: JSON) -> list[str]:
    """Return the external references of a schema."""
    return sorted(ref for ref in _refs(schema) if not ref.startswith("#"))


def with_root(schema: JSON) -> JSON:
    """Resolve a reference at the root of a schema, because servers require properties there.

    Raises:
        ValueError: A reference cannot be resolved.
    """
    root, seen = dict(schema), set()
    while isinstance(ref := root.get("$ref"), str) and ref not in seen:
        seen.add(ref)
        rest = {name: value for name, value in root.items() if name != "$ref"}
        root = {**referred(schema, ref), **rest}
    return root


def referred(schema: JSON, ref: str) -> JSON:
    """Return the target of a reference inside a schema.

    Raises:
        ValueError: The target does not exist, or is outside of the schema.
    """
    found: Any = schema
    for part in ref.removeprefix("#").split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, list) and key.isdigit() and int(key) < len(found):
            found = found[int(key)]
        else:
            found = found.get(key) if isinstance(found, Mapping) else None
    if not ref.startswith("#") or not isinstance(found, Mapping):
        raise ValueError(
            f"The reference {ref!r} is not part of the schema: add it under `$defs`, and use "
            f"'#/$defs/…'."
        )
    return dict(found)


def inlined(schema: JSON) -> JSON:
    """Return a schema with its references replaced by their targets.

    Recursive references and their definitions stay.

    Raises:
        ValueError: A reference cannot be resolved.
    """
    recursive = _recursive(schema)
    definitions: JSON = {}

    def resolve(node: JSON) -> JSON:
        ref = node.get("$ref")
        if not isinstance(ref, str):
            return node
        if ref in recursive:
            if ref.startswith(tuple(f"#/{place}/" for place in DEFINITIONS)):
                _, place, written = ref.split("/")[:3]
                name = written.replace("~1", "/").replace("~0", "~")
                if name not in definitions.setdefault(place, {}):
                    definitions[place][name] = {}  # before its own references are resolved
                    found = referred(schema, f"#/{place}/{written}")
                    definitions[place][name] = mapped(_bare(found), resolve)
            return node
        rest = {name: value for name, value in node.items() if name != "$ref"}
        return {**mapped(_bare(referred(schema, ref)), resolve), **rest}

    made = mapped(_bare(with_root(schema)), resolve)
    return {**definitions, **made}


def closed(schema: JSON) -> JSON:
    """Return a schema without additional properties, with all properties required.

    OpenAI's `strict` requires that. Not changed are objects with free keys, such as `dict[str,
    int]`, and objects that several schemas describe at once.
    """
    made = {keyword: _closed_inside(keyword, value) for keyword, value in schema.items()}
    properties = made.get("properties")
    if not isinstance(properties, Mapping):
        for keyword in ("anyOf", "oneOf", "allOf"):
            parts = made.get(keyword)
            # With several schemas, each would forbid the properties of the others.
            if isinstance(parts, list) and (keyword != "allOf" or len(parts) == 1):
                made[keyword] = [_closed(each) for each in parts]
    elif not made.keys() & _IN_PLACE and not isinstance(made.get("additionalProperties"), Mapping):
        made["additionalProperties"] = False
        if properties:
            made["required"] = _required(properties, schema.get("required") or ())
    return made


def _required(properties: Mapping[str, Any], before: Iterable[str]) -> list[str]:
    # A recursive property stays optional; otherwise no finite value would fit.
    return [
        name
        for name, each in properties.items()
        if name in before or not (isinstance(each, Mapping) and "$ref" in each)
    ]


def _closed_inside(keyword: str, value: Any) -> Any:
    if keyword in {*DEFINITIONS, "properties", "patternProperties"}:
        return {name: _closed(each) for name, each in value.items()}
    if keyword == "prefixItems":
        return [_closed(each) for each in value]
    return _closed(value) if keyword in {"items", "additionalProperties"} else value


def describes_objects(schema: Any, whole: JSON, inside: frozenset[str] = frozenset()) -> bool:
    """Return whether all values of a schema are objects.

    Args:
        schema: The schema.
        whole: The schema that contains it, for references.
        inside: The references that lead to it.
    """
    if not isinstance(schema, Mapping):
        return False
    if isinstance(ref := schema.get("$ref"), str):
        if ref in inside:  # recursive: adds no other type
            return True
        inside |= {ref}
    root = with_root({**{place: whole.get(place, {}) for place in DEFINITIONS}, **schema})
    if "type" in root:
        return bool(root["type"] == "object")
    for keyword in ("anyOf", "oneOf"):
        if isinstance(branches := root.get(keyword), list) and branches:
            return all(describes_objects(branch, whole, inside) for branch in branches)
    if any(describes_objects(part, whole, inside) for part in root.get("allOf") or ()):
        return True
    return bool(root.keys() & _OF_OBJECTS)


def wrapped(schema: JSON) -> JSON:
    """Return the schema of an object with a value of a schema under `value`."""

    def moved(node: JSON) -> JSON:
        ref = node.get("$ref")
        if isinstance(ref, str) and ref.startswith("#") and not ref.startswith(_STAYS):
            return {**node, "$ref": f"#/properties/{WRAPPED_UNDER}{ref[1:]}"}
        return node

    moved_all = mapped(schema, moved)
    definitions = {place: moved_all.pop(place) for place in DEFINITIONS if place in moved_all}
    properties = {WRAPPED_UNDER: moved_all}
    return {
        **definitions,
        "type": "object",
        "properties": properties,
        "required": [WRAPPED_UNDER],
    }


_STAYS = tuple(f"#/{place}/" for place in DEFINITIONS)


def _closed(schema: Any) -> Any:
    return closed(dict(schema)) if isinstance(schema, Mapping) else schema


def _bare(schema: JSON) -> JSON:
    return {name: value for name, value in schema.items() if name not in DEFINITIONS}


def _recursive(schema: JSON) -> set[str]:
    """Return the references that lead to themselves, directly or not."""
    leads_to: dict[str, set[str]] = {}
    waiting = _refs(_bare(schema))
    while waiting:
        ref = waiting.pop()
        if ref not in leads_to:
            leads_to[ref] = _refs(_bare(referred(schema, ref)))
            waiting |= leads_to[ref]
    recursive = set()
    for ref, targets in leads_to.items():
        reached: set[str] = set()
        open_ends = set(targets)
        while open_ends:
            reached |= (now := open_ends)
            open_ends = {further for each in now for further in leads_to[each]} - reached
        if ref in reached:
            recursive.add(ref)
    return recursive


def _refs(schema: JSON) -> set[str]:
    refs: set[str] = set()

    def note(node: JSON) -> JSON:
        if isinstance(ref := node.get("$ref"), str):
            refs.add(ref)
        return node

    mapped(schema, note)
    return refs
