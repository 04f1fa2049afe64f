"""``stratify show``."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from stratify.cli.boundary import AsJson, SetParameter, emit, overrides


class As(str, Enum):
    """Renderings of a protocol."""

    PROSE = "prose"
    FORMULA = "formula"
    SCHEMA = "schema"


def show(
    protocol: Annotated[
        Path, typer.Argument(help="Protocol file (YAML); for --as schema any word: protocol, study, dictionary.")
    ],
    as_: Annotated[As, typer.Option("--as", help="English, logic, or the JSON Schema of the file format.")] = As.PROSE,
    set_: SetParameter = None,
    as_json: AsJson = False,
) -> None:
    """Show a protocol as English or as a formula, or the schema of its format for editors.

    Example: stratify show rules/gbsg2.yaml --as prose
    """
    import json

    from stratify.protocol import formula, json_schema, load_protocol, prose

    if as_ is As.SCHEMA:
        kind = str(protocol) if str(protocol) in {"study", "dictionary"} else "protocol"
        schema = json_schema(kind)
        emit(as_json, schema, json.dumps(schema, indent=2, ensure_ascii=False))
        return
    loaded = load_protocol(protocol, overrides=overrides(set_))
    text = prose(loaded) if as_ is As.PROSE else formula(loaded)
    emit(as_json, {"protocol": loaded.trial.id, "as": as_.value, "text": text}, text)
