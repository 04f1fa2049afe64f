"""What panels cover, read once when a cohort is opened, so that no query has to join it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from stratify.diagnostics import DataPlace, ExitCode, Findings, nearest
from stratify.model.dictionary import Dictionary
from stratify.model.genomics import PanelRow, Panels


def with_panels(dictionary: Dictionary, references: Mapping[str, pl.LazyFrame]) -> Dictionary:
    """The dictionary with the rows of its panels.

    Raises
    ------
    StratifyError
        A column that the dictionary names is not there (D005).
    """
    findings = Findings()
    panels = dictionary.genomics.panels
    if panels is None or panels.reference not in references:
        return dictionary
    frame = references[panels.reference]
    columns = _columns(panels)
    have = frame.collect_schema().names()
    for column in columns.values():
        if column not in have:
            message = f"there is no column {column}, which the dictionary names as genomics, panels"
            findings.add("D005", message, DataPlace(panels.reference), hint=nearest(column, have))
    findings.stop_on_errors(ExitCode.BAD_DATA)
    rows = frame.select(pl.col(column).alias(role) for role, column in columns.items()).unique().sort(pl.all())
    read = tuple(PanelRow(**row) for row in rows.drop_nulls(["panel", "gene"]).collect().to_dicts())
    genomics = replace(dictionary.genomics, panels=replace(panels, rows=read))
    return replace(dictionary, genomics=genomics)


def _columns(panels: Panels) -> dict[str, str]:
    roles = ("panel", "gene", "exon", "protein", "finds")
    found = {role: getattr(panels, role) for role in roles}
    return {role: column for role, column in found.items() if column is not None}
