"""What the schemas of all files are made of: values, words, mappings of known shapes."""

from __future__ import annotations

from enum import Enum
from typing import Any

from stratify.protocol.source import Shape

Schema = dict[str, Any]

SCALAR: Schema = {"type": ["string", "number", "boolean"]}
VALUE: Schema = {"type": ["string", "number", "boolean", "null"]}
PARAMETER: Schema = {"type": "string", "pattern": r"^\$[A-Za-z_]\w*$"}
COLUMN: Schema = {"type": "string", "pattern": r"^[^.\s]+\.\S"}
IS: Schema = {"type": "string", "description": 'A comparison: ">= 18", "in {0, 1}", "1 % .. < 50 %".'}
NUMBER: Schema = {"type": ["number", "string"]}
POSITIVE: Schema = {"type": "integer", "minimum": 1}
COUNT: Schema = {"anyOf": [{"type": "integer", "minimum": 0}, PARAMETER]}


def mapping_of(shape: Shape, known: Schema, *, required: tuple[str, ...] | None = None) -> Schema:
    """A mapping of a known shape; keys that ``known`` does not say are single values."""
    properties = {key: known.get(key, SCALAR) for key in shape.keys}
    needed = shape.required if required is None else required
    return {
        "type": "object",
        "properties": properties,
        **({"required": list(needed)} if needed else {}),
        "additionalProperties": False,
    }


def one_word_of(kind: type[Enum]) -> Schema:
    """The words of an enumeration."""
    return {"enum": [member.value for member in kind]}


def or_parameter(schema: Schema) -> Schema:
    """A value, or a parameter in its place."""
    return {"anyOf": [schema, PARAMETER]}


def by_name(schema: Schema) -> Schema:
    """A mapping from names to such values."""
    return {"type": "object", "additionalProperties": schema}


def reference_to(name: str) -> Schema:
    """A definition of the same schema."""
    return {"$ref": f"#/definitions/{name}"}


def list_of(items: Schema, least: int = 0) -> Schema:
    """A list of at least so many."""
    return {"type": "array", "items": items, **({"minItems": least} if least else {})}


def one_or_list(items: Schema) -> Schema:
    """One value, or a list of at least one."""
    return {"anyOf": [items, list_of(items, 1)]}
