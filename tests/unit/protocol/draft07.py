"""The part of JSON Schema draft-07 that the published schemas use, checked the slow and obvious way."""

from __future__ import annotations

import re
from typing import Any

WORDS = {
    "$ref", "$schema", "additionalProperties", "anyOf", "const", "definitions", "description", "enum", "items",
    "maxItems", "maxProperties", "minItems", "minProperties", "minimum", "pattern", "properties", "required", "title",
    "type",
}  # fmt: skip
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def valid(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> bool:
    """Whether a value meets a schema."""
    if "$ref" in schema:
        return valid(value, root["definitions"][schema["$ref"].rsplit("/", 1)[1]], root)
    return (
        _scalar(value, schema)
        and _members(value, schema, root)
        and ("anyOf" not in schema or any(valid(value, option, root) for option in schema["anyOf"]))
    )


def _is(value: Any, name: str) -> bool:
    return isinstance(value, _TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def _scalar(value: Any, schema: dict[str, Any]) -> bool:
    names = schema.get("type", [])
    names = [names] if isinstance(names, str) else names
    return (
        (not names or any(_is(value, name) for name in names))
        and ("const" not in schema or value == schema["const"])
        and ("enum" not in schema or value in schema["enum"])
        and ("pattern" not in schema or not isinstance(value, str) or re.search(schema["pattern"], value) is not None)
        and ("minimum" not in schema or not isinstance(value, int) or value >= schema["minimum"])
    )


def _members(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> bool:
    if isinstance(value, list):
        return schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 10**9) and all(
            valid(item, schema.get("items", {}), root) for item in value
        )
    if not isinstance(value, dict):
        return True
    if not schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", 10**9):
        return False
    known, other = schema.get("properties", {}), schema.get("additionalProperties", True)
    for key, item in value.items():
        if key in known:
            fits = valid(item, known[key], root)
        else:
            fits = other if isinstance(other, bool) else valid(item, other, root)
        if not fits:
            return False
    return all(name in value for name in schema.get("required", []))


def words_used(schema: Any, *, names: bool = False) -> set[str]:
    """Every keyword of a schema; ``names`` where the keys are names of properties."""
    if isinstance(schema, list):
        return set().union(*(words_used(item) for item in schema))
    if not isinstance(schema, dict):
        return set()
    found: set[str] = set() if names else set(schema)
    for key, value in schema.items():
        if key not in {"enum", "const", "required"} or names:
            found |= words_used(value, names=key in {"properties", "definitions"} and not names)
    return found
