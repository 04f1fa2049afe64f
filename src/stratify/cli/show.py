"""``stratify show``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stratify.cli.boundary import AsJson, SetParameter, emit, one_of, overrides


class As(StrEnum):
    """Renderings of a protocol."""

    PROSE = "prose"
    FORMULA = "formula"
    SCHEMA = "schema"


class Of(StrEnum):
    """File formats that have a schema."""

    PROTOCOL = "protocol"
    STUDY = "study"
    DICTIONARY = "dictionary"
    LIBRARY = "library"


def show(
    protocol: Annotated[
        Path | None, typer.Argument(metavar="PROTOCOL", help="Protocol file (YAML); not needed for a schema.")
    ] = None,
    as_: Annotated[
        As, typer.Option("--as", parser=one_of(As), help="English, logic, or the JSON Schema of a file format.")
    ] = As.PROSE,
    of: Annotated[Of, typer.Option(parser=one_of(Of), help="With --as schema: of which file format.")] = Of.PROTOCOL,
    set_: SetParameter = None,
    as_json: AsJson = False,
) -> None:
    """Show a protocol as English or as a formula, or the JSON Schema of a file format for editors.

    Example: stratify show rules/gbsg2.yaml --as prose
    """
    import json

    from stratify.protocol import formula, json_schema, load_protocol, prose

    if as_ is As.SCHEMA:
        schema = json_schema(of.value)
        emit(as_json, schema, json.dumps(schema, indent=2, ensure_ascii=False))
        return
    if protocol is None:
        raise typer.BadParameter("name the protocol to show", param_hint="PROTOCOL")
    loaded = load_protocol(protocol, overrides=overrides(set_))
    text = prose(loaded) if as_ is As.PROSE else formula(loaded)
    emit(as_json, {"protocol": loaded.trial.id, "as": as_.value, "text": text}, text.rstrip())
