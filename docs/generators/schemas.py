"""``reference/schema/*.json``: what editors complete and check while one types."""

from __future__ import annotations

import json

from stratify.protocol import json_schema
from stratify.protocol.schema import KINDS


def pages() -> dict[str, str]:
    """A JSON Schema for each kind of file."""
    return {f"reference/schema/{kind}.json": json.dumps(json_schema(kind), indent=1) + "\n" for kind in KINDS}
