"""JSON Schemas (draft-07) of the files that people write, for editors: completion and a first check while typing.

The loaders do not use them: an editor's schema knows neither ``$name`` parameters nor which anchor exists. The keys
come from the loaders' own shapes, so that the two cannot part.
"""

from __future__ import annotations

from stratify.protocol.schema_files import dictionary_schema, library_schema, study_schema
from stratify.protocol.schema_parts import Schema
from stratify.protocol.schema_rules import protocol_schema

KINDS = ("protocol", "study", "dictionary", "library")
"""The files that have a schema."""


def json_schema(kind: str) -> Schema:
    """The schema of one kind of file: ``protocol``, ``study``, ``dictionary`` or ``library``.

    Raises
    ------
    ValueError
        For another kind.
    """
    if kind not in KINDS:
        raise ValueError(f"no schema for {kind!r}; there are {', '.join(KINDS)}")
    made = {
        "protocol": protocol_schema,
        "study": study_schema,
        "dictionary": dictionary_schema,
        "library": library_schema,
    }
    schema = made[kind]()
    return {"$schema": "http://json-schema.org/draft-07/schema#", "title": f"stratify {kind}", **schema}
